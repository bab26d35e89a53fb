"""HapYak's refusals: a status, and a small JSON object (the vendor documents no body)."""

from typing import Final

from flask import Response

from reportcontracts.rules import RuleValues
from reportmocks.engagement import errors
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


def render(refusal: Refusal, rules: RuleValues) -> Response:
    """The refusal as HapYak answers it."""
    default, word = _WORDS.get(type(refusal), _BAD_REQUEST)
    status = errors.status(refusal, rules, default)
    if isinstance(refusal, Unauthenticated) and refusal.missing:
        status = rules.number("hapyak.key", "missing-status")
    return errors.answer(refusal, rules, status, {"error": word, "message": refusal.text})
