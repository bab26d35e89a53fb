"""Khoros' filters and ranges as they are sent: each leaves the rows that it names."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from support.khoros import DAY, FROM, HOUR, UNTIL, Khoros, assert_refused

INTERVAL: Final = "team_performance_interval"
INSTANT: Final = {"conversation_actions": "ACTION_TIME", "conversation": "CREATED_DATE"}


def test_priorities_are_a_list(khoros: Khoros) -> None:
    """khoros.filters: from 0 to 5, joined by commas, encoded or not."""
    everything = khoros.rows("combined")
    for given, kept in (("0,1,2", "012"), ("3", "3"), (" 5 , 3,3", "35"), ("0,1,2,3,4,5", "012345")):
        rows = khoros.rows("combined", priorities=given)
        assert rows == [row for row in everything if row["PRIORITY"] in set(kept)]
    assert len(khoros.rows("combined", priorities="3")) not in (0, len(everything))


def test_work_queues_and_views_are_named_by_their_numbers(khoros: Khoros) -> None:
    """khoros.filters, khoros.unknown-id: several queues, one view, and nothing for any other."""
    khoros.unlimited()
    everything = khoros.rows("combined")
    queues = ["General", "Billing", "Technical"]
    for given in ("1", "1,3", "3,1,77"):
        kept = {queues[int(one) - 1] for one in given.split(",") if int(one) <= len(queues)}
        assert khoros.rows("combined", workqueueIds=given) == [
            r for r in everything if r["WORK_QUEUE"] in kept
        ]
    assert khoros.rows("combined", smartViewId="1") == everything
    assert khoros.rows("combined", smartViewId="2") == [r for r in everything if r["PRIORITY"] in {"0", "1"}]
    for nothing in (
        {"workqueueIds": "77"},
        {"workqueueIds": "General"},
        {"smartViewId": "77"},
        {"smartViewId": "x"},
    ):
        assert khoros.rows("combined", **nothing) == []


@pytest.mark.parametrize("inside", ["true", "false"])
def test_business_hours_are_inside_or_outside(khoros: Khoros, inside: str) -> None:
    """khoros.business-hours: of both together, which are all there are."""
    khoros.unlimited()
    asked = {"enableBusinessHour": "true", "businessHourType": inside}
    rows = khoros.rows("incoming_post", **asked)
    everything = khoros.rows("incoming_post", enableBusinessHour="true")
    assert (
        everything == khoros.rows("incoming_post") == khoros.rows("incoming_post", enableBusinessHour="false")
    )
    assert rows == [row for row in everything if row["IN_BUSINESS_HOUR"] == inside]
    assert 0 < len(rows) < len(everything)


@pytest.mark.parametrize("enabled", [None, "false", ""])
@pytest.mark.parametrize("inside", ["true", "false"])
def test_business_hours_must_be_enabled(khoros: Khoros, inside: str, enabled: str | None) -> None:
    """khoros.business-hours: a type without the other parameter is refused, told as it was sent."""
    refused = khoros.submit("combined", businessHourType=inside, enableBusinessHour=enabled)
    assert_refused(refused, 400, "khoros.business-hours")
    assert f"'{inside}'" in refused.json()["result"]


def test_a_view_with_hours_of_its_own_overrides_both(khoros: Khoros) -> None:
    """khoros.smart-view-hours: whatever the parameters on business hours say."""
    khoros.unlimited()
    asked: list[dict[str, str]] = [
        {},
        {"enableBusinessHour": "true"},
        {"enableBusinessHour": "true", "businessHourType": "true"},
        {"enableBusinessHour": "true", "businessHourType": "false"},
    ]
    month = {"startTime": str(FROM - 30 * DAY)}
    first, *others = [khoros.rows("incoming_post", smartViewId="3", **month, **hours) for hours in asked]
    assert others == [first] * 3
    assert first
    assert all(6 <= int(row["POST_RECEIVED_DATE"][11:13]) < 22 for row in first)
    assert {row["PROVIDER"] for row in first} == {"Twitter"}


@pytest.mark.parametrize("export", ["team_performance", INTERVAL, "response_approval", "user"])
def test_agents_who_are_turned_off_are_left_out(inside: Khoros, export: str) -> None:
    """khoros.include-disabled: unless they are asked for."""
    inside.unlimited()
    enabled = {row["USER_NAME"] for row in inside.rows("user") if row["STATUS"] == "enabled"}
    users = inside.rows("user", includeDisabled="true")
    assert (
        enabled
        == {row["USER_NAME"] for row in users if row["STATUS"] == "enabled"}
        < {r["USER_NAME"] for r in users}
    )
    name = {"user": "USER_NAME", "response_approval": "SUBMITTING_AGENT_NAME"}.get(export, "AGENT_NAME")
    year = {"startTime": str(UNTIL - 700 * DAY), "timeInterval": str(30 * DAY)}
    some, everything = inside.rows(export, **year), inside.rows(export, includeDisabled="true", **year)
    assert some == inside.rows(export, includeDisabled="false", **year)
    assert some == [row for row in everything if row[name] in enabled]
    assert 0 < len(some) < len(everything)


@pytest.mark.parametrize("export", ["raw_agent_states", "team_performance", INTERVAL])
def test_teams_are_a_list(khoros: Khoros, export: str) -> None:
    """khoros.teams-and-agents, khoros.unknown-id: joined by commas, and one that there is not has no rows."""
    everything = khoros.rows(export)
    teams = {"1": "North West", "2": "South East", "3": "Supervisors", "4": "Experts"}
    for given in ("1", "2,3", "4,77"):
        kept = {teams.get(one) for one in given.split(",")}
        assert khoros.rows(export, teamIds=given) == [row for row in everything if row["TEAM"] in kept]
    assert khoros.rows(export, teamIds="77") == []


def test_approvals_are_of_the_teams_that_submitted_them(khoros: Khoros) -> None:
    """khoros.teams-and-agents: joined by commas here too."""
    khoros.unlimited()
    month = {"startTime": str(FROM - 30 * DAY)}
    parts = [khoros.rows("response_approval", teamIds=team, **month) for team in ("1", "2")]
    both = khoros.rows("response_approval", teamIds="1,2", **month)
    assert both == khoros.rows("response_approval", **month)
    assert sorted(map(str, parts[0] + parts[1])) == sorted(map(str, both))
    assert all(parts)


@pytest.mark.parametrize("together", ["both", "either"])
def test_users_are_named_one_by_one(khoros: Khoros, together: str) -> None:
    """khoros.teams-and-agents: teamId and agentId as often as needed; what both mean together is a switch."""
    khoros.unlimited()
    khoros.mock.rule("teams-and-agents", together=together)
    users = khoros.rows("user")

    def ids(**asked: Any) -> set[str]:
        return {row["USER_ID"] for row in khoros.rows("user", **asked)}

    def members(*teams: str) -> set[str]:
        return {row["USER_ID"] for row in users if row["TEAMS"] in teams}

    assert ids(teamId=["1", "2"]) == members("North West", "South East")
    assert ids(agentId=["1", "3"]) == {"1", "3"}
    assert ids(agentId="77777") == ids(teamId="x") == set()
    agents = {"1", min(members("South East"))}
    expected = members("North West") & agents if together == "both" else members("North West") | agents
    assert ids(teamId="1", agentId=sorted(agents)) == expected
    assert ids(teamIds="1") == {row["USER_ID"] for row in users}, "that is the other exports' parameter"


def test_users_are_all_there_whatever_the_range(khoros: Khoros) -> None:
    """khoros.user-times: the range affects nothing but the total times."""
    khoros.unlimited()
    week, never = khoros.rows("user"), khoros.rows("user", startTime="0", endTime="1")
    times = [name for name in week[0] if name.startswith("TOTAL_")]
    assert len(times) == 10
    for row, other in zip(week, never, strict=True):
        assert {name: row[name] for name in row if name not in times} == {
            name: other[name] for name in other if name not in times
        }
        assert {other[name] for name in times} == {"0", "00:00:00"}
    assert any(row["TOTAL_GREEN_STATE_TIME_MILLIS"] != "0" for row in week)


@pytest.mark.parametrize("stage", [None, "OPEN_AT_END", "CLOSED", "CREATED"])
def test_conversations_of_three_kinds(khoros: Khoros, stage: str | None) -> None:
    """khoros.conversation-type: open at the end where nothing is said."""
    rows = khoros.rows("conversation", conversationReportType=stage)
    assert rows
    for row in rows:
        created, closed = row["CREATED_DATE"], row["CLOSED_DATE"]
        if stage == "CREATED":
            assert "2026-02-25" <= created < "2026-03-04"
        elif stage == "CLOSED":
            assert "2026-02-25" <= closed < "2026-03-04"
        else:
            assert created < "2026-03-04"
            assert not closed or closed >= "2026-03-04"
    assert len({row["STATUS"] for row in rows}) > 1 or stage == "CLOSED"


@pytest.mark.parametrize("end", ["exclusive", "inclusive"])
@pytest.mark.parametrize("export", INSTANT)
def test_the_bounds_of_a_range(inside: Khoros, export: str, end: str) -> None:
    """khoros.time-bounds, khoros.time-form: to the millisecond, at the very instants of events."""
    inside.unlimited()
    inside.mock.rule("time-bounds", end=end)
    kind = {"conversationReportType": "CREATED"}
    times = [row[INSTANT[export]] for row in inside.rows(export, **kind)]
    at = int(datetime.fromisoformat(times[len(times) // 2]).replace(tzinfo=UTC).timestamp() * 1000)
    here = times.count(times[len(times) // 2])

    def count(start: int, until: int) -> int:
        return len(inside.rows(export, startTime=str(start), endTime=str(until), **kind))

    counts = [
        count(at, at + 1),
        count(at, at),
        count(at - 1, at),
        count(at + 1, at + 1000),
        count(at + 1, at + 999),
    ]
    inclusive = end == "inclusive"
    assert counts[:3] == [here, here * inclusive, here * inclusive]
    assert count(FROM, at) + count(at, UNTIL) == len(times) + here * inclusive
    assert counts[3] - counts[4] in (0, times.count(_text(at + 1000)))


def _text(at: int) -> str:
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def test_rows_come_in_order(inside: Khoros) -> None:
    """khoros.row-order, khoros.row-time: by the time that decides whether they belong."""
    inside.unlimited()
    order = {
        "combined": "POST_RECEIVED_DATE",
        "incoming_post": "POST_RECEIVED_DATE",
        "response": "RESPONSE_PUBLISHED_DATE",
        "response_approval": "SUBMITTED_DATE",
        "raw_expert_help": "REQUEST_DATE",
        "conversation_actions": "ACTION_TIME",
        "conversation_history_action": "ACTION_TIME",
        "raw_agent_states": "STATE_START_TIME",
        "raw_brand_posts": "POST_PUBLISHED_DATE",
    }
    for export, column in order.items():
        times = [row[column] for row in inside.rows(export)]
        assert times == sorted(times)
        assert "2026-02-25" <= times[0] <= times[-1] < "2026-03-04"


# Intervals


@pytest.mark.parametrize("minutes", [5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 10080])
def test_the_eleven_lengths_of_intervals(inside: Khoros, minutes: int) -> None:
    """khoros.interval, khoros.intervals: each from startTime on, the last one cut off."""
    length = minutes * 60_000
    start = FROM - 20 * DAY + 12_345_000
    end = start + 2 * length + length // 2
    asked = {"startTime": str(start), "endTime": str(end), "timeInterval": str(length), "teamIds": "1"}
    rows = inside.rows(INTERVAL, **asked)
    starts = Counter(row["INTERVAL_START"] for row in rows)
    assert list(starts) == [_text(start + step * length) for step in range(3)]
    assert len(set(starts.values())) == 1
    assert rows[-1]["INTERVAL_END"] == _text(end)


def test_a_longer_interval_is_a_month(khoros: Khoros) -> None:
    """khoros.interval, khoros.intervals: anything beyond a week, however much."""
    asked = {"startTime": str(FROM - 60 * DAY), "teamIds": "1"}
    one, other = (
        khoros.rows(INTERVAL, timeInterval=str(length), **asked) for length in (7 * DAY + 1, 10**15)
    )
    assert one == other
    assert list(dict.fromkeys(row["INTERVAL_START"] for row in one)) == [
        "2025-12-27 00:00:00",
        "2026-01-27 00:00:00",
        "2026-02-27 00:00:00",
    ]


@pytest.mark.parametrize(
    "interval", ["0", "-1", "1", "299999", "300001", "3600001", str(7 * DAY - 1), str(-DAY)]
)
def test_other_intervals_are_refused(inside: Khoros, interval: str) -> None:
    """khoros.interval: and the text says which there are."""
    refused = inside.submit(INTERVAL, timeInterval=interval)
    assert_refused(refused, 400, "khoros.interval")
    assert str(HOUR) in refused.json()["result"]
