"""How to see the switches of SaferMe's rules on what is answered: ranges, rows, reads and alerts."""

import json
from datetime import date, timedelta
from typing import Any, Final

from reportcontracts.switches import Value
from support.answers import rules_of
from support.saferme import ALERTS, CALLS, END, PAGE, SaferMe, plain, total
from support.switched import Checks

CHECKS: Final = Checks()
shows: Final = CHECKS.shows


# The range


@shows("end-inclusive.enabled")
def end_inclusive(saferme: SaferMe, value: Value) -> None:
    """What was created at end_date belongs to the range, or does not."""
    image = saferme.rows("reports_images")[3]
    assert (image in saferme.rows("reports_images", end_date=image["created_at"])) is value
    assert image in saferme.rows("reports_images", end_date=image["created_at"].replace("Z", "001Z"))
    assert image in saferme.rows("reports_images", start_date=image["created_at"])


@shows("end-before-start.action")
def end_before_start(saferme: SaferMe, value: Value) -> None:
    """Nothing, or a refusal like that of a bad value."""
    backwards = {"start_date": END, "end_date": "2016-01-01T00:00:00Z"}
    answer = saferme.ask(**backwards)
    assert answer.status_code == (422 if value == "refuse" else 200)
    assert rules_of(answer)[0] == "saferme.end-before-start"
    saferme.switch("bad-parameter", status=400)
    assert saferme.ask(**backwards).status_code == (400 if value == "refuse" else 200)
    assert saferme.ask(start_date=END, end_date=END).status_code == 200


@shows("date-forms.action")
def date_forms(saferme: SaferMe, value: Value) -> None:
    """Dates without an offset are accepted or refused, others never."""
    for given in ("2016-01-01", "2016-01-01T00:00:00"):
        answer = saferme.ask(start_date=given)
        assert answer.status_code == (422 if value == "refuse" else 200)
        assert rules_of(answer) == ["saferme.date-forms"]
    assert saferme.ask().status_code == 200


@shows("date-forms.zone")
def date_zone(saferme: SaferMe, value: Value) -> None:
    """Midnight in New Zealand comes thirteen hours before that of UTC in summer, and twelve in winter."""
    january, july = {"UTC": ("2018-01-10T00:00:00Z", "2018-07-10T00:00:00Z")}.get(
        str(value), ("2018-01-09T11:00:00Z", "2018-07-09T12:00:00Z")
    )
    rows = saferme.rows("reports_images", start_date="2018-01-10", end_date="2018-07-10T00:00:00")
    assert rows == saferme.rows("reports_images", start_date=january, end_date=july)


@shows("compared-date.of")
def compared_date(saferme: SaferMe, value: Value) -> None:
    """In a month there are the reads and alerts of that month, or those about the reports of it."""
    months = [(f"2018-{month:02d}-01", f"2018-{month + 1:02d}-01") for month in range(1, 12)]
    spans = [{"start_date": f"{a}T00:00:00Z", "end_date": f"{b}T00:00:00Z"} for a, b in months]
    own = plain(saferme)
    for call in ("reports_read", "user_awareness"):
        here, there = ([its.rows(call, **span) for span in spans] for its in (saferme, own))
        assert (here == there) is (value == "itself"), call
    assert [saferme.rows(**span) for span in spans] == [own.rows(**span) for span in spans]
    seen = [saferme.rows("reports_read", fields="reports_seen", **span)["reports_seen"] for span in spans]
    whole = {"start_date": spans[0]["start_date"], "end_date": spans[-1]["end_date"]}
    everything = saferme.rows("reports_read", fields="reports_seen", **whole)["reports_seen"]
    assert (sum(seen) == everything) is (value == "report")


@shows("utc.zone")
def zone(saferme: SaferMe, value: Value) -> None:
    """Monday evening in UTC is Tuesday morning in New Zealand, whose day began at eleven o'clock."""
    evening = {"start_date": "2018-02-05T20:00:00Z", "end_date": "2018-02-05T23:59:59.999Z"}
    there = value != "UTC"
    assert {row["dow"] for row in saferme.rows("reports_per_week_day", **evening)} == {2 if there else 1}
    hours = {row["hour"] for row in saferme.rows("reports_per_day_hour", **evening)}
    assert hours <= (set(range(9, 13)) if there else set(range(20, 24)))
    (step,) = saferme.rows("reports_over_time", **evening)
    assert step["datetime_range_start"] == (
        "2018-02-05T11:00:00.000Z" if there else "2018-02-05T00:00:00.000Z"
    )
    weeks = saferme.rows(
        "reports_over_time", start_date="2018-01-01T00:00:00Z", end_date="2018-12-01T00:00:00Z"
    )
    ends = {row["datetime_range_start"][-14:] for row in weeks}
    assert ends == ({"T11:00:00.000Z", "T12:00:00.000Z"} if there else {"T00:00:00.000Z"})


# The answer


@shows("content-type.charset")
def charset(saferme: SaferMe, value: Value) -> None:
    """Of answers, of long ones, and of refusals."""
    expected = "application/json; charset=utf-8" if value else "application/json"
    answers = (
        saferme.ask(),
        saferme.ask("reports_images", end_date="2026-01-01"),
        saferme.ask(channel_id=99),
    )
    assert {answer.headers["Content-Type"] for answer in answers} == {expected}


@shows("etag.enabled")
def etag(saferme: SaferMe, value: Value) -> None:
    """There is one, also with long answers, or none; and then nothing is unchanged."""
    for call, end in (("reports_per_state", END), ("reports_images", "2026-01-01T00:00:00Z")):
        assert ("ETag" in saferme.ask(call, end_date=end).headers) is value
        everything = dict(PAGE) | {"end_date": end}
        answer = saferme.send("GET", f"analytics/{call}", everything, {"If-None-Match": "*"})
        assert answer.status_code == (304 if value else 200)


@shows("row-order.order")
def row_order(saferme: SaferMe, value: Value) -> None:
    """By what the rows are of, or by how many reports or alerts they have."""
    for call, key in (
        ("reports_per_state", "id"),
        ("reports_per_user", "user_id"),
        ("reports_per_day_hour", "hour"),
        ("reports_over_time", "datetime_range_start"),
        ("user_awareness", "user_id"),
    ):
        rows = saferme.rows(call)
        counts = [row.get("report_count", row.get("total_alerts")) for row in rows]
        if value == "natural":
            assert [row[key] for row in rows] == sorted(row[key] for row in rows)
        else:
            assert counts == sorted(counts, reverse=True)
            assert [row[key] for row in rows] != sorted(
                row[key] for row in rows
            ) or call == "reports_per_state"


@shows("zero-rows.action")
def zero_rows(saferme: SaferMe, value: Value) -> None:
    """Of a minute in which nothing happened, everything there is has a row of nought, or nothing has."""
    minute = {"start_date": "2018-02-04T09:00:00Z", "end_date": "2018-02-04T09:00:59Z"}
    sizes = {call: len(saferme.rows(call, **minute)) for call in CALLS[1:7]}
    assert sum(total(saferme.rows(call, **minute)) for call in CALLS[1:7]) == 0
    listed = {
        "reports_over_time": 1,
        "reports_per_field_selection": len(options(saferme, 2)),
        "reports_per_state": len(saferme.found("channels/1/report_states")),
        "reports_per_user": len(saferme.found("channels/1/users")),
        "reports_per_day_hour": 24,
        "reports_per_week_day": 7,
    }
    assert sizes == (listed if value == "list" else dict.fromkeys(listed, 0))
    weeks = {"channel_id": 3, "start_date": "2018-02-05T00:00:00Z", "end_date": "2018-02-25T23:59:59Z"}
    days = saferme.rows("reports_over_time", **weeks)
    assert total(days) == total(saferme.rows(**weeks)) > 0
    assert (len(days) == 21) is (value == "list")


def options(saferme: SaferMe, field: int) -> list[dict[str, Any]]:
    """The options of a field of channel 1, as its form has them now."""
    (found,) = (each for each in saferme.found("forms/1")["fields"] if each["id"] == field)
    listed: list[dict[str, Any]] = json.loads(found["data"])["options"]
    return listed


@shows("bucket-width.days-up-to", "bucket-width.weeks-up-to")
def bucket_width(saferme: SaferMe, value: Value) -> None:
    """At the number of days there are shorter steps than a millisecond above."""
    widths = ("day", "week", "month")
    values: dict[str, Any] = saferme.mock.call("GET", "rules/saferme.bucket-width")["values"]
    for name, (below, above) in (("days-up-to", widths[:2]), ("weeks-up-to", widths[1:])):
        days = values[name]
        if days != value or days > 3000:
            continue
        at, over = (_width(saferme, days, more) for more in (0, 1))
        if name == "days-up-to":
            assert (at, over) == (below, above if days < values["weeks-up-to"] else "month")
        elif days > values["days-up-to"]:
            assert (at, over) == (below, above)


def _width(saferme: SaferMe, days: int, more: int) -> str:
    """The width of steps of a range of so many days and milliseconds, told for all steps."""
    saferme.switch("zero-rows", action="list")
    end = f"{date(2017, 1, 1) + timedelta(days=days)}T00:00:00.{more:03d}Z"
    rows = saferme.rows("reports_over_time", start_date="2017-01-01T00:00:00Z", end_date=end)
    (width,) = {row["datetime_range_width"] for row in rows}
    return str(width)


@shows("bucket-start.first")
def bucket_start(saferme: SaferMe, value: Value) -> None:
    """The first step starts on its Monday, or where the range does; the others always on theirs."""
    whole = plain(saferme).rows("reports_over_time", start_date="2016-01-06T12:00:00Z")
    rows = saferme.rows("reports_over_time", start_date="2016-01-06T12:00:00Z")
    first = "2016-01-04T00:00:00.000Z" if value == "whole" else "2016-01-06T12:00:00.000Z"
    assert rows[0] == {**whole[0], "datetime_range_start": first}
    assert rows[1:] == whole[1:]


@shows("styles.files")
def files(saferme: SaferMe, value: Value) -> None:
    """Attachments that are no images have a row without links, or none."""
    rows = saferme.rows("reports_images")
    without = [row for row in rows if not row["styles"]]
    assert bool(without) is (value == "list")
    assert [row for row in rows if row["styles"]] == plain(saferme).rows("reports_images")


@shows("category-values.type")
def category_values(saferme: SaferMe, value: Value) -> None:
    """A string or a number, of the same category; options are always strings."""
    rows = saferme.rows("reports_per_field_selection", field_id=1)
    assert {type(row["value"]) for row in rows} == {str if value == "string" else int}
    assert [str(row["value"]) for row in rows] == [
        row["value"] for row in plain(saferme).rows("reports_per_field_selection", field_id=1)
    ]
    assert {type(row["value"]) for row in saferme.rows("reports_per_field_selection")} == {str}


@shows("multi-select.counted")
def multi_select(saferme: SaferMe, value: Value) -> None:
    """Where several can be chosen, there are more choices than reports, or at most as many."""
    choices = total(saferme.rows("reports_per_field_selection", field_id=4))
    assert (choices > total(saferme.rows())) is (value == "each")
    assert choices > 0.7 * total(saferme.rows())


@shows("disabled-options.action")
def disabled_options(saferme: SaferMe, value: Value) -> None:
    """What the form no longer offers has a row, or has none."""
    gone = {option["value"] for option in options(saferme, 2) if not option["enabled"]}
    counted = {row["value"] for row in saferme.rows("reports_per_field_selection")}
    assert gone
    assert gone & counted == (gone if value == "count" else set())


@shows("deleted-reports.enabled")
def deleted_reports(saferme: SaferMe, value: Value) -> None:
    """Deleted reports make more of everything, or nothing."""
    other = plain(saferme)
    for call in CALLS:
        assert (saferme.rows(call) == other.rows(call)) is value, call
    assert (total(saferme.rows()) > total(other.rows())) is not value


@shows("anonymous.enabled")
def anonymous(saferme: SaferMe, value: Value) -> None:
    """Anonymous reports count for no user, or for whoever made them."""
    assert (total(saferme.rows("reports_per_user")) < total(saferme.rows())) is value
    assert total(saferme.rows("reports_per_user")) <= total(saferme.rows())


# Reads and alerts


@shows("unknown-fields.action")
def unknown_fields(saferme: SaferMe, value: Value) -> None:
    """A name that is none of the counts is ignored, or refused like a bad value."""
    for call in ("reports_read", "user_awareness"):
        answer = saferme.ask(call, fields="alerts_closed")
        assert answer.status_code == (422 if value == "refuse" else 200)
        assert rules_of(answer)[0] == "saferme.unknown-fields"
        assert saferme.ask(call, fields="").status_code == 200


@shows("user-members.names")
def user_members(saferme: SaferMe, value: Value) -> None:
    """Who it is, by name or by number alone."""
    who = ["user_id", "first_name", "last_name"] if value else ["user_id"]
    assert list(saferme.rows("user_awareness")[0]) == ["total_alerts", *who]


@shows("alerts.unique")
def unique_alerts(saferme: SaferMe, value: Value) -> None:
    """As many as different reports, or as all alerts."""
    rows = saferme.rows("user_awareness", fields=ALERTS)
    same = {"reports": "alert_source_reports", "alerts": "total_alerts"}[str(value)]
    assert all(row["unique_alerts"] == row[same] for row in rows)
    assert any(row["total_alerts"] > row["alert_source_reports"] for row in rows)


@shows("alerted-users.members")
def alerted_users(saferme: SaferMe, value: Value) -> None:
    """In an hour without alerts nobody has a row, or every member has one of noughts."""
    hour = {"start_date": "2018-02-04T09:00:00Z", "end_date": "2018-02-04T09:00:59Z"}
    rows = saferme.rows("user_awareness", **hour)
    members = [user["id"] for user in saferme.found("channels/1/users")]
    assert [row["user_id"] for row in rows] == (members if value == "all" else [])
    assert all(row["total_alerts"] == 0 for row in rows)
