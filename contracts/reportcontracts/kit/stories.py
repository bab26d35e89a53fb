"""Stories: what happens to a client while it fetches a report, and how it has to end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reportcontracts.kit.acts import Act, Kind
from reportcontracts.kit.control import Step


class Time(StrEnum):
    """By which clock the client sleeps."""

    WALL = "wall"
    """By the wall clock; the sandbox's clock jumps over its waits."""
    SHIM = "shim"
    """By the sandbox's clock, which its sleeping moves."""


class Ends(StrEnum):
    """How a client that does it right ends."""

    ROWS = "rows"
    """With all rows."""
    ERROR = "error"
    """By saying that there is no report."""
    NOTICE = "notice"
    """With all rows, or by warning that some are missing, or with an error."""
    ROWS_OR_ERROR = "rows-or-error"
    """With all rows or with an error, and never with other rows."""


class Need(StrEnum):
    """What a driver or server must be able to do for a story."""

    KILL = "kill"
    """The driver can kill the client while it works, and start it again."""
    OPTIONS = "options"
    """The client takes a report's options: format, delimiter, compression."""
    FAULTS = "faults"
    """The server breaks connections."""
    SHIM = "shim"
    """The client sleeps by the sandbox's clock."""
    ROW_CAP = "row-cap"
    """The client takes the row cap as a number, in place of the documented one."""
    TIMEOUT = "timeout"
    """The client takes the time after which it ought to give up; no story needs it, one is shorter for it."""
    ANALYTICS = "analytics"
    """The client knows Brightcove's analytics reports too."""
    SESSIONS = "sessions"
    """The client signs in with an e-mail address and a password, and is given no access token."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What the client is asked for: a report over some days of the past.

    Attributes:
        report: The report's name.
        days: How many days.
        back: How many days before today the last of them is, at least.
        options: What the vendor lets a client choose besides.
        parameters: What the report needs besides its range.
        picked: Parameters whose values come from the world: by name, a report and the column of it whose most
            frequent cell in the same range is the value.
        every_day: Whether each of the days must have rows, so that one lost or doubled is seen.
        rows: How many rows there must be at least; `None` for none at all.
    """

    report: str
    days: int = 2
    back: int = 10
    options: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    picked: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    every_day: bool = False
    rows: int | None = 1


@dataclass(frozen=True, slots=True)
class Trigger:
    """What the judge does when it has seen something so many times."""

    seen: Callable[[Act], bool]
    times: int = 1
    steps: tuple[Step, ...] = ()
    kill: bool = False
    """Whether the client is to be killed then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One story, with the rule that its end decides; other rules are judged by what happens on the way.

    `cap` is a rule whose value is set so that the report has too many rows, `again` how long after its first
    run the client is asked the same once more, `text` has the report hold rows of the most awkward text there
    is, and `refused` gives the client a credential that the vendor refuses.
    """

    id: str
    rule: str
    title: str
    ask: Ask
    ends: Ends = Ends.ROWS
    setup: tuple[Step, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    needs: frozenset[Need] = frozenset()
    cap: str | None = None
    again: str | None = None
    text: bool = False
    refused: bool = False
    timeout: float | None = None
    """Seconds of the client's time after which it ought to give up; `None` for a day."""
    decides: tuple[str, ...] = ()
    """Rules that the story is there for besides its own: a client that does right has them passed in it."""


def by_rule(*rules: str) -> Callable[[Act], bool]:
    """Whether one of these rules shaped an answer."""
    return lambda act: act.shaped_by(*rules)


def accepted(act: Act) -> bool:
    """Whether a submission was taken."""
    return act.kind is Kind.SUBMIT and act.status < 400


def chosen(stories: Sequence[Story], only: Sequence[str], skip: Sequence[str]) -> list[Story]:
    """The stories that decide what is wanted: rules or stories by id, none for all; less what is left out."""

    def wanted(story: Story) -> bool:
        names = {story.id, story.rule, *story.decides}
        return (not only or not names.isdisjoint(only)) and not {story.id, story.rule} & set(skip)

    return [story for story in stories if wanted(story)]
