"""A kernel of an invented vendor, with a store in memory and a wall clock that stands still."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from reportcontracts.rules import RuleValues
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.store import Store
from reportmocks.settings import Settings
from support.kernels import ACME, RULES, START, Wall, World, a_row


@pytest.fixture
def make_world() -> Iterator[Callable[..., World]]:
    """Makes kernels by their settings; a frozen clock at `START` unless told otherwise."""
    made: list[World] = []

    def make(**settings: Any) -> World:
        wall = Wall()
        chosen = replace(Settings(clock="frozen", now=START), **settings)
        world = World(Kernel(chosen, {"acme": ACME}, {"acme": RuleValues(RULES)}, wall), wall)
        made.append(world)
        return world

    yield make
    for world in made:
        world.kernel.store.close()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A kernel whose sandboxes stand still at `START`."""
    return make_world()


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory, with one sandbox in it: `acme/one`."""
    store = Store()
    store.add_sandbox("acme", "one", a_row())
    yield store
    store.close()
