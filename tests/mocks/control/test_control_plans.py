"""`/_mock/plans`: which coming jobs they are for, and what becomes of those."""

import httpx
import pytest

from support.echo360 import Echo360
from support.engagement import PROJECTS, STREAM
from support.hapyak import HapYak
from support.khoros import Khoros
from support.mocks import Mocks
from support.problems import problem_of

TWO_DAYS = {"start": "2026-03-01", "end": "2026-03-02"}


def outcomes_of(hapyak: HapYak) -> list[str]:
    """What has become of the jobs, in their order."""
    hapyak.mock.advance("2s")
    return [job["phase"] for job in hapyak.mock.jobs()]


def test_a_plan_is_for_the_submission_with_its_parameters(client: httpx.Client, name: str) -> None:
    """Others pass it by, whether they have other values or none."""
    hapyak = HapYak(client, name)
    hapyak.mock.plan(outcome="failed", parameters=TWO_DAYS)
    hapyak.ask()
    hapyak.ask(start="2026-03-01", end="2026-03-03")
    hapyak.ask(STREAM, **TWO_DAYS)
    assert outcomes_of(hapyak) == ["done", "done", "failed"]


def test_values_of_a_query_are_texts(client: httpx.Client, name: str) -> None:
    """And so true and 5 in a plan are what a client writes there."""
    hapyak = HapYak(client, name)
    hapyak.mock.plan(outcome="failed", parameters={"send_status": True})
    hapyak.ask(send_status="false")
    hapyak.ask()
    assert outcomes_of(hapyak) == ["done", "failed"]


def test_parameters_in_a_body_and_in_a_form_are_compared_too(client: httpx.Client, name: str) -> None:
    """Echo360 has them in JSON, Khoros wherever it is asked."""
    echo = Echo360(client, name)
    echo.sign_in()
    echo.mock.plan(outcome="failed", parameters=TWO_DAYS)
    requests = [echo.submitted(), echo.submitted("notes", TWO_DAYS)]
    echo.mock.advance("2s")
    assert [echo.status(request) for request in requests] == ["Available", "Failed"]
    khoros = Khoros(client, name)
    khoros.mock.plan(outcome="failed", parameters={"reportFormat": "csv"})
    runs = [khoros.submitted(), khoros.submitted(reportFormat="csv")]
    khoros.mock.advance("2s")
    assert [khoros.poll(run)["result"]["detail"] for run in runs] == ["COMPLETED", "FAILED"]


def test_a_plan_is_for_the_nth_submission_that_fits(client: httpx.Client, name: str) -> None:
    """Of its report: those of others do not count, nor do the ones before it change."""
    hapyak = HapYak(client, name)
    hapyak.mock.plan(outcome="failed", report=PROJECTS, ordinal=2)
    hapyak.ask(STREAM)
    hapyak.start(3)
    assert outcomes_of(hapyak) == ["done", "done", "failed", "done"]
    assert hapyak.mock.call("GET", "plans") == []


def test_a_sandbox_has_a_thousand_waiting_plans_at_most(mocks: Mocks) -> None:
    """Each submission looks through all of them; a loop that plans for ever is told."""
    user = HapYak(mocks.client, "one")
    user.mock.plan(outcome="failed")
    sandbox = mocks.app.kernel.open("hapyak", "one")
    sandbox.set_plans(sandbox.waiting_plans() * 1000)
    here = {"vendor": "hapyak", "sandbox": "one"}
    problem_of(mocks.client.post("/_mock/plans", params=here, json={}), 409, "too-many-plans")
    assert mocks.client.post("/_mock/plans", params=here | {"sandbox": "two"}, json={}).status_code == 201


def test_the_values_of_a_plan_are_short(mocks: Mocks) -> None:
    """They are compared with every submission that comes."""
    asked = {"parameters": {"start": "2" * 1001}}
    answer = mocks.client.post("/_mock/plans?vendor=hapyak", json=asked)
    assert problem_of(answer, 422, "bad-value")["field"] == "parameters.start"


def test_ordinals_count_in_each_sandbox_by_itself(mocks: Mocks) -> None:
    """A plan for all is a plan for each of them."""
    mocks.send("POST", "plans", {"outcome": "failed", "ordinal": 2}, vendor="hapyak")
    for name in ("one", "two"):
        hapyak = HapYak(mocks.client, name)
        hapyak.start(2)
        assert outcomes_of(hapyak) == ["done", "failed"]


def test_a_plan_from_the_nth_on_holds_as_often_as_it_says(client: httpx.Client, name: str) -> None:
    """The second and the third of four."""
    hapyak = HapYak(client, name)
    hapyak.mock.plan(outcome="failed", ordinal=2, times=2)
    hapyak.start(4)
    assert outcomes_of(hapyak) == ["done", "failed", "failed", "done"]


def test_a_submission_that_is_refused_is_none(client: httpx.Client, name: str) -> None:
    """The plan still waits for the first one that is let in."""
    hapyak = HapYak(client, name)
    hapyak.mock.call("POST", "limits/hapyak.rate-minute/exhaust")
    hapyak.mock.plan(outcome="failed", ordinal=2)
    hapyak.start(2)
    assert [plan["ordinal"] for plan in hapyak.mock.call("GET", "plans")] == [2]


def test_waiting_plans_are_told_and_forgotten(client: httpx.Client, name: str) -> None:
    """In the order in which they are tried, each with its sandbox."""
    hapyak = HapYak(client, name)
    hapyak.mock.plan(outcome="failed", report=STREAM, time="1h")
    hapyak.mock.plan(polls=3)
    first, second = hapyak.mock.call("GET", "plans")
    assert (first["sandbox"], first["report"], first["time"]) == (name, STREAM, 3_600_000)
    assert (second["outcome"], second["polls"]) == ("done", 3)
    assert hapyak.mock.call("DELETE", "plans") == {"forgotten": 2}
    assert hapyak.mock.call("GET", "plans") == []


def test_a_result_can_expire_early(client: httpx.Client, name: str) -> None:
    """As soon as it is there, or after a while that was asked for."""
    echo = Echo360(client, name)
    echo.sign_in()
    echo.mock.plan(outcome="expired")
    echo.mock.plan(expires="10m")
    requests = [echo.submitted(), echo.submitted()]
    echo.mock.advance("2s")
    assert [echo.status(request) for request in requests] == ["Expired", "Available"]
    assert echo.mock.advance("10m")[-1] == "job 2 became Expired"
    hapyak = HapYak(client, name)
    hapyak.mock.plan(outcome="expired")
    assert hapyak.ask().status_code == 202
    hapyak.mock.advance("2s")
    assert hapyak.ask().status_code == 202
    assert len(hapyak.mock.jobs()) == 2


@pytest.mark.parametrize(
    ("vendor", "body", "kind", "field"),
    [
        ("hapyak", {"parameters": {"begin": "2026-03-01"}}, "unknown-parameter", "parameter"),
        ("hapyak", {"parameters": ["start"]}, "bad-value", "parameters"),
        ("hapyak", {"parameters": {"start": None}}, "bad-value", "parameters.start"),
        ("echo360", {"parameters": {"start": {"day": 1}}}, "bad-value", "parameters.start"),
        ("hapyak", {"ordinal": 0}, "bad-value", "ordinal"),
        ("hapyak", {"ordinal": "2nd"}, "bad-value", "ordinal"),
        ("hapyak", {"outcome": "failed", "expires": "1s"}, "bad-value", "expires"),
        ("hapyak", {"outcome": "never", "expires": "1s"}, "bad-value", "expires"),
        ("khoros", {"outcome": "no-download", "expires": "1s"}, "bad-value", "expires"),
        ("hapyak", {"expires": "later"}, "bad-value", "expires"),
        ("khoros", {"outcome": "missing"}, "unknown-outcome", "outcome"),
        ("saferme", {"outcome": "done"}, "no-jobs", None),
    ],
)
def test_what_no_job_does_is_not_planned(
    client: httpx.Client, name: str, vendor: str, body: dict[str, object], kind: str, field: str | None
) -> None:
    """With the member that is wrong; nothing waits afterwards."""
    where = {"vendor": vendor, "sandbox": name}
    assert problem_of(client.post("/_mock/plans", params=where, json=body), 422, kind).get("field") == field
    assert client.get("/_mock/plans", params=where).json() == []
