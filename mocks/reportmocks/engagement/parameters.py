"""The parameters of an engagement report: what was sent, what it means, and the range it asks for."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qs, parse_qsl, urlencode

from reportmocks.kernel.clock import DAY, day_of, iso, months_before
from reportmocks.kernel.ranges import Range, parse_date
from reportmocks.kernel.refusals import BadParameter, MissingParameter, RangeTooLong
from reportmocks.kernel.remedies import Change, Remedy, changed
from reportmocks.kernel.sandbox import Sandbox

DATE: Final = "a date of the form YYYY-MM-DD"
DEFAULT_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Parameters:
    """A request's parameters, each with one value."""

    report: str
    sent: Mapping[str, str]
    format: str
    send_status: bool
    identity: str
    """What tells this run from others: the report and every parameter as it was sent."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a vendor reads parameters, by the switches of its rules."""

    vendor: str
    known: frozenset[str]
    repeated: str
    unknown: str
    default_format: str
    exact: bool
    """Whether words are told in lower case alone."""

    @classmethod
    def of(cls, sandbox: Sandbox, known: frozenset[str]) -> "Policy":
        """How the sandbox's rules have it, where the report knows the parameters `known`."""
        rules, vendor = sandbox.rules, sandbox.vendor
        return cls(
            vendor,
            known,
            rules.text(f"{vendor}.repeated-parameter", "action"),
            rules.text(f"{vendor}.unknown-parameter", "action"),
            rules.text(f"{vendor}.default-format"),
            rules.text(f"{vendor}.bad-parameter", "case") == "exact",
        )


@lru_cache(maxsize=4096)
def read(report: str, query: str, policy: Policy) -> Parameters:
    """The parameters that a query string holds; `BadParameter` for what cannot be used.

    Clients send the same query with every poll, so what was read lately is not read again.
    """
    sent = single_values(query, policy)
    form = _choice(policy, sent, "format", ("csv", "json")) or policy.default_format
    send_status = _choice(policy, sent, "send_status", ("true", "false")) == "true"
    return Parameters(report, sent, form, send_status, json.dumps([report, sorted(sent.items())]))


def require_send_status(sandbox: Sandbox, asked: Parameters) -> None:
    """See that a request asks for its status, where a rule has that it must.

    Raises:
        MissingParameter: It does not.
    """
    rule = f"{sandbox.vendor}.no-send-status"
    if not asked.send_status and sandbox.rules.flag(rule, "required"):
        raise MissingParameter(rule=rule, name="send_status", expected="true", valid="true")


def single_values(query: str, policy: Policy) -> dict[str, str]:
    """Each parameter of a query string with the value to go by.

    Raises:
        BadParameter: One is given more than once, or unknown, and the rule on that says to refuse it.
    """
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    sent = {name: _one(policy, name, given) for name, given in values.items()}
    if policy.unknown == "refuse":
        _refuse_unknown(policy, sent)
    return sent


def changed_query(query: str, changes: Iterable[Change]) -> str:
    """A query string after some changes to its parameters."""
    return urlencode(changed(parse_qs(query, keep_blank_values=True), changes), doseq=True)


def resolve(sandbox: Sandbox, sent: Mapping[str, str]) -> Range:
    """The range that a run submitted now asks for, by its parameters and the defaults.

    Raises:
        BadParameter: A date is none, or the end lies before the start.
    """
    vendor = sandbox.vendor
    last = _date(vendor, sent, "end")
    last = day_of(sandbox.now) if last is None else last
    start = _date(vendor, sent, "start")
    start = last - DEFAULT_DAYS * DAY if start is None else start
    if start > last:
        raise _reversed(vendor, sent)
    end = last + DAY if sandbox.rules.flag(f"{vendor}.end-inclusive") else last
    return Range(start, end)


def start_on(earliest: int) -> Change:
    """The parameter that has a range start on the day of an instant."""
    return Change("start", iso(earliest)[:10])


def within_limit(sandbox: Sandbox, asked: Range, start_at: Callable[[int], Change] = start_on) -> Range:
    """What a run covers of the range that it asks for; `start_at` is how a request asks for another start.

    Raises:
        RangeTooLong: The range is too long, and the rule on that says to refuse it.
    """
    rule = f"{sandbox.vendor}.range"
    if not sandbox.rules.flag(rule):
        return asked
    months = sandbox.rules.number(rule)
    earliest = months_before(asked.end, months)
    if asked.start >= earliest:
        return asked
    if sandbox.rules.text(rule, "action") == "refuse":
        raise RangeTooLong(
            rule=rule,
            start=asked.start,
            end=asked.end,
            allowed=f"{months} months",
            suggested=Remedy(changes=(start_at(earliest),)),
        )
    return Range(earliest, asked.end)


def _reversed(vendor: str, sent: Mapping[str, str]) -> BadParameter:
    """The refusal of a range that ends before it starts; the end is today where none was sent."""
    name, expected = (
        ("end", "a day not before start") if "end" in sent else ("start", "a day not after today")
    )
    return BadParameter(
        rule=f"{vendor}.end-before-start",
        name=name,
        given=sent[name],
        expected=expected,
        valid=sent.get("start") if name == "end" else None,
    )


def _one(policy: Policy, name: str, values: list[str]) -> str:
    if len(values) > 1 and policy.repeated == "refuse":
        rule = f"{policy.vendor}.repeated-parameter"
        raise BadParameter(rule=rule, name=name, given=values, expected="one value", valid=values[-1])
    return values[-1 if policy.repeated == "last" else 0]


def _refuse_unknown(policy: Policy, sent: Mapping[str, str]) -> None:
    for name in sent.keys() - policy.known:
        raise BadParameter(
            rule=f"{policy.vendor}.unknown-parameter",
            name=name,
            given=sent[name],
            expected=f"one of {', '.join(sorted(policy.known))}",
        )


def _choice(policy: Policy, sent: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str | None:
    given = sent.get(name)
    if given is None:
        return None
    word = given if policy.exact else given.lower()
    if word not in choices:
        raise BadParameter(
            rule=f"{policy.vendor}.bad-parameter",
            name=name,
            given=given,
            expected=" or ".join(choices),
            valid=choices[0],
        )
    return word


def _date(vendor: str, sent: Mapping[str, str], name: str) -> int | None:
    given = sent.get(name)
    if given is None:
        return None
    day = parse_date(given)
    if day is None:
        raise BadParameter(rule=f"{vendor}.bad-parameter", name=name, given=given, expected=DATE)
    return day
