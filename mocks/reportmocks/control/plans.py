"""What coming jobs will do, as a control call asks it."""

from typing import Any, Final

from reportcontracts.catalogue import load_catalogue
from reportmocks.control.errors import ControlError, bad_field, only_members, parsed, unknown
from reportmocks.kernel.clock import parse_duration
from reportmocks.kernel.core import Kernel

MEMBERS: Final = ("outcome", "report", "time", "polls", "times")
MOST: Final = 1_000_000
DURATION: Final = "a duration like 30s, 2h or 15d"


def read_plan(kernel: Kernel, vendor: str, body: dict[str, Any]) -> dict[str, Any]:
    """A plan for coming jobs, checked: a report or any, a time in milliseconds or the server's."""
    only_members(body, MEMBERS)
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
    report = body.get("report")
    if report is not None and (not isinstance(report, str) or report not in load_catalogue(vendor)):
        raise unknown("report", str(report), load_catalogue(vendor), status=422)
    return {
        "outcome": outcome,
        "report": report,
        "time": None if body.get("time") is None else parsed("time", body["time"], parse_duration, DURATION),
        "polls": _count(body, "polls", None),
        "times": _count(body, "times", 1),
    }


def _count(body: dict[str, Any], name: str, default: int | None) -> int | None:
    given = body.get(name, default)
    if given is None and default is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= MOST:
        raise bad_field(name, given, f"an integer from 1 to {MOST}")
    return given
