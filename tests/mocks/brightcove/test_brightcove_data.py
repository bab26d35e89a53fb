"""What tests are told of Brightcove's data, and rows of their own in its reports."""

import pytest

from support.brightcove import ACTIONS, ANALYTICS, ANSWERS, CHOICES, SUMMARY, Brightcove, rows
from support.problems import problem_of

RATINGS = "widget_user_sentiment_summary"
TIMES = {"start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"}


def expected(brightcove: Brightcove, report: str, **sent: str) -> list[dict[str, object]]:
    """The rows that a perfect client would end up with."""
    found: list[dict[str, object]] = brightcove.client.get(
        f"/_mock/expected/{report}", params={"vendor": "brightcove", "sandbox": brightcove.name} | sent
    ).json()
    return found


def test_the_expected_rows_of_analytics_reports_go_by_instants(brightcove: Brightcove) -> None:
    """brightcove.time-bounds: of the same range as start_time and end_time name."""
    times = {"start_time": TIMES["start"], "end_time": TIMES["end"]}
    users = brightcove.result(SUMMARY, **times)["users"]
    assert expected(brightcove, SUMMARY, **TIMES) == users != []
    actions = expected(brightcove, ACTIONS, **TIMES)
    assert actions == brightcove.result(ACTIONS, **times)
    answers = brightcove.result(ANSWERS, **times)
    count = sum(len(project["questions"]) for user in answers for project in user["projects"])
    assert len(expected(brightcove, ANSWERS, **TIMES)) == count
    projects = [brightcove.result(CHOICES, project_id=p, **times) for p in brightcove.quizzes()]
    every = [answer for project in projects for question in project for answer in question["answers"]]
    assert len(expected(brightcove, CHOICES, **TIMES)) == len(every)


@pytest.mark.parametrize(("report", "start"), [(SUMMARY, "yesterday"), (RATINGS, "2026-01-01T00:00:00Z")])
def test_bounds_are_those_of_the_report(brightcove: Brightcove, report: str, start: str) -> None:
    """brightcove.bad-time, brightcove.bad-parameter: instants for the ones, days for the others."""
    query = {"vendor": "brightcove", "sandbox": brightcove.name, "start": start}
    problem_of(brightcove.client.get(f"/_mock/expected/{report}", params=query), 422, "bad-value")


def test_a_row_of_ones_own_is_in_an_engagement_report(brightcove: Brightcove) -> None:
    """brightcove.json: beside those of the world, in a run that is started after it."""
    found = rows(RATINGS, brightcove.fetch(RATINGS, format="json"))
    own = found[0] | {"project_id": "f" * 24, "project_title": "A project of my own"}
    brightcove.mock.call("PUT", f"data/{RATINGS}", [own])
    assert own in rows(RATINGS, brightcove.fetch(RATINGS, format="json", another="run"))


@pytest.mark.parametrize("report", ANALYTICS)
def test_analytics_reports_take_no_rows_of_ones_own(brightcove: Brightcove, report: str) -> None:
    """brightcove.analytics-answer: they are all made from the same answers, and would not agree any more."""
    query = {"vendor": "brightcove", "sandbox": brightcove.name}
    answer = brightcove.client.put(f"/_mock/data/{report}", params=query, json=[])
    problem_of(answer, 422, "not-pinnable")
