"""Brightcove Interactivity as the kit knows it: engagement reports and analytics reports."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from reportcontracts.kit import common, engagement
from reportcontracts.kit.profile import Profile
from reportcontracts.kit.stories import Ask, Need, Story, Time

VENDOR: Final = "brightcove"
SUMMARY: Final = "gradebook/summary"
ANSWERS: Final = "gradebook/users/answers"
ACTIONS: Final = "quiz/actions"
QUESTIONS: Final = "quiz/project/summary"
ANALYTICS: Final = frozenset({SUMMARY, ANSWERS, ACTIONS, QUESTIONS})

OF_PROJECT: Final[Mapping[str, tuple[str, str]]] = MappingProxyType({"project_id": (ACTIONS, "project.id")})
OF_USER: Final[Mapping[str, tuple[str, str]]] = MappingProxyType({"user_id": (ANSWERS, "user_id")})
DETAILS: Final[Mapping[str, str]] = MappingProxyType({"show_details": "true"})
"""The gradebook's answers are asked for with all that they know."""


def bounds(report: str, first: date, days: int) -> tuple[str, str]:
    """Days as a report takes them: instants for an analytics report, the second of them after its range."""
    if report not in ANALYTICS:
        return engagement.bounds(report, first, days)
    return f"{first.isoformat()}T00:00:00.000Z", f"{(first + timedelta(days)).isoformat()}T00:00:00.000Z"


def _analytics() -> tuple[Story, ...]:
    """The stories of a client that knows the analytics reports too."""
    answers = Ask(ANSWERS, days=20, parameters=DETAILS)
    told = (
        _asked("gradebook-summary", "The points of every user", Ask(SUMMARY, days=20)),
        _asked("gradebook-project", "The points in one project", Ask(SUMMARY, days=20, picked=OF_PROJECT)),
        _asked("gradebook-answers", "The answers of every user", answers),
        _asked("gradebook-user", "The answers of one user", replace(answers, picked=OF_USER)),
        _asked("quiz-actions", "The answers to every project", Ask(ACTIONS, days=20)),
        _asked("quiz-questions", "The questions of a project", Ask(QUESTIONS, days=20, picked=OF_PROJECT)),
        replace(common.empty(VENDOR, Ask(SUMMARY)), id=f"{VENDOR}.gradebook-empty"),
        replace(common.nasty(VENDOR, answers), id=f"{VENDOR}.gradebook-nasty"),
    )
    return tuple(replace(story, needs=frozenset({Need.ANALYTICS})) for story in told)


def _asked(name: str, what: str, ask: Ask) -> Story:
    title = f"{what} are asked for"
    return Story(id=f"{VENDOR}.{name}", rule="client.delivers-every-row", title=title, ask=ask)


def stories(time: Time) -> tuple[Story, ...]:
    """The stories of both kinds of reports."""
    return (*engagement.stories(VENDOR, time), *_analytics())


PROFILE: Final[Profile] = replace(
    engagement.profile(VENDOR), bounds=bounds, stories=stories, selects=("project_id", "user_id")
)
