"""What type the cells of a column are of, and in which form they are written, from the cells alone."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from types import MappingProxyType
from typing import Final

from reportcontracts.catalogue import Column, ColumnType, TimestampFormat
from reportcontracts.cellforms import EPOCH
from reportcontracts.rows import is_json

Guess = tuple[ColumnType, str | None]
"""A type, and the form of cells that are not in the catalogue's own."""

_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PLAIN: Final = re.compile(r"-?[0-9]{1,18}(?:\.([0-9]{1,9}))?(?:[eE][-+]?[0-9]{1,3})?")
_NUMBER: Final = re.compile(r"-?(?:[0-9]{1,3}(?P<group>[,. ])[0-9]{3}(?:(?P=group)[0-9]{3})*|[0-9]{1,18})"
                            r"(?:(?P<point>[.,])(?P<rest>[0-9]{1,9}))?(?P<percent>%?)")  # fmt: skip
_TRUTHS: Final = ("true/false", "yes/no", "Yes/No", "YES/NO", "y/n", "Y/N", "True/False", "TRUE/FALSE", "t/f")
_DAYS: Final = ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y", "%-m/%-d/%Y",
                "%-d.%-m.%Y", "%m/%d/%y", "%d.%m.%y", "%b %d, %Y", "%d %b %Y", "%B %d, %Y")  # fmt: skip
_TIMES: Final = ("%H:%M:%S", "%H:%M:%S.%3f", "%H:%M:%S.%f", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%-I:%M %p",
                 "%-I:%M:%S %p")  # fmt: skip
_OWN: Final[Mapping[TimestampFormat, str]] = MappingProxyType(
    {TimestampFormat.ISO: "%Y-%m-%dT%H:%M:%S.%3fZ", TimestampFormat.SPACED: "%Y-%m-%d %H:%M:%S"}
)
_INSTANTS: Final = (
    *(f"{day}T{time}Z" for day, time in product(_DAYS[:1], _TIMES[:3])),
    *(f"{day}{gap}{time}" for day, gap, time in product(_DAYS, (" ", "T", ", "), _TIMES)),
)
_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "%Y": r"(?P<Y>[0-9]{4})",
        "%y": r"(?P<y>[0-9]{2})",
        "%m": r"(?P<m>[0-9]{2})",
        "%-m": r"(?P<m>[1-9][0-9]?)",
        "%d": r"(?P<d>[0-9]{2})",
        "%-d": r"(?P<d>[1-9][0-9]?)",
        "%H": r"(?P<H>[0-9]{2})",
        "%I": r"(?P<I>[0-9]{2})",
        "%-I": r"(?P<I>[1-9][0-9]?)",
        "%M": r"(?P<M>[0-9]{2})",
        "%S": r"(?P<S>[0-9]{2})",
        "%f": r"[0-9]{6}",
        "%3f": r"[0-9]{3}",
        "%p": r"[AP]M",
        "%b": r"(?P<b>[A-Z][a-z]{2})",
        "%B": r"(?P<b>[A-Z][a-z]{2,8})",
    }
)


def fits(column: Column, timestamps: TimestampFormat, texts: Iterable[str]) -> bool:
    """Whether cells are all of a column's type, in the catalogue's own form."""
    check = _CHECKS.get(column.type)
    if column.type is ColumnType.TIMESTAMP:
        form = _OWN[timestamps]
        return all(_is_time(text, form) for text in texts)
    return check is None or all(check(text) for text in texts)


def guess(texts: Sequence[str], timestamps: TimestampFormat, *, time: bool = False) -> Guess:
    """The narrowest type that cells are all of; `time` where whole numbers may be instants."""
    if not texts:
        return ColumnType.STRING, None
    if time and all(_INTEGER.fullmatch(text) for text in texts):
        widths = {len(text) for text in texts}
        if widths in ({10}, {13}):
            return ColumnType.TIMESTAMP, EPOCH[widths == {13}]
    return _plain(texts) or _truths(texts) or _numbers(texts) or _times(texts, timestamps) or _texts(texts)


def ambiguous(texts: Sequence[str], form: str) -> bool:
    """Whether day and month could as well be the other way round."""
    day, month = ("%-d", "%-m") if "%-d" in form else ("%d", "%m")
    if day not in form or month not in form or form.startswith("%Y"):
        return False
    swapped = form.replace(day, "\0").replace(month, day).replace("\0", month)
    return all(_is_time(text, swapped) for text in texts)


def _plain(texts: Sequence[str]) -> Guess | None:
    """What needs no form: whole numbers, and identifiers."""
    for kind in (ColumnType.UUID, ColumnType.INTEGER):
        if all(_CHECKS[kind](text) for text in texts):
            return kind, None
    return None


def _truths(texts: Sequence[str]) -> Guess | None:
    for form in _TRUTHS:
        if set(texts) <= set(form.split("/")):
            return ColumnType.BOOLEAN, None if form == _TRUTHS[0] else form
    return None


def _numbers(texts: Sequence[str]) -> Guess | None:
    plain = [_PLAIN.fullmatch(text) for text in texts]
    found = [match for match in plain if match]
    if len(found) == len(texts):
        places = {len(match[1] or "") for match in found}
        fixed = (
            len(places) == 1 and 0 not in places and any((match[1] or "").endswith("0") for match in found)
        )
        return ColumnType.NUMBER, f"0.{'0' * places.pop()}" if fixed else None
    return _formed([_NUMBER.fullmatch(text) for text in texts])


def _formed(found: Sequence[re.Match[str] | None]) -> Guess | None:
    """Numbers with a comma, with marks between thousands, or with a percent sign."""
    matches = [match for match in found if match]
    marks = {name: {match[name] or "" for match in matches} - {""} for name in ("group", "point", "percent")}
    if len(matches) < len(found) or any(len(each) > 1 for each in marks.values()):
        return None
    group, point = ("".join(marks[name]) for name in ("group", "point"))
    percent = {match["percent"] for match in matches}
    if len(percent) > 1 or (group and group == point):
        return None
    places = max(len(match["rest"] or "") for match in matches)
    form = f"#{group}##" * bool(group) + "0" + f"{point}{'0' * places}" * bool(places) + percent.pop()
    return (ColumnType.NUMBER if places else ColumnType.INTEGER), form


def _times(texts: Sequence[str], timestamps: TimestampFormat) -> Guess | None:
    for form in _DAYS:
        if all(_is_time(text, form) for text in texts):
            return ColumnType.DATE, None if form == _DAYS[0] else form
    for form in (_OWN[timestamps], *_INSTANTS):
        if all(_is_time(text, form) for text in texts):
            return ColumnType.TIMESTAMP, None if form == _OWN[timestamps] else form
    return None


def _texts(texts: Sequence[str]) -> Guess:
    return (ColumnType.JSON if all(_is_object(text) for text in texts) else ColumnType.STRING), None


def _is_time(text: str, form: str) -> bool:
    """Whether a text is an instant or a day of this form, and there is such a day and time."""
    found = _pattern(form).fullmatch(text)
    if found is None:
        return False
    parts = found.groupdict()
    month = parts.get("m") or str(_MONTHS.get(parts.get("b") or "", 0))
    year = parts.get("Y") or f"20{parts['y']}"
    half = int(parts.get("I") or 1)
    hour, minute, second = (int(parts.get(name) or 0) for name in "HMS")
    try:
        datetime(int(year), int(month), int(parts["d"]), hour, minute, second, tzinfo=UTC)
    except ValueError:
        return False
    return 1 <= half <= 12


_NAMES: Final = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
                 "October", "November", "December")  # fmt: skip
_MONTHS: Final[Mapping[str, int]] = MappingProxyType(
    {name: at for at, whole in enumerate(_NAMES, 1) for name in (whole, whole[:3])}
)


def _pattern(form: str) -> re.Pattern[str]:
    codes = "|".join(sorted(map(re.escape, _CODES), key=len, reverse=True))
    parts = re.split(f"({codes})", form)
    return re.compile("".join(_CODES.get(part) or re.escape(part) for part in parts))


def _is_object(text: str) -> bool:
    return text[:1] in ("{", "[") and is_json(text)


_CHECKS: Final[Mapping[ColumnType, Callable[[str], object]]] = MappingProxyType(
    {
        ColumnType.UUID: _UUID.fullmatch,
        ColumnType.INTEGER: _INTEGER.fullmatch,
        ColumnType.NUMBER: _PLAIN.fullmatch,
        ColumnType.FLAG: re.compile("[01]").fullmatch,
        ColumnType.BOOLEAN: re.compile("true|false").fullmatch,
        ColumnType.DATE: lambda text: _is_time(text, _DAYS[0]),
        ColumnType.JSON: is_json,
    }
)
"""Whether a text is a cell of a type, in the catalogue's own form."""
