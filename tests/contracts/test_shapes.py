"""Answers of the vendors whose pages show few or none: what their schemas allow, and what not."""

import pytest

from reportcontracts.validation import validator, violations

SUMMARY = {
    "num_questions": 4,
    "users": [{"user_id": "9", "total_correct_answers": 3, "total_question_count": 4}],
}
QUESTION = {"question": "2+2?", "answer": "4", "correct": True, "submitted_at": "2024-01-01T00:00:00.000Z"}
CHOICES = [{"text": "4", "type": "choice", "correct": True}, {"text": "5", "type": "choice"}]
DETAILS = QUESTION | {"answers": CHOICES, "total_submissions": 2}


def answers(question: dict[str, object], **project: object) -> dict[str, object]:
    """An answer of the gradebook with one question of one project of one user."""
    projects = [{"project_id": "p", "questions": [question], **project}]
    return {"result": [{"user_id": "u", "projects": projects}]}


@pytest.mark.parametrize(
    ("schema", "instance"),
    [
        ("token", {"access_token": "a", "token_type": "Bearer", "expires_in": 300}),
        ("token-error", {"error": "invalid_client", "error_description": "x"}),
        ("error", [{"error_code": "UNAUTHORIZED", "message": "Permission denied."}]),
        ("analytics-error", {"result": "project_id is missing"}),
        ("analytics-error", {"result": {"message": "no such project"}}),
        ("gradebook-summary", {"result": SUMMARY}),
        ("gradebook-summary", {"result": {"num_questions": 0, "users": []}}),
        ("gradebook-users-answers", answers(QUESTION)),
        ("gradebook-users-answers", answers(DETAILS, project_title="Sums")),
        ("quiz-actions", {"result": [{"actions": 2, "project": {"id": "p", "title": "Sums"}}]}),
        ("quiz-project-summary", {"result": []}),
    ],
)
def test_brightcove_allows(schema: str, instance: object) -> None:
    """The shapes of its reference, and of refusals as its guides have them."""
    assert violations("brightcove", schema, instance) == []


@pytest.mark.parametrize(
    ("schema", "instance", "rule"),
    [
        ("token", {"access_token": "a", "type": "Bearer", "expires_in": 300}, "token-answer"),
        ("error", {"error_code": "UNAUTHORIZED", "message": "x"}, "error-body"),
        ("error", [{"error_code": "unauthorized", "message": "x"}], "error-body"),
        ("analytics-error", {"message": "x"}, "analytics-error-body"),
        ("analytics-error", {"result": {}}, "analytics-error-body"),
        ("gradebook-summary", SUMMARY, "analytics-answer"),
        ("gradebook-users-answers", answers(QUESTION | {"answers": CHOICES}), "show-details"),
        (
            "gradebook-users-answers",
            answers(DETAILS | {"answers": [{"text": "5", "type": "choice", "correct": False}]}),
            "correct-omitted",
        ),
        ("token-request", {"grant_type": "password"}, "grant"),
    ],
)
def test_brightcove_does_not_allow(schema: str, instance: object, rule: str) -> None:
    """A violation names the rule that it is of."""
    assert f"brightcove.{rule}" in [
        violation.rule for violation in violations("brightcove", schema, instance)
    ]


@pytest.mark.parametrize(
    ("schema", "instance", "rule"),
    [
        ("reports-per-week-day", [{"account_id": 1, "dow": 7, "report_count": 1}], "dow"),
        ("reports-per-day-hour", [{"account_id": 1, "hour": 24, "report_count": 1}], "hour"),
        ("reports-per-user", {"data": []}, "answer"),
        ("reports-per-user", [{"user_id": 1, "report_count": 1}], "column-names"),
        ("reports-read", {"reads": 1}, "fields"),
        ("user-awareness", [{"total_alerts": 1}], "user-members"),
        ("missing-parameter", {"message": "client error"}, "missing-parameter"),
        ("invalid", {"errors": {"start_date": "is invalid"}, "failures": {}}, "bad-parameter"),
        ("error", {"error": "x"}, "error-body"),
        ("session", {"session": {"access_token": "smt_1"}}, "session"),
    ],
)  # fmt: skip
def test_saferme_does_not_allow(schema: str, instance: object, rule: str) -> None:
    """A violation names the rule that it is of."""
    assert f"saferme.{rule}" in [violation.rule for violation in violations("saferme", schema, instance)]


@pytest.mark.parametrize(
    ("schema", "instance"),
    [
        ("reports-read", {"total_reads": 0}),
        ("user-awareness", []),
        ("missing-parameter", {"message": "client error", "param": "channel_id"}),
        ("invalid", {"errors": {"start_date": ["is invalid"]}, "failures": {"start_date": ["is invalid"]}}),
        (
            "error",
            {
                "errors": ["Bad credentials"],
                "failures": {"base": ["Bad credentials"]},
                "error_codes": {"base": [{"error": "bad_credentials"}]},
            },
        ),
    ],
)
def test_saferme_allows(schema: str, instance: object) -> None:
    """What its documentation and its own client have."""
    assert violations("saferme", schema, instance) == []


RUN = {"workflowId": "88cfc7fe-dfde-3b7d-b201-ec48e640f349", "runId": "23AA=", "statusUrl": "https://x/s"}
TEAM = {"uuid": RUN["workflowId"], "teamId": 1, "name": "North", "description": None, "numberOfMembers": 3}
NULLS = dict.fromkeys(("reason", "currentCount", "totalCount", "lastAcknowledgeTime"))


def envelope(result: object) -> dict[str, object]:
    """An answer of Khoros with this result."""
    return {"status": "PASS", "request": None, "message": None, "result": result}


def status(state: str, detail: str, url: str) -> dict[str, object]:
    """What a status tells of a run."""
    return {"jobInfo": RUN | {"downloadUrl": url}, "result": NULLS | {"runnerState": state, "detail": detail}}


@pytest.mark.parametrize(
    ("schema", "result"),
    [
        ("submitted", RUN | {"downloadUrl": ""}),
        ("status", status("RUNNING", "", "")),
        ("status", [status("CLOSED", "FAILED", "")]),
        ("status", status("CLOSED", "COMPLETED", "")),
        ("status", status("CLOSED", "COMPLETED", "https://x/d?companyKey=k")),
        ("jobs", []),
        ("teams", [TEAM]),
    ],
)
def test_khoros_allows(schema: str, result: object) -> None:
    """The states and lists of its reference."""
    assert violations("khoros", schema, envelope(result)) == []


@pytest.mark.parametrize(
    ("schema", "instance", "rule"),
    [
        ("submitted", RUN | {"downloadUrl": ""}, "envelope"),
        ("submitted", envelope(RUN | {"downloadUrl": None}), "submitted"),
        ("status", envelope(status("RUNNING", "", "https://x/d")), "running"),
        ("status", envelope(status("CLOSED", "TERMINATED", "")), "completed"),
        ("status", envelope([]), "status-shape"),
        ("rows", [{"conversationId": 1}], "json-strings"),
        ("rows", {"rows": []}, "json"),
    ],
)
def test_khoros_does_not_allow(schema: str, instance: object, rule: str) -> None:
    """A violation names the rule that it is of."""
    assert f"khoros.{rule}" in [violation.rule for violation in violations("khoros", schema, instance)]


def test_percent_is_of_a_hundred() -> None:
    """A share of 1.5 hundredths is allowed, one of 150 is not."""
    answer = {"answer": "4", "correct": True, "num_responses": 1, "percent": 150}
    question = {"question": "2+2?", "num_responses": 1, "num_correct": 1, "answers": [answer]}
    (violation,) = validator("brightcove", "quiz-project-summary").violations({"result": [question]})
    assert (violation.path, violation.rule) == ("$.result[0].answers[0].percent", "brightcove.percent")
