"""What engagement reports cover and hold: ranges, formats, columns, identifiers."""

import json
import re
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from reportcontracts.validation import header_violations, row_validator
from reportmocks.kernel.clock import parse_instant
from support.answers import rules_of
from support.brightcove import CATALOGUE, ENGAGEMENT, Brightcove, assert_refused, rows
from support.engagement import PROJECTS, STREAM, lines

WEEK = {"start": "2026-02-24", "end": "2026-03-03"}
each_report = pytest.mark.parametrize("report", ENGAGEMENT)


@each_report
def test_csv_and_json_hold_the_same_rows(brightcove: Brightcove, report: str) -> None:
    """brightcove.column-names, brightcove.json, brightcove.content-type: typed as the contract has them."""
    found = brightcove.fetch(report, **WEEK, format="csv")
    assert found.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert int(found.headers["Content-Length"]) == len(found.content)
    assert header_violations("brightcove", report, lines(found)[0]) == []
    told = brightcove.fetch(report, **WEEK, format="json")
    assert told.headers["Content-Type"] == "application/json"
    assert rows(report, found) == rows(report, told) != []
    assert all(row_validator("brightcove", report).is_valid(row) for row in rows(report, told))


@each_report
def test_a_range_without_events_is_an_empty_report(brightcove: Brightcove, report: str) -> None:
    """brightcove.empty, brightcove.future: complete as any other: a header row alone, or an empty array."""
    ahead = {"start": "2026-04-01", "end": "2026-04-30"}
    header = ",".join(CATALOGUE[report].column_names)
    assert brightcove.fetch(report, **ahead, format="csv").text == f"{header}\r\n"
    assert brightcove.fetch(report, **ahead, format="json").text == "[]"


def test_csv_comes_where_no_format_is_asked_for(brightcove: Brightcove) -> None:
    """brightcove.default-format, brightcove.csv: commas, CR LF, and quotes where a cell needs them."""
    text = brightcove.fetch(STREAM, **WEEK).content.decode()
    assert text.count("\r\n") == text.count("\n") > 1
    assert text.startswith("timestamp,user_id,")
    for cell in re.findall(r'"((?:[^"]|"")*)"', text):
        assert re.search('[,"\r\n]', cell)


def test_identifiers_are_24_hexadecimal_digits(brightcove: Brightcove) -> None:
    """brightcove.id-format: of projects, experiences and annotations; users are whoever they say."""
    its = rows("experience_stream_raw", brightcove.fetch("experience_stream_raw", start="2026-01-01"))
    for name in ("project_id", "experience_id", "annotation_id"):
        ids = {row[name] for row in its} - {None}
        assert ids
        assert all(re.fullmatch("[0-9a-f]{24}", each) for each in ids)


def test_instants_are_told_to_the_second_in_utc_and_in_order(brightcove: Brightcove) -> None:
    """brightcove.timestamp-format, brightcove.row-order, brightcove.utc: of one range, up to now."""
    times = [row["timestamp"] for row in rows(STREAM, brightcove.fetch(STREAM, start="2026-03-01"))]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", time) for time in times)
    assert all(one <= other for one, other in pairwise(times))
    assert "2026-03-01" <= times[0] <= times[-1] < "2026-03-04 12:00:00"


def test_what_is_absent_is_blank(brightcove: Brightcove) -> None:
    """brightcove.blank-counts: as the vendor's screenshot of ratings has it, where none was the lowest."""
    report, days = "widget_user_sentiment_summary", {"start": "2026-03-01", "end": "2026-03-03"}
    typed = rows(report, brightcove.fetch(report, **days, format="json"))
    blank = [row for row in typed if row["plays_with_max_rating"] is None]
    assert blank
    assert 0 not in [row[name] for row in typed for name in row if name.startswith("plays_with_m")]
    name = CATALOGUE[report].column_names.index("plays_with_max_rating")
    cells = {line[1]: line[name] for line in lines(brightcove.fetch(report, **days))[1:]}
    assert {cells[row["project_id"]] for row in blank} == {""}


def test_streams_have_no_progress_events(brightcove: Brightcove) -> None:
    """brightcove.progress-events: all three of them."""
    for report in ("user_stream_raw", "project_stream_raw", "experience_stream_raw"):
        actions = {row["action"] for row in rows(report, brightcove.fetch(report, **WEEK))}
        assert "Play" in actions
        assert "Progress" not in actions


def test_every_action_tells_its_user_but_need_not(brightcove: Brightcove) -> None:
    """brightcove.user-id: the page has the id only if it is known, so a row may be without one."""
    found = rows(STREAM, brightcove.fetch(STREAM, **WEEK))
    strangers = [row["user_id"] for row in found if row["username"] is None]
    assert strangers
    assert all(re.fullmatch("[0-9a-f]{32}", user) for user in strangers)
    assert all(row["user_id"] for row in found)
    assert row_validator("brightcove", STREAM).is_valid(found[0] | {"user_id": None})


def test_a_summary_lists_what_something_happened_to(brightcove: Brightcove) -> None:
    """brightcove.summary-rows: a shorter range has fewer things, and each of those was loaded in it."""
    few, many = (
        rows(PROJECTS, brightcove.fetch(PROJECTS, start=start, end="2026-03-03"))
        for start in ("2026-03-03", "2025-09-05")
    )
    assert {row["project_id"] for row in few} < {row["project_id"] for row in many}
    assert all(row["loads"] > 0 for row in few + many)


def test_rates_are_percentages_and_lengths_are_seconds(brightcove: Brightcove) -> None:
    """brightcove.rates, brightcove.durations: as a client recounts them from the stream of the same days."""
    days = {"start": "2026-03-01", "end": "2026-03-03"}
    projects, stream = (rows(report, brightcove.fetch(report, **days)) for report in (PROJECTS, STREAM))
    rates = {row["project_id"]: row["play_rate"] for row in projects}
    assert rates == {row["project_id"]: round(row["plays"] / row["loads"] * 100, 2) for row in projects}
    ends = [row for row in stream if row["action"] == "Final" or row["action"].startswith("End ")]
    assert sum(row["total_view_time"] for row in projects) == sum(row["video_offset"] for row in ends) > 0


def test_lists_of_projects_are_not_rid_of_duplicates(brightcove: Brightcove) -> None:
    """brightcove.project-ids: a project for each time, as the detail report has them."""
    days = {"start": "2025-12-01", "end": "2026-03-03"}
    counted = rows("poll_widget_summary", brightcove.fetch("poll_widget_summary", **days))
    detail = rows("poll_widget_detail", brightcove.fetch("poll_widget_detail", **days))
    assert [row["answers_received"] for row in counted] == [
        len(row["project_ids"].split(",")) for row in counted
    ]
    named = Counter(project for row in counted for project in row["project_ids"].split(","))
    assert named == Counter(row["project_id"] for row in detail)
    assert max(named.values()) > 1


def test_silent_sign_ins_are_in_the_detail(brightcove: Brightcove) -> None:
    """brightcove.auto-signin: beside those by hand."""
    found = brightcove.fetch("signin_widget_detail", start="2025-10-01", end="2026-03-03")
    assert {row["signin_type"] for row in rows("signin_widget_detail", found)} == {"auto", "manual"}


# Ranges


@pytest.mark.parametrize(
    ("sent", "first", "after"),
    [
        ({}, "2026-02-25", "2026-03-05"),
        ({"end": "2026-01-10"}, "2026-01-03", "2026-01-11"),
        ({"start": "2026-03-01"}, "2026-03-01", "2026-03-05"),
        ({"start": "2024-02-29", "end": "2024-02-29"}, "2024-02-29", "2024-03-01"),
        ({"start": "2026-04-01", "end": "2026-04-30"}, "2026-04-01", "2026-05-01"),
    ],
    ids=str,
)
def test_what_is_not_sent_is_filled_in(
    brightcove: Brightcove, sent: dict[str, str], first: str, after: str
) -> None:
    """brightcove.default-range, brightcove.end-inclusive: a week up to the end of the current day."""
    assert brightcove.ask(**sent).status_code == 202
    assert brightcove.covered == (parse_instant(first), parse_instant(after))


@pytest.mark.parametrize(
    ("end", "first"),
    [("2026-03-04", "2025-09-05"), ("2024-02-29", "2023-09-01"), ("2025-08-31", "2025-03-01")],
)
def test_six_months_fit_and_a_day_more_is_cut(brightcove: Brightcove, end: str, first: str) -> None:
    """brightcove.range: one day less, exactly, and one day more; months are of the calendar."""
    after = parse_instant(str(date.fromisoformat(end) + timedelta(days=1)))
    for days, cut in ((1, False), (0, False), (-1, True)):
        start = str(date.fromisoformat(first) + timedelta(days=days))
        answer = brightcove.ask(start=start, end=end)
        assert answer.status_code == 202
        assert ("brightcove.range" in rules_of(answer)) is cut
        assert brightcove.covered == (parse_instant(first if cut else start), after)


def test_the_nine_months_of_the_pages_sample_are_cut(brightcove: Brightcove) -> None:
    """brightcove.range: it asks for them without a word, and gets their last six."""
    answer = brightcove.ask(start="2023-07-01", end="2024-03-31")
    assert rules_of(answer) == ["brightcove.running", "brightcove.range"]
    assert brightcove.covered == (parse_instant("2023-10-01"), parse_instant("2024-04-01"))


def test_an_end_before_the_start_is_refused(brightcove: Brightcove) -> None:
    """brightcove.end-before-start: by a day; the same day is a range."""
    refused = brightcove.ask(start="2026-03-02", end="2026-03-01")
    assert_refused(refused, 400, "end-before-start", "BAD_REQUEST")
    assert brightcove.ask(start="2026-03-02", end="2026-03-02").status_code == 202


def test_the_range_of_the_expected_rows_is_that_of_a_run(brightcove: Brightcove) -> None:
    """brightcove.end-inclusive: what a perfect client has is what one fetches by the same days."""
    fetched = brightcove.fetch(STREAM, **WEEK, format="json")
    query = WEEK | {"vendor": "brightcove", "sandbox": brightcove.name}
    told = brightcove.client.get(f"/_mock/expected/{STREAM}", params=query)
    assert told.json() == json.loads(fetched.content) != []
