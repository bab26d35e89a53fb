"""granian's HTTP worker inside this process, and the WSGI side of it.

granian's own way is a supervising process with a worker process below it, a socket that it shares
with whoever asks for the same port, and the process's environment copied into every request. One
process with a socket of ours needs half the memory, starts sooner, leaves no orphan when it is
killed, and takes nothing from the environment. The price is that the worker's constructor is no
public interface of granian's: `pyproject.toml` holds the versions for which it is known.
"""

import asyncio
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from granian import _futures, _granian
from granian.http import HTTP1Settings

from reportmocks.relay.orders import ORDER, Order
from reportmocks.settings import Certificate

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS: Final = 64
"""Requests answered at one time; one that streams to a slow reader keeps its thread."""
CONNECTIONS: Final = 8192
"""Connections open at one time, idle ones included; more wait to be accepted."""
BACKLOG: Final = 1024
"""Connections that wait to be accepted."""

LARGEST_HEAD: Final = 64 * 1024
"""Bytes of a request's line and headers, twice what common proxies take; much more is answered with 431.

The journal keeps thousands of heads, and a credential is the name of a sandbox: both have a bound by this.
"""

_IDLE_MS: Final = 75_000  # a kept connection, or a half-sent head; above the 60 s of common proxies

# the package's own description of these two modules lags behind them
_native: Final[Any] = _granian
_scheduling: Final[Any] = _futures

Headers = list[tuple[str, str]]


class Exchange(Protocol):
    """One request's way back, as granian gives it."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer with a body that is there."""

    def response_iter(self, status: int, headers: Headers, body: Iterator[bytes]) -> None:
        """Answer with a body in chunks, and return when it has been sent or its reader has gone."""


class Worker:
    """Answers HTTP/1 on a listening socket with a WSGI application, on threads of its own."""

    def __init__(
        self,
        listener: socket.socket,
        app: "WSGIApplication",
        ended: Callable[[], None],
        certificate: Certificate | None = None,
        front: "Front | None" = None,
    ) -> None:
        """Take over `listener`; `ended` is called, in some thread, when the last connection is gone.

        With a certificate it answers over TLS 1.2 and later. `front` is the relay through which all
        connections come, if they do.
        """
        self._ended = ended
        self._done = threading.Event()
        self._signal = _native.WorkerSignal()
        self._loop = asyncio.new_event_loop()  # never run, but the worker wants one
        self._scheduler = _scheduling._new_cbscheduler(  # noqa: SLF001 - there is no public way to make one
            self._loop, answerer(app, front), impl_asyncio=True
        )
        self._worker = _native.WSGIWorker(
            worker_id=1,
            sock=(None, _holder(listener)),
            ipc=None,
            py_threads=THREADS,
            backpressure=CONNECTIONS,
            http_mode="1",
            http1_opts=HTTP1Settings(header_read_timeout=_IDLE_MS, max_buffer_size=LARGEST_HEAD),
            ssl_enabled=certificate is not None,
            ssl_cert=str(certificate.chain) if certificate else None,
            ssl_key=str(certificate.key) if certificate else None,
            ssl_protocol_min="tls1.2",
        )

    def start(self) -> None:
        """Begin to accept connections, and return."""
        self._signal.add_cb(self._finish)
        self._worker.serve_mtr(self._scheduler, self._loop, self._signal)

    def stop(self, grace: float) -> bool:
        """Accept no more and close idle connections; tell whether the others ended within `grace` seconds."""
        self._signal.set()
        ended = self._done.wait(grace)
        if ended:
            self._loop.close()
        return ended

    def _finish(self) -> None:
        self._done.set()
        self._ended()


class Answer:
    """What an application says of its answer before it returns its body: `start_response` of WSGI."""

    __slots__ = ("headers", "status")

    def __init__(self) -> None:
        self.status = 500
        self.headers: Headers = []

    def __call__(
        self,
        status: str,
        headers: Headers,
        exc_info: Any = None,  # noqa: ARG002 - an answer that has begun was never sent
    ) -> Callable[[bytes], object]:
        """Note status and headers; the old `write` way of sending a body is not there."""
        self.status = int(status[:3])
        self.headers = headers
        return _no_write


class Chunks:
    """A body in chunks, with the `close` that WSGI asks for, also when the reader has gone."""

    __slots__ = ("__next__", "_body")

    def __init__(self, body: Iterable[bytes]) -> None:
        self._body = body
        self.__next__ = iter(body).__next__

    def close(self) -> None:
        """Let the application know that no more will be read."""
        close = getattr(self._body, "close", None)
        if close is not None:
            close()


@dataclass(frozen=True, slots=True)
class Front:
    """The relay in front of the worker, as the worker needs to know it."""

    host: str
    port: int
    """Where clients find it."""
    scheme: str
    """What they speak with it."""
    mark: str
    """The header by which answers carry orders to it."""

    @property
    def environ(self) -> dict[str, str]:
        """What requests are told of the address that they came to."""
        return {
            "SERVER_NAME": self.host,
            "SERVER_PORT": str(self.port),
            "wsgi.url_scheme": self.scheme,
        }

    def marked(self, headers: Headers, environ: dict[str, Any]) -> Headers:
        """The headers of an answer with what the relay has to know of it."""
        order: Order | None = environ.get(ORDER)
        if environ["REQUEST_METHOD"] == "HEAD":
            order = replace(order or Order(), bare=True)
        return headers if order is None or order == Order() else [*headers, (self.mark, order.dumps())]


def answerer(
    app: "WSGIApplication", front: Front | None = None
) -> Callable[[Exchange, dict[str, Any]], None]:
    """What granian calls with each request. Nothing of the process's environment gets into the request's."""
    constant: Final[dict[str, Any]] = {
        "SCRIPT_NAME": "",
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multiprocess": False,
        "wsgi.multithread": True,
        "wsgi.run_once": False,
        "wsgi.version": (1, 0),
    }
    fixed = front.environ if front else {}

    def answer(exchange: Exchange, request: dict[str, Any]) -> None:
        said = Answer()
        environ = constant | request | fixed
        body = app(environ, said)
        headers = front.marked(said.headers, environ) if front else said.headers
        if isinstance(body, list):
            exchange.response_bytes(said.status, headers, b"".join(body))
        else:
            exchange.response_iter(said.status, headers, Chunks(body))  # type: ignore[arg-type]

    return answer


def _no_write(data: bytes) -> object:
    raise NotImplementedError(f"write() of WSGI is not there ({len(data)} bytes)")


def _holder(listener: socket.socket) -> Any:
    """The socket in granian's form; granian closes it."""
    number, is_unix_socket = listener.detach(), False
    if sys.platform == "win32":
        return _native.SocketHolder(number)
    if sys.platform.startswith(("linux", "freebsd")):
        return _native.SocketHolder(number, is_unix_socket, BACKLOG)
    return _native.SocketHolder(number, is_unix_socket)
