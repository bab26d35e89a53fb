"""Using a limit up on purpose, so that the next client who comes meets it."""

from dataclasses import dataclass
from typing import Final

from reportmocks.kernel.clock import HOUR, SECOND
from reportmocks.kernel.limits import InFlight, Window
from reportmocks.kernel.lives import Issued, Kept, Life, ahead
from reportmocks.kernel.planned import planned
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.kernel.traits import Traits

STANDING: Final = "exhausted"
"""The key of the note of what is used up in every new sandbox as well."""
BY_HAND: Final = "exhausted by hand"
"""What uses that were made here are used by."""
ORPHAN: Final = "orphan"
"""The member of a job's request that tells a job which nobody submitted."""
AN_HOUR: Final = HOUR
"""How long a job that was put in flight here runs where nobody said."""


@dataclass(frozen=True, slots=True)
class Exhaustion:
    """Which limit to use up: up to `left` uses, or for a life up to `left` seconds, before its end.

    `time` is how many milliseconds jobs run that are put in flight for it.
    """

    rule: str
    left: int = 0
    time: int = AN_HOUR


@dataclass(frozen=True, slots=True)
class Exhausted:
    """What was done for it: uses counted, jobs put in flight, or the clock moved.

    `ahead` names what there was none of, so that the next one of it ends early.
    """

    uses: int = 0
    jobs: tuple[int, ...] = ()
    clock: int | None = None
    ahead: str | None = None


def limit_of(traits: Traits, rule: str) -> Window | InFlight | Life | None:
    """The limit of a rule, if it is one that can be used up."""
    return next((limit for limit in (*traits.limits, *traits.lives) if limit.rule == rule), None)


def most(sandbox: Sandbox, limit: Window | InFlight | Life) -> int:
    """How much of a limit can be left: its whole number, or for a life its seconds."""
    number = sandbox.rules.number(limit.rule)
    if isinstance(limit, Issued | Kept):
        return number * limit.unit // SECOND
    return number


def use_up(traits: Traits, sandbox: Sandbox, wanted: Exhaustion) -> Exhausted:
    """Use a limit up that `limit_of` knows and that is not switched off."""
    limit = limit_of(traits, wanted.rule)
    if isinstance(limit, Window):
        return Exhausted(uses=_fill(traits, sandbox, limit, wanted.left))
    if isinstance(limit, InFlight):
        return Exhausted(jobs=_occupy(traits, sandbox, limit, wanted))
    if isinstance(limit, Issued | Kept):
        return _age(traits, sandbox, limit, wanted.left * SECOND)
    raise ValueError(f"nothing of {wanted.rule} can be used up")


def _fill(traits: Traits, sandbox: Sandbox, window: Window, left: int) -> int:
    """Count uses as old as it takes for shorter windows not to see them."""
    missing = max((window.limit(sandbox) or 0) - left - window.use(sandbox).used, 0)
    shorter = [
        other.span
        for other in traits.limits
        if isinstance(other, Window) and other.what == window.what and other.span < window.span
    ]
    sandbox.count_at(window.what, BY_HAND, sandbox.now - max(shorter, default=0), missing)
    return missing


def _occupy(traits: Traits, sandbox: Sandbox, limit: InFlight, wanted: Exhaustion) -> tuple[int, ...]:
    """Put jobs in flight that nobody waits for."""
    if traits.orphan is None:
        raise ValueError(f"{traits.id} has no jobs to put in flight")
    missing = max((limit.limit(sandbox) or 0) - wanted.left - limit.use(sandbox).used, 0)
    outcome = next(iter(traits.outcomes.values()))
    numbers = []
    for _ in range(missing):
        its = traits.orphan(sandbox)
        plan = outcome.plan(sandbox.rules, wanted.time)
        request = {**its.request, ORPHAN: True}
        numbers.append(sandbox.submit(its.id, its.report, request, its.identity, plan).number)
    return tuple(numbers)


def _age(traits: Traits, sandbox: Sandbox, life: Life, left: int) -> Exhausted:
    """Move the clock to the end of the newest thing that works; without one, have the next end early."""
    last = max((at for at, _ in life.ends(sandbox)), default=None)
    if last is not None:
        to = max(last - left, sandbox.now)
        sandbox.set_clock(sandbox.clock.set(to, sandbox.wall))
        return Exhausted(clock=to)
    if isinstance(life, Issued):
        sandbox.set_note(ahead(life.rule), left)
    else:
        sandbox.add_plan(planned(next(iter(traits.outcomes)), expires=left))
    return Exhausted(ahead=life.what)
