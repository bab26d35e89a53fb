"""Dates as clients send them, and ids that nobody can guess."""

import uuid
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportmocks.kernel.chance import new_uuid, token_hex
from reportmocks.kernel.clock import DAY, iso
from reportmocks.kernel.ranges import parse_date


@given(st.dates())
def test_a_day_is_its_first_millisecond_in_utc(day: date) -> None:
    """From year 1 to year 9999, and none needs more digits than it has."""
    instant = parse_date(day.isoformat())
    assert instant is not None
    assert instant % DAY == 0
    assert iso(instant) == f"{day.isoformat()}T00:00:00.000Z"


@pytest.mark.parametrize(
    "given",
    [
        "", "2026", "2026-01", "2026-1-1", "20260101", "2026-W01-1", "2026-01-01T00:00:00Z", "01/01/2026",
        "2026-02-29", "2026-02-30", "2026-13-01", "2026-00-01", "0000-01-01", "10000-01-01", "-2026-01-01",
        " 2026-01-01", "2026-01-01 ", "2026-01-01\n", "\u0662\u0660\u0662\u0666-01-01",
        "2026\u201001\u201001", None, 20260101, 1.5, True, ["2026-01-01"], {"start": "2026-01-01"},
    ],
)  # fmt: skip
def test_what_is_no_day_is_none(given: object) -> None:
    """Other forms, days that no calendar has, other digits, other types: never an exception."""
    assert parse_date(given) is None


@given(st.text(max_size=20))
def test_any_text_is_a_day_or_none(text: str) -> None:
    """Nothing escapes, and a day that is found is the one that was written."""
    instant = parse_date(text)
    assert instant is None or iso(instant) == f"{text}T00:00:00.000Z"


def test_ids_are_uuids_and_never_the_same() -> None:
    """Version 4 in its canonical form, as clients check them."""
    made = {new_uuid() for _ in range(1000)}
    assert len(made) == 1000
    assert all(str(uuid.UUID(one)) == one and uuid.UUID(one).version == 4 for one in made)


def test_tokens_have_the_size_that_was_asked_for() -> None:
    """Two digits for each byte."""
    assert len(token_hex(8)) == 16
    assert token_hex(8) != token_hex(8)
