"""A run from its first request to its end: 202, 200, kept for a day; failed, never done, polled."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from reportcontracts.validation import violations
from support.answers import rules_of
from support.engagement import PROJECTS, STREAM
from support.hapyak import HapYak, assert_refused, rows


def test_a_run_is_202_until_it_is_complete_and_200_from_then_on(hapyak: HapYak) -> None:
    """hapyak.running: the status alone tells a client with send_status=true whether to wait."""
    assert hapyak.ask().status_code == 202
    hapyak.mock.advance("1999ms")
    waiting = hapyak.ask()
    assert waiting.status_code == 202
    assert rules_of(waiting) == ["hapyak.running"]
    assert violations("hapyak", "running", waiting.json()) == []
    hapyak.mock.advance("1ms")
    done = hapyak.ask()
    assert done.status_code == 200
    assert rules_of(done) == []
    assert rows(PROJECTS, done)


def test_without_send_status_the_wait_looks_like_a_report(hapyak: HapYak) -> None:
    """hapyak.no-send-status: the trap that the vendor's page warns of; only the body tells it."""
    trap = hapyak.ask(send_status=None)
    assert trap.status_code == 200
    assert rules_of(trap) == ["hapyak.running", "hapyak.no-send-status"]
    assert violations("hapyak", "running", trap.json()) == []
    assert any("send_status" in note for note in hapyak.last_request["notes"])
    hapyak.mock.advance("2s")
    assert rows(PROJECTS, hapyak.ask(send_status=None))


def test_send_status_false_is_the_trap_too(hapyak: HapYak) -> None:
    """hapyak.no-send-status: only `true` forces the 202."""
    assert hapyak.ask(send_status="false").status_code == 200


def test_the_first_request_may_be_the_last(hapyak: HapYak) -> None:
    """hapyak.running: a report that takes no time is there at once, and clients must take it then."""
    hapyak.mock.plan(time="0s")
    assert rows(PROJECTS, hapyak.ask())


def test_head_is_answered_like_get_but_for_the_body(hapyak: HapYak) -> None:
    """hapyak.method: HEAD asks for the headers that GET would give, and is a poll like GET."""
    waiting = hapyak.send("HEAD")
    assert (waiting.status_code, waiting.content) == (202, b"")
    hapyak.mock.advance("2s")
    head, get = hapyak.send("HEAD"), hapyak.ask()
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == get.headers
    assert int(head.headers["Content-Length"]) == len(get.content) > 0
    assert len(hapyak.mock.jobs()) == 1


def test_the_same_request_is_the_same_run(hapyak: HapYak) -> None:
    """hapyak.identity: a run is found again by report and parameters, which is all that a client has."""
    for report in (PROJECTS, STREAM, PROJECTS, STREAM):
        hapyak.ask(report, start="2026-03-01", end="2026-03-02")
    assert [job["report"] for job in hapyak.mock.jobs()] == [PROJECTS, STREAM]


def test_the_order_of_parameters_does_not_matter(hapyak: HapYak) -> None:
    """hapyak.identity: clients that build their query from a set must not start a run with each poll."""
    hapyak.ask(start="2026-03-01", end="2026-03-02", format="csv")
    hapyak.client.get(
        f"/hapyak/api/reports/v2/{PROJECTS}?format=csv&end=2026-03-02&send_status=true&start=2026-03-01",
        headers={"X-Hapyak-API-Key": hapyak.key},
    )
    assert len(hapyak.mock.jobs()) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"start": "2026-03-02"},
        {"start": None},
        {"end": "2026-03-04"},
        {"end": None},
        {"format": "json"},
        {"format": None},
        {"send_status": "false"},
        {"send_status": None},
        {"unknown": "1"},
        {"unknown": ""},
        {"Start": "2026-03-01"},
    ],
    ids=str,
)
def test_any_changed_parameter_starts_another_run(hapyak: HapYak, changed: dict[str, str | None]) -> None:
    """hapyak.identity: even where the rows would be the same, the vendor processes the report again."""
    sent = {"start": "2026-03-01", "end": "2026-03-03", "format": "csv"}
    hapyak.ask(**sent)
    hapyak.ask(**(sent | changed))
    assert len({job["id"] for job in hapyak.mock.jobs()}) == 2


def test_a_run_keeps_its_end_when_midnight_passes(hapyak: HapYak) -> None:
    """hapyak.default-range: a report polled over midnight must not become another one underway."""
    hapyak.mock.plan(time="20h")
    assert hapyak.ask().status_code == 202
    before = hapyak.last_job["request"]
    hapyak.mock.advance("12h")
    assert hapyak.ask().status_code == 202
    hapyak.mock.advance("8h")
    assert hapyak.ask().status_code == 200
    (only,) = hapyak.mock.jobs()
    assert only["request"] == before


def test_a_run_holds_what_had_happened_when_it_was_submitted(hapyak: HapYak) -> None:
    """hapyak.snapshot: polled late or fetched late, the rows are the same."""
    asked = {"start": "2026-03-01", "end": "2026-03-10"}
    early = hapyak.fetch(STREAM, **asked)
    hapyak.mock.advance("23h")
    late = hapyak.ask(STREAM, **asked)
    assert late.content == early.content
    times = [row["timestamp"] for row in rows(STREAM, late)]
    assert max(times) < "2026-03-04 12:00:00"
    newer = hapyak.fetch(STREAM, **asked, another="run")
    assert len(rows(STREAM, newer)) > len(times)


def test_a_failed_run_says_so_once_and_then_runs_again(hapyak: HapYak) -> None:
    """hapyak.failed: a client that asks again must get a new chance, and one that does not must know."""
    hapyak.mock.plan(outcome="failed", time="5s")
    assert hapyak.ask().status_code == 202
    hapyak.mock.advance("5s")
    failed = hapyak.ask()
    assert_refused(failed, 500, "hapyak.failed")
    assert hapyak.fetch().status_code == 200
    assert [job["phase"] for job in hapyak.mock.jobs()] == ["failed", "done"]


def test_a_run_that_never_ends_stays_202(hapyak: HapYak) -> None:
    """hapyak.running: clients need a limit of their own, as the vendor's sample has."""
    hapyak.mock.plan(outcome="never")
    for wait in ("0s", "2h", "30d"):
        hapyak.mock.advance(wait)
        assert hapyak.ask().status_code == 202
    (only,) = hapyak.mock.jobs()
    assert only["finishes"] is None


def test_a_run_takes_the_time_that_was_planned(hapyak: HapYak) -> None:
    """hapyak.running: to the millisecond, so that a client's time-out can be tested on both sides."""
    hapyak.mock.plan(time="2h", report=STREAM)
    hapyak.ask(STREAM)
    hapyak.mock.advance("1h59m59s999ms")
    assert hapyak.ask(STREAM).status_code == 202
    hapyak.mock.advance("1ms")
    assert hapyak.ask(STREAM).status_code == 200


def test_a_plan_is_for_the_next_run_of_its_report(hapyak: HapYak) -> None:
    """hapyak.running: a test plans one report's fate without touching the others."""
    hapyak.mock.plan(time="1h", report=STREAM)
    hapyak.ask(PROJECTS)
    hapyak.ask(STREAM)
    hapyak.ask(STREAM, another="run")
    hapyak.mock.advance("2s")
    asked = [hapyak.ask(PROJECTS), hapyak.ask(STREAM), hapyak.ask(STREAM, another="run")]
    assert [answer.status_code for answer in asked] == [200, 202, 200]


def test_a_run_may_wait_for_polls_instead_of_time(hapyak: HapYak) -> None:
    """hapyak.running: three polls, whatever the clock does, make a test independent of speed."""
    hapyak.mock.plan(polls=3)
    hapyak.ask()
    hapyak.mock.advance("1h")
    assert [hapyak.ask().status_code for _ in range(4)] == [202, 202, 200, 200]


def test_no_cache_does_not_make_a_report_run_again(hapyak: HapYak) -> None:
    """hapyak.no-cache: the vendor's own sample sends it with every poll."""
    headers = {"Cache-Control": "no-cache", "Pragma": "no-cache"}
    for status in (202, 200, 200):
        assert hapyak.send("GET", headers=headers).status_code == status
        hapyak.mock.advance("2s")
    assert len(hapyak.mock.jobs()) == 1


def test_a_result_is_kept_for_a_day_from_its_completion(hapyak: HapYak) -> None:
    """hapyak.cache-life: to the millisecond; then the same request starts another run."""
    first = hapyak.fetch().content
    hapyak.mock.advance("23h59m59s999ms")
    kept = hapyak.ask()
    assert (kept.status_code, kept.content) == (200, first)
    hapyak.mock.advance("1ms")
    assert hapyak.ask().status_code == 202
    assert [job["phase"] for job in hapyak.mock.jobs()] == ["expired", "running"]


def test_a_result_that_is_never_fetched_is_kept_no_longer(hapyak: HapYak) -> None:
    """hapyak.cache-life: the day begins when the run is complete, not when somebody looks."""
    hapyak.ask()
    hapyak.mock.advance("1d2s")
    assert hapyak.ask().status_code == 202


def test_keys_have_runs_of_their_own(hapyak: HapYak) -> None:
    """hapyak.scope: one client's reports, failures and limits are none of another's."""
    other = HapYak(hapyak.client, f"{hapyak.key}-2")
    hapyak.fetch()
    hapyak.start(3)
    assert hapyak.start(1)[0].status_code == 429
    assert other.ask().status_code == 202
    assert len(other.mock.jobs()) == 1


def test_clients_that_ask_at_the_same_moment_share_a_run(hapyak: HapYak) -> None:
    """hapyak.identity: two workers of one client must not use up two of four runs a minute."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: hapyak.ask(), range(24)))
    assert {answer.status_code for answer in answers} == {202}
    assert len(hapyak.mock.jobs()) == 1
    assert hapyak.mock.limits()["rate-minute"]["used"] == 1
