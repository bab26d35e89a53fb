"""JSON bodies that clients of Echo360 send: read once, each member checked before it is used."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from reportcontracts.catalogue import Report
from reportmocks.kernel.clock import DAY, day_of, iso
from reportmocks.kernel.nesting import TOO_DEEP, is_deep
from reportmocks.kernel.ranges import parse_date
from reportmocks.kernel.refusals import BadBody, BadParameter, MissingParameter, RangeTooLong, RangeTooOld
from reportmocks.kernel.remedies import Change, Remedy
from reportmocks.kernel.sandbox import Sandbox

DATE: Final = "a date of the form YYYY-MM-DD"
DELIMITERS: Final = (",", "\t", "|")
TOO_LARGE: Final = "a number in it is too large"
JSON_RULE: Final = "echo360.body-json"
REPEATED: Final = "echo360.repeated-parameter"


@dataclass(frozen=True, slots=True)
class Submission:
    """What a submission asks for; `start` and `end` in milliseconds, `None` for a report without a range."""

    parameters: dict[str, Any]
    start: int | None
    end: int | None
    compression: bool
    delimiter: str


def read_object(body: bytes, repeated: str) -> dict[str, Any]:
    """The JSON object that a body holds; an empty body is an empty object.

    `repeated` says what a member given twice does: `refuse`, or have the `first` or `last` of its values.

    Raises:
        BadBody: It is no JSON, not in UTF-8, nested too deep, or no object.
        BadParameter: A member is given twice, and that is refused.
    """

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(reversed(pairs)) if repeated == "first" else dict(pairs)
        if repeated == "refuse" and len(found) < len(pairs):
            raise BadParameter(
                rule=REPEATED, name=_twice(pairs), given="given more than once", expected="one value"
            )
        return found

    value = _loaded(body, members)
    if not isinstance(value, dict):
        raise BadBody(rule=JSON_RULE, reason="it is not an object")
    if is_deep(value):
        raise BadBody(rule=JSON_RULE, reason=TOO_DEEP)
    return value


def values_of(body: bytes, name: str) -> list[Any]:
    """Every value of a member of the JSON object that a body holds, in order; none where it is no object.

    Raises:
        BadBody: It is no JSON, not in UTF-8, or nested too deep.
    """
    pairs = _loaded(body, _Pairs)
    return [value for member, value in pairs if member == name] if isinstance(pairs, _Pairs) else []


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object as they were sent."""


def _loaded(body: bytes, members: Callable[[list[tuple[str, Any]]], Any]) -> Any:
    if not body.strip():
        return members([])
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=members,
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except RecursionError as error:
        raise BadBody(rule=JSON_RULE, reason=TOO_DEEP) from error
    except ValueError as error:
        raise BadBody(rule=JSON_RULE, reason=str(error)) from error


def _twice(pairs: list[tuple[str, Any]]) -> str:
    """The first name that comes a second time."""
    seen: set[str] = set()
    return next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]


def read_submission(sandbox: Sandbox, report: Report, body: dict[str, Any]) -> Submission:
    """What a submission for `report` asks for, or the refusal of the first thing that is wrong with it."""
    parameters = body.get("parameters", {})
    if not isinstance(parameters, dict):
        raise BadParameter(
            rule="echo360.bad-parameter", name="parameters", given=parameters, expected="an object", valid={}
        )
    compression, delimiter = _output(body.get("output", {}))
    start = end = None
    if report.parameters:
        start, end = _date(sandbox, parameters, "start"), _date(sandbox, parameters, "end")
        _check_range(sandbox, report, start, end, parameters)
    else:
        for name in ("start", "end"):
            if name in parameters:
                _date(sandbox, parameters, name)
    return Submission(parameters, start, end, compression, delimiter)


def _output(output: object) -> tuple[bool, str]:
    rule = "echo360.bad-output"
    if not isinstance(output, dict):
        raise BadParameter(rule=rule, name="output", given=output, expected="an object")
    compression, delimiter = output.get("compression", True), output.get("delimiter", ",")
    if not isinstance(compression, bool):
        raise BadParameter(
            rule=rule, name="output.compression", given=compression, expected="true or false", valid=True
        )
    if delimiter not in DELIMITERS:
        raise BadParameter(
            rule=rule,
            name="output.delimiter",
            given=delimiter,
            expected="a comma, a tab or a pipe",
            valid=",",
        )
    return compression, delimiter


def _date(sandbox: Sandbox, parameters: dict[str, Any], name: str) -> int:
    day = parse_date(parameters.get(name))
    if day is not None:
        return day
    if name not in parameters:
        raise MissingParameter(
            rule="echo360.missing-parameter",
            name=name,
            expected=DATE,
            suggested=_a_day(sandbox, parameters, name),
        )
    raise BadParameter(
        rule="echo360.bad-parameter",
        name=name,
        given=parameters[name],
        expected=DATE,
        suggested=_a_day(sandbox, parameters, name),
    )


def _a_day(sandbox: Sandbox, parameters: dict[str, Any], name: str) -> Remedy:
    """The day before the end, or after the start; of yesterday's and today, where the other one is no day."""
    if name == "start":
        other = parse_date(parameters.get("end"))
        return _on("start", (day_of(sandbox.now) if other is None else other) - DAY)
    other = parse_date(parameters.get("start"))
    return _on("end", day_of(sandbox.now) if other is None else other + DAY)


def _on(name: str, day: int) -> Remedy:
    return Remedy(changes=(Change(f"parameters.{name}", iso(day)[:10], "json"),))


def _check_range(sandbox: Sandbox, report: Report, start: int, end: int, parameters: dict[str, Any]) -> None:
    rules = sandbox.rules
    if end <= start:
        raise BadParameter(
            rule="echo360.end-before-start",
            name="end",
            given=parameters["end"],
            expected="a day after start",
            suggested=_on("end", start + DAY),
        )
    days = rules.number("echo360.range")
    if rules.flag("echo360.range") and end - start > days * DAY:
        suggested = _on("end", start + days * DAY)
        raise RangeTooLong(
            rule="echo360.range", start=start, end=end, allowed=f"{days} days", suggested=suggested
        )
    if report.base == "assetbydate" and rules.flag("echo360.assetbydate-age"):
        earliest = day_of(sandbox.now) - rules.number("echo360.assetbydate-age") * DAY
        if start < earliest:
            suggested = _on("start", earliest)
            raise RangeTooOld(
                rule="echo360.assetbydate-age", start=start, earliest=earliest, suggested=suggested
            )


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:  # it has more digits than Python turns into a number
        raise ValueError(TOO_LARGE) from error


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(TOO_LARGE)
    return number
