"""Dates that clients send, and the ranges they make."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from reportmocks.kernel.clock import instant_of

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Range:
    """From `start` up to but without `end`, in milliseconds since the epoch."""

    start: int
    end: int


def parse_date(text: object) -> int | None:
    """The first millisecond in UTC of a day written `YYYY-MM-DD`; `None` for anything else."""
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return instant_of(datetime(day.year, day.month, day.day, tzinfo=UTC))
