"""What answers on the port: the HTTP worker, or with `--faults on` a relay with the worker behind it."""

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from reportmocks.kernel.clock import stopwatch
from reportmocks.listener import listen, reachable
from reportmocks.relay import Relay
from reportmocks.settings import Certificate, Settings
from reportmocks.worker import Front, Worker

if TYPE_CHECKING:
    import ssl

    from _typeshed.wsgi import WSGIApplication

_BEHIND: Final = "127.0.0.1"


class Engine:
    """Answers HTTP on a listening socket with an application."""

    def __init__(
        self,
        settings: Settings,
        listener: socket.socket,
        app: "WSGIApplication",
        ended: Callable[[], None],
    ) -> None:
        """Take over `listener`; `ended` is called, in some thread, when the worker has ended.

        Raises:
            CannotListenError: There is no port left for the worker behind the relay.
        """
        self._relay: Relay | None = None
        if not settings.faults:
            self._worker = Worker(listener, app, ended, settings.certificate)
            return
        behind = listen(_BEHIND, 0)
        tls = _context(settings.certificate) if settings.certificate else None
        self._relay = Relay(listener, behind.getsockname(), tls)
        front = Front(reachable(settings.host), settings.port, settings.scheme, self._relay.mark)
        self._worker = Worker(behind, app, ended, front=front)

    def start(self) -> None:
        """Begin to accept connections, and return."""
        self._worker.start()
        if self._relay:
            self._relay.start()

    def stop(self, grace: float) -> bool:
        """Accept no more and close idle connections; tell whether the others ended within `grace` seconds."""
        until = stopwatch() + grace
        if self._relay:
            self._relay.close()
        ended = self._worker.stop(grace)
        if self._relay:
            self._relay.stop(max(until - stopwatch(), 0))
        return ended


def _context(certificate: Certificate) -> "ssl.SSLContext":
    """What ends TLS 1.2 and later."""
    import ssl  # noqa: PLC0415 - only TLS needs it

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate.chain, certificate.key)
    return context
