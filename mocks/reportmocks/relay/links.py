"""One connection through the relay: a client's, and the one to the server that belongs to it."""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Final

from reportmocks.relay.answers import Answers, End, Event, Head
from reportmocks.relay.orders import Order

WAITING: Final = 256 * 1024
"""Bytes that wait to be sent to a client before no more are read from the server."""

HELD: Final = 16 * 1024 * 1024
"""The same for a client that has no more to ask: only who reads on sees that the server has given up."""

_NOTHING: Final = Order()
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)  # SO_LINGER, on and for no time


class Server(asyncio.Protocol):
    """The server's end of a link."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the client speak."""
        self._client.connected(transport)  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        """Pass an answer on, or do to it what is ordered."""
        self._client.answered(data)

    def pause_writing(self) -> None:
        """Read no more of the client's request than the server takes."""
        self._client.pause_reading(paused=True)

    def resume_writing(self) -> None:
        """Read on."""
        self._client.pause_reading(paused=False)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - whatever it was
        """The server has nothing more to say."""
        self._client.server_gone()


class Client(asyncio.Protocol):
    """The client's end of a link, which is where answers go to, and where orders are obeyed."""

    def __init__(
        self,
        connect: "Callable[[Client], None]",
        mark: str,
        gone: "Callable[[Client], object]",
    ) -> None:
        """`connect` makes the connection to the server; `gone` hears of the end."""
        self._connect = connect
        self._gone = gone
        self._answers = Answers(mark)
        self._pending: deque[Event] = deque()
        self._size = 0
        self._news = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._work: asyncio.Task[None] | None = None
        self._reading = True
        self._server: asyncio.Transport | None = None
        self._said_all = False
        self._ended = False

    # What the client does

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect to the server before anything is read."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream
        self._transport = transport
        transport.pause_reading()
        self._connect(self)

    def data_received(self, data: bytes) -> None:
        """Pass a request on."""
        if self._server:
            self._server.write(data)

    def eof_received(self) -> bool:
        """The client has no more to ask; whether it still waits for an answer is for the server to judge."""
        self._said_all = True
        if self._server and self._server.can_write_eof():
            self._server.write_eof()
        self._balance()
        return self._transport.get_extra_info("ssl_object") is None  # TLS is not half closed

    def pause_writing(self) -> None:
        """The client reads slowly: read no more from the server than it takes."""
        self._writable.clear()
        self._balance()

    def resume_writing(self) -> None:
        """Read on."""
        self._writable.set()
        self._balance()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - whatever it was
        """The client has gone: so may the server."""
        self._ended = True
        if self._work:
            self._work.cancel()
        if self._server:
            self._server.close()
        self._gone(self)

    # What the server does

    def connected(self, server: asyncio.Transport) -> None:
        """There is a server to speak to."""
        self._server = server
        if self._ended:
            server.close()
        else:
            self._transport.resume_reading()

    def answered(self, data: bytes) -> None:
        """Take what the server says: at once to the client, unless something is ordered."""
        for event in self._answers.feed(data):
            if self._work is None and not (isinstance(event, Head) and event.order):
                self._pass(event)
            else:
                self._queue(event)

    def pause_reading(self, *, paused: bool) -> None:
        """Read nothing from the client, or read on."""
        if not self._ended:
            self._transport.pause_reading() if paused else self._transport.resume_reading()

    def server_gone(self) -> None:
        """Close the connection when everything is sent, or at once if the client went first."""
        self._server = None
        self._news.set()
        if self._work is None:
            self._transport.close()
        elif self._said_all:
            self._transport.abort()

    def drop(self) -> None:
        """End at once, whatever is left."""
        self._transport.abort()

    def _pass(self, event: Event) -> None:
        if isinstance(event, Head):
            self._transport.write(event.data)
        elif not isinstance(event, End):
            self._transport.write(event)

    def _queue(self, event: Event) -> None:
        self._pending.append(event)
        self._size += len(event) if isinstance(event, bytes) else 0
        self._news.set()
        if self._work is None:
            self._work = asyncio.get_running_loop().create_task(self._obey())
        self._balance()

    def _balance(self) -> None:
        """Read from the server while there is room for what it says."""
        room = self._writable.is_set() and self._size < (HELD if self._said_all else WAITING)
        if self._server and room != self._reading:
            self._reading = room
            self._server.resume_reading() if room else self._server.pause_reading()

    # Orders

    async def _obey(self) -> None:
        """Send what waits, as it is ordered, until nothing waits and the last ordered answer is over."""
        order, sent = _NOTHING, 0
        while not self._ended:
            event = await self._next(order)
            if event is None:
                break
            if isinstance(event, Head):
                order, sent = event.order or _NOTHING, 0
                await self._begin(event, order)
            elif isinstance(event, End):
                order = await self._end(order)
            else:
                sent += await self._send(event, order, sent)
            if order.cut is not None and sent >= order.cut and not isinstance(event, End):
                self._transport.close()
                return
        self._work = None
        if self._server is None:
            self._transport.close()

    async def _next(self, order: Order) -> Event | None:
        """What is to be sent next; nothing where no order stands and nothing waits, or none will come."""
        while not self._pending:
            if order is _NOTHING or self._server is None:
                return None
            self._news.clear()
            await self._news.wait()
        event = self._pending.popleft()
        if isinstance(event, bytes):
            self._size -= len(event)
            self._balance()
        return event

    async def _begin(self, head: Head, order: Order) -> None:
        """The head of an answer, in its time, or a reset instead of it."""
        if order.wait:
            await asyncio.sleep(order.wait / 1000)
        if order.reset:
            self.reset()
        else:
            await self._write(head.data)

    async def _end(self, order: Order) -> Order:
        """The end of an answer: what should have been cut and was too short, is cut here."""
        if order.cut is not None:
            self._transport.close()
        return _NOTHING

    async def _send(self, data: bytes, order: Order, sent: int) -> int:
        """Some of a body, in pieces if that is ordered; return how many bytes were sent."""
        if order.cut is not None:
            data = data[: order.cut - sent]
        if not order.size:
            await self._write(data)
            return len(data)
        at = 0
        while at < len(data) and not self._ended:
            size = order.size - (sent + at) % order.size
            if sent + at and size == order.size:
                await asyncio.sleep(order.interval / 1000)
            await self._write(data[at : at + size])
            at += size
        return len(data)

    async def _write(self, data: bytes) -> None:
        if not self._ended:
            self._transport.write(data)
            await self._writable.wait()

    def reset(self) -> None:
        """End the connection with a reset, as a server that has died does."""
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()
