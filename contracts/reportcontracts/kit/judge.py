"""A judge: tells a client the stories of its vendor, several at a time, and keeps the verdict."""

import threading
from collections.abc import Mapping
from typing import Any, Final

from reportcontracts.catalogue import Catalogue, load_catalogue
from reportcontracts.errors import ContractError, UnknownName
from reportcontracts.kit.acts import Entry
from reportcontracts.kit.case import Case
from reportcontracts.kit.control import Control, ControlRefused, Sandboxed
from reportcontracts.kit.draws import drawn
from reportcontracts.kit.evidence import Finding
from reportcontracts.kit.order import Order
from reportcontracts.kit.profile import checked, profile
from reportcontracts.kit.stories import Need, Story, Time, chosen
from reportcontracts.kit.verdict import JudgeVerdict, judged, verdict_of

MOST_OPEN: Final = 64
"""Cases that may be out at one time."""
MOST_CASES: Final = 5000
"""Cases of one judgement."""


class TooManyCases(Exception):  # noqa: N818 - it says what is wrong
    """A judgement has so many cases, or so many that are out, that it takes no more; the text says which."""


class Judge:
    """One client's judgement. Everything in it may be used from any thread."""

    def __init__(
        self,
        name: str,
        order: Order,
        control: Control,
        able: frozenset[Need] = frozenset(),
        catalogue: Catalogue | None = None,
    ) -> None:
        """`name` is no other judge's, `able` what the server can do, `catalogue` what it serves."""
        self.name = name
        self.order = order
        self._control = control
        self._catalogue = catalogue or load_catalogue(order.vendor)
        self._profile = profile(order.vendor)
        self._can = (
            (order.can - {Need.FAULTS, Need.SHIM})
            | able
            | ({Need.SHIM} if order.time is Time.SHIM else frozenset())
        )
        self._space = self._profile.drawn_from(self._can)
        told = chosen([*self._profile.stories(order.time), *self._drawn()], order.only, order.skip)
        self._waiting = [story for story in told if story.needs <= self._can]
        self.not_run = {
            story.id: tuple(sorted(map(str, story.needs - self._can)))
            for story in told
            if story not in self._waiting
        }
        self.stories = tuple(self._waiting)
        self._cases: dict[int, Case] = {}
        self._by_sandbox: dict[str, Case] = {}
        self._count = 0
        self._lock = threading.Lock()

    def _drawn(self) -> list[Story]:
        order = self.order
        points = (self._point(number) for number in range(order.examples))
        return [self._profile.drawn_story(point, order.time) for point in points]

    def _point(self, number: int) -> dict[str, Any]:
        return drawn(self._space, self.order.seed, number)

    def next_case(
        self, base_url: str, story: str | None = None, point: Mapping[str, object] | None = None
    ) -> Case | None:
        """The next story at work, or the one that is named, or `None` where all have been told.

        `point` says what a drawn story is made of; without one the seed does.

        Raises:
            UnknownName: There is no such story.
            ContractError: What is asked of it cannot be.
            TooManyCases: Too many cases are out, or were told.
            ControlRefused: The server cannot do what the story needs.
        """
        with self._lock:
            if sum(case.findings is None for case in self._cases.values()) >= MOST_OPEN:
                raise TooManyCases(f"{MOST_OPEN} cases are out; hand one in first")
            if len(self._cases) >= MOST_CASES:
                raise TooManyCases(f"{MOST_CASES} cases are all that one judgement has; order another")
            its = self._take(story, point)
            if its is None:
                return None
            case = self._new(its)
        try:
            case.open(base_url)
        except ControlRefused as error:
            with self._lock:
                del self._cases[case.number]
                self.not_run[its.id] = (str(error),)
            raise
        with self._lock:
            self._by_sandbox[case.sandbox] = case
        return case

    def _new(self, story: Story) -> Case:
        self._count += 1
        sandbox = f"{'invalid-' if story.refused else ''}judge-{self.name}-{self._count}"
        sandbox += "@example.com" if self.order.signs_in else ""
        control = Sandboxed(self._control, self.order.vendor, sandbox)
        case = Case(self._count, story, self._catalogue, self._profile, self.order, control)
        self._cases[self._count] = case
        return case

    def _take(self, name: str | None, point: Mapping[str, object] | None) -> Story | None:
        any_one = f"{self.order.vendor}.any"
        if point is not None and name != any_one:
            raise ContractError("the case", "point", f"only {any_one} has one")
        if name is None:
            return self._waiting.pop(0) if self._waiting else None
        if name == any_one:
            made = checked(self._space, point) if point is not None else self._point(self._count)
            return self._profile.drawn_story(made, self.order.time)
        known = {story.id: story for story in self._profile.stories(self.order.time)}
        if name not in known:
            raise UnknownName(f"{self.order.vendor}'s stories", "story", name, known)
        lacking = known[name].needs - self._can
        if lacking:
            raise ContractError(
                name, None, f"needs {', '.join(sorted(lacking))}, which this judgement has not"
            )
        return known[name]

    def case(self, number: int) -> Case | None:
        """The case of this number."""
        with self._lock:
            return self._cases.get(number)

    def observe(self, entry: Entry) -> None:
        """Take note of a request to one of the cases' sandboxes; others are passed over."""
        case = self._by_sandbox.get(entry["sandbox"])
        if case is not None:
            case.observe(entry)

    def owns(self, sandbox: str) -> bool:
        """Whether a sandbox is one of the cases'."""
        return sandbox in self._by_sandbox

    def let_go(self) -> None:
        """Have the server forget the cases' sandboxes."""
        with self._lock:
            cases = list(self._cases.values())
        for case in cases:
            case.let_go()

    @property
    def findings(self) -> list[Finding]:
        """What was found in the cases that have ended, as far as it was asked for."""
        with self._lock:
            ended = [case.findings for case in self._cases.values() if case.findings is not None]
        return [finding for findings in ended for finding in findings if judged(self.order, finding.rule)]

    @property
    def waiting(self) -> int:
        """How many stories have not been told yet."""
        return len(self._waiting)

    def verdict(self) -> JudgeVerdict:
        """The verdict on what has been handed in so far."""
        with self._lock:
            out = sum(case.findings is None for case in self._cases.values())
        return verdict_of(self.order, self.findings, not_run=self.not_run, open_cases=out + self.waiting)
