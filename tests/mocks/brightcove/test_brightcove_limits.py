"""What a client may use up: runs by the minute, the hour and the day, and rows by the report."""

import pytest

from reportmocks.kernel.clock import DAY, HOUR, MINUTE, duration_text
from support.answers import rules_of
from support.brightcove import ANSWERS, SUMMARY, Brightcove, assert_refused, rows
from support.engagement import RATES, STREAM

WINDOWS = [("rate-minute", 4, MINUTE), ("rate-hour", 20, HOUR), ("rate-day", 100, DAY)]


def statuses(brightcove: Brightcove, count: int) -> set[int]:
    """The statuses of so many new runs."""
    return {answer.status_code for answer in brightcove.start(count)}


@pytest.mark.parametrize(("rule", "number", "window"), WINDOWS)
def test_a_rate_limit_is_met_at_its_number_and_frees_at_its_edge(
    brightcove: Brightcove, rule: str, number: int, window: int
) -> None:
    """brightcove.rate-minute, brightcove.rate-hour, brightcove.rate-day: one below, at, above; to the ms."""
    for other in RATES:
        brightcove.mock.rule(other, enabled=other == rule)
    assert statuses(brightcove, number - 1) == {202}
    assert statuses(brightcove, 1) == {202}
    (refused,) = brightcove.start(1)
    assert_refused(refused, 429, rule, "TOO_MANY_REQUESTS")
    assert rules_of(refused) == [f"brightcove.{rule}", "brightcove.rate-limited"]
    assert refused.headers["Retry-After"] == str(window // 1000)
    brightcove.mock.advance(duration_text(window - 1))
    assert statuses(brightcove, 1) == {429}
    brightcove.mock.advance("1ms")
    assert statuses(brightcove, number) == {202}
    assert statuses(brightcove, 1) == {429}


def test_rate_limits_stack(brightcove: Brightcove) -> None:
    """brightcove.rate-hour: with all three in force the one that frees last is told."""
    for _ in range(5):
        assert statuses(brightcove, 4) == {202}
        brightcove.mock.advance("1m")
    (refused,) = brightcove.start(1)
    assert_refused(refused, 429, "rate-hour", "TOO_MANY_REQUESTS")
    assert refused.headers["Retry-After"] == str(3600 - 300)


def test_polls_and_kept_results_are_free(brightcove: Brightcove) -> None:
    """brightcove.cached-free: fetched a hundred times, a report counts once."""
    brightcove.fetch()
    assert {brightcove.ask().status_code for _ in range(100)} == {200}
    assert brightcove.mock.limits()["rate-minute"]["used"] == 1


def test_a_refused_run_starts_nothing_and_may_be_asked_for_again(brightcove: Brightcove) -> None:
    """brightcove.rate-limited, brightcove.retry-after: after so many seconds it is taken."""
    brightcove.start(4)
    refused = brightcove.ask(start="2026-03-01")
    assert refused.status_code == 429
    assert len(brightcove.mock.jobs()) == 4
    brightcove.mock.advance(f"{refused.headers['Retry-After']}s")
    assert brightcove.ask(start="2026-03-01").status_code == 202


@pytest.mark.parametrize("form", ["csv", "json"])
def test_rows_beyond_the_cap_are_left_out(brightcove: Brightcove, form: str) -> None:
    """brightcove.row-cap: one below, at, and one above the number of rows; told in the journal alone."""
    every = rows(STREAM, brightcove.fetch(STREAM, format=form))
    assert brightcove.mock.limits()["row-cap"]["value"] == 500_000
    total = len(every)
    for cap in (total - 1, total, total + 1):
        brightcove.mock.rule("row-cap", value=cap)
        capped = brightcove.ask(STREAM, format=form)
        assert rows(STREAM, capped) == every[:cap]
        assert rules_of(capped) == (["brightcove.row-cap"] if cap < total else [])
    brightcove.mock.rule("row-cap", value=3)
    brightcove.ask(STREAM, format=form)
    assert f"row cap: {total} rows in total, 3 sent" in brightcove.last_request["notes"]


# The analytics reports


def test_analytics_reports_are_free_of_limits(brightcove: Brightcove) -> None:
    """brightcove.analytics-limits: the page speaks of queued reports, and these are not."""
    brightcove.mock.rule("row-cap", value=1)
    assert len(brightcove.result(SUMMARY)["users"]) > 1
    for day in range(1, 31):
        assert brightcove.analytics(SUMMARY, start_time=f"2019-01-{day:02}").status_code == 200
    assert statuses(brightcove, 4) == {202}
    assert len(brightcove.mock.jobs()) == 4


def test_they_count_where_the_limits_apply_to_both(brightcove: Brightcove) -> None:
    """brightcove.analytics-limits: each request counts once a day, as engagement reports do."""
    brightcove.mock.rule("analytics-limits", enabled=False)
    brightcove.start(2)
    for _ in range(3):
        assert brightcove.analytics(SUMMARY, start_time="2026-01-01").status_code == 200
    assert brightcove.analytics(SUMMARY, start_time="2026-01-02").status_code == 200
    refused = brightcove.analytics(SUMMARY, start_time="2026-01-03")
    assert_refused(refused, 429, "rate-minute", schema="analytics-error")
    assert refused.headers["Retry-After"] == "60"
    assert brightcove.analytics(SUMMARY, start_time="2026-01-01").status_code == 200
    brightcove.mock.advance("1d")
    brightcove.analytics(SUMMARY, start_time="2026-01-01")
    assert len(brightcove.mock.jobs()) == 5


def test_their_range_and_rows_are_limited_then_too(brightcove: Brightcove) -> None:
    """brightcove.analytics-limits: six months back from the end, and so many rows."""
    everything = brightcove.result(SUMMARY)
    last_half_year = brightcove.result(SUMMARY, start_time="2025-09-04T12:00:00Z")
    half_year = brightcove.result(SUMMARY, start_time="2019-01-01", end_time="2019-07-01")
    assert everything != last_half_year
    brightcove.mock.rule("analytics-limits", enabled=False)
    cut = brightcove.analytics(SUMMARY)
    assert rules_of(cut) == ["brightcove.range"]
    assert cut.json()["result"] == last_half_year
    assert brightcove.result(SUMMARY, start_time="2018-01-01", end_time="2019-07-01") == half_year
    within = brightcove.analytics(SUMMARY, start_time="2019-01-01", end_time="2019-07-01")
    assert (within.json()["result"], rules_of(within)) == (half_year, [])
    brightcove.mock.rule("row-cap", value=2)
    assert len(brightcove.result(SUMMARY, start_time="2019-01-01", end_time="2019-07-01")["users"]) == 2


def test_a_range_too_long_is_refused_where_it_is_switched_so(brightcove: Brightcove) -> None:
    """brightcove.range: for both families, and nothing is counted."""
    brightcove.mock.rule("analytics-limits", enabled=False)
    brightcove.mock.rule("range", action="refuse")
    assert_refused(brightcove.ask(start="2025-01-01"), 400, "range", "BAD_REQUEST")
    for sent in ({}, {"start_time": "2025-01-01"}):
        refused = brightcove.analytics(ANSWERS, **sent)
        assert_refused(refused, 400, "range", schema="analytics-error")
    assert brightcove.mock.limits()["rate-minute"]["used"] == 0
    assert brightcove.analytics(ANSWERS, start_time="2026-01-01").status_code == 200
