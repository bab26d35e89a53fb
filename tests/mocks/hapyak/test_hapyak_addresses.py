"""By which addresses HapYak is reached, what its answers say of the mock, and whose time they tell."""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any, Final

import httpx
import pytest

from reportmocks.app import create_app
from reportmocks.kernel.clock import instant_of
from reportmocks.settings import Settings
from support.answers import rules_of
from support.engagement import PROJECTS, SEND_STATUS, START, STREAM
from support.hapyak import BASE, KEY, HapYak, assert_refused, rows

pytestmark = pytest.mark.wire

HOSTS: Final = [
    "www.hapyak.com",
    "api.hapyak.com",
    "hapyak.com",
    "hapyak.localhost",
    "hapyak.localhost:8080",
    "www.hapyak.com:443",
    "WWW.HapYak.COM",
]


def at_host(hapyak: HapYak, host: str, path: str) -> httpx.Response:
    """A request to a path by another host name, with the key."""
    return hapyak.client.get(path, params=dict(SEND_STATUS), headers={"Host": host, KEY: hapyak.key})


@pytest.mark.parametrize("host", HOSTS)
def test_the_vendor_s_own_names_lead_to_its_paths(hapyak: HapYak, host: str) -> None:
    """hapyak.unknown-path: a client whose URL cannot be changed is led here by its host name."""
    assert at_host(hapyak, host, f"/api/reports/v2/{PROJECTS}").status_code == 202
    assert at_host(hapyak, host, f"{BASE}/{PROJECTS}").status_code == 404
    (only,) = hapyak.mock.jobs()
    assert hapyak.ask().status_code == 202
    assert hapyak.mock.jobs() == [only | {"polls": only["polls"]}]


@pytest.mark.parametrize(
    "path", ["/_mock/health", "/_mock/rules/hapyak.key", "/_storage/x", "/echo360/reports", "/"]
)
@pytest.mark.parametrize("host", ["www.hapyak.com", "hapyak.localhost:8080"])
def test_nothing_else_is_reachable_by_the_vendor_s_names(hapyak: HapYak, host: str, path: str) -> None:
    """hapyak.unknown-path: a client that is led here must find its vendor and nothing but that."""
    assert_refused(at_host(hapyak, host, path), 404, "hapyak.unknown-path")


@pytest.mark.parametrize("host", ["hapyak.com.example", "nothapyak.com", "www.hapyak.localhost", "", "\\"])
def test_other_names_lead_to_the_prefix(hapyak: HapYak, host: str) -> None:
    """hapyak.unknown-path: a name in front of the server, whatever it is, changes nothing."""
    assert at_host(hapyak, host, f"{BASE}/{PROJECTS}").status_code == 202
    assert hapyak.client.get("/_mock/health", headers={"Host": host}).is_success
    assert at_host(hapyak, host, f"/api/reports/v2/{PROJECTS}").status_code == 404


@pytest.mark.parametrize("host", ["", "www.hapyak.com"])
def test_a_rule_is_explained_where_the_answer_says(hapyak: HapYak, host: str) -> None:
    """hapyak.bad-parameter: the `Link` of an answer can be followed, by whatever name the client came."""
    path = f"/api/reports/v2/{PROJECTS}" if host else f"{BASE}/{PROJECTS}"
    headers = {KEY: hapyak.key} | ({"Host": host} if host else {})
    answer = hapyak.client.get(path, params={"format": "xml"}, headers=headers)
    assert rules_of(answer) == ["hapyak.bad-parameter"]
    target, relation = answer.headers["Link"].split("; ")
    assert relation == 'rel="describedby"'
    url = httpx.URL(target.strip("<>"))
    assert url.host in ("localhost", "127.0.0.1")
    assert url.port == (hapyak.client.base_url.port or url.port)
    told = hapyak.client.get(url.path).json()
    assert (told[0] if isinstance(told, list) else told)["id"] == "hapyak.bad-parameter"


def test_hints_can_be_left_out() -> None:
    """hapyak.error-body: a client's test may want answers that hold nothing but the vendor's."""
    app = create_app(Settings(clock="frozen", now=START, size="tiny", hints=False))
    with httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://127.0.0.1") as client:
        for hapyak in (HapYak(client, "key"), HapYak(client, "invalid")):
            assert not {"x-mock-rule", "link"} & set(hapyak.ask().headers)
    app.kernel.store.close()


def test_answers_carry_what_the_vendor_s_do_and_no_more(hapyak: HapYak) -> None:
    """hapyak.content-type: no cookies, no chunks, no hints without a rule."""
    for form, kind in (("csv", "text/csv; charset=utf-8"), ("json", "application/json")):
        headers = hapyak.fetch(STREAM, format=form).headers
        assert headers["Content-Type"] == kind
        assert set(headers) - {"server", "connection"} == {"content-type", "content-length", "date"}


def test_the_date_is_the_sandbox_s(hapyak: HapYak) -> None:
    """A client that reckons with the server's clock must see the one that windows go by."""
    for advance, later in (("0s", 0), ("90m", 5_400_000), ("400d", 34_565_400_000)):
        hapyak.mock.advance(advance)
        for answer in (hapyak.ask(), hapyak.ask("nothing"), hapyak.ask(format="xml"), hapyak.send("DELETE")):
            assert instant_of(parsedate_to_datetime(answer.headers["Date"])) == START + later


# Clocks that move by themselves


def polls(hapyak: HapYak, **parameters: str) -> Iterator[httpx.Response]:
    """An unmodified client's loop, but for its sleep: every answer until the report is there."""
    while True:
        answer = hapyak.ask(**parameters)
        yield answer
        if answer.status_code == 200:
            return


def test_a_clock_that_jumps_finishes_on_the_second_request(hapyak: HapYak) -> None:
    """hapyak.running: two hours pass between two requests, and nothing in the client knows."""
    hapyak.mock.call("POST", "clock", {"mode": "auto"})
    hapyak.mock.plan(time="2h")
    answers = list(islice(polls(hapyak), 5))
    assert [answer.status_code for answer in answers] == [202, 200]
    assert rows(PROJECTS, answers[-1])
    assert "2026-03-04T14:00:00" <= hapyak.mock.now < "2026-03-04T14:01:00"


def test_a_clock_that_jumps_lets_limited_clients_go_on(hapyak: HapYak) -> None:
    """hapyak.retry-after: one second, which is all that it takes; and a limit is still met."""
    hapyak.mock.call("POST", "clock", {"mode": "auto"})
    for day in range(1, 31):
        answers = list(islice(polls(hapyak, start="2026-01-01", end=f"2026-01-{day:02}"), 5))
        assert answers[-1].status_code == 200
        for answer in answers[:-1]:
            assert answer.status_code in (202, 429)
            assert answer.headers.get("Retry-After") == ("1" if answer.status_code == 429 else None)
    limited = [entry for entry in hapyak.mock.requests() if entry["status"] == 429]
    assert {entry["rule"] for entry in limited} == {"hapyak.rate-minute", "hapyak.rate-hour"}


def test_a_clock_that_jumps_does_not_wait_for_what_never_ends(hapyak: HapYak) -> None:
    """hapyak.running: there is no end to jump to, and the client's own time-out is what is tested."""
    hapyak.mock.call("POST", "clock", {"mode": "auto"})
    hapyak.mock.plan(outcome="never")
    assert [hapyak.ask().status_code for _ in range(3)] == [202] * 3
    assert hapyak.mock.now < "2026-03-04T12:01:00"


def test_a_clock_may_run_faster_than_the_wall(hapyak: HapYak) -> None:
    """hapyak.running: an hour's report in a moment, with real time in between."""
    hapyak.mock.plan(time="1h")
    hapyak.mock.call("POST", "clock", {"mode": "real", "scale": 100_000})
    answers = list(islice(polls(hapyak), 100_000))
    assert answers[-1].status_code == 200
    assert {answer.status_code for answer in answers[:-1]} <= {202}
    assert hapyak.mock.now > "2026-03-04T13:00:00"


def test_a_clock_may_run_as_the_wall_does(hapyak: HapYak) -> None:
    """hapyak.running: ten milliseconds of it."""
    hapyak.mock.plan(time="10ms")
    hapyak.mock.call("POST", "clock", {"mode": "real"})
    assert list(islice(polls(hapyak), 100_000))[-1].status_code == 200


def test_the_clock_tells_what_came_due(hapyak: HapYak) -> None:
    """hapyak.rate-minute: one who moves the clock sees what it did, in order."""
    hapyak.mock.plan(outcome="failed", time="30s")
    hapyak.ask()
    hapyak.ask(another="run")
    assert hapyak.mock.advance("90s") == [
        "job 2 became done",
        "job 1 became failed",
        "rate window hapyak.rate-minute freed 2",
    ]


def test_a_client_that_polls_a_clock_that_stands_is_told_so(hapyak: HapYak) -> None:
    """hapyak.running: the log says what to do, or a newcomer would poll for ever."""
    hapyak.ask()
    entry: dict[str, Any] = hapyak.last_request
    assert "clock is frozen; reportmocks ctl clock +2s" in entry["notes"]
