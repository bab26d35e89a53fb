"""What a story came to: the evidence that is judged, and what is found in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reportcontracts.catalogue import Report
from reportcontracts.kit.acts import Act, Reading
from reportcontracts.kit.columns import Columns
from reportcontracts.kit.stories import Story, Time

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a client's run, as its driver hands it in.

    Attributes:
        rows: The rows that it delivered, `None` if it delivered none, which is not the same as no rows.
        error: What it says went wrong.
        warnings: What it warned of.
        exit_code: Of a process; anything but 0 is an error too.
        output: What it printed and logged.
        timed_out: Whether the driver had to stop it, since its time was over.
        stopped: Why the driver stopped it for another reason: memory, processes, disk.
        killed: Whether the driver killed it because the story wanted that.
        unreadable: Why its rows cannot be read.
    """

    rows: Sequence[Row] | None = None
    error: str | None = None
    warnings: tuple[str, ...] = ()
    exit_code: int | None = None
    output: str = ""
    timed_out: bool = False
    stopped: str | None = None
    killed: bool = False
    unreadable: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the client said that it failed."""
        return self.error is not None or self.exit_code not in (None, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a client is to do, in the vendor's own terms.

    `start` and `end` are as the vendor takes them: whether the end belongs to the range is the vendor's rule.
    `now` is the sandbox's time when the task was given; `poll` and `timeout` are how often to look and how
    long to wait at most, in seconds of the client's time;
    `row_cap` is the row cap if it is not as documented.
    """

    vendor: str
    report: str
    start: str | None
    end: str | None
    options: Mapping[str, Any]
    parameters: Mapping[str, str]
    base_url: str
    credentials: Mapping[str, str]
    now: str
    time: Time
    poll: float
    timeout: float
    row_cap: int | None = None
    attempt: int = 1

    def as_dict(self) -> dict[str, Any]:
        """The task as JSON tells it."""
        return {
            "vendor": self.vendor,
            "report": self.report,
            "start": self.start,
            "end": self.end,
            "options": dict(self.options),
            "parameters": dict(self.parameters),
            "base_url": self.base_url,
            "credentials": dict(self.credentials),
            "now": self.now,
            "time": str(self.time),
            "poll": self.poll,
            "timeout": self.timeout,
            "row_cap": self.row_cap,
            "attempt": self.attempt,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that is known of a story when it has ended; judging looks at nothing else."""

    story: Story
    task: Task
    report: Report
    reading: Reading
    acts: tuple[Act, ...]
    result: Result
    expected: Sequence[Row]
    columns: Columns = field(default_factory=Columns)
    secrets: tuple[str, ...] = ()
    """The secrets among the credentials."""
    overdue: float | None = None
    """After how many seconds of its time everything was refused to a client that had not given up."""

    def when(self, act: Act) -> float:
        """When a request came, in seconds of the client's time."""
        return (act.at if self.task.time is Time.SHIM else act.wall) / 1000

    def pause(self, before: Act, after: Act) -> float:
        """Seconds of the client's time between the answer to one request and the next request."""
        took = 0.0 if self.task.time is Time.SHIM else before.took / 1000
        return self.when(after) - self.when(before) - took


class Verdict(StrEnum):
    """What became of a rule."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_EXERCISED = "not exercised"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a client did right by one rule, what happened, and the numbers of the requests that show it."""

    passed: bool
    what: str = ""
    acts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A judgement by one rule in one story, with what a reader needs to see it for themselves."""

    rule: str
    case: int
    story: str
    title: str
    """What happens in the story."""
    passed: bool
    what: str
    told: tuple[str, ...] = ()
    """The story request by request, with virtual times."""
    replay: tuple[str, ...] = ()
    """Commands that do again what shows it."""
    reproduce: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON tells it."""
        return {
            "rule": self.rule,
            "case": self.case,
            "story": self.story,
            "title": self.title,
            "passed": self.passed,
            "what": self.what,
            "requests": list(self.told),
            "replay": list(self.replay),
            "reproduce": self.reproduce,
        }
