"""What tests read in the answers of every mock."""

import csv
import io
from typing import Any

import httpx

from reportcontracts.validation import violations


def rules_of(answer: httpx.Response) -> list[str]:
    """The ids of the rules that shaped an answer, the deciding one first."""
    named = answer.headers.get("X-Mock-Rule", "")
    return named.split(", ") if named else []


def lines(text: bytes, delimiter: str = ",") -> list[list[str]]:
    """The lines of a CSV, header first."""
    return list(csv.reader(io.StringIO(text.decode(), newline=""), delimiter=delimiter, strict=True))


def refusal(
    answer: httpx.Response,
    status: int,
    rule: str,
    schema: str = "error",
    *,
    content_type: str = "application/json",
) -> Any:
    """The body of an answer that is the refusal by this rule, in the form that its vendor's schema has."""
    assert answer.status_code == status, answer.text
    assert rules_of(answer)[:1] == [rule]
    assert answer.headers["Content-Type"] == content_type
    body = answer.json()
    assert violations(rule.partition(".")[0], schema, body) == []
    return body
