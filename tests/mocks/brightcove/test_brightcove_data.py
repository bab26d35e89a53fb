"""What tests are told of Brightcove's data, and rows of their own in its reports."""

from typing import Any

import pytest

from support.brightcove import ACTIONS, ANALYTICS, ANSWERS, CHOICES, SUMMARY, Brightcove, rows
from support.problems import problem_of

RATINGS = "widget_user_sentiment_summary"
TIMES = {"start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"}

TIMES_ASKED = {"start_time": TIMES["start"], "end_time": TIMES["end"]}


def expected(brightcove: Brightcove, report: str, **sent: str) -> list[dict[str, Any]]:
    """The rows that a perfect client would end up with."""
    found: list[dict[str, Any]] = brightcove.client.get(
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
def test_rows_of_ones_own_are_all_that_an_analytics_report_has(brightcove: Brightcove, report: str) -> None:
    """brightcove.analytics-answer: some of those of the world, nested as ever, and told as expected."""
    one = expected(brightcove, report, **TIMES)[:1]
    brightcove.mock.call("PUT", f"data/{report}", one)
    assert expected(brightcove, report, **TIMES) == one != []
    named = {"project_id": next(iter(brightcove.quizzes()))} if report == CHOICES else {}
    found = brightcove.result(report, **named, **TIMES_ASKED)
    if report == SUMMARY:
        assert found == {"num_questions": one[0]["total_question_count"], "users": one}
    else:
        assert len(found) == 1
    brightcove.mock.call("PUT", f"data/{report}", [])
    assert expected(brightcove, report, **TIMES) == []


@pytest.mark.parametrize("report", ANALYTICS)
def test_rows_beside_analytics_are_refused(brightcove: Brightcove, report: str) -> None:
    """They are all made from the same answers, and would not agree any more."""
    query = {"vendor": "brightcove", "sandbox": brightcove.name, "mode": "beside"}
    answer = brightcove.client.put(f"/_mock/data/{report}", params=query, json=[])
    assert "only instead" in problem_of(answer, 422, "bad-value")["detail"]


def project_of(row: dict[str, Any]) -> object:
    """The project of an answer."""
    return row["projects"]["project_id"]


def test_expected_rows_are_those_of_a_project_and_a_user(brightcove: Brightcove) -> None:
    """brightcove.user-filter: by the names that the calls have for them."""
    every = expected(brightcove, ANSWERS, **TIMES)
    project, user = project_of(every[0]), every[0]["user_id"]
    asked = {"project_id": str(project), "user_id": str(user)}
    told = expected(brightcove, ANSWERS, **asked, **TIMES)
    assert told == [r for r in every if (project_of(r), r["user_id"]) == (project, user)] != []
    query = {"vendor": "brightcove", "sandbox": brightcove.name}
    refused = brightcove.client.get(f"/_mock/expected/{RATINGS}", params=query | {"project_id": "1"})
    problem_of(refused, 422, "unknown-parameter")
