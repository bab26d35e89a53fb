"""A run of an engagement report from its first request to its end, as HapYak's page has it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from reportcontracts.validation import violations
from support.answers import rules_of
from support.brightcove import Brightcove, assert_refused, rows
from support.engagement import PROJECTS, STREAM


def test_a_run_is_202_until_it_is_complete_and_200_from_then_on(brightcove: Brightcove) -> None:
    """brightcove.running: to the millisecond; the status alone tells a client whether to wait."""
    assert brightcove.ask().status_code == 202
    brightcove.mock.advance("1999ms")
    waiting = brightcove.ask()
    assert waiting.status_code == 202
    assert rules_of(waiting) == ["brightcove.running"]
    assert violations("brightcove", "running", waiting.json()) == []
    brightcove.mock.advance("1ms")
    done = brightcove.ask()
    assert done.status_code == 200
    assert rules_of(done) == []
    assert rows(PROJECTS, done)


@pytest.mark.parametrize("send_status", [None, "false"])
def test_without_send_status_the_wait_looks_like_a_report(
    brightcove: Brightcove, send_status: str | None
) -> None:
    """brightcove.no-send-status: the trap that the page warns of; only the body tells it."""
    trap = brightcove.ask(send_status=send_status)
    assert trap.status_code == 200
    assert rules_of(trap) == ["brightcove.running", "brightcove.no-send-status"]
    assert violations("brightcove", "running", trap.json()) == []
    brightcove.mock.advance("2s")
    assert rows(PROJECTS, brightcove.ask(send_status=send_status))


def test_head_is_a_poll_without_a_body(brightcove: Brightcove) -> None:
    """brightcove.method: the API reference has HEAD everywhere."""
    path, asked = f"/api/reports/v2/{PROJECTS}", {"send_status": "true"}
    waiting = brightcove.send("HEAD", path, asked)
    assert (waiting.status_code, waiting.content) == (202, b"")
    brightcove.mock.advance("2s")
    head, get = brightcove.send("HEAD", path, asked), brightcove.send("GET", path, asked)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == get.headers
    assert int(head.headers["Content-Length"]) == len(get.content) > 0
    assert len(brightcove.mock.jobs()) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"start": "2026-03-02"},
        {"end": None},
        {"format": "json"},
        {"format": None},
        {"send_status": None},
        {"account_id": "1"},
        {"account_id": None},
        {"unknown": "1"},
        {"Start": "2026-03-01"},
    ],
    ids=str,
)
def test_any_changed_parameter_starts_another_run(
    brightcove: Brightcove, changed: dict[str, str | None]
) -> None:
    """brightcove.identity: a note of the page's published source; the account is a parameter too."""
    sent = {"start": "2026-03-01", "end": "2026-03-03", "format": "csv"}
    for _ in range(2):
        brightcove.ask(**sent)
        assert len(brightcove.mock.jobs()) == 1
    brightcove.ask(**(sent | changed))
    assert len({job["id"] for job in brightcove.mock.jobs()}) == 2


def test_another_token_asks_for_the_same_run(brightcove: Brightcove) -> None:
    """brightcove.identity: clients renew their token between two polls."""
    brightcove.ask()
    brightcove.sign_in()
    brightcove.mock.advance("2s")
    assert brightcove.ask().status_code == 200
    assert len(brightcove.mock.jobs()) == 1


def test_no_cache_does_not_make_a_report_run_again(brightcove: Brightcove) -> None:
    """brightcove.no-cache: the page's sample sends it with every poll."""
    sent = {"send_status": "true"}
    for status in (202, 200, 200):
        path = f"/api/reports/v2/{PROJECTS}"
        answer = brightcove.send("GET", path, sent, headers={"Cache-Control": "no-cache"})
        assert answer.status_code == status
        brightcove.mock.advance("2s")
    assert len(brightcove.mock.jobs()) == 1


def test_a_result_is_kept_for_a_day_from_its_completion(brightcove: Brightcove) -> None:
    """brightcove.cache-life: to the millisecond; then the same request starts another run."""
    first = brightcove.fetch().content
    brightcove.mock.advance("23h59m59s999ms")
    kept = brightcove.ask()
    assert (kept.status_code, kept.content) == (200, first)
    brightcove.mock.advance("1ms")
    assert brightcove.ask().status_code == 202
    assert [job["phase"] for job in brightcove.mock.jobs()] == ["expired", "running"]


def test_a_run_holds_what_had_happened_when_it_was_submitted(brightcove: Brightcove) -> None:
    """brightcove.snapshot: polled late or fetched late, the rows are the same."""
    asked = {"start": "2026-03-01", "end": "2026-03-10"}
    early = brightcove.fetch(STREAM, **asked)
    brightcove.mock.advance("23h")
    assert brightcove.ask(STREAM, **asked).content == early.content
    newer = brightcove.fetch(STREAM, **asked, another="run")
    assert len(rows(STREAM, newer)) > len(rows(STREAM, early)) > 0


def test_a_failed_run_says_so_once_and_then_runs_again(brightcove: Brightcove) -> None:
    """brightcove.failed: a client that asks again must get a new chance, and one that does not must know."""
    brightcove.mock.plan(outcome="failed", time="5s")
    assert brightcove.ask().status_code == 202
    brightcove.mock.advance("5s")
    assert_refused(brightcove.ask(), 500, "failed", "UNKNOWN")
    assert brightcove.fetch().status_code == 200
    assert [job["phase"] for job in brightcove.mock.jobs()] == ["failed", "done"]


def test_a_run_that_never_ends_stays_202(brightcove: Brightcove) -> None:
    """brightcove.running: clients need a limit of their own, as the page's sample has."""
    brightcove.mock.plan(outcome="never")
    for wait in ("0s", "2h", "30d"):
        brightcove.mock.advance(wait)
        assert brightcove.ask().status_code == 202


def test_clients_that_ask_at_the_same_moment_share_a_run(brightcove: Brightcove) -> None:
    """brightcove.identity: two workers of one client must not use up two of four runs a minute."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: brightcove.ask(), range(16)))
    assert {answer.status_code for answer in answers} == {202}
    assert len(brightcove.mock.jobs()) == 1


def test_a_run_belongs_to_its_client(brightcove: Brightcove) -> None:
    """brightcove.scope: the same request of another client is another run."""
    other = replace(brightcove, name=f"{brightcove.name}-2")
    other.stay_signed_in()
    brightcove.fetch()
    assert other.ask().status_code == 202
