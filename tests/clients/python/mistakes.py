"""Clients with one classic mistake each: the good ones, with one thing done wrong.

To add one: a subclass of a good client under `@mistake(vendor, rule, story)`, with the rule that must find it
and a story in which it is found. `MODULES` are those that have any.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MODULES = ("echo360_mistakes", "echo360_reading_mistakes", "other_mistakes")


@dataclass(frozen=True)
class Mistake:
    """A client with a mistake, the rule that finds it, and a story in which it does."""

    client: type[Any]
    vendor: str
    rule: str
    story: str

    @property
    def id(self) -> str:
        """What a test of it is called."""
        return f"{self.vendor}-{self.client.__name__}"

    @property
    def sentence(self) -> str:
        """What it does wrong."""
        return (self.client.__doc__ or "").partition("\n")[0]


_KNOWN: list[Mistake] = []


def mistake(vendor: str, rule: str, story: str) -> Callable[[type[Any]], type[Any]]:
    """Register a client with a mistake."""

    def register(client: type[Any]) -> type[Any]:
        _KNOWN.append(Mistake(client, vendor, f"client.{rule}", f"{vendor}.{story}"))
        return client

    return register


def mistakes() -> tuple[Mistake, ...]:
    """Every client with a mistake."""
    for module in MODULES:
        importlib.import_module(f"clients.python.{module}")
    return tuple(_KNOWN)
