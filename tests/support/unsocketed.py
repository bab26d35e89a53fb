"""A server that is verified without a socket: the application is called as a server calls it."""

import io
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from reportcontracts.kit.verify import Server
from reportcontracts.kit.verify.wire import Reply, Request
from reportcontracts.remote import Remote

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

BASE = "http://127.0.0.1:8080"
"""Where the application believes that it listens."""


class FailedError(RuntimeError):
    """The application has failed instead of answering, which no check takes for an answer that differs."""


class Unsocketed(Remote):
    """The control API of an application in this process."""

    def __init__(self, app: "WSGIApplication") -> None:
        super().__init__(f"{BASE}/_mock")
        self._app = app

    def _exchanged(self, method: str, target: str, data: bytes | None) -> tuple[int, bytes]:
        request = Request(method=method, url=f"{BASE}{target}", headers={}, body=data or b"")
        reply = called(self._app, request)
        return reply.status, reply.body


def server(app: "WSGIApplication", vendor: str) -> Server:
    """An application, as `verify` takes it."""
    return Server(
        vendor=vendor,
        base_url=f"{BASE}/{vendor}",
        control=Unsocketed(app),
        send=lambda request: called(app, request),
    )


def called(app: "WSGIApplication", request: Request) -> Reply:
    """What the application answers."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def begin(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
        begun.append((status, headers))

    try:
        body = app(environ(request), begin)
        try:
            answer = b"".join(body)
        finally:
            close(body)
    except Exception as error:
        raise FailedError(f"{request.method} {request.path}") from error
    status, headers = begun[-1]
    return Reply(
        status=int(status[:3]), headers={name.lower(): value for name, value in headers}, body=answer
    )


def close(body: Iterable[bytes]) -> None:
    """Say that an answer is read no further."""
    if hasattr(body, "close"):
        body.close()


def environ(request: Request) -> dict[str, Any]:
    """A request as WSGI has it."""
    parts = urlsplit(request.url)
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
    return {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname,
        "SERVER_PORT": str(parts.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": parts.netloc,
        **headers,
        "CONTENT_TYPE": headers.get("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
