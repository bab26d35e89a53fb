"""What all mocks of one server share: state, clock, sandboxes, journal, log, signer."""

import re
from collections.abc import Callable, Container, Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

from reportcontracts.rules import RuleValues
from reportmocks.kernel import exhausting
from reportmocks.kernel.clock import Clock, wall_ms
from reportmocks.kernel.exhausting import STANDING, Exhaustion
from reportmocks.kernel.jobs import Plan
from reportmocks.kernel.journal import ANONYMOUS, Journal
from reportmocks.kernel.log import Log
from reportmocks.kernel.planned import NO_PARAMETERS
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.kernel.sandboxes import Sandboxes, first_row
from reportmocks.kernel.signing import Signer
from reportmocks.kernel.store import SandboxRow, Store
from reportmocks.kernel.traits import EXPIRED, NEVER, Outcome, Traits, ends_as
from reportmocks.settings import Settings

__all__ = ["EXPIRED", "NEVER", "Kernel", "Outcome", "Traits", "ends_as"]

INVALID: Final = "invalid"
"""What a credential begins with that is refused the vendor's way."""

ALIAS: Final = re.compile(r"~[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What stands for the name of a sandbox where that is a secret."""


class _SecretNames(Container[str]):
    """The vendors whose sandboxes are named by a secret."""

    def __init__(self, traits: Mapping[str, Traits]) -> None:
        self._traits = traits

    def __contains__(self, vendor: object) -> bool:
        return vendor in self._traits and self._traits[str(vendor)].secret_names


class Kernel:
    """The shared middle of a server. Everything in it may be used from any thread."""

    def __init__(
        self,
        settings: Settings,
        traits: Mapping[str, Traits],
        rules: Mapping[str, RuleValues],
        wall: Callable[[], int] = wall_ms,
    ) -> None:
        self.settings = settings
        self.traits = traits
        self.rules = rules
        self.wall = wall
        self.started = wall()
        self.store = Store(settings.state)
        self.signer = Signer(self.store.secret)
        self.journal = Journal()
        self.log = Log(settings.log, _SecretNames(traits))
        self.sandboxes = Sandboxes(
            self.store, rules, self.first_row(), self._dropped, self._made, settings.catalogue
        )
        self.about = lru_cache(maxsize=4096)(self._about)

    def first_row(self) -> SandboxRow:
        """What a sandbox starts with."""
        start = self.started if self.settings.now is None else self.settings.now
        clock = Clock(self.settings.clock, base=start, anchor=self.started)
        dials: dict[str, Any] = {"seed": self.settings.seed, **self.settings.dials.as_json(turned=True)}
        dials.setdefault("size", self.settings.size)
        if self.settings.pins:
            dials["pins"] = {
                key: {"mode": pin.mode, "rows": self.store.keep_text(pin.text)}
                for key, pin in self.settings.pins.items()
            }
        return first_row(clock, dials)

    def _dropped(self, vendor: str, name: str, limit: int) -> None:
        shown = self.log.sandbox_name(vendor, name)
        self.log.event(f"sandbox {vendor}/{shown} dropped: idle, and there were {limit} of them", self.wall())

    def _made(self, vendor: str, name: str, wall: int) -> None:
        """Do to a new sandbox what is to be done to every new one."""
        sandbox = self.sandboxes.peek(vendor, name, wall)
        for standing in sandbox.note(STANDING) or ():
            exhausting.use_up(self.traits[vendor], sandbox, Exhaustion(**standing))

    def _about(self, vendor: str, sandbox: str) -> str:
        """The query by which the control API knows a sandbox; a name that is a secret is not in it."""
        return urlencode({"vendor": vendor, "sandbox": self.alias(vendor, sandbox)})

    def alias(self, vendor: str, sandbox: str) -> str:
        """A name for a sandbox that may be shown: its own, or another one where that is a secret."""
        if sandbox == ANONYMOUS or not self.traits[vendor].secret_names:
            return sandbox
        return f"~{self.signer.uuid('sandbox', vendor, sandbox)}"

    def named(self, vendor: str, given: str) -> str | None:
        """The sandbox that the control API is to go by, told by name or alias; `None` if it is gone."""
        if not ALIAS.fullmatch(given):
            return given
        seen = {entry.sandbox for entry in self.journal.entries(vendor)}.union(self.sandboxes.names(vendor))
        return next((name for name in seen if self.alias(vendor, name) == given), None)

    def open(self, vendor: str, name: str) -> Sandbox:
        """The sandbox of this name, at this moment."""
        return self.sandboxes.open(vendor, name, self.wall())

    def sandbox_of(self, vendor: str, credential: str) -> Sandbox | None:
        """The sandbox that a credential names; one that is not valid can be steered, but makes none."""
        if not credential.strip():
            return None
        if credential.startswith(INVALID):
            return self.sandboxes.peek(vendor, credential, self.wall())
        return self.open(vendor, credential)

    def plan(self, sandbox: Sandbox, report: str, parameters: Mapping[str, Any] = NO_PARAMETERS) -> Plan:
        """What will become of a job of `report` with these parameters that is submitted now."""
        return self.plan_of(sandbox, sandbox.take_plan(report, parameters) or {})

    def plan_of(self, sandbox: Sandbox, planned: Mapping[str, Any]) -> Plan:
        """What becomes of a job for which this was planned: the first outcome where nothing was."""
        outcomes = self.traits[sandbox.vendor].outcomes
        outcome, time = outcomes[planned.get("outcome", next(iter(outcomes)))], planned.get("time")
        if time is None:
            time = outcome.time(sandbox.rules) if outcome.time else self.settings.report_time
        plan = Plan(outcome.plan(sandbox.rules, time).steps, planned.get("polls"))
        expires = planned.get("expires")
        return plan if expires is None else plan.expiring(expires)
