"""Brightcove's reports: engagement reports as HapYak's, and the shapes of the four analytics reports."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final

from reportcontracts.catalogue import Report, load_catalogue
from reportmocks.brightcove.errors import ANALYTICS
from reportmocks.brightcove.instants import Instants
from reportmocks.engagement import runs
from reportmocks.engagement.bounds import read_days
from reportmocks.kernel.clock import SECOND
from reportmocks.kernel.lives import Issued
from reportmocks.kernel.sandbox import Sandbox


def bounds(sandbox: Sandbox, report: Report, sent: Mapping[str, str]) -> tuple[int | None, int | None]:
    """The range that `start` and `end` name: days for an engagement report, instants for another one."""
    if report.path.startswith(ANALYTICS):
        return Instants(sandbox.rules).range({f"{name}_time": value for name, value in sent.items()})
    return read_days(sandbox, report, sent)


TOKEN_LIFE: Final = Issued("brightcove.token-life", "token", SECOND)
_TRAITS: Final = runs.traits("brightcove", secret_names=False)
TRAITS: Final = replace(
    _TRAITS,
    bounds=bounds,
    lives=(*_TRAITS.lives, TOKEN_LIFE),
    alone={
        name: "all of it is made from the same answers, and rows beside it would not agree with it"
        for name, report in load_catalogue("brightcove").items()
        if report.path.startswith(ANALYTICS)
    },
    asks=("project_id", "user_id"),
)

Record = dict[str, Any]
CHUNK: Final = 64 * 1024

PROJECT: Final = "projects"
QUESTION: Final = "projects.questions"
DETAILS: Final = (
    "projects.project_title",
    "projects.questions.answers",
    "projects.questions.total_submissions",
)
"""What the gradebook answers have only with show_details."""


def by_user(rows: Iterable[Record]) -> Iterator[Record]:
    """The gradebook's users, as they are."""
    yield from rows


def by_answer(rows: Iterable[Record]) -> Iterator[Record]:
    """The gradebook's answers: users, their projects, and the questions of these."""
    for user, its in groupby(rows, itemgetter("user_id")):
        yield {"user_id": user, "projects": list(_projects(its))}


def _projects(rows: Iterable[Record]) -> Iterator[Record]:
    for _, its in groupby(rows, itemgetter("projects.project_id")):
        questions = list(its)
        head = {name: value for name, value in _under(PROJECT, questions[0]).items() if "." not in name}
        yield head | {"questions": [_question(row) for row in questions]}


def _question(row: Record) -> Record:
    question = _under(QUESTION, row)
    if "answers" in question:
        question["answers"] = json.loads(question["answers"])
    return question


def by_project(rows: Iterable[Record]) -> Iterator[Record]:
    """The actions of each project."""
    for row in rows:
        yield {"actions": row["actions"], "project": _under("project", row)}


def by_choice(rows: Iterable[Record]) -> Iterator[Record]:
    """Questions with the answers to each."""
    for _, its in groupby(rows, itemgetter("question")):
        answers = list(its)
        head = {name: answers[0][name] for name in ("question", "num_responses", "num_correct")}
        yield head | {"answers": [_under("answers", row) for row in answers]}


def _under(prefix: str, row: Record) -> Record:
    """The cells of the columns whose names begin so, by the rest of their names."""
    start = f"{prefix}."
    return {name[len(start) :]: value for name, value in row.items() if name.startswith(start)}


def without_details(rows: Iterable[Record]) -> Iterator[Record]:
    """The rows of the gradebook answers without what only comes with show_details."""
    for row in rows:
        yield {name: value for name, value in row.items() if name not in DETAILS}


ITEMS: Final[Mapping[str, Callable[[Iterable[Record]], Iterator[Record]]]] = MappingProxyType(
    {
        "gradebook/summary": by_user,
        "gradebook/users/answers": by_answer,
        "quiz/actions": by_project,
        "quiz/project/summary": by_choice,
    }
)
"""By report: what its array holds, made from its rows."""


def chunks(items: Iterable[Record], num_questions: int | None) -> Iterator[bytes]:
    """An answer in JSON, a piece at a time: an array, or with a number of questions an array of users."""
    opening, closing = '{"result": [', "]}"
    if num_questions is not None:
        opening, closing = f'{{"result": {{"num_questions": {num_questions}, "users": [', "]}}"
    waiting, size = [opening], 0
    for number, item in enumerate(items):
        text = f"{', ' * (number > 0)}{json.dumps(item)}"
        waiting.append(text)
        size += len(text)
        if size >= CHUNK:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join([*waiting, closing]).encode()
