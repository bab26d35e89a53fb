"""Rules, limits and plans: looked at, switched, and refused when they are not what the vendor has."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from reportcontracts.catalogue import load_catalogue
from reportcontracts.rules import load_rulebook
from support.echo360 import Echo360
from support.hapyak import HapYak
from support.mocks import Mocks
from support.problems import problem_of
from support.steering import Steering

RULE = "hapyak.rate-minute"


def put(steering: Steering, path: str, body: object) -> httpx.Response:
    """A switch that may be refused."""
    where = {"vendor": steering.vendor, "sandbox": steering.sandbox}
    return steering.client.put(f"/_mock/{path}", params=where, json=body)


def test_a_rule_is_told_with_the_values_that_the_sandbox_goes_by(hapyak: Steering) -> None:
    """Its sentence, its source, how sure that is, and what can be switched to what."""
    hapyak.rule("rate-minute", value=1)
    told = next(rule for rule in hapyak.call("GET", "rules") if rule["id"] == RULE)
    rule = load_rulebook("hapyak")[RULE]
    assert told == {
        **rule.as_dict(),
        "vendor": "hapyak",
        "sandbox": hapyak.sandbox,
        "values": {"value": 1, "enabled": True, "status": 429, "count-refused": False},
    }


def test_all_rules_are_told(hapyak: Steering, echo360: Steering) -> None:
    """Each vendor's, in the order of its rulebook."""
    for steering in (hapyak, echo360):
        told = [rule["id"] for rule in steering.call("GET", "rules")]
        assert told == list(load_rulebook(steering.vendor))


def test_a_rule_names_its_vendor(client: httpx.Client, name: str) -> None:
    """Nobody has to say it twice: a sandbox of the same name elsewhere is not meant."""
    HapYak(client, name).ask()
    told = client.put("/_mock/rules/echo360.in-flight", params={"sandbox": name}, json={"value": 1}).json()
    assert (told["vendor"], told["sandbox"], told["values"]["value"]) == ("echo360", name, 1)
    told = client.get("/_mock/rules/echo360.in-flight", params={"sandbox": name}).json()
    assert told["values"]["value"] == 1


def test_a_switched_rule_holds_from_the_next_request_on(client: httpx.Client, name: str) -> None:
    """For this sandbox, and for no other."""
    one, two = HapYak(client, name), HapYak(client, f"{name}-two")
    one.mock.rule("rate-minute", value=1, status=503)
    assert [answer.status_code for answer in one.start(2)] == [202, 503]
    assert [answer.status_code for answer in two.start(2)] == [202, 202]


def test_a_limit_is_set(client: httpx.Client, name: str) -> None:
    """By the address that is easiest to guess."""
    hapyak = HapYak(client, name)
    hapyak.mock.call("PUT", "limits/hapyak.row-cap", {"value": 3})
    assert hapyak.mock.limits()["row-cap"]["value"] == 3
    hapyak.mock.call("PUT", "limits/hapyak.row-cap", {"enabled": False})
    cap = hapyak.mock.limits()["row-cap"]
    assert (cap["value"], cap["enabled"]) == (3, False)


def test_a_rule_without_a_number_is_no_limit(hapyak: Steering) -> None:
    """The refusal lists the limits."""
    found = problem_of(put(hapyak, "limits/hapyak.default-format", {"value": "json"}), 404, "unknown-limit")
    assert RULE in found["allowed"]
    assert "hapyak.default-format" not in found["allowed"]


@pytest.mark.parametrize(
    ("body", "field", "allowed"),
    [
        ({"value": -1}, "value", "an integer from 0 to 1000000 reports"),
        ({"value": 10**9}, "value", "an integer from 0 to 1000000 reports"),
        ({"value": 1.5}, "value", "an integer from 0 to 1000000 reports"),
        ({"value": "4"}, "value", "an integer from 0 to 1000000 reports"),
        ({"value": True}, "value", "an integer from 0 to 1000000 reports"),
        ({"value": None}, "value", "an integer from 0 to 1000000 reports"),
        ({"value": [4]}, "value", "an integer from 0 to 1000000 reports"),
        ({"status": 200}, "status", "403, 429, 503"),
        ({"enabled": 0}, "enabled", "true, false"),
        ({"nonsense": 1}, "nonsense", "the switches value, enabled, status, count-refused"),
        ({"value": 3, "nonsense": 1}, "nonsense", "the switches value, enabled, status, count-refused"),
    ],
)
@pytest.mark.parametrize("path", ["rules", "limits"])
def test_a_switch_that_there_is_not_is_refused(
    hapyak: Steering, path: str, body: dict[str, Any], field: str, allowed: str
) -> None:
    """With what there is; and nothing is switched, not even what was right beside it."""
    found = problem_of(put(hapyak, f"{path}/{RULE}", body), 422, "bad-switch")
    assert (found["field"], found["allowed"], found["rule"]) == (field, allowed, RULE)
    assert hapyak.call("GET", f"rules/{RULE}")["values"]["value"] == 4


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("rule", ["hapyak.nonsense", "hapyak", "hapyak.", "nobody.key", "rate-minute", "é"])
def test_a_rule_that_there_is_not_is_refused(client: httpx.Client, method: str, rule: str) -> None:
    """With those that there are."""
    found = problem_of(client.request(method, f"/_mock/rules/{rule}"), 404, "unknown-rule")
    assert found["given"] == rule
    assert found["allowed"]


def test_a_rule_of_another_vendor_than_is_named_is_refused(client: httpx.Client) -> None:
    """Nobody knows which of the two was meant."""
    problem_of(client.put(f"/_mock/rules/{RULE}?vendor=echo360", json={"value": 1}), 404, "unknown-rule")


def test_a_rule_without_a_sandbox_is_switched_in_all_and_in_new_ones(mocks: Mocks) -> None:
    """Each row with its sandbox; `null` is what new ones start with."""
    mocks.use("hapyak", "one")
    mocks.use("echo360", "one")
    told = mocks.send("PUT", f"rules/{RULE}", {"value": 2})
    assert [(rule["vendor"], rule["sandbox"], rule["values"]["value"]) for rule in told] == [
        ("hapyak", None, 2),
        ("hapyak", "one", 2),
    ]
    mocks.use("hapyak", "two")
    assert [rule["values"]["value"] for rule in mocks.get(f"rules/{RULE}")] == [2, 2]


def test_a_rule_is_switched_in_all_sandboxes_or_in_none(mocks: Mocks) -> None:
    """A refusal is not half of a change."""
    mocks.use("hapyak", "one", "two")
    answer = mocks.client.put(f"/_mock/rules/{RULE}", json={"value": 2, "status": 200})
    problem_of(answer, 422, "bad-switch")
    assert [rule["values"]["value"] for rule in mocks.get(f"rules/{RULE}")] == [4, 4]


def test_a_plan_says_what_the_next_job_will_do(client: httpx.Client, name: str) -> None:
    """Once; the one after it is as usual."""
    hapyak = HapYak(client, name)
    assert hapyak.mock.call("POST", "plans", {"outcome": "failed", "time": "5s"}) == {
        "outcome": "failed",
        "report": None,
        "parameters": None,
        "ordinal": 1,
        "time": 5000,
        "polls": None,
        "times": 1,
        "expires": None,
    }
    hapyak.start(2)
    assert hapyak.mock.advance("5s") == ["job 2 became done", "job 1 became failed"]


@pytest.mark.parametrize("vendor", ["hapyak", "echo360"])
def test_every_outcome_that_a_vendor_has_can_be_planned(client: httpx.Client, name: str, vendor: str) -> None:
    """And one that it has not is refused with the list of them."""
    where = {"vendor": vendor, "sandbox": name}
    answer = client.post("/_mock/plans", params=where, json={"outcome": "nonsense"})
    outcomes = problem_of(answer, 422, "unknown-outcome")["allowed"]
    assert {"failed", "never"} <= set(outcomes)
    for outcome in outcomes:
        answer = client.post("/_mock/plans", params=where, json={"outcome": outcome})
        assert (answer.status_code, answer.json()["outcome"]) == (201, outcome)


@pytest.mark.parametrize("outcome", ["", None, 1, True, ["done"], {"done": 1}, "Done", "completed"])
def test_an_outcome_that_there_is_not_is_refused(hapyak: Steering, outcome: object) -> None:
    """Whatever its type."""
    where = {"vendor": "hapyak", "sandbox": hapyak.sandbox}
    answer = hapyak.client.post("/_mock/plans", params=where, json={"outcome": outcome})
    assert problem_of(answer, 422, "unknown-outcome")["allowed"] == ["done", "failed", "expired", "never"]


@pytest.mark.parametrize("member", [{"time": "2h"}, {"polls": 3}])
def test_what_never_ends_takes_no_time_and_no_polls(hapyak: Steering, member: dict[str, Any]) -> None:
    """A time that would be left out of account is refused."""
    where = {"vendor": "hapyak", "sandbox": hapyak.sandbox}
    answer = hapyak.client.post("/_mock/plans", params=where, json={"outcome": "never", **member})
    assert problem_of(answer, 422, "bad-value")["field"] in member


@pytest.mark.parametrize(("planned", "missing_after"), [({}, "1d"), ({"time": "2h"}, "2h")])
def test_a_job_goes_missing_when_its_plan_or_else_the_rule_says(
    client: httpx.Client, name: str, planned: dict[str, str], missing_after: str
) -> None:
    """echo360.missing: a day, unless the plan has a time of its own."""
    echo360 = Echo360(client, name)
    echo360.sign_in()
    echo360.mock.plan(outcome="missing", **planned)
    echo360.submitted()
    assert echo360.mock.advance(missing_after)[-1] == "job 1 became Missing"


@pytest.mark.parametrize("report", ["", 1, False, ["user_stream_raw"], {}, "presentation"])
def test_a_report_that_there_is_not_cannot_be_planned(hapyak: Steering, report: object) -> None:
    """The refusal lists those that there are."""
    where = {"vendor": "hapyak", "sandbox": hapyak.sandbox}
    answer = hapyak.client.post("/_mock/plans", params=where, json={"report": report})
    assert problem_of(answer, 422, "unknown-report")["allowed"] == list(load_catalogue("hapyak"))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"time": "soon"}, "time"),
        ({"time": 5}, "time"),
        ({"polls": 0}, "polls"),
        ({"polls": -1}, "polls"),
        ({"polls": 1.0}, "polls"),
        ({"polls": "3"}, "polls"),
        ({"polls": True}, "polls"),
        ({"times": 0}, "times"),
        ({"times": None}, "times"),
        ({"times": 10**7}, "times"),
        ({"outcomes": "done"}, "outcomes"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(hapyak: Steering, body: dict[str, Any], field: str) -> None:
    """With the member that is wrong, and what would be allowed."""
    where = {"vendor": "hapyak", "sandbox": hapyak.sandbox}
    found = problem_of(hapyak.client.post("/_mock/plans", params=where, json=body), 422, "bad-value")
    assert found["field"] == field
    assert found["allowed"]


def test_a_plan_needs_a_vendor(mocks: Mocks) -> None:
    """Each has outcomes of its own; where only one is served it is meant."""
    answer = mocks.client.post("/_mock/plans", json={"outcome": "never"})
    problem_of(answer, 422, "missing-vendor")


def test_where_one_vendor_is_served_it_is_meant(make_mocks: Callable[..., Mocks]) -> None:
    """Without being named."""
    mocks = make_mocks(vendors=("hapyak",))
    mocks.send("POST", "plans", {"outcome": "never"})
    HapYak(mocks.client, "one").ask()
    assert mocks.get("jobs")[0]["finishes"] is None


def test_a_plan_without_a_sandbox_holds_for_each_and_for_new_ones(mocks: Mocks) -> None:
    """Once in each."""
    mocks.use("hapyak", "one")
    mocks.send("POST", "plans", {"outcome": "never"}, vendor="hapyak")
    for name in ("one", "two"):
        HapYak(mocks.client, name).start(2)
    assert [job["finishes"] is None for job in mocks.get("jobs")] == [True, False, True, False]
