"""How cells are written where a user says so: instants, days, numbers and truths, each by a short pattern."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from reportcontracts.catalogue import ColumnType

EPOCH: Final = ("epoch", "epoch-ms")
"""Instants as seconds, or milliseconds, since 1970."""

_CODE: Final = re.compile(r"%(?:3f|-?[mdHI]|[YypMSfBb])")
_NUMBER: Final = re.compile(r"(?:#(?P<mark>[,. ])##)?0(?:(?P<point>[.,])(?P<zeros>0{1,9}))?(?P<percent>%?)")
_TRUTHS: Final = re.compile(r"(?P<true>[^/]+)/(?P<false>[^/]+)")
_MONTHS: Final = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
                  "October", "November", "December")  # fmt: skip

Write = Callable[[object], str]
"""Writes a cell that has a value."""


def check(kind: ColumnType, pattern: str) -> None:
    """See that a pattern is one for cells of a type.

    Raises:
        ValueError: It is none; the text says what would be.
    """
    writer(kind, pattern)


def writer(kind: ColumnType, pattern: str) -> Write:
    """What writes cells of a type by a pattern.

    Instants and days take the codes of `strftime` that do not depend on a language (and `%3f` for
    milliseconds), or `epoch` and `epoch-ms`; numbers take `0`, `0.00`, `#,##0.00` and the like; truths
    take two words, `yes/no`.

    Raises:
        ValueError: The pattern is none for the type; the text says what would be.
    """
    if kind in (ColumnType.TIMESTAMP, ColumnType.DATE):
        return _times(pattern)
    if kind in (ColumnType.INTEGER, ColumnType.NUMBER):
        return _numbers(pattern)
    if kind in (ColumnType.FLAG, ColumnType.BOOLEAN):
        return _truths(pattern)
    raise ValueError(f"cells of type {kind} take no format")


def moment_of(text: str) -> datetime | None:
    """The instant that a cell of the catalogue's own form stands for; `None` where it stands for none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC)


def _times(pattern: str) -> Write:
    if pattern in EPOCH:
        scale = 1000 if pattern == "epoch-ms" else 1
        return lambda cell: _since(str(cell), scale)
    rest = _CODE.sub("", pattern)
    if "%" in rest or rest == pattern:
        raise ValueError(
            f"{pattern!r} is no format for instants: write the codes of strftime, such as %d.%m.%Y %H:%M:%S, "
            f"with %3f for milliseconds, or one of {', '.join(EPOCH)}"
        )
    return lambda cell: _written(str(cell), pattern)


def _since(text: str, scale: int) -> str:
    at = moment_of(text)
    return text if at is None else str(round(at.timestamp() * 1000) * scale // 1000)


def _written(text: str, pattern: str) -> str:
    """An instant by a pattern; a text that is none stays as it is."""
    at = moment_of(text)
    if at is None:
        return text
    return _CODE.sub(lambda code: _part(at, code[0]), pattern)


def _part(at: datetime, code: str) -> str:
    month = _MONTHS[at.month - 1]
    parts: Mapping[str, str] = {
        "%Y": f"{at.year:04}", "%y": f"{at.year % 100:02}", "%m": f"{at.month:02}", "%-m": str(at.month),
        "%d": f"{at.day:02}", "%-d": str(at.day), "%H": f"{at.hour:02}", "%-H": str(at.hour),
        "%I": f"{at.hour % 12 or 12:02}", "%-I": str(at.hour % 12 or 12),
        "%p": "PM" if at.hour > 11 else "AM",
        "%M": f"{at.minute:02}", "%S": f"{at.second:02}", "%f": f"{at.microsecond:06}",
        "%3f": f"{at.microsecond // 1000:03}", "%B": month, "%b": month[:3],
    }  # fmt: skip
    return parts[code]


@dataclass(frozen=True, slots=True)
class _Number:
    group: str
    point: str
    decimals: int | None
    percent: str

    def write(self, cell: object) -> str:
        """A number so; one that is none stays as it is."""
        if isinstance(cell, bool) or not isinstance(cell, int | float):
            return str(cell)
        text = f"{cell:,.{self.decimals or 0}f}"
        marks = {",": self.group, ".": self.point}
        return "".join(marks.get(mark, mark) for mark in text) + self.percent


def _numbers(pattern: str) -> Write:
    found = _NUMBER.fullmatch(pattern)
    if not found or (found["mark"] and found["mark"] == found["point"]):
        raise ValueError(f"{pattern!r} is no format for numbers: write 0, 0.00, 0,00, #,##0.00 or the like")
    zeros = found["zeros"]
    return _Number(
        found["mark"] or "", found["point"] or ".", len(zeros) if zeros else None, found["percent"]
    ).write


def _truths(pattern: str) -> Write:
    found = _TRUTHS.fullmatch(pattern)
    if not found:
        raise ValueError(f"{pattern!r} is no format for truths: write two words, such as yes/no")
    return lambda cell: found["true"] if cell else found["false"]


def day_of(text: str) -> str | None:
    """The day of an instant or a day, as `2026-01-31`; `None` for anything else."""
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return None
