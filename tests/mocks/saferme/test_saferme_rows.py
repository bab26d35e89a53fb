"""What the answers say: all nine calls tell of the same reports, in their ranges and in their order."""

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from support.answers import rules_of
from support.saferme import ALERTS, CALLS, COUNTS, LATER, READS, SaferMe, total


@pytest.mark.parametrize("channel", [1, 2, LATER])
def test_every_count_is_of_the_same_reports(saferme: SaferMe, channel: int) -> None:
    """By time, state, user, hour, weekday, and every field that must be filled in."""
    saferme.switch("anonymous", enabled=False)
    year = {
        "channel_id": channel,
        "start_date": "2018-01-01T00:00:00Z",
        "end_date": "2018-12-31T23:59:59.999Z",
    }
    fields = saferme.found(f"channels/{channel}/form")["fields"]
    mandatory = [
        f["id"]
        for f in fields
        if f["field_type"] in ("Category", "RadioButton", "DropDown") and f["mandatory"]
    ]
    totals = {
        call: total(saferme.rows(call, **year)) for call in COUNTS if call != "reports_per_field_selection"
    }
    totals |= {
        str(each): total(saferme.rows("reports_per_field_selection", field_id=each, **year))
        for each in mandatory
    }
    assert len(mandatory) == 3
    assert len(set(totals.values())) == 1, totals
    assert min(totals.values()) > 100


def test_anonymous_reports_count_for_no_user(saferme: SaferMe) -> None:
    """saferme.anonymous: they count everywhere but by user."""
    by_user, every = saferme.rows("reports_per_user"), total(saferme.rows())
    assert 0.8 * every < total(by_user) < every
    saferme.switch("anonymous", enabled=False)
    assert total(saferme.rows("reports_per_user")) == every


def test_reads_fit_together(saferme: SaferMe) -> None:
    """saferme.reads: pairs are at most reads, and at least as many as the users or the reports in them."""
    counts = saferme.rows("reports_read", fields=READS)
    assert counts["total_reads"] > counts["unique_reads"] > counts["reports_seen"] > counts["report_readers"]
    assert counts["unique_reads"] <= counts["reports_seen"] * counts["report_readers"]
    assert counts["report_readers"] <= len(saferme.found("channels/1/users"))


def test_alerts_fit_together(saferme: SaferMe) -> None:
    """saferme.alerts, saferme.alerted-users: some are opened, some about one report; nobody has none."""
    rows = saferme.rows("user_awareness", fields=ALERTS)
    for row in rows:
        assert row["total_alerts"] >= row["unique_alerts"] == row["alert_source_reports"] > 0
        assert row["alerts_opened"] <= row["total_alerts"]
    sums = {name: sum(row[name] for row in rows) for name in ALERTS.split(",")}
    assert sums["total_alerts"] > sums["unique_alerts"]
    assert sums["alerts_opened"] > sums["total_alerts"] // 2
    assert sums["unique_alerts"] > total(saferme.rows())


@pytest.mark.parametrize("call", COUNTS)
def test_two_ranges_that_meet_add_up(saferme: SaferMe, call: str) -> None:
    """Whoever asks by the half year finds what one who asks by the year finds."""

    def counts(start: str, end: str) -> Counter[str]:
        rows = saferme.rows(call, start_date=start, end_date=end)
        found: Counter[str] = Counter()
        for row in rows:
            found[json.dumps({k: v for k, v in row.items() if k != "report_count"})] += row["report_count"]
        return found

    saferme.switch("bucket-width", days_up_to=0, weeks_up_to=0)
    halves = counts("2018-01-01", "2018-06-30T23:59:59.999Z") + counts(
        "2018-07-01", "2018-12-31T23:59:59.999Z"
    )
    assert halves == counts("2018-01-01", "2018-12-31T23:59:59.999Z")


@pytest.mark.parametrize(
    ("end", "width"),
    [
        ("2018-01-15T00:00:00Z", "day"),
        ("2018-02-01T00:00:00Z", "day"),
        ("2018-02-01T00:00:00.001Z", "week"),
        ("2019-01-02T00:00:00Z", "week"),
        ("2019-01-02T00:00:00.001Z", "month"),
        ("2026-01-01T00:00:00Z", "month"),
    ],
)
def test_the_length_of_the_range_decides_the_width(saferme: SaferMe, end: str, width: str) -> None:
    """saferme.bucket-width: days up to 31 days, weeks up to 366, months beyond."""
    rows = saferme.rows("reports_over_time", start_date="2018-01-01T00:00:00Z", end_date=end)
    assert {row["datetime_range_width"] for row in rows} == {width}


@pytest.mark.parametrize(
    ("end", "form", "first"),
    [
        ("2018-02-20T12:00:00Z", "%H:%M:%S.%f", "00:00:00.000000"),
        ("2018-06-20T12:00:00Z", "%w %H:%M:%S.%f", "1 00:00:00.000000"),
        ("2022-06-20T12:00:00Z", "%d %H:%M:%S.%f", "01 00:00:00.000000"),
    ],
)
def test_steps_begin_with_their_day_week_or_month(saferme: SaferMe, end: str, form: str, first: str) -> None:
    """saferme.bucket-start: at midnight, on Mondays, or on the first; also where that is before the range."""
    rows = saferme.rows("reports_over_time", start_date="2018-02-07T12:00:00Z", end_date=end)
    starts = [datetime.fromisoformat(row["datetime_range_start"]) for row in rows]
    assert starts == sorted(set(starts))
    assert {at.strftime(form) for at in starts} == {first}
    assert starts[0] < datetime.fromisoformat("2018-02-07T12:00:00Z")


def test_both_ends_belong_to_the_range(saferme: SaferMe) -> None:
    """saferme.end-inclusive: what was created at start_date or end_date counts, to the millisecond."""
    image = saferme.rows("reports_images")[5]
    at = datetime.fromisoformat(image["created_at"])
    alone = {"start_date": image["created_at"], "end_date": image["created_at"]}
    assert image in saferme.rows("reports_images", **alone)
    after, before = (f"{(at + timedelta(milliseconds=by)):%Y-%m-%dT%H:%M:%S.%f}Z" for by in (1, -1))
    assert image not in saferme.rows("reports_images", start_date=after)
    assert image not in saferme.rows("reports_images", end_date=before)


def test_a_date_finer_than_a_millisecond_cuts_between(saferme: SaferMe) -> None:
    """What was created before start_date does not count, however little before it."""
    image = saferme.rows("reports_images")[0]
    just_after = image["created_at"].replace("Z", "001Z")
    assert image in saferme.rows("reports_images", end_date=just_after)
    assert image not in saferme.rows("reports_images", start_date=just_after)


def test_rows_come_in_their_order(saferme: SaferMe) -> None:
    """saferme.row-order: by hour, day, identifier, option or creation."""
    hours = [row["hour"] for row in saferme.rows("reports_per_day_hour")]
    days = [row["dow"] for row in saferme.rows("reports_per_week_day")]
    assert (hours, days) == (list(range(24)), list(range(7)))
    for call, name in (
        ("reports_per_state", "id"),
        ("reports_per_user", "user_id"),
        ("user_awareness", "user_id"),
    ):
        ids = [row[name] for row in saferme.rows(call)]
        assert ids == sorted(set(ids))
    images = [(row["created_at"], row["report_image_id"]) for row in saferme.rows("reports_images")]
    assert images == sorted(set(images))
    (field,) = (f for f in saferme.found("channels/1/form")["fields"] if f["id"] == 2)
    offered = [option["value"] for option in json.loads(field["data"])["options"]]
    values = [row["value"] for row in saferme.rows("reports_per_field_selection", end_date="2026-03-01")]
    assert values == [value for value in offered if value in values]


def test_weekdays_and_hours_are_those_of_utc(saferme: SaferMe) -> None:
    """saferme.dow, saferme.hour and saferme.utc: 0 is Sunday, and hours are from 0 to 23."""
    sunday = {"start_date": "2018-02-04T00:00:00Z", "end_date": "2018-02-04T23:59:59.999Z"}
    monday = {"start_date": "2018-02-05T00:00:00Z", "end_date": "2018-02-05T23:59:59.999Z"}
    assert [row["dow"] for row in saferme.rows("reports_per_week_day", **sunday)] == [0]
    assert [row["dow"] for row in saferme.rows("reports_per_week_day", **monday)] == [1]
    late = {"start_date": "2018-02-05T23:00:00Z", "end_date": "2019-02-05T23:59:59.999Z"}
    assert {row["hour"] for row in saferme.rows("reports_per_day_hour", **late)} <= set(range(24))
    one_hour = {"start_date": "2018-02-05T22:00:00Z", "end_date": "2018-02-05T22:59:59.999Z"}
    assert {row["hour"] for row in saferme.rows("reports_per_day_hour", **one_hour)} <= {22}


def test_nothing_of_the_future_is_there(saferme: SaferMe) -> None:
    """Rows end with the sandbox's present, and more of them come as its clock goes on."""
    future = {"start_date": "2026-03-01T00:00:00Z", "end_date": "2027-01-01T00:00:00Z"}
    before = saferme.rows("reports_images", **future)
    assert before
    assert max(row["created_at"] for row in before) < saferme.mock.now
    saferme.mock.advance("3d")
    after = saferme.rows("reports_images", **future)
    assert after[: len(before)] == before
    assert len(after) > len(before)
    assert max(row["created_at"] for row in after) < saferme.mock.now


def test_a_range_that_ends_before_it_starts_holds_nothing(saferme: SaferMe) -> None:
    """saferme.end-before-start: an empty list, or noughts."""
    backwards = {"start_date": "2018-02-01T00:00:00Z", "end_date": "2018-01-01T00:00:00Z"}
    for call in CALLS:
        answer = saferme.ask(call, **backwards)
        assert answer.json() == ({"total_reads": 0} if call == "reports_read" else [])
        assert rules_of(answer)[0] == "saferme.end-before-start"


def test_a_range_without_reports_holds_nothing(saferme: SaferMe) -> None:
    """saferme.zero-rows: nothing has a row for having no reports."""
    for call in CALLS:
        rows = saferme.rows(call, start_date="2001-01-01", end_date="2002-01-01")
        assert rows == ({"total_reads": 0} if call == "reports_read" else [])


def test_options_that_are_no_longer_offered_still_count(saferme: SaferMe) -> None:
    """saferme.disabled-options: the form says that they are not enabled, and the rows still have them."""
    (field,) = (f for f in saferme.found("channels/1/form")["fields"] if f["id"] == 2)
    gone = [o["label"] for o in json.loads(field["data"])["options"] if not o["enabled"]]
    counted = {row["name"]: row["report_count"] for row in saferme.rows("reports_per_field_selection")}
    assert gone
    assert all(counted[label] > 0 for label in gone)


def test_each_of_several_choices_counts(saferme: SaferMe) -> None:
    """saferme.multi-select: more selections than reports, where a field takes several."""
    (field,) = (f for f in saferme.found("forms/1")["fields"] if f["label"] == "Contributing factors")
    assert json.loads(field["data"])["multi_select"] is True
    assert total(saferme.rows("reports_per_field_selection", field_id=field["id"])) > total(saferme.rows())


def test_categories_count_by_their_name_and_identifier(saferme: SaferMe) -> None:
    """saferme.category-values: what the categories' own call says of them."""
    rows = saferme.rows("reports_per_field_selection", field_id=1)
    known = saferme.found("channels/1/categories", fields="id,name")
    names = {str(category["id"]): category["name"] for category in known}
    assert rows
    assert all(names[row["value"]] == row["name"] for row in rows)


def test_copied_forms_keep_the_values_of_their_options(saferme: SaferMe) -> None:
    """saferme.option-values: a value can begin with another channel's number."""
    rows = saferme.rows("reports_per_field_selection", channel_id=LATER, field_id=52, end_date="2026-01-01")
    keys = {f["key"] for f in saferme.found(f"channels/{LATER}/form")["fields"] if f["id"] == 52}
    assert keys == {"f_3_2_2"}
    assert all(row["value"].startswith("f_1_2_2_") for row in rows)


def images_of(saferme: SaferMe, **parameters: object) -> list[dict[str, Any]]:
    """The rows of images."""
    rows: list[dict[str, Any]] = saferme.rows("reports_images", **parameters)
    return rows


def test_images_have_two_styles(saferme: SaferMe) -> None:
    """saferme.styles: thumb and medium, each with a link of its own."""
    rows = images_of(saferme)
    links = [link for row in rows for link in row["styles"].values()]
    assert all(list(row["styles"]) == ["thumb", "medium"] for row in rows)
    assert len(set(links)) == len(links) == 2 * len(rows)


def test_deleted_reports_count_nowhere(saferme: SaferMe) -> None:
    """saferme.deleted-reports: switched on they are more, and so are their images, reads and alerts."""

    def everything() -> list[int]:
        return [
            total(saferme.rows()),
            len(images_of(saferme)),
            saferme.rows("reports_read")["total_reads"],
            sum(row["total_alerts"] for row in saferme.rows("user_awareness")),
        ]

    without = everything()
    saferme.switch("deleted-reports", enabled=False)
    assert all(1 < more / fewer < 1.1 for fewer, more in zip(without, everything(), strict=True))


def test_a_big_answer_is_the_same_in_one_piece_and_streamed(saferme: SaferMe) -> None:
    """A long one is made while it is sent, and says beforehand how long it is."""
    everything = saferme.ask("reports_images", end_date="2026-03-04T12:00:00Z")
    assert len(everything.content) > 256 * 1024
    assert int(everything.headers["Content-Length"]) == len(everything.content)
    rows = everything.json()
    parts = [
        images_of(saferme, start_date=f"{y}-01-01", end_date=f"{y}-12-31T23:59:59.999Z")
        for y in range(2016, 2027)
    ]
    assert [row for part in parts for row in part] == rows
    tag = {"If-None-Match": everything.headers["ETag"]}
    again = saferme.send("GET", "analytics/reports_images", dict(everything.request.url.params), tag)
    assert (again.status_code, again.content) == (304, b"")


def test_the_expected_rows_are_those_of_the_page_s_channel(saferme: SaferMe) -> None:
    """For whoever compares: of channel 1, by field 2 and in weeks, over a range read as a call's is."""
    for end in ("2016-11-11", "2016-11-11T00:00:00.5Z", "2016-11-11T13:00:00+13:00"):
        for call in CALLS:
            query = f"vendor=saferme&sandbox={saferme.token}&start=2016-01-01&end={end.replace('+', '%2B')}"
            told = saferme.client.get(f"/_mock/expected/{call}?{query}").json()
            fields = READS if call == "reports_read" else ALERTS
            rows = saferme.rows(call, end_date=end, fields=fields)
            assert told == (rows if isinstance(rows, list) else [rows])
