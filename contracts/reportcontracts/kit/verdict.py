"""The verdict: what became of each rule, and whether that is good enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from reportcontracts.errors import ContractError, UnknownName, shorten
from reportcontracts.kit.client_rules import ClientRule, Severity, rules_for
from reportcontracts.kit.evidence import Finding, Verdict
from reportcontracts.kit.order import Order
from reportcontracts.switches import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A failure that is known: the rule, the reason why it is lived with, and the last day of that."""

    rule: str
    reason: str
    until: date

    def as_dict(self) -> dict[str, str]:
        """The failure as a baseline file has it."""
        return {"rule": self.rule, "reason": self.reason, "until": self.until.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVerdict:
    """What became of one rule in all stories: failed if it failed in one, passed if it only ever passed."""

    rule: ClientRule
    vendor: str
    verdict: Verdict
    stories: int
    """In how many stories it was exercised."""
    failures: tuple[Finding, ...]
    counts: bool
    """Whether a failure of it fails the whole verdict."""

    def as_dict(self) -> dict[str, Any]:
        """The rule's verdict for JSON."""
        return {
            **self.rule.as_dict(self.vendor),
            "verdict": str(self.verdict),
            "stories": self.stories,
            "fails_verdict": self.counts and self.verdict is Verdict.FAILED,
            "known": None,
            "failures": [failure.as_dict() for failure in self.failures],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeVerdict:
    """What became of a client.

    `not_run` names the stories that were not told, each with what they would have needed; `open` counts the
    cases that have not ended.
    """

    vendor: str
    seed: int
    rules: tuple[RuleVerdict, ...]
    not_run: Mapping[str, tuple[str, ...]]
    open: int = 0

    @property
    def passed(self) -> bool:
        """Whether nothing failed that counts."""
        return not any(its.counts and its.verdict is Verdict.FAILED for its in self.rules)

    def as_dict(self) -> dict[str, Any]:
        """The verdict for JSON."""
        counts = {str(word): sum(its.verdict is word for its in self.rules) for word in Verdict}
        return {
            "vendor": self.vendor,
            "seed": self.seed,
            "passed": self.passed,
            "counts": counts,
            "open": self.open,
            "not_run": {story: list(needs) for story, needs in self.not_run.items()},
            "rules": [its.as_dict() for its in self.rules],
        }


def verdict_of(
    order: Order, findings: Sequence[Finding], *, not_run: Mapping[str, tuple[str, ...]], open_cases: int = 0
) -> JudgeVerdict:
    """The verdict on the findings of all stories."""
    rules = tuple(
        _verdict(order, rule, [finding for finding in findings if finding.rule == rule.id])
        for rule in rules_for(order.vendor).values()
        if judged(order, rule.id)
    )
    return JudgeVerdict(
        vendor=order.vendor, seed=order.seed, rules=rules, not_run=dict(not_run), open=open_cases
    )


def judged(order: Order, rule: str) -> bool:
    """Whether an order wants a rule judged: `only` and `skip` name rules, or stories, which hold for all."""
    only = [name for name in order.only if name.startswith("client.")]
    return rule not in order.skip and (not only or rule in only)


def _verdict(order: Order, rule: ClientRule, findings: Sequence[Finding]) -> RuleVerdict:
    failures = tuple(finding for finding in findings if not finding.passed)
    passed = Verdict.PASSED if findings else Verdict.NOT_EXERCISED
    sure = order.strict or rule.evidence(order.vendor) is not Evidence.ASSUMED
    return RuleVerdict(
        rule=rule,
        vendor=order.vendor,
        verdict=Verdict.FAILED if failures else passed,
        stories=len({finding.case for finding in findings}),
        failures=failures,
        counts=rule.severity is Severity.ERROR and sure,
    )


_MEMBERS: Final = {"rule", "reason", "until"}


def read_baseline(given: object, vendor: str) -> tuple[Known, ...]:
    """The known failures that a JSON array holds.

    Raises:
        ContractError: It is of another form, names a rule that there is not, or gives no reason.
    """
    if not isinstance(given, list):
        raise ContractError("baseline", None, f"{shorten(given)} is no array of known failures")
    return tuple(_known(one, f"[{place}]", vendor) for place, one in enumerate(given, 1))


def _known(given: object, place: str, vendor: str) -> Known:
    if not isinstance(given, dict) or given.keys() != _MEMBERS:
        raise ContractError("baseline", place, f"{shorten(given)} is no object of rule, reason and until")
    rule, reason, until = given["rule"], given["reason"], given["until"]
    if rule not in rules_for(vendor):
        raise UnknownName("baseline", "rule", rule, rules_for(vendor))
    if not isinstance(reason, str) or not reason.strip():
        raise ContractError("baseline", place, "a known failure has a reason")
    try:
        return Known(rule=rule, reason=reason, until=date.fromisoformat(until))
    except (TypeError, ValueError):
        raise ContractError(
            "baseline", place, f"until: {shorten(until)} is not a date like 2026-01-31"
        ) from None


def baseline_of(verdict: Mapping[str, Any], reason: str, until: date) -> list[dict[str, str]]:
    """A baseline of everything that fails a verdict now, as a file has it."""
    failing = (its["rule"] for its in verdict["rules"] if its["fails_verdict"])
    return [Known(rule=rule, reason=reason, until=until).as_dict() for rule in failing]


def lived_with(verdict: Mapping[str, Any], baseline: Sequence[Known], today: date) -> dict[str, Any]:
    """A verdict, as JSON tells it, in which known failures do not count until the day after their last."""
    known = {its.rule: its for its in baseline if today <= its.until}
    rules = []
    for its in verdict["rules"]:
        lived = known.get(its["rule"]) if its["verdict"] == Verdict.FAILED else None
        told = {} if lived is None else {"known": lived.as_dict(), "fails_verdict": False}
        rules.append({**its, **told})
    return {**verdict, "rules": rules, "passed": not any(its["fails_verdict"] for its in rules)}


def exit_code(verdict: Mapping[str, Any]) -> int:
    """0 for a client that passed, 1 for one that did not."""
    return 0 if verdict["passed"] else 1
