"""What a client may use up: reports in flight, and calls by the minute."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from support.answers import rules_of
from support.echo360 import TOKENS, Echo360, allowed, assert_refused

ENDS = {
    "finishing": ({"outcome": "available", "time": "10m"}, "10m", "Available"),
    "failing": ({"outcome": "failed", "time": "10m"}, "10m", "Failed"),
    "going missing": ({"outcome": "missing"}, "1d", "Missing"),
    "expiring at once": ({"outcome": "expired", "time": "10m"}, "10m", "Expired"),
}


def fill(echo360: Echo360, count: int = 3) -> list[str]:
    """Have so many requests in flight."""
    return [echo360.submitted() for _ in range(count)]


def calls(echo360: Echo360, count: int) -> list[int]:
    """The statuses of so many calls."""
    return [echo360.call("GET", "/reports").status_code for _ in range(count)]


def test_a_fourth_request_in_flight_is_refused(echo360: Echo360) -> None:
    """echo360.in-flight: two and three are in order, the fourth is one too many."""
    fill(echo360, 2)
    fill(echo360, 1)
    assert_refused(echo360.submit(), 400, "echo360.in-flight", "TooManyInFlightRequests")
    assert len(echo360.listing()) == 3
    assert echo360.mock.limits()["in-flight"]["used"] == 3


@pytest.mark.parametrize("how", ENDS)
def test_a_request_stops_being_in_flight_by(echo360: Echo360, how: str) -> None:
    """echo360.in-flight, echo360.failed, echo360.missing: to the millisecond, however it ends."""
    planned, time, status = ENDS[how]
    echo360.mock.plan(**planned)
    first, *_ = [echo360.submitted(), *fill_for_long(echo360, 2)]
    assert echo360.submit().status_code == 400
    echo360.mock.advance(time)
    echo360.sign_in()
    assert echo360.status(first) == status
    allowed(echo360.submit(), "submitted")
    assert_refused(echo360.submit(), 400, "echo360.in-flight")


def fill_for_long(echo360: Echo360, count: int) -> list[str]:
    """Have so many requests in flight that take ten days."""
    echo360.mock.plan(outcome="available", time="10d", times=count)
    return fill(echo360, count)


def test_one_millisecond_before_its_end_a_request_is_in_flight(echo360: Echo360) -> None:
    """echo360.in-flight, echo360.pending: the edge belongs to what comes after."""
    fill(echo360)
    echo360.mock.advance("1s999ms")
    assert_refused(echo360.submit(), 400, "echo360.in-flight")
    echo360.mock.advance("1ms")
    fill(echo360)
    assert_refused(echo360.submit(), 400, "echo360.in-flight")


def test_requests_that_never_end_stay_in_flight(echo360: Echo360) -> None:
    """echo360.in-flight: a year later they are still in the way."""
    echo360.mock.plan(outcome="never", times=3)
    ids = fill(echo360)
    echo360.mock.advance("365d")
    echo360.sign_in()
    assert {echo360.status(request_id) for request_id in ids} == {"Pending"}
    assert_refused(echo360.submit(), 400, "echo360.in-flight")


def test_requests_that_wait_for_polls_are_in_flight(echo360: Echo360) -> None:
    """echo360.in-flight: until the poll that they wait for."""
    echo360.mock.plan(polls=2, times=3)
    ids = fill(echo360)
    echo360.mock.advance("1h")
    echo360.sign_in()
    assert_refused(echo360.submit(), 400, "echo360.in-flight")
    assert [echo360.status(ids[0]) for _ in range(2)] == ["Pending", "Available"]
    fill(echo360, 1)


def test_clients_do_not_stand_in_each_others_way(echo360: Echo360, other: Echo360) -> None:
    """echo360.in-flight: the scope is the client."""
    fill(echo360)
    fill(other)
    assert_refused(echo360.submit(), 400, "echo360.in-flight")


def test_a_mistake_is_told_before_the_limit(echo360: Echo360) -> None:
    """echo360.in-flight: a request that could never be accepted is not told to come again."""
    fill(echo360)
    assert_refused(echo360.submit("visit"), 404, "echo360.unknown-report")
    assert_refused(echo360.submit(parameters={}), 400, "echo360.missing-parameter")


def test_submissions_at_one_time_do_not_slip_through(echo360: Echo360) -> None:
    """echo360.in-flight: of twelve threads three are let in."""
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: echo360.submit(), range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [400] * 9
    assert len(echo360.listing()) == 3


def test_a_plan_waits_for_the_request_that_is_accepted(echo360: Echo360) -> None:
    """echo360.in-flight: a refused submission does not use it up."""
    first, *_ = fill(echo360)
    echo360.mock.plan(outcome="failed", time="1s")
    assert echo360.submit().status_code == 400
    echo360.mock.advance("2s")
    assert echo360.status(first) == "Available"
    failing = echo360.submitted()
    echo360.mock.advance("1s")
    assert echo360.status(failing) == "Failed"


def test_the_121st_call_of_a_minute_is_refused(echo360: Echo360) -> None:
    """echo360.rate-minute: 119 and 120 are answered; the limit frees at its edge, to the millisecond."""
    assert calls(echo360, 119) == [200] * 119
    assert calls(echo360, 1) == [200]
    refused = echo360.call("GET", "/reports")
    assert_refused(refused, 429, "echo360.rate-minute", "TooManyRequests")
    assert refused.headers["Retry-After"] == "60"
    echo360.mock.advance("59s999ms")
    refused = echo360.call("GET", "/reports")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "1"
    echo360.mock.advance("1ms")
    assert calls(echo360, 121) == [200] * 120 + [429]


def test_the_window_slides(echo360: Echo360) -> None:
    """echo360.rate-minute: what was used half a minute ago counts for another half."""
    calls(echo360, 50)
    echo360.mock.advance("30s")
    assert calls(echo360, 71) == [200] * 70 + [429]
    echo360.mock.advance("30s")
    assert calls(echo360, 51) == [200] * 50 + [429]
    echo360.mock.advance("30s")
    assert calls(echo360, 71) == [200] * 70 + [429]


def test_refused_calls_are_not_counted(echo360: Echo360) -> None:
    """echo360.rate-minute: a client that keeps trying is let in as soon as one that waits."""
    echo360.mock.rule("rate-minute", value=3)
    assert calls(echo360, 3) == [200] * 3
    echo360.mock.advance("59s")
    assert calls(echo360, 10) == [429] * 10
    echo360.mock.advance("1s")
    assert calls(echo360, 4) == [200, 200, 200, 429]


def test_each_call_counts_whatever_it_comes_to(echo360: Echo360) -> None:
    """echo360.rate-minute: reports, list, single, submission; those refused for their mistakes too."""
    echo360.submitted()
    echo360.listing()
    echo360.call("GET", "/requests/1")
    echo360.submit("visit")
    echo360.submit(parameters={})
    echo360.call("HEAD", "/reports")
    assert echo360.mock.limits()["rate-minute"]["used"] == 6


def test_what_is_no_call_does_not_count(echo360: Echo360) -> None:
    """echo360.rate-minute: tokens, paths that are none, strangers, and downloads."""
    link = echo360.finished()
    used = echo360.mock.limits()["rate-minute"]["used"]
    echo360.grant()
    echo360.call("GET", "/nothing")
    echo360.client.get("/echo360/public/api/v1/reporting/reports")
    echo360.download(link)
    assert echo360.mock.limits()["rate-minute"]["used"] == used == 2


def test_tokens_count_where_that_is_switched_on(echo360: Echo360) -> None:
    """echo360.rate-minute: whether they do is assumed."""
    echo360.mock.rule("rate-minute", value=2, count_tokens=True)
    assert [echo360.grant().status_code for _ in range(3)] == [200, 200, 429]
    refused = echo360.client.post(TOKENS, params={"grant_type": "password", "client_id": echo360.name})
    assert_refused(refused, 400, "echo360.grant")
    assert_refused(echo360.call("GET", "/reports"), 429, "echo360.rate-minute")


def test_refused_calls_count_where_that_is_switched_on(echo360: Echo360) -> None:
    """echo360.rate-minute: a client that keeps trying then keeps itself out."""
    echo360.mock.rule("rate-minute", value=2, count_refused=True)
    assert calls(echo360, 3) == [200, 200, 429]
    echo360.mock.advance("30s")
    assert calls(echo360, 2) == [429, 429]
    echo360.mock.advance("30s")
    refused = echo360.call("GET", "/reports")
    assert refused.headers["Retry-After"] == "30"
    echo360.mock.advance("30s")
    assert calls(echo360, 1) == [200]


def test_clients_have_their_own_minutes(echo360: Echo360, other: Echo360) -> None:
    """echo360.rate-minute: the scope is the client."""
    for client in (echo360, other):
        client.mock.rule("rate-minute", value=1)
        assert calls(client, 2) == [200, 429]


def test_calls_at_one_time_do_not_slip_through(echo360: Echo360) -> None:
    """echo360.rate-minute: of twenty threads five are let in."""
    echo360.mock.rule("rate-minute", value=5)
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda _: echo360.call("GET", "/reports").status_code, range(20)))
    assert sorted(statuses) == [200] * 5 + [429] * 15


def test_a_stranger_is_refused_before_the_rate(echo360: Echo360) -> None:
    """echo360.rate-minute, echo360.token: a bad token is not told to come again."""
    echo360.mock.rule("rate-minute", value=0)
    echo360.token = "nonsense"
    assert_refused(echo360.call("GET", "/reports"), 401, "echo360.token")


def test_limits_are_told_with_what_is_used(echo360: Echo360) -> None:
    """echo360.in-flight, echo360.rate-minute: by whom, and when the next one frees."""
    ids = fill(echo360)
    limits = echo360.mock.limits()
    assert limits["in-flight"]["used_by"] == ids
    assert limits["in-flight"]["frees"] == "2026-03-04T12:00:02.000Z"
    assert limits["rate-minute"]["used"] == 3
    assert limits["rate-minute"]["frees"] == "2026-03-04T12:01:00.000Z"
    assert limits["rate-minute"]["value"] == 120


def test_a_limit_names_itself_with_a_link(echo360: Echo360) -> None:
    """echo360.in-flight: the explanation is one click away."""
    fill(echo360)
    refused = echo360.submit()
    assert rules_of(refused) == ["echo360.in-flight"]
    address = refused.headers["Link"].partition(">")[0].removeprefix("<")
    told: httpx.Response = echo360.client.get(address, params={"vendor": "echo360"})
    assert "three reports" in str(told.json())
