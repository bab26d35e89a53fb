"""Leads a Python client to the mocks when it does not ask for a proxy.

Connections to the vendors' names go to the proxy; all others, but this machine's and those that are let
through, are refused; and whatever authorities a client trusts, it trusts the mocks' as well. It runs in the
client's interpreter, whichever that is: it imports nothing of ours, and nothing newer than Python 3.8.
"""

from __future__ import annotations

import errno
import socket
import ssl
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import wraps
from ipaddress import ip_address
from typing import Any

_STAND_IN = "192.0.2.1"
"""What the vendors' names resolve to: an address that no network has (RFC 5737) and that leads nowhere."""
_INTERNET = (socket.AF_INET, socket.AF_INET6)
_REFUSAL = "{0} is not a host of the mocked vendors; --allow-hosts {0} would let it through"


def lead(told: dict[str, Any]) -> None:
    """Change `socket` and `ssl` so that connections go where `reportmocks run` wants them."""
    guide = _Guide(told)
    module: Any = socket
    kind: Any = socket.socket
    module.getaddrinfo = guide.resolving(socket.getaddrinfo)
    module.gethostbyname = guide.gethostbyname
    module.gethostbyname_ex = guide.gethostbyname_ex
    kind.connect = guide.connecting(kind.connect)
    kind.connect_ex = guide.trying(kind.connect_ex)
    context: Any = ssl.SSLContext
    context.load_verify_locations = _trusting(context.load_verify_locations, told["ca"])


class _Guide:
    """Where a connection goes, by the name or address that it is meant for."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.port: int = told["port"]
        self.ours = frozenset(told["hosts"])
        self.allowed = tuple(told["allowed"])
        self.absent: dict[str, str] = told["absent"]
        """Hosts of vendors that are not mocked, with what is said of them."""
        self.refusals: str = told["refusals"]
        self.resolved: set[str] = set()
        """Addresses of hosts that are let through."""

    def is_let_through(self, name: str) -> bool:
        if name in self.absent:
            return False
        return name in self.resolved or any(fnmatchcase(name, pattern) for pattern in self.allowed)

    def refusal(self, name: str) -> str:
        with suppress(OSError), open(self.refusals, "a") as file:  # noqa: PTH123 - pathlib is slow to import
            file.write(name + "\n")
        return "reportmocks: " + (self.absent.get(name) or _REFUSAL.format(name))

    def resolving(self, getaddrinfo: Any) -> Any:
        """`getaddrinfo`, to which the vendors' names are the stand-in for the proxy's address."""

        @wraps(getaddrinfo)
        def resolve(host: Any, port: Any, *args: Any, **more: Any) -> Any:
            name = _plain(host)
            if name in self.ours:
                return getaddrinfo(_STAND_IN, port, *args, **more)
            if _is_here(name) or _is_address(name):
                return getaddrinfo(host, port, *args, **more)
            if not self.is_let_through(name):
                raise socket.gaierror(socket.EAI_NONAME, self.refusal(name))
            found = getaddrinfo(host, port, *args, **more)
            self.resolved.update(_plain(entry[4][0]) for entry in found)
            return found

        return resolve

    def gethostbyname(self, hostname: str) -> str:
        """The first IPv4 address of a name."""
        return str(socket.getaddrinfo(hostname, None, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])

    def gethostbyname_ex(self, hostname: str) -> tuple[str, list[str], list[str]]:
        """The IPv4 addresses of a name."""
        found = socket.getaddrinfo(hostname, None, socket.AF_INET, socket.SOCK_STREAM)
        return hostname, [], [str(entry[4][0]) for entry in found]

    def connecting(self, connect: Any) -> Any:
        """`connect`, which goes to the proxy where a vendor is meant."""

        @wraps(connect)
        def led_connect(sock: socket.socket, address: Any) -> Any:
            return connect(sock, self.destination(sock, address))

        return led_connect

    def trying(self, connect_ex: Any) -> Any:
        """`connect_ex`, as `connecting`."""

        @wraps(connect_ex)
        def led_connect_ex(sock: socket.socket, address: Any) -> Any:
            try:
                to = self.destination(sock, address)
            except ConnectionRefusedError as error:
                return error.errno
            return connect_ex(sock, to)

        return led_connect_ex

    def destination(self, sock: socket.socket, address: Any) -> Any:
        """Where a connection goes that is meant for `address`; `ConnectionRefusedError` for nowhere."""
        if sock.family not in _INTERNET or not isinstance(address, tuple) or sock.type != socket.SOCK_STREAM:
            return address
        name = _plain(address[0])
        if name == _STAND_IN or name in self.ours:
            return ("127.0.0.1" if sock.family == socket.AF_INET else "::ffff:127.0.0.1", self.port)
        if _is_here(name) or self.is_let_through(name):
            return address
        raise ConnectionRefusedError(errno.ECONNREFUSED, self.refusal(name))


def _trusting(load: Any, ca: str) -> Any:
    """`load_verify_locations`, which loads the mocks' authority besides."""

    @wraps(load)
    def load_verify_locations(context: ssl.SSLContext, *args: Any, **more: Any) -> None:
        load(context, *args, **more)
        with suppress(OSError):  # the run is over, and the file gone
            load(context, ca)

    return load_verify_locations


def _plain(host: Any) -> str:
    text = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else str(host or "")
    return text.partition("%")[0].rstrip(".").lower()


def _is_address(name: str) -> bool:
    with suppress(ValueError):
        return bool(ip_address(name))
    return False


def _is_here(name: str) -> bool:
    if name in ("", "localhost") or name.endswith(".localhost"):
        return True
    with suppress(ValueError):
        address = ip_address(name)
        return address.is_loopback or address.is_unspecified or str(address).startswith("::ffff:7f")
    return False
