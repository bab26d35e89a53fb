"""How routes answer: small bodies at once and remembered for the journal, reports as a stream."""

import json
from collections.abc import Iterable, Mapping
from email.utils import formatdate
from functools import lru_cache
from typing import Any, Final

from flask import Response, request
from werkzeug.datastructures import Headers

from reportmocks.kernel.call import Call
from reportmocks.lean import Answer

CALL: Final = "reportmocks.call"
"""The key of the WSGI environ under which a request's `Call` travels."""

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"


def current_call() -> Call:
    """The call that is being answered."""
    call: Call = request.environ[CALL]
    return call


def text_answer(
    body: str | bytes, status: int = 200, *, content_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A short answer, all of it in memory."""
    given = Headers([("Content-Type", content_type)])
    if headers:
        given.extend(headers)
    return Answer(body.encode() if isinstance(body, str) else body, status, given)


def json_answer(payload: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    """A short answer in JSON."""
    return text_answer(json.dumps(payload), status, content_type=JSON, headers=headers)


def stream_answer(
    chunks: Iterable[bytes], length: int, *, content_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A download of `length` bytes, made while it is sent."""
    current_call().streamed = True
    response = Response(chunks, 200, headers, content_type=content_type, direct_passthrough=True)
    response.content_length = length
    return response


def problem(status: int, kind: str, detail: str, **members: Any) -> bytes:
    """The body of an RFC 9457 problem; `kind` ends its stable `type`."""
    told = {"type": f"urn:reportmocks:problem:{kind}", "title": kind.replace("-", " "), "status": status}
    return json.dumps(told | {"detail": detail} | members).encode()


@lru_cache(maxsize=64)
def http_date(second: int) -> str:
    """The value of a `Date` header."""
    return formatdate(second, usegmt=True)
