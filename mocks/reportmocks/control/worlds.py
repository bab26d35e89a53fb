"""The world of a sandbox under `/_mock/world`: which one it is, and another one."""

import json
from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, Response

from reportfixtures import DialError, world_mark
from reportfixtures.dials import READERS, of_json, read_counts
from reportmocks import worlds
from reportmocks.answers import json_answer
from reportmocks.control.bodies import read_body
from reportmocks.control.errors import ControlError, bad_field, only_members
from reportmocks.control.targets import each, label, readable, target
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.sandbox import TEMPLATE, Sandbox
from reportmocks.options import MAX_SEED

MEMBERS: Final = ("seed", *READERS)


def routes(kernel: Kernel) -> Blueprint:
    """The routes about worlds."""
    its = Blueprint("worlds", __name__)

    @its.get("/world")
    def world() -> Response:
        return _answer(readable(kernel, target(kernel)))

    @its.put("/world")
    def change() -> Response:
        at = target(kernel)
        dials = read_dials(read_body(), at.vendors)
        return _answer(each(kernel, at, lambda sandbox: turn(sandbox, dials)))

    return its


def read_dials(body: dict[str, Any], vendors: Sequence[str]) -> dict[str, Any]:
    """The dials that a body turns for sandboxes of these vendors, checked."""
    only_members(body, MEMBERS)
    if not body:
        detail = f"the body turns no dial; there are {', '.join(MEMBERS)}"
        raise ControlError(status=422, kind="bad-value", detail=detail)
    seed = body.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        raise bad_field("seed", seed, f"a whole number from 0 to {MAX_SEED}")
    try:
        dials = of_json({name: value for name, value in body.items() if name != "seed"})
        rows = read_counts(dials.rows, vendors)
    except DialError as error:
        raise bad_field(error.dial, error.given, error.allowed) from error
    told = dials.as_json() | {"seed": seed, "rows": {name: count.as_json() for name, count in rows.items()}}
    return {name: told[name] for name in body}


def turn(sandbox: Sandbox, dials: dict[str, Any]) -> None:
    """Turn dials of a sandbox's world; the others stay."""
    sandbox.set_dials(json.dumps(json.loads(sandbox.dials) | dials))


def _answer(sandboxes: list[Sandbox]) -> Response:
    told = [_told(sandbox) for sandbox in sandboxes]
    return json_answer(told[0] if len(told) == 1 else told)


def _told(sandbox: Sandbox) -> dict[str, Any]:
    seed, dials = worlds.read_dials(sandbox.vendor, sandbox.dials)
    mine = f"{sandbox.vendor}/"
    pins = json.loads(sandbox.dials).get("pins", {})
    return {
        "vendor": sandbox.vendor,
        "sandbox": label(sandbox),
        "fingerprint": world_mark(sandbox.vendor, seed, dials),
        "seed": seed,
        **dials.as_json(),
        "pinned": sorted(key.removeprefix(mine) for key in pins if key.startswith(mine)),
    }


def marks(kernel: Kernel) -> dict[str, str]:
    """By vendor the fingerprint of the world that new sandboxes start with."""
    wall = kernel.wall()
    first = [kernel.sandboxes.peek(vendor, TEMPLATE, wall) for vendor in kernel.traits]
    return {its.vendor: world_mark(its.vendor, *worlds.read_dials(its.vendor, its.dials)) for its in first}
