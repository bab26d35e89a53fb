"""`/_mock/scenarios` and `/_mock/scenario`: what there is, and sandboxes put into it and out again."""

from collections.abc import Callable

import httpx
import pytest

from reportcontracts.names import VENDORS
from reportcontracts.rules import RuleValues, load_rulebook
from reportcontracts.scenarios import load_scenarios
from support.echo360 import Echo360, assert_refused
from support.hapyak import HapYak
from support.mocks import Mocks
from support.problems import problem_of
from support.steering import Steering

Make = Callable[..., Mocks]
FOURTH = {"name": "echo360.fourth-in-flight"}


def test_every_scenario_is_told(client: httpx.Client) -> None:
    """With an id that its vendor begins, a sentence, rules that there are, and lines that reproduce it."""
    told = client.get("/_mock/scenarios").json()
    assert {row["vendor"] for row in told} == set(VENDORS)
    assert len({row["id"] for row in told}) == len(told)
    for row in told:
        assert row["id"].startswith(f"{row['vendor']}.")
        assert row["statement"].endswith(".")
        assert set(row["rules"]) <= load_rulebook(row["vendor"]).keys()
        assert f"scenario {row['id']}" in row["command"]
        assert "curl" in row["command"]
    only = client.get("/_mock/scenarios", params={"vendor": "khoros"}).json()
    assert {row["vendor"] for row in only} == {"khoros"}


def test_the_lines_lead_to_the_server_that_told_them(client: httpx.Client) -> None:
    """Wherever it listens."""
    origin = str(client.base_url).rstrip("/")
    command = client.get("/_mock/scenarios").json()[0]["command"]
    assert f"base={origin}/hapyak" in command
    assert ("--url" in command) is (origin != "http://127.0.0.1:8080")


def test_a_sandbox_is_in_one_scenario_at_a_time(client: httpx.Client, name: str) -> None:
    """The next one begins where the first has ended."""
    echo = Echo360(client, name)
    assert echo.mock.call("PUT", "scenario", FOURTH)["name"] == FOURTH["name"]
    assert len(echo.mock.jobs()) == 3
    echo.mock.call("PUT", "scenario", {"name": "echo360.failed"})
    assert echo.mock.jobs() == []
    assert [plan["outcome"] for plan in echo.mock.call("GET", "plans")] == ["failed"]
    assert echo.mock.call("GET", "scenario")["name"] == "echo360.failed"
    assert echo.mock.call("DELETE", "scenario")["name"] is None
    assert echo.mock.call("GET", "plans") == []


def test_a_scenario_for_all_is_one_for_each_and_for_who_comes_later(mocks: Mocks) -> None:
    """Each has its own three jobs; the other vendors have nothing of it."""
    mocks.use("echo360", "one")
    mocks.use("hapyak", "one")
    mocks.send("PUT", "scenario", FOURTH)
    for name in ("one", "two"):
        echo = Echo360(mocks.client, name)
        echo.sign_in()
        assert_refused(echo.submit(), 400, "echo360.in-flight")
    assert {job["vendor"] for job in mocks.get("jobs")} == {"echo360"}
    mocks.send("DELETE", "scenario")
    echo = Echo360(mocks.client, "three")
    echo.sign_in()
    echo.submitted()


def test_a_server_starts_in_a_scenario_and_comes_back_to_it(make_mocks: Make) -> None:
    """`serve --scenario`: every sandbox is in it when it is first used, and again after a reset."""
    mocks = make_mocks(scenarios={"hapyak": "hapyak.minute-limit", "echo360": "echo360.fourth-in-flight"})
    hapyak = HapYak(mocks.client, "one")
    assert hapyak.ask().status_code == 429
    mocks.send("POST", "clock", {"advance": "1m"})
    assert hapyak.ask().status_code == 202
    mocks.send("POST", "reset")
    assert hapyak.ask().status_code == 429
    assert HapYak(mocks.client, "two").ask().status_code == 429
    assert mocks.get("scenario", vendor="echo360")["name"] == "echo360.fourth-in-flight"


def test_a_vendor_that_is_not_served_has_no_scenario_to_start_in(make_mocks: Make) -> None:
    """One configuration serves a team whose members each serve some."""
    mocks = make_mocks(vendors=("hapyak",), scenarios={"echo360": "echo360.failed"})
    assert mocks.get("scenario")["name"] is None


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({}, 422, "bad-value"),
        ({"name": None}, 422, "bad-value"),
        ({"name": 4}, 422, "bad-value"),
        ({"name": "echo360.fourth", "more": 1}, 422, "bad-value"),
        ({"name": "fourth-in-flight"}, 404, "unknown-scenario"),
        ({"name": "hapyak.failed"}, 404, "unknown-scenario"),
        ({"name": "hapyak.minute-limit"}, 404, "unknown-scenario"),
    ],
)
def test_a_scenario_that_there_is_not_is_refused(
    echo360: Steering, body: dict[str, object], status: int, kind: str
) -> None:
    """With those most like it; another vendor's is none of this one's."""
    where = {"vendor": "echo360", "sandbox": echo360.sandbox}
    found = problem_of(echo360.client.put("/_mock/scenario", params=where, json=body), status, kind)
    assert found["allowed"]


def test_a_slip_is_answered_with_the_nearest(echo360: Steering) -> None:
    """Nobody reads through all of them."""
    answer = echo360.client.put("/_mock/scenario", json={"name": "echo360.fourth-inflight"})
    assert problem_of(answer, 404, "unknown-scenario")["allowed"][0] == "echo360.fourth-in-flight"


def test_what_happens_in_a_scenario_is_undone_with_it_but_for_time(client: httpx.Client, name: str) -> None:
    """The switch that was set before it is as it was; the clock has gone on."""
    hapyak = HapYak(client, name)
    hapyak.mock.rule("rate-limited", body="text")
    hapyak.mock.call("PUT", "scenario", {"name": "hapyak.row-cap"})
    assert hapyak.mock.limits()["row-cap"]["value"] == 1
    hapyak.mock.advance("1h")
    hapyak.mock.call("DELETE", "scenario")
    assert hapyak.mock.limits()["row-cap"]["value"] == 500_000
    assert hapyak.mock.call("GET", "rules/hapyak.rate-limited")["values"]["body"] == "text"
    assert hapyak.mock.now == "2026-03-04T13:00:00.000Z"


@pytest.mark.parametrize(
    ("scenario", "vendor"), [("echo360.fourth-in-flight", "echo360"), ("hapyak.day-limit", "hapyak")]
)
def test_a_limit_that_a_scenario_is_about_applies_in_it(make_mocks: Make, scenario: str, vendor: str) -> None:
    """Also on a server without limits, whose other limits stay off."""
    rules = {vendor: RuleValues(load_rulebook(vendor)).without_limits()}
    mocks = make_mocks(vendors=(vendor,), rules=rules, scenarios={vendor: scenario})
    mocks.use(vendor, "one")
    on = {row["rule"] for row in mocks.get("limits") if row["enabled"]}
    about = load_scenarios(vendor).scenario(scenario).rules[0]
    assert on == {about}
    full = next(row for row in mocks.get("limits") if row["rule"] == about)
    assert full["used"] == full["value"]
