"""What all mocks of one server share: state, clock, sandboxes, journal, log, signer."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reportcontracts.rules import RuleValues
from reportmocks.kernel.bounds import Bounds, read_bounds
from reportmocks.kernel.clock import Clock, wall_ms
from reportmocks.kernel.jobs import Phase, Plan
from reportmocks.kernel.journal import Journal
from reportmocks.kernel.limits import InFlight, Window
from reportmocks.kernel.log import Log
from reportmocks.kernel.sandbox import Sandbox, Sandboxes, first_row
from reportmocks.kernel.signing import Signer
from reportmocks.kernel.store import SandboxRow, Store
from reportmocks.settings import Settings


@dataclass(frozen=True, slots=True)
class Outcome:
    """Something that can become of a job."""

    plan: Callable[[RuleValues, int], Plan]
    """Makes the job's plan from the sandbox's rules and the time that the job is to take."""
    time: Callable[[RuleValues], int] | None = None
    """How long such a job takes where nobody said; `None` is as long as the server's reports take."""
    endless: bool = False
    """Whether it has no end, and so no time and no polls that lead to it."""


def ends_as(phase: Phase) -> Outcome:
    """The outcome that a job, when its time has come, is in `phase` for good."""
    return Outcome(lambda _, time: Plan.of((time, phase)))


NEVER: Final = Outcome(lambda _rules, _time: Plan.of(), endless=True)
"""The outcome of a job that never ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What the kernel needs to know of a vendor."""

    id: str
    outcomes: Mapping[str, Outcome]
    """What can become of a job, by name; the first one is what happens when nothing was planned."""
    words: Mapping[Phase, str] = field(default_factory=lambda: {phase: str(phase) for phase in Phase})
    """What the vendor calls the phases of a job."""
    limits: tuple[Window | InFlight, ...] = ()
    """The limits of which something can be used up."""
    bounds: Bounds = read_bounds
    """Reads the bounds of a range as the vendor means them."""
    pinnable: Container[str] = ()
    """The reports in which rows of the user's own can stand."""
    secret_names: bool = False
    """Whether the vendor's sandboxes are named by a secret, such as an API key."""


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
        self.log = Log(settings.log, frozenset(vendor for vendor, its in traits.items() if its.secret_names))
        self.sandboxes = Sandboxes(self.store, rules, self.first_row(), self._dropped)

    def first_row(self) -> SandboxRow:
        """What a sandbox starts with."""
        start = self.started if self.settings.now is None else self.settings.now
        clock = Clock(self.settings.clock, base=start, anchor=self.started)
        dials: dict[str, Any] = {"seed": self.settings.seed, "size": self.settings.size}
        if self.settings.pins:
            dials["pins"] = {
                key: {"mode": pin.mode, "rows": self.store.keep_text(pin.text)}
                for key, pin in self.settings.pins.items()
            }
        return first_row(clock, dials)

    def _dropped(self, vendor: str, name: str, limit: int) -> None:
        shown = self.log.sandbox_name(vendor, name)
        self.log.event(f"sandbox {vendor}/{shown} dropped: idle, and there were {limit} of them", self.wall())

    def open(self, vendor: str, name: str) -> Sandbox:
        """The sandbox of this name, at this moment."""
        return self.sandboxes.open(vendor, name, self.wall())

    def plan(self, sandbox: Sandbox, report: str) -> Plan:
        """What will become of a job of `report` that is submitted now."""
        outcomes = self.traits[sandbox.vendor].outcomes
        planned = sandbox.take_plan(report) or {"outcome": next(iter(outcomes)), "time": None, "polls": None}
        outcome, time = outcomes[planned["outcome"]], planned["time"]
        if time is None:
            time = outcome.time(sandbox.rules) if outcome.time else self.settings.report_time
        return Plan(outcome.plan(sandbox.rules, time).steps, planned["polls"])
