"""What the stateful tests of the vendors share: a sandbox of their own, its time, and steps that move it."""

from collections.abc import Callable, Sequence
from typing import Final
from uuid import uuid4

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from reportmocks.kernel.clock import SECOND, duration_text
from support.steering import Steering

TIME: Final = 2 * SECOND
"""How long a report takes."""


class Machine(RuleBasedStateMachine):
    """A client of one sandbox, and a model of what it must be answered; `now` counts from the beginning."""

    vendor: str
    spans: Sequence[int]
    """How much time goes by at once: what the vendor's page tells of, and a little less."""

    def __init__(self, client: httpx.Client) -> None:
        super().__init__()
        self.client = client
        self.name = f"machine-{uuid4()}"
        self.mock = Steering(client, self.vendor, self.name)
        self.now = self.waits = 0

    @rule(by=st.runner().flatmap(lambda self: st.sampled_from(self.spans)))
    def wait(self, by: int) -> None:
        """Time goes by."""
        self.waits += 1
        self.now += by
        self.mock.advance(duration_text(by))

    @precondition(lambda self: self.waits >= 3)
    @rule()
    def start_again(self) -> None:
        """The sandbox is emptied, and its clock is where it was; seldom, or little would happen."""
        self.mock.call("POST", "reset", {})
        self.now = self.waits = 0
        self.begin()

    def begin(self) -> None:
        """What the model knows of an empty sandbox."""
        raise NotImplementedError


class Window:
    """So many in a span that slides, the refused ones not counted."""

    def __init__(self, number: int, span: int) -> None:
        self.number, self.span = number, span
        self.taken: list[int] = []

    def full(self, now: int) -> bool:
        """Whether there is no room for one more."""
        return len([at for at in self.taken if now - self.span < at <= now]) >= self.number

    def frees(self, now: int) -> int:
        """When there is room, if there is none now."""
        return sorted(at for at in self.taken if now - self.span < at <= now)[-self.number] + self.span


def play(machine: Callable[[], Machine], examples: int = 60) -> None:
    """Have a machine go all ways that Hypothesis thinks of."""
    limits = settings(max_examples=examples, stateful_step_count=50, deadline=None)
    run_state_machine_as_test(machine, settings=limits)
