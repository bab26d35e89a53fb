"""What becomes of Khoros' runs: running, completed, lagging, failed, never ending; and the list of them."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from support.answers import rules_of
from support.khoros import EXPORTS, RUN, Khoros, assert_refused, passed

NULLS = dict.fromkeys(("reason", "currentCount", "totalCount", "lastAcknowledgeTime"))


def seen(khoros: Khoros, run: dict[str, Any]) -> tuple[str, str, bool]:
    """`runnerState`, `detail`, and whether there is a `downloadUrl`; the rest is null."""
    told = khoros.poll(run)
    assert {name: told["result"][name] for name in NULLS} == NULLS
    return told["result"]["runnerState"], told["result"]["detail"], bool(told["jobInfo"]["downloadUrl"])


RUNNING = ("RUNNING", "", False)
COMPLETED = ("CLOSED", "COMPLETED", True)
LAGGING = ("CLOSED", "COMPLETED", False)
FAILED = ("CLOSED", "FAILED", False)


@pytest.mark.parametrize("export", EXPORTS)
def test_every_export_runs_and_is_completed(khoros: Khoros, export: str) -> None:
    """khoros.running, khoros.completed, khoros.status-nulls: ready when CLOSED, COMPLETED and addressed."""
    run = khoros.submitted(export)
    assert seen(khoros, run) == RUNNING
    khoros.mock.advance("1999ms")
    assert seen(khoros, run) == RUNNING
    assert rules_of(khoros.open(run["statusUrl"])) == ["khoros.running"]
    assert khoros.mock.advance("1ms") == ["job 1 became CLOSED, COMPLETED"]
    assert seen(khoros, run) == COMPLETED
    assert rules_of(khoros.open(run["statusUrl"])) == ["khoros.completed"]


def test_looking_changes_nothing(khoros: Khoros) -> None:
    """khoros.running: however often a client polls, the run takes its time."""
    run = khoros.submitted()
    assert {seen(khoros, run) for _ in range(10)} == {RUNNING}
    khoros.mock.advance(RUN)
    assert {seen(khoros, run) for _ in range(5)} == {COMPLETED}


def test_the_download_url_may_lag_behind(khoros: Khoros) -> None:
    """khoros.lagging: COMPLETED, but for a while there is nothing to download yet."""
    khoros.mock.plan(outcome="lagging")
    run = khoros.submitted()
    khoros.mock.advance(RUN)
    assert seen(khoros, run) == LAGGING
    assert rules_of(khoros.open(run["statusUrl"])) == ["khoros.lagging"]
    khoros.mock.advance("29999ms")
    assert seen(khoros, run) == LAGGING
    assert khoros.mock.advance("1ms") == ["job 1 became CLOSED, COMPLETED"]
    assert seen(khoros, run) == COMPLETED


def test_the_download_url_may_never_come(khoros: Khoros) -> None:
    """khoros.lagging: a client that waits for it must give up by itself."""
    khoros.mock.plan(outcome="no-download")
    run = khoros.submitted()
    khoros.mock.advance("400d")
    assert seen(khoros, run) == LAGGING


def test_a_run_may_fail(khoros: Khoros) -> None:
    """khoros.failed: with 200 and PASS like any other, and nothing to download, ever."""
    khoros.mock.plan(outcome="failed")
    run = khoros.submitted()
    assert seen(khoros, run) == RUNNING
    khoros.mock.advance(RUN)
    assert seen(khoros, run) == FAILED
    assert rules_of(khoros.open(run["statusUrl"])) == ["khoros.failed"]
    khoros.mock.advance("10d")
    assert seen(khoros, run) == FAILED


def test_a_run_may_never_end(khoros: Khoros) -> None:
    """khoros.running: so that a client's patience can be tested."""
    khoros.mock.plan(outcome="never")
    run = khoros.submitted()
    khoros.mock.advance("1000d")
    assert seen(khoros, run) == RUNNING


def test_a_run_may_wait_for_polls(khoros: Khoros) -> None:
    """khoros.running: done with the third poll, however little time passes."""
    khoros.mock.plan(polls=3)
    run = khoros.submitted()
    assert [seen(khoros, run) for _ in range(4)] == [RUNNING, RUNNING, COMPLETED, COMPLETED]


def test_plans_are_for_exports(khoros: Khoros) -> None:
    """khoros.failed: what was planned for one of them happens to none of the others."""
    khoros.mock.plan(outcome="failed", report="user", time="1h")
    author, user = khoros.submitted("author"), khoros.submitted("user")
    khoros.mock.advance(RUN)
    assert (seen(khoros, author), seen(khoros, user)) == (COMPLETED, RUNNING)
    khoros.mock.advance("1h")
    assert seen(khoros, user) == FAILED


@pytest.mark.parametrize("shape", ["object", "array"])
def test_the_shape_of_a_status(khoros: Khoros, shape: str) -> None:
    """khoros.status-shape: an object always, or an array while it runs and when it failed."""
    khoros.mock.rule("status-shape", shape=shape)
    khoros.mock.plan(outcome="failed")
    failed, completed = khoros.submitted(), khoros.submitted()
    kinds = [type(passed(khoros.open(failed["statusUrl"]), "status"))]
    khoros.mock.advance(RUN)
    kinds += [type(passed(khoros.open(run["statusUrl"]), "status")) for run in (failed, completed)]
    assert kinds == ([list, list, dict] if shape == "array" else [dict, dict, dict])
    assert seen(khoros, failed) == FAILED


def test_addresses_carry_one_key_or_the_other(khoros: Khoros) -> None:
    """khoros.link-keys: a submission has the company key, a status the token of the run."""
    run = khoros.submitted()
    khoros.mock.advance(RUN)
    info = khoros.poll(run)["jobInfo"]
    assert list(parse_qs(urlsplit(run["statusUrl"]).query)) == ["companyKey"]
    for url in (info["statusUrl"], info["downloadUrl"]):
        assert list(parse_qs(urlsplit(url).query)) == ["analyticsAccessToken"]
    assert {name: info[name] for name in ("workflowId", "runId")} == {
        name: run[name] for name in ("workflowId", "runId")
    }


@pytest.mark.parametrize("what", ["status", "download"])
def test_a_run_that_there_is_not_is_refused(khoros: Khoros, what: str) -> None:
    """khoros.unknown-run: an identifier, or a workflow, of nothing or of something else."""
    run, another = khoros.submitted(), khoros.submitted(priorities="1")
    for workflow, run_id in (
        (run["workflowId"], another["runId"]),
        (run["workflowId"].upper(), run["runId"]),
        (run["workflowId"], run["runId"][:-1]),
        (run["workflowId"], "23Sh5Bd9Y9UAehNOtA"),
        ("x", run["runId"]),
        ("x", "a/b/c"),
    ):
        path = f"/reports/report/{workflow}/{run_id}/{what}"
        assert_refused(khoros.call("GET", path.replace("+", "%2B")), 404, "khoros.unknown-run")
        with_token = khoros.call("GET", path, {"companyKey": None, "analyticsAccessToken": "x"})
        assert_refused(with_token, 404, "khoros.unknown-run")


# The list of runs


def test_the_list_tells_of_every_run(khoros: Khoros) -> None:
    """khoros.jobs: in the order of submission, with `details`, and an address once a run is closed."""
    for outcome in ("completed", "failed", "lagging", "never"):
        khoros.mock.plan(outcome=outcome)
    runs = [khoros.submitted(export) for export in ("author", "user", "combined", "response")]
    khoros.mock.advance(RUN)
    listed = passed(khoros.call("GET", "/reports/jobs"), "jobs")
    assert [entry["jobInfo"]["runId"] for entry in listed] == [run["runId"] for run in runs]
    assert [entry["result"]["runnerState"] for entry in listed] == ["CLOSED"] * 3 + ["RUNNING"]
    assert all(
        entry["result"] == NULLS | {"runnerState": entry["result"]["runnerState"], "details": None}
        for entry in listed
    )
    url, *none, absent = (entry["jobInfo"].get("downloadUrl") for entry in listed)
    assert (none, absent) == (["", ""], None)
    assert list(parse_qs(urlsplit(url).query)) == ["companyKey"]
    assert khoros.open(url).status_code == 307


@pytest.mark.parametrize("enabled", [True, False])
def test_the_list_may_be_gone(khoros: Khoros, enabled: bool) -> None:  # noqa: FBT001 - a parameter
    """khoros.jobs: it was announced to be removed."""
    khoros.mock.rule("jobs", enabled=enabled)
    answer = khoros.call("GET", "/reports/jobs")
    if enabled:
        assert passed(answer, "jobs") == []
    else:
        assert_refused(answer, 404, "khoros.jobs")


def test_many_runs_go_on_at_once(khoros: Khoros) -> None:
    """khoros.no-limits: nothing public limits how many run, how long a range is, how many rows are."""
    khoros.unlimited()
    runs = [khoros.submitted("combined", priorities=str(number % 6)) for number in range(60)]
    long = khoros.submitted("conversation_actions", startTime="0", endTime="9999999999999")
    khoros.mock.advance(RUN)
    assert {seen(khoros, run) for run in [*runs, long]} == {COMPLETED}
