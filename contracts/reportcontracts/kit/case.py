"""A case: one story at work in a sandbox of its own, from its setup to its judgement."""

import threading
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from reportcontracts.catalogue import Catalogue, ColumnType
from reportcontracts.identities import credentials
from reportcontracts.kit import awkward, explain
from reportcontracts.kit.acts import Act, Entry, act_of, instant
from reportcontracts.kit.client_rules import rules_for
from reportcontracts.kit.common import fault
from reportcontracts.kit.conduct import CONDUCT
from reportcontracts.kit.control import Sandboxed, Step, clock, pin
from reportcontracts.kit.draws import Draws
from reportcontracts.kit.ends import ended
from reportcontracts.kit.evidence import Evidence, Finding, Judgement, Result, Row, Task
from reportcontracts.kit.order import Order
from reportcontracts.kit.profile import SECRETS, Profile
from reportcontracts.kit.stories import Need, Story, Time, Trigger

MOST_ACTS: Final = 5000
"""Requests of one case that are kept as evidence; a client that makes more has shown what it does."""
RUNAWAY: Final = 500
"""Requests after which a clock that only the client moves is let go, so that a loop without a pause ends."""
TRIES: Final = 12
"""Ranges that are looked at for one with the rows that a story needs."""
BEFORE_HISTORY: Final = date(2014, 3, 3)
"""A Monday on which nothing happened: every world begins later."""

TIMES_TOLD: Final = 6
"""How many times the timeout that it was told a client may take to give up: it may well try again."""
UNTOLD: Final = 30 * 3600.0
"""Seconds of its own time that one may take that was told of none: a day, and some."""

_POLL: Final = {Time.WALL: 0.2, Time.SHIM: 30.0}
_TIMEOUT: Final = {Time.WALL: 60.0, Time.SHIM: 86_400.0}


class Case:
    """One story, told to one client. Everything in it may be used from any thread."""

    def __init__(
        self,
        number: int,
        story: Story,
        catalogue: Catalogue,
        profile: Profile,
        order: Order,
        control: Sandboxed,
    ) -> None:
        self.number = number
        self.story = story
        self.findings: list[Finding] | None = None
        self.kill_wanted = False
        self.sandbox = control.sandbox
        self.report = catalogue.report(story.ask.report)
        self._profile = profile
        self._order = order
        self._control = control
        self._acts: list[Act] = []
        self._started: set[str] = set()
        self._seen = [0] * len(story.triggers)
        self._overdue: float | None = None
        self._lock = threading.RLock()
        self._task: Task | None = None

    @property
    def task(self) -> Task:
        """What the client is to do; the case must have been opened."""
        assert self._task is not None, self.story.id  # noqa: S101 - only an open case is handed out
        return self._task

    def open(self, base_url: str) -> None:
        """Make the sandbox what the story needs, and the task out of it.

        Raises:
            ControlRefused: The server cannot do what the story needs.
        """
        order, call = self._order, self._control.call
        call(Step("PUT", "world", {"seed": order.seed, "size": "tiny"}))
        start_at = {} if order.now is None else {"set": order.now}
        now = call(clock(mode="frozen" if order.time is Time.SHIM else "auto", **start_at))["now"]
        first, parameters, rows = self._range(date.fromisoformat(now[:10]))
        cap = max(1, len(rows) * 6 // 10) if self.story.cap else None
        for step in self._setup(first, cap):
            call(step)
        start, end = self._bounds(first)
        self._task = Task(
            vendor=order.vendor,
            report=self.report.name,
            start=start,
            end=end,
            options=self.story.ask.options,
            parameters=parameters,
            base_url=base_url,
            credentials=self._credentials(),
            now=now,
            time=order.time,
            poll=_POLL[order.time],
            timeout=self.story.timeout or _TIMEOUT[order.time],
            row_cap=cap,
        )

    def observe(self, entry: Entry) -> None:
        """Take note of a request to the sandbox, and do what the story does about it."""
        with self._lock:
            if self.findings is not None or len(self._acts) >= MOST_ACTS:
                return
            act = act_of(self._profile.reading, entry, self._started)
            self._acts.append(act)
            if len(self._acts) == RUNAWAY and self._order.time is Time.SHIM:
                self._control.call(clock(mode="auto"))
            self._end_one_that_goes_on(act)
            for place, trigger in enumerate(self.story.triggers):
                self._seen[place] += trigger.seen(act)
                if trigger.seen(act) and self._seen[place] == trigger.times:
                    self._pull(trigger)

    def _end_one_that_goes_on(self, act: Act) -> None:
        """Refuse everything to a client that ought to have given up long ago by its time: most end then."""
        story, order = self.story, self._order
        if self._overdue is not None or story.timeout is None or order.time is not Time.SHIM:
            return
        taken = (act.at - instant(self.task.now)) / 1000
        if taken > (TIMES_TOLD * story.timeout if Need.TIMEOUT in order.can else UNTOLD):
            self._overdue = taken
            self._control.call(fault("status", status=403))

    def _pull(self, trigger: Trigger) -> None:
        self.kill_wanted = self.kill_wanted or trigger.kill
        for step in trigger.steps:
            self._control.call(step)

    def hand_in(self, result: Result) -> list[Finding] | None:
        """What is found in the story, now that the client has ended; `None` if it is to be asked again."""
        with self._lock:
            if self.findings is not None:
                return self.findings
            if self._goes_on(result):
                return None
            evidence = self._evidence(result)
            self.findings = [self._finding(evidence, rule, its) for rule, its in self._judge(evidence)]
            self._acts.clear()
            return self.findings

    def let_go(self) -> None:
        """Have the server forget the sandbox."""
        self._control.call(Step("DELETE", "sandboxes"))

    def _goes_on(self, result: Result) -> bool:
        """Whether the client is asked a second time, and the way to it."""
        task, again = self.task, self.story.again
        if task.attempt > 1 or not (again or (result.killed and self.kill_wanted)):
            return False
        self._task = replace(task, attempt=task.attempt + 1)
        if again:
            self._control.call(clock(advance=again))
        self.kill_wanted = False
        return True

    def _judge(self, evidence: Evidence) -> Iterator[tuple[str, Judgement]]:
        found, rules = dict(ended(evidence)), rules_for(self._order.vendor)
        if self._fault_missed() and found.get(self.story.rule) == Judgement(passed=True):
            del found[self.story.rule]  # what did not happen was not survived
        for rule, judge in CONDUCT.items():
            judged = judge(evidence) if rule in rules else None
            if judged is not None:
                found[rule] = judged
        yield from found.items()

    def _fault_missed(self) -> bool:
        """Whether something was to go wrong, and did not, since the client never came that far."""
        if not any(step.path == "faults" for step in self.story.setup):
            return False
        return not all(fault["struck"] for fault in self._control.call(Step("GET", "faults")))

    def _finding(self, evidence: Evidence, rule: str, judgement: Judgement) -> Finding:
        finding = Finding(
            rule=rule,
            case=self.number,
            story=self.story.id,
            title=self.story.title,
            passed=judgement.passed,
            what=judgement.what,
        )
        if judgement.passed:
            return finding
        return replace(
            finding,
            told=explain.told(evidence, judgement),
            replay=explain.replay(evidence, judgement),
            reproduce=explain.reproduction(evidence, self._order.seed),
        )

    def _evidence(self, result: Result) -> Evidence:
        task = self.task
        return Evidence(
            story=self.story,
            task=task,
            report=self.report,
            reading=self._profile.reading,
            acts=tuple(self._acts),
            result=result,
            expected=self._expected(task.start, task.end, task.parameters),
            columns=self._order.columns,
            overdue=self._overdue,
            secrets=tuple(task.credentials[name] for name in SECRETS if name in task.credentials),
        )

    def _credentials(self) -> dict[str, str]:
        """The case's own, down to the secrets: one of them is known wherever it appears."""
        given = credentials(self._order.vendor, self.sandbox, signs_in=self._order.signs_in)
        return given | {
            name: f"secret-of-{self.sandbox}"
            for name in SECRETS
            if given.get(name) not in (None, self.sandbox)
        }

    def _range(self, today: date) -> tuple[date, dict[str, str], list[Row]]:
        """The first day of a range with the rows that the story needs, the parameters, and those rows."""
        ask = self.story.ask
        parameters = dict(ask.parameters)
        if ask.rows is None:
            return BEFORE_HISTORY, parameters, []
        draws = Draws(self._order.seed, zlib.crc32(self.story.id.encode()))
        for attempt in range(TRIES):
            shift = draws.whole(0, 20) if attempt else 0
            first = today - timedelta(ask.back + shift + ask.days - 1)
            start, end = self._bounds(first)
            parameters |= self._picked(start, end)
            rows = self._expected(start, end, parameters)
            if self.story.text or (len(rows) >= ask.rows and (not ask.every_day or self._is_full(rows))):
                break
        return first, parameters, rows

    def _bounds(self, first: date) -> tuple[str, str]:
        return self._profile.bounds(self.report.name, first, self.story.ask.days)

    def _picked(self, start: str, end: str) -> dict[str, str]:
        """The parameters that come from the world: of each the most frequent cell, where there is any."""
        picked: dict[str, str] = {}
        for name, (report, column) in self.story.ask.picked.items():
            rows = self._control.expected(report, _query(start, end))
            cells = Counter(_cell(row, column) for row in rows).most_common(1)
            picked |= {name: cells[0][0]} if cells else {}
        return picked

    def _expected(self, start: str | None, end: str | None, parameters: Mapping[str, str]) -> list[Row]:
        """The rows that a perfect client ends up with."""
        chosen = {name: parameters[name] for name in self._profile.selects if name in parameters}
        return self._control.expected(self.report.name, _query(start, end) | chosen)

    def _is_full(self, rows: Sequence[Row]) -> bool:
        """Whether each of the days has rows."""
        name = next(column.name for column in self.report.columns if column.type is ColumnType.TIMESTAMP)
        return len({str(row[name])[:10] for row in rows}) == self.story.ask.days

    def _setup(self, first: date, cap: int | None) -> Iterator[Step]:
        yield from self.story.setup
        if self.story.text:
            yield pin(self.report.name, awkward.rows(self.report, first))
        if cap is not None:
            yield Step("PUT", f"limits/{self.story.cap}", {"value": cap})


def _query(start: str | None, end: str | None) -> dict[str, str]:
    return {name: text for name, text in (("start", start), ("end", end)) if text is not None}


def _cell(row: Row, column: str) -> str:
    """A cell by the name of its column, whose dots lead into what JSON nests."""
    found: Any = row
    for part in column.split("."):
        found = found[part]
    return str(found)
