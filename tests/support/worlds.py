"""What the tests of the worlds share: instants, and a plain reading of what the worlds publish."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

from reportcontracts.catalogue import ReportKind, load_catalogue
from reportfixtures import Encoding, Rows, World, world

DAY = 86_400_000
VENDORS = ("echo360", "hapyak")
EVERY = [(vendor, report) for vendor in VENDORS for report in load_catalogue(vendor)]
STREAMS = [(v, r) for v, r in EVERY if load_catalogue(v)[r].kind is ReportKind.STREAM]
PLAIN = Encoding("csv")


def instant(text: str) -> int:
    """Milliseconds since the epoch of an instant as reports write it, or of a day."""
    moment = datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    return (int(moment.timestamp()) * 1000) + moment.microsecond // 1000


HISTORY = instant("2016-01-01")


def body(rows: Rows, encoding: Encoding = PLAIN) -> bytes:
    """All bytes of the rows."""
    return b"".join(rows.chunks(encoding))


def read(text: bytes, encoding: Encoding = PLAIN) -> list[dict[str, str]]:
    """Rows of CSV as somebody else's reader sees them."""
    return list(
        csv.DictReader(io.StringIO(text.decode(), newline=""), delimiter=encoding.delimiter, strict=True)
    )


def published(
    its: World, report: str, start: int, end: int, as_of: int | None = None
) -> list[dict[str, str]]:
    """A report as CSV, read back."""
    return read(body(its.rows(report, start=start, end=end, as_of=end if as_of is None else as_of)))


def records(its: World, report: str, start: int, end: int, as_of: int) -> list[dict[str, Any]]:
    """A report as typed cells."""
    return list(its.rows(report, start=start, end=end, as_of=as_of).records())


def tiny(vendor: str, seed: int) -> World:
    """A tiny world."""
    return world(vendor, seed, size="tiny")
