"""The registry of sandboxes: opens them by name, makes each on its first use, and drops those that idle."""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from reportcontracts.catalogue import Catalogue, load_catalogue
from reportcontracts.rules import RuleValues
from reportmocks.kernel.clock import Clock
from reportmocks.kernel.refusals import Overloaded
from reportmocks.kernel.sandbox import TEMPLATE, Sandbox
from reportmocks.kernel.store import SandboxRow, Store

LIMIT: Final = 10_000
"""How many sandboxes there may be at one time."""

IDLE: Final = 1000
"""A sandbox is idle when no job of it runs and its last request is this many wall milliseconds ago."""

ABANDONED: Final = 3_600_000
"""A sandbox is idle whatever runs in it when its last request is this many wall milliseconds ago."""


class Sandboxes:
    """Opens a vendor's sandboxes by name, making each on its first use."""

    def __init__(
        self,
        store: Store,
        rules: Mapping[str, RuleValues],
        first: SandboxRow,
        dropped: Callable[[str, str, int], None],
        made: Callable[[str, str, int], None] = lambda _vendor, _name, _wall: None,
        catalogue: Callable[[str], Catalogue] = load_catalogue,
    ) -> None:
        """`first` is what sandboxes start with.

        `dropped` hears of each that made room, and of the limit; `made` of each new one, in the
        transaction that makes it. `catalogue` has the reports of a vendor.
        """
        self._catalogue = catalogue
        self._made = made
        self._store = store
        self._rules = rules
        self._dropped = dropped
        self._lock = threading.Lock()  # taken last: the store is never asked while it is held
        self._used: OrderedDict[tuple[str, str], int] = OrderedDict()
        for vendor in rules:
            store.renew_sandbox(vendor, TEMPLATE, first)
        for key in store.sandboxes():
            if key[1] != TEMPLATE and key[0] in rules:
                self._used[key] = first.clock.anchor
        self._values = lru_cache(maxsize=1024)(self._read_rules)

    def open(self, vendor: str, name: str, wall: int) -> Sandbox:
        """The sandbox, made on its first use as the template is now; `Overloaded` when none can be made."""
        row = self._store.sandbox(vendor, name)
        if row is None:
            row = self._make(vendor, name, wall)
        if name != TEMPLATE:
            with self._lock:
                self._used[vendor, name] = wall
                self._used.move_to_end((vendor, name))
        return self._view(vendor, name, row, wall)

    def peek(self, vendor: str, name: str, wall: int) -> Sandbox:
        """The sandbox as it is, or as it would be on its first use; nothing is made and no use counted."""
        row = self._store.sandbox(vendor, name) or self._store.sandbox(vendor, TEMPLATE)
        assert row is not None, vendor  # noqa: S101 - the template was made at start for every vendor served
        return self._view(vendor, name, row, wall)

    def _view(self, vendor: str, name: str, row: SandboxRow, wall: int) -> Sandbox:
        rules = self._values(vendor, row.rules)
        return Sandbox(self._store, vendor, name, row, rules, wall, catalogue=self._catalogue)

    def names(self, vendor: str) -> list[str]:
        """The names of a vendor's sandboxes, in order; the template is none."""
        return [name for of, name in self._store.sandboxes() if of == vendor and name != TEMPLATE]

    def reset(self, vendor: str, name: str, first: SandboxRow) -> None:
        """Empty a sandbox: no jobs, no uses, clock, rules and plans as at the start."""
        self._store.renew_sandbox(vendor, name, first)

    def let_go(self, vendor: str, name: str) -> bool:
        """Forget a sandbox, whatever is in it; the next call with its credential makes another one.

        Returns whether there was one.
        """
        with self._store:
            there = name != TEMPLATE and self._store.sandbox(vendor, name) is not None
            if there:
                self._store.drop_sandbox(vendor, name)
                self._store.afterwards(lambda: self._settle(vendor, name, 0))
        return there

    def _make(self, vendor: str, name: str, wall: int) -> SandboxRow:
        with self._store:
            there = self._store.sandbox(vendor, name)
            if there is not None:
                return there
            if len(self._used) >= LIMIT:
                self._drop_one(wall)
            template = self._store.sandbox(vendor, TEMPLATE)
            assert template is not None, vendor  # noqa: S101 - made at start for every vendor served
            self._store.sweep(vendor, name)
            self._store.add_sandbox(vendor, name, template)
            self._store.copy_notes(vendor, TEMPLATE, name)
            self._store.copy_faults(vendor, TEMPLATE, name)
            self._store.afterwards(lambda: self._settle(vendor, name, wall))
            self._made(vendor, name, wall)
            return self._store.sandbox(vendor, name) or template

    def _drop_one(self, wall: int) -> None:
        """Drop the sandbox that has been idle the longest; `Overloaded` when none is idle."""
        with self._lock:
            by_use = list(self._used.items())
        for (vendor, name), used in by_use:
            if wall - used < IDLE:
                break
            row = self._store.sandbox(vendor, name)
            abandoned = wall - used >= ABANDONED
            if abandoned or row is None or not self._store.in_flight(vendor, name, row.clock.now(wall)):
                self._drop(vendor, name, used)
                return
        raise Overloaded(limit=LIMIT)

    def _drop(self, vendor: str, name: str, used: int) -> None:
        def tell() -> None:
            if not self._settle(vendor, name, used):
                self._dropped(vendor, name, LIMIT)

        self._store.drop_sandbox(vendor, name)
        self._store.afterwards(tell)

    def _settle(self, vendor: str, name: str, used: int) -> bool:
        """Count a sandbox or not, by what came of the transaction that made or dropped it: is it there?"""
        there = self._store.sandbox(vendor, name) is not None
        with self._lock:
            if there:
                self._used.setdefault((vendor, name), used)
            else:
                self._used.pop((vendor, name), None)
        return there

    def _read_rules(self, vendor: str, text: str) -> RuleValues:
        values = self._rules[vendor]
        for rule, fields in json.loads(text).items():
            for name, value in fields.items():
                values = values.with_(rule, name, value)
        return values


def first_row(clock: Clock, dials: Mapping[str, Any]) -> SandboxRow:
    """What a sandbox starts with: a clock, no switches, no plans, and its world's dials."""
    return SandboxRow(clock, "{}", "[]", json.dumps(dials))
