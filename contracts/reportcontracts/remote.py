"""A client of the control API over HTTP, with the standard library alone.

Whatever steers a mock from outside its process (the kit, the pytest plugin, commands) goes through it.
"""

import json
import selectors
import socket
import ssl
import threading
from collections.abc import Mapping
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPSConnection,
)  # as they are before a test patches them
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote, urlencode, urlsplit

__tracebackhide__ = True  # pytest shows the call that failed, not how it is made

TIMEOUT: Final = 60.0
"""Seconds for one answer, which an overloaded machine may need."""
UNAUTHORIZED: Final = 401
"""The status of a refusal for want of the control token."""


class ControlError(Exception):
    """The control API did not do what it was asked."""


class UnreachableError(ControlError):
    """No control API answers at this address."""

    def __init__(self, url: str, reason: object) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"no mock answers at {self.url} ({self.reason}); is `reportmocks serve` running?"


class RefusedError(ControlError):
    """The control API refused a call; `problem` is its answer, as RFC 9457 has it."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(status, problem)
        self.status = status
        self.problem = problem

    @property
    def kind(self) -> str:
        """The last part of the problem's type, such as `unknown-rule`."""
        return str(self.problem.get("type", "")).rpartition(":")[2]

    def __str__(self) -> str:
        detail = str(self.problem.get("detail", f"the server answered {self.status}"))
        return f"{detail}; set REPORTMOCKS_CONTROL_TOKEN" if self.status == UNAUTHORIZED else detail


class Remote:
    """The control API at `url`, which ends in `/_mock`; each thread keeps a connection of its own."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        timeout: float = TIMEOUT,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._context = context
        self._own = threading.local()
        self._open: list[HTTPConnection] = []

    def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | None] | None = None,
        body: object = None,
    ) -> Any:
        """The JSON that the control API answers; a parameter that is `None` is left out.

        `body` is sent as JSON, or as it is where it is bytes.

        Raises:
            UnreachableError: Nobody answers, or somebody who is no control API.
            RefusedError: The call is refused.
        """
        status, text = self.fetch(method, path, query, body)
        try:
            answer = json.loads(text) if text else None
        except ValueError as error:
            raise UnreachableError(self.url, f"what answers, with {status}, is no JSON") from error
        if status >= 400:
            raise RefusedError(status, answer if isinstance(answer, dict) else {})
        return answer

    def fetch(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | None] | None = None,
        body: object = None,
    ) -> tuple[int, bytes]:
        """Status and bytes of an answer, whatever they are; `UnreachableError` where there is none."""
        chosen = {name: text for name, text in (query or {}).items() if text is not None}
        target = f"{urlsplit(self.url).path}/{quote(path)}{'?' if chosen else ''}{urlencode(chosen)}"
        return self._exchanged(
            method, target, body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        )

    def _exchanged(self, method: str, target: str, data: bytes | None) -> tuple[int, bytes]:
        """Status and bytes of the answer to one request."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            connection = self._connection()
            connection.request(method, target, data, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException) as error:
            self._drop()
            raise UnreachableError(self.url, error) from error

    def health(self) -> dict[str, Any]:
        """What the server says of itself, with `vendors`; `UnreachableError` where it is another server."""
        told = self.call("GET", "health")
        if not isinstance(told, dict) or not isinstance(told.get("vendors"), list):
            raise UnreachableError(self.url, "what answers is no reportmocks")
        return told

    def close(self) -> None:
        """Close every connection; a later call opens another one."""
        while self._open:
            self._open.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connection(self) -> HTTPConnection:
        """This thread's connection, or a new one where the server has closed it meanwhile."""
        connection: HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is not None and connection.sock is not None:
            if not _has_news(connection.sock):
                return connection
            connection.close()
        self._own.connection = connection = connection_to(self.url, self._timeout, self._context)
        self._open.append(connection)
        return connection

    def _drop(self) -> None:
        connection = getattr(self._own, "connection", None)
        if connection is not None:
            connection.close()


def connection_to(url: str, timeout: float, context: ssl.SSLContext | None = None) -> HTTPConnection:
    """A connection to the host of an address, opened with its first request."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "https":
        return HTTPSConnection(host, port, timeout=timeout, context=context)
    return HTTPConnection(host, port, timeout=timeout)


def _has_news(sock: socket.socket) -> bool:
    """Whether something has come unasked: the end of a connection that the server has closed."""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(0))
