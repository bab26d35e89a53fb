"""A tunnel to a host that is let through: bytes to and fro, until both sides have ended."""

import selectors
import socket
from contextlib import suppress
from typing import Final

CHUNK: Final = 64 * 1024
IDLE: Final = 300.0
"""Seconds without a byte after which a tunnel is closed."""


def relay(one: socket.socket, other: socket.socket) -> None:
    """Pass on what each side sends, and each side's end, until both have ended; closes `other`."""
    with other, selectors.DefaultSelector() as selector:
        other.settimeout(IDLE)
        selector.register(one, selectors.EVENT_READ, (one, other))
        selector.register(other, selectors.EVENT_READ, (other, one))
        while selector.get_map():
            ready = selector.select(IDLE)
            if not ready:
                return
            for key, _ in ready:
                if not _pass_on(*key.data):
                    selector.unregister(key.fileobj)


def _pass_on(source: socket.socket, target: socket.socket) -> bool:
    """Pass on what there is; tell whether more may come."""
    data = source.recv(CHUNK)
    if data:
        target.sendall(data)
        return True
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
    return False
