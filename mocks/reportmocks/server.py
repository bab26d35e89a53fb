"""`reportmocks serve`: one process from the first line of its banner to its clean end."""

import gc
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Final

from reportmocks.announcement import announced, banner, ready_line, remove_ready_file, write_ready_file
from reportmocks.app import create_app
from reportmocks.config import Launch
from reportmocks.engine import Engine
from reportmocks.gateway import Gateway
from reportmocks.kernel.clock import pause
from reportmocks.kernel.database import StoreError
from reportmocks.listener import CannotListenError, authority, listen, raise_open_files_limit, reachable
from reportmocks.settings import Settings
from reportmocks.signals import Ending, end_at_once, held
from reportmocks.streams import drop_output
from reportmocks.worker import CONNECTIONS

GRACE: Final = 1.5
"""Seconds that requests in progress get when the server is told to end."""

SWITCH: Final = 0.001
"""Seconds that a thread which renders rows may keep the interpreter from one that answers a poll."""

SEARCH: Final = (10_000, 20, 50)
"""How seldom garbage in cycles is searched for: a request leaves hardly any, and the journal is large."""

_PATIENCE: Final = 10.0  # seconds for the server's answer to itself
_PROBE: Final = (
    "GET /_mock/ready HTTP/1.1\r\nHost: {host}\r\nUser-Agent: reportmocks\r\nConnection: close\r\n\r\n"
)
_SPARE_FILES: Final = 256


class ServerError(Exception):
    """The server cannot start, or did not live; `code` is the exit code for it."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


def serve(launch: Launch) -> int:
    """Serve until a signal ends it, and return the exit code.

    Raises:
        ServerError: The port or the state cannot be had (2), or the HTTP worker does not live (1).
    """
    with ExitStack() as stack:
        with held():
            settings = stack.enter_context(certified(launch))
            end_at_once(partial(withdraw, replace(launch, settings=settings)))
        app, listener = prepare(settings)
        return _run(replace(launch, settings=app.kernel.settings), app, listener)


@contextmanager
def certified(launch: Launch) -> Iterator[Settings]:
    """The settings, with a certificate if the server is to speak TLS; one made for it ends with the block.

    Raises:
        ServerError: A certificate cannot be used, or cannot be made.
    """
    if not launch.tls:
        yield launch.settings
        return
    from reportmocks import certificates  # noqa: PLC0415 - imports what only TLS needs

    try:
        with certificates.certificate_for(launch.settings) as certificate:
            yield replace(launch.settings, certificate=certificate)
    except certificates.CertificateError as error:
        raise ServerError(str(error), 2) from None


def prepare(settings: Settings) -> tuple[Gateway, socket.socket]:
    """The mocks, and the socket that they are to answer on, with the port that it has.

    Raises:
        ServerError: The port or the state cannot be had.
    """
    raise_open_files_limit(CONNECTIONS * (3 if settings.faults else 1) + _SPARE_FILES)
    sys.setswitchinterval(SWITCH)
    gc.set_threshold(*SEARCH)
    try:
        listener = listen(settings.host, settings.port)
        return create_app(replace(settings, port=listener.getsockname()[1])), listener
    except CannotListenError as error:
        raise ServerError(str(error), 2) from None
    except StoreError as error:
        raise ServerError(f"--state: {error}", 2) from None


def _run(launch: Launch, app: Gateway, listener: socket.socket) -> int:
    """Serve `app` on `listener` from its first answer to its last."""
    ending = Ending()
    engine = Engine(app.kernel.settings, listener, app, ended=ending.worker_ended)
    ending.arm()
    engine.start()
    if launch.until_eof:
        threading.Thread(target=_await_eof, args=(ending,), daemon=True).start()
    try:
        check_answers(launch.settings)
        gc.freeze()  # what is loaded by now stays
        announce(launch)
        told = ending.wait()
    finally:
        end_at_once(partial(withdraw, launch))  # a second signal does not wait for anybody
        withdraw(launch)
        clean = engine.stop(GRACE)
    if not told:
        raise ServerError("the HTTP worker ended by itself", 1)
    app.kernel.log.close()
    if clean:  # else somebody still reads a download, and a reader that does not read would never end
        app.kernel.store.close()
    return 0


def _await_eof(ending: Ending) -> None:
    """Read standard input to its end, which comes at the latest when whoever started us is no more."""
    with suppress(OSError, ValueError):
        while sys.stdin.buffer.read(4096):
            pass
    ending.input_ended()


def announce(launch: Launch) -> None:
    """Tell people and programs, now that the server answers, where it is.

    Raises:
        ServerError: The ready file cannot be written.
    """
    settings = launch.settings
    if launch.ready_file:
        try:
            write_ready_file(launch.ready_file, announced(settings))
        except OSError as error:
            raise ServerError(f"--ready-file: {launch.ready_file}: {error.strerror}", 2) from None
    say(f"{banner(settings)}\n{ready_line(settings)}" if launch.banner else ready_line(settings))


def withdraw(launch: Launch) -> None:
    """Take back what tells programs that the server answers, and the certificate that was made for it."""
    if launch.ready_file:
        remove_ready_file(launch.ready_file)
    made = launch.settings.certificate
    if made and made.authority:
        shutil.rmtree(made.authority.parent, ignore_errors=True)


def say(text: str) -> None:
    """Print on standard output at once; that nobody reads it any more is no reason to end.

    Raises:
        ServerError: It cannot be written to, as on a full disk: who waits for it would wait for ever.
    """
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()
    except OSError as error:
        drop_output()
        raise ServerError(f"standard output: {error.strerror}", 2) from None


def check_answers(settings: Settings) -> None:
    """See that the server answers `GET /_mock/ready`, by asking it; `ServerError` where it does not."""
    answer = b""
    tries = 3
    for _ in range(tries):
        answer = _ask_ready(settings)
        if answer.startswith(b"HTTP/1.1 200 "):
            return
        pause(0.05)
    line = answer.partition(b"\r\n")[0].decode("latin-1") or "nothing"
    raise ServerError(f"the server does not answer itself: it said {line}", 1)


def _connection(host: str, settings: Settings) -> socket.socket:
    """A connection to the server itself, which needs not be shown who it is."""
    connection = socket.create_connection((host, settings.port), timeout=_PATIENCE)
    if settings.certificate is None:
        return connection
    import ssl  # noqa: PLC0415 - only TLS needs it

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(connection)


def _ask_ready(settings: Settings) -> bytes:
    host = reachable(settings.host)
    request = _PROBE.format(host=authority(host, settings.port)).encode("ascii")
    answer = b""
    try:
        with _connection(host, settings) as connection:
            connection.sendall(request)
            while chunk := connection.recv(65536):
                answer += chunk
    except OSError:
        return answer
    return answer
