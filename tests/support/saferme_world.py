"""SaferMe's worlds for tests: everything that happens in a channel as plain Python, and a recount of it."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from reportfixtures import world
from reportfixtures.cells import ABSENT
from reportfixtures.reports import Range
from reportfixtures.saferme import Organisation
from reportfixtures.saferme_questions import Question
from reportfixtures.saferme_zone import offset

DAY: Final = 86_400_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def instant(text: str) -> int:
    """Milliseconds since the epoch of an instant as rows write it, or of a day."""
    moment = datetime.fromisoformat(text)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - EPOCH) // timedelta(milliseconds=1)


HISTORY: Final = instant("2016-01-01")


def shown(at: int) -> str:
    """An instant as rows write it."""
    return (EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def team_of(seed: int, size: str = "tiny") -> Organisation:
    """A world."""
    its = world("saferme", seed, size=size)
    assert isinstance(its, Organisation)
    return its


@dataclass(frozen=True)
class Report:
    """A report with all that happened to it; users and options are numbers from 0."""

    id: int
    time: int
    user: int
    state: int
    anonymous: bool
    deleted: bool
    chosen: dict[int, list[int]] = field(default_factory=dict)
    images: list[tuple[int, int, bool]] = field(default_factory=list)
    alerts: list[tuple[int, int, int | None]] = field(default_factory=list)
    reads: list[tuple[int, int]] = field(default_factory=list)


def drawn(its: Organisation, channel: int, first: int, last: int) -> list[Report]:
    """The reports of the days from `first` to before `last`."""
    source = its._of(Range(first * DAY, last * DAY, last * DAY))[0][channel - 1]
    reports = source.on(np.arange(first, last, dtype=np.int64))
    columns = (reports.id, reports.time, reports.user, reports.state, reports.anonymous, reports.deleted)
    made = [Report(*each) for each in _rows(*columns)]
    for its_field in (each for each in source.channel.fields if each.selected):
        for report, _, option in _rows(*reports.chosen(its_field)):
            made[report].chosen.setdefault(its_field.id, []).append(option)
    images, alerts, reads = reports.images(), reports.alerts, reports.reads
    for report, place, time, is_file in _rows(images.report, images.place, images.time, images.file):
        made[report].images.append((time, place, is_file))
    for report, user, time, opened in _rows(alerts.report, alerts.user, alerts.time, alerts.opened):
        made[report].alerts.append((time, user, None if opened == ABSENT else opened))
    for report, user, time in _rows(reads.report, reads.user, reads.time):
        made[report].reads.append((time, user))
    return made


def _rows(*columns: Any) -> Iterable[tuple[Any, ...]]:
    return zip(*(column.tolist() for column in columns), strict=True)


@dataclass(frozen=True)
class Recount:
    """The nine calls counted again in plain Python, one report at a time."""

    its: Organisation
    question: Question
    start: int
    end: int
    as_of: int

    @property
    def stop(self) -> int:
        """Where the range ends, at the latest now."""
        return min(self.end, self.as_of)

    def every(self) -> list[Report]:
        """The reports that could have anything in the range."""
        if self.stop <= HISTORY:
            return []
        first, last = max(HISTORY, self.start) // DAY - 9, self.stop // DAY + 1
        reports = drawn(
            self.its, self.question.channel, max(HISTORY // DAY, first), max(last, HISTORY // DAY)
        )
        return [each for each in reports if self.question.reading.deleted or not each.deleted]

    def within(self, at: int) -> bool:
        """Whether an instant is in the range."""
        return self.start <= at < self.stop

    def about(self, report: Report, at: int) -> bool:
        """Whether something that happened to a report is in the range."""
        if self.question.reading.by_report:
            return self.within(report.time) and at < self.as_of
        return self.within(at)

    def local(self, report: Report) -> datetime:
        """What the clocks of the zone showed when a report was created."""
        ahead = offset(report.time, self.question.reading.zone)
        return EPOCH + timedelta(milliseconds=report.time + ahead)

    def counts(self, key: Callable[[Report], Iterable[Any]]) -> dict[Any, int]:
        """How many reports of the range have each key."""
        return dict(
            Counter(each for report in self.every() if self.within(report.time) for each in key(report))
        )

    def by_state(self) -> dict[int, int]:
        """By identifier of the state."""
        states = self.its.team.channels[self.question.channel - 1].states
        return self.counts(lambda report: [states[report.state].id])

    def by_user(self) -> dict[int, int]:
        """By identifier of the user."""
        counted = self.question.reading.anonymous
        return self.counts(lambda report: [report.user + 1] if counted or not report.anonymous else [])

    def by_hour(self) -> dict[int, int]:
        """By hour."""
        return self.counts(lambda report: [self.local(report).hour])

    def by_weekday(self) -> dict[int, int]:
        """By weekday, from Sunday on."""
        return self.counts(lambda report: [self.local(report).isoweekday() % 7])

    def by_step(self) -> dict[str, int]:
        """By the start of the step."""

        def start(report: Report) -> list[str]:
            at = self.local(report).replace(hour=0, minute=0, second=0, microsecond=0)
            if self.question.width == "week":
                at -= timedelta(days=at.weekday())
            at = at.replace(day=1) if self.question.width == "month" else at
            local = (at - EPOCH) // timedelta(milliseconds=1)
            return [shown(local - offset(local - 43_200_000, self.question.reading.zone))]

        return self.counts(start)

    def by_selection(self) -> dict[str, int]:
        """By value of the selection."""
        channel = self.its.team.channels[self.question.channel - 1]
        asked = channel.field(self.question.field)
        assert asked is not None
        values = [str(c.id) for c in channel.categories]
        if asked.type != "Category":
            values = [option.value for option in asked.options]
        taken = slice(None) if self.question.reading.every_choice else slice(1)
        return self.counts(lambda report: [values[n] for n in report.chosen.get(asked.id, [])[taken]])

    def reads(self) -> dict[str, int]:
        """The four counts."""
        found = [(r.id, user) for r in self.every() for at, user in r.reads if self.about(r, at)]
        return {
            "total_reads": len(found),
            "reports_seen": len({report for report, _ in found}),
            "report_readers": len({user for _, user in found}),
            "unique_reads": len(set(found)),
        }

    def awareness(self) -> dict[int, tuple[int, int, int]]:
        """By user: alerts, different reports, and alerts opened by now."""
        found = [
            (user + 1, r.id, opened is not None and opened < self.as_of)
            for r in self.every()
            for at, user, opened in r.alerts
            if self.about(r, at)
        ]
        return {
            user: (
                sum(1 for each in found if each[0] == user),
                len({report for who, report, _ in found if who == user}),
                sum(1 for who, _, opened in found if who == user and opened),
            )
            for user in {each[0] for each in found}
        }

    def images(self) -> list[tuple[str, int, int]]:
        """Instant, identifier and report of each image, in their order."""
        found = [
            (at, (r.id - 1) * 4 + place + 1, r.id)
            for r in self.every()
            for at, place, is_file in r.images
            if self.about(r, at) and (self.question.reading.files or not is_file)
        ]
        return [(shown(at), image, report) for at, image, report in sorted(found)]
