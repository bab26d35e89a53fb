"""The clock that jumps to the end of every wait: unmodified clients that poll come to an end at once."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from reportmocks.app import create_app
from reportmocks.kernel.clock import DAY, HOUR, parse_instant
from reportmocks.settings import Settings
from support.echo360 import START, Echo360, assert_refused
from support.serving import running_server
from support.wsgi import transport


@dataclass
class Wall:
    """A wall clock that stands still, so that whatever moves is the jumps."""

    now: int = START

    def __call__(self) -> int:
        """The instant that it shows."""
        return self.now


@pytest.fixture
def wall() -> Wall:
    """The wall clock of the mocks below."""
    return Wall()


@pytest.fixture
def auto(wall: Wall) -> Iterator[Echo360]:
    """A client of mocks whose reports take two hours and whose clock jumps."""
    settings = Settings(clock="auto", now=START, size="tiny", report_time=2 * HOUR)
    app = create_app(settings, wall=wall)
    with httpx.Client(transport=transport(app), base_url="http://127.0.0.1:8080") as client:
        echo360 = Echo360(client, "client")
        echo360.sign_in()
        yield echo360
    app.kernel.store.close()


def elapsed(echo360: Echo360) -> int:
    """Milliseconds that the sandbox's clock has moved altogether."""
    return parse_instant(echo360.mock.now) - START


def wait_for(echo360: Echo360, request_id: str, limit: int = 50) -> list[str]:
    """The statuses that a client sees that polls until the request is no longer pending."""
    seen: list[str] = []
    while len(seen) < limit:
        seen.append(echo360.status(request_id))
        if seen[-1] != "Pending":
            return seen
    return seen


def test_a_report_of_two_hours_is_there_at_the_second_poll(auto: Echo360) -> None:
    """echo360.pending: the answer that says wait moves the clock to the end of the wait, not further."""
    request_id = auto.submitted()
    assert elapsed(auto) == 0
    assert wait_for(auto, request_id) == ["Pending", "Available"]
    assert elapsed(auto) == 2 * HOUR
    assert auto.download(auto.link(request_id)).status_code == 200
    assert elapsed(auto) == 2 * HOUR


def test_polling_by_the_list_comes_to_an_end_too(auto: Echo360) -> None:
    """echo360.pending: each look goes to the end of the next one."""
    auto.mock.plan(time="1h")
    auto.mock.plan(time="3h")
    for _ in range(2):
        auto.submitted()
    seen = [sorted(entry["status"] for entry in auto.listing()) for _ in range(3)]
    assert seen == [["Pending", "Pending"], ["Available", "Pending"], ["Available", "Available"]]
    assert elapsed(auto) == 3 * HOUR


@pytest.mark.parametrize(
    ("outcome", "status", "after"), [("failed", "Failed", 2 * HOUR), ("missing", "Missing", DAY)]
)
def test_other_ends_come_as_soon(auto: Echo360, outcome: str, status: str, after: int) -> None:
    """echo360.failed, echo360.missing: whatever the end is, its wait is jumped."""
    auto.mock.plan(outcome=outcome)
    assert wait_for(auto, auto.submitted()) == ["Pending", status]
    assert elapsed(auto) == after


@pytest.mark.parametrize("planned", [{"outcome": "never"}, {"polls": 40}])
def test_a_wait_without_a_known_end_is_not_jumped(auto: Echo360, planned: dict[str, Any]) -> None:
    """echo360.pending: the clock stands; only the client's own patience or its polls end it."""
    auto.mock.plan(**planned)
    assert set(wait_for(auto, auto.submitted(), limit=30)) == {"Pending"}
    assert elapsed(auto) == 0


def test_a_full_minute_is_jumped(auto: Echo360) -> None:
    """echo360.rate-minute: told to wait a second, which is over at the next call."""
    statuses = [auto.call("GET", "/reports").status_code for _ in range(120)]
    assert statuses == [200] * 120
    refused = auto.call("GET", "/reports")
    assert_refused(refused, 429, "echo360.rate-minute")
    assert refused.headers["Retry-After"] == "1"
    assert elapsed(auto) == 60_000
    assert auto.call("GET", "/reports").status_code == 200


def test_a_place_in_flight_is_jumped_to(auto: Echo360) -> None:
    """echo360.in-flight: the refusal goes to the end of the first that ends."""
    for hours in (3, 1, 2):
        auto.mock.plan(time=f"{hours}h")
        auto.submitted()
    assert_refused(auto.submit(), 400, "echo360.in-flight")
    assert elapsed(auto) == HOUR
    auto.submitted()


def test_a_client_that_just_tries_again_gets_all_its_reports(auto: Echo360) -> None:
    """echo360.in-flight, echo360.pending: no sleep, no change, 30 reports of two hours."""
    started = time.monotonic()
    ids: list[str] = []
    while len(ids) < 30:
        answer = auto.submit("presentation")
        if answer.status_code == 200:
            ids.append(answer.json()["requestId"])
    for request_id in ids:
        assert wait_for(auto, request_id)[-1] == "Available"
    assert elapsed(auto) == 20 * HOUR
    assert time.monotonic() - started < 5


def test_jumps_end_no_token_and_no_link(auto: Echo360) -> None:
    """echo360.token-life, echo360.link-life: what a well-behaved client would have renewed in time."""
    first = auto.submitted()
    wait_for(auto, first)
    link = auto.link(first)
    auto.mock.plan(time="2d", times=5)
    for _ in range(5):
        wait_for(auto, auto.submitted())
    assert elapsed(auto) > 10 * DAY
    assert auto.download(link).status_code == 200
    assert auto.call("GET", "/reports").status_code == 200


def test_jumps_do_delete_assets(auto: Echo360) -> None:
    """echo360.retention: requests age by the clock that they see."""
    first = auto.submitted()
    wait_for(auto, first)
    link = auto.link(first)
    auto.mock.plan(time="14d")
    wait_for(auto, auto.submitted())
    assert auto.status(first) == "Expired"
    assert auto.download(link).status_code == 404


def test_moving_the_clock_by_hand_does_end_them(auto: Echo360) -> None:
    """echo360.token-life, echo360.link-life: to the millisecond, however far it has jumped before."""
    request_id = auto.submitted()
    wait_for(auto, request_id)
    link = auto.link(request_id)
    auto.mock.advance("59m59s999ms")
    assert auto.call("GET", "/reports").status_code == 200
    auto.mock.advance("1ms")
    assert_refused(auto.call("GET", "/reports"), 401, "echo360.token-life")
    auto.mock.advance("6d22h59m59s999ms")
    assert auto.download(link).status_code == 200
    auto.mock.advance("1ms")
    assert auto.download(link).status_code == 403


def test_the_wall_ends_tokens_as_ever(auto: Echo360, wall: Wall) -> None:
    """echo360.token-life: an hour of the client's own time is an hour."""
    wait_for(auto, auto.submitted())
    wall.now += HOUR - 1
    assert auto.call("GET", "/reports").status_code == 200
    wall.now += 1
    assert_refused(auto.call("GET", "/reports"), 401, "echo360.token-life")


def test_time_flows_between_the_jumps(auto: Echo360, wall: Wall) -> None:
    """echo360.pending: a client that sleeps for the two hours finds its report without a jump."""
    request_id = auto.submitted()
    wall.now += 2 * HOUR
    auto.sign_in()
    assert wait_for(auto, request_id) == ["Available"]
    assert elapsed(auto) == 2 * HOUR


def test_threads_that_poll_one_request_do_not_run_away_with_time(auto: Echo360) -> None:
    """echo360.pending: ten are told the same wait, and it is jumped once."""
    request_id = auto.submitted()
    with ThreadPoolExecutor(10) as pool:
        seen = list(pool.map(lambda _: wait_for(auto, request_id)[-1], range(10)))
    assert set(seen) == {"Available"}
    assert elapsed(auto) == 2 * HOUR


def test_threads_that_poll_their_own_requests_share_the_wait(auto: Echo360) -> None:
    """echo360.pending: three reports in flight take as long as the longest of them."""
    ids = []
    for hours in (1, 2, 3):
        auto.mock.plan(time=f"{hours}h")
        ids.append(auto.submitted())
    with ThreadPoolExecutor(3) as pool:
        seen = list(pool.map(lambda request_id: wait_for(auto, request_id)[-1], ids))
    assert set(seen) == {"Available"}
    assert elapsed(auto) == 3 * HOUR


def test_threads_count_each_poll_once(auto: Echo360) -> None:
    """echo360.pending: twenty polls by eight threads, and not one is lost."""
    auto.mock.plan(polls=20)
    request_id = auto.submitted()
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: auto.status(request_id), range(19)))
    assert set(seen) == {"Pending"}
    assert auto.status(request_id) == "Available"


def test_a_frozen_clock_waits_and_says_how_to_go_on(echo360: Echo360) -> None:
    """echo360.pending: whoever polls a clock that stands is told so, in words that `ctl` takes."""
    echo360.mock.plan(time="2m30s")
    request_id = echo360.submitted()
    assert set(wait_for(echo360, request_id, limit=5)) == {"Pending"}
    assert "clock is frozen; reportmocks ctl clock +2m30s" in echo360.mock.requests()[-1]["notes"]


def test_a_server_with_the_clock_of_pytest_takes_milliseconds() -> None:
    """echo360.pending: over a socket, with nothing but the options that a user has."""
    with (
        running_server("--clock", "auto", "--report-time", "2h", "--size", "tiny") as server,
        server.client() as client,
    ):
        echo360 = Echo360(client, "client")
        echo360.sign_in()
        started = time.monotonic()
        assert wait_for(echo360, echo360.submitted()) == ["Pending", "Available"]
        assert time.monotonic() - started < 2
