"""The forward proxy of `reportmocks run`: ends TLS for the vendors' hosts, and lets nobody else be reached.

One port takes all there is: `CONNECT`, requests with absolute addresses, and clients that were led here
without knowing it, who speak TLS or HTTP at once. Threads, since all of it waits for sockets that block.
"""

import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import h11

from reportmocks.interception.exchange import PORTS, Exchanges, MisdirectedError, Route, split_authority
from reportmocks.interception.hosts import refusal
from reportmocks.interception.tunnel import relay
from reportmocks.interception.wire import HEAD_LIMIT, PATIENCE, Wire
from reportmocks.kernel.clock import pause

CONNECTIONS: Final = 512
"""Connections served at one time; more wait to be accepted."""
BREATH: Final = 0.05
"""Seconds of pause when the system gives no more connections."""
GRACE: Final = 1.0
"""Seconds that the threads get to end when the proxy stops."""

_TLS: Final = b"\x16"
"""The first byte of a TLS connection, and of no HTTP request."""
_CONNECT: Final = b"CONNECT "


class Proxy:
    """Listens on sockets that are given to it, from `start` to `stop`, or for a `with` block."""

    def __init__(self, listeners: Sequence[socket.socket], route: Route, tls: ssl.SSLContext) -> None:
        self._listeners = listeners
        self._route = route
        self._tls = tls
        self._room = threading.BoundedSemaphore(CONNECTIONS)
        self._lock = threading.Lock()
        self._open: dict[threading.Thread, socket.socket] = {}
        self._ended = False
        self._acceptors = [
            threading.Thread(target=self._accept, args=(listener,), name="proxy", daemon=True)
            for listener in listeners
        ]

    @property
    def port(self) -> int:
        """The port of the first listener."""
        port: int = self._listeners[0].getsockname()[1]
        return port

    def start(self) -> None:
        """Begin to accept connections, and return."""
        for acceptor in self._acceptors:
            acceptor.start()

    def stop(self) -> None:
        """Accept no more, and close the connections that there are."""
        self._ended = True
        for listener in self._listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes who accepts on it
            listener.close()
        with self._lock:
            there = dict(self._open)
        for connection in there.values():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in (*self._acceptors, *there):
            thread.join(GRACE)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            self._room.acquire()
            try:
                connection, _ = listener.accept()
            except OSError:
                self._room.release()
                if self._ended:
                    return
                pause(BREATH)
                continue
            thread = threading.Thread(target=self._serve, args=(connection,), name="proxied", daemon=True)
            with self._lock:
                self._open[thread] = connection
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        """One connection of a client, to its end."""
        try:
            connection.settimeout(PATIENCE)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._begin(connection)
        except (OSError, h11.ProtocolError):
            pass  # the client has gone, or does not trust us: it knows why
        finally:
            connection.close()
            with self._lock:
                self._open.pop(threading.current_thread(), None)
            self._room.release()

    def _begin(self, connection: socket.socket) -> None:
        """Tell by how it begins what a client wants of this connection."""
        head = _head(connection) if _first(connection) == _CONNECT[:1] else b""
        wire = Wire(connection, h11.SERVER)
        if head:
            wire.http.receive_data(head)
        if head.startswith(_CONNECT):
            self._connect(wire)
        else:
            self._exchange(wire, None)

    def _exchange(self, wire: Wire, tunnel: str | None) -> None:
        """Answer requests for the mocks, after the TLS handshake if that is how the client begins."""
        if wire.http.trailing_data[0] or _first(wire.socket) != _TLS:
            Exchanges(wire, self._route, "http", tunnel).run()
            return
        with self._tls.wrap_socket(wire.socket, server_side=True) as secured:
            with self._lock:
                self._open[threading.current_thread()] = secured
            Exchanges(Wire(secured, h11.SERVER), self._route, "https", tunnel).run()

    def _connect(self, wire: Wire) -> None:
        """Open the tunnel that a client asks for, to the mocks or to a host that is let through."""
        request = wire.next()
        try:
            host, other = self._find(request.target.decode("latin-1"))
        except MisdirectedError as error:
            wire.refuse(error.status, error.text)
            return
        wire.send(h11.Response(status_code=200, headers=[], reason=b"Connection established"))
        if other is None:
            self._exchange(Wire(wire.socket, h11.SERVER), host)
        else:
            relay(wire.socket, other)

    def _find(self, authority: str) -> tuple[str, socket.socket | None]:
        """The host that a tunnel leads to, and a connection to it where it is not the mocks'."""
        route = self._route
        host, port = split_authority(authority)
        way = route.hosts.way(host)
        if way == "mock":
            return host, None
        if way == "refused":
            route.traffic.refuse(host)
            raise MisdirectedError(403, refusal(host))
        try:
            other = route.connect(host, port or PORTS["https"])
        except OSError as error:
            text = f"{authority} cannot be reached: {error.strerror or error}"
            raise MisdirectedError(502, text) from None
        route.traffic.let_through(host)
        return host, other


def _first(connection: socket.socket) -> bytes:
    """The first byte of what a client sends, left where it is."""
    return connection.recv(1, socket.MSG_PEEK)


def _head(connection: socket.socket) -> bytes:
    """The head of a request and no byte more: what follows a `CONNECT` belongs to its tunnel."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n") and len(head) <= HEAD_LIMIT:
        byte = connection.recv(1)
        if not byte:
            break
        head += byte
    return bytes(head)
