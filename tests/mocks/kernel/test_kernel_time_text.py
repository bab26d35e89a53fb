"""Instants and durations as people write them, and calendar arithmetic."""

import calendar
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reportmocks.kernel.clock import (
    DAY,
    EARLIEST,
    HOUR,
    LATEST,
    MINUTE,
    SECOND,
    day_of,
    duration_text,
    instant_of,
    iso,
    moment,
    months_before,
    parse_duration,
    parse_instant,
    span,
)

instants = st.integers(EARLIEST, LATEST)
UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0s", 0),
        ("500ms", 500),
        ("2s", 2 * SECOND),
        ("1h30m", 90 * MINUTE),
        ("15d", 15 * DAY),
        ("2w", 14 * DAY),
        ("0.5s", 500),
        ("1.001s", 1_001),
        ("2.003s", 2_003),
    ],
)
def test_durations_are_read_to_the_millisecond(text: str, expected: int) -> None:
    """Also where a float would fall a hair short."""
    assert parse_duration(text) == expected


@given(st.lists(st.tuples(st.integers(0, 999), st.sampled_from(list(UNITS))), min_size=1, max_size=6))
def test_parts_of_a_duration_add_up(parts: list[tuple[int, str]]) -> None:
    """In any order, and each as often as it is written."""
    text = "".join(f"{count}{unit}" for count, unit in parts)
    assert parse_duration(text) == sum(count * UNITS[unit] for count, unit in parts)


@given(st.integers(0, 10**6), st.integers(0, 999), st.sampled_from(["s", "m", "h", "d"]))
def test_fractions_of_a_unit_are_exact(whole: int, thousandths: int, unit: str) -> None:
    """A thousandth of each of these units is a whole number of milliseconds."""
    text = f"{whole}.{thousandths:03d}{unit}"
    expected = whole * UNITS[unit] + thousandths * UNITS[unit] // 1000
    if expected <= LATEST:
        assert parse_duration(text) == expected


@given(instants)
@example(90 * SECOND + 7)
def test_a_duration_written_out_reads_the_same(duration: int) -> None:
    """What a log line tells to paste must not fall short by the part that was left out."""
    assert parse_duration(duration_text(duration)) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "s",
        "-5s",
        "+5s",
        "5 s",
        "5min",
        "1e3s",
        "5S",
        "0x5s",
        "nan",
        "infs",
        "5s ",
        "5s\n",
        "٣s",
        "1.s",
    ],
)
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    """The refusal shows how to write one."""
    with pytest.raises(ValueError, match="is not a duration: write 500ms, 2s, 5m"):
        parse_duration(text)


def test_a_duration_has_an_upper_end() -> None:
    """Longer than a clock can live is a slip of the keyboard."""
    assert parse_duration(f"{LATEST}ms") == LATEST
    with pytest.raises(ValueError, match=r"too long: at most 84006d"):
        parse_duration(f"{LATEST + 1}ms")


@given(st.text(max_size=40))
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    """Nothing else escapes, so that a bad value is told and never a traceback."""
    try:
        assert 0 <= parse_duration(text) <= LATEST
    except ValueError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is right


@given(instants)
@example(EARLIEST)
@example(LATEST)
def test_an_instant_written_out_reads_the_same(instant: int) -> None:
    """The control API tells instants in the form in which it takes them."""
    assert parse_instant(iso(instant)) == instant


@given(instants, st.integers(-23 * 60, 23 * 60))
def test_an_offset_from_utc_is_heeded(instant: int, minutes: int) -> None:
    """The same instant, in another zone's words."""
    zone = timedelta(minutes=minutes)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    local = (moment(instant) + zone).replace(tzinfo=None).isoformat(timespec="milliseconds")
    assert parse_instant(f"{local}{sign}{hours:02d}:{rest:02d}") == instant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2026-01-31T09:30", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("2026-01-31 09:30:00", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("2026-01-31T09:30:00.123456Z", datetime(2026, 1, 31, 9, 30, 0, 123_000, tzinfo=UTC)),
    ],
)
def test_instants_are_read_in_utc(text: str, expected: datetime) -> None:
    """A date alone is its first millisecond; no zone is UTC."""
    assert parse_instant(text) == instant_of(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "tomorrow",
        "31.01.2026",
        "2026-13-01",
        "2026-02-29",
        "2026-1-1",
        "1767225600",
        "2026-01-31T25:00",
    ],
)
def test_what_is_no_instant_is_refused_with_examples(text: str) -> None:
    """Absurd dates included: 29 February of a common year, a thirteenth month."""
    with pytest.raises(ValueError, match="is not an instant: write 2026-01-31 or"):
        parse_instant(text)


@pytest.mark.parametrize("text", ["1969-12-31", "2200-01-02", "9999-12-31", "0001-01-01T00:00:00+14:00"])
def test_instants_that_no_clock_can_show_are_out_of_range(text: str) -> None:
    """The refusal tells both ends."""
    with pytest.raises(ValueError, match=r"from 1970-01-01T00:00:00.000Z to 2200-01-01T00:00:00.000Z"):
        parse_instant(text)


@given(st.text(max_size=40))
def test_any_text_is_an_instant_or_a_value_error(text: str) -> None:
    """Nothing else escapes."""
    try:
        assert EARLIEST <= parse_instant(text) <= LATEST
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (1_767_225_600_007, "2026-01-01T00:00:00.007Z"),
        (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_instants_are_told_with_four_digits_of_year_and_three_of_milliseconds(
    instant: int, expected: str
) -> None:
    """Clients ask for year 1, and refusals repeat what they asked."""
    assert iso(instant) == expected


@given(st.integers(-(10**15), 10**15))
def test_every_instant_can_be_told(instant: int) -> None:
    """Beyond the calendar it is the calendar's end, never an overflow."""
    assert len(iso(instant)) == len("2026-01-01T00:00:00.000Z")


@given(instants)
def test_a_day_begins_at_midnight_in_utc(instant: int) -> None:
    """Whatever zone the machine is in."""
    day = day_of(instant)
    assert moment(day).time().isoformat() == "00:00:00"
    assert 0 <= instant - day < DAY


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2024-03-31", 1, "2024-02-29"),
        ("2023-03-31", 1, "2023-02-28"),
        ("2024-02-29", 12, "2023-02-28"),
        ("2024-02-29", 48, "2020-02-29"),
        ("2026-08-31", 6, "2026-02-28"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2026-07-01", 6, "2026-01-01"),
        ("2026-07-01", 0, "2026-07-01"),
    ],
)
def test_months_before_keeps_the_day_where_there_is_one(day: str, months: int, expected: str) -> None:
    """And is the last day of a shorter month, leap years included."""
    assert months_before(parse_instant(day), months) == parse_instant(expected)


@given(instants, st.integers(0, 1200))
def test_months_before_counts_calendar_months(instant: int, months: int) -> None:
    """The month goes back by exactly so many, the time of day stays, the day shrinks only if it must."""
    at, before = moment(instant), moment(months_before(instant, months))
    assert at.year * 12 + at.month - (before.year * 12 + before.month) == months
    assert before.time() == at.time()
    assert before.day == min(at.day, calendar.monthrange(before.year, before.month)[1])


@given(instants, instants, st.integers(0, 1200))
def test_months_before_never_crosses(one: int, other: int, months: int) -> None:
    """Of two instants the later one's bound is never the earlier."""
    assert months_before(min(one, other), months) <= months_before(max(one, other), months)


def test_months_before_stops_at_the_first_year() -> None:
    """More months than there have been is no error, and a range that is short enough stays whole."""
    first = "0001-01-01T00:00:00.000Z"
    assert iso(months_before(parse_instant("2026-03-04T12:00:00Z"), 10**6)) == first
    second_of_january = instant_of(datetime(1, 1, 2, tzinfo=UTC))
    assert iso(months_before(second_of_january, 6)) == first
    assert iso(months_before(second_of_january, 0)) == "0001-01-02T00:00:00.000Z"


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (0, "0 s"),
        (7, "7 ms"),
        (2_000, "2 s"),
        (90_500, "1 min 30 s"),
        (14 * DAY, "14 d"),
        (27 * HOUR, "1 d 3 h"),
    ],
)
def test_durations_are_told_to_people_in_two_parts(duration: int, expected: str) -> None:
    """Enough to judge by, short enough for a log line."""
    assert span(duration) == expected
