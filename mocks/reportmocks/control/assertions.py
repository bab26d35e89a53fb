"""What was expected of a client's requests, and how near they came to it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from reportmocks.control.errors import ControlError, bad_field, only_members, parsed
from reportmocks.kernel.clock import parse_duration, parse_instant, span
from reportmocks.kernel.matching import Difference, Wanted

CONDITIONS: Final = ("method", "path", "status", "rule", "job", "fault", "body", "query", "headers")
COUNTS: Final = ("exactly", "at_least", "at_most")
MEMBERS: Final = ("request", *COUNTS, "never", "apart", "in_order", "after")
NEAR: Final = 5
"""How many near misses are told."""
MOST: Final = 1_000_000

Told = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is expected: so many requests that meet conditions, so far apart, or several in an order."""

    wanted: Wanted
    least: int
    most: int | None
    apart: int | None
    """Milliseconds between two of them, at least, on the sandbox's clock."""
    in_order: tuple[Wanted, ...]
    after: int
    """Only requests with a higher number are looked at."""


def read_expectation(body: dict[str, Any]) -> Expectation:
    """The expectation that a body tells, checked."""
    only_members(body, MEMBERS)
    if ("request" in body) == ("in_order" in body):
        raise bad_field("body", None, "an object with either request or in_order")
    if "in_order" in body:
        only_members(body, ("in_order", "after"))
        order = body["in_order"]
        if not isinstance(order, list) or not order:
            raise bad_field("in_order", order, "an array of requests' conditions")
        wanted = tuple(_wanted(one) for one in order)
        return Expectation(
            wanted=wanted[0], least=0, most=None, apart=None, in_order=wanted, after=_after(body)
        )
    least, most = _counts(body)
    apart = body.get("apart")
    return Expectation(
        wanted=_wanted(body["request"]),
        least=least,
        most=most,
        apart=None if apart is None else parsed("apart", apart, parse_duration, "a duration like 15s"),
        in_order=(),
        after=_after(body),
    )


def check(expected: Expectation, entries: Iterable[Told]) -> dict[str, Any]:
    """What was found, where it is as expected; entries are as the journal tells them, oldest first.

    Raises:
        ControlError: It is not (409), with the requests that came nearest and what they differ in.
    """
    looked_at = [told for told in entries if told["number"] > expected.after]
    if expected.in_order:
        return _check_order(expected.in_order, looked_at)
    matched = [told for told in looked_at if expected.wanted.matches(told)]
    _check_count(expected, matched, looked_at)
    if expected.apart is not None:
        _check_apart(expected.apart, matched)
    return {"holds": True, "count": len(matched), "requests": [told["number"] for told in matched]}


def _check_count(expected: Expectation, matched: Sequence[Told], looked_at: Sequence[Told]) -> None:
    count, most = len(matched), expected.most
    if count < expected.least:
        detail = f"{_requests(count)} as expected, not {_wording(expected)}"
        raise _failed(detail, count, _near(expected.wanted, looked_at))
    if most is not None and count > most:
        detail = f"{_requests(count)} of that kind, not {_wording(expected)}"
        raise _failed(detail, count, [], requests=[_line(told) for told in matched[:NEAR]])


def _check_apart(apart: int, matched: Sequence[Told]) -> None:
    for before, then in pairwise(matched):
        if before["clock"] is None or then["clock"] is None:
            continue  # no sandbox, no clock
        between = parse_instant(then["clock"]) - parse_instant(before["clock"])
        if between < apart:
            numbers = f"requests {before['number']} and {then['number']}"
            detail = f"{numbers} are {span(between)} apart, not at least {span(apart)}"
            raise _failed(detail, len(matched), [], requests=[_line(before), _line(then)])


def _check_order(order: Sequence[Wanted], looked_at: Sequence[Told]) -> dict[str, Any]:
    """Each one is found after the one before it; others may be in between."""
    found: list[int] = []
    rest = iter(looked_at)
    for place, wanted in enumerate(order, start=1):
        number = next((told["number"] for told in rest if wanted.matches(told)), None)
        if number is None:
            behind = f" after request {found[-1]}" if found else ""
            later = [told for told in looked_at if not found or told["number"] > found[-1]]
            detail = f"no request is as the {_ordinal(place)} in order{behind}"
            raise _failed(detail, len(found), _near(wanted, later), requests=found)
        found.append(number)
    return {"holds": True, "count": len(found), "requests": found}


def _near(wanted: Wanted, entries: Iterable[Told]) -> list[dict[str, Any]]:
    """The requests that differ in the fewest conditions, the newest first of equals."""
    apart = [(wanted.differences(told), told) for told in entries]
    missed = [(differences, told) for differences, told in apart if differences]
    missed.sort(key=lambda miss: (len(miss[0]), -miss[1]["number"]))
    return [
        _line(told) | {"differs": [_differs(one) for one in differences]}
        for differences, told in missed[:NEAR]
    ]


def _differs(one: Difference) -> dict[str, Any]:
    return {"condition": one.condition, "expected": one.expected, "found": one.found}


def _line(told: Told) -> dict[str, Any]:
    """As much of a request as tells which one it is."""
    return {name: told[name] for name in ("number", "clock", "method", "path", "query", "status", "rule")}


def _failed(detail: str, count: int, near: list[dict[str, Any]], **more: Any) -> ControlError:
    if near:
        first = near[0]
        differs = "; ".join(
            f"{one['condition']} is {one['found']!r}, not {one['expected']!r}" for one in first["differs"]
        )
        detail += f"; nearest is request {first['number']}, {first['method']} {first['path']}: {differs}"
    members = {"count": count, "near_misses": near} | more
    return ControlError(status=409, kind="assertion-failed", detail=detail, members=members)


def _requests(count: int) -> str:
    return {0: "no request is", 1: "1 request is"}.get(count, f"{count} requests are")


def _wording(expected: Expectation) -> str:
    if expected.most == 0:
        return "none"
    if expected.most == expected.least:
        return f"exactly {expected.least}"
    return f"at most {expected.most}" if expected.most is not None else f"at least {expected.least}"


def _ordinal(place: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(place, f"{place}th")


def _counts(body: dict[str, Any]) -> tuple[int, int | None]:
    """The least and the most that there may be: at least one where nothing is said."""
    if "never" in body:
        if body["never"] is not True:
            raise bad_field("never", body["never"], "true, or left out")
        if any(name in body for name in COUNTS):
            raise bad_field("never", body["never"], f"given without {', '.join(COUNTS)}")
        return 0, 0
    if "exactly" in body:
        if "at_least" in body or "at_most" in body:
            raise bad_field("exactly", body["exactly"], "given without at_least and at_most")
        exactly = _whole(body, "exactly", 0)
        return exactly, exactly
    most = _whole(body, "at_most", 0) if "at_most" in body else None
    least = _whole(body, "at_least", 0 if most is not None or "apart" in body else 1)
    if most is not None and most < least:
        raise bad_field("at_most", most, f"at least at_least, {least}")
    return least, most


def _after(body: dict[str, Any]) -> int:
    return _whole(body, "after", 0)


def _whole(body: dict[str, Any], name: str, default: int) -> int:
    given = body.get(name, default)
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= MOST:
        raise bad_field(name, given, f"an integer from 0 to {MOST}")
    return given


def _wanted(given: Any) -> Wanted:
    """The conditions of one request."""
    if not isinstance(given, dict) or not given:
        raise bad_field("request", given, f"an object with some of {', '.join(CONDITIONS)}")
    only_members(given, CONDITIONS)
    read: dict[str, Any] = {name: _READ[name](name, value) for name, value in given.items()}
    return Wanted(**read)


def _text(name: str, given: Any) -> str:
    if not isinstance(given, str):
        raise bad_field(name, given, "a text, in which * stands for anything")
    return given


def _texts(name: str, given: Any) -> dict[str, str]:
    if not isinstance(given, dict):
        raise bad_field(name, given, "an object of names and texts, in which * stands for anything")
    return {key: _text(f"{name}.{key}", value) for key, value in given.items()}


def _statuses(name: str, given: Any) -> tuple[int, ...]:
    statuses = given if isinstance(given, list) else [given]
    for status in statuses:
        if isinstance(status, bool) or not isinstance(status, int) or not 0 <= status <= 999:
            raise bad_field(name, given, "a status such as 200, or an array of them")
    if not statuses:
        raise bad_field(name, given, "a status such as 200, or an array of them")
    return tuple(statuses)


_READ: Final[dict[str, Callable[[str, Any], Any]]] = {
    "method": _text,
    "path": _text,
    "status": _statuses,
    "rule": _text,
    "job": _text,
    "fault": _text,
    "body": _text,
    "query": _texts,
    "headers": _texts,
}
