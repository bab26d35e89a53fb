"""Faults under `/_mock/faults`: what is to happen to coming calls, strictly checked."""

import json
from collections.abc import Callable
from typing import Any, Final, get_args

from flask import Blueprint, Response

from reportcontracts.errors import shorten
from reportcontracts.names import VENDORS
from reportcontracts.rules import load_rulebook
from reportmocks.answers import json_answer
from reportmocks.control.bodies import read_body
from reportmocks.control.errors import ControlError, bad_field, only_members, parsed, unknown
from reportmocks.control.targets import each, label, readable, target
from reportmocks.forced import forcible
from reportmocks.kernel.chance import token_hex
from reportmocks.kernel.clock import duration_text, parse_duration, span
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.faults import BYTE_LEVEL, KINDS, LONGEST, When, Where
from reportmocks.kernel.sandbox import Sandbox

MOST: Final = 1_000_000
MOST_BYTES: Final = 1024 * 1024
MOST_FAULTS: Final = 100
"""Faults that a sandbox has at one time."""
MOST_SECONDS: Final = 86_400
MOST_SIGMA: Final = 10
MOST_TEXT: Final = 64 * 1024

MATCHING: Final = ("where", "method", "path", "nth", "times", "probability", "seed")
"""Members of every fault: which calls it strikes."""
MEMBERS: Final[dict[str, tuple[str, ...]]] = {
    "refusal": ("rule", "name"),
    "latency": ("time", "from", "to", "median", "sigma"),
    "status": ("status", "when", "retry_after", "body", "content_type"),
    "reset": ("when",),
    "truncate": ("bytes",),
    "dribble": ("bytes", "interval"),
    "garbage": ("bytes",),
    "content-type": ("content_type",),
    "corrupt-gzip": (),
}
"""Members of each kind besides those."""

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def routes(kernel: Kernel) -> Blueprint:
    """The routes about faults."""
    its = Blueprint("faults", __name__)

    @its.get("/faults")
    def faults() -> Response:
        found = readable(kernel, target(kernel))
        return json_answer([told for sandbox in found for told in _told(sandbox)])

    @its.post("/faults")
    def add() -> Response:
        at = target(kernel)
        fault = read_fault(kernel, read_body())
        each(kernel, at, lambda sandbox: _add(sandbox, fault))
        return json_answer(fault, 201)

    @its.delete("/faults")
    def clear() -> Response:
        return json_answer({"deleted": _drop(kernel, None)})

    @its.delete("/faults/<fault_id>")
    def drop(fault_id: str) -> Response:
        return json_answer({"deleted": _drop(kernel, fault_id)})

    return its


def read_fault(kernel: Kernel, body: dict[str, Any]) -> dict[str, Any]:
    """A fault for coming calls, checked, with every member of its kind and an id of its own.

    Raises:
        ControlError: A member is unknown or not allowed (422), or the fault needs the relay that this
            server has not (409).
    """
    kind = body.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise unknown("kind", str(kind), KINDS, status=422)
    only_members(body, ("kind", *MATCHING, *MEMBERS[kind]))
    fault = {"id": token_hex(4), "kind": kind} | _matching(body) | _EFFECTS[kind](body)
    if kind in BYTE_LEVEL and not kernel.settings.faults:
        members = {"field": "kind", "given": kind, "needs_relay": list(BYTE_LEVEL)}
        detail = f"{kind} wants the relay in front of the server: start it with `serve --faults on`"
        raise ControlError(status=409, kind="no-relay", detail=detail, members=members)
    return fault


def _matching(body: dict[str, Any]) -> dict[str, Any]:
    """Which calls are struck: all that fit, or with `nth` that one alone unless `times` says more."""
    nth = _whole(body, "nth", None, 1, MOST)
    return {
        "where": _word(body, "where", get_args(Where), "all"),
        "method": _word(body, "method", METHODS, None),
        "path": _path(body),
        "nth": nth,
        "times": _whole(body, "times", None if nth is None else 1, 1, MOST),
        "probability": _number(body, "probability", 1, 1),
        "seed": _whole(body, "seed", 1, 0, 2**63 - 1),
    }


def _refusal(body: dict[str, Any]) -> dict[str, Any]:
    """The rule by which calls are refused, of any vendor, and perhaps the parameter that is named for it."""
    rule, name = body.get("rule"), body.get("name")
    vendor = rule.partition(".")[0] if isinstance(rule, str) else ""
    if vendor not in VENDORS:
        raise bad_field("rule", rule, f"the id of a rule: one of {', '.join(VENDORS)}, a dot and its name")
    rules = load_rulebook(vendor)
    known = forcible(vendor, rules) + forcible(vendor, rules, storage=True)
    if rule not in known:
        raise unknown("rule", str(rule), known, status=422)
    if name is not None and not isinstance(name, str):
        raise bad_field("name", name, "the name of a parameter")
    return {"rule": rule, "name": name}


def _latency(body: dict[str, Any]) -> dict[str, Any]:
    given = tuple(name for name in MEMBERS["latency"] if body.get(name) is not None)
    if given not in (("time",), ("from", "to"), ("median", "sigma")):
        allowed = "one of time, from and to, median and sigma"
        raise bad_field("latency", " and ".join(given) or None, allowed)
    times = {name: _duration(body, name) for name in ("time", "from", "to", "median")}
    if "from" in given and _ms(body["from"]) > _ms(body["to"]):
        raise bad_field("to", body["to"], f"at least from, {body['from']}")
    return times | {"sigma": _number(body, "sigma", None, MOST_SIGMA)}


def _failure(body: dict[str, Any]) -> dict[str, Any]:
    text = body.get("body")
    if text is not None and (not isinstance(text, str) or len(text) > MOST_TEXT or not _encodable(text)):
        raise bad_field("body", shorten(text), f"text of at most {MOST_TEXT} characters")
    return {
        "status": _whole(body, "status", 503, 400, 599),
        "when": _word(body, "when", get_args(When), "before"),
        "retry_after": _whole(body, "retry_after", None, 0, MOST_SECONDS),
        "body": text,
        "content_type": _media_type(body),
    }


def _dribble(body: dict[str, Any]) -> dict[str, Any]:
    interval = "100ms" if body.get("interval") is None else body["interval"]
    return _size(16)(body) | {"interval": _duration({"interval": interval}, "interval")}


def _size(default: int | None) -> Callable[[dict[str, Any]], dict[str, Any]]:
    least = 0 if default is None else 1
    return lambda body: {"bytes": _whole(body, "bytes", default, least, MOST_BYTES)}


_EFFECTS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "refusal": _refusal,
    "latency": _latency,
    "status": _failure,
    "reset": lambda body: {"when": _word(body, "when", get_args(When), "before")},
    "truncate": _size(None),
    "dribble": _dribble,
    "garbage": _size(256),
    "content-type": lambda body: {"content_type": _media_type(body)},
    "corrupt-gzip": lambda _: {},
}


def _add(sandbox: Sandbox, fault: dict[str, Any]) -> None:
    if len(sandbox.faults()) >= MOST_FAULTS:
        detail = f"{label(sandbox) or 'new sandboxes'}: {MOST_FAULTS} faults are planned, and no more can be"
        raise ControlError(status=409, kind="too-many-faults", detail=detail)
    sandbox.add_fault(fault)


def _drop(kernel: Kernel, fault_id: str | None) -> int:
    """Take back a fault, or all; return how many, the same in several sandboxes being one."""
    at = target(kernel)
    only_members(read_body(), ())
    known = {fault["id"] for sandbox in readable(kernel, at) for fault in _told(sandbox)}
    if at.sandbox is None:
        known |= {fault["id"] for sandbox in _templates(kernel, at.vendors) for fault in _told(sandbox)}
    if fault_id is not None and fault_id not in known:
        raise unknown("fault", fault_id, sorted(known))
    each(kernel, at, lambda sandbox: _forget(sandbox, fault_id))
    return len(known) if fault_id is None else 1


def _templates(kernel: Kernel, vendors: tuple[str, ...]) -> list[Sandbox]:
    return [kernel.sandboxes.peek(vendor, "", kernel.wall()) for vendor in vendors]


def _forget(sandbox: Sandbox, fault_id: str | None) -> None:
    sandbox.drop_faults(fault_id)


def _told(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The faults of a sandbox, with the calls that each fitted and those that it struck."""
    whose = {"vendor": sandbox.vendor, "sandbox": label(sandbox)}
    return [whose | json.loads(row.told) | {"met": row.met, "struck": row.struck} for row in sandbox.faults()]


def _word(body: dict[str, Any], name: str, words: tuple[str, ...], default: str | None) -> str | None:
    given = body.get(name)
    if given is None:
        return default
    if given not in words:
        raise bad_field(name, given, f"one of {', '.join(words)}")
    return str(given)


def _whole(body: dict[str, Any], name: str, default: int | None, least: int, most: int) -> int | None:
    given = body.get(name)
    if given is None:
        return default
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
        raise bad_field(name, given, f"an integer from {least} to {most}")
    return given


def _number(body: dict[str, Any], name: str, default: float | None, most: float) -> float | None:
    given = body.get(name)
    if given is None:
        return default
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given <= most:
        raise bad_field(name, given, f"a number above 0 and at most {most}")
    return given


def _duration(body: dict[str, Any], name: str) -> str | None:
    """A time on the wall clock, as it is written shortest."""
    if body.get(name) is None:
        return None
    duration = parsed(name, body[name], parse_duration, "a duration like 50ms or 2s")
    if not 0 < duration <= LONGEST:
        raise bad_field(name, body[name], f"a duration above 0 and at most {span(LONGEST)}")
    return duration_text(duration)


def _ms(text: str) -> int:
    return parse_duration(text)


def _path(body: dict[str, Any]) -> str | None:
    given = body.get("path")
    if given is None:
        return None
    if not isinstance(given, str) or given[:1] not in ("/", "*") or len(given) > 1000:
        raise bad_field("path", given, "a path like /api/*, where * is anything and {id} one segment")
    return given


def _media_type(body: dict[str, Any]) -> str:
    given = body.get("content_type")
    if given is None:
        return "text/html"
    if not isinstance(given, str) or "/" not in given or not given.isascii() or not given.isprintable():
        raise bad_field("content_type", given, "a media type like text/html; charset=utf-8")
    return given


def _encodable(text: str) -> bool:
    """Whether a text can be sent: JSON can name half of a surrogate pair."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
