"""What coming jobs will do, as control calls ask it: which jobs, and what becomes of them."""

from typing import Any, Final

from flask import Blueprint, Response

from reportcontracts.catalogue import Catalogue
from reportmocks.answers import json_answer
from reportmocks.control.bodies import read_body
from reportmocks.control.errors import ControlError, bad_field, only_members, parsed, unknown
from reportmocks.control.targets import each, label, readable, target
from reportmocks.kernel.clock import parse_duration
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.sandbox import Sandbox

MEMBERS: Final = ("outcome", "report", "parameters", "ordinal", "time", "polls", "times", "expires")
MOST: Final = 1_000_000
MOST_PLANS: Final = 1000
"""Plans that wait in a sandbox at most; each submission looks through all of them."""
LONGEST_VALUE: Final = 1000
"""Letters of the value of a parameter, at most."""
DURATION: Final = "a duration like 30s, 2h or 15d"


def routes(kernel: Kernel) -> Blueprint:
    """The routes about plans."""
    its = Blueprint("plans", __name__)

    @its.get("/plans")
    def plans() -> Response:
        found = readable(kernel, target(kernel))
        return json_answer([told for sandbox in found for told in waiting(sandbox)])

    @its.post("/plans")
    def plan() -> Response:
        at = target(kernel)
        body = read_body()
        if at.vendor is None:
            raise ControlError(
                status=422,
                kind="missing-vendor",
                detail="name the vendor with ?vendor=; each has outcomes of its own",
                members={"field": "vendor", "allowed": list(at.vendors)},
            )
        planned = read_plan(kernel, at.vendor, body)
        each(kernel, at, lambda sandbox: _add(sandbox, planned))
        return json_answer(planned, 201)

    @its.delete("/plans")
    def forget() -> Response:
        at = target(kernel)
        only_members(read_body(), ())
        dropped = sum(len(sandbox.waiting_plans()) for sandbox in readable(kernel, at))
        each(kernel, at, lambda sandbox: sandbox.set_plans([]))
        return json_answer({"forgotten": dropped})

    return its


def _add(sandbox: Sandbox, planned: dict[str, Any]) -> None:
    if len(sandbox.waiting_plans()) >= MOST_PLANS:
        detail = f"{label(sandbox) or 'new sandboxes'}: {MOST_PLANS} plans wait, and no more can"
        raise ControlError(status=409, kind="too-many-plans", detail=detail)
    sandbox.add_plan(planned)


def waiting(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The plans of a sandbox that no job has taken yet, in the order in which they are tried."""
    where = {"vendor": sandbox.vendor, "sandbox": label(sandbox)}
    return [where | planned for planned in sandbox.waiting_plans()]


def read_plan(kernel: Kernel, vendor: str, body: dict[str, Any]) -> dict[str, Any]:
    """A plan for coming jobs, checked: which ones it is for, and what becomes of them; milliseconds."""
    only_members(body, MEMBERS)
    catalogue = kernel.settings.catalogue(vendor)
    outcome, report = _outcome(kernel, vendor, body), _report(catalogue, body)
    return {
        "outcome": outcome,
        "report": report,
        "parameters": _parameters(catalogue, report, body),
        "ordinal": _count(body, "ordinal", 1),
        "time": _duration(body, "time"),
        "polls": _count(body, "polls", None),
        "times": _count(body, "times", 1),
        "expires": _duration(body, "expires"),
    }


def _outcome(kernel: Kernel, vendor: str, body: dict[str, Any]) -> str:
    outcomes = kernel.traits[vendor].outcomes
    if not outcomes:
        detail = f"{vendor} answers every call at once, and has no jobs to plan"
        raise ControlError(status=422, kind="no-jobs", detail=detail)
    outcome = body.get("outcome", next(iter(outcomes)))
    if not isinstance(outcome, str) or outcome not in outcomes:
        raise unknown("outcome", str(outcome), outcomes, status=422)
    if outcomes[outcome].endless:
        for name in sorted({"time", "polls"} & body.keys()):
            raise bad_field(name, body[name], f"left out: {outcome} has no end")
    if body.get("expires") is not None and not outcomes[outcome].kept:
        raise bad_field("expires", body["expires"], f"left out: {outcome} leaves nothing that could expire")
    return outcome


def _report(catalogue: Catalogue, body: dict[str, Any]) -> str | None:
    report = body.get("report")
    if report is not None and (not isinstance(report, str) or report not in catalogue):
        raise unknown("report", str(report), catalogue, status=422)
    return report


def _parameters(catalogue: Catalogue, report: str | None, body: dict[str, Any]) -> dict[str, Any] | None:
    """The parameters that a submission must have, with these values; only such as its report knows."""
    given = body.get("parameters")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise bad_field("parameters", given, "an object of names and values")
    reports = catalogue.values() if report is None else [catalogue[report]]
    known = {parameter.name for its in reports for parameter in its.parameters}
    known |= {parameter.name for parameter in catalogue.parameters}
    for name, value in given.items():
        if name not in known:
            raise unknown("parameter", name, sorted(known), status=422)
        if not isinstance(value, str | int | float):
            raise bad_field(f"parameters.{name}", value, "a text, a number, true or false")
        if len(str(value)) > LONGEST_VALUE:
            raise bad_field(f"parameters.{name}", value, f"at most {LONGEST_VALUE} letters")
    return given


def _duration(body: dict[str, Any], name: str) -> int | None:
    given = body.get(name)
    return None if given is None else parsed(name, given, parse_duration, DURATION)


def _count(body: dict[str, Any], name: str, default: int | None) -> int | None:
    given = body.get(name, default)
    if given is None and default is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= MOST:
        raise bad_field(name, given, f"an integer from 1 to {MOST}")
    return given
