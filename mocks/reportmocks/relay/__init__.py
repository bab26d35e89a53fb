"""A relay in front of the HTTP server, which does to connections what no HTTP server does.

It knows nothing of vendors. Requests and answers pass through as bytes, but for the answers that carry
an order from the application: those are held back, cut, sent in pieces, or not sent at all.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

from reportmocks.kernel.chance import token_hex
from reportmocks.relay.links import Client, Server
from reportmocks.relay.orders import ORDER, Order

if TYPE_CHECKING:
    import ssl

__all__ = ["ORDER", "Order", "Relay"]

BACKLOG: Final = 1024


class Relay:
    """Stands on a public port, on a thread of its own, and passes connections on to a server."""

    def __init__(
        self, listener: socket.socket, server: tuple[str, int], tls: "ssl.SSLContext | None" = None
    ) -> None:
        """Take over `listener`; `server` is the address to pass connections on to.

        With `tls` clients speak TLS, which ends here: the server is spoken to without.
        """
        self._tls = tls
        self.mark = f"x-{token_hex(16)}"
        """The header that carries an order: nobody outside this process knows its name."""
        self._listener = listener
        self._address = server
        self._links: set[Client] = set()
        self._connecting: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)
        self._server: asyncio.Server | None = None
        self._empty = asyncio.Event()

    def start(self) -> None:
        """Begin to accept connections."""
        self._thread.start()
        self._listener.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self._server = self._run(self._listen())

    def close(self) -> None:
        """Accept no more connections; those that there are go on."""
        self._loop.call_soon_threadsafe(self._close)

    def stop(self, grace: float) -> None:
        """Wait up to `grace` seconds for the connections to end, then end them, and the thread."""
        self._run(self._end(grace))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(
            self._accept, sock=self._listener, backlog=BACKLOG, ssl=self._tls
        )

    def _accept(self) -> Client:
        return Client(self._connect, self.mark, self._forget)

    def _forget(self, client: Client) -> None:
        self._links.discard(client)
        if not self._links:
            self._empty.set()

    def _connect(self, client: Client) -> None:
        self._links.add(client)  # not before: who fails at TLS was never connected, and is never forgotten
        task = self._loop.create_task(self._link(client))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _link(self, client: Client) -> None:
        try:
            await self._loop.create_connection(lambda: Server(client), *self._address)
        except OSError:  # the server takes no more
            client.reset()

    def _close(self) -> None:
        if self._server:
            self._server.close()

    async def _end(self, grace: float) -> None:
        self._close()
        if self._links:
            self._empty.clear()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._empty.wait(), grace)
        for client in list(self._links):
            client.drop()
        for task in list(self._connecting):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0)

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
