"""The analytics reports, answered at once: what is asked, and what is found."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Response

from reportcontracts.catalogue import Report
from reportfixtures import Rows
from reportfixtures.brightcove_questions import BrightcoveWorld, Question
from reportmocks.answers import JSON, current_call, stream_answer, text_answer
from reportmocks.brightcove import accounts, reports
from reportmocks.brightcove.instants import Instants
from reportmocks.engagement import runs
from reportmocks.engagement.parameters import Policy, changed_query, single_values, within_limit
from reportmocks.engagement.rows import telling
from reportmocks.kernel.chance import new_uuid
from reportmocks.kernel.clock import iso
from reportmocks.kernel.jobs import Job, Phase
from reportmocks.kernel.limits import admit
from reportmocks.kernel.ranges import Range
from reportmocks.kernel.refusals import BadParameter, MissingParameter, NotFound
from reportmocks.kernel.remedies import Change, Remedy, completed
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.worlds import capped, pinned_in, rows_between, world_of

REMEMBERED: Final = 2000
"""Rows of the longest answer that is made whole, and so kept in the journal."""
WINDOWS: Final = runs.windows("brightcove")
LONG_AGO: Final = 0
"""Where a range without a start begins, for the limit on ranges: long before there is anything."""

Cap = Callable[[Rows], Rows]
Span = tuple[int | None, int | None]
"""A range [start, end) in milliseconds, open where it is `None`."""


def _same(rows: Rows) -> Rows:
    return rows


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for; the range is [start, end), open where it is `None`."""

    report: str
    start: int | None
    end: int | None
    question: Question
    details: bool
    identity: str


def answer(sandbox: Sandbox, report: Report, account: str) -> Response:
    """Answer the current request for an analytics report."""
    world = _world(sandbox)
    with completed(lambda changes: _covered(sandbox, read(sandbox, world, report, account, changes))):
        accounts.check(sandbox, account)
        asked = read(sandbox, world, report, account)
        if sandbox.rules.flag("brightcove.analytics-limits"):
            return _found(sandbox, asked, (asked.start, asked.end), sandbox.now)
        return _limited(sandbox, asked)


def read(
    sandbox: Sandbox, world: BrightcoveWorld, report: Report, account: str, changes: tuple[Change, ...] = ()
) -> Asked:
    """What the current request's parameters say, after some changes to them.

    Raises:
        NotFound: There is no such project.
        BadParameter: One cannot be used.
        MissingParameter: One that is required is not there.
    """
    known = frozenset(parameter.name for parameter in report.parameters) - {"account_id"}
    query = changed_query(current_call().environ.get("QUERY_STRING", ""), changes)
    sent = single_values(query, Policy.of(sandbox, known))
    identity = json.dumps([report.name, account, sorted(sent.items())])
    project = report.parameter("project_id")
    if project is not None and project.required and not sent.get("project_id"):
        raise MissingParameter(
            rule="brightcove.missing-project",
            name="project_id",
            expected="the project to report on",
            valid=world.a_project(sandbox.now),
        )
    start, end = Instants(sandbox.rules).range(sent)
    question = _question(sandbox, sent)
    _check_project(sandbox, world, question.project)
    return Asked(report.name, start, end, question, _flag(sent, "show_details"), identity)


def _check_project(sandbox: Sandbox, world: BrightcoveWorld, project: str | None) -> None:
    rule = "brightcove.unknown-project"
    refused = sandbox.rules.text(rule, "action") == "refuse"
    if refused and project is not None and not world.has_project(project, sandbox.now):
        there = Remedy(changes=(Change("project_id", world.a_project(sandbox.now)),))
        raise NotFound(rule=rule, kind="Project", name=project, suggested=there)


def _question(sandbox: Sandbox, sent: Mapping[str, str]) -> Question:
    """What is asked, with what is undocumented read as the sandbox's rules have it."""
    rules = sandbox.rules
    return Question(
        project=sent.get("project_id"),
        user=sent.get("user_id"),
        first=rules.text("brightcove.gradebook-answer") == "first",
        anonymous=rules.flag("brightcove.gradebook-users", "anonymous"),
        asked=rules.text("brightcove.question-count") == "asked",
        retries=rules.flag("brightcove.quiz-retries"),
        unchosen=rules.flag("brightcove.unchosen-answers", "listed"),
        percent=rules.number("brightcove.percent", "whole"),
        decimals=rules.number("brightcove.percent", "decimals"),
    )


def _flag(sent: Mapping[str, str], name: str) -> bool:
    given = sent.get(name, "false")
    if given not in ("true", "false"):
        raise BadParameter(rule="brightcove.bad-time", name=name, given=given, expected="true or false")
    return given == "true"


def rows_of(sandbox: Sandbox, report: str, question: Question, span: Span, as_of: int) -> Rows:
    """The rows of an analytics report, as they were at `as_of`: the user's own, if there are any."""
    start, end = span
    pinned = pinned_in(sandbox, report)
    if pinned is None:
        return _world(sandbox).ask(report, question, start=start, end=end, as_of=as_of)
    asked = {
        "user_id": question.user,
        "projects.project_id": question.project,
        "project.id": question.project,
    }
    cells = {name: value for name, value in asked.items() if value is not None}
    return pinned[1].having(cells).alone(start, end, as_of)


def _number(sandbox: Sandbox, asked: Asked, rows: Rows, span: Span, as_of: int) -> int | None:
    """How many questions the gradebook's summary is about: of the user's own rows, the most of any."""
    if asked.report != "gradebook/summary":
        return None
    if pinned_in(sandbox, asked.report) is not None:
        return max((int(str(row["total_question_count"])) for row in rows.records()), default=0)
    return _world(sandbox).num_questions(asked.question, start=span[0], end=span[1], as_of=as_of)


def expected(
    sandbox: Sandbox, report: Report, given: Mapping[str, list[str]], start: int | None, end: int | None
) -> Rows:
    """The rows of a report without its limits; of an analytics report, those of a project or a user.

    Raises:
        NotFound: There is no such project.
    """
    if report.name not in reports.ITEMS:
        told = telling(sandbox.rules)
        return rows_between(sandbox, report.name, start, end, as_of=sandbox.now, telling=told)
    question = _question(sandbox, {name: value for name, (value,) in given.items()})
    _check_project(sandbox, _world(sandbox), question.project)
    return rows_of(sandbox, report.name, question, (start, end), sandbox.now)


def _world(sandbox: Sandbox) -> BrightcoveWorld:
    world = world_of(sandbox)
    assert isinstance(world, BrightcoveWorld), world  # noqa: S101 - for the type checker
    return world


def _found(sandbox: Sandbox, asked: Asked, span: Span, as_of: int, cap: Cap = _same) -> Response:
    """What there is of the range, as it was at `as_of`."""
    rows = cap(rows_of(sandbox, asked.report, asked.question, span, as_of))
    number = _number(sandbox, asked, rows, span, as_of)

    def chunks() -> Iterator[bytes]:
        records = rows.records() if asked.details else reports.without_details(rows.records())
        return reports.chunks(reports.ITEMS[asked.report](records), number)

    if rows.count <= REMEMBERED:
        return text_answer(b"".join(chunks()), content_type=JSON)
    return stream_answer(chunks(), sum(map(len, chunks())), content_type=JSON)


def _limited(sandbox: Sandbox, asked: Asked) -> Response:
    """The same under the limits of the engagement reports, which a rule may have hold for these as well."""
    call = current_call()
    job = _run(sandbox, asked)
    call.job = job.id
    start, end = job.request["start"], job.request["end"]
    if start != asked.start:
        call.shaped_by("brightcove.range")
        call.notes.append(f"range: too long, so its start was moved up to {iso(start)}")
    return _found(
        sandbox,
        asked,
        (start, end),
        job.submitted,
        lambda rows: capped(call, sandbox, rows, "brightcove.row-cap"),
    )


def _covered(sandbox: Sandbox, asked: Asked) -> tuple[Range, Range]:
    """The range that is asked for, and what of it is given where the limit on ranges holds."""
    end = sandbox.now if asked.end is None else asked.end
    wanted = Range(min(LONG_AGO, end) if asked.start is None else asked.start, end)
    if sandbox.rules.flag("brightcove.analytics-limits"):
        return wanted, wanted
    return wanted, within_limit(sandbox, wanted, lambda earliest: Change("start_time", iso(earliest)))


def _run(sandbox: Sandbox, asked: Asked) -> Job:
    """The run that the same request started within the life of a result, or a new one, which counts."""
    with sandbox.transaction:
        job = sandbox.latest(asked.identity)
        if job is not None and job.state_at(sandbox.now) is Phase.DONE:
            return job
        wanted, covers = _covered(sandbox, asked)
        admit(sandbox, WINDOWS, asked.report)
        recipe = {"start": asked.start if covers == wanted else covers.start, "end": asked.end}
        plan = reports.TRAITS.outcomes["done"].plan(sandbox.rules, 0)
        return sandbox.submit(new_uuid(), asked.report, recipe, asked.identity, plan)
