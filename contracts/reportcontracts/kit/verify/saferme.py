"""Checks of SaferMe, whose calls are answered at once and have no limits: shapes, refusals, and sums."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any, Final

from reportcontracts.catalogue import load_catalogue
from reportcontracts.kit.verify.probe import Check, DiffersError, Probe, expect, same
from reportcontracts.kit.verify.wire import Reply

BASE: Final = "/api/v4/analytics"
RANGE: Final = {"start_date": "2026-01-05T00:00:00Z", "end_date": "2026-02-01T23:59:59.999Z"}
MIDDLE: Final = ("2026-01-20T23:59:59.999Z", "2026-01-21T00:00:00Z")
"""The end of one range and the start of the next: both bounds belong to a range."""
CHANNEL: Final = {"channel_id": "1"}
FIELD: Final = {"field_id": "2"}
COUNTED: Final = ("reports_over_time", "reports_per_state", "reports_per_day_hour", "reports_per_week_day")


def head(probe: Probe) -> dict[str, str]:
    """The headers of every call."""
    token, app = probe.credentials["access_token"], probe.credentials["app_id"]
    return {"Authorization": f"Token token={token}", "X-AppId": app}


def call(probe: Probe, name: str, **asked: str | None) -> Reply:
    """One of the nine calls, over a month unless it is told otherwise."""
    more = FIELD if name == "reports_per_field_selection" else {}
    query: dict[str, str | None] = {**CHANNEL, **RANGE, **more, **asked}
    return probe.call("GET", f"{BASE}/{name}", query, head(probe))


def answered(probe: Probe, name: str, **asked: str | None) -> Any:
    """The JSON of a call that must be answered."""
    return expect(call(probe, name, **asked), 200, what=name).json


def count(probe: Probe, name: str, **asked: str | None) -> int:
    """How many reports a call counts in all."""
    return sum(int(row["report_count"]) for row in answered(probe, name, **asked))


def checks() -> Iterator[Check]:
    """Every check; none of them costs anything."""
    yield Check(rule="saferme.token", what="call without a token, and with a bad one", see=_token)
    for name in load_catalogue("saferme"):
        yield Check(rule="saferme.answer", what=f"call {name}", see=partial(_answer, name=name))
        yield Check(
            rule="saferme.missing-parameter", what=f"call {name} without", see=partial(_lacks, name=name)
        )
    yield Check(rule="saferme.bad-parameter", what="ask for no date", see=_bad_parameter)
    yield Check(rule="saferme.unknown-channel", what="ask for no channel", see=_unknown_channel)
    yield Check(rule="saferme.unknown-field", what="ask for no field", see=_unknown_field)
    yield Check(rule="saferme.end-inclusive", what="count two ranges, and both", see=_end_inclusive)
    yield Check(rule="saferme.zero-rows", what="look for rows that count nothing", see=_zero_rows)
    yield Check(rule="saferme.row-order", what="look at the order of rows", see=_order)
    yield Check(rule="saferme.etag", what="ask for what one has", see=_etag)
    yield Check(rule="saferme.reads", what="count readers and what they read", see=_reads)
    yield Check(rule="saferme.hour", what="look at the hours", see=_hours)
    yield Check(rule="saferme.dow", what="look at the days of the week", see=_weekdays)
    yield Check(rule="saferme.utc", what="ask for an hour, and count by hours", see=_one_hour)
    yield Check(rule="saferme.compared-date", what="count the same reports in four ways", see=_sums)


def _token(probe: Probe) -> None:
    path = f"{BASE}/{COUNTED[0]}"
    expect(probe.call("GET", path, CHANNEL | RANGE), 401, what="no token")
    bad = {"Authorization": "Token token=invalid"}
    expect(probe.call("GET", path, CHANNEL | RANGE, bad), 401, what="a token that is not valid")


def _answer(probe: Probe, name: str) -> None:
    answered(probe, name)


def _lacks(probe: Probe, name: str) -> None:
    needed = ["channel_id", "start_date", "end_date"]
    needed += ["field_id"] if name == "reports_per_field_selection" else []
    for parameter in needed:
        reply = call(probe, name, **{parameter: None})
        expect(reply, 400, 422, what=f"{name} without {parameter}")


def _bad_parameter(probe: Probe) -> None:
    expect(call(probe, COUNTED[0], start_date="yesterday"), 400, 422, what="start_date=yesterday")


def _unknown_channel(probe: Probe) -> None:
    expect(call(probe, COUNTED[0], channel_id="999999999"), 404, what="a channel that there is not")


def _unknown_field(probe: Probe) -> None:
    reply = call(probe, "reports_per_field_selection", field_id="999999999")
    expect(reply, 404, what="a field that there is not")


def _end_inclusive(probe: Probe) -> None:
    for name in COUNTED[1:]:
        parts = count(probe, name, end_date=MIDDLE[0]) + count(probe, name, start_date=MIDDLE[1])
        same(parts, count(probe, name), f"{name} of two ranges that meet, against both together")


def _zero_rows(probe: Probe) -> None:
    for name in COUNTED:
        if any(row["report_count"] == 0 for row in answered(probe, name)):
            raise DiffersError(f"{name} has a row that counts nothing")


def _order(probe: Probe) -> None:
    for name, column in (("reports_over_time", "datetime_range_start"), ("reports_per_week_day", "dow")):
        seen = [row[column] for row in answered(probe, name)]
        same(seen, sorted(set(seen)), f"the order of {name}")


def _etag(probe: Probe) -> None:
    tag = call(probe, COUNTED[0]).headers.get("etag", "none")
    other = call(probe, COUNTED[0], end_date=MIDDLE[0]).headers.get("etag", "none")
    for held, wanted in ((tag, 304), (other, 200)):
        given = {**head(probe), "If-None-Match": held}
        reply = probe.call("GET", f"{BASE}/{COUNTED[0]}", CHANNEL | RANGE, given)
        expect(reply, wanted, what=f"{COUNTED[0]} with If-None-Match: {held}")


def _reads(probe: Probe) -> None:
    counts = answered(probe, "reports_read", fields="total_reads,report_readers,reports_seen,unique_reads")
    for part in ("report_readers", "reports_seen"):
        if not 0 < counts[part] <= counts["unique_reads"] <= counts["total_reads"]:
            raise DiffersError(f"the counts do not go with each other: {counts}")


def _hours(probe: Probe) -> None:
    hours = [row["hour"] for row in answered(probe, "reports_per_day_hour")]
    if not hours or not all(0 <= hour <= 23 for hour in hours):
        raise DiffersError(f"the hours are {hours}")


def _weekdays(probe: Probe) -> None:
    """By day of the week there are as many as on those days."""
    by_day: dict[int, int] = {}
    for row in answered(probe, "reports_over_time"):
        day = datetime.fromisoformat(row["datetime_range_start"]).isoweekday() % 7
        by_day[day] = by_day.get(day, 0) + row["report_count"]
    seen = {row["dow"]: row["report_count"] for row in answered(probe, "reports_per_week_day")}
    same(seen, dict(sorted(by_day.items())), "the counts by days of the week, against those of the days")


def _one_hour(probe: Probe) -> None:
    hour = answered(probe, "reports_per_day_hour")[0]["hour"]
    total = 0
    for day in range(5, 12):
        on = f"2026-01-{day:02}T{hour:02}"
        asked = {"start_date": f"{on}:00:00Z", "end_date": f"{on}:59:59.999Z"}
        rows = answered(probe, "reports_per_day_hour", **asked)
        same(
            [row["hour"] for row in rows if row["hour"] != hour and row["report_count"]],
            [],
            f"other hours than {on}",
        )
        total += sum(row["report_count"] for row in rows)
    week = {"end_date": "2026-01-11T23:59:59.999Z"}
    seen = {row["hour"]: row["report_count"] for row in answered(probe, "reports_per_day_hour", **week)}
    same(seen.get(hour, 0), total, f"the count of hour {hour} in a week, against that of each day")


def _sums(probe: Probe) -> None:
    counts = {name: count(probe, name) for name in COUNTED}
    if len(set(counts.values())) != 1:
        raise DiffersError(f"the same reports are counted as {counts}")
