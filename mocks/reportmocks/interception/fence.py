"""A fence in the kernel round the command: no connection of its own to the ports of HTTP, in any language.

Landlock (Linux 6.7 and later) takes ports away from a thread and from all that it starts, for good and
without privileges. What still gets out goes through the proxy, which stands outside the fence.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

CLOSED: Final = (80, 443)
"""The ports at which the real vendors answer."""

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same number on every architecture
_ASK_VERSION: Final = 1
_KNOWS_PORTS: Final = 4  # the version of Landlock that does
_CONNECT_TCP: Final = 2
_RULE_NET_PORT: Final = 2
_NO_NEW_PRIVILEGES: Final = 38
_PORTS: Final = range(65536)


def can_fence() -> bool:
    """Whether this system can take ports away."""
    if not sys.platform.startswith("linux"):
        return False
    version: int = _call(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    return version >= _KNOWS_PORTS


def fence(closed: Iterable[int] = CLOSED) -> None:
    """Close ports to connections of this thread and of what it starts from now on.

    Raises:
        OSError: The system does not do it after all.
    """
    attributes = struct.pack("QQ", 0, _CONNECT_TCP)
    ruleset = _checked(_CREATE_RULESET, ctypes.c_char_p(attributes), ctypes.c_size_t(len(attributes)), 0)
    try:
        rule = ctypes.create_string_buffer(16)
        for port in sorted({*_PORTS} - {*closed}):
            struct.pack_into("QQ", rule, 0, _CONNECT_TCP, port)
            _checked(_ADD_RULE, ruleset, _RULE_NET_PORT, rule, 0)
        if _call(_RESTRICT_SELF, ruleset, 0) != 0:  # without privileges, only for those who can gain none
            _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
            _checked(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


@cache
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments: Any) -> int:
    result: int = _libc().syscall(number, *arguments)
    return result


def _checked(number: int, *arguments: Any) -> int:
    result = _call(number, *arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
