"""SaferMe's refusals: one shape for what is missing, one for what is invalid, and one for everything else."""

from typing import Any, Final

from flask import Response

from reportcontracts.rules import RuleValues
from reportmocks.kernel.refusals import (
    BadBody,
    BadGrant,
    BadParameter,
    BodyTooLarge,
    Forbidden,
    JobFailed,
    LinkExpired,
    LinkTampered,
    MissingParameter,
    NotFound,
    ObjectGone,
    Overloaded,
    RangeTooLong,
    RangeTooOld,
    RateLimited,
    Refusal,
    TooManyInFlight,
    TwoCredentials,
    Unauthenticated,
    WrongMethod,
)
from reportmocks.saferme.replies import reply
from reportmocks.vendor import allow, retry_after, status_of

_WORDS: Final[dict[type[Refusal], tuple[int, str, str]]] = {
    Unauthenticated: (401, "bad_credentials", "Bad credentials"),
    BadGrant: (401, "bad_credentials", "Bad credentials"),
    TwoCredentials: (401, "bad_credentials", "Bad credentials"),
    Forbidden: (403, "forbidden", "You are not allowed to do this"),
    LinkExpired: (403, "forbidden", "This link has expired"),
    LinkTampered: (403, "forbidden", "This link is not valid"),
    NotFound: (404, "not_found", "Not found"),
    ObjectGone: (404, "not_found", "Not found"),
    WrongMethod: (404, "not_found", "Not found"),
    BadBody: (400, "bad_request", "The body is not valid JSON"),
    BodyTooLarge: (413, "request_too_large", "The body is too large"),
    RateLimited: (429, "too_many_requests", "Too many requests"),
    TooManyInFlight: (429, "too_many_requests", "Too many requests"),
    JobFailed: (503, "unavailable", "The service is not available"),
    Overloaded: (503, "unavailable", "The service is not available"),
}
"""Status, code and message; the codes are SaferMe's for bad credentials, and invented for the others."""

_UNPROCESSABLE: Final = 422
_LIKE_A_BAD_VALUE: Final = frozenset(
    f"saferme.{name}" for name in ("repeated-parameter", "end-before-start", "date-forms", "unknown-fields")
)
_HEADERS_NEEDED: Final = ("saferme.app-id", "saferme.team-id")
_WRONG_METHOD: Final = ("method_not_allowed", "This method is not allowed here")
_LOCKED: Final = ("account_locked", "This account is locked")


def render(refusal: Refusal, rules: RuleValues) -> Response:
    """The refusal as SaferMe answers it."""
    status = _status(refusal, rules)
    message, body = _body(refusal, status)
    headers = retry_after(refusal) if isinstance(refusal, RateLimited | TooManyInFlight) else {}
    if isinstance(refusal, Unauthenticated) and rules.flag("saferme.token", "challenge"):
        headers["WWW-Authenticate"] = 'Token realm="Application"'
    if isinstance(refusal, WrongMethod) and status == 405:
        headers |= allow(refusal)
    if rules.flag("saferme.status-reason", "header"):
        headers["X-Status-Reason"] = "".join(c if " " <= c <= "~" else "?" for c in message)
    return reply(rules, body, status, headers=headers)


def _status(refusal: Refusal, rules: RuleValues) -> int:
    if isinstance(refusal, Unauthenticated):
        return status_of(refusal, rules, rules.number("saferme.token", "status"))
    if refusal.rule in _HEADERS_NEEDED:
        return 400
    if refusal.rule in _LIKE_A_BAD_VALUE:
        return rules.number("saferme.bad-parameter", "status")
    default, *_ = _WORDS.get(type(refusal), (_UNPROCESSABLE,))
    return status_of(refusal, rules, default)


def _body(refusal: Refusal, status: int) -> tuple[str, dict[str, Any]]:
    """The message, and the body in one of the three shapes."""
    if isinstance(refusal, MissingParameter):
        return f"{refusal.name} is missing", {"message": "client error", "param": refusal.name}
    if isinstance(refusal, BadParameter | RangeTooLong | RangeTooOld):
        name = refusal.name if isinstance(refusal, BadParameter) else "start_date"
        message = _INVALID.get(refusal.rule, "is invalid")
        told = {name: [message]}
        return f"{name} {message}", {"failures": told, "errors": told}
    if refusal.rule == "saferme.session-locked":
        code, message = _LOCKED
    elif status == 405:
        code, message = _WRONG_METHOD
    else:
        _, code, message = _WORDS[type(refusal)]
    return message, {
        "errors": [message],
        "failures": {"base": [message]},
        "error_codes": {"base": [{"error": code}]},
    }


_INVALID: Final = {
    "saferme.unsupported-field": "is not of a supported type",
    "saferme.end-before-start": "is before start_date",
    "saferme.repeated-parameter": "is given more than once",
    "saferme.unknown-fields": "has an unknown name",
}
