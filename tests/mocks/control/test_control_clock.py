"""`/_mock/clock`: clocks told and moved, and what came due on the way, in order."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from reportcontracts.names import VENDORS
from support.hapyak import HapYak
from support.mocks import Mocks
from support.problems import problem_of
from support.steering import Steering

START = "2026-03-04T12:00:00.000Z"

Make = Callable[..., Mocks]


def test_a_sandbox_s_clock_is_an_object(hapyak: Steering) -> None:
    """With its time and its mode, which is what everybody looks for."""
    assert hapyak.call("GET", "clock") == {
        "vendor": "hapyak",
        "sandbox": hapyak.sandbox,
        "now": START,
        "mode": "frozen",
        "scale": 1.0,
        "carry": True,
    }


def test_a_clock_that_was_looked_at_has_made_no_sandbox(mocks: Mocks) -> None:
    """Looking is no use."""
    assert mocks.get("clock", vendor="hapyak", sandbox="one")["sandbox"] == "one"
    assert mocks.get("sandboxes") == []


def test_without_sandboxes_the_clock_that_they_will_start_with_is_told(make_mocks: Make) -> None:
    """For each vendor; as one object where there is only one."""
    assert [clock["vendor"] for clock in make_mocks().get("clock")] == list(VENDORS)
    alone = make_mocks(vendors=("echo360",)).get("clock")
    assert (alone["vendor"], alone["sandbox"], alone["now"]) == ("echo360", None, START)


def test_of_several_sandboxes_all_clocks_are_told(mocks: Mocks) -> None:
    """Each with its sandbox; of a vendor's, or of a name's, only those."""
    mocks.use("hapyak", "one", "two")
    mocks.use("echo360", "one")

    def told(**query: str) -> list[tuple[str, str]]:
        found = mocks.get("clock", **query)
        return [
            (clock["vendor"], clock["sandbox"]) for clock in (found if isinstance(found, list) else [found])
        ]

    assert told() == [("hapyak", "one"), ("hapyak", "two"), ("echo360", "one")]
    assert told(vendor="hapyak") == [("hapyak", "one"), ("hapyak", "two")]
    assert told(sandbox="one") == [("hapyak", "one"), ("echo360", "one")]
    assert told(vendor="echo360") == [("echo360", "one")]


@pytest.mark.parametrize(
    ("body", "now"),
    [
        ({"advance": "15d"}, "2026-03-19T12:00:00.000Z"),
        ({"advance": "1h30m"}, "2026-03-04T13:30:00.000Z"),
        ({"advance": "0s"}, START),
        ({"set": "2026-03-31"}, "2026-03-31T00:00:00.000Z"),
        ({"set": "2026-03-04T13:00:00+01:00"}, START),
    ],
)
def test_a_clock_is_moved(hapyak: Steering, body: dict[str, str], now: str) -> None:
    """By a duration or to an instant; the answer tells the new time, and so does the next look."""
    answer = hapyak.call("POST", "clock", body)
    assert (answer["now"], answer["events"]) == (now, [])
    assert hapyak.now == now


def test_a_clock_is_changed_in_several_ways_at_once(hapyak: Steering) -> None:
    """Thawed, made faster, and set; the instant is the one that was set."""
    answer = hapyak.call("POST", "clock", {"set": "2026-04-01", "scale": 60, "mode": "auto"})
    assert (answer["mode"], answer["scale"]) == ("auto", 60)
    assert answer["now"].startswith("2026-04-01T00:")
    frozen = hapyak.call("POST", "clock", {"mode": "frozen"})
    assert frozen["now"] >= answer["now"]
    assert hapyak.now == frozen["now"]


def test_a_frozen_clock_keeps_its_scale_for_later(hapyak: Steering) -> None:
    """Freezing is no reset."""
    hapyak.call("POST", "clock", {"scale": 2.5})
    assert hapyak.call("GET", "clock")["scale"] == 2.5
    assert hapyak.now == START


@pytest.mark.parametrize("to", ["2026-03-04T11:59:59.999Z", "2016-01-01"])
def test_a_used_clock_is_not_set_back(hapyak: Steering, client: httpx.Client, to: str) -> None:
    """The refusal tells the time that it is and how to start again, and the clock stays."""
    where = {"vendor": "hapyak", "sandbox": hapyak.sandbox}
    hapyak.call("POST", "limits/hapyak.rate-minute/exhaust", {"left": 3})
    answer = client.post("/_mock/clock", params=where, json={"set": to})
    found = problem_of(answer, 409, "clock")
    assert START in found["detail"]
    assert "reset" in found["detail"]
    assert found["field"] == "set"
    assert hapyak.now == START


@pytest.mark.parametrize("mode", ["real", "frozen", "auto"])
def test_an_unused_clock_starts_where_one_likes(hapyak: Steering, mode: str) -> None:
    """A test of fixed days must not depend on the day on which it is run; nothing has an instant yet."""
    hapyak.call("POST", "clock", {"advance": "1d"})
    answer = hapyak.call("POST", "clock", {"set": "2026-02-01", "mode": mode})
    assert answer["now"].startswith("2026-02-01T00")
    assert hapyak.now.startswith("2026-02-01T00")


def test_a_clock_that_was_reset_starts_where_one_likes(hapyak: Steering) -> None:
    """As the refusal says."""
    hapyak.call("POST", "limits/hapyak.rate-minute/exhaust", {"left": 3})
    hapyak.call("POST", "reset", {})
    assert hapyak.call("POST", "clock", {"set": "2026-02-01"})["now"] == "2026-02-01T00:00:00.000Z"


def test_a_clock_does_not_leave_its_century(hapyak: Steering, client: httpx.Client) -> None:
    """However it is asked."""
    where = {"vendor": "hapyak", "sandbox": hapyak.sandbox}
    problem_of(client.post("/_mock/clock", params=where, json={"advance": "80000d"}), 409, "clock")
    assert hapyak.now == START


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"set": "2026-04-01", "advance": "1s"}, "body"),
        ({"advance": "soon"}, "advance"),
        ({"advance": "-1s"}, "advance"),
        ({"advance": 5}, "advance"),
        ({"advance": None}, "advance"),
        ({"advance": "99999999d"}, "advance"),
        ({"set": "tomorrow"}, "set"),
        ({"set": "2026-02-29"}, "set"),
        ({"set": "0000-01-01"}, "set"),
        ({"set": "9999-12-31"}, "set"),
        ({"set": 1772625600}, "set"),
        ({"mode": "warp"}, "mode"),
        ({"mode": ["frozen"]}, "mode"),
        ({"mode": None}, "mode"),
        ({"scale": 0}, "scale"),
        ({"scale": -1}, "scale"),
        ({"scale": 1e300}, "scale"),
        ({"scale": 10**400}, "scale"),
        ({"scale": "2"}, "scale"),
        ({"scale": True}, "scale"),
        ({"advanced": "1s"}, "advanced"),
        ({"advance": "1s", "sandbox": "one"}, "sandbox"),
    ],
)
def test_what_a_clock_does_not_do_is_refused(
    hapyak: Steering, client: httpx.Client, body: dict[str, Any], field: str
) -> None:
    """With the member that is wrong and what would be allowed; nothing has moved."""
    where = {"vendor": "hapyak", "sandbox": hapyak.sandbox}
    found = problem_of(client.post("/_mock/clock", params=where, json=body), 422, "bad-value")
    assert found["field"] == field
    assert found["allowed"]
    assert hapyak.now == START


def test_of_a_body_that_is_wrong_in_part_nothing_is_done(hapyak: Steering, client: httpx.Client) -> None:
    """The mode was fine; the instant lies behind."""
    where = {"vendor": "hapyak", "sandbox": hapyak.sandbox}
    hapyak.call("POST", "limits/hapyak.rate-minute/exhaust", {"left": 3})
    client.post("/_mock/clock", params=where, json={"mode": "auto", "set": "2016-01-01"})
    assert hapyak.call("GET", "clock")["mode"] == "frozen"


def test_what_came_due_is_told_in_order(client: httpx.Client, name: str) -> None:
    """Jobs done and gone, and rate windows that freed, by their instants and not by their names."""
    hapyak = HapYak(client, name)
    for time in ("30s", "10s", "10s"):
        hapyak.mock.plan(time=time)
        hapyak.start(1)
    answer = hapyak.mock.call("POST", "clock", {"advance": "60s"})
    assert [(event["at"][11:23], event["event"]) for event in answer["events"]] == [
        ("12:00:10.000", "job 2 became done"),
        ("12:00:10.000", "job 3 became done"),
        ("12:00:30.000", "job 1 became done"),
        ("12:01:00.000", "rate window hapyak.rate-minute freed 3"),
    ]
    assert {(event["vendor"], event["sandbox"]) for event in answer["events"]} == {("hapyak", name)}


def test_jobs_that_change_at_once_are_told_by_number(client: httpx.Client, name: str) -> None:
    """The tenth after the ninth."""
    hapyak = HapYak(client, name)
    hapyak.unlimited()
    hapyak.start(12)
    assert hapyak.mock.advance("2s") == [f"job {number} became done" for number in range(1, 13)]


def test_nothing_is_told_twice(client: httpx.Client, name: str) -> None:
    """Each event belongs to the call that passed it, and one exactly at its end has happened."""
    hapyak = HapYak(client, name)
    hapyak.start(1)
    assert hapyak.mock.advance("1999ms") == []
    assert hapyak.mock.advance("1ms") == ["job 1 became done"]
    assert hapyak.mock.advance("57999ms") == []
    assert hapyak.mock.advance("1ms") == ["rate window hapyak.rate-minute freed 1"]
    assert hapyak.mock.advance("0s") == []


def test_a_limit_that_is_off_frees_nothing(client: httpx.Client, name: str) -> None:
    """There is no window to tell of."""
    hapyak = HapYak(client, name)
    hapyak.start(1)
    hapyak.unlimited()
    assert hapyak.mock.advance("2d") == ["job 1 became done", "cache entry dropped (job 1)"]


def test_without_a_sandbox_every_clock_moves_and_new_ones_start_there(mocks: Mocks) -> None:
    """Of all vendors; the answer tells each."""
    mocks.use("hapyak", "one", "two")
    mocks.use("echo360", "one")
    answer = mocks.send("POST", "clock", {"advance": "1d"})
    assert [(clock["sandbox"], clock["now"]) for clock in answer["clocks"]] == [
        (name, "2026-03-05T12:00:00.000Z") for name in ("one", "two", "one")
    ]
    mocks.use("hapyak", "three")
    assert {clock["now"] for clock in mocks.get("clock")} == {"2026-03-05T12:00:00.000Z"}


def test_without_any_sandbox_what_new_ones_start_with_moves(mocks: Mocks) -> None:
    """And the answer tells it, as the next look does."""
    answer = mocks.send("POST", "clock", {"advance": "1d"})
    assert answer["clocks"] == mocks.get("clock")
    assert {clock["now"] for clock in answer["clocks"]} == {"2026-03-05T12:00:00.000Z"}


def test_only_the_clocks_that_are_named_move(mocks: Mocks) -> None:
    """One vendor's, one sandbox's, or both."""
    mocks.use("hapyak", "one", "two")
    mocks.use("echo360", "one")
    mocks.send("POST", "clock", {"advance": "1d"}, vendor="hapyak", sandbox="two")
    mocks.send("POST", "clock", {"advance": "1h"}, sandbox="one")
    mocks.send("POST", "clock", {"advance": "1m"}, vendor="echo360")
    mocks.use("hapyak", "new")
    mocks.use("echo360", "new")
    assert [(clock["vendor"], clock["sandbox"], clock["now"][5:16]) for clock in mocks.get("clock")] == [
        ("hapyak", "new", "03-04T12:00"),
        ("hapyak", "one", "03-04T13:00"),
        ("hapyak", "two", "03-05T12:00"),
        ("echo360", "new", "03-04T12:01"),
        ("echo360", "one", "03-04T13:01"),
    ]


def test_clocks_move_all_or_none(mocks: Mocks) -> None:
    """One of two stands beyond the instant that is asked for; neither it nor the other moves."""
    mocks.use("hapyak", "one", "two")
    mocks.send("POST", "clock", {"advance": "2d"}, vendor="hapyak", sandbox="two")
    mocks.send("POST", "limits/hapyak.rate-minute/exhaust", {}, vendor="hapyak", sandbox="two")
    answer = mocks.client.post("/_mock/clock", json={"set": "2026-03-05"})
    problem_of(answer, 409, "clock")
    assert [clock["now"][8:10] for clock in mocks.get("clock")] == ["04", "06"]
