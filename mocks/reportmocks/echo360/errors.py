"""Echo360's refusals: a status, and a flat object of a word in PascalCase and a sentence."""

from typing import Final

from flask import Response

from reportcontracts.rules import RuleValues
from reportmocks.answers import json_answer
from reportmocks.kernel.refusals import (
    BadBody,
    BadGrant,
    BodyTooLarge,
    Forbidden,
    JobFailed,
    NotFound,
    Overloaded,
    RateLimited,
    Refusal,
    TooManyInFlight,
    Unauthenticated,
    WrongMethod,
)
from reportmocks.vendor import allow, retry_after, status_of

_WORDS: Final[dict[type[Refusal], tuple[int, str]]] = {
    Unauthenticated: (401, "NotAuthenticated"),
    Forbidden: (403, "Forbidden"),
    NotFound: (404, "NotFound"),
    WrongMethod: (405, "MethodNotAllowed"),
    BadBody: (400, "InvalidJson"),
    BadGrant: (400, "BadRequest"),
    BodyTooLarge: (413, "RequestTooLarge"),
    TooManyInFlight: (400, "TooManyInFlightRequests"),
    RateLimited: (429, "TooManyRequests"),
    JobFailed: (500, "ReportFailed"),
    Overloaded: (503, "ServiceUnavailable"),
}
_BAD_REQUEST: Final = (400, "BadRequest")
_GRANT_WORDS: Final = {401: "NotAuthenticated", 403: "Forbidden"}


def render(refusal: Refusal, rules: RuleValues) -> Response:
    """The refusal as Echo360 answers it."""
    default, word = _WORDS.get(type(refusal), _BAD_REQUEST)
    if isinstance(refusal, Unauthenticated):
        default = rules.number("echo360.token", "status")
    status = status_of(refusal, rules, default)
    if isinstance(refusal, BadGrant):
        word = _GRANT_WORDS.get(status, word)
    return json_answer({"error": word, "message": refusal.text}, status, headers=_headers(refusal, rules))


def _headers(refusal: Refusal, rules: RuleValues) -> dict[str, str]:
    if isinstance(refusal, WrongMethod):
        return allow(refusal)
    if isinstance(refusal, Unauthenticated) and rules.flag("echo360.token", "challenge"):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(refusal, TooManyInFlight):
        return retry_after(refusal, told=False)
    if isinstance(refusal, RateLimited):
        return retry_after(refusal, told=rules.flag("echo360.rate-minute", "retry-after"))
    return {}
