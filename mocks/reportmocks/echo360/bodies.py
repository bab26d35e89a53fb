"""JSON bodies that clients of Echo360 send: read once, each member checked before it is used."""

import json
from dataclasses import dataclass
from typing import Any, Final

from reportcontracts.catalogue import Report
from reportmocks.kernel.clock import DAY, day_of
from reportmocks.kernel.ranges import parse_date
from reportmocks.kernel.refusals import BadBody, BadParameter, MissingParameter, RangeTooLong, RangeTooOld
from reportmocks.kernel.sandbox import Sandbox

DATE: Final = "a date of the form YYYY-MM-DD"
DELIMITERS: Final = (",", "\t", "|")


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
        BadBody: It is no JSON, not in UTF-8, or no object.
        BadParameter: A member is given twice, and that is refused.
    """

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(reversed(pairs)) if repeated == "first" else dict(pairs)
        if repeated == "refuse" and len(found) < len(pairs):
            twice = next(name for name, _ in pairs if sum(name == other for other, _ in pairs) > 1)
            raise BadParameter(
                rule="echo360.repeated-parameter", name=twice, given="given twice", expected="one value"
            )
        return found

    if not body.strip():
        return {}
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=members, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadBody(rule="echo360.body-json", reason=str(error)) from error
    if not isinstance(value, dict):
        raise BadBody(rule="echo360.body-json", reason="it is not an object")
    return value


def read_submission(sandbox: Sandbox, report: Report, body: dict[str, Any]) -> Submission:
    """What a submission for `report` asks for, or the refusal of the first thing that is wrong with it."""
    parameters = body.get("parameters", {})
    if not isinstance(parameters, dict):
        raise BadParameter(
            rule="echo360.bad-parameter", name="parameters", given=parameters, expected="an object"
        )
    compression, delimiter = _output(body.get("output", {}))
    start = end = None
    if report.parameters:
        start, end = _date(parameters, "start"), _date(parameters, "end")
        _check_range(sandbox, report, start, end, parameters)
    return Submission(parameters, start, end, compression, delimiter)


def _output(output: object) -> tuple[bool, str]:
    rule = "echo360.bad-output"
    if not isinstance(output, dict):
        raise BadParameter(rule=rule, name="output", given=output, expected="an object")
    compression, delimiter = output.get("compression", True), output.get("delimiter", ",")
    if not isinstance(compression, bool):
        raise BadParameter(rule=rule, name="output.compression", given=compression, expected="true or false")
    if delimiter not in DELIMITERS:
        raise BadParameter(
            rule=rule, name="output.delimiter", given=delimiter, expected="a comma, a tab or a pipe"
        )
    return compression, delimiter


def _date(parameters: dict[str, Any], name: str) -> int:
    if name not in parameters:
        raise MissingParameter(rule="echo360.missing-parameter", name=name, expected=DATE)
    day = parse_date(parameters[name])
    if day is None:
        raise BadParameter(rule="echo360.bad-parameter", name=name, given=parameters[name], expected=DATE)
    return day


def _check_range(sandbox: Sandbox, report: Report, start: int, end: int, parameters: dict[str, Any]) -> None:
    rules = sandbox.rules
    if end <= start:
        raise BadParameter(
            rule="echo360.end-before-start", name="end", given=parameters["end"], expected="a day after start"
        )
    days = rules.number("echo360.range")
    if rules.flag("echo360.range") and end - start > days * DAY:
        raise RangeTooLong(rule="echo360.range", start=start, end=end, allowed=f"{days} days")
    if report.name == "assetbydate" and rules.flag("echo360.assetbydate-age"):
        earliest = day_of(sandbox.now) - rules.number("echo360.assetbydate-age") * DAY
        if start < earliest:
            raise RangeTooOld(rule="echo360.assetbydate-age", start=start, earliest=earliest)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
