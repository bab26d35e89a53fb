"""Checks of SaferMe, whose calls are answered at once and have no limits: shapes, refusals, and sums."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from reportcontracts.catalogue import load_catalogue
from reportcontracts.kit.verify.probe import Check, DiffersError, Probe, expect, same
from reportcontracts.kit.verify.wire import Reply

BASE: Final = "/api/v4/analytics"
RANGE: Final = {"start_date": "2026-01-05T00:00:00Z", "end_date": "2026-02-01T23:59:59.999Z"}
MIDDLE: Final = ("2026-01-18T23:59:59.999Z", "2026-01-19T00:00:00Z")
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
    yield Check(rule="saferme.hour", what="look at the hours", see=_hours)
    yield Check(rule="saferme.dow", what="look at the days of the week", see=_weekdays)
    yield Check(rule="saferme.utc", what="count the same reports in four ways", see=_sums)


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


def _hours(probe: Probe) -> None:
    hours = [row["hour"] for row in answered(probe, "reports_per_day_hour")]
    if not hours or not all(0 <= hour <= 23 for hour in hours):
        raise DiffersError(f"the hours are {hours}")


def _weekdays(probe: Probe) -> None:
    days = [row["dow"] for row in answered(probe, "reports_per_week_day")]
    if not days or not all(0 <= day <= 6 for day in days):
        raise DiffersError(f"the days are {days}")


def _sums(probe: Probe) -> None:
    counts = {name: count(probe, name) for name in COUNTED}
    if len(set(counts.values())) != 1:
        raise DiffersError(f"the same reports are counted as {counts}")
