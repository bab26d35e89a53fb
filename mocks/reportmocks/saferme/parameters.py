"""What the queries of SaferMe's calls hold: identifiers, dates, and lists of names."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qs, parse_qsl, urlencode

from reportcontracts.catalogue import Report
from reportcontracts.rules import RuleValues
from reportfixtures.saferme_zone import instant_of_local
from reportmocks.answers import current_call
from reportmocks.kernel.refusals import BadParameter, MissingParameter
from reportmocks.kernel.remedies import Change, Remedy, changed
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.saferme.instants import zone_of

DATE: Final = "a timestamp of ISO 8601"
INTEGER: Final = "an integer"
NOBODY: Final = -1
"""Stands for an integer so large that nothing is identified by it."""

_DIGITS: Final = 18
_INTEGER: Final = re.compile(r"-?[0-9]+")
_DAY: Final = r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8})"
_TIME: Final = r"[0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2}(?:[.,][0-9]{1,12})?)?)?"
_OFFSET: Final = r"[Zz]|[-+][0-9]{2}(?::?[0-9]{2})?"
_DATE: Final = re.compile(f"{_DAY}(?:[Tt ]{_TIME}(?P<offset>{_OFFSET})?)?")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Query:
    """A query: `single` has one value for each name, `many` all values of names that end in brackets."""

    single: Mapping[str, str]
    many: Mapping[str, tuple[str, ...]]
    repeated: frozenset[str]
    """Names that were given more than once."""


@lru_cache(maxsize=4096)
def _read(text: str, repeated: str) -> Query:
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    many = {name.removesuffix("[]"): tuple(given) for name, given in values.items() if name.endswith("[]")}
    plain = {name: given for name, given in values.items() if not name.endswith("[]")}
    chosen = 0 if repeated == "first" else -1
    twice = frozenset(name for name, given in plain.items() if len(given) > 1)
    return Query({name: given[chosen] for name, given in plain.items()}, many, twice)


def read(rules: RuleValues, changes: tuple[Change, ...] = ()) -> Query:
    """The query of the current request, after some changes to it.

    Raises:
        BadParameter: A parameter is given more than once, and that is refused.
    """
    rule, call = "saferme.repeated-parameter", current_call()
    action = rules.text(rule, "action")
    text = call.environ.get("QUERY_STRING", "")
    if changes:
        text = urlencode(changed(parse_qs(text, keep_blank_values=True), changes), doseq=True)
    query = _read(text, action)
    if query.repeated:
        call.shaped_by(rule)
        if action == "refuse":
            name = min(query.repeated)
            raise BadParameter(
                rule=rule,
                name=name,
                given="given more than once",
                expected="one value",
                valid=query.single[name],
            )
    return query


def need(query: Query, names: Iterable[str], example: Callable[[str], Remedy | None]) -> None:
    """Accept a query that has something under each of the names; `example` knows what that could be.

    Raises:
        MissingParameter: The first of them that is missing or empty.
    """
    for name in names:
        if not query.single.get(name, "").strip():
            raise MissingParameter(
                rule="saferme.missing-parameter", name=name, expected="a value", suggested=example(name)
            )


def identifier(name: str, text: str) -> int:
    """The integer that a text stands for; `NOBODY` for one that is longer than any identifier."""
    if not _INTEGER.fullmatch(text):
        raise BadParameter(rule="saferme.bad-parameter", name=name, given=text, expected=INTEGER)
    return int(text) if len(text) <= _DIGITS else NOBODY


def identifiers(query: Query, name: str) -> tuple[int, ...] | None:
    """A list of integers, as `ids=1,2` or `ids[]=1&ids[]=2`; `None` where there is none."""
    if name not in query.single and name not in query.many:
        return None
    texts = [*query.single.get(name, "").split(","), *query.many.get(name, ())]
    return tuple(identifier(name, text.strip()) for text in texts if text.strip())


def names(query: Query, name: str = "fields") -> tuple[str, ...]:
    """A list of names joined by commas; empty where there is none."""
    return tuple(part for each in query.single.get(name, "").split(",") if (part := each.strip()))


def microseconds(rules: RuleValues, name: str, text: str) -> int:
    """The instant that a date stands for, in microseconds since the epoch.

    Raises:
        BadParameter: It is no timestamp of ISO 8601, or of a form that is refused.
    """
    match = _DATE.fullmatch(text)
    moment = _moment(text) if match else None
    if match is None or moment is None:
        meant = text.replace(" ", "+")
        valid = meant if " " in text and _DATE.fullmatch(meant) else None
        if valid:
            current_call().notes.append("a + in a query means a space; write it as %2B")
        raise BadParameter(rule="saferme.bad-parameter", name=name, given=text, expected=DATE, valid=valid)
    if match["offset"]:
        return (moment - _EPOCH) // _MICROSECOND
    return _without_offset(rules, name, text, moment)


def start_of(microsecond: int) -> int:
    """The first millisecond that is not before an instant."""
    return -(-microsecond // 1000)


def stop_of(rules: RuleValues, microsecond: int) -> int:
    """The first millisecond that is no longer in a range with this end."""
    return microsecond // 1000 + 1 if rules.flag("saferme.end-inclusive") else -(-microsecond // 1000)


def bounds(sandbox: Sandbox, _report: Report, sent: Mapping[str, str]) -> tuple[int | None, int | None]:
    """The range [start, end) in milliseconds that `start` and `end` name, read as those of a call are."""
    rules = sandbox.rules
    start, end = (
        microseconds(rules, name, sent[name]) if name in sent else None for name in ("start", "end")
    )
    return None if start is None else start_of(start), None if end is None else stop_of(rules, end)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def _without_offset(rules: RuleValues, name: str, text: str, moment: datetime) -> int:
    rule = "saferme.date-forms"
    current_call().shaped_by(rule)
    if rules.text(rule, "action") == "refuse":
        expected = f"{DATE} with a time and an offset"
        valid = f"{moment.isoformat(timespec='milliseconds')}Z"
        raise BadParameter(rule=rule, name=name, given=text, expected=expected, valid=valid)
    local = (moment.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
    milliseconds, rest = divmod(local, 1000)
    return instant_of_local(milliseconds, zone_of(rules, rule)) * 1000 + rest
