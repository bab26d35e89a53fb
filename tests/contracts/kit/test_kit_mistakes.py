"""Every classic mistake is found, by the rule that is about it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clients.python.mistakes import Mistake, mistakes
from reportcontracts.kit import Target
from reportcontracts.kit.adapters import target_of
from reportcontracts.kit.client_rules import load_client_rules
from reportcontracts.kit.driving import Judgement, control_at
from reportcontracts.kit.running import run
from reportcontracts.names import VENDORS
from support.judged import make
from support.serving import PATIENCE

NEEDS_A_PROCESS = {"client.resumes": "hapyak-AppendsAgain"}
"""Rules that a client in this process cannot break, since nobody can kill it, with the bad client of each."""

ROOT = Path(__file__).resolve().parents[3]

Tell = Callable[[str, object], None]


@pytest.fixture(scope="module")
def judgements(reportmocks_url: str) -> Iterator[dict[str, Judgement]]:
    """A judgement for clients of each vendor."""
    can = ["analytics", "options", "row-cap", "sessions", "timeout"]
    with control_at(reportmocks_url) as control:
        yield {vendor: Judgement.order(control, vendor=vendor, time="shim", can=can) for vendor in VENDORS}


@pytest.mark.parametrize("wrong", mistakes(), ids=lambda wrong: wrong.id)
def test_a_mistake_is_found_by_its_rule(
    wrong: Mistake, judgements: dict[str, Judgement], record_property: Tell
) -> None:
    """By the right one: who reads the verdict repairs what it names."""
    record_property("kill", ["bad client", wrong.id, wrong.rule, wrong.sentence])

    def made(target: Target) -> object:
        return make(wrong.vendor, target, client=wrong.client)

    case, findings = judgements[wrong.vendor].case(wrong.story), None
    while findings is None:
        findings = case.hand_in(run(made, target_of(case), case.task, PATIENCE))
    failed = [finding["rule"] for finding in findings if not finding["passed"]]
    assert wrong.rule in failed, findings
    (finding,) = (finding for finding in findings if finding["rule"] == wrong.rule)
    assert finding["what"]
    assert finding["requests"]
    assert finding["reproduce"]


def test_what_is_written_twice_is_found(reportmocks_url: str, record_property: Tell) -> None:
    """A job that appends to its file what it has written before it was killed."""
    name, mistake = NEEDS_A_PROCESS["client.resumes"], "Killed and started again it appends to its file."
    record_property("kill", ["bad client", name, "client.resumes", mistake])
    file: list[Any] = []
    with control_at(reportmocks_url) as control:
        case = Judgement.order(control, vendor="hapyak", time="shim", can=["kill"]).case("hapyak.killed")
        for left in ({"killed": True}, {"rows": file}):
            target = target_of(case)
            task = case.task
            with target.control:
                file += make("hapyak", target).fetch(task["report"], task["start"], task["end"])
            case.look()
            findings = case.hand_in(left)
    assert findings is not None
    assert not {finding["rule"]: finding["passed"] for finding in findings}["client.resumes"]


def test_every_rule_has_a_mistake() -> None:
    """A rule that nothing breaks might be one that nothing can."""
    assert {wrong.rule for wrong in mistakes()} | set(NEEDS_A_PROCESS) == set(load_client_rules())


def test_the_document_tells_who_breaks_which_rule() -> None:
    """So that a reader finds an example of what a rule means."""
    told = (ROOT / "docs" / "judge.md").read_text(encoding="utf-8")
    assert table() in told, f"docs/judge.md is to have\n{table()}"


def table() -> str:
    """By rule the bad clients that it catches, as the document has them."""
    by_rule = {rule: [bad] for rule, bad in NEEDS_A_PROCESS.items()}
    for wrong in mistakes():
        by_rule.setdefault(wrong.rule, []).append(wrong.id)
    rows = (
        f"| `{rule}` | {', '.join(f'`{bad}`' for bad in by_rule[rule])} |" for rule in load_client_rules()
    )
    return "\n".join(("| rule | bad clients |", "|---|---|", *rows, ""))
