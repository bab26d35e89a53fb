"""How to see that a switch of Brightcove's rules on analytics reports is gone by, switch by switch."""

from typing import Any, Final

from reportcontracts.switches import Value
from support.brightcove import ACTIONS, ANSWERS, CHOICES, SUMMARY, Brightcove, assert_not_found_out, rows
from support.engagement import STREAM
from support.switched import Checks

CHECKS: Final = Checks()
shows: Final = CHECKS.shows

SINCE = {"start_time": "2025-10-01"}
Submission = tuple[str, str, str, str]


def submissions(brightcove: Brightcove) -> list[Submission]:
    """Who answered what how in which project, in order of time, by the stream of actions."""
    stream = rows(STREAM, brightcove.fetch(STREAM, start="2025-10-01", end="2026-03-03", format="json"))
    submits = [row for row in stream if (row["type"], row["action"]) == ("quiz", "Submit")]
    return [(row["user_id"], row["project_id"], row["question"], row["answer"]) for row in submits]


def until(brightcove: Brightcove, report: str, **sent: str) -> Any:
    """What a report finds over the days of `submissions`."""
    return brightcove.result(report, **SINCE, end_time="2026-03-04", **sent)


@shows("missing-project.status")
def status_of_a_missing_project(brightcove: Brightcove, value: int) -> None:
    """In the form that goes with it."""
    assert_not_found_out(brightcove.analytics(CHOICES), value, "missing-project")


@shows("unknown-project.action")
def unknown_project(brightcove: Brightcove, value: str) -> None:
    """Refused, or nothing found."""
    if value == "refuse":
        assert_not_found_out(brightcove.analytics(ACTIONS, project_id="x"), 404, "unknown-project")
    else:
        assert brightcove.result(ACTIONS, project_id="x") == []
        assert brightcove.result(SUMMARY, project_id="x") == {"num_questions": 0, "users": []}


@shows("bad-time.status")
def status_of_a_bad_time(brightcove: Brightcove, value: int) -> None:
    """For a time and for a flag."""
    assert_not_found_out(brightcove.analytics(SUMMARY, end_time="x"), value, "bad-time")
    assert_not_found_out(brightcove.analytics(ANSWERS, show_details="x"), value, "bad-time")


@shows("bad-time.dates")
def plain_dates(brightcove: Brightcove, value: str) -> None:
    """Their midnight in UTC, or no instant."""
    answer = brightcove.analytics(ACTIONS, start_time="2026-02-01")
    if value == "refuse":
        assert_not_found_out(answer, 400, "bad-time")
    else:
        midnight = brightcove.result(ACTIONS, start_time="2026-02-01T00:00:00Z")
        assert answer.json()["result"] == midnight != []


@shows("time-zone.action")
def without_an_offset(brightcove: Brightcove, value: str) -> None:
    """In UTC, or no instant."""
    answer = brightcove.analytics(ACTIONS, start_time="2026-02-01T10:00:00")
    if value == "refuse":
        assert_not_found_out(answer, 400, "time-zone")
    else:
        assert answer.json()["result"] == brightcove.result(ACTIONS, start_time="2026-02-01T10:00:00Z") != []


@shows("time-bounds.end")
def end_of_the_range(brightcove: Brightcove, value: str) -> None:
    """A submission at the very instant belongs to the range, or does not."""
    (user, *_) = brightcove.result(ANSWERS)
    at = user["projects"][0]["questions"][0]["submitted_at"]
    found = brightcove.result(ANSWERS, start_time=at, end_time=at)
    assert bool(found) is (value == "inclusive")


@shows("gradebook-answer.value")
def which_answer(brightcove: Brightcove, value: str) -> None:
    """The last of several, or the first, as the stream has them."""
    every = submissions(brightcove)
    stands = {each[:3]: each[3] for each in (every if value == "last" else reversed(every))}
    other = {each[:3]: each[3] for each in (every if value == "first" else reversed(every))}
    assert stands != other
    found = until(brightcove, ANSWERS)
    assert stands == {
        (user["user_id"], project["project_id"], question["question"]): question["answer"]
        for user in found
        for project in user["projects"]
        for question in project["questions"]
    }


@shows("gradebook-users.anonymous")
def anonymous(brightcove: Brightcove, value: Value) -> None:
    """In both reports of the gradebook, or in neither; their answers are actions in any case."""
    every = submissions(brightcove)
    assert {len(user) == 32 for user, *_ in every} == {True, False}
    for users in (until(brightcove, ANSWERS), until(brightcove, SUMMARY)["users"]):
        assert {len(user["user_id"]) == 32 for user in users} == ({True, False} if value else {False})
    assert sum(each["actions"] for each in until(brightcove, ACTIONS)) == len(every)


@shows("question-count.value")
def question_count(brightcove: Brightcove, value: str) -> None:
    """What the user answered, or all of the quizzes that the user answered something of."""
    answered = {
        user["user_id"]: sum(len(project["questions"]) for project in user["projects"])
        for user in until(brightcove, ANSWERS)
    }
    found = {u["user_id"]: u["total_question_count"] for u in until(brightcove, SUMMARY)["users"]}
    assert (found == answered) is (value == "answered")
    assert all(found[user] >= count for user, count in answered.items())


@shows("quiz-retries.enabled")
def retries(brightcove: Brightcove, value: Value) -> None:
    """Every submission, or each user's one answer to each question."""
    every = submissions(brightcove)
    once = {each[:3] for each in every}
    assert len(once) < len(every)
    actions = {each["project"]["id"]: each["actions"] for each in until(brightcove, ACTIONS)}
    assert sum(actions.values()) == (len(every) if value else len(once))
    for project, count in actions.items():
        found = until(brightcove, CHOICES, project_id=project)
        assert sum(question["num_responses"] for question in found) == count


@shows("unchosen-answers.listed")
def unchosen(brightcove: Brightcove, value: Value) -> None:
    """Four answers to each question that was answered, or those that were given."""
    times = {"start_time": "2026-02-01", "end_time": "2026-03-04"}
    listed = [
        [answer["num_responses"] for answer in question["answers"]]
        for each in brightcove.result(ACTIONS, **times)
        for question in brightcove.result(CHOICES, project_id=each["project"]["id"], **times)
    ]
    assert listed
    assert ({len(counts) for counts in listed} == {4}) is value
    assert any(0 in counts for counts in listed) is value


@shows("percent.whole", "percent.decimals")
def percents(brightcove: Brightcove, _: Value) -> None:
    """So many decimals of a percent, of a hundred or of one."""
    set_to = brightcove.mock.call("GET", "rules/brightcove.percent")["values"]
    whole, decimals = set_to["whole"], set_to["decimals"] + (2 if set_to["whole"] == 1 else 0)
    shares = [
        (answer["percent"], answer["num_responses"] / question["num_responses"])
        for project in brightcove.quizzes()
        for question in brightcove.result(CHOICES, project_id=project)
        for answer in question["answers"]
    ]
    assert all(abs(told - whole * share) <= 0.5001 * 10**-decimals for told, share in shares)
    assert all(told == round(told, decimals) for told, _ in shares)
    assert any(told != round(told, decimals - 1) for told, _ in shares)
