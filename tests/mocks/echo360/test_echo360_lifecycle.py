"""What becomes of a request: every status, at its instant, by time and by polls."""

import re

import pytest

from support.answers import rules_of
from support.echo360 import CATALOGUE, RANGED, Echo360, allowed, assert_refused

UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def test_a_request_is_pending_until_its_report_is_built(echo360: Echo360) -> None:
    """echo360.pending, echo360.available: to the millisecond, and it names nothing before."""
    echo360.mock.plan(time="2h")
    echo360.mock.rule("token-life", enabled=False)
    echo360.sign_in()
    request_id = echo360.submitted()
    assert set(echo360.poll(request_id)) == {"requestId", "status", "reportName", "parameters", "created"}
    assert "assets" not in echo360.listing()[0]
    echo360.mock.advance("1h59m59s999ms")
    assert echo360.status(request_id) == "Pending"
    echo360.mock.advance("1ms")
    assert echo360.status(request_id) == "Available"


def test_looking_changes_nothing(echo360: Echo360) -> None:
    """echo360.pending: a hundred polls do not make a report come sooner."""
    request_id = echo360.submitted()
    assert {echo360.status(request_id) for _ in range(50)} == {"Pending"}
    assert {entry["status"] for _ in range(50) for entry in echo360.listing()} == {"Pending"}


@pytest.mark.parametrize(
    ("outcome", "time", "status"),
    [("available", "5m", "Available"), ("failed", "5m", "Failed"), ("expired", "5m", "Expired")],
)
def test_a_request_comes_to_what_was_planned(echo360: Echo360, outcome: str, time: str, status: str) -> None:
    """echo360.available, echo360.failed, echo360.expired: each at its time, and with its rule as a hint."""
    echo360.mock.plan(outcome=outcome, time=time)
    request_id = echo360.submitted()
    echo360.mock.advance("4m59s999ms")
    assert echo360.status(request_id) == "Pending"
    echo360.mock.advance("1ms")
    answer = echo360.call("GET", f"/requests/{request_id}")
    assert allowed(answer, "request")["status"] == status
    assert rules_of(answer) == [f"echo360.{status.lower()}"]
    assert echo360.listing()[0]["status"] == status


@pytest.mark.parametrize("outcome", ["failed", "missing", "expired", "never"])
def test_only_an_available_request_names_assets(echo360: Echo360, outcome: str) -> None:
    """echo360.failed, echo360.missing, echo360.expired, echo360.assets: neither alone nor in the list."""
    echo360.mock.plan(outcome=outcome)
    request_id = echo360.submitted()
    echo360.mock.advance("2d")
    echo360.sign_in()
    assert "signedAssets" not in echo360.poll(request_id)
    assert "assets" not in echo360.listing()[0]


def test_a_request_that_is_not_executed_goes_missing(echo360: Echo360) -> None:
    """echo360.missing: Pending for a day, and Missing ever after."""
    echo360.mock.plan(outcome="missing")
    request_id = echo360.submitted()
    echo360.mock.advance("23h59m59s999ms")
    echo360.sign_in()
    assert echo360.status(request_id) == "Pending"
    echo360.mock.advance("1ms")
    assert echo360.status(request_id) == "Missing"
    echo360.mock.advance("365d")
    echo360.sign_in()
    assert echo360.status(request_id) == "Missing"


def test_a_failed_request_stays_failed(echo360: Echo360) -> None:
    """echo360.failed: it has no assets that could expire."""
    echo360.mock.plan(outcome="failed")
    request_id = echo360.submitted()
    echo360.mock.advance("30d")
    echo360.sign_in()
    assert echo360.status(request_id) == "Failed"


def test_assets_are_kept_for_two_weeks_from_the_submission(echo360: Echo360) -> None:
    """echo360.retention, echo360.expired: to the millisecond, and the request stays in the list."""
    request_id = echo360.submitted()
    echo360.mock.advance("13d23h59m59s999ms")
    echo360.sign_in()
    assert echo360.status(request_id) == "Available"
    assert echo360.mock.advance("1ms") == ["job 1 became Expired"]
    assert echo360.status(request_id) == "Expired"
    assert [entry["requestId"] for entry in echo360.listing()] == [request_id]


def test_the_retention_does_not_wait_for_the_report(echo360: Echo360) -> None:
    """echo360.retention: what took 13 days to build can be had for one."""
    echo360.mock.plan(time="13d")
    request_id = echo360.submitted()
    echo360.mock.advance("13d")
    echo360.sign_in()
    assert echo360.status(request_id) == "Available"
    echo360.mock.advance("1d")
    echo360.sign_in()
    assert echo360.status(request_id) == "Expired"


def test_what_takes_longer_than_the_retention_expires_at_once(echo360: Echo360) -> None:
    """echo360.retention: it is Pending for 20 days, and gone when it is built."""
    echo360.mock.plan(time="20d")
    request_id = echo360.submitted()
    echo360.mock.advance("19d23h59m59s")
    echo360.sign_in()
    assert echo360.status(request_id) == "Pending"
    echo360.mock.advance("1s")
    assert echo360.status(request_id) == "Expired"


def test_an_expired_report_can_be_had_again(echo360: Echo360) -> None:
    """echo360.expired: a new request for the same gives the same rows."""
    before = echo360.fetch()
    echo360.mock.advance("14d")
    echo360.sign_in()
    assert {entry["status"] for entry in echo360.listing()} == {"Expired"}
    assert echo360.fetch() == before


@pytest.mark.parametrize("polls", [1, 2, 5])
def test_a_plan_may_count_polls(echo360: Echo360, polls: int) -> None:
    """echo360.pending: so many looks, whatever the clock says in between."""
    echo360.mock.plan(polls=polls)
    request_id = echo360.submitted()
    echo360.mock.advance("30m")
    assert [echo360.status(request_id) for _ in range(polls - 1)] == ["Pending"] * (polls - 1)
    assert echo360.status(request_id) == "Available"


def test_looking_at_the_list_is_a_poll(echo360: Echo360) -> None:
    """echo360.pending: a client that follows its requests by the list comes to an end too."""
    echo360.mock.plan(polls=3)
    echo360.submitted()
    assert [echo360.listing()[0]["status"] for _ in range(4)] == ["Pending"] * 2 + ["Available"] * 2


def test_what_polls_have_released_is_kept_as_long_as_anything(echo360: Echo360) -> None:
    """echo360.retention: 14 days, moved by the time that the polls took."""
    echo360.mock.plan(polls=1)
    request_id = echo360.submitted()
    echo360.mock.advance("30m")
    assert echo360.status(request_id) == "Available"
    echo360.mock.advance("13d")
    echo360.sign_in()
    assert echo360.status(request_id) == "Available"
    echo360.mock.advance("2d")
    echo360.sign_in()
    assert echo360.status(request_id) == "Expired"


def test_plans_are_taken_in_order_by_the_report_they_are_for(echo360: Echo360) -> None:
    """echo360.failed: one for a report waits for it, one for any does not."""
    echo360.mock.plan(outcome="failed", report="qanda")
    echo360.mock.plan(outcome="never", times=1)
    notes, qanda = echo360.submitted("notes"), echo360.submitted("qanda")
    echo360.mock.advance("2s")
    assert (echo360.status(notes), echo360.status(qanda)) == ("Pending", "Failed")
    again = echo360.submitted("qanda")
    echo360.mock.advance("2s")
    assert echo360.status(again) == "Available"


def test_what_came_due_is_told_in_order(echo360: Echo360) -> None:
    """echo360.available, echo360.failed: by the call that moves the clock."""
    echo360.mock.plan(time="20s")
    echo360.mock.plan(outcome="failed", time="10s")
    echo360.submitted()
    echo360.submitted()
    told = [event for event in echo360.mock.advance("20s") if event.startswith("job")]
    assert told == ["job 2 became Failed", "job 1 became Available"]


@pytest.mark.parametrize(
    ("compression", "ending"), [(True, r"\.csv\.gz"), (False, r"\.csv")], ids=["gzip", "plain"]
)
@pytest.mark.parametrize("delimiter", [",", "\t", "|"])
def test_assets_are_called_by_an_identifier_of_their_own(
    echo360: Echo360, compression: object, ending: str, delimiter: str
) -> None:
    """echo360.filenames, echo360.assets: not the request's, and csv whatever the delimiter."""
    request_id = echo360.submitted(output={"compression": compression, "delimiter": delimiter})
    echo360.mock.advance("2s")
    (name,) = echo360.listing()[0]["assets"]
    assert re.fullmatch(UUID + ending, name)
    assert request_id not in name
    assert echo360.link(request_id).partition("?")[0].endswith(f"/{name}")


def test_the_name_of_an_asset_does_not_change(echo360: Echo360) -> None:
    """echo360.filenames: the list and every link agree on it, for good."""
    link = echo360.finished()
    (first,) = echo360.listing()[0]["assets"]
    echo360.mock.advance("10d")
    echo360.sign_in()
    (second,) = echo360.listing()[0]["assets"]
    assert first == second
    assert first in link


@pytest.mark.parametrize("report", CATALOGUE)
def test_every_report_goes_the_whole_way(echo360: Echo360, report: str) -> None:
    """echo360.available: Pending, then Available, then rows behind the link."""
    request_id = echo360.submitted(report)
    assert echo360.status(request_id) == "Pending"
    echo360.mock.advance("2s")
    assert echo360.status(request_id) == "Available"
    assert echo360.download(echo360.link(request_id)).status_code == 200


def test_a_plan_for_a_report_there_is_not_is_refused(echo360: Echo360) -> None:
    """echo360.failed: a slip in a plan does not go unnoticed."""
    answer = echo360.client.post(
        "/_mock/plans",
        params={"vendor": "echo360", "sandbox": echo360.name},
        json={"outcome": "faild", "report": RANGED[0]},
    )
    assert answer.status_code == 422
    assert "failed" in answer.json()["allowed"]


def test_a_reset_forgets_requests(echo360: Echo360) -> None:
    """echo360.unknown-request: ids of before are ids that were never given."""
    request_id = echo360.submitted()
    echo360.mock.call("POST", "reset")
    assert echo360.listing() == []
    assert_refused(echo360.call("GET", f"/requests/{request_id}"), 404, "echo360.unknown-request")
