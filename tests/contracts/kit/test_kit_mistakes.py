"""Every classic mistake is found, by the rule that is about it."""

from collections.abc import Iterator

import pytest

from clients.python.mistakes import Mistake, mistakes
from reportcontracts.kit import Target
from reportcontracts.kit.adapters import target_of
from reportcontracts.kit.client_rules import load_client_rules
from reportcontracts.kit.driving import Judgement, control_at
from reportcontracts.kit.running import run
from reportcontracts.names import VENDORS
from support.judged import make

NEEDS_A_PROCESS = {"client.resumes"}
"""Rules that a client in this process cannot break: nobody can kill it."""


@pytest.fixture(scope="module")
def judgements(reportmocks_url: str) -> Iterator[dict[str, Judgement]]:
    """A judgement for clients of each vendor."""
    with control_at(reportmocks_url) as control:
        yield {
            vendor: Judgement.order(control, vendor=vendor, time="shim", can=["options", "row-cap"])
            for vendor in VENDORS
        }


@pytest.mark.parametrize("wrong", mistakes(), ids=lambda wrong: wrong.id)
def test_a_mistake_is_found_by_its_rule(wrong: Mistake, judgements: dict[str, Judgement]) -> None:
    """By the right one: who reads the verdict repairs what it names."""

    def made(target: Target) -> object:
        return make(wrong.vendor, target, client=wrong.client)

    case, findings = judgements[wrong.vendor].case(wrong.story), None
    while findings is None:
        findings = case.hand_in(run(made, target_of(case), case.task, 5))
    failed = [finding["rule"] for finding in findings if not finding["passed"]]
    assert wrong.rule in failed, findings
    (finding,) = (finding for finding in findings if finding["rule"] == wrong.rule)
    assert finding["what"]
    assert finding["requests"]
    assert finding["reproduce"]


def test_every_rule_has_a_mistake() -> None:
    """A rule that nothing breaks might be one that nothing can."""
    assert {wrong.rule for wrong in mistakes()} == set(load_client_rules()) - NEEDS_A_PROCESS
