"""Rows of a report out of a body, typed by the catalogue."""

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from reportcontracts.catalogue import Report
from reportcontracts.kit.verify.probe import DiffersError
from reportcontracts.kit.verify.wire import Reply
from reportcontracts.rows import typed_row

Row = dict[str, Any]


def table(reply: Reply, delimiter: str = ",") -> list[list[str]]:
    """The lines of a CSV, header first, gzipped or not; `DiffersError` where it is none."""
    try:
        body = gzip.decompress(reply.body) if reply.body[:2] == b"\x1f\x8b" else reply.body
        text = body.decode()
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (OSError, EOFError, zlib.error, csv.Error, UnicodeDecodeError) as error:
        raise DiffersError(f"the body is no CSV: {error}") from error


def in_order(held: Sequence[Row], column: str) -> None:
    """`DiffersError` where rows do not come in order of the instants in a column, or there are too few."""
    if len(held) < 2:
        raise DiffersError("there are not two rows to have an order")
    times = [str(row[column]) for row in held]
    for one, later in pairwise(times):
        if later < one:
            raise DiffersError(f"{column} {later} comes after {one}")


def none_after(held: Sequence[Row], column: str, now: str) -> None:
    """`DiffersError` where a row tells of an instant that was not yet, or there are none."""
    if not held:
        raise DiffersError("a range that begins before today has no rows")
    late = [row[column] for row in held if _second(str(row[column])) > _second(now)]
    if late:
        raise DiffersError(f"at {now} there is a row of {late[0]}")


def _second(text: str) -> str:
    """An instant in either of its written forms, comparable."""
    return text[:19].replace("T", " ")


def rows(report: Report, reply: Reply, delimiter: str = ",") -> list[Row]:
    """The typed rows of a CSV, or of a JSON array of objects.

    Raises:
        DiffersError: It is neither, or has other columns.
    """
    if reply.headers.get("content-type", "").startswith("application/json"):
        held = reply.json
        if not isinstance(held, list):
            raise DiffersError("the body is no JSON array of rows")
        return held
    lines = table(reply, delimiter)
    header = lines[0] if lines else []
    if tuple(header) != report.column_names:
        raise DiffersError(f"the header of {report.name} is {', '.join(header)}")
    return [dict(typed_row(report, cells)) for cells in lines[1:]]
