"""What a moved clock tells: everything that came due, whatever it was, in the order in which it did."""

import httpx

from support.brightcove import Brightcove
from support.echo360 import Echo360
from support.hapyak import HapYak
from support.khoros import Khoros


def test_tokens_links_and_jobs_are_told_in_order(client: httpx.Client, name: str) -> None:
    """A request, its token and its link, over three weeks."""
    echo = Echo360(client, name)
    echo.sign_in()
    echo.finished()
    answer = echo.mock.call("POST", "clock", {"advance": "21d"})
    assert [(event["at"][8:19], event["event"]) for event in answer["events"]] == [
        ("04T12:01:00", "rate window echo360.rate-minute freed 1"),
        ("04T12:01:02", "rate window echo360.rate-minute freed 1"),
        ("04T13:00:00", "token expired"),
        ("11T12:00:02", "link expired (job 1)"),
        ("18T12:00:00", "job 1 became Expired"),
    ]


def test_of_a_job_s_links_the_last_one_is_told(client: httpx.Client, name: str) -> None:
    """Each poll signs a new one, and a client that polls for an hour must not have a thousand events."""
    echo = Echo360(client, name)
    echo.sign_in()
    request = echo.submitted()
    echo.mock.advance("2s")
    echo.link(request)
    echo.mock.advance("1h59m58s")
    echo.sign_in()
    echo.link(request)
    events = echo.mock.call("POST", "clock", {"advance": "8d"})["events"]
    assert [event["at"] for event in events if event["event"].startswith("link")] == [
        "2026-03-11T14:00:00.000Z"
    ]


def test_a_cached_result_is_told_when_it_is_dropped(client: httpx.Client, name: str) -> None:
    """A day after it was there; by the word that users of HapYak know."""
    hapyak = HapYak(client, name)
    hapyak.fetch()
    assert hapyak.mock.advance("2d")[-1] == "cache entry dropped (job 1)"


def test_other_vendors_have_such_events_too(client: httpx.Client, name: str) -> None:
    """Brightcove's tokens of five minutes, and Khoros' signed links of a minute."""
    brightcove = Brightcove(client, name)
    brightcove.sign_in()
    assert brightcove.mock.advance("5m") == ["token expired"]
    khoros = Khoros(client, name)
    khoros.link(khoros.finished())
    events = khoros.mock.advance("1d")
    assert [event for event in events if not event.startswith("rate window")] == [
        "link expired (job 1)",
        "job 1 became CLOSED, COMPLETED, download expired",
    ]


def test_what_does_not_expire_is_not_told(client: httpx.Client, name: str) -> None:
    """A token under a rule that is switched off."""
    brightcove = Brightcove(client, name)
    brightcove.stay_signed_in()
    assert brightcove.mock.advance("30d") == []


def test_jumps_of_an_automatic_clock_expire_nothing_unless_they_are_told_to(
    client: httpx.Client, name: str
) -> None:
    """With `carry` off a report that takes longer than a token lives has the client renew it."""
    brightcove = Brightcove(client, name)
    brightcove.mock.call("POST", "clock", {"mode": "auto"})
    brightcove.sign_in()
    brightcove.mock.plan(time="1h")
    assert [brightcove.ask().status_code for _ in range(2)] == [202, 200]
    brightcove.mock.call("POST", "clock", {"carry": False})
    brightcove.mock.plan(time="1h")
    assert [brightcove.ask(run="2").status_code for _ in range(2)] == [202, 401]
    brightcove.sign_in()
    assert brightcove.ask(run="2").status_code == 200
