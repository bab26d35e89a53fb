"""Mistakes in counts that are answered at once: SaferMe's, and Brightcove's analytics."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mutants.registry import mutant
from reportmocks.brightcove import analytics as brightcove
from reportmocks.kernel.clock import DAY
from reportmocks.kernel.refusals import MissingParameter, NotFound
from reportmocks.saferme import parameters, replies, reports
from reportmocks.saferme.reports import Found, Record

RECORDS = Found.records
READING = reports.reading


def recorded(patch: pytest.MonkeyPatch, change: Callable[[list[Record]], list[Record]], call: str) -> None:
    """Have the rows of one call changed."""

    def records(its: Found, by: str) -> list[Record]:
        found = RECORDS(its, by)
        return change(found) if its.asked.report.name == call else found

    patch.setattr(Found, "records", records)


def moved(name: str, by: int, of: int) -> Callable[[list[Record]], list[Record]]:
    """A change of rows: a number that goes round is so much more, and the rows are in its order."""

    def change(rows: list[Record]) -> list[Record]:
        return sorted(({**row, name: (row[name] + by) % of} for row in rows), key=lambda row: row[name])

    return change


@mutant("saferme", "zero-rows")
def zeros_shown(patch: pytest.MonkeyPatch) -> None:
    """What happened not once has a row too."""
    patch.setattr(reports, "reading", lambda rules: replace(READING(rules), zeros=True))


@mutant("saferme", "end-inclusive", "*")
def last_day_left_out(patch: pytest.MonkeyPatch) -> None:
    """The last day does not belong to a range."""
    stop = parameters.stop_of
    patch.setattr(parameters, "stop_of", lambda rules, at: stop(rules, at) - DAY)


@mutant("saferme", "compared-date", "end-inclusive")
def one_call_misses_some(patch: pytest.MonkeyPatch) -> None:
    """One call counts a report less than the others."""

    def less(rows: list[Record]) -> list[Record]:
        return [
            {**row, "report_count": max(row["report_count"] - (at == 0), 1)} for at, row in enumerate(rows)
        ]

    recorded(patch, less, "reports_per_state")


@mutant("saferme", "dow")
def week_begins_on_monday(patch: pytest.MonkeyPatch) -> None:
    """0 is Monday."""
    recorded(patch, moved("dow", -1, 7), "reports_per_week_day")


@mutant("saferme", "dow")
def days_from_one(patch: pytest.MonkeyPatch) -> None:
    """Days of the week are counted from 1, Sunday."""
    recorded(patch, moved("dow", 1, 8), "reports_per_week_day")


@mutant("saferme", "hour", "utc")
def hours_from_one(patch: pytest.MonkeyPatch) -> None:
    """Hours are counted from 1 to 24."""

    def later(rows: list[Record]) -> list[Record]:
        return [{**row, "hour": row["hour"] + 1 if row["hour"] < 20 else 24} for row in rows]

    recorded(patch, later, "reports_per_day_hour")


@mutant("saferme", "utc", "hour")
def hours_of_another_zone(patch: pytest.MonkeyPatch) -> None:
    """Hours are those of a place an hour to the east."""
    recorded(patch, moved("hour", 1, 24), "reports_per_day_hour")


@mutant("saferme", "row-order")
def steps_backwards(patch: pytest.MonkeyPatch) -> None:
    """The latest step comes first."""
    recorded(patch, lambda rows: rows[::-1], "reports_over_time")


@mutant("saferme", "column-names", "*")
def counts_as_texts(patch: pytest.MonkeyPatch) -> None:
    """Counts are texts."""
    recorded(
        patch,
        lambda rows: [{**row, "report_count": str(row["report_count"])} for row in rows],
        "reports_per_state",
    )


@mutant("saferme", "column-names", "*")
def member_missing(patch: pytest.MonkeyPatch) -> None:
    """Rows lack a member."""
    recorded(
        patch,
        lambda rows: [dict(list(row.items())[1:]) for row in rows],
        "reports_per_state",
    )


@mutant("saferme", "unknown-channel")
def any_channel(patch: pytest.MonkeyPatch) -> None:
    """A channel that there is not has no reports, and that is all that is said."""
    check = reports._check_channel

    def lenient(*given: Any) -> None:
        try:
            check(*given)
        except NotFound as refusal:
            if refusal.kind != "Channel":
                raise

    patch.setattr(reports, "_check_channel", lenient)


@mutant("saferme", "missing-parameter")
def no_end_is_now(patch: pytest.MonkeyPatch) -> None:
    """Without an end a range goes on for ever."""
    read = parameters.read

    def filled(*given: Any) -> Any:
        query = read(*given)
        end = {} if "end_date" in query.single else {"end_date": "2026-02-01T00:00:00Z"}
        return replace(query, single={**query.single, **end})

    patch.setattr(parameters, "read", filled)


@mutant("saferme", "etag")
def tag_of_all(patch: pytest.MonkeyPatch) -> None:
    """All answers have one ETag, so that who has one is told that nothing has changed."""
    patch.setattr(replies, "_tag", lambda _rules, _data: "0")


@mutant("saferme", "etag")
def tag_never_held(patch: pytest.MonkeyPatch) -> None:
    """Whatever one has, all of it is sent again."""
    patch.setattr(replies, "_is_held", lambda _tag: False)


@mutant("saferme", "content-type", "*")
def json_is_called_text(patch: pytest.MonkeyPatch) -> None:
    """JSON comes as plain text."""
    patch.setattr(replies, "_content_type", lambda _rules: "text/plain; charset=utf-8")


@mutant("brightcove", "time-bounds")
def hour_counted_twice(patch: pytest.MonkeyPatch) -> None:
    """A range goes on for a day after its end."""
    read = brightcove.read

    def longer(*given: Any) -> Any:
        found = read(*given)
        return found if found.end is None else replace(found, end=found.end + DAY)

    patch.setattr(brightcove, "read", longer)


@mutant("brightcove", "missing-project")
def no_project_is_any(patch: pytest.MonkeyPatch) -> None:
    """Without a project an answer has that of another."""
    read = brightcove.read

    def lenient(sandbox: Any, world: Any, report: Any, *more: Any) -> Any:
        try:
            return read(sandbox, world, report, *more)
        except MissingParameter:
            summary = sandbox.catalogue["gradebook/summary"]
            found = read(sandbox, world, summary, *more)
            project = world.a_project(sandbox.now)
            return replace(found, report=report.name, question=replace(found.question, project=project))

    patch.setattr(brightcove, "read", lenient)
