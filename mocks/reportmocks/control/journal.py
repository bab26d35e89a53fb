"""The journal under `/_mock/requests`: looked at, taken away, and held against what was expected."""

import json
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response, request

from reportmocks.answers import json_answer, text_answer
from reportmocks.control import har
from reportmocks.control.assertions import check, read_expectation
from reportmocks.control.bodies import read_body
from reportmocks.control.errors import ControlError, bad_field, only_members, parsed
from reportmocks.control.targets import Target, no_sandbox, target
from reportmocks.kernel.clock import iso, parse_instant
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.journal import ANONYMOUS, CAPACITY
from reportmocks.kernel.matching import Wanted

CONDITIONS: Final = ("method", "path", "status", "rule", "job", "fault")
FILTERS: Final = (*CONDITIONS, "since", "after", "limit")
NDJSON: Final = "application/x-ndjson"

Told = dict[str, Any]


def routes(kernel: Kernel) -> Blueprint:
    """The routes about the journal."""
    its = Blueprint("journal", __name__)

    @its.get("/requests")
    def requests() -> Response:
        return json_answer(_chosen(kernel))

    @its.get("/requests.ndjson")
    def lines() -> Response:
        text = "".join(f"{json.dumps(told)}\n" for told in _chosen(kernel))
        return text_answer(text, content_type=NDJSON)

    @its.get("/requests.har")
    def archive() -> Response:
        return json_answer(har.archive(_shared(kernel, told) for told in _chosen(kernel)))

    @its.delete("/requests")
    def forget() -> Response:
        at = target(kernel)
        only_members(read_body(), ())
        return json_answer({"forgotten": kernel.journal.forget(at.vendor_named, at.sandbox)})

    @its.post("/requests/assert")
    def expect() -> Response:
        at = target(kernel)
        expectation = read_expectation(read_body())
        _check_one_sandbox(kernel, at)
        told = [entry.as_dict() for entry in kernel.journal.entries(at.vendor_named, at.sandbox)]
        return json_answer(check(expectation, told))

    return its


def _shared(kernel: Kernel, told: Told) -> Told:
    """An entry as an archive has it, which people attach to tickets: no name in it is a whole key."""
    return told | {"sandbox": kernel.log.sandbox_name(told["vendor"], told["sandbox"])}


def _chosen(kernel: Kernel) -> list[Told]:
    """The entries that the current call asks for, oldest first.

    With `limit` these are the newest, or with `after` the oldest of those with a higher number.
    """
    at = target(kernel, *FILTERS)
    wanted, after, limit = _wanted(), _number("after", 0, 0), _number("limit", CAPACITY, 1)
    since = _since()
    entries = list(kernel.journal.entries(at.vendor_named, at.sandbox))
    newest = "after" not in request.args
    found: list[Told] = []
    for entry in reversed(entries) if newest else entries:
        if entry.number > after and len(found) < limit:
            told = entry.as_dict()
            if wanted.matches(told) and since(told):
                found.append(told)
    return found[::-1] if newest else found


def _wanted() -> Wanted:
    given = {name: request.args.get(name) for name in CONDITIONS}
    status = given["status"]
    if status is not None and not (status.isascii() and status.isdigit() and len(status) <= 3):
        raise bad_field("status", status, "a status such as 200")
    return Wanted(
        method=given["method"],
        path=given["path"],
        status=None if status is None else (int(status),),
        rule=given["rule"],
        job=given["job"],
        fault=given["fault"],
    )


def _number(name: str, default: int, least: int) -> int:
    given = request.args.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and len(given) <= 15 and int(given) >= least):
        raise bad_field(name, given, f"a whole number from {least} on")
    return int(given)


def _since() -> Callable[[Told], bool]:
    """Whether an entry is of an instant or later, on its sandbox's clock; all are where none is named."""
    given = request.args.get("since")
    if given is None:
        return lambda _: True
    start = iso(parsed("since", given, parse_instant, "an instant like 2026-01-31T09:30:00Z"))
    return lambda told: (told["clock"] or told["time"]) >= start


def _check_one_sandbox(kernel: Kernel, at: Target) -> None:
    """See that one sandbox is named, and that there is one: of another, anything could be said."""
    if at.sandbox is None:
        detail = "name the sandbox with ?sandbox=; requests of several are in no order to speak of"
        members = {"field": "sandbox"}
        raise ControlError(status=422, kind="missing-sandbox", detail=detail, members=members)
    there = any(at.sandbox in kernel.sandboxes.names(vendor) for vendor in at.vendors)
    if not there and at.sandbox != ANONYMOUS:
        raise no_sandbox(kernel, at)
