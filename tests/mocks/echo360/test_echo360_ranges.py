"""Which days a report is of: how many, how far back, and what belongs to them."""

import gzip

import pytest

from reportcontracts.catalogue import ReportKind
from support.answers import lines
from support.echo360 import CATALOGUE, RANGED, TODAY, WEEK, Echo360, allowed, assert_refused, day, typed

STREAMS = [name for name, report in CATALOGUE.items() if report.kind is ReportKind.STREAM]
AGELESS = [name for name in RANGED if name != "assetbydate"]


def days(start: str, end: str) -> dict[str, str]:
    """The parameters of a range."""
    return {"start": start, "end": end}


@pytest.mark.parametrize("report", RANGED)
def test_a_range_is_at_most_seven_days(echo360: Echo360, report: str) -> None:
    """echo360.range: six and seven are accepted, eight are not."""
    echo360.unlimited()
    for length in (1, 6, 7):
        allowed(echo360.submit(report, days(day(-30), day(-30 + length))), "submitted")
    refused = echo360.submit(report, days(day(-30), day(-22)))
    assert_refused(refused, 400, "echo360.range", "BadRequest")
    assert "7 days" in refused.json()["message"]


def test_leap_days_count(echo360: Echo360) -> None:
    """echo360.range: 25 February to 3 March is seven days in a leap year, six in another."""
    allowed(echo360.submit(parameters=days("2024-02-25", "2024-03-03")), "submitted")
    assert_refused(echo360.submit(parameters=days("2024-02-25", "2024-03-04")), 400, "echo360.range")
    allowed(echo360.submit(parameters=days("2025-02-25", "2025-03-04")), "submitted")


@pytest.mark.parametrize(
    ("start", "end"), [(TODAY, TODAY), (TODAY, "2026-03-03"), ("9999-12-31", "0001-01-01")]
)
def test_an_end_comes_after_its_start(echo360: Echo360, start: str, end: str) -> None:
    """echo360.end-before-start: an empty range is none."""
    assert_refused(echo360.submit(parameters=days(start, end)), 400, "echo360.end-before-start", "BadRequest")


def test_assetbydate_goes_a_year_back(echo360: Echo360) -> None:
    """echo360.assetbydate-age: 364 and 365 days before today, and not 366."""
    for age in (364, 365):
        allowed(echo360.submit("assetbydate", days(day(-age), day(-age + 7))), "submitted")
    refused = echo360.submit("assetbydate", days(day(-366), day(-365)))
    assert_refused(refused, 400, "echo360.assetbydate-age", "BadRequest")


def test_the_year_goes_by_the_day_of_the_submission(echo360: Echo360) -> None:
    """echo360.assetbydate-age: at midnight UTC another day is out of reach, not before."""
    echo360.mock.rule("token-life", enabled=False)
    echo360.sign_in()
    echo360.mock.advance("11h59m59s999ms")
    allowed(echo360.submit("assetbydate", days(day(-365), day(-364))), "submitted")
    echo360.mock.advance("1ms")
    refused = echo360.submit("assetbydate", days(day(-365), day(-364)))
    assert_refused(refused, 400, "echo360.assetbydate-age")


@pytest.mark.parametrize("report", AGELESS)
def test_other_reports_go_back_for_ever(echo360: Echo360, report: str) -> None:
    """echo360.assetbydate-age: the year is written of one report only; all history is there."""
    assert echo360.rows(report, "2016-02-01", "2016-02-08")


@pytest.mark.parametrize("report", STREAMS)
def test_start_belongs_to_the_range_and_end_does_not(echo360: Echo360, report: str) -> None:
    """echo360.end-exclusive: instants in [start, end), by midnight UTC."""
    found = [row["event_timestamp"] for row in echo360.rows(report, *WEEK)]
    assert found
    assert f"{WEEK[0]}T00:00:00.000Z" <= min(found)
    assert max(found) < f"{WEEK[1]}T00:00:00.000Z"


@pytest.mark.parametrize("report", STREAMS)
def test_adjacent_ranges_add_up(echo360: Echo360, report: str) -> None:
    """echo360.end-exclusive: as in the page's example, two days are the first and then the second."""
    both = lines(echo360.fetch(report, days(day(-2), day(0))))
    first = lines(echo360.fetch(report, days(day(-2), day(-1))))
    second = lines(echo360.fetch(report, days(day(-1), day(0))))
    assert both == first + second[1:]


def test_a_week_adds_up_of_its_days(echo360: Echo360) -> None:
    """echo360.end-exclusive: seven reports of a day are the report of the week."""
    echo360.unlimited()
    whole = typed("videoview", echo360.fetch("videoview"))
    parts = [row for ago in range(-7, 0) for row in echo360.rows("videoview", day(ago), day(ago + 1))]
    assert parts == whole


@pytest.mark.parametrize("report", STREAMS)
def test_rows_come_in_order_of_time(echo360: Echo360, report: str) -> None:
    """echo360.row-order: the first is the oldest."""
    found = [row["event_timestamp"] for row in echo360.rows(report, *WEEK)]
    assert found == sorted(found)


@pytest.mark.parametrize("report", RANGED)
@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-03-05", "2026-03-12"), ("2199-12-30", "2200-01-02"), ("9999-12-24", "9999-12-31")],
)
def test_the_future_is_empty(echo360: Echo360, report: str, start: str, end: str) -> None:
    """echo360.future, echo360.empty: accepted, Available as any other, and a header alone."""
    found = lines(echo360.fetch(report, days(start, end)))
    assert found == [list(CATALOGUE.report(report).column_names)]


@pytest.mark.parametrize("report", AGELESS)
@pytest.mark.parametrize(
    ("start", "end"),
    [("2015-12-25", "2016-01-01"), ("1969-12-29", "1970-01-02"), ("0001-01-01", "0001-01-02")],
)
def test_nothing_happened_before_there_was_a_service(
    echo360: Echo360, report: str, start: str, end: str
) -> None:
    """echo360.empty: history begins on the first day of 2016, and years have four digits."""
    assert len(lines(echo360.fetch(report, days(start, end)))) == 1


def test_a_range_into_the_future_ends_with_the_submission(echo360: Echo360) -> None:
    """echo360.future, echo360.snapshot: what has not happened yet is in no report."""
    found = [row["event_timestamp"] for row in echo360.rows("videoview", TODAY, day(7))]
    assert found
    assert max(found) < "2026-03-04T12:00:00.000Z"


def test_a_report_holds_what_had_happened_when_it_was_submitted(echo360: Echo360) -> None:
    """echo360.snapshot: days later it is the same, and a new one has more."""
    coming = days(TODAY, day(7))
    request_id = echo360.submitted("videoview", coming)
    at_once = echo360.fetch("videoview", coming)
    echo360.mock.advance("5d")
    echo360.sign_in()
    assert typed("videoview", gunzipped(echo360, request_id)) == typed("videoview", at_once)
    assert len(echo360.rows("videoview", TODAY, day(7))) > len(typed("videoview", at_once))


def gunzipped(echo360: Echo360, request_id: str) -> bytes:
    """The rows of an available request."""
    return gzip.decompress(echo360.download(echo360.link(request_id)).content)


def test_the_data_of_a_day_does_not_change_any_more(echo360: Echo360) -> None:
    """echo360.late-data: the mock's days are complete when they end, so that tests can count on them."""
    yesterday = days(day(-1), day(0))
    before = echo360.fetch("videoview", yesterday)
    echo360.mock.advance("3d")
    echo360.sign_in()
    assert echo360.fetch("videoview", yesterday) == before


def test_what_is_expected_is_complete(echo360: Echo360) -> None:
    """echo360.late-data: a client that comes back in time ends up with the rows that came in late, too."""
    echo360.mock.rule("late-data", enabled=True)
    query = f"vendor=echo360&sandbox={echo360.name}&start={day(-2)}&end={day(0)}"
    expected = echo360.client.get(f"/_mock/expected/videoview?{query}").json()
    asked = days(day(-2), day(0))
    at_first = typed("videoview", echo360.fetch("videoview", asked))
    assert 0 < len(at_first) < len(expected)
    echo360.mock.advance("2d")
    echo360.sign_in()
    assert typed("videoview", echo360.fetch("videoview", asked)) == expected


def test_a_range_has_only_videos_in_which_something_happened(echo360: Echo360) -> None:
    """echo360.zero-rows: though others are there, and have a row in a longer range."""
    one, week = (echo360.rows("assetbydate", start, TODAY) for start in (day(-1), day(-7)))
    assert all(row["view_count"] or row["downloads"] or row["last_view"] for row in (*one, *week))
    assert {row["mediaid"] for row in one} < {row["mediaid"] for row in week}


def test_the_asset_report_is_of_all_time(echo360: Echo360) -> None:
    """echo360.snapshot: its counts grow with time, and go by the submission."""
    before = typed("asset", echo360.fetch("asset"))
    echo360.mock.advance("7d")
    echo360.sign_in()
    after = typed("asset", echo360.fetch("asset"))
    assert len(after) >= len(before)
    assert sum(row["view_count"] for row in after) > sum(row["view_count"] for row in before)
