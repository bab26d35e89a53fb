"""What coming jobs will do, as a control call asks it."""

from typing import Any, Final

from reportcontracts.catalogue import load_catalogue
from reportmocks.control.errors import ControlError, bad_field, unknown
from reportmocks.kernel.clock import parse_duration
from reportmocks.kernel.core import Kernel

MEMBERS: Final = ("outcome", "report", "time", "polls", "times")
MOST: Final = 1_000_000


def read_plan(kernel: Kernel, vendor: str, body: dict[str, Any]) -> dict[str, Any]:
    """A plan for coming jobs, checked: a report or any, a time in milliseconds or the server's."""
    for name, given in body.items():
        if name not in MEMBERS:
            raise bad_field(name, given, f"a member of the body; those are {', '.join(MEMBERS)}")
    outcomes = kernel.traits[vendor].outcomes
    outcome = body.get("outcome", next(iter(outcomes)))
    if outcome not in outcomes:
        raise unknown("outcome", str(outcome), outcomes, status=422)
    report = body.get("report")
    if report is not None and report not in load_catalogue(vendor):
        raise unknown("report", str(report), load_catalogue(vendor), status=422)
    return {
        "outcome": outcome,
        "report": report,
        "time": _time(body.get("time")),
        "polls": _count(body, "polls", None),
        "times": _count(body, "times", 1),
    }


def _time(given: object) -> int | None:
    if given is None:
        return None
    if not isinstance(given, str):
        raise bad_field("time", given, "a string like 30s or 2h")
    try:
        return parse_duration(given)
    except ValueError as error:
        raise ControlError(
            status=422, kind="bad-value", detail=f"time: {error}", members={"field": "time"}
        ) from error


def _count(body: dict[str, Any], name: str, default: int | None) -> int | None:
    given = body.get(name, default)
    if given is None and default is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= MOST:
        raise bad_field(name, given, f"an integer from 1 to {MOST}")
    return given
