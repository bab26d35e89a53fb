"""The rows of all ten reports: by the catalogue, in both formats, and as the vendor's page describes them."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from reportcontracts.catalogue import ColumnType, load_catalogue
from reportcontracts.validation import header_violations, row_validator
from reportmocks.app import create_app
from reportmocks.settings import Settings
from support.engagement import PROJECTS, START, STREAM, lines
from support.hapyak import REPORTS, HapYak, rows

CATALOGUE: Final = load_catalogue("hapyak")
HALF_A_YEAR: Final = {"start": "2025-09-05", "end": "2026-03-04"}
STREAMS: Final = ["user_stream_raw", "project_stream_raw", "experience_stream_raw"]
DETAILS: Final = ["poll_widget_detail", "signin_widget_detail"]


def half_a_year(hapyak: HapYak, report: str) -> list[dict[str, Any]]:
    """The rows of the longest range that there is."""
    return rows(report, hapyak.fetch(report, **HALF_A_YEAR))


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("report", REPORTS)
def test_every_row_is_as_the_contract_has_it(hapyak: HapYak, report: str, form: str) -> None:
    """hapyak.column-names, hapyak.timestamp-format, hapyak.json: each cell by its column's type."""
    answer = hapyak.fetch(report, format=form)
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    found = rows(report, answer)
    assert found
    validator = row_validator("hapyak", report)
    assert [violation for row in found for violation in validator.violations(row)] == []
    names = CATALOGUE.report(report).column_names
    assert all(tuple(row) == names for row in found)
    assert all(re.fullmatch("[a-z]+(_[a-z]+)*", name) for name in names)


@pytest.mark.parametrize("report", REPORTS)
def test_both_formats_say_the_same(hapyak: HapYak, report: str) -> None:
    """hapyak.csv, hapyak.json: a client may change the format without getting other data."""
    written = hapyak.fetch(report, format="csv")
    assert header_violations("hapyak", report, lines(written)[0]) == []
    assert rows(report, written) == rows(report, hapyak.fetch(report, format="json"))


def test_without_a_format_it_is_csv(hapyak: HapYak) -> None:
    """hapyak.default-format: both samples of the vendor ask for it by name; this is assumed."""
    assert hapyak.fetch(STREAM).content == hapyak.fetch(STREAM, format="csv").content


def test_json_is_an_array_of_objects_and_nothing_around_it(hapyak: HapYak) -> None:
    """hapyak.json: no envelope, no nesting, no trailing newline."""
    content = hapyak.fetch(STREAM, format="json").content
    assert content.startswith(b'[{"')
    assert content.endswith(b"}]")
    assert not any(isinstance(cell, list | dict) for row in json.loads(content) for cell in row.values())


def test_csv_is_quoted_where_it_must_be(hapyak: HapYak) -> None:
    """hapyak.csv: a list with commas in one cell, and bare cells otherwise."""
    answer = hapyak.fetch("poll_widget_summary", **HALF_A_YEAR)
    found = lines(answer)
    assert any("," in cells[1] for cells in found[1:])
    for line, cells in zip(answer.content.decode().split("\r\n"), found, strict=False):
        assert line == ",".join(f'"{cell}"' if "," in cell else cell for cell in cells)


@pytest.mark.parametrize("report", STREAMS)
def test_streams_are_in_order_of_time(hapyak: HapYak, report: str) -> None:
    """hapyak.row-order: a row cap then keeps the oldest, and a client can go on from the last row."""
    times = [row["timestamp"] for row in half_a_year(hapyak, report)]
    assert times == sorted(times)
    assert len(set(times)) > 100


@pytest.mark.parametrize("report", DETAILS)
def test_details_are_in_order_of_time(hapyak: HapYak, report: str) -> None:
    """hapyak.row-order: by the event; the session's start, which is what they show, comes a little before."""
    days = [row["session_start_time"][:10] for row in half_a_year(hapyak, report)]
    assert days == sorted(days)
    assert len(set(days)) > 10


@pytest.mark.parametrize("report", STREAMS)
def test_streams_hold_all_sorts_of_events_but_progress(hapyak: HapYak, report: str) -> None:
    """hapyak.progress-events: views of bookmarks, the player's controls, annotations and widgets."""
    found = half_a_year(hapyak, report)
    assert {"Player Action", "Annotation View", "Annotation Action"} <= {row["event"] for row in found}
    assert ("View", "bookmark") in {(row["action"], row["annotation_type"]) for row in found}
    assert not any("progress" in f"{row['event']} {row['type']} {row['action']}".lower() for row in found)


def test_every_action_tells_its_user_but_need_not(hapyak: HapYak) -> None:
    """hapyak.user-id: the page has the id only if it is known, so a row may be without one."""
    found = half_a_year(hapyak, STREAM)
    strangers = [row["user_id"] for row in found if row["username"] is None]
    assert strangers
    assert all(re.fullmatch("[0-9a-f]{32}", user) for user in strangers)
    assert all(row["user_id"] for row in found)
    assert row_validator("hapyak", STREAM).is_valid(found[0] | {"user_id": None})


def test_a_summary_lists_what_something_happened_to(hapyak: HapYak) -> None:
    """hapyak.summary-rows: a shorter range has fewer things, and each of those was loaded in it."""
    few, many = (
        rows(PROJECTS, hapyak.fetch(PROJECTS, start=start, end="2026-03-03"))
        for start in ("2026-03-03", "2025-09-05")
    )
    assert {row["project_id"] for row in few} < {row["project_id"] for row in many}
    assert all(row["loads"] > 0 for row in few + many)


def test_rates_are_percentages_and_lengths_are_seconds(hapyak: HapYak) -> None:
    """hapyak.rates, hapyak.durations: as a client recounts them from the stream of the same days."""
    days = {"start": "2026-03-01", "end": "2026-03-03"}
    projects, stream = (rows(report, hapyak.fetch(report, **days)) for report in (PROJECTS, STREAM))
    rates = {row["project_id"]: row["play_rate"] for row in projects}
    assert rates == {row["project_id"]: round(row["plays"] / row["loads"] * 100, 2) for row in projects}
    ends = [row for row in stream if row["action"] == "Final" or row["action"].startswith("End ")]
    assert sum(row["total_view_time"] for row in projects) == sum(row["video_offset"] for row in ends) > 0


def blanks(hapyak: HapYak) -> Iterator[tuple[str, str, ColumnType, str, object]]:
    """Report, column, type, and the cell in both formats, of every cell without a value."""
    for report in REPORTS:
        written = lines(hapyak.fetch(report, format="csv"))[1:]
        told = hapyak.fetch(report, format="json").json()
        for cells, row in zip(written, told, strict=True):
            for column, cell in zip(CATALOGUE.report(report).columns, cells, strict=True):
                if not cell or row[column.name] is None:
                    yield report, column.name, column.type, cell, row[column.name]


def test_what_is_not_there_is_blank(hapyak: HapYak) -> None:
    """hapyak.blank-counts: nothing in CSV, null in JSON, and never a zero; where the catalogue allows it."""
    hapyak.unlimited()
    found = list(blanks(hapyak))
    assert {(cell, value) for *_, cell, value in found} == {("", None)}
    assert {ColumnType.NUMBER, ColumnType.INTEGER, ColumnType.STRING} <= {kind for _, _, kind, *_ in found}


@pytest.mark.parametrize("report", ["poll_widget_summary", "signin_widget_summary"])
def test_projects_are_listed_with_duplicates(hapyak: HapYak, report: str) -> None:
    """hapyak.project-ids: the page warns of it twice, since a client that counts them counts too much."""
    listed = [row["project_ids"].split(",") for row in half_a_year(hapyak, report)]
    assert any(len(set(ids)) < len(ids) for ids in listed)
    projects = {str(row["project_id"]) for row in half_a_year(hapyak, "project_engagement_summary_raw")}
    assert {project for ids in listed for project in ids} <= projects


def test_sign_ins_are_by_hand_or_silent(hapyak: HapYak) -> None:
    """hapyak.auto-signin: the silent ones are of users who had signed in by hand, and all are counted."""
    hapyak.unlimited()
    detail = half_a_year(hapyak, "signin_widget_detail")
    kinds = [row["signin_type"] for row in detail]
    assert set(kinds) == {"manual", "auto"}
    summary = half_a_year(hapyak, "signin_widget_summary")
    assert sum(row["manual_signins"] for row in summary) == kinds.count("manual")
    assert sum(row["auto_signins"] for row in summary) == kinds.count("auto")


def test_polls_of_the_summary_are_those_of_the_detail(hapyak: HapYak) -> None:
    """hapyak.project-ids: one project for each answer, and as many answers as there are rows."""
    detail = half_a_year(hapyak, "poll_widget_detail")
    for row in half_a_year(hapyak, "poll_widget_summary"):
        given = [
            str(one["project_id"])
            for one in detail
            if (one["annotation_id"], one["response"]) == (row["annotation_id"], row["response"])
        ]
        assert row["answers_received"] == len(given)
        assert sorted(row["project_ids"].split(",")) == sorted(given)


def test_keys_share_the_world_of_the_seed(hapyak: HapYak) -> None:
    """hapyak.scope: a key separates runs and limits, not data; replicas with one seed agree on all rows."""
    other = HapYak(hapyak.client, f"{hapyak.key}-2")
    assert other.fetch(STREAM).content == hapyak.fetch(STREAM).content


def test_another_seed_is_another_world(hapyak: HapYak) -> None:
    """hapyak.scope: a client that was tested with one world's rows can be tested with others."""
    app = create_app(Settings(clock="frozen", now=START, size="tiny", seed=2))
    with httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://127.0.0.1") as client:
        assert HapYak(client, hapyak.key).fetch(STREAM).content != hapyak.fetch(STREAM).content
    app.kernel.store.close()


def test_a_download_read_in_pieces_is_whole(hapyak: HapYak) -> None:
    """hapyak.csv: half a year of events, as clients stream it into a file."""
    hapyak.fetch(STREAM, **HALF_A_YEAR)
    whole = hapyak.ask(STREAM, **HALF_A_YEAR).content
    with hapyak.client.stream(
        "GET",
        f"/hapyak/api/reports/v2/{STREAM}",
        params={"send_status": "true"} | HALF_A_YEAR,
        headers={"X-Hapyak-API-Key": hapyak.key},
    ) as answer:
        pieces = list(answer.iter_bytes())
    assert len(pieces) > 3
    assert b"".join(pieces) == whole
