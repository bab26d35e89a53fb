"""Rows as a client hands them over, in any of the formats that clients write."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

Row = dict[str, Any]

MEDIA: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text/csv": "csv",
        "text/tab-separated-values": "tsv",
        "application/json": "json",
        "application/x-ndjson": "ndjson",
        "application/ndjson": "ndjson",
        "application/jsonl": "ndjson",
    }
)
"""The format of each media type that rows come in."""


class Undecodable(ValueError):  # noqa: N818 - it says what the rows are
    """The client's rows cannot be read; the text says where and why."""


def rows_of(text: str, form: str) -> list[Row]:
    """The rows that a text holds, in one of `FORMATS`.

    Raises:
        Undecodable: It is not of the format.
    """
    return list(FORMATS[form](text.removeprefix("\ufeff")))


def checked(rows: object) -> list[Row]:
    """Rows that come as JSON: an array of objects.

    Raises:
        Undecodable: It is anything else.
    """
    if not isinstance(rows, list):
        raise Undecodable("the rows are no array")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise Undecodable(f"row {number} is no object")
    return rows


def _separated(delimiter: str) -> Callable[[str], Iterator[Row]]:
    def read(text: str) -> Iterator[Row]:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            header = next(lines, None)
            if header is None:
                return
            for cells in lines:
                if cells:
                    if len(cells) != len(header):
                        raise Undecodable(
                            f"line {lines.line_num} has {len(cells)} cells, the header {len(header)}"
                        )
                    yield dict(zip(header, cells, strict=True))
        except csv.Error as error:
            raise Undecodable(f"line {lines.line_num}: {error}") from error

    return read


def _json(text: str) -> Iterator[Row]:
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Undecodable(f"the rows are no JSON: {error}") from error
    if isinstance(loaded, dict) and isinstance(loaded.get("rows"), list):
        loaded = loaded["rows"]
    yield from checked(loaded)


def _lines(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield from checked([json.loads(line)])
            except (ValueError, RecursionError) as error:
                raise Undecodable(f"line {number}: {error}") from error


def _singer(text: str) -> Iterator[Row]:
    """The records among Singer's messages."""
    for message in _lines(text):
        if message.get("type") == "RECORD":
            yield from checked([message.get("record")])


def _airbyte(text: str) -> Iterator[Row]:
    """The records among Airbyte's messages."""
    for message in _lines(text):
        if message.get("type") == "RECORD":
            record = message.get("record")
            yield from checked([record.get("data") if isinstance(record, dict) else None])


FORMATS: Final[Mapping[str, Callable[[str], Iterator[Row]]]] = MappingProxyType(
    {
        "csv": _separated(","),
        "tsv": _separated("\t"),
        "psv": _separated("|"),
        "json": _json,
        "ndjson": _lines,
        "singer": _singer,
        "airbyte": _airbyte,
    }
)
"""What reads each format."""
