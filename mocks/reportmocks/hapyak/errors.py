"""HapYak's refusals: a status, and a small JSON object (the vendor documents no body)."""

from typing import Final

from flask import Response

from reportcontracts.rules import RuleValues
from reportmocks.answers import current_call, json_answer, text_answer
from reportmocks.kernel.refusals import (
    BodyTooLarge,
    Forbidden,
    JobFailed,
    NotFound,
    Overloaded,
    RateLimited,
    Refusal,
    Unauthenticated,
    WrongMethod,
)
from reportmocks.vendor import status_of

_WORDS: Final[dict[type[Refusal], tuple[int, str]]] = {
    Unauthenticated: (403, "forbidden"),
    Forbidden: (403, "forbidden"),
    NotFound: (404, "not_found"),
    WrongMethod: (405, "method_not_allowed"),
    BodyTooLarge: (413, "request_too_large"),
    RateLimited: (429, "rate_limit_exceeded"),
    JobFailed: (500, "report_failed"),
    Overloaded: (503, "unavailable"),
}
_BAD_REQUEST: Final = (400, "bad_request")
_LIKE_A_BAD_VALUE: Final = ("hapyak.repeated-parameter", "hapyak.unknown-parameter")


def render(refusal: Refusal, rules: RuleValues) -> Response:
    """The refusal as HapYak answers it."""
    default, word = _WORDS.get(type(refusal), _BAD_REQUEST)
    if refusal.rule in _LIKE_A_BAD_VALUE:
        default = rules.number("hapyak.bad-parameter", "status")
    status = status_of(refusal, rules, default)
    headers: dict[str, str] = {}
    if isinstance(refusal, WrongMethod):
        headers["Allow"] = ", ".join(refusal.allowed)
    if isinstance(refusal, Unauthenticated) and refusal.missing:
        status = rules.number("hapyak.key", "missing-status")
    if isinstance(refusal, RateLimited):
        return _rate_limited(refusal, rules, status, word)
    return json_answer({"error": word, "message": refusal.text}, status, headers=headers)


def _rate_limited(refusal: RateLimited, rules: RuleValues, status: int, word: str) -> Response:
    call = current_call()
    call.shaped_by("hapyak.rate-limited")
    seconds = call.wait(refusal.frees)
    headers = (
        {"Retry-After": str(seconds)} if seconds is not None and rules.flag("hapyak.retry-after") else {}
    )
    body = rules.text("hapyak.rate-limited", "body")
    if body == "json":
        return json_answer({"error": word, "message": refusal.text}, status, headers=headers)
    return text_answer(
        refusal.text if body == "text" else "",
        status,
        content_type="text/plain; charset=utf-8",
        headers=headers,
    )
