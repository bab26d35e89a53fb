"""The port: taken before anything else, and by nobody else."""

import errno
import os
import socket
import sys
from contextlib import suppress
from typing import Final

from reportmocks.worker import BACKLOG

_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not bound


class CannotListenError(OSError):
    """An address cannot be listened on; the text says which and why."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        self.host = host
        self.port = port
        super().__init__(error.errno, f"cannot listen on {authority(host, port)}: {_why(error, port)}")

    def __str__(self) -> str:
        return str(self.strerror)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on the address, alone; port 0 takes a free one.

    A port that another server shares (`SO_REUSEPORT`) counts as taken: requests would go to either.

    Raises:
        CannotListenError: The port is taken, or the host is no address of this machine.
    """
    try:
        family, address = _resolve(host, port)
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            _prepare(listener, family, host)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise CannotListenError(host, port, error) from None
    return listener


def authority(host: str, port: int) -> str:
    """`HOST:PORT` as it stands in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reachable(host: str) -> str:
    """An address of this machine at which a server listening on `host` is reached."""
    return _EVERYWHERE.get(host, host)


def raise_open_files_limit(wanted: int) -> None:
    """Let this process have `wanted` files and connections open, or as many as the system lets it."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not there on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # some systems have a lower limit that they do not tell
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _resolve(host: str, port: int) -> tuple[int, tuple[object, ...]]:
    """Family and address of a host; of a name with both kinds, the IPv4 address."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return family, address


def _prepare(listener: socket.socket, family: int, host: str) -> None:
    if os.name == "posix":  # elsewhere it would let others take the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))


def _why(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken; choose another with --port, or 0 for any free one"
    if error.errno == errno.EACCES:
        return f"port {port} needs privileges; choose one above 1023"
    return error.strerror or str(error)
