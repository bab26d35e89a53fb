"""What the kernel needs to know of a vendor: what can become of its jobs, and which limits it has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reportcontracts.catalogue import Report
from reportcontracts.rules import RuleValues
from reportfixtures import Rows, Telling
from reportfixtures.world import USUAL
from reportmocks.kernel.bounds import Bounds, read_bounds
from reportmocks.kernel.jobs import Phase, Plan
from reportmocks.kernel.limits import InFlight, Window
from reportmocks.kernel.lives import Life
from reportmocks.kernel.sandbox import Sandbox

Expected = Callable[[Sandbox, Report, Mapping[str, list[str]], int | None, int | None], Rows]
"""Gives the rows of a report by the parameters sent, over [start, end) in milliseconds.

Each parameter has one value, or several where it is one that the vendor lets a call repeat.

Raises a `Refusal` for parameters that cannot be used.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Something that can become of a job."""

    plan: Callable[[RuleValues, int], Plan]
    """Makes the job's plan from the sandbox's rules and the time that the job is to take."""
    time: Callable[[RuleValues], int] | None = None
    """How long such a job takes where nobody said; `None` is as long as the server's reports take."""
    kept: bool = False
    """Whether it leaves something that can expire."""
    endless: bool = False
    """Whether it has no end, and so no time and no polls that lead to it."""


def ends_as(phase: Phase) -> Outcome:
    """The outcome that a job, when its time has come, is in `phase` for good."""
    return Outcome(lambda _, time: Plan.of((time, phase)))


EXPIRED: Final = Outcome(lambda _rules, time: Plan.of((time, Phase.DONE), (time, Phase.EXPIRED)), kept=True)
"""The outcome of a job whose rows are deleted as soon as they are there, or when they are planned to be."""

NEVER: Final = Outcome(lambda _rules, _time: Plan.of(), endless=True)
"""The outcome of a job that never ends."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """A job as a crashed run leaves it behind: what it asked, as the vendor's own submissions have it."""

    id: str
    report: str
    request: Mapping[str, Any]
    identity: str


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
    lives: tuple[Life, ...] = ()
    """The limits on how long something works."""
    events: Mapping[Phase, str] = field(default_factory=dict)
    """What is told of a job that enters a phase, where it is more than that."""
    orphan: Callable[[Sandbox], Orphan] | None = None
    """Makes what a job that nobody waits for has asked, where jobs in flight are limited."""
    bounds: Bounds = read_bounds
    """Reads the bounds of a range as the vendor means them."""
    alone: Mapping[str, str] = field(default_factory=dict)
    """Reports in which rows of the user's own can only be instead of the generated ones, each with why."""
    asks: tuple[str, ...] = ()
    """Parameters of reports, besides the range, that what a perfect client ends up with depends on."""
    telling: Callable[[RuleValues], Telling] = lambda _rules: USUAL
    """How a sandbox's rules read the vendor's page, where it may be read in more than one way."""
    expected: Expected | None = None
    """Gives those rows, where parameters matter."""
    secret_names: bool = False
    """Whether the vendor's sandboxes are named by a secret, such as an API key."""
