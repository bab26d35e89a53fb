"""Which days a report covers: defaults, the last day included, six months at most."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from reportcontracts.catalogue import load_catalogue
from reportmocks.kernel.clock import instant_of, parse_instant
from support.answers import rules_of
from support.engagement import PROJECTS, STREAM, lines
from support.hapyak import REPORTS, HapYak, assert_refused, rows

FIRST_THAT_FITS = [
    ("2026-03-04", "2025-09-05"),
    ("2026-02-28", "2025-09-01"),
    ("2024-02-29", "2023-09-01"),
    ("2025-08-30", "2025-02-28"),  # up to 31 August: there is no 31 February
    ("2025-08-31", "2025-03-01"),
    ("2024-08-30", "2024-02-29"),
    ("2025-12-31", "2025-07-01"),
    ("2025-01-01", "2024-07-02"),
    ("2016-03-01", "2015-09-02"),
]
"""The last day of a range, and the first day of the longest range that ends with it."""


def day(text: str, later: int = 0) -> int:
    """The first millisecond of a day, or of one so many days later."""
    moved = date.fromisoformat(text) + timedelta(days=later)
    return instant_of(datetime(moved.year, moved.month, moved.day, tzinfo=UTC))


def covered(hapyak: HapYak) -> tuple[int, int]:
    """The range of the newest run, in milliseconds: from, and up to but without."""
    request: dict[str, Any] = hapyak.last_job["request"]
    return request["start"], request["end"]


def times(hapyak: HapYak, **range_: str | None) -> list[str]:
    """When the events of a stream over a range happened."""
    return [row["timestamp"] for row in rows(STREAM, hapyak.fetch(STREAM, **range_))]


@pytest.mark.parametrize(
    ("sent", "first", "last"),
    [
        ({}, "2026-02-25", "2026-03-04"),
        ({"end": "2026-01-10"}, "2026-01-03", "2026-01-10"),
        ({"end": "2024-03-03"}, "2024-02-25", "2024-03-03"),
        ({"start": "2026-03-01"}, "2026-03-01", "2026-03-04"),
        ({"start": "2026-03-04"}, "2026-03-04", "2026-03-04"),
        ({"start": "2024-02-29", "end": "2024-02-29"}, "2024-02-29", "2024-02-29"),
        ({"start": "2026-04-01", "end": "2026-04-30"}, "2026-04-01", "2026-04-30"),
    ],
    ids=str,
)
def test_what_is_not_sent_is_filled_in(hapyak: HapYak, sent: dict[str, str], first: str, last: str) -> None:
    """hapyak.default-range: up to the end of today, from seven days before the end; days are in UTC."""
    assert hapyak.ask(**sent).status_code == 202
    assert covered(hapyak) == (day(first), day(last, 1))


def test_the_default_end_is_the_sandbox_s_day_in_utc(hapyak: HapYak) -> None:
    """hapyak.utc: the day changes at midnight of UTC, wherever the mock runs."""
    hapyak.mock.advance("11h59m59s999ms")
    hapyak.ask()
    assert covered(hapyak)[1] == parse_instant("2026-03-05")
    hapyak.mock.advance("1ms")
    hapyak.ask(another="run")
    assert covered(hapyak)[1] == parse_instant("2026-03-06")


def test_the_last_day_belongs_to_the_range(hapyak: HapYak) -> None:
    """hapyak.end-inclusive: a client that adds a day to be safe gets rows that it did not ask for."""
    found = times(hapyak, start="2026-02-26", end="2026-02-27")
    assert {time[:10] for time in found} == {"2026-02-26", "2026-02-27"}


def test_days_add_up_to_their_range(hapyak: HapYak) -> None:
    """hapyak.utc: no event lies in two days or in none, so a client may fetch day by day."""
    hapyak.unlimited()
    apart = [
        line
        for one in ("2026-02-26", "2026-02-27", "2026-02-28")
        for line in lines(hapyak.fetch(STREAM, start=one, end=one))[1:]
    ]
    assert apart == lines(hapyak.fetch(STREAM, start="2026-02-26", end="2026-02-28"))[1:]


def test_nothing_lies_after_now(hapyak: HapYak) -> None:
    """hapyak.future: today's report ends with this moment, though its range ends with the day."""
    found = times(hapyak, start="2026-03-03", end="2026-06-30")
    assert found
    assert max(found) < "2026-03-04 12:00:00"


@pytest.mark.parametrize("report", REPORTS)
def test_a_range_without_events_is_an_empty_report(hapyak: HapYak, report: str) -> None:
    """hapyak.empty, hapyak.future: complete as any other: a header row alone, or an empty array."""
    ahead = {"start": "2026-04-01", "end": "2026-04-30"}
    header = ",".join(load_catalogue("hapyak").report(report).column_names)
    assert hapyak.fetch(report, **ahead, format="csv").text == f"{header}\r\n"
    assert hapyak.fetch(report, **ahead, format="json").text == "[]"


@pytest.mark.parametrize(("end", "first"), FIRST_THAT_FITS)
def test_six_months_fit_and_a_day_more_is_cut(hapyak: HapYak, end: str, first: str) -> None:
    """hapyak.range: months are of the calendar; of a longer range only its end is given."""
    fits = hapyak.ask(start=first, end=end)
    assert rules_of(fits) == ["hapyak.running"]
    assert covered(hapyak) == (day(first), day(end, 1))
    longer = hapyak.ask(start=str(date.fromisoformat(first) - timedelta(days=1)), end=end)
    assert longer.status_code == 202
    assert rules_of(longer) == ["hapyak.running", "hapyak.range"]
    assert covered(hapyak) == (day(first), day(end, 1))


@pytest.mark.parametrize(("end", "first"), FIRST_THAT_FITS[:3])
def test_a_day_more_is_refused_where_it_is_switched_so(hapyak: HapYak, end: str, first: str) -> None:
    """hapyak.range: nobody knows which of the two the vendor does; clients should bear both."""
    hapyak.mock.rule("range", action="refuse")
    assert hapyak.ask(start=first, end=end).status_code == 202
    longer = hapyak.ask(start=str(date.fromisoformat(first) - timedelta(days=1)), end=end)
    assert_refused(longer, 400, "hapyak.range")
    assert len(hapyak.mock.jobs()) == 1


def test_a_cut_range_is_told_with_the_rows(hapyak: HapYak) -> None:
    """hapyak.range: the rows that are missing are explained where they are missed."""
    answer = hapyak.fetch(STREAM, start="2025-01-01", end="2026-03-04")
    assert rules_of(answer) == ["hapyak.range"]
    assert rows(STREAM, answer)[0]["timestamp"] >= "2025-09-05"
    (note,) = hapyak.last_request["notes"]
    assert note == "range: too long, so its start was moved up from 2025-01-01 to 2025-09-05"


def test_any_range_goes_with_the_limit_off(hapyak: HapYak) -> None:
    """hapyak.range: a year in one report, for those who trust that the vendor would give it."""
    hapyak.mock.rule("range", enabled=False)
    answer = hapyak.fetch(STREAM, start="2025-03-01", end="2026-03-04")
    assert rules_of(answer) == []
    assert rows(STREAM, answer)[0]["timestamp"] < "2025-03-03"


def test_history_goes_back_to_2016(hapyak: HapYak) -> None:
    """hapyak.range: the dates of the vendor's sample give rows, and there are none before the first day."""
    found = times(hapyak, start="2019-07-01", end="2019-09-30")
    assert found[0] < "2019-07-03"
    assert found[-1] >= "2019-09-29"
    assert times(hapyak, start="2015-07-05", end="2016-01-04")[0] >= "2016-01-01"


@pytest.mark.parametrize(
    ("sent", "blamed"),
    [
        ({"start": "2026-03-04", "end": "2026-03-03"}, "end"),
        ({"start": "9999-12-31", "end": "0001-01-01"}, "end"),
        ({"start": "2026-03-05"}, "start"),
    ],
    ids=str,
)
def test_an_end_before_the_start_is_refused(hapyak: HapYak, sent: dict[str, str], blamed: str) -> None:
    """hapyak.end-before-start: also where the end is today because none was sent."""
    refused = hapyak.ask(**sent)
    assert_refused(refused, 400, "hapyak.end-before-start")
    assert sent[blamed] in refused.json()["message"]


@pytest.mark.parametrize("limited", [True, False])
@pytest.mark.parametrize(
    "sent",
    [
        {"start": "0001-01-01", "end": "0001-01-01"},
        {"start": "0001-01-01", "end": "2015-12-31"},
        {"start": "2026-03-05", "end": "9999-12-31"},
        {"end": "0001-01-01"},
        {"end": "9999-12-31"},
    ],
    ids=str,
)
def test_the_ends_of_the_calendar_are_days_as_any(
    hapyak: HapYak,
    sent: dict[str, str],
    limited: bool,  # noqa: FBT001
) -> None:
    """hapyak.future: a date that a client sends for ever or never gives nothing, and no error."""
    hapyak.mock.rule("range", enabled=limited)
    assert hapyak.fetch(**sent, format="json").json() == []


def test_all_of_time_is_all_of_history(hapyak: HapYak) -> None:
    """hapyak.range: with the limit off, the longest range that can be written holds all projects."""
    hapyak.mock.rule("range", enabled=False)
    always = rows(PROJECTS, hapyak.fetch(start="0001-01-01", end="9999-12-31"))
    lately = rows(PROJECTS, hapyak.fetch(start="2025-09-05", end="2026-03-04"))
    assert sum(row["loads"] for row in always) > 5 * sum(row["loads"] for row in lately) > 0
