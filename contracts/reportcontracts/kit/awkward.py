"""Rows of the most awkward text that people write, to fit any report."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from reportcontracts.catalogue import Column, ColumnType, Report, TimestampFormat

TEXTS: Final = (
    'a, "quoted" comma',
    "tab\tpipe | and ; semicolon",
    "two\nlines",
    "carriage\r\nreturn",
    '"',
    ",",
    " leading and trailing ",
    "naïve façade, Ærøskøbing, Łódź, ŻÓŁĆ",
    "日本語、中文、한국어",
    "العربية \u200f\u05e2\u05d1\u05e8\u05d9\u05ea",
    "👩‍👩‍👧‍👦 🇳🇿 e\u0301",
    "=1+1",
    "@SUM(A1:A9)",
    "\\N \\n \\\\",
    "NULL",
    "None",
    "' OR 1=1 --",
    "<b>&amp;</b>",
    "x" * 5000,
    "\u200bzero\u200dwidth\ufeff",
)
"""Delimiters, quotes, line breaks, scripts, formulas, words for nothing, and one that is very long."""

_SAID_BY_SERVER: Final[Mapping[str, str]] = MappingProxyType({"TIME_ZONE": "UTC"})
"""Columns that a server writes itself, whatever the row has there."""


def rows(report: Report, day: date) -> list[dict[str, Any]]:
    """A row of the report for each of `TEXTS`, at moments of a day, one unlike the other."""
    return [dict(_row(report, day, number)) for number in range(len(TEXTS))]


def _row(report: Report, day: date, number: int) -> Iterator[tuple[str, Any]]:
    for place, column in enumerate(report.columns):
        yield column.name, _cell(report, column, day, number, place)


def _cell(report: Report, column: Column, day: date, number: int, place: int) -> Any:
    if column.type is ColumnType.TIMESTAMP:
        return _instant(report.timestamps, day, number)
    if column.name in _SAID_BY_SERVER:
        return _SAID_BY_SERVER[column.name]
    if column.type is ColumnType.STRING:
        return (
            TEXTS[(number + place) % len(TEXTS)] if column.name not in report.identity else f"row-{number:02}"
        )
    return _PLAIN[column.type](day, number * 100 + place)


def _instant(form: TimestampFormat, day: date, number: int) -> str:
    moment = datetime.combine(day, time(9), UTC) + timedelta(minutes=number)
    if form is TimestampFormat.ISO:
        return moment.isoformat(timespec="milliseconds")[:-6] + "Z"
    return moment.strftime("%Y-%m-%d %H:%M:%S")


_PLAIN: Final[Mapping[ColumnType, Callable[[date, int], Any]]] = {
    ColumnType.UUID: lambda _day, number: str(UUID(int=number + 1, version=4)),
    ColumnType.INTEGER: lambda _day, number: number,
    ColumnType.NUMBER: lambda _day, number: number,
    ColumnType.FLAG: lambda _day, number: number % 2,
    ColumnType.BOOLEAN: lambda _day, number: number % 2 == 0,
    ColumnType.DATE: lambda day, _number: day.isoformat(),
    ColumnType.JSON: lambda _day, number: f'{{"text": "a, \\"b\\" | {number}"}}',
}
