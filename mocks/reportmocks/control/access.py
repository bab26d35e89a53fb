"""Who may steer: with `--control-token`, whoever knows the token."""

import hmac
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from reportmocks.answers import PROBLEM, problem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

OPEN: Final = ("/health", "/ready")
"""Paths that tell nothing worth protecting, and that start-up scripts and orchestrators ask."""


def guarded(app: "WSGIApplication", token: str | None) -> "WSGIApplication":
    """The control API behind a token; as it is where there is none."""
    if token is None:
        return app
    expected = token.encode()

    def answer(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        scheme, _, given = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        known = hmac.compare_digest(given.strip().encode("utf-8", "replace"), expected)
        if (known and scheme.lower() == "bearer") or environ["PATH_INFO"] in OPEN:
            return app(environ, start_response)
        detail = "the control API of this server wants its token: Authorization: Bearer TOKEN"
        body = problem(401, "unauthorized", detail)
        headers = [
            ("Content-Type", PROBLEM),
            ("Content-Length", str(len(body))),
            ("WWW-Authenticate", 'Bearer realm="reportmocks"'),
        ]
        start_response("401 Unauthorized", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return answer
