"""How SaferMe's mock answers: compact JSON, with a weak ETag where something was asked for."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask import Response, request

from reportcontracts.rules import RuleValues
from reportmocks.answers import current_call, stream_answer, text_answer

_NONE: Final[Mapping[str, str]] = {}


def reply(
    rules: RuleValues, payload: Any, status: int = 200, *, headers: Mapping[str, str] = _NONE
) -> Response:
    """A short answer in JSON, without an ETag."""
    return text_answer(_dumps(payload), status, content_type=_content_type(rules), headers=headers)


def found(
    rules: RuleValues, payload: Any, status: int = 200, *, headers: Mapping[str, str] = _NONE
) -> Response:
    """What was asked for, with an ETag over its body; or 304, where the client has it already."""
    body = _dumps(payload)
    tag = _tag(rules, body.encode())
    if _is_held(tag):
        return _unchanged(rules, tag)
    return text_answer(body, status, content_type=_content_type(rules), headers={**headers, **_etag(tag)})


def streamed(rules: RuleValues, recipe: Any, length: int, chunks: Iterable[bytes]) -> Response:
    """A long answer, made while it is sent, with an ETag over its `recipe`: the same for the same bytes."""
    tag = _tag(rules, f"{recipe!r} {length}".encode())
    if _is_held(tag):
        return _unchanged(rules, tag)
    return stream_answer(chunks, length, content_type=_content_type(rules), headers=_etag(tag))


def _dumps(payload: Any) -> str:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


def _content_type(rules: RuleValues) -> str:
    with_charset = rules.flag("saferme.content-type", "charset")
    return "application/json; charset=utf-8" if with_charset else "application/json"


def _tag(rules: RuleValues, data: bytes) -> str | None:
    """The value of a weak ETag, or `None` where answers have none."""
    if not rules.flag("saferme.etag"):
        return None
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _etag(tag: str | None) -> dict[str, str]:
    return {} if tag is None else {"ETag": f'W/"{tag}"'}


def _is_held(tag: str | None) -> bool:
    """Whether the client says that it has the answer of this tag."""
    return tag is not None and "If-None-Match" in request.headers and request.if_none_match.contains_weak(tag)


def _unchanged(rules: RuleValues, tag: str | None) -> Response:
    current_call().shaped_by("saferme.etag")
    response = text_answer("", 304, content_type=_content_type(rules), headers=_etag(tag))
    del response.headers["Content-Length"], response.headers["Content-Type"]
    return response
