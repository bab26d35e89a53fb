"""A job is a value: what becomes of it is a plan fixed at submission, and looking never changes it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from reportmocks.kernel.clock import DAY


class Phase(StrEnum):
    """Where a job stands; each vendor has its own words for these."""

    RUNNING = "running"
    """Queued or running: in flight."""
    CLOSING = "closing"
    """Finished, but its download is not there yet."""
    DONE = "done"
    """Finished, and its rows can be had."""
    FAILED = "failed"
    MISSING = "missing"
    """Never executed; given up by the vendor."""
    EXPIRED = "expired"
    """Was done; its rows are deleted."""


_ORDER: Final = {
    Phase.RUNNING: 0,
    Phase.CLOSING: 1,
    Phase.DONE: 2,
    Phase.FAILED: 2,
    Phase.MISSING: 2,
    Phase.EXPIRED: 3,
}
"""Jobs go through the phases upwards, each at most once, and to only one of those with the same number."""


@dataclass(frozen=True, slots=True)
class Step:
    """From `at` milliseconds after submission on, the job is in `phase`."""

    at: int
    phase: Phase


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of a job: its phases in order of time, from running at 0 on and never back.

    With `polls` the job stays in its first phase until it has been polled that many times, however
    much time passes; then it takes its second step, and its later ones as far apart as planned.
    """

    steps: tuple[Step, ...]
    polls: int | None = None

    def __post_init__(self) -> None:
        times = [step.at for step in self.steps]
        order = [_ORDER[step.phase] for step in self.steps]
        if times[:1] != [0] or times != sorted(times):
            raise ValueError(f"a plan's steps start at 0 and follow each other in time: {self.steps}")
        if order[0] != 0 or any(one >= next_one for one, next_one in pairwise(order)):
            raise ValueError(f"a plan's phases start with running and never go back: {self.steps}")

    @classmethod
    def of(cls, *steps: tuple[int, Phase], polls: int | None = None) -> "Plan":
        """A plan of the given steps, after the running phase that every job starts with."""
        return cls((Step(0, Phase.RUNNING), *(Step(at, phase) for at, phase in steps)), polls)

    def phase_at(self, elapsed: int) -> Phase:
        """The phase that a job is in, `elapsed` milliseconds after its submission."""
        if self.polls is not None:
            return self.steps[0].phase
        phase = self.steps[0].phase
        for step in self.steps:
            if step.at > elapsed:
                break
            phase = step.phase
        return phase

    def released(self, elapsed: int) -> "Plan":
        """This plan after its last awaited poll: the second step is taken `elapsed` after submission."""
        first, *rest = self.steps
        shift = elapsed - rest[0].at if rest else 0
        return Plan((first, *(Step(step.at + shift, step.phase) for step in rest)))

    def expiring(self, after: int) -> "Plan":
        """This plan, but what it makes is deleted `after` milliseconds later; without any, as it is."""
        there = next((step.at for step in self.steps if step.phase is Phase.DONE), None)
        if there is None:
            return self
        kept = (step for step in self.steps if step.phase is not Phase.EXPIRED)
        return Plan((*kept, Step(there + after, Phase.EXPIRED)), self.polls)

    def dumps(self) -> str:
        """This plan as text, for the store."""
        return json.dumps([self.polls, [[step.at, step.phase] for step in self.steps]])

    @classmethod
    def loads(cls, text: str) -> "Plan":
        """The plan that `dumps` wrote."""
        polls, steps = json.loads(text)
        return cls(tuple(Step(at, Phase(phase)) for at, phase in steps), polls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A submitted report: whose it is, what was asked, and what becomes of it.

    `request` holds what the vendor needs to answer and to render the rows again: the recipe.
    `identity` tells two equal requests by the vendor's own measure.
    """

    vendor: str
    sandbox: str
    id: str
    number: int
    """The sandbox's first job is 1."""
    report: str
    request: Mapping[str, Any]
    identity: str
    submitted: int
    plan: Plan
    polls: int = 0

    def state_at(self, now: int) -> Phase:
        """The phase at the instant `now`; before its submission a job is as it was at submission."""
        return self.plan.phase_at(now - self.submitted)

    def next_change(self, now: int) -> int | None:
        """The next instant after `now` at which the job changes by time alone, or `None`."""
        return next((at for at, _ in self.changes() if at > now), None)

    def changes(self) -> Iterator[tuple[int, Phase]]:
        """Every instant at which the job changes by time alone, with the phase it enters."""
        if self.plan.polls is None:
            yield from ((self.submitted + step.at, step.phase) for step in self.plan.steps[1:])

    def entered(self, phase: Phase) -> int | None:
        """The instant at which the job enters `phase`, or `None` where its plan has no such step."""
        return next((at for at, entered in self.changes() if entered is phase), None)

    def leaves(self) -> int | None:
        """The instant at which the job stops being in flight; `None` if only polls, or nothing, end it."""
        return next((at for at, phase in self.changes() if phase is not Phase.RUNNING), None)

    def polled(self, now: int) -> "Job":
        """This job after one more poll at `now`."""
        polls = self.polls + 1
        if self.plan.polls is not None and polls >= self.plan.polls:
            return replace(self, polls=polls, plan=self.plan.released(now - self.submitted))
        return replace(self, polls=polls)


FOREVER = 36_500 * DAY
"""As good as never, where a number is needed."""
