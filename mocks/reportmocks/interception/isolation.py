"""A network of its own for the command and the mocks, in which the vendors' names are this machine's.

Linux only, by user, network and mount namespaces, without privileges where the system allows it. There,
whatever a client does, there is nobody else to reach; and clients that know neither proxies nor bundles of
authorities find the mocks at the vendors' names and ports, and trust them.
"""

import ctypes
import os
import socket
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

HOSTS: Final = Path("/etc/hosts")
BUNDLES: Final = (Path("/etc/ssl/certs/ca-certificates.crt"), Path("/etc/pki/tls/certs/ca-bundle.crt"))

_NEW_USER, _NEW_NETWORK, _NEW_MOUNTS = 0x10000000, 0x40000000, 0x00020000
_BIND, _RECURSIVE, _PRIVATE = 0x1000, 0x4000, 0x40000
_SET_FLAGS, _UP = 0x8914, 0x1


class IsolationError(Exception):
    """The system gives no network of one's own; the text says why."""


def isolate() -> None:
    """Move this process, which must have no other threads yet, into namespaces of its own.

    Raises:
        IsolationError: The system does not allow it.
    """
    if not sys.platform.startswith("linux"):
        raise IsolationError("there are network namespaces on Linux only")
    user, group = os.getuid(), os.getgid()
    try:
        _checked(_libc().unshare(_NEW_USER | _NEW_NETWORK | _NEW_MOUNTS))
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
        _checked(_libc().mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None))
        _raise_loopback()
    except OSError as error:
        reason = error.strerror or str(error)
        raise IsolationError(f"this system gives no namespaces to its users ({reason})") from None


def name_hosts(hosts: Iterable[str], folder: Path) -> None:
    """Have the host names resolve to this machine, for every process in the namespaces."""
    before = HOSTS.read_text(encoding="utf-8") if HOSTS.is_file() else ""
    named = folder / "hosts"
    named.write_text(f"{before.rstrip()}\n127.0.0.1 {' '.join(hosts)}\n", encoding="utf-8")
    _put_over(named, HOSTS)


def trust(bundle: Path) -> None:
    """Have the system trust the authorities in the bundle, for every process in the namespaces."""
    for path in BUNDLES:
        if path.is_file():
            _put_over(bundle, path)


def _put_over(ours: Path, theirs: Path) -> None:
    _checked(_libc().mount(os.fsencode(ours), os.fsencode(theirs), None, _BIND, None))


def _raise_loopback() -> None:
    import fcntl  # noqa: PLC0415 - not there on Windows

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anything:
        fcntl.ioctl(anything, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
