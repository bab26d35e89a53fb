"""Rows held against those that a perfect client ends up with: by count, then identity, then cell by cell."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reportcontracts.catalogue import Column, Report
from reportcontracts.errors import shorten
from reportcontracts.kit.columns import ABSENT, Columns

Row = dict[str, Any]
Cells = tuple[object, ...]

SHOWN: Final = 3
"""How many rows or cells an explanation shows of each sort."""
LONGEST_NAME: Final = 60
"""Characters of a column's name; a longer one is none."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How rows differ from those expected; `lines` say it in a few words, the weightiest first."""

    expected: int
    delivered: int
    missing: int
    extra: int
    doubled: int
    cells: int
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)


def difference(
    report: Report, expected: Sequence[Row], delivered: Sequence[Row], columns: Columns | None = None
) -> Difference | None:
    """How the rows that a client delivered differ from those expected, in any order; `None` if they do not.

    `columns` says how the client calls and casts them. What depends on when a report ran is not compared.
    Rows may be nested in each other as the vendor has them.
    """
    columns = columns or Columns()
    delivered = unfolded(report, delivered)
    kept = columns.kept(report)
    absent = [column for column in kept if _nowhere(column, delivered, columns)]
    if absent:
        return _lacking(expected, delivered, absent)
    places = [place for place, column in enumerate(kept) if column.name in report.identity] or list(
        range(len(kept))
    )
    plain = Columns()
    wanted = [tuple(plain.cell(column, row) for column in kept) for row in expected]
    got = [tuple(columns.cell(column, row) for column in kept) for row in delivered]
    if Counter(wanted) == Counter(got):
        return None
    return _explain(kept, places, wanted, got)


def unfolded(report: Report, rows: Sequence[Row]) -> Sequence[Row]:
    """Rows of which each has one element of every array that the report's columns lead into."""
    paths = (name.split(".") for name in report.column_names)
    for around in dict.fromkeys(tuple(path[:end]) for path in paths for end in range(1, len(path))):
        rows = [one for row in rows for one in _each(row, around)]
    return rows


def _each(row: Row, path: Sequence[str]) -> Iterator[Row]:
    """A row once for each element of the array at a path in it, or as it is where there is none."""
    name, *rest = path
    inside = row.get(name)
    if isinstance(inside, list) and not rest:
        yield from ({**row, name: one} for one in inside)
    elif isinstance(inside, dict) and rest:
        yield from ({**row, name: one} for one in _each(inside, rest))
    else:
        yield row


def _nowhere(column: Column, rows: Sequence[Row], columns: Columns) -> bool:
    return bool(rows) and all(columns.cell(column, row) is ABSENT for row in rows[:SHOWN])


def _lacking(expected: Sequence[Row], delivered: Sequence[Row], absent: Sequence[Column]) -> Difference:
    """The difference where whole columns are not there."""
    names = ", ".join(column.name for column in absent[:10])
    there = ", ".join(map(_named, list(delivered[0])[:10]))
    lines = (
        f"the rows have no column {names}{' and more' if len(absent) > 10 else ''}; they have {there}",
        "a client that renames or leaves out columns says so in `columns`",
    )
    return Difference(len(expected), len(delivered), 0, 0, 0, len(absent) * len(delivered), lines)


def _named(name: object) -> str:
    """What the client calls a column, as it stands if it looks like a name."""
    plain = isinstance(name, str) and name.isprintable() and len(name) <= LONGEST_NAME
    return str(name) if plain else shorten(name)


def _explain(
    kept: Sequence[Column], places: Sequence[int], wanted: Sequence[Cells], got: Sequence[Cells]
) -> Difference:
    by_wanted, by_got = _by_identity(wanted, places), _by_identity(got, places)
    missing = [key for key, rows in by_wanted.items() for _ in rows[len(by_got.get(key, ())) :]]
    surplus = [key for key, rows in by_got.items() for _ in rows[len(by_wanted.get(key, ())) :]]
    extra = [key for key in surplus if key not in by_wanted]
    doubled = [key for key in surplus if key in by_wanted]
    cells = list(_cells(kept, by_wanted, by_got))
    names = [kept[place].name for place in places]
    lines = [f"{len(wanted)} rows expected, {len(got)} delivered"]
    for word, keys in (("missing", missing), ("delivered more than once", doubled), ("not expected", extra)):
        lines += _shown(word, names, keys)
    lines += [f"cell: {line}" for line in cells[:SHOWN]]
    if len(cells) > SHOWN:
        lines.append(f"cell: and {len(cells) - SHOWN} more that differ")
    return Difference(len(wanted), len(got), len(missing), len(extra), len(doubled), len(cells), tuple(lines))


def _by_identity(rows: Sequence[Cells], places: Sequence[int]) -> dict[Cells, list[Cells]]:
    found: dict[Cells, list[Cells]] = defaultdict(list)
    for row in rows:
        found[tuple(row[place] for place in places)].append(row)
    return found


def _shown(word: str, names: Sequence[str], keys: Sequence[Cells]) -> Iterator[str]:
    if keys:
        yield f"{word}: {len(keys)} row{'s' * (len(keys) > 1)}"
        for key in keys[:SHOWN]:
            yield "  " + ", ".join(
                f"{name}={shorten(_told(cell))}" for name, cell in zip(names, key, strict=True)
            )


def _cells(
    kept: Sequence[Column], wanted: dict[Cells, list[Cells]], got: dict[Cells, list[Cells]]
) -> Iterator[str]:
    """The cells that differ in rows of one identity; where there are several, unequal ones as they come."""
    for key, rows in wanted.items():
        theirs = list(got.get(key, ()))
        unmatched = [row for row in rows if not _taken(row, theirs)]
        for row, other in zip(unmatched, theirs, strict=False):
            for column, cell, found in zip(kept, row, other, strict=True):
                if cell != found:
                    yield f"{column.name}: {shorten(_told(cell))} expected, {shorten(_told(found))} delivered"


def _taken(row: Cells, among: list[Cells]) -> bool:
    """Take an equal row out of those left, if there is one."""
    if row in among:
        among.remove(row)
        return True
    return False


def _told(cell: object) -> object:
    """A cell as it is said: an empty one as nothing."""
    return "" if cell is None else cell if isinstance(cell, str | int) else str(cell)
