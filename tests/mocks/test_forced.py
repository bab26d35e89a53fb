"""`Prefer: rule=<id>` and faults of the kind `refusal`: the vendor's refusal, without its cause."""

import httpx
import pytest

from reportcontracts.names import VENDORS
from reportcontracts.rules import Kind, load_rulebook
from reportcontracts.validation import violations
from reportmocks.forced import forcible
from support.echo360 import Echo360
from support.echo360 import assert_refused as echo_refused
from support.hapyak import KEY, HapYak, assert_refused
from support.problems import problem_of

PATHS = {
    "hapyak": "/hapyak/api/reports/v2/user_stream_raw",
    "brightcove": "/brightcove/api/reports/v2/user_stream_raw",
    "echo360": "/echo360/public/api/v1/reporting/reports",
    "saferme": "/saferme/api/v4/analytics/reports_per_state",
    "khoros": "/khoros/api/public/config/timezones",
}
SCHEMAS = {
    "hapyak": ("error",),
    "brightcove": ("error", "token-error", "analytics-error"),
    "echo360": ("error",),
    "saferme": ("error", "invalid", "missing-parameter"),
    "khoros": ("error",),
}
NO_REFUSAL = {
    *(f"{vendor}.{name}" for vendor in ("hapyak", "brightcove") for name in ("cache-life", "row-cap")),
    *(f"{vendor}.rate-limited" for vendor in ("hapyak", "brightcove")),
    "brightcove.token-codes",
    "echo360.retention",
    "khoros.action-cap",
}
"""Limits and errors that end in no refusal of their own."""

FORCED = [(vendor, rule) for vendor in VENDORS for rule in forcible(vendor, load_rulebook(vendor))]


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_limit_and_error_can_be_forced(vendor: str) -> None:
    """But for those that refuse nothing."""
    rules = load_rulebook(vendor)
    asked = {rule.id for rule in rules.values() if rule.kind in (Kind.LIMIT, Kind.ERROR)}
    can = {*forcible(vendor, rules), *forcible(vendor, rules, storage=True)}
    assert asked - can == {rule for rule in NO_REFUSAL if rule.startswith(f"{vendor}.")}


@pytest.mark.parametrize(("vendor", "rule"), FORCED)
def test_a_forced_refusal_is_the_vendor_s_own(client: httpx.Client, vendor: str, rule: str) -> None:
    """With its rule first in the header, and in one of the shapes that the vendor has for errors."""
    answer = client.get(PATHS[vendor], headers={"Prefer": f"rule={rule}"})
    assert 400 <= answer.status_code < 600, answer.text
    assert answer.headers["X-Mock-Rule"].split(", ")[0] == rule
    assert answer.headers["Preference-Applied"] == f"rule={rule}"
    assert any(violations(vendor, schema, answer.json()) == [] for schema in SCHEMAS[vendor]), answer.text


def test_a_forced_refusal_has_the_numbers_of_the_sandbox(client: httpx.Client, name: str) -> None:
    """And starts nothing; the same call without the preference is as ever."""
    hapyak = HapYak(client, name)
    hapyak.mock.rule("rate-minute", value=9)
    answer = hapyak.send("GET", headers={"Prefer": "rule=hapyak.rate-minute"})
    assert_refused(answer, 429, "hapyak.rate-minute")
    assert answer.headers["Retry-After"] == "60"
    assert "9 reports" in answer.json()["message"]
    assert hapyak.mock.jobs() == []
    assert hapyak.ask().status_code == 202


@pytest.mark.parametrize(
    "prefer",
    ['rule="hapyak.key"', "respond-async, rule=hapyak.key", "RULE = hapyak.key", "rule=hapyak.key; why=test"],
)
def test_the_header_is_read_as_it_may_be_written(client: httpx.Client, prefer: str) -> None:
    """Quoted, among others, in any case, with parameters (RFC 7240)."""
    assert client.get(PATHS["hapyak"], headers={"Prefer": prefer, KEY: "k"}).status_code == 403


@pytest.mark.parametrize("prefer", ["respond-async", "wait=10", "return=minimal", ""])
def test_other_preferences_change_nothing(client: httpx.Client, name: str, prefer: str) -> None:
    """A client may have preferences of its own."""
    assert HapYak(client, name).send("GET", headers={"Prefer": prefer}).status_code == 202


@pytest.mark.parametrize(
    "rule",
    ["hapyak.nonsense", "echo360.in-flight", "hapyak.csv", "hapyak.row-cap", "hapyak.link-expired", ""],
)
def test_what_refuses_nothing_here_is_not_forced(client: httpx.Client, rule: str) -> None:
    """An unknown rule, another vendor's, or one that is no refusal: with the list of those that are."""
    answer = client.get(PATHS["hapyak"], headers={"Prefer": f"rule={rule}", KEY: "k"})
    found = problem_of(answer, 400, "not-forced")
    assert found["given"] == rule
    assert "hapyak.rate-minute" in found["allowed"]


def test_links_are_refused_by_the_rules_of_the_storage(client: httpx.Client, name: str) -> None:
    """In its own words, XML; a rule of the API is none of the storage's."""
    echo = Echo360(client, name)
    echo.sign_in()
    link = echo.finished()
    answer = echo.download(link, Prefer="rule=echo360.link-life")
    assert (answer.status_code, answer.headers["X-Mock-Rule"]) == (403, "echo360.link-life")
    assert "AccessDenied" in answer.text
    problem_of(echo.download(link, Prefer="rule=echo360.in-flight"), 400, "not-forced")
    assert echo.download(link).status_code == 200


def test_a_fault_refuses_the_calls_that_it_strikes(client: httpx.Client, name: str) -> None:
    """The second submission of three, by the rule that was asked for."""
    echo = Echo360(client, name)
    echo.sign_in()
    fault = {"kind": "refusal", "rule": "echo360.in-flight", "method": "POST", "nth": 2}
    echo.mock.call("POST", "faults", fault)
    echo.submitted()
    echo_refused(echo.submit(), 400, "echo360.in-flight", "TooManyInFlightRequests")
    echo.submitted()


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({}, "rule"),
        ({"rule": 5}, "rule"),
        ({"rule": "nobody.key"}, "rule"),
        ({"rule": "hapyak.csv"}, "rule"),
        ({"rule": "hapyak.key", "name": 1}, "name"),
    ],
)
def test_a_fault_refuses_by_a_rule_that_can_refuse(
    client: httpx.Client, members: dict[str, object], field: str
) -> None:
    """And nothing else."""
    answer = client.post("/_mock/faults?vendor=hapyak&sandbox=x", json={"kind": "refusal", **members})
    assert answer.status_code == 422
    assert answer.json()["field"] == field


def test_a_fault_of_another_vendor_s_rule_does_nothing(client: httpx.Client, name: str) -> None:
    """It was planned for all sandboxes, and is about some of them."""
    hapyak = HapYak(client, name)
    hapyak.mock.call("POST", "faults", {"kind": "refusal", "rule": "echo360.in-flight"})
    assert hapyak.ask().status_code == 202
