"""Khoros' refusals: the envelope of any answer, with another word and a sentence as its result."""

from typing import Final

from flask import Response

from reportcontracts.rules import RuleValues
from reportmocks.answers import json_answer
from reportmocks.kernel.clock import iso
from reportmocks.kernel.refusals import (
    BodyTooLarge,
    Forbidden,
    JobFailed,
    LinkExpired,
    MissingParameter,
    NotFound,
    ObjectGone,
    Overloaded,
    RateLimited,
    Refusal,
    Unauthenticated,
    WrongMethod,
)
from reportmocks.vendor import allow, retry_after, status_of

_STATUSES: Final[dict[type[Refusal], int]] = {
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    ObjectGone: 404,
    LinkExpired: 404,
    WrongMethod: 405,
    BodyTooLarge: 413,
    RateLimited: 429,
    JobFailed: 500,
    Overloaded: 503,
}


def envelope(result: object, status: str = "PASS") -> dict[str, object]:
    """The body of every answer."""
    return {"status": status, "request": None, "message": None, "result": result}


def render(refusal: Refusal, rules: RuleValues) -> Response:
    """The refusal as Khoros answers it."""
    default = _STATUSES.get(type(refusal), rules.number("khoros.bad-parameter", "status"))
    status = status_of(refusal, rules, default)
    if refusal.rule == "khoros.company-key" and isinstance(refusal, MissingParameter):
        status = rules.number(refusal.rule, "missing-status")
    text = refusal.text
    if isinstance(refusal, LinkExpired):
        text = f"The download expired at {iso(refusal.expired)}; the export must be run again"
    body = envelope(text, rules.text("khoros.error-body", "word"))
    return json_answer(body, status, headers=_headers(refusal, rules))


def _headers(refusal: Refusal, rules: RuleValues) -> dict[str, str]:
    if isinstance(refusal, WrongMethod):
        return allow(refusal)
    if isinstance(refusal, Unauthenticated):
        return {"WWW-Authenticate": 'Basic realm="Analytics Reports"'}
    if isinstance(refusal, RateLimited):
        return retry_after(refusal, told=rules.flag("khoros.retry-after"))
    return {}
