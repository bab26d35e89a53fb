"""What a key may use up: runs by the minute, the hour and the day, and rows by the report."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from reportmocks.kernel.clock import DAY, HOUR, MINUTE, duration_text
from support.answers import rules_of
from support.engagement import RATES, STREAM, lines
from support.hapyak import HapYak, assert_refused, rows

WINDOWS = [("rate-minute", 4, MINUTE), ("rate-hour", 20, HOUR), ("rate-day", 100, DAY)]


def statuses(hapyak: HapYak, count: int) -> set[int]:
    """The statuses of so many new runs."""
    return {answer.status_code for answer in hapyak.start(count)}


def only(hapyak: HapYak, rule: str) -> None:
    """Leave one of the rate limits on."""
    for other in RATES:
        hapyak.mock.rule(other, enabled=other == rule)


@pytest.mark.parametrize(("rule", "number", "window"), WINDOWS)
def test_a_rate_limit_is_met_at_its_number_and_frees_at_its_edge(
    hapyak: HapYak, rule: str, number: int, window: int
) -> None:
    """hapyak.rate-minute, hapyak.rate-hour, hapyak.rate-day: one below, at, above; to the millisecond."""
    only(hapyak, rule)
    assert statuses(hapyak, number - 1) == {202}
    assert statuses(hapyak, 1) == {202}
    (refused,) = hapyak.start(1)
    assert_refused(refused, 429, f"hapyak.{rule}")
    assert rules_of(refused) == [f"hapyak.{rule}", "hapyak.rate-limited"]
    assert refused.headers["Retry-After"] == str(window // 1000)
    hapyak.mock.advance(duration_text(window - 1))
    assert statuses(hapyak, 1) == {429}
    hapyak.mock.advance("1ms")
    assert statuses(hapyak, number) == {202}
    assert statuses(hapyak, 1) == {429}


def test_rate_limits_stack(hapyak: HapYak) -> None:
    """hapyak.rate-day: four a minute, twenty an hour, a hundred a day hold together, as documented."""
    for hour in range(5):
        for minute in range(5):
            assert statuses(hapyak, 4) == {202}
            (refused,) = hapyak.start(1)
            full = "minute" if minute < 4 else "hour" if hour < 4 else "day"
            assert_refused(refused, 429, f"hapyak.rate-{full}")
            hapyak.mock.advance("1m")
        hapyak.mock.advance("55m")
    (refused,) = hapyak.start(1)
    assert_refused(refused, 429, "hapyak.rate-day")
    assert refused.headers["Retry-After"] == str(19 * 3600)
    assert {name: limit["used"] for name, limit in hapyak.mock.limits().items() if name in RATES} == {
        "rate-minute": 0,
        "rate-hour": 16,
        "rate-day": 100,
    }


def test_a_window_slides(hapyak: HapYak) -> None:
    """hapyak.rate-minute: runs free one by one as they started, not all with the clock's minute."""
    for _ in range(4):
        assert statuses(hapyak, 1) == {202}
        hapyak.mock.advance("10s")
    (refused,) = hapyak.start(1)
    assert refused.headers["Retry-After"] == "20"
    hapyak.mock.advance("20s")
    assert [answer.status_code for answer in hapyak.start(2)] == [202, 429]


@pytest.mark.parametrize("passed", ["0s", "1ms", "12345ms", "59s", "59s999ms"])
def test_retry_after_is_true_to_the_second(hapyak: HapYak, passed: str) -> None:
    """hapyak.retry-after: after so many seconds a run is possible, and two seconds earlier it is not."""
    hapyak.start(4)
    hapyak.mock.advance(passed)
    (refused,) = hapyak.start(1)
    seconds = int(refused.headers["Retry-After"])
    if seconds > 1:
        hapyak.mock.advance(f"{seconds - 2}s")
        assert statuses(hapyak, 1) == {429}
        hapyak.mock.advance("2s")
    else:
        hapyak.mock.advance("1s")
    assert statuses(hapyak, 1) == {202}


def test_retry_after_is_true_where_refused_runs_count(hapyak: HapYak) -> None:
    """hapyak.retry-after: a refusal that counts must reckon with itself."""
    hapyak.mock.rule("rate-minute", count_refused=True)
    for _ in range(4):
        hapyak.start(1)
        hapyak.mock.advance("10s")
    (refused,) = hapyak.start(1)
    assert refused.status_code == 429
    hapyak.mock.advance(f"{refused.headers['Retry-After']}s")
    assert statuses(hapyak, 1) == {202}


@pytest.mark.parametrize("count_refused", [False, True])
def test_refused_runs_count_as_the_rule_says(hapyak: HapYak, count_refused: bool) -> None:  # noqa: FBT001
    """hapyak.rate-limited: a client that hammers is set back no further, unless switched."""
    hapyak.mock.rule("rate-minute", count_refused=count_refused)
    hapyak.start(4)
    hapyak.mock.advance("30s")
    assert statuses(hapyak, 10) == {429}
    hapyak.mock.advance("30s")
    assert statuses(hapyak, 4) == ({429} if count_refused else {202})
    assert len(hapyak.mock.jobs()) == (4 if count_refused else 8)


def test_a_refused_run_starts_nothing_and_uses_up_no_plan(hapyak: HapYak) -> None:
    """hapyak.rate-limited: what was planned for the next run is for the next that there is."""
    hapyak.start(4)
    hapyak.mock.plan(outcome="failed", time="0s")
    assert statuses(hapyak, 3) == {429}
    assert len(hapyak.mock.jobs()) == 4
    hapyak.mock.advance("60s")
    assert statuses(hapyak, 2) == {500, 202}


def test_polls_and_kept_results_are_free(hapyak: HapYak) -> None:
    """hapyak.cached-free: polling every second and fetching again and again cost nothing."""
    hapyak.start(3)
    for _ in range(30):
        assert hapyak.ask().status_code == 202
    hapyak.mock.advance("2s")
    for _ in range(30):
        assert hapyak.ask().status_code == 200
    assert hapyak.mock.limits()["rate-minute"]["used"] == 4
    assert statuses(hapyak, 1) == {429}
    assert hapyak.ask().status_code == 200


def test_a_bad_request_is_free(hapyak: HapYak) -> None:
    """hapyak.bad-parameter: what starts no run counts as none."""
    for _ in range(6):
        assert hapyak.ask(format="xml").status_code == 400
        assert hapyak.ask("no_such_report").status_code == 404
        assert hapyak.ask(start="2026-03-05", end="2026-03-04").status_code == 400
    assert statuses(hapyak, 4) == {202}


def test_a_failed_run_counts(hapyak: HapYak) -> None:
    """hapyak.rate-minute: the limit is on running reports, whatever becomes of them."""
    hapyak.mock.plan(outcome="failed", time="0s", times=4)
    assert statuses(hapyak, 4) == {500}
    assert statuses(hapyak, 1) == {429}


def test_a_limit_may_be_changed_underway(hapyak: HapYak) -> None:
    """hapyak.rate-minute: raising it frees at once, lowering it below what is used refuses."""
    hapyak.start(4)
    hapyak.mock.rule("rate-minute", value=5)
    assert [answer.status_code for answer in hapyak.start(2)] == [202, 429]
    hapyak.mock.rule("rate-minute", value=2)
    assert statuses(hapyak, 1) == {429}
    hapyak.mock.advance("60s")
    assert [answer.status_code for answer in hapyak.start(3)] == [202, 202, 429]


def test_with_all_limits_off_nothing_is_counted_out(hapyak: HapYak) -> None:
    """hapyak.rate-minute: what `--limits off` does to every limit, done by hand."""
    hapyak.unlimited()
    assert statuses(hapyak, 120) == {202}


def test_clients_at_the_same_moment_cannot_slip_past_a_limit(hapyak: HapYak) -> None:
    """hapyak.rate-minute: sixteen at once get four runs, not more and not fewer."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: hapyak.start(1)[0].status_code, range(16)))
    assert sorted(answers) == [202] * 4 + [429] * 12


@pytest.mark.parametrize("form", ["csv", "json"])
def test_rows_beyond_the_cap_are_left_out(hapyak: HapYak, form: str) -> None:
    """hapyak.row-cap: one below, at, and one above the number of rows; the rest is as it was."""
    every = rows(STREAM, hapyak.fetch(STREAM, format=form))
    total = len(every)
    for cap in (total - 1, total, total + 1):
        hapyak.mock.rule("row-cap", value=cap)
        capped = hapyak.ask(STREAM, format=form)
        assert rows(STREAM, capped) == every[:cap]
        assert int(capped.headers["Content-Length"]) == len(capped.content)
        assert rules_of(capped) == (["hapyak.row-cap"] if cap < total else [])


def test_a_cut_report_is_told_in_the_journal_alone(hapyak: HapYak) -> None:
    """hapyak.row-cap: the vendor leaves rows out without a word, the mock's journal does not."""
    total = len(lines(hapyak.fetch(STREAM))) - 1
    hapyak.mock.rule("row-cap", value=3)
    hapyak.ask(STREAM)
    assert hapyak.last_request["rules"] == ["hapyak.row-cap"]
    assert f"row cap: {total} rows in total, 3 sent" in hapyak.last_request["notes"]


@pytest.mark.parametrize("enabled", [True, False])
def test_the_documented_cap_leaves_small_reports_alone(hapyak: HapYak, enabled: bool) -> None:  # noqa: FBT001
    """hapyak.row-cap: 500,000 is the default, and no row more comes with it switched off here."""
    assert hapyak.mock.limits()["row-cap"]["value"] == 500_000
    hapyak.mock.rule("row-cap", enabled=enabled)
    assert len(rows(STREAM, hapyak.fetch(STREAM))) > 100
