"""Mutants: the mocks with one classic mistake each, made in the running code and undone after a test.

To add one: a function under `@mutant(vendor, rule)` that patches what it breaks, with the mistake as its
docstring, in one of `MODULES`. `also` names rules that differ with it, because they stand on what is broken;
`"*"` are all of them.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

import pytest

MODULES = ("lifecycle", "limits", "credentials", "files", "rows", "calls", "analytics")

Break = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Mutant:
    """A mock with a mistake, and the rule of its vendor that finds it."""

    apply: Break
    vendor: str
    rule: str
    also: frozenset[str]

    @property
    def id(self) -> str:
        """What a test of it is called."""
        return f"{self.vendor}-{self.apply.__name__}"

    @property
    def mistake(self) -> str:
        """What is wrong with it."""
        return (self.apply.__doc__ or "").partition("\n")[0]

    def explains(self, rule: str) -> bool:
        """Whether it is no surprise that a rule differs."""
        return rule == self.rule or rule in self.also or "*" in self.also


_KNOWN: list[Mutant] = []


def mutant(vendor: str, rule: str, *also: str) -> Callable[[Break], Break]:
    """Register a mistake in a vendor's mock; rules are told without the vendor."""

    def register(apply: Break) -> Break:
        others = frozenset(other if other == "*" else f"{vendor}.{other}" for other in also)
        _KNOWN.append(Mutant(apply, vendor, f"{vendor}.{rule}", others))
        return apply

    return register


def mutants() -> tuple[Mutant, ...]:
    """Every mutant."""
    for module in MODULES:
        importlib.import_module(f"mutants.{module}")
    return tuple(_KNOWN)
