"""How a story ended: the judgement by the story's own rule, and by those on every row and on finishing."""

from collections.abc import Iterator
from typing import Final

from reportcontracts.errors import shorten
from reportcontracts.kit.acts import Act, Kind
from reportcontracts.kit.compare import Difference, difference
from reportcontracts.kit.evidence import Evidence, Judgement
from reportcontracts.kit.stories import Ends

FINISHES: Final = "client.finishes"
EVERY_ROW: Final = "client.delivers-every-row"

OF_ROWS: Final = frozenset(
    f"client.{name}"
    for name in (
        "delivers-every-row", "detects-corruption", "detects-truncation", "empty-is-empty", "notices-row-cap",
        "reads-formats", "reads-text", "rereads-incomplete-days", "resumes", "splits-range",
    )
)  # fmt: skip
"""The rules that differing rows break; in any other story those break the one on every row."""

TRIES: Final = 20
"""How often a client may submit, or be refused, before it counts as never stopping."""


def ended(evidence: Evidence) -> Iterator[tuple[str, Judgement]]:
    """What the story's end says, by rule."""
    story = evidence.story
    if story.ends is Ends.ERROR:
        yield story.rule, _with_error(evidence)
    elif story.ends is Ends.ROWS:
        yield from _with_rows(evidence)
    else:
        yield story.rule, _honestly(evidence)


def _with_rows(evidence: Evidence) -> Iterator[tuple[str, Judgement]]:
    rule = evidence.story.rule
    trouble = _without_rows(evidence)
    if trouble:
        yield rule, Judgement(passed=False, what=trouble)
        return
    differs = _differs(evidence)
    if differs is None:
        for passed in dict.fromkeys((rule, FINISHES, EVERY_ROW)):
            yield passed, Judgement(passed=True)
        return
    nothing = bool(evidence.expected) and not evidence.result.rows
    yield (
        rule if rule in OF_ROWS or nothing else EVERY_ROW,
        Judgement(passed=False, what=str(differs)),
    )
    if rule not in OF_ROWS and not nothing:
        yield rule, Judgement(passed=True)


def _without_rows(evidence: Evidence) -> str | None:
    """Why there are no rows to look at, if there are none."""
    result = evidence.result
    stopped = _stopped(evidence)
    if stopped:
        return stopped
    if result.failed:
        return f"the client ended with an error: {_said(evidence)}"
    if result.unreadable is not None:
        return f"the client's rows cannot be read: {result.unreadable}"
    return "the client ended with neither rows nor an error" if result.rows is None else None


def _stopped(evidence: Evidence) -> str | None:
    """Why its driver stopped the client, if it did."""
    if evidence.result.timed_out:
        return "the client was still at it when its time was over, and was stopped"
    return f"the client was stopped: {evidence.result.stopped}" if evidence.result.stopped else None


def _said(evidence: Evidence) -> str:
    result = evidence.result
    if result.error is None:
        return f"exit code {result.exit_code}"
    return shorten(result.error, 300)


def _differs(evidence: Evidence) -> Difference | None:
    return difference(evidence.report, evidence.expected, evidence.result.rows or (), evidence.columns)


def _with_error(evidence: Evidence) -> Judgement:
    """The client had to stop, and to say so."""
    result = evidence.result
    if evidence.overdue is not None:
        hours = f"{evidence.overdue / 3600:.0f} hours"
        what = f"the client was still at it after {hours} of its time; everything was refused from then on"
        return Judgement(passed=False, what=what)
    stopped = _stopped(evidence)
    if stopped:
        return Judgement(passed=False, what=stopped)
    if not result.failed:
        rows = "nothing" if result.rows is None else f"{len(result.rows)} rows"
        return Judgement(passed=False, what=f"the client ended with {rows} and without an error")
    again = list(_looks_after_end(evidence))
    if again:
        what = f"the client looked {len(again)} more times at a report that was over"
        return Judgement(passed=False, what=what, acts=tuple(act.number for act in again))
    tried = [act for act in evidence.acts if act.kind is Kind.SUBMIT or act.status >= 400]
    if len(tried) > TRIES:
        return Judgement(passed=False, what=f"the client tried {len(tried)} times before it gave up")
    return Judgement(passed=True)


def _looks_after_end(evidence: Evidence) -> Iterator[Act]:
    """The polls of a job that the client had been told is over."""
    over = set()
    for act in evidence.acts:
        if act.kind is Kind.POLL and act.job in over:
            yield act
        if act.shaped_by(*evidence.reading.over) and act.job is not None:
            over.add(act.job)


def _honestly(evidence: Evidence) -> Judgement:
    """All rows, or what says that these are not all: an error, or where that is enough, a warning."""
    result = evidence.result
    stopped = _stopped(evidence)
    if stopped:
        return Judgement(passed=False, what=stopped)
    if result.failed or (evidence.story.ends is Ends.NOTICE and result.warnings):
        return Judgement(passed=True)
    trouble = _without_rows(evidence)
    differs = None if trouble else _differs(evidence)
    if trouble or differs:
        return Judgement(passed=False, what=f"the client gave no sign, and {trouble or differs}")
    return Judgement(passed=True)
