"""Limits met on purpose by `/_mock/limits/<rule>/exhaust`, jobs let go by `DELETE /_mock/jobs/<number>`."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from reportmocks.app import create_app
from reportmocks.kernel.clock import HOUR, parse_instant
from reportmocks.settings import Settings
from support.brightcove import Brightcove
from support.echo360 import Echo360, assert_refused, storage_error
from support.hapyak import HapYak
from support.khoros import Khoros
from support.mocks import Mocks
from support.problems import problem_of
from support.wsgi import transport


@pytest.fixture
def echo(client: httpx.Client, name: str) -> Echo360:
    """A client of Echo360 with a token."""
    found = Echo360(client, name)
    found.sign_in()
    return found


@pytest.mark.parametrize("rule", ["rate-minute", "rate-hour", "rate-day"])
@pytest.mark.parametrize("left", [0, 1])
def test_a_rate_window_is_full_or_one_short_of_it(
    client: httpx.Client, name: str, rule: str, left: int
) -> None:
    """So many runs are let in as were to be left, and the refusal is by that window and by no shorter one."""
    hapyak = HapYak(client, name)
    told = hapyak.mock.call("POST", f"limits/hapyak.{rule}/exhaust", {"left": left})
    assert told["uses"] == hapyak.mock.limits()[rule]["value"] - left
    answers = hapyak.start(left + 1)
    assert [answer.status_code for answer in answers] == [202] * left + [429]
    assert answers[-1].headers["X-Mock-Rule"].split(", ")[0] == f"hapyak.{rule}"


def test_what_was_used_already_counts(client: httpx.Client, name: str) -> None:
    """Two runs of four are there; two more fill the window, and a second time none is missing."""
    hapyak = HapYak(client, name)
    hapyak.start(2)
    assert hapyak.mock.call("POST", "limits/hapyak.rate-minute/exhaust")["uses"] == 2
    assert hapyak.mock.call("POST", "limits/hapyak.rate-minute/exhaust")["uses"] == 0
    assert hapyak.mock.limits()["rate-minute"]["used"] == 4


def test_a_window_that_was_filled_by_hand_frees_with_time(client: httpx.Client, name: str) -> None:
    """As one filled by runs does."""
    hapyak = HapYak(client, name)
    hapyak.mock.call("POST", "limits/hapyak.rate-minute/exhaust")
    assert hapyak.mock.advance("60s") == ["rate window hapyak.rate-minute freed 4"]
    assert hapyak.ask().status_code == 202


def test_slots_are_taken_by_jobs_that_can_be_seen_and_released(echo: Echo360) -> None:
    """As a crashed run leaves them: in the list, running for an hour, and gone one by one."""
    told = echo.mock.call("POST", "limits/echo360.in-flight/exhaust")
    assert told["jobs"] == [1, 2, 3]
    assert [entry["status"] for entry in echo.listing()] == ["Pending"] * 3
    assert_refused(echo.submit(), 400, "echo360.in-flight", "TooManyInFlightRequests")
    released = echo.mock.call("DELETE", "jobs/2")
    assert (released["number"], released["request"]["orphan"]) == (2, True)
    echo.submitted()
    assert [job["number"] for job in echo.mock.jobs()] == [1, 3, 4]
    assert_refused(echo.submit(), 400, "echo360.in-flight")


def test_jobs_put_in_flight_end_by_themselves(echo: Echo360) -> None:
    """After as long as was asked; what they have made is a report like any other."""
    echo.mock.call("POST", "limits/echo360.in-flight/exhaust", {"left": 1, "time": "5m"})
    echo.submitted()
    assert_refused(echo.submit(), 400, "echo360.in-flight")
    assert echo.mock.advance("5m")[-2:] == ["job 1 became Available", "job 2 became Available"]
    link = echo.link(echo.mock.jobs()[0]["id"])
    assert echo.download(link).status_code == 200


def test_a_token_is_brought_to_its_end(echo: Echo360) -> None:
    """A second short of it, and at it; the answer tells what came due on the way."""
    told = echo.mock.call("POST", "limits/echo360.token-life/exhaust", {"left": 1})
    assert told["now"] == "2026-03-04T12:59:59.000Z"
    assert echo.call("GET", "/reports").status_code == 200
    told = echo.mock.call("POST", "limits/echo360.token-life/exhaust")
    assert [event["event"] for event in told["events"]][-1] == "token expired"
    assert_refused(echo.call("GET", "/reports"), 401, "echo360.token-life")


def test_where_no_token_was_given_the_next_one_ends_early(client: httpx.Client, name: str) -> None:
    """It says that it works for an hour, and the first call finds it expired; the one after it is good."""
    echo = Echo360(client, name)
    assert echo.mock.call("POST", "limits/echo360.token-life/exhaust")["next"] == "token"
    echo.sign_in()
    assert_refused(echo.call("GET", "/reports"), 401, "echo360.token-life")
    echo.sign_in()
    assert echo.call("GET", "/reports").status_code == 200


def test_a_link_is_brought_to_its_end_or_ends_early(echo: Echo360) -> None:
    """By the clock where there is one, and else the next one; a fresh link works."""
    assert echo.mock.call("POST", "limits/echo360.link-life/exhaust")["next"] == "link"
    request = echo.submitted()
    echo.mock.advance("2s")
    storage_error(echo.download(echo.link(request)), 403, "AccessDenied", "echo360.link-life")
    link = echo.link(request)
    assert echo.download(link).status_code == 200
    echo.mock.call("POST", "limits/echo360.link-life/exhaust")
    storage_error(echo.download(link), 403, "AccessDenied", "echo360.link-life")


def test_assets_are_brought_to_the_end_of_their_retention(echo: Echo360) -> None:
    """Fourteen days after the submission."""
    echo.mock.rule("token-life", enabled=False)
    echo.sign_in()
    request = echo.submitted()
    told = echo.mock.call("POST", "limits/echo360.retention/exhaust")
    assert told["now"] == "2026-03-18T12:00:00.000Z"
    assert echo.status(request) == "Expired"


def test_the_next_result_can_be_kept_for_a_second_only(client: httpx.Client, name: str) -> None:
    """Where there is none yet: the same call starts another run, which counts."""
    hapyak = HapYak(client, name)
    assert (
        hapyak.mock.call("POST", "limits/hapyak.cache-life/exhaust", {"left": 1})["next"] == "cached result"
    )
    assert hapyak.fetch().status_code == 200
    assert hapyak.mock.advance("1s") == ["cache entry dropped (job 1)"]
    assert hapyak.ask().status_code == 202


def test_tokens_and_downloads_of_other_vendors_come_to_their_ends(client: httpx.Client, name: str) -> None:
    """The same call, whatever is issued."""
    brightcove = Brightcove(client, name)
    brightcove.sign_in()
    brightcove.mock.call("POST", "limits/brightcove.token-life/exhaust")
    assert brightcove.ask().status_code == 401
    khoros = Khoros(client, name)
    url = khoros.finished()
    link = khoros.link(url)
    khoros.mock.call("POST", "limits/khoros.presigned-life/exhaust")
    assert client.get(link).status_code == 403
    khoros.mock.call("POST", "limits/khoros.download-life/exhaust")
    assert khoros.open(url).headers["X-Mock-Rule"] == "khoros.download-life"


@pytest.mark.parametrize("rule", ["hapyak.range", "hapyak.row-cap", "khoros.bucket-cap", "echo360.range"])
def test_what_bounds_a_request_by_itself_is_not_used_up(client: httpx.Client, name: str, rule: str) -> None:
    """The refusal says so, how to change it, and which limits can be exhausted."""
    where = {"vendor": rule.partition(".")[0], "sandbox": name}
    found = problem_of(client.post(f"/_mock/limits/{rule}/exhaust", params=where), 422, "not-exhaustible")
    assert f"PUT /_mock/limits/{rule}" in found["detail"]
    assert f"{where['vendor']}.rate-minute" in found["allowed"]


@pytest.mark.parametrize(
    ("rule", "body", "field"),
    [
        ("hapyak.rate-minute", {"left": 5}, "left"),
        ("hapyak.rate-minute", {"left": -1}, "left"),
        ("hapyak.rate-minute", {"left": True}, "left"),
        ("hapyak.rate-minute", {"left": "1"}, "left"),
        ("hapyak.rate-minute", {"time": "1h"}, "time"),
        ("hapyak.rate-minute", {"rest": 1}, "rest"),
        ("hapyak.cache-life", {"left": 86_401}, "left"),
        ("echo360.in-flight", {"time": "soon"}, "time"),
    ],
)
def test_what_cannot_be_left_is_refused(
    client: httpx.Client, name: str, rule: str, body: dict[str, object], field: str
) -> None:
    """And nothing is used."""
    where = {"vendor": rule.partition(".")[0], "sandbox": name}
    found = problem_of(
        client.post(f"/_mock/limits/{rule}/exhaust", params=where, json=body), 422, "bad-value"
    )
    assert found["field"] == field


def test_a_limit_that_is_switched_off_is_not_used_up(client: httpx.Client, name: str) -> None:
    """It would not be met."""
    hapyak = HapYak(client, name)
    hapyak.unlimited()
    where = {"vendor": "hapyak", "sandbox": name}
    problem_of(client.post("/_mock/limits/hapyak.rate-day/exhaust", params=where), 409, "limit-off")


@pytest.mark.parametrize("rule", ["hapyak.key", "hapyak.nonsense", "nobody.rate-minute"])
def test_what_is_no_limit_is_not_there(client: httpx.Client, rule: str) -> None:
    """With those that there are."""
    problem_of(client.post(f"/_mock/limits/{rule}/exhaust"), 404, "unknown-limit")


def test_without_a_sandbox_each_has_its_own_and_new_ones_too(mocks: Mocks) -> None:
    """A limit used up everywhere is used up for whoever comes, once for each."""
    mocks.use("hapyak", "one")
    mocks.send("POST", "limits/hapyak.rate-minute/exhaust", {"left": 1})
    mocks.use("hapyak", "two")
    used = {row["sandbox"]: row["used"] for row in mocks.get("limits") if row["rule"] == "hapyak.rate-minute"}
    assert used == {"one": 3, "two": 3}


def test_a_job_is_released_by_its_number_in_one_sandbox(mocks: Mocks) -> None:
    """A number that several have wants the sandbox named, and one that there is not is told so."""
    mocks.use("echo360", "one", "two")
    mocks.send("POST", "limits/echo360.in-flight/exhaust")
    problem_of(mocks.client.delete("/_mock/jobs/1"), 422, "missing-sandbox")
    assert mocks.send("DELETE", "jobs/1", vendor="echo360", sandbox="one")["sandbox"] == "one"
    problem_of(mocks.client.delete("/_mock/jobs/9"), 404, "unknown-job")
    assert [job["sandbox"] for job in mocks.get("jobs")] == ["one", "one", "two", "two", "two"]


def test_on_an_automatic_clock_a_client_that_waits_gets_through(client: httpx.Client, name: str) -> None:
    """The refusal moves the clock to where the first of the crashed run's jobs ends, and no further."""
    echo = Echo360(client, name)
    echo.mock.call("POST", "clock", {"mode": "auto"})
    echo.sign_in()
    echo.mock.call("POST", "limits/echo360.in-flight/exhaust", {"time": "3h"})
    assert_refused(echo.submit(), 400, "echo360.in-flight")
    echo.submitted()
    assert echo.mock.now.startswith("2026-03-04T15:00:")


def test_two_clients_that_poll_one_sandbox_do_not_run_away_with_time(name: str) -> None:
    """Each polls a report of its own until it is there: it is then as late as the longer one takes."""
    app = create_app(Settings(clock="auto", now=parse_instant("2026-03-04T12:00:00Z"), size="tiny"))
    client = httpx.Client(transport=transport(app), base_url="http://127.0.0.1:8080")
    hapyak = HapYak(client, name)
    hapyak.mock.plan(time="1h", parameters={"start": "2026-03-01"})
    hapyak.mock.plan(time="10m", parameters={"start": "2026-03-02"})

    def poll(start: str) -> int:
        polls = 1
        while hapyak.ask(start=start, end="2026-03-03").status_code == 202:
            polls += 1
        return polls

    with ThreadPoolExecutor(2) as threads:
        polls = list(threads.map(poll, ("2026-03-01", "2026-03-02")))
    now = parse_instant(hapyak.mock.now) - parse_instant("2026-03-04T12:00:00Z")
    client.close()
    app.kernel.store.close()
    assert max(polls) <= 4
    assert HOUR <= now < 2 * HOUR
