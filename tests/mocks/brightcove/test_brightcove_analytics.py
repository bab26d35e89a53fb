"""The analytics reports: what they answer, by project, user and time, and how they hang together."""

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from reportcontracts.validation import violations
from reportmocks.app import create_app
from reportmocks.kernel.clock import parse_instant
from reportmocks.settings import Settings
from support.answers import rules_of
from support.brightcove import (
    ACTIONS,
    ANSWERS,
    CHOICES,
    SCHEMAS,
    SUMMARY,
    Brightcove,
    assert_not_found_out,
    rows,
)
from support.engagement import START, STREAM
from support.wsgi import transport

each_report = pytest.mark.parametrize("report", SCHEMAS)
DETAILS = {"show_details": "true"}


def needed(brightcove: Brightcove, report: str) -> dict[str, str]:
    """What a report cannot be asked for without."""
    return {"project_id": brightcove.quizzes()[0]} if report == CHOICES else {}


def questions(result: list[dict[str, Any]]) -> list[tuple[str, str, dict[str, Any]]]:
    """User, project and question of each of the gradebook's answers."""
    return [
        (user["user_id"], project["project_id"], question)
        for user in result
        for project in user["projects"]
        for question in project["questions"]
    ]


@each_report
def test_an_answer_comes_at_once(brightcove: Brightcove, report: str) -> None:
    """brightcove.analytics-answer: with the first request, for any account, and without a run."""
    sent = needed(brightcove, report)
    assert brightcove.result(report, **sent)
    assert brightcove.analytics(report, account="1", **sent).status_code == 200
    assert rules_of(brightcove.analytics(report, **sent)) == []
    assert brightcove.mock.jobs() == []


@each_report
def test_head_has_the_headers_alone(brightcove: Brightcove, report: str) -> None:
    """brightcove.method: those of GET."""
    sent = needed(brightcove, report)
    path = f"/v1/accounts/1/reports/{report}"
    head, get = brightcove.send("HEAD", path, sent), brightcove.send("GET", path, sent)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == get.headers
    assert int(get.headers["Content-Length"]) == len(get.content)


@each_report
def test_nothing_found_is_an_empty_result(brightcove: Brightcove, report: str) -> None:
    """brightcove.analytics-empty: of a time before everything, and of one still to come."""
    sent = needed(brightcove, report)
    nothing: object = {"num_questions": 0, "users": []} if report == SUMMARY else []
    for times in ({"end_time": "2016-01-01"}, {"start_time": "2027-01-01T00:00:00Z"}):
        assert brightcove.result(report, **sent, **times) == nothing


def test_everything_comes_in_order(brightcove: Brightcove) -> None:
    """brightcove.analytics-order: by identifier or text, so that two answers can be compared."""
    users = brightcove.result(ANSWERS, **DETAILS)
    assert [user["user_id"] for user in users] == sorted(user["user_id"] for user in users)
    for user in users:
        ids = [project["project_id"] for project in user["projects"]]
        assert ids == sorted(ids)
        for project in user["projects"]:
            texts = [question["question"] for question in project["questions"]]
            assert texts == sorted(texts)
            for question in project["questions"]:
                offered = [answer["text"] for answer in question["answers"]]
                assert offered == sorted(offered)
    assert brightcove.quizzes() == sorted(brightcove.quizzes())
    for project in brightcove.quizzes():
        found = brightcove.result(CHOICES, project_id=project)
        assert [each["question"] for each in found] == sorted(each["question"] for each in found)


# Details


def test_details_are_only_told_when_asked_for(brightcove: Brightcove) -> None:
    """brightcove.show-details: three members by the schema of the answer; all else is the same."""
    plain, detailed = brightcove.result(ANSWERS), brightcove.result(ANSWERS, **DETAILS)
    assert brightcove.result(ANSWERS, show_details="false") == plain
    for user in detailed:
        for project in user["projects"]:
            assert project.pop("project_title")
            for question in project["questions"]:
                assert len(question.pop("answers")) == 4
                assert question.pop("total_submissions") > 0
    assert detailed == plain


def test_only_right_answers_say_what_they_are(brightcove: Brightcove) -> None:
    """brightcove.correct-omitted: and the given one is among those offered."""
    sorts = set()
    for _, _, question in questions(brightcove.result(ANSWERS, **DETAILS)):
        right = [answer["text"] for answer in question["answers"] if "correct" in answer]
        assert len(right) == 1
        assert (question["answer"] in right) is question["correct"]
        assert question["answer"] in [answer["text"] for answer in question["answers"]]
        sorts |= {answer["type"] for answer in question["answers"]}
    assert sorts <= {"choice", "text-choice"}


def test_total_submissions_count_users(brightcove: Brightcove) -> None:
    """brightcove.total-submissions: all of them, also where one user is asked for."""
    everyone = questions(brightcove.result(ANSWERS, **DETAILS))
    users = Counter((project, question["question"]) for _, project, question in everyone)
    for _, project, question in everyone[:50]:
        assert question["total_submissions"] == users[project, question["question"]]
    user, project, question = everyone[0]
    alone = questions(brightcove.result(ANSWERS, **DETAILS, user_id=user, project_id=project))
    assert question["total_submissions"] == alone[0][2]["total_submissions"] > 1


# Filters


def test_a_user_is_alone_in_their_answers(brightcove: Brightcove) -> None:
    """brightcove.user-filter: as they are among everybody's; no one for a user that there is not."""
    everyone = brightcove.result(ANSWERS)
    assert len(everyone) > 2
    for user in everyone[:3]:
        assert brightcove.result(ANSWERS, user_id=user["user_id"]) == [user]
    for nobody in ("nobody", "", everyone[0]["user_id"].upper() + "x"):
        assert brightcove.result(ANSWERS, user_id=nobody) == []


def test_projects_add_up_to_everything(brightcove: Brightcove) -> None:
    """brightcove.analytics-answer: each of the reports by project is its part of the whole."""
    quizzes = brightcove.quizzes()
    assert len(quizzes) > 1
    by_project = [brightcove.result(SUMMARY, project_id=project) for project in quizzes]
    everything = brightcove.result(SUMMARY)
    assert sum(each["num_questions"] for each in by_project) == everything["num_questions"]
    for member in ("total_correct_answers", "total_question_count"):
        parts: Counter[str] = Counter()
        for each in by_project:
            parts.update({user["user_id"]: user[member] for user in each["users"]})
        assert parts == Counter({user["user_id"]: user[member] for user in everything["users"]})
    actions = brightcove.result(ACTIONS)
    assert [brightcove.result(ACTIONS, project_id=project) for project in quizzes] == [[e] for e in actions]
    answers = questions(brightcove.result(ANSWERS))
    for project in quizzes:
        part = questions(brightcove.result(ANSWERS, project_id=project))
        assert part == [each for each in answers if each[1] == project]


def test_a_project_without_a_quiz_is_one(brightcove: Brightcove) -> None:
    """brightcove.analytics-empty, brightcove.unknown-project: nothing to tell, and no error."""
    found = brightcove.fetch("project_engagement_summary_raw", start="2025-09-10", end="2026-03-03")
    projects = {row["project_id"] for row in rows("project_engagement_summary_raw", found)}
    (without, *_) = projects - set(brightcove.quizzes())
    for report in (ANSWERS, ACTIONS, CHOICES):
        assert brightcove.result(report, project_id=without) == []


@each_report
@pytest.mark.parametrize("project", ["nothing", "0" * 24, "x" * 5000, "\N{SNOWMAN}"])
def test_a_project_that_there_is_not_is_not_found(brightcove: Brightcove, report: str, project: str) -> None:
    """brightcove.unknown-project: whether or not it looks like one."""
    assert_not_found_out(brightcove.analytics(report, project_id=project), 404, "unknown-project")


@pytest.mark.parametrize("sent", [{}, {"project_id": ""}, {"project": "x"}], ids=str)
def test_the_project_summary_wants_a_project(brightcove: Brightcove, sent: dict[str, str]) -> None:
    """brightcove.missing-project: the API reference has it as required for this one report."""
    assert_not_found_out(brightcove.analytics(CHOICES, **sent), 400, "missing-project")


# Times


def submitted(brightcove: Brightcove, **times: str) -> list[str]:
    """When the answers of a range were submitted."""
    found = questions(brightcove.result(ANSWERS, **times))
    return sorted(question["submitted_at"] for _, _, question in found)


def test_the_range_begins_at_its_start_and_ends_before_its_end(brightcove: Brightcove) -> None:
    """brightcove.time-bounds: to the millisecond."""
    times = submitted(brightcove, start_time="2026-01-01T00:00:00.000Z")
    first, last = times[0], times[-1]
    assert len(times) > 2
    later = [datetime.fromisoformat(each) + timedelta(milliseconds=1) for each in (first, last)]
    after_first, after_last = (each.isoformat(timespec="milliseconds") for each in later)
    within = {"start_time": first, "end_time": after_last}
    assert submitted(brightcove, **within) == times
    assert submitted(brightcove, **within | {"end_time": last})[-1] < last
    assert first not in submitted(brightcove, **within | {"start_time": after_first})
    assert submitted(brightcove, start_time=first, end_time=first) == []
    assert submitted(brightcove, start_time=first, end_time=after_first) == [first]


def test_without_bounds_it_is_all_history(brightcove: Brightcove) -> None:
    """brightcove.time-bounds: the API reference has no defaults, unlike the engagement reports."""
    assert brightcove.result(ACTIONS) == brightcove.result(
        ACTIONS, start_time="2016-01-01", end_time="2026-03-04T12:00:00Z"
    )
    parts = [{"end_time": "2020-01-01"}, {"start_time": "2020-01-01"}]
    whole = sum(each["actions"] for each in brightcove.result(ACTIONS))
    assert whole == sum(each["actions"] for part in parts for each in brightcove.result(ACTIONS, **part))


def test_nothing_is_there_before_it_happens(brightcove: Brightcove) -> None:
    """brightcove.analytics-answer: what is told is the sandbox's present."""
    before = brightcove.result(ACTIONS)
    assert max(submitted(brightcove)) < "2026-03-04T12:00:00.000Z"
    brightcove.mock.advance("30d")
    after = brightcove.result(ACTIONS)
    assert sum(each["actions"] for each in after) > sum(each["actions"] for each in before)
    assert brightcove.result(ACTIONS, end_time="2026-03-04T12:00:00Z") == before


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-01T00:00:00Z",
        "2026-02-01T00:00:00.000Z",
        "2026-02-01T00:00:00.0009Z",
        "2026-02-01T00:00Z",
        "2026-02-01t00:00:00z",
        "2026-02-01T01:30:00+01:30",
        "2026-01-31T19:00:00-0500",
        "2026-02-01T00:00:00",
        "2026-02-01",
    ],
)
def test_instants_are_written_in_many_ways(brightcove: Brightcove, text: str) -> None:
    """brightcove.bad-time, brightcove.time-zone: one instant, all of ISO 8601 that clients write."""
    assert submitted(brightcove, start_time=text) == submitted(brightcove, start_time="2026-02-01T00:00:00Z")


@pytest.mark.parametrize("name", ["start_time", "end_time"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "now",
        "1772582400",
        "1772582400000",
        "2026-02-30T00:00:00Z",
        "2026-02-29",
        "2026-02-01 00:00:00",
        "2026-02-01T24:30:00Z",
        "2026-02-01T00:00:00+25:00",
        "2026-02-01T00:00:00 01:00",
        "2026-W05-1",
        "20260201T000000Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "10000-01-01",
        "2026-02-01T00:00:00Z\0",
        "2026-02-01T00:00:0\N{ARABIC-INDIC DIGIT FOUR}Z",
        "9" * 5000,
    ],
)
def test_what_is_no_instant_is_refused(brightcove: Brightcove, name: str, text: str) -> None:
    """brightcove.bad-time: with a message that says which of the two."""
    refused = brightcove.analytics(SUMMARY, **{name: text})
    assert_not_found_out(refused, 400, "bad-time")
    assert f"Invalid value for {name}" in refused.json()["result"]
    assert len(refused.content) < 500


@pytest.mark.parametrize("text", ["", "True", "1", "yes", "TRUE"])
def test_details_are_asked_for_in_one_way(brightcove: Brightcove, text: str) -> None:
    """brightcove.bad-time: `True`, as Python writes it, is the one that clients really send."""
    assert_not_found_out(brightcove.analytics(ANSWERS, show_details=text), 400, "bad-time")


def test_an_end_before_the_start_is_refused(brightcove: Brightcove) -> None:
    """brightcove.end-before-start: by a millisecond; at the same instant it is empty."""
    start = datetime(2026, 2, 1, tzinfo=timezone(timedelta(hours=2)))
    end = (start - timedelta(milliseconds=1)).astimezone(UTC)
    refused = brightcove.analytics(ACTIONS, start_time=start.isoformat(), end_time=end.isoformat())
    assert_not_found_out(refused, 400, "end-before-start")
    assert brightcove.result(ACTIONS, start_time=start.isoformat(), end_time=start.isoformat()) == []


def test_the_widest_range_is_answered(brightcove: Brightcove) -> None:
    """brightcove.time-bounds: years 1 and 9999 are far, and no error."""
    wide = {"start_time": "0001-01-01T00:00:00Z", "end_time": "9999-12-31T23:59:59.999Z"}
    assert brightcove.result(ACTIONS, **wide) == brightcove.result(ACTIONS)


# How they hang together


def test_the_gradebook_counts_its_answers(brightcove: Brightcove) -> None:
    """brightcove.question-count, brightcove.num-questions: correct ones, and the questions of the quizzes."""
    times = {"start_time": "2025-01-01", "end_time": "2025-07-01"}
    summary, answers = brightcove.result(SUMMARY, **times), questions(brightcove.result(ANSWERS, **times))
    correct = Counter(user for user, _, question in answers if question["correct"])
    assert {user["user_id"]: user["total_correct_answers"] for user in summary["users"]} == {
        user: correct[user] for user, _, _ in answers
    }
    everything = questions(brightcove.result(ANSWERS))
    sizes = Counter(project for project, _ in {(project, q["question"]) for _, project, q in everything})
    taken = {user: {project for who, project, _ in answers if who == user} for user, _, _ in answers}
    assert {user["user_id"]: user["total_question_count"] for user in summary["users"]} == {
        user: sum(sizes[project] for project in projects) for user, projects in taken.items()
    }
    assert summary["num_questions"] == sum(sizes[project] for project in set().union(*taken.values()))


def test_the_project_summary_counts_the_actions(brightcove: Brightcove) -> None:
    """brightcove.quiz-retries, brightcove.percent, brightcove.unchosen-answers: and each answer its share."""
    for each in brightcove.result(ACTIONS):
        found = brightcove.result(CHOICES, project_id=each["project"]["id"])
        assert sum(question["num_responses"] for question in found) == each["actions"]
        for question in found:
            answers = question["answers"]
            assert sum(answer["num_responses"] for answer in answers) == question["num_responses"]
            right = sum(answer["num_responses"] for answer in answers if answer["correct"])
            assert right == question["num_correct"]
            for answer in answers:
                share = 100 * answer["num_responses"] / question["num_responses"]
                assert abs(answer["percent"] - share) < 0.0051
                assert answer["num_responses"] > 0


def test_the_gradebook_holds_the_last_answers_of_the_stream(brightcove: Brightcove) -> None:
    """brightcove.gradebook-answer, brightcove.gradebook-users: of whoever answered, to each question."""
    stream = rows(STREAM, brightcove.fetch(STREAM, start="2026-01-01", end="2026-03-03"))
    last = {
        (row["user_id"], row["project_id"], row["question"]): (row["answer"], row["correct"])
        for row in stream
        if (row["type"], row["action"]) == ("quiz", "Submit")
    }
    answers = questions(brightcove.result(ANSWERS, start_time="2026-01-01", end_time="2026-03-04"))
    assert {
        (user, project, q["question"]): (q["answer"], q["correct"]) for user, project, q in answers
    } == last
    assert {len(user) == 32 for user, _, _ in answers} == {True, False}
    first, last_time = parse_instant("2026-01-01"), parse_instant("2026-03-04")
    assert all(first <= parse_instant(q["submitted_at"]) < last_time for _, _, q in answers)


@pytest.mark.parametrize(("size", "streamed"), [("tiny", False), ("small", True)])
def test_a_long_answer_is_sent_as_it_is_made(size: str, streamed: bool) -> None:  # noqa: FBT001
    """brightcove.analytics-answer: in pieces, with its length, and not kept in the journal."""
    app = create_app(Settings(clock="frozen", now=START, size=size))
    with httpx.Client(transport=transport(app), base_url="http://127.0.0.1:8080") as client:
        brightcove = Brightcove(client, "somebody")
        brightcove.sign_in()
        answer = brightcove.analytics(ANSWERS, **DETAILS)
        kept = brightcove.last_request["answer"]
    app.kernel.store.close()
    assert violations("brightcove", SCHEMAS[ANSWERS], answer.json()) == []
    assert (len(questions(answer.json()["result"])) > 2000) is streamed
    assert int(answer.headers["Content-Length"]) == len(answer.content) == kept["bytes"]
    assert (kept["body"] == "") is streamed
