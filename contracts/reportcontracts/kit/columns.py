"""Columns as a client calls and casts them, and cells made comparable, however they are written."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from reportcontracts.catalogue import Column, ColumnType, Report
from reportcontracts.errors import ContractError, UnknownName, shorten

_TRUTHS: Final = {"true": True, "false": False, "1": True, "0": False}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Renamed:
    """How a client calls a column, and what it makes of the cells; without a name it leaves it out."""

    name: str | None
    cast: str | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """What a client does to the columns of a vendor's reports, by the vendor's names for them.

    In JSON: `{"VideoId": "video", "event_timestamp": {"name": "at", "cast": "epoch-seconds"}, "role": null}`.
    """

    renamed: Mapping[str, Renamed] = field(default_factory=dict)

    @classmethod
    def of(cls, given: object, known: frozenset[str]) -> "Columns":
        """The columns that JSON tells of; `known` are the vendor's names.

        Raises:
            ContractError: It is of another form, or names a column or a cast that there is not.
        """
        if not isinstance(given, dict):
            raise ContractError(
                "columns", None, f"{shorten(given)} is no object of columns by the vendor's names"
            )
        renamed = {}
        for name, told in given.items():
            if name not in known:
                raise UnknownName("columns", "column", name, known)
            renamed[name] = _renamed(name, told)
        return cls(MappingProxyType(renamed))

    def kept(self, report: Report) -> list[Column]:
        """The columns of a report that the client does not leave out, and that only the range decides."""
        return [
            column
            for column in report.columns
            if not column.as_of and self.renamed.get(column.name, _AS_IT_IS).name is not None
        ]

    def cell(self, column: Column, row: Mapping[str, Any]) -> object:
        """The comparable value of a column in a row of the client's, or `ABSENT`."""
        told = self.renamed.get(column.name)
        if told is not None and told.name is not None:
            value = row.get(told.name, ABSENT)
            return (
                CASTS[told.cast](column, value)
                if told.cast and value is not ABSENT
                else canonical(column, value)
            )
        for name in names_of(column):
            if name in row:
                return canonical(column, row[name])
        return canonical(column, _nested(column.name, row))


_AS_IT_IS: Final = Renamed("")


class _Absent:
    """Stands for a cell that a row has not."""

    def __repr__(self) -> str:
        return "nothing: the row has no such cell"


ABSENT: Final = _Absent()


def names_of(column: Column) -> Iterator[str]:
    """What a column is called in the vendor's own formats: its name, its label, its name in camelCase."""
    yield column.name
    yield column.label
    first, *rest = column.name.lower().split("_")
    yield first + "".join(word.capitalize() for word in rest)


def canonical(column: Column, value: object) -> object:
    """A cell as something to compare: equal for every way in which its column's type can be written."""
    if value is ABSENT:
        return value
    if value is None or value == "":
        return None
    return _CANONICAL.get(column.type, _text)(value)


def _text(value: object) -> object:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else str(value)


def _number(value: object) -> object:
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return Decimal(_TRUTHS[value.lower()])
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return str(value)
    return number.normalize() if number.is_finite() else str(value)


def _truth(value: object) -> object:
    return _TRUTHS.get(str(value).lower(), str(value))


def _instant(value: object) -> object:
    """The instant to the millisecond, in UTC; a text that names none stays as it is."""
    try:
        moment = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return str(value)
    return _since_epoch(round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000))


def _since_epoch(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _date(value: object) -> object:
    return str(value)[:10]


def _json(value: object) -> object:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return json.dumps(value, sort_keys=True)


_CANONICAL: Final[Mapping[ColumnType, Callable[[object], object]]] = MappingProxyType(
    {
        ColumnType.INTEGER: _number,
        ColumnType.NUMBER: _number,
        ColumnType.FLAG: _number,
        ColumnType.BOOLEAN: _truth,
        ColumnType.TIMESTAMP: _instant,
        ColumnType.DATE: _date,
        ColumnType.JSON: _json,
        ColumnType.UUID: lambda value: str(value).lower(),
    }
)


def _epoch(unit: int) -> Callable[[Column, object], object]:
    def cast(_column: Column, value: object) -> object:
        number = _number(value)
        try:
            return _since_epoch(round(number * unit)) if isinstance(number, Decimal) else value
        except OverflowError:
            return value

    return cast


def _zero(column: Column, value: object) -> object:
    """An empty cell that the client has made a zero is empty all the same."""
    known = canonical(column, value)
    return None if known == Decimal(0) else known


CASTS: Final[Mapping[str, Callable[[Column, object], object]]] = MappingProxyType(
    {"epoch-seconds": _epoch(1000), "epoch-milliseconds": _epoch(1), "zero-if-empty": _zero}
)
"""What a client may have made of the cells of a column, by name."""


def _renamed(column: str, told: object) -> Renamed:
    if told is None or isinstance(told, str):
        return Renamed(told)
    if not isinstance(told, dict) or not told.keys() <= {"name", "cast"}:
        raise ContractError(
            "columns", column, f"{shorten(told)} is no name, null, or object of name and cast"
        )
    name, cast = told.get("name", column), told.get("cast")
    if not isinstance(name, str):
        raise ContractError("columns", column, f"{shorten(name)} is no name")
    if cast is not None and cast not in CASTS:
        raise UnknownName("columns", "cast", cast, CASTS)
    return Renamed(name, cast)


def _nested(name: str, row: Mapping[str, Any]) -> object:
    """A cell by the name of a column that JSON nests, part by part."""
    found: Any = row
    for part in re.split(r"\.", name):
        if not isinstance(found, Mapping) or part not in found:
            return ABSENT
        found = found[part]
    return found
