"""One side of a proxied connection: HTTP/1.1 by h11 over a blocking socket."""

import socket
import struct
from contextlib import suppress
from typing import Any, Final

import h11

CHUNK: Final = 64 * 1024
HEAD_LIMIT: Final = 64 * 1024
"""Bytes of a request's or an answer's head; more than the mocks themselves take."""
PATIENCE: Final = 75.0
"""Seconds that a client's connection may be idle, and that a client may take to go on."""
SLOWEST: Final = 600.0
"""Seconds that a server may take to go on: a fault can make an answer late by minutes."""

Event = Any
"""An event of h11's; its types share no base class."""

_HOP_BY_HOP: Final = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"proxy-authorization", b"te", b"upgrade", b"expect")
)


class Wire:
    """A connection to a client (`h11.SERVER`, the part we play) or to a server (`h11.CLIENT`)."""

    def __init__(self, connection: socket.socket, role: type[h11.CLIENT] | type[h11.SERVER]) -> None:
        self.socket = connection
        self.http = h11.Connection(role, max_incomplete_event_size=HEAD_LIMIT)

    def next(self) -> Event:
        """The next event; h11's `RemoteProtocolError` for what is no HTTP, `OSError` for a loss."""
        if self.http.they_are_waiting_for_100_continue:
            self.send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
        while (event := self.http.next_event()) is h11.NEED_DATA:
            self.http.receive_data(self.socket.recv(CHUNK))
        return event

    def send(self, event: Event) -> None:
        """Send an event."""
        data = self.http.send(event)
        if data:
            self.socket.sendall(data)

    def refuse(self, status: int, text: str) -> None:
        """Tell a client in one line why there is no answer; the connection is good for nothing after it."""
        if self.http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        body = f"reportmocks: {text}\n".encode()
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        self.send(h11.Response(status_code=status, headers=[*headers, ("Connection", "close")]))
        self.send(h11.Data(data=body))
        self.send(h11.EndOfMessage())

    def next_cycle(self) -> bool:
        """Make ready for another exchange; tell whether there can be one."""
        if self.http.our_state is h11.DONE and self.http.their_state is h11.DONE:
            self.http.start_next_cycle()
            return True
        return False

    def has_something(self) -> bool:
        """Whether a server has said something by now: an answer that came early, or the end."""
        self.socket.settimeout(0)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            self.socket.settimeout(SLOWEST)
        return True

    def close(self) -> None:
        """Close the connection in the ordinary way."""
        with suppress(OSError):
            self.socket.close()

    def reset(self) -> None:
        """Close the connection so that the other side sees a reset."""
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()


def end_to_end(headers: "h11._headers.Headers", *dropped: bytes) -> list[tuple[bytes, bytes]]:
    """The headers that go on to the other side, as they were written; `dropped` names more that do not."""
    lost = {*_HOP_BY_HOP, *dropped}
    named = [
        item.strip().lower() for key, value in headers for item in value.split(b",") if key == b"connection"
    ]
    lost.update(named)
    return [(name, value) for name, value in headers.raw_items() if name.lower() not in lost]
