"""The verdict on findings, and how it is told."""

from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from reportcontracts.errors import ContractError
from reportcontracts.kit import render
from reportcontracts.kit.evidence import Finding
from reportcontracts.kit.order import Order
from reportcontracts.kit.verdict import baseline_of, exit_code, lived_with, read_baseline, verdict_of

SURE, ASSUMED, WARNING = "client.finishes", "client.honours-retry-after", "client.no-secret-in-url"


def finding(rule: str, *, passed: bool, case: int = 1) -> Finding:
    """A finding in a case."""
    return Finding(
        rule=rule, case=case, story="hapyak.ordinary", title="It is as always", passed=passed,
        what="" if passed else "it | broke\nso", told=("+0  GET /\x00",),
        replay=("curl -i http://x",), reproduce="seed 1",
    )  # fmt: skip


def verdict(*findings: Finding, **order: Any) -> dict[str, Any]:
    """The verdict on findings, as JSON tells it."""
    return verdict_of(
        Order(vendor="hapyak", **order), findings, not_run={"hapyak.killed": ("kill",)}, open_cases=2
    ).as_dict()


def rule_of(told: dict[str, Any], rule: str) -> dict[str, Any]:
    """What a verdict says of a rule."""
    (its,) = (its for its in told["rules"] if its["rule"] == rule)
    return dict(its)


def test_one_failure_fails_a_rule() -> None:
    """However often it passed; and a rule that no story touched is neither."""
    told = verdict(finding(SURE, passed=True), finding(SURE, passed=False, case=2))
    assert rule_of(told, SURE)["verdict"] == "failed"
    assert rule_of(told, SURE)["stories"] == 2
    assert rule_of(told, ASSUMED)["verdict"] == "not exercised"
    assert not told["passed"]
    assert exit_code(told) == 1


def test_a_warning_fails_a_rule_but_not_the_verdict() -> None:
    """Only errors do."""
    told = verdict(finding(WARNING, passed=False))
    assert rule_of(told, WARNING)["verdict"] == "failed"
    assert told["passed"]
    assert exit_code(told) == 0


def test_what_is_assumed_counts_when_it_is_strict() -> None:
    """A vendor that nobody asked may do otherwise."""
    assert verdict(finding(ASSUMED, passed=False))["passed"]
    assert not verdict(finding(ASSUMED, passed=False), strict=True)["passed"]


def test_only_and_skip_choose_rules() -> None:
    """A story's name chooses none: all rules hold in it."""
    assert [its["rule"] for its in verdict(only=(SURE,))["rules"]] == [SURE]
    assert SURE not in [its["rule"] for its in verdict(skip=(SURE,))["rules"]]
    assert len(verdict(only=("hapyak.ordinary",))["rules"]) == len(verdict()["rules"])


def test_a_known_failure_does_not_count_until_its_end() -> None:
    """And on the day after it does, so that nobody forgets it."""
    told = verdict(finding(SURE, passed=False))
    last = date(2026, 3, 1)
    baseline = read_baseline(baseline_of(told, "ticket 7", last), "hapyak")
    known = lived_with(told, baseline, last)
    assert known["passed"]
    assert rule_of(known, SURE)["known"]["reason"] == "ticket 7"
    assert not lived_with(told, baseline, date(2026, 3, 2))["passed"]


@pytest.mark.parametrize(
    "given",
    [
        {},
        [7],
        [{"rule": SURE}],
        [{"rule": "client.nothing", "reason": "x", "until": "2026-01-31"}],
        [{"rule": SURE, "reason": " ", "until": "2026-01-31"}],
        [{"rule": SURE, "reason": "x", "until": "soon"}],
    ],
)
def test_a_baseline_gives_rule_reason_and_end(given: object) -> None:
    """Without one of them it would excuse anything for ever."""
    with pytest.raises(ContractError):
        read_baseline(given, "hapyak")


def test_a_table_for_a_terminal() -> None:
    """A line for each rule, and what was not run."""
    lines = render.text(verdict(finding(SURE, passed=False))).splitlines()
    assert lines[0].split() == ["FAIL", SURE, "error", "documented"]
    assert "hapyak: FAILED: 0 passed, 1 failed, 24 not exercised" in lines
    assert lines[-2:] == ["not run: hapyak.killed needs kill", "not ended: 2 cases"]


def test_markdown_for_a_job() -> None:
    """A table whose cells hold no bars of their own."""
    table = render.markdown(verdict(finding(SURE, passed=False)))
    assert "| `client.finishes` | failed | error | documented | it \\| broke |" in table


def test_junit_for_a_server_of_builds() -> None:
    """A case for each rule, with what XML can hold of the story."""
    root = ET.fromstring(render.junit(verdict(finding(SURE, passed=False), finding(WARNING, passed=False))))  # noqa: S314 - ours
    cases = {case.get("name"): case for case in root.iter("testcase")}
    failure = cases[SURE].find("failure")
    assert failure is not None
    assert "curl -i http://x" in str(failure.text)
    assert cases[WARNING].find("failure") is None
    assert cases[WARNING].find("system-out") is not None
    assert cases[ASSUMED].find("skipped") is not None
    assert root.get("failures") == "1"
