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


def guess(text: str) -> str:
    """The format that a text looks most like: by its first sign, its first message, or its first line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.lstrip().startswith("["):
        return "json"
    if first.lstrip().startswith("{"):
        return _guess_message(first)
    delimiters = {"tsv": "\t", "psv": "|", "csv": ","}
    return max(reversed(delimiters), key=lambda form: first.count(delimiters[form]))


def _guess_message(line: str) -> str:
    """Lines of JSON: rows, or messages of a protocol; an object over several lines is a document."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return "json"
    if isinstance(message.get("rows"), list):
        return "json"
    if message.get("type") not in _MESSAGES:
        return "ndjson"
    return "singer" if message.keys() & _OF_SINGER else "airbyte"


def _any(text: str) -> Iterator[Row]:
    yield from FORMATS[guess(text)](text)


_MESSAGES: Final = frozenset(
    {"RECORD", "SCHEMA", "STATE", "ACTIVATE_VERSION", "BATCH", "LOG", "TRACE", "SPEC", "CATALOG", "CONTROL"}
)
"""What the messages of Singer and Airbyte say that they are."""
_OF_SINGER: Final = frozenset({"stream", "schema", "value"})
"""What Singer's messages have beside their type; Airbyte's have one object named after it."""

FORMATS: Final[Mapping[str, Callable[[str], Iterator[Row]]]] = MappingProxyType(
    {
        "csv": _separated(","),
        "tsv": _separated("\t"),
        "psv": _separated("|"),
        "json": _json,
        "ndjson": _lines,
        "singer": _singer,
        "airbyte": _airbyte,
        "auto": _any,
    }
)
"""What reads each format."""
