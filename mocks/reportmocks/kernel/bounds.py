"""Bounds of a range, for those who ask about a vendor's data without going through its API."""

from collections.abc import Callable, Mapping
from typing import Final

from reportcontracts.catalogue import Report
from reportmocks.kernel.clock import DAY, parse_instant
from reportmocks.kernel.ranges import parse_date
from reportmocks.kernel.refusals import BadParameter
from reportmocks.kernel.sandbox import Sandbox

Bounds = Callable[[Sandbox, Report, Mapping[str, str]], tuple[int | None, int | None]]
"""The range [start, end) in milliseconds that `start` and `end` name for a report; `None` is an open side.

Raises `BadParameter` for what cannot be read.
"""

EXPECTED: Final = "2026-01-31, or an instant like 2026-01-31T09:30:00Z"


def read_bounds(sandbox: Sandbox, _report: Report, sent: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Days or instants; the end belongs to the range where the vendor has a rule that says so."""
    start, end = _instant(sandbox, sent, "start"), _instant(sandbox, sent, "end")
    if start is not None and end is not None and end < start:
        rule = f"{sandbox.vendor}.end-before-start"
        raise BadParameter(rule=rule, name="end", given=sent["end"], expected="not before start")
    if end is not None and _end_inclusive(sandbox):
        end += DAY if parse_date(sent["end"]) is not None else 1
    return start, end


def read_days(sandbox: Sandbox, report: Report, sent: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Days alone, of which the last does not belong to the range; a report without a range ignores them."""
    for name in sent:
        if parse_date(sent[name]) is None:
            rule = f"{sandbox.vendor}.bad-parameter"
            raise BadParameter(
                rule=rule, name=name, given=sent[name], expected="a date of the form YYYY-MM-DD"
            )
    return read_bounds(sandbox, report, sent) if report.parameters else (None, None)


def _instant(sandbox: Sandbox, sent: Mapping[str, str], name: str) -> int | None:
    if name not in sent:
        return None
    try:
        return parse_instant(sent[name])
    except ValueError:
        rule = f"{sandbox.vendor}.bad-parameter"
        raise BadParameter(rule=rule, name=name, given=sent[name], expected=EXPECTED) from None


def _end_inclusive(sandbox: Sandbox) -> bool:
    rule = f"{sandbox.vendor}.end-inclusive"
    return rule in sandbox.rules.rulebook and sandbox.rules.flag(rule)
