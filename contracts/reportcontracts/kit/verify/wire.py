"""One HTTP exchange with whatever server is verified: no redirect is followed, nothing is interpreted."""

import base64
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode, urlsplit

from reportcontracts.remote import TIMEOUT, connection_to

LARGEST: Final = 64 * 1024 * 1024
"""Bytes that are read of an answer; nothing here asks for as many."""


class UnreachableError(Exception):
    """The server could not be asked."""

    def __init__(self, url: str, reason: object) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url} does not answer: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to an absolute URL; names of headers in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(urlsplit(self.url).path)

    @property
    def query(self) -> str:
        """The query as it is sent."""
        return urlsplit(self.url).query


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON; `None` where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def text(self) -> str:
        """The body as text, for people."""
        return self.body.decode("utf-8", "replace")


def send(request: Request) -> Reply:
    """Send a request and read its answer.

    Raises:
        UnreachableError: There is no answer.
    """
    parts = urlsplit(request.url)
    connection = connection_to(request.url, TIMEOUT)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(request.method, target or "/", request.body or None, dict(request.headers))
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(status=answer.status, headers=headers, body=answer.read(LARGEST))
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(f"{parts.scheme}://{parts.netloc}", error) from error
    finally:
        connection.close()


def url_of(base: str, path: str, query: Mapping[str, object] | None = None) -> str:
    """A URL under a base; a value of `None` is left out."""
    given = {name: value for name, value in (query or {}).items() if value is not None}
    return f"{base.rstrip('/')}{quote(path)}{'?' if given else ''}{urlencode(given, doseq=True)}"


def basic(user: str, password: str) -> str:
    """The value of an `Authorization` header of the scheme Basic."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode('ascii')}"
