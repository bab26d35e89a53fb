"""Switches: what about a rule can be set, to what, and how sure its default is."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeGuard

from reportcontracts.errors import SwitchError
from reportcontracts.strict import Table

Value = bool | int | str
"""What a switch can hold."""

NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""What a switch or a rule within its vendor is called: lower-case words joined by hyphens."""

_MEANINGS: Final = {"enabled": "false: the rule does not apply", "status": "HTTP status of the answer"}
_INTEGER: Final = re.compile(r"-?([0-9]{1,30}|[0-9]{1,3}(_[0-9]{3}){1,9})")
_WORDS: Final = {"true": True, "on": True, "false": False, "off": False}


class Evidence(StrEnum):
    """How sure a statement about a vendor is, surest first."""

    DOCUMENTED = "documented"
    """The vendor's own text says it."""
    OBSERVED = "observed"
    """A sample of the vendor's, or public client code that works against the real service, shows it."""
    INFERRED = "inferred"
    """It follows from what is documented or observed."""
    ASSUMED = "assumed"
    """Nothing public says it; somebody had to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One thing about a rule that can be set: its type is that of its default.

    Integers lie between `minimum` and `maximum` or are one of `choices`; strings are one of `choices`.
    """

    rule: str
    name: str
    default: Value
    meaning: str
    unit: str | None
    minimum: int | None
    maximum: int | None
    choices: tuple[Value, ...]
    evidence: Evidence

    @property
    def allowed(self) -> str:
        """What the switch takes, in words."""
        if isinstance(self.default, bool):
            return "true, false"
        if self.choices:
            return ", ".join(map(str, self.choices))
        unit = f" {self.unit}" if self.unit else ""
        return f"an integer from {self.minimum} to {self.maximum}{unit}"

    def check(self, value: object) -> Value:
        """The value itself, if the switch can take it; meant for values from TOML or JSON.

        Raises:
            SwitchError: It is of another type, out of bounds, or no choice.
        """
        if not self.takes(value):
            raise self.refused(value)
        return value

    def takes(self, value: object) -> TypeGuard[Value]:
        """Whether the switch can take a value; 1 is not `true`, and `true` is not 1."""
        if type(value) is not type(self.default):
            return False
        if self.choices:
            return value in self.choices
        if isinstance(value, int) and self.minimum is not None and self.maximum is not None:
            return self.minimum <= value <= self.maximum
        return True

    def parse(self, text: str) -> Value:
        """The value that a text from a command line stands for: `true`, `off`, `500_000`, `clamp`.

        Raises:
            SwitchError: It stands for nothing that the switch can take.
        """
        if isinstance(self.default, bool):
            return self.check(_WORDS.get(text.lower(), text))
        if isinstance(self.default, int):
            return self.check(int(text.replace("_", "")) if _INTEGER.fullmatch(text) else text)
        return self.check(text)

    def refused(self, value: object) -> SwitchError:
        """The error for a value that this switch cannot take."""
        return SwitchError(self.rule, self.name, value, self.allowed)

    def as_dict(self) -> dict[str, object]:
        """This switch for JSON, without what it has not."""
        parts = {
            "default": self.default,
            "meaning": self.meaning,
            "unit": self.unit,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "choices": list(self.choices) or None,
            "evidence": str(self.evidence),
        }
        return {name: part for name, part in parts.items() if part is not None}


def read_switches(table: Table, rule: str, evidence: Evidence) -> dict[str, Switch]:
    """The switches of the rule `rule`, by name, from its table; `evidence` is the rule's own.

    Raises:
        ContractError: One has a mistake.
    """
    switches = {}
    for name in table.keys():  # noqa: SIM118 - a table is no mapping
        if not NAME.fullmatch(name):
            raise table.error(name, "not a name for a switch: lower-case words joined by hyphens")
        switches[name] = _switch(table.table(name), rule, name, evidence)
    return switches


def _switch(table: Table, rule: str, name: str, evidence: Evidence) -> Switch:
    default = table.take("default")
    if not isinstance(default, bool | int | str):
        raise table.error("default", "missing, or neither boolean, integer nor string")
    switch = Switch(
        rule=rule,
        name=name,
        default=default,
        meaning=table.optional_text("meaning") or _MEANINGS.get(name, ""),
        unit=table.optional_text("unit"),
        minimum=table.optional_number("minimum"),
        maximum=table.optional_number("maximum"),
        choices=_choices(table),
        evidence=table.word("evidence", Evidence, evidence),
    )
    table.close()
    _check_bounds(table, switch)
    return switch


def _choices(table: Table) -> tuple[Value, ...]:
    choices = table.items("choices")
    kept = tuple(choice for choice in choices if isinstance(choice, bool | int | str))
    if len(kept) != len(choices):
        raise table.error("choices", "something in it is neither boolean, integer nor string")
    return kept


def _check_bounds(table: Table, switch: Switch) -> None:
    """What a switch takes must be told, and must hold its default."""
    bounds = (switch.minimum is not None, switch.maximum is not None)
    whole = type(switch.default) is int and not switch.choices
    if any(bounds) != all(bounds) or (any(bounds) and not whole):
        raise table.error(None, "minimum and maximum go together, with an integer that has no choices")
    if whole and not all(bounds):
        raise table.error(None, "an integer needs choices, or minimum and maximum")
    if isinstance(switch.default, bool) and switch.choices:
        raise table.error("choices", "a boolean has none")
    if isinstance(switch.default, str) and not switch.choices:
        raise table.error("choices", "a string needs them")
    if len({type(choice) for choice in (*switch.choices, switch.default)}) > 1:
        raise table.error("choices", "not all of them are of the default's type")
    if switch.minimum is not None and switch.maximum is not None and switch.minimum > switch.maximum:
        raise table.error("minimum", f"{switch.minimum} is more than the maximum, {switch.maximum}")
    try:
        switch.check(switch.default)
    except SwitchError as error:
        raise table.error("default", error.reason) from None
