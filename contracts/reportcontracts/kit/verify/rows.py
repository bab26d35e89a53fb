"""Rows of a report out of a body, typed by the catalogue."""

import csv
import gzip
import io
import zlib
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
