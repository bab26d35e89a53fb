"""Brightcove's refusals: an array of its gateway's, and the own forms of OAuth and the analytics reports."""

from typing import Any, Final

from flask import Response

from reportcontracts.rules import RuleValues
from reportmocks.answers import current_call
from reportmocks.engagement import errors
from reportmocks.kernel.refusals import (
    BadGrant,
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

ANALYTICS: Final = "/v1/accounts/"
"""What the paths of the analytics reports begin with."""
TOKENS: Final = ("/v3/access_token", "/v4/access_token")

DENIED: Final = "Permission denied."
"""All that a client is told which is not let in."""

_CODES: Final[dict[type[Refusal], tuple[int, str]]] = {
    Forbidden: (403, "NOT_AVAILABLE"),
    NotFound: (404, "RESOURCE_NOT_FOUND"),
    WrongMethod: (405, "METHOD_NOT_ALLOWED"),
    BodyTooLarge: (413, "REQUEST_TOO_LARGE"),
    RateLimited: (429, "TOO_MANY_REQUESTS"),
    JobFailed: (500, "UNKNOWN"),
    Overloaded: (503, "SERVICE_UNAVAILABLE"),
}
_BAD_REQUEST: Final = (400, "BAD_REQUEST")
_PLAIN: Final = (400, 422)
"""Statuses with which an analytics report has the sentence itself as its result."""


def render(refusal: Refusal, rules: RuleValues) -> Response:
    """The refusal as Brightcove answers it, each of its APIs in its own form."""
    default, code = _CODES.get(type(refusal), _BAD_REQUEST)
    if isinstance(refusal, Unauthenticated):
        default = rules.number("brightcove.token", "status")
    if isinstance(refusal, BadGrant):
        default = 500 if refusal.code == "server_error" else 400
    status = errors.status(refusal, rules, default)
    return errors.answer(refusal, rules, status, _payload(refusal, status, code))


def _payload(refusal: Refusal, status: int, code: str) -> Any:
    """What the body says, in the form of the API that the request was for."""
    path = current_call().environ.get("PATH_INFO", "")
    if isinstance(refusal, Unauthenticated):
        return [{"error_code": "UNAUTHORIZED", "message": DENIED}]
    if isinstance(refusal, BadGrant):
        return {"error": refusal.code, "error_description": refusal.text}
    if path in TOKENS and not isinstance(refusal, NotFound):
        word = "server_error" if status >= 500 else "invalid_request"
        return {"error": word, "error_description": refusal.text}
    if path.startswith(ANALYTICS):
        return {"result": refusal.text if status in _PLAIN else {"message": refusal.text}}
    return [{"error_code": code, "message": refusal.text}]
