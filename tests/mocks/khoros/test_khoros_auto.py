"""Khoros on a clock that jumps to the end of every wait: an unmodified client never waits for long."""

from collections.abc import Iterator
from itertools import pairwise

import httpx
import pytest

from reportmocks.app import create_app
from reportmocks.settings import Settings
from support.khoros import START, Khoros
from support.wsgi import transport


@pytest.fixture
def jumping(name: str) -> Iterator[Khoros]:
    """A client of a server whose exports take two hours, on a clock that jumps."""
    app = create_app(Settings(clock="auto", now=START, size="tiny", report_time=2 * 3_600_000))
    with httpx.Client(transport=transport(app), base_url="http://127.0.0.1:8080") as client:
        yield Khoros(client, name)
    app.kernel.store.close()


def states(khoros: Khoros, polls: int) -> list[tuple[str, str, bool]]:
    """What so many polls in a row are told."""
    run = khoros.submitted()
    told = [khoros.poll(run) for _ in range(polls)]
    return [
        (t["result"]["runnerState"], t["result"]["detail"], bool(t["jobInfo"]["downloadUrl"])) for t in told
    ]


def test_an_export_of_two_hours_is_there_at_the_second_poll(jumping: Khoros) -> None:
    """khoros.running: being told that it runs moves the clock to its end."""
    assert states(jumping, 2) == [("RUNNING", "", False), ("CLOSED", "COMPLETED", True)]
    assert jumping.mock.now.startswith("2026-03-04T14:00:0")


def test_a_lagging_download_is_there_at_the_third(jumping: Khoros) -> None:
    """khoros.lagging: an empty downloadUrl is another wait."""
    jumping.mock.plan(outcome="lagging")
    assert [there for _, _, there in states(jumping, 3)] == [False, False, True]


def test_a_download_asked_for_too_soon_is_a_wait(jumping: Khoros) -> None:
    """khoros.download-early: who only tries to download gets there too."""
    jumping.mock.plan(outcome="lagging")
    url = jumping.submitted()["statusUrl"].replace("/status?", "/download?")
    assert [jumping.open(url).status_code for _ in range(3)] == [404, 404, 307]


def test_a_limit_is_a_wait_of_a_second(jumping: Khoros) -> None:
    """khoros.rate-minute, khoros.retry-after: the call after the refusal is answered."""
    answers = [jumping.call("GET", "/teams") for _ in range(60)]
    told = [answer.status_code for answer in answers]
    assert set(told) == {200, 429}
    assert all((200 in pair) for pair in pairwise(told))
    assert {answer.headers["Retry-After"] for answer in answers if answer.status_code == 429} == {"1"}


def test_jumps_do_not_expire_what_was_given(jumping: Khoros) -> None:
    """khoros.presigned-life: a signed address comes along when another export moves the clock by hours."""
    run = jumping.submitted()
    jumping.poll(run)
    link = jumping.link(jumping.poll(run)["jobInfo"]["downloadUrl"])
    assert states(jumping, 2)[-1] == ("CLOSED", "COMPLETED", True)
    assert jumping.mock.now.startswith("2026-03-04T16:00:0")
    assert jumping.client.get(link).status_code == 200


def test_an_export_that_never_ends_moves_nothing(jumping: Khoros) -> None:
    """khoros.running: there is no end to jump to, and a client must give up by itself."""
    jumping.mock.plan(outcome="never")
    assert set(states(jumping, 5)) == {("RUNNING", "", False)}
    assert jumping.mock.now.startswith("2026-03-04T12:00:0")
