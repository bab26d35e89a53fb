"""Real exports read: what form a file has, its header, and its cells with whether they were quoted."""

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from reportcontracts.errors import ContractError
from reportcontracts.overrides import DELIMITERS

MOST: Final = 10_000
"""Rows that are looked at; what is true of so many is taken for true of all."""

_TRIED: Final = 200
_BEGINNING: Final = 1_000_000
_MARK: Final = "\ufeff"
_NEWLINES: Final = {"\r\n": "crlf", "\n": "lf"}

Cell = str | int | float | bool | None
Row = list[tuple[str, bool]]
"""The cells of a line, each with whether it was quoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file: its names in order, the cells under each of them, and how it is written.

    `quoted` tells of each cell of CSV whether it was. `names` are empty where the file has no header.
    """

    form: str
    names: tuple[str, ...]
    columns: tuple[tuple[Cell, ...], ...]
    quoted: tuple[tuple[bool, ...], ...] = ()
    header_quoted: tuple[bool, ...] = ()
    delimiter: str = ","
    newline: str | None = None
    bom: bool = False

    @property
    def rows(self) -> int:
        """How many rows were looked at."""
        return len(self.columns[0]) if self.columns else 0


def read_export(data: bytes, origin: str, *, header: bool = True) -> Export:
    """What a file holds: CSV with any of the usual delimiters, or JSON objects in an array, perhaps gzipped.

    Without `header` the first line of CSV is a row already.

    Raises:
        ContractError: It is no such file; the reason tells what is wrong with it, and no value of it.
    """
    text = _decoded(_unzipped(data, origin) if data[:2] == b"\x1f\x8b" else data, origin)
    if text.lstrip(_MARK).lstrip()[:1] in ("[", "{"):
        return _json(text, origin)
    return _csv(text, origin, header=header)


def _unzipped(data: bytes, origin: str) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise ContractError(origin, None, f"no gzip: {error}") from None


def _decoded(data: bytes, origin: str) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ContractError(origin, f"line {line}", "not UTF-8") from None
    if not text.strip(f"{_MARK} \r\n\t"):
        raise ContractError(origin, None, "there is nothing in it")
    return text


def _json(text: str, origin: str) -> Export:
    try:
        value = json.loads(text.removeprefix(_MARK))
    except (ValueError, RecursionError):
        raise ContractError(origin, None, "begins like JSON, but is none") from None
    rows = value if isinstance(value, list) else []
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise ContractError(origin, None, "is no array of objects, or an empty one")
    names = tuple(dict.fromkeys(name for row in rows[:MOST] for name in row))
    columns = tuple(tuple(row.get(name) for row in rows[:MOST]) for name in names)
    for name, cells in zip(names, columns, strict=True):
        if any(isinstance(cell, dict | list) for cell in cells):
            raise ContractError(origin, name, "holds objects or arrays; a report has plain cells")
    return Export(form="json", names=names, columns=columns, bom=text.startswith(_MARK))


def _csv(text: str, origin: str, *, header: bool) -> Export:
    bare = text.removeprefix(_MARK)
    delimiter = _delimiter(bare)
    rows = list(islice(_lines(bare, delimiter), MOST + header))
    width = len(rows[0])
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise ContractError(origin, f"line {number}", f"{len(row)} cells where the first has {width}")
    first, rest = (rows[0], rows[1:]) if header else ([], rows)
    cells = list(zip(*rest, strict=True)) if rest else [()] * width
    return Export(
        form="csv",
        names=_names([name for name, _ in first], origin),
        columns=tuple(tuple(text or None for text, _ in column) for column in cells),
        quoted=tuple(tuple(quoted for _, quoted in column) for column in cells),
        header_quoted=tuple(quoted for _, quoted in first),
        delimiter=delimiter,
        newline=_newline(bare),
        bom=text.startswith(_MARK),
    )


def _names(names: Sequence[str], origin: str) -> tuple[str, ...]:
    for place, name in enumerate(names, 1):
        if not name.strip() or not name.isprintable():
            raise ContractError(origin, f"column {place}", "has no name that could be read")
        if name in names[: place - 1]:
            raise ContractError(origin, f"column {place}", f"{name!r} is there twice")
    return tuple(names)


def _delimiter(text: str) -> str:
    """The delimiter that divides every line into as many cells, and into most."""
    widths = {}
    for delimiter in DELIMITERS:
        rows = list(islice(_lines(text, delimiter), _TRIED))
        found = {len(row) for row in rows}
        widths[delimiter] = found.pop() if len(found) == 1 else 0
    best = max(DELIMITERS, key=lambda delimiter: widths[delimiter])
    return best if widths[best] > 1 else DELIMITERS[0]


def _lines(text: str, delimiter: str) -> Iterator[Row]:
    """The lines of CSV; quotes stand around whole cells, and are doubled within."""
    mark = re.escape(delimiter)
    ending = rf"({mark}|\r\n|\n|\r|\Z)"
    cell = re.compile(rf'(?:"((?:[^"]|"")*)"|([^{mark}\r\n]*)){ending}')
    torn = re.compile(rf"()([^{mark}\r\n]*){ending}")
    row: Row = []
    at = 0
    while at < len(text):
        whole = cell.match(text, at)
        found = whole or torn.match(text, at)  # torn: text behind a quote, so everything up to the next mark
        assert found is not None  # noqa: S101 - for the type checker: it takes anything
        quoted = whole is not None and whole[1] is not None
        row.append((found[1].replace('""', '"') if quoted else found[2], quoted))
        at = found.end()
        if found[3] != delimiter:
            yield row
            row = []
    if row:
        yield [*row, ("", False)]


def _newline(text: str) -> str | None:
    """What ends the first line, by the name that it has in rules; `None` where no line ends."""
    found = re.search(r"\r\n|\n", re.sub(r'"(?:[^"]|"")*"', "", text[:_BEGINNING]))
    return None if found is None else _NEWLINES[found[0]]
