"""Rows of the user's own in Khoros' exports, and what is expected of a client, by the control API."""

from typing import Any, Final

import httpx
import pytest

from support.answers import lines
from support.khoros import CATALOGUE, DAY, EXPORTS, FROM, UNTIL, Khoros, objects
from support.problems import problem_of

BRAND: Final = "raw_brand_posts"
POST: Final[dict[str, Any]] = {
    "POST_ID": "77",
    "PROVIDER": "Twitter",
    "ACCOUNT": "@me",
    "AGENT_NAME": 'Ann "A", B',
    "POST_CONTENT": "two\nlines",
    "POST_PUBLISHED_DATE": "2026-02-28 23:30:00",
    "LIKES": 1,
    "SHARES": 2,
    "COMMENTS": 3,
    "CLICKS": 4,
    "TIME_ZONE": "UTC",
}


def pin(khoros: Khoros, report: str, rows: list[dict[str, Any]], mode: str) -> None:
    """Pin rows in the company's sandbox."""
    where = {"vendor": "khoros", "sandbox": khoros.company, "mode": mode}
    answer = khoros.client.put(f"/_mock/data/{report}", params=where, json=rows)
    assert answer.is_success, answer.text


def expected(khoros: Khoros, report: str, **query: str | list[str]) -> httpx.Response:
    """What is expected of a client."""
    where = {"vendor": "khoros", "sandbox": khoros.company} | query
    return khoros.client.get(f"/_mock/expected/{report}", params=where)


def test_pinned_rows_appear_instead_of_the_generated_ones(khoros: Khoros) -> None:
    """Those of the range, with their instants in the zone and the way that were asked for."""
    early, late = POST | {"POST_PUBLISHED_DATE": "2026-01-01 00:00:00"}, POST | {"POST_ID": "78"}
    pin(khoros, BRAND, [early, POST, late], "instead")
    rows = khoros.rows(BRAND, timezone="Asia/Tokyo", locale="de")
    assert [row["POST_ID"] for row in rows] == ["77", "78"]
    assert rows[0]["POST_PUBLISHED_DATE"] == "01.03.2026 08:30:00"
    assert rows[0]["TIME_ZONE"] == "Asia/Tokyo"
    assert rows[0]["CAMPAIGN_ID"] == ""
    assert rows[0]["CLICKS"] == "4"


def test_pinned_rows_appear_beside_the_generated_ones(khoros: Khoros) -> None:
    """In order of time, under the headings that were asked for, and in JSON as well as in CSV."""
    before = khoros.rows(BRAND)
    pin(khoros, BRAND, [POST], "beside")
    after = khoros.rows(BRAND)
    assert [row for row in after if row["POST_ID"] != "77"] == before
    times = [row["POST_PUBLISHED_DATE"] for row in after]
    assert times == sorted(times)
    assert len(after) == len(before) + 1
    content = khoros.fetch(BRAND, reportFormat="csv", reportMetrics=["CLICKS", "POST_CONTENT"]).content
    header, *cells = lines(content)
    assert header == ["Clicks", "Post Content"]
    assert ["4", "two\nlines"] in cells
    assert len(cells) == len(after)


@pytest.mark.parametrize("report", EXPORTS)
def test_an_export_of_one_company_is_the_data_of_another(inside: Khoros, report: str) -> None:
    """What is expected of one, given to another, comes out of it to the letter, in every export."""
    end = str(UNTIL)
    everything = expected(inside, report, start=str(FROM), end=end).json()
    assert everything
    assert list(everything[0]) == list(CATALOGUE[report].column_names)
    other = Khoros(inside.client, f"{inside.company}-other")
    other.mock.call("PUT", "world", {"seed": 99})
    pin(other, report, everything, "instead")
    asked = {"conversationReportType": "CREATED", "includeDisabled": "true"}
    told = [list(row.values()) for row in objects(other.fetch(report, **asked).content)]
    assert told == [["" if cell is None else _text(cell) for cell in row.values()] for row in everything]


def _text(cell: object) -> str:
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def test_expected_rows_take_the_vendors_bounds(khoros: Khoros) -> None:
    """Milliseconds as the API has them, or days; the end belongs to it where that is switched on."""
    told = expected(khoros, "incoming_post", start=str(FROM), end=str(UNTIL)).json()
    assert told == expected(khoros, "incoming_post", start="2026-02-25", end="2026-03-04").json()
    rows = khoros.rows("incoming_post")
    assert [row["POST_ID"] for row in told] == [row["POST_ID"] for row in rows]
    whole = expected(khoros, "incoming_post", start="0", end="9" * 15).json()
    assert len(whole) > len(told)
    khoros.mock.rule("time-bounds", end="inclusive")
    at = told[3]["POST_RECEIVED_DATE"].replace(" ", "T") + "Z"
    assert len(expected(khoros, "incoming_post", start=str(FROM), end=at).json()) == 4
    for bad in ("x", "2026-13-01", "-1"):
        refused = expected(khoros, "incoming_post", start=bad)
        assert (refused.status_code, refused.json()["rule"]) == (422, "khoros.bad-parameter")


def _without_columns_of_json(export: str, rows: list[dict[str, Any]]) -> list[list[str]]:
    """Rows as an export's CSV has them."""
    columns = [column.name for column in CATALOGUE[export].columns if "csv" in (column.formats or ("csv",))]
    return [["" if row[name] is None else _text(row[name]) for name in columns] for row in rows]


@pytest.mark.parametrize("export", EXPORTS)
def test_what_is_expected_is_what_an_export_leaves_in(inside: Khoros, export: str) -> None:
    """khoros.include-disabled: whom an export leaves out; what only a cap leaves out is expected."""
    inside.unlimited()
    inside.mock.rule("action-cap", enabled=False)
    start = str(UNTIL - 700 * DAY)
    named = {"timeInterval": str(30 * DAY)} if CATALOGUE[export].parameter("timeInterval") else {}
    some = [{}, {"includeDisabled": "true"}] if CATALOGUE[export].parameter("includeDisabled") else [{}]
    for asked in some:
        told = expected(inside, export, start=start, end=str(UNTIL), **named, **asked).json()
        content = inside.fetch(export, reportFormat="csv", startTime=start, **named, **asked).content
        assert _without_columns_of_json(export, told) == lines(content)[1:]
        assert told


@pytest.mark.parametrize(
    ("export", "asked"),
    [
        ("combined", {"priorities": "0,1", "workqueueIds": "1,2"}),
        ("incoming_post", {"enableBusinessHour": "true", "businessHourType": "false"}),
        ("conversation", {"conversationReportType": "CLOSED", "smartViewId": "4"}),
        ("team_performance_interval", {"timeInterval": str(7 * DAY), "teamIds": "1"}),
        ("user", {"teamId": "2", "agentId": "3", "includeDisabled": "true"}),
        ("user", {"teamId": ["1", "2"], "agentId": ["1", "3", "11"]}),
    ],
)
def test_expected_rows_take_the_filters_of_an_export(
    khoros: Khoros, export: str, asked: dict[str, str | list[str]]
) -> None:
    """Under their own names, as often as the export takes them, and they leave out what the export does."""
    days = {"start": str(FROM), "end": str(UNTIL)}
    told = expected(khoros, export, **days, **asked).json()
    content = khoros.fetch(export, reportFormat="csv", **asked).content
    assert _without_columns_of_json(export, told) == lines(content)[1:]
    assert len(told) != len(expected(khoros, export, **days).json())


def test_filters_that_cannot_be_used_are_refused(khoros: Khoros) -> None:
    """By the rule that refuses them in a submission; one that the export does not have is none at all."""
    refused = expected(khoros, "combined", priorities="9")
    assert (refused.status_code, refused.json()["rule"]) == (422, "khoros.bad-parameter")
    refused = expected(khoros, "team_performance_interval", timeInterval="7")
    assert (refused.status_code, refused.json()["rule"]) == (422, "khoros.interval")
    refused = expected(khoros, "user", timeInterval="7")
    problem_of(refused, 422, "unknown-parameter")
    refused = expected(khoros, "combined", priorities=["1", "2"])
    problem_of(refused, 422, "bad-value")


def test_of_a_range_that_ends_before_it_starts_nothing_is_expected(khoros: Khoros) -> None:
    """khoros.end-before-start: its export is empty, or refused where that is switched on."""
    backwards = {"start": str(UNTIL), "end": str(FROM)}
    told = expected(khoros, "combined", **backwards)
    assert (told.status_code, told.json()) == (200, [])
    assert khoros.rows("combined", startTime=str(UNTIL), endTime=str(FROM)) == []
    khoros.mock.rule("end-before-start", action="refuse")
    refused = expected(khoros, "combined", **backwards)
    assert (refused.status_code, refused.json()["rule"]) == (422, "khoros.end-before-start")


def test_another_seed_is_another_company(khoros: Khoros) -> None:
    """A sandbox gets a world of its own by a control call."""
    first = khoros.rows("user")
    khoros.mock.call("PUT", "world", {"seed": 4})
    second = khoros.rows("user")
    assert {row["USER_EMAIL"] for row in first}.isdisjoint({row["USER_EMAIL"] for row in second})
