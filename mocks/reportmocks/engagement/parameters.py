"""The parameters of an engagement report: what was sent, what it means, and the range it asks for."""

import json
from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import MultiDict

from reportmocks.kernel.call import Call
from reportmocks.kernel.clock import DAY, day_of, months_before
from reportmocks.kernel.ranges import Range, parse_date
from reportmocks.kernel.refusals import BadParameter, RangeTooLong
from reportmocks.kernel.sandbox import Sandbox

DATE: Final = "a date of the form YYYY-MM-DD"
DEFAULT_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Parameters:
    """A request's parameters, each with one value."""

    report: str
    sent: dict[str, str]
    format: str
    send_status: bool

    @property
    def identity(self) -> str:
        """What tells this run from others: the report and every parameter as it was sent."""
        return json.dumps([self.report, sorted(self.sent.items())])


def read(sandbox: Sandbox, report: str, args: MultiDict[str, str], known: frozenset[str]) -> Parameters:
    """The parameters of a request, checked one by one; `BadParameter` for what cannot be used."""
    rules, vendor = sandbox.rules, sandbox.vendor
    sent = {name: _one(sandbox, name, values) for name, values in args.lists()}
    if rules.text(f"{vendor}.unknown-parameter", "action") == "refuse":
        for name in sent.keys() - known:
            raise BadParameter(
                rule=f"{vendor}.unknown-parameter",
                name=name,
                given=sent[name],
                expected=f"one of {', '.join(sorted(known))}",
            )
    form = _choice(vendor, sent, "format", ("csv", "json")) or rules.text(f"{vendor}.default-format")
    return Parameters(report, sent, form, _choice(vendor, sent, "send_status", ("true", "false")) == "true")


def resolve(call: Call, sandbox: Sandbox, sent: dict[str, str]) -> Range:
    """The range that a run submitted now covers, by its parameters, the defaults and the longest range.

    Raises:
        BadParameter: A date is none, or the end lies before the start.
        RangeTooLong: The range is too long, and the rule on that says to refuse it.
    """
    vendor = sandbox.vendor
    last = _date(vendor, sent, "end")
    last = day_of(sandbox.now) if last is None else last
    start = _date(vendor, sent, "start")
    start = last - DEFAULT_DAYS * DAY if start is None else start
    if start > last:
        raise BadParameter(
            rule=f"{vendor}.end-before-start",
            name="end",
            given=sent.get("end"),
            expected="a day not before start",
        )
    end = last + DAY if sandbox.rules.flag(f"{vendor}.end-inclusive") else last
    return _within_limit(call, sandbox, Range(start, end))


def _within_limit(call: Call, sandbox: Sandbox, asked: Range) -> Range:
    rule = f"{sandbox.vendor}.range"
    if not sandbox.rules.flag(rule):
        return asked
    months = sandbox.rules.number(rule)
    earliest = months_before(asked.end, months)
    if asked.start >= earliest:
        return asked
    if sandbox.rules.text(rule, "action") == "refuse":
        raise RangeTooLong(rule=rule, start=asked.start, end=asked.end, allowed=f"{months} months")
    call.shaped_by(rule)
    call.notes.append(f"range: longer than {months} months, so its start was moved up")
    return Range(earliest, asked.end)


def _one(sandbox: Sandbox, name: str, values: list[str]) -> str:
    if len(values) == 1:
        return values[0]
    rule = f"{sandbox.vendor}.repeated-parameter"
    action = sandbox.rules.text(rule, "action")
    if action == "refuse":
        raise BadParameter(rule=rule, name=name, given=values, expected="one value")
    return values[0 if action == "first" else -1]


def _choice(vendor: str, sent: dict[str, str], name: str, choices: tuple[str, ...]) -> str | None:
    given = sent.get(name)
    if given is not None and given not in choices:
        raise BadParameter(
            rule=f"{vendor}.bad-parameter", name=name, given=given, expected=" or ".join(choices)
        )
    return given


def _date(vendor: str, sent: dict[str, str], name: str) -> int | None:
    given = sent.get(name)
    if given is None:
        return None
    day = parse_date(given)
    if day is None:
        raise BadParameter(rule=f"{vendor}.bad-parameter", name=name, given=given, expected=DATE)
    return day
