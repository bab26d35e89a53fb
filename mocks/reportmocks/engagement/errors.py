"""Refusals of engagement reports: what HapYak and Brightcove answer alike, whatever their words."""

from typing import Any, Final

from flask import Response

from reportcontracts.rules import RuleValues
from reportmocks.answers import current_call, json_answer, text_answer
from reportmocks.kernel.refusals import RateLimited, Refusal, WrongMethod
from reportmocks.vendor import allow, retry_after, status_of

_LIKE_A_BAD_VALUE: Final = ("repeated-parameter", "unknown-parameter", "no-send-status")


def status(refusal: Refusal, rules: RuleValues, default: int) -> int:
    """The status of a refusal, by its rule's switch or that of the rule on bad values."""
    vendor, _, rule = refusal.rule.partition(".")
    if rule in _LIKE_A_BAD_VALUE:
        return rules.number(f"{vendor}.bad-parameter", "status")
    return status_of(refusal, rules, default)


def answer(refusal: Refusal, rules: RuleValues, code: int, payload: Any) -> Response:
    """The refusal with a status and, as JSON, a body; one for a rate limit as the rules on that have it."""
    if isinstance(refusal, RateLimited):
        return _rate_limited(refusal, rules, code, payload)
    return json_answer(payload, code, headers=allow(refusal) if isinstance(refusal, WrongMethod) else {})


def _rate_limited(refusal: RateLimited, rules: RuleValues, code: int, payload: Any) -> Response:
    vendor = rules.rulebook.vendor
    current_call().shaped_by(f"{vendor}.rate-limited")
    headers = retry_after(refusal, told=rules.flag(f"{vendor}.retry-after"))
    body = rules.text(f"{vendor}.rate-limited", "body")
    if body == "json":
        return json_answer(payload, code, headers=headers)
    text = refusal.text if body == "text" else ""
    return text_answer(text, code, content_type="text/plain; charset=utf-8", headers=headers)
