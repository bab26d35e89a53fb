"""The rulebook: every behaviour that a client can notice, with its source, evidence and switches.

A vendor's rules are data, in `<vendor>/rules.toml`. What a server goes by are the effective values of
their switches, a `RuleValues`: the defaults of the rulebook with somebody's overrides on top.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

from reportcontracts.errors import ContractError, SwitchError, UnknownRule
from reportcontracts.strict import Table, duplicate, read_toml, vendor_file
from reportcontracts.switches import NAME, Evidence, Switch, Value, read_switches

__all__ = [
    "Evidence",
    "Kind",
    "Rule",
    "RuleValues",
    "Rulebook",
    "Switch",
    "SwitchError",
    "UnknownRule",
    "Value",
    "load_rulebook",
    "parse_rulebook",
]


_NONE: Final[Mapping[str, Mapping[str, Value]]] = MappingProxyType({})


class Kind(StrEnum):
    """What sort of behaviour a rule describes."""

    LIMIT = "limit"
    """It has a number, and it can be switched off."""
    BEHAVIOUR = "behaviour"
    """What happens when all is well."""
    ERROR = "error"
    """What is refused, and how."""
    FORMAT = "format"
    """What rows and bodies look like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One behaviour of a vendor's API, in one sentence, with where that is known from."""

    id: str
    statement: str
    source: str
    evidence: Evidence
    kind: Kind
    switches: Mapping[str, Switch]

    @property
    def vendor(self) -> str:
        """The vendor whose rule this is."""
        return self.id.partition(".")[0]

    def as_dict(self) -> dict[str, object]:
        """This rule for JSON."""
        return {
            "id": self.id,
            "statement": self.statement,
            "source": self.source,
            "evidence": str(self.evidence),
            "kind": str(self.kind),
            "switches": {name: switch.as_dict() for name, switch in self.switches.items()},
        }


class Rulebook(Mapping[str, Rule]):
    """A vendor's rules by id, in the order of the file."""

    def __init__(self, vendor: str, rules: Mapping[str, Rule]) -> None:
        self.vendor = vendor
        self._rules = MappingProxyType(dict(rules))

    def __getitem__(self, rule_id: str) -> Rule:
        return self._rules[rule_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def __repr__(self) -> str:
        return f"<Rulebook {self.vendor}: {len(self)} rules>"

    def rule(self, rule_id: str) -> Rule:
        """The rule of this id.

        Raises:
            UnknownRule: There is none; the error names the nearest ones.
        """
        try:
            return self._rules[rule_id]
        except KeyError:
            raise UnknownRule(f"{self.vendor}'s rulebook", rule_id, self._rules) from None

    def switch(self, rule_id: str, field: str = "value") -> Switch:
        """The switch `field` of a rule.

        Raises:
            UnknownRule: There is no such rule.
            SwitchError: The rule has no such switch; `allowed` names those it has.
        """
        switches = self.rule(rule_id).switches
        if field not in switches:
            has = f"the switches {', '.join(switches)}" if switches else "none; this rule has no switch"
            raise SwitchError(rule_id, field, field, has)
        return switches[field]

    def resolve(self, path: str) -> Switch:
        """The switch that a path names: `echo360.in-flight.status`, or for `.value` just `echo360.in-flight`.

        A rule without a `value` is named for its `enabled`.

        Raises:
            UnknownRule: There is no such rule.
            SwitchError: The rule has no such switch.
        """
        if path not in self._rules and path.count(".") > 1:
            return self.switch(*path.rsplit(".", 1))
        switches = self.rule(path).switches
        return self.switch(path, "enabled" if "enabled" in switches and "value" not in switches else "value")


class RuleValues:
    """The effective values of one vendor's switches; it never changes.

    Calling it is a look-up in plain dictionaries, since every request makes several.
    """

    __slots__ = ("_overrides", "_values", "rulebook")

    def __init__(self, rulebook: Rulebook, overrides: Mapping[str, Mapping[str, Value]] = _NONE) -> None:
        """Start from the rulebook's defaults.

        Raises:
            UnknownRule: An override is for a rule that there is not.
            SwitchError: An override is for a switch that its rule has not, or a value that it cannot take.
        """
        self.rulebook: Final = rulebook
        checked = {
            rule: {field: rulebook.switch(rule, field).check(value) for field, value in fields.items()}
            for rule, fields in overrides.items()
        }
        self._overrides: Final[Mapping[str, Mapping[str, Value]]] = MappingProxyType(checked)
        self._values: Final = {
            rule.id: {name: switch.default for name, switch in rule.switches.items()}
            | checked.get(rule.id, {})
            for rule in rulebook.values()
        }

    def __call__(self, rule_id: str, field: str = "value") -> Value:
        """The value of a switch; `KeyError` for one that there is not, which is a programming error."""
        return self._values[rule_id][field]

    def number(self, rule_id: str, field: str = "value") -> int:
        """The value of an integer switch."""
        value = self._values[rule_id][field]
        if type(value) is not int:
            raise TypeError(f"{rule_id}.{field} is no integer: {value!r}")
        return value

    def text(self, rule_id: str, field: str = "value") -> str:
        """The value of a switch with words to choose from."""
        value = self._values[rule_id][field]
        if type(value) is not str:
            raise TypeError(f"{rule_id}.{field} is no string: {value!r}")
        return value

    def flag(self, rule_id: str, field: str = "enabled") -> bool:
        """The value of a boolean switch."""
        value = self._values[rule_id][field]
        if type(value) is not bool:
            raise TypeError(f"{rule_id}.{field} is no boolean: {value!r}")
        return value

    @property
    def vendor(self) -> str:
        """The vendor whose values these are."""
        return self.rulebook.vendor

    @property
    def overrides(self) -> Mapping[str, Mapping[str, Value]]:
        """What was set, by rule id and switch; also where it equals the default."""
        return self._overrides

    def of(self, rule_id: str) -> Mapping[str, Value]:
        """All values of one rule, by switch.

        Raises:
            UnknownRule: There is no such rule.
        """
        return MappingProxyType(self._values[self.rulebook.rule(rule_id).id])

    def with_(self, rule_id: str, field: str, value: object) -> "RuleValues":
        """These values with one of them set, from TOML or JSON.

        Raises:
            UnknownRule: There is no such rule.
            SwitchError: The rule has no such switch, or it cannot take the value.
        """
        checked = self.rulebook.switch(rule_id, field).check(value)
        return self._with({rule_id: {field: checked}})

    def parsed(self, path: str, text: str) -> "RuleValues":
        """These values with one set from a command line's `PATH=TEXT`, the path as `Rulebook.resolve` has it.

        Raises:
            UnknownRule: There is no such rule.
            SwitchError: The rule has no such switch, or the text stands for nothing that it can take.
        """
        switch = self.rulebook.resolve(path)
        return self._with({switch.rule: {switch.name: switch.parse(text)}})

    def without_limits(self) -> "RuleValues":
        """These values with every limit switched off."""
        limits = (rule for rule in self.rulebook.values() if rule.kind is Kind.LIMIT)
        return self._with({rule.id: {"enabled": False} for rule in limits if "enabled" in rule.switches})

    def _with(self, more: Mapping[str, Mapping[str, Value]]) -> "RuleValues":
        merged = {rule: {**self._overrides.get(rule, {}), **fields} for rule, fields in more.items()}
        return RuleValues(self.rulebook, {**self._overrides, **merged})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RuleValues):
            return NotImplemented
        return self.rulebook is other.rulebook and self._values == other._values

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        fields = {rule: dict(fields) for rule, fields in self._overrides.items()}
        return f"<RuleValues {self.vendor}: {fields}>"


@cache
def load_rulebook(vendor: str) -> Rulebook:
    """The rulebook of a vendor, read once.

    Raises:
        ContractError: There is no such vendor, or its file has a mistake.
    """
    text, origin = vendor_file(vendor, "rules.toml")
    return parse_rulebook(text, vendor=vendor, origin=origin)


def parse_rulebook(text: str, *, vendor: str, origin: str) -> Rulebook:
    """The rulebook that a TOML text holds; `origin` is what errors call it.

    Raises:
        ContractError: Anything at all is wrong with it: a key unknown, missing or of the wrong type, an
            unknown word of evidence, a duplicate id, an id of another vendor, a default out of bounds.
    """
    root = read_toml(text, origin)
    rules = [_rule(table, vendor) for table in root.tables("rule", "id")]
    root.close()
    twice = duplicate(rule.id for rule in rules)
    if twice:
        raise ContractError(origin, twice, "there are two rules of this id")
    return Rulebook(vendor, {rule.id: rule for rule in rules})


def _rule(table: Table, vendor: str) -> Rule:
    rule_id = table.text("id")
    owner, _, name = rule_id.partition(".")
    if owner != vendor or not NAME.fullmatch(name):
        raise table.error("id", f"{rule_id!r} is not of the form {vendor}.some-name")
    evidence = table.word("evidence", Evidence)
    rule = Rule(
        id=rule_id,
        statement=table.text("statement"),
        source=table.text("source"),
        evidence=evidence,
        kind=table.word("kind", Kind),
        switches=MappingProxyType(read_switches(table.table("switch"), rule_id, evidence)),
    )
    table.close()
    if rule.kind is Kind.LIMIT and not {"value", "enabled"} <= rule.switches.keys():
        raise table.error("switch", "a limit has the switches value and enabled")
    return rule
