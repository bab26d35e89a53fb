"""The client rulebook: what a client is judged by, with reason, severity and evidence of each rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from reportcontracts.errors import ContractError, UnknownRule
from reportcontracts.names import VENDORS
from reportcontracts.rules import load_rulebook
from reportcontracts.strict import Table, duplicate, read_toml
from reportcontracts.switches import NAME, Evidence

FILE: Final = "client-rules.toml"
PREFIX: Final = "client"


class Severity(StrEnum):
    """What it means that a client breaks a rule."""

    ERROR = "error"
    """Data is lost, or the vendor will refuse the client: the verdict fails."""
    WARNING = "warning"
    """It works, at somebody's expense."""
    ADVICE = "advice"
    """What a good client does besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRule:
    """One thing that a client does right or wrong.

    `on` has, for each vendor that it is for, the rules of the vendor's rulebook that it stands on. `given` is
    the evidence that the file names, `None` where it is that of those rules.
    """

    id: str
    sentence: str
    reason: str
    severity: Severity
    given: Evidence | None
    on: Mapping[str, tuple[str, ...]]

    def evidence(self, vendor: str) -> Evidence:
        """How sure it is, for a vendor: as sure as the least sure rule that it stands on.

        Raises:
            UnknownRule: The rule is not for this vendor.
        """
        if vendor not in self.on:
            raise UnknownRule(f"{vendor}'s client rules", self.id, rules_for(vendor))
        if self.given is not None:
            return self.given
        rulebook, order = load_rulebook(vendor), list(Evidence)
        return max((rulebook[name].evidence for name in self.on[vendor]), key=order.index)

    def as_dict(self, vendor: str) -> dict[str, object]:
        """The rule as it is for a vendor, for JSON."""
        return {
            "rule": self.id,
            "sentence": self.sentence,
            "reason": self.reason,
            "severity": str(self.severity),
            "evidence": str(self.evidence(vendor)),
            "stands_on": list(self.on[vendor]),
        }


@cache
def load_client_rules() -> Mapping[str, ClientRule]:
    """The client rulebook by id, in the order of the file, read once."""
    text = Path(__file__).with_name(FILE).read_text(encoding="utf-8")
    return parse_client_rules(text, origin=f"kit/{FILE}")


def rules_for(vendor: str) -> dict[str, ClientRule]:
    """The rules that clients of a vendor are judged by."""
    return {rule.id: rule for rule in load_client_rules().values() if vendor in rule.on}


def parse_client_rules(text: str, *, origin: str) -> Mapping[str, ClientRule]:
    """The client rulebook that a TOML text holds; `origin` is what errors call it.

    Raises:
        ContractError: Anything at all is wrong with it: a key unknown or missing, a duplicate id, a vendor
            or a vendor's rule that there is not, a rule that nothing gives evidence for.
    """
    root = read_toml(text, origin)
    rules = [_rule(table) for table in root.tables("rule", "id")]
    root.close()
    twice = duplicate(rule.id for rule in rules)
    if twice:
        raise ContractError(origin, twice, "there are two rules of this id")
    return MappingProxyType({rule.id: rule for rule in rules})


def _rule(table: Table) -> ClientRule:
    rule_id = table.text("id")
    owner, _, name = rule_id.partition(".")
    if owner != PREFIX or not NAME.fullmatch(name):
        raise table.error("id", f"{rule_id!r} is not of the form {PREFIX}.some-name")
    given = table.word("evidence", Evidence) if table.has("evidence") else None
    rule = ClientRule(
        id=rule_id,
        sentence=table.text("sentence"),
        reason=table.text("reason"),
        severity=table.word("severity", Severity),
        given=given,
        on=MappingProxyType(_on(table.table("on"), proved=given is not None)),
    )
    table.close()
    return rule


def _on(table: Table, *, proved: bool) -> dict[str, tuple[str, ...]]:
    on: dict[str, tuple[str, ...]] = {}
    for vendor in table.keys():  # noqa: SIM118 - a table is no mapping
        if vendor not in VENDORS:
            raise table.error(vendor, f"no vendor; there are {', '.join(VENDORS)}")
        on[vendor] = table.texts(vendor)
        strange = [name for name in on[vendor] if name not in load_rulebook(vendor)]
        if strange:
            raise table.error(vendor, f"{vendor}'s rulebook has no {strange[0]}")
        if not on[vendor] and not proved:
            raise table.error(
                vendor, "names no rule to take the evidence from, and the rule itself gives none"
            )
    if not on:
        raise table.error(None, "a rule is for one vendor at least")
    return on
