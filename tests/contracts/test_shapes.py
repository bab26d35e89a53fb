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
        ("gradebook-answers", answers(QUESTION)),
        ("gradebook-answers", answers(DETAILS, project_title="Sums")),
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
        ("gradebook-answers", answers(QUESTION | {"answers": CHOICES}), "show-details"),
        (
            "gradebook-answers",
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


def test_percent_is_of_a_hundred() -> None:
    """A share of 1.5 hundredths is allowed, one of 150 is not."""
    answer = {"answer": "4", "correct": True, "num_responses": 1, "percent": 150}
    question = {"question": "2+2?", "num_responses": 1, "num_correct": 1, "answers": [answer]}
    (violation,) = validator("brightcove", "quiz-project-summary").violations({"result": [question]})
    assert (violation.path, violation.rule) == ("$.result[0].answers[0].percent", "brightcove.percent")
