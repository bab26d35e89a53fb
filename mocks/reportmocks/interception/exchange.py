"""Passing requests on to the mocks, and their answers back, one connection of a client at a time."""

import re
import socket
from dataclasses import dataclass
from typing import Final, Protocol

import h11

from reportmocks.gateway import MARK
from reportmocks.interception.hosts import Hosts, Traffic, plain, refusal
from reportmocks.interception.wire import SLOWEST, Event, Wire, end_to_end

PORTS: Final = {"http": 80, "https": 443}


class Connect(Protocol):
    """Opens a connection to a host and port; `OSError` where there is none."""

    def __call__(self, host: str, port: int) -> socket.socket:
        """The connection."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes, as its client sees it."""

    scheme: str
    host: str
    port: int
    path: bytes
    """With its query, as it was written."""

    @property
    def authority(self) -> str:
        """What `Host` says: without the port that the scheme has anyway."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS.get(self.scheme) else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Route:
    """What a proxy needs to know to pass requests on."""

    hosts: Hosts
    traffic: Traffic
    mocks: tuple[str, int]
    """Where the mocks listen, in plain HTTP."""
    mark: str
    connect: Connect


_ABSOLUTE: Final = re.compile(rb"(https?)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")


class MisdirectedError(Exception):
    """A request that goes nowhere; `status` and the text are what its client is told."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Exchanges:
    """The requests on one connection of a client, answered one after the other."""

    def __init__(self, client: Wire, route: Route, scheme: str, tunnel: str | None = None) -> None:
        """`scheme` is what the client speaks on this connection, `tunnel` the host that it was opened to."""
        self._client = client
        self._route = route
        self._scheme = scheme
        self._tunnel = tunnel

    def run(self) -> None:
        """Answer until the connection ends."""
        try:
            while isinstance(request := self._client.next(), h11.Request):
                self._answer(request)
                if not self._client.next_cycle():
                    return
        except h11.RemoteProtocolError as error:
            self._client.refuse(error.error_status_hint, f"what was sent is no HTTP: {error}")

    def _answer(self, request: h11.Request) -> None:
        try:
            target = find_target(request, self._scheme)
            to = self._find(target)
            upstream = self._open(to)
        except MisdirectedError as error:
            self._client.refuse(error.status, error.text)
            return
        try:
            upstream.send(self._onward(request, target, to))
            self._send_body(upstream)
            self._return(upstream)
        except ConnectionError:
            self._client.reset()
        except (OSError, h11.ProtocolError):
            self._client.close()  # in the middle, as the other side did
        finally:
            upstream.close()

    def _find(self, target: Target) -> tuple[str, int]:
        """Host and port of who answers for the target; `MisdirectedError` where nobody does."""
        route = self._route
        way = route.hosts.way(target.host)
        if way == "mock":
            return route.mocks
        if self._tunnel is not None:
            raise MisdirectedError(421, f"{target.host} is not served on a connection to {self._tunnel}")
        if way == "refused":
            route.traffic.refuse(target.host)
            raise MisdirectedError(403, refusal(target.host))
        if target.scheme != "http":
            raise MisdirectedError(400, f"{target.host} is reached by CONNECT, since it is no vendor's")
        route.traffic.let_through(target.host)
        return target.host, target.port

    def _open(self, to: tuple[str, int]) -> Wire:
        """A connection for this request alone: what happens to it is this request's, and is not mended."""
        try:
            connection = self._route.connect(*to)
        except OSError as error:
            text = f"{to[0]}:{to[1]} cannot be reached: {error.strerror or error}"
            raise MisdirectedError(502, text) from None
        connection.settimeout(SLOWEST)
        return Wire(connection, h11.CLIENT)

    def _onward(self, request: h11.Request, target: Target, to: tuple[str, int]) -> h11.Request:
        """The request as it goes on: to the mocks with our mark, with the host that the client meant."""
        headers = end_to_end(request.headers, b"host", MARK.lower().encode())
        headers.insert(0, (b"Host", target.authority.encode()))
        if to == self._route.mocks:
            headers.append((MARK.encode(), f"{self._route.mark} {target.scheme}".encode()))
        return h11.Request(method=request.method, target=target.path, headers=headers)

    def _send_body(self, upstream: Wire) -> None:
        """Pass the request's body on; an answer that comes before its end is the end of it."""
        while True:
            event = self._client.next()
            if isinstance(event, h11.EndOfMessage):
                upstream.send(h11.EndOfMessage())
                return
            if upstream.has_something():
                return
            upstream.send(event)

    def _return(self, upstream: Wire) -> None:
        """Pass the answer back."""
        event: Event = upstream.next()
        while isinstance(event, h11.InformationalResponse):
            event = upstream.next()
        if not isinstance(event, h11.Response):
            raise h11.RemoteProtocolError("there is no answer")
        headers = end_to_end(event.headers, b"transfer-encoding")
        self._client.send(h11.Response(status_code=event.status_code, headers=headers, reason=event.reason))
        while isinstance(event := upstream.next(), h11.Data):
            self._client.send(h11.Data(data=event.data))
        if not isinstance(event, h11.EndOfMessage):
            raise h11.RemoteProtocolError("the answer has no end")
        self._client.send(h11.EndOfMessage())


def find_target(request: h11.Request, scheme: str) -> Target:
    """Where a request goes: by its own absolute address, else by its `Host` and the connection's scheme.

    Raises:
        MisdirectedError: It names no host.
    """
    absolute = _ABSOLUTE.fullmatch(request.target)
    if absolute:
        scheme, named, path = absolute[1].decode().lower(), absolute[2], absolute[3]
        if not path.startswith(b"/"):
            path = b"/" + path
    else:
        named = next((value for name, value in request.headers if name == b"host"), b"")
        path = request.target
    host, port = split_authority(named.decode("latin-1"))
    return Target(scheme, host, port or PORTS[scheme], path)


def split_authority(text: str) -> tuple[str, int | None]:
    """Host, as it is compared, and port of `HOST[:PORT]`; `MisdirectedError` where it is none."""
    match = _AUTHORITY.fullmatch(text)
    if match is None:
        raise MisdirectedError(400, f"{text!r} is no host")
    return plain(match[1]), int(match[2]) if match[2] else None
