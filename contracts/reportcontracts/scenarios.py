"""Scenarios: named situations that a client can get into, and how a mock is put into each of them.

A vendor's are data, in `<vendor>/scenarios.toml`, and so are the boundary cases of its limits: one below,
at and one above each number of the rulebook.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from reportcontracts.boundaries import Boundary, read_boundary
from reportcontracts.errors import ContractError, UnknownName
from reportcontracts.names import VENDORS
from reportcontracts.rules import Kind, load_rulebook
from reportcontracts.steps import Call, Control, Slots, Step, lines, read_call, read_step, script, texts
from reportcontracts.strict import Table, duplicate, read_toml, vendor_file

PARTS: Final = ("switches", "exhaust", "plans", "refuse", "clock", "world", "faults")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is done to a sandbox when a scenario begins, each part as the control API takes it."""

    switches: Mapping[str, Any]
    """By a switch's path, `rule.switch`."""
    exhaust: Mapping[str, Any]
    """By rule: how much is left."""
    plans: tuple[Mapping[str, Any], ...]
    refuse: tuple[Mapping[str, Any], ...]
    """Calls that are refused by a rule, whatever they ask: `rule`, and `method` and `path` of the calls."""
    clock: Mapping[str, Any]
    world: Mapping[str, Any]
    faults: tuple[Mapping[str, Any], ...]

    @property
    def only_refuses(self) -> bool:
        """Whether nothing is done but to refuse calls: their own mistakes would have the same end."""
        return bool(self.refuse) and not (
            self.switches or self.exhaust or self.plans or self.clock or self.world or self.faults
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A situation: what it is in one sentence, the rules that make it, and the steps that show it."""

    id: str
    statement: str
    rules: tuple[str, ...]
    setup: Setup
    steps: tuple[Step, ...]

    @property
    def vendor(self) -> str:
        """The vendor whose scenario this is."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioBook:
    """What a vendor's file holds."""

    vendor: str
    sandbox: str
    """The credential by which the scripts call."""
    calls: Mapping[str, Call]
    scenarios: Mapping[str, Scenario]
    boundaries: tuple[Boundary, ...]
    without: Mapping[str, str]
    """The limits that have no boundary cases, with the reason."""

    def scenario(self, name: str) -> Scenario:
        """The scenario of this id.

        Raises:
            UnknownName: There is none.
        """
        if name not in self.scenarios:
            raise UnknownName(f"{self.vendor}'s scenarios", "scenario", name, self.scenarios)
        return self.scenarios[name]

    def script(self, scenario: Scenario, now: int, origin: str) -> list[str]:
        """The lines for a shell that put a mock into the scenario and show it."""
        begin = (Control(("reset",)), Control(("scenario", scenario.id)))
        slots = Slots(now, {"sandbox": self.sandbox})
        return script((*begin, *scenario.steps), self.vendor, slots, origin)

    def told(self, scenario: Scenario, now: int, origin: str) -> dict[str, Any]:
        """A scenario for JSON."""
        return {
            "id": scenario.id,
            "vendor": self.vendor,
            "statement": scenario.statement,
            "rules": list(scenario.rules),
            "command": "\n".join(self.script(scenario, now, origin)),
        }

    def told_boundaries(self, now: int, origin: str) -> Iterator[dict[str, Any]]:
        """The boundary cases for JSON."""
        for boundary in self.boundaries:
            for case in boundary.cases(now, {"sandbox": self.sandbox}):
                yield case.told(self.vendor, origin)


@cache
def load_scenarios(vendor: str) -> ScenarioBook:
    """The scenarios of a vendor, read once.

    Raises:
        ContractError: There is no such vendor, or its file has a mistake.
    """
    text, origin = vendor_file(vendor, "scenarios.toml")
    return parse_scenarios(text, vendor=vendor, origin=origin)


def find_scenario(name: str) -> Scenario:
    """The scenario of this id, whoever's it is.

    Raises:
        UnknownName: There is none; the error names the nearest ones.
    """
    vendor = name.partition(".")[0]
    if vendor not in VENDORS:
        known = [scenario for each in VENDORS for scenario in load_scenarios(each).scenarios]
        raise UnknownName("scenarios", "scenario", name, known)
    return load_scenarios(vendor).scenario(name)


def parse_scenarios(text: str, *, vendor: str, origin: str) -> ScenarioBook:
    """What a TOML text holds; `origin` is what errors call it.

    Raises:
        ContractError: Anything at all is wrong with it: an unknown key, rule, switch, call or value.
    """
    root = read_toml(text, origin)
    sandbox = root.text("sandbox")
    calls = {call.name: call for call in map(read_call, root.tables("call"))}
    scenarios = [_scenario(table, vendor, calls) for table in root.tables("scenario", "id")]
    boundaries = tuple(read_boundary(table, vendor, calls) for table in root.tables("boundary", "rule"))
    without = texts(root, "without")
    root.close()
    twice = duplicate(scenario.id for scenario in scenarios)
    if twice:
        raise ContractError(origin, twice, "there are two scenarios of this id")
    limits = {rule.id for rule in load_rulebook(vendor).values() if rule.kind is Kind.LIMIT}
    told = [*(boundary.rule for boundary in boundaries), *(f"{vendor}.{name}" for name in without)]
    if sorted(told) != sorted(limits):
        raise ContractError(origin, "boundary", f"each limit is there once, of {', '.join(sorted(limits))}")
    return ScenarioBook(
        vendor=vendor,
        sandbox=sandbox,
        calls=MappingProxyType(calls),
        scenarios=MappingProxyType({scenario.id: scenario for scenario in scenarios}),
        boundaries=boundaries,
        without=MappingProxyType(without),
    )


def _scenario(table: Table, vendor: str, calls: Mapping[str, Call]) -> Scenario:
    name = table.text("id")
    rulebook = load_rulebook(vendor)
    scenario = Scenario(
        id=name,
        statement=table.text("statement"),
        rules=tuple(rulebook.rule(rule).id for rule in table.texts("rules")),
        setup=_setup(table.table("setup"), vendor),
        steps=tuple(read_step(line, calls, name) for line in lines(table, "steps")),
    )
    table.close()
    if not name.startswith(f"{vendor}.") or not scenario.steps:
        raise table.error("id", f"{name!r} is not of the form {vendor}.some-name, or has no steps")
    return scenario


def _setup(table: Table, vendor: str) -> Setup:
    rulebook = load_rulebook(vendor)
    setup = Setup(
        switches=_members(table, "switches"),
        exhaust=_members(table, "exhaust"),
        plans=_tables(table, "plans"),
        refuse=_tables(table, "refuse"),
        clock=_members(table, "clock"),
        world=_members(table, "world"),
        faults=_tables(table, "faults"),
    )
    table.close()
    for path, value in setup.switches.items():
        rulebook.resolve(path).check(value)
    for rule in (*setup.exhaust, *(refused["rule"] for refused in setup.refuse)):
        rulebook.rule(rule)
    return setup


def _members(table: Table, name: str) -> Mapping[str, Any]:
    inner = table.table(name)
    return MappingProxyType({key: inner.take(key) for key in inner.keys()})  # noqa: SIM118 - no mapping


def _tables(table: Table, name: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        MappingProxyType({key: inner.take(key) for key in inner.keys()})  # noqa: SIM118 - no mapping
        for inner in table.tables(name)
    )
