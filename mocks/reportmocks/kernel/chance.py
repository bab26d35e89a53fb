"""Chance: the one module that draws what must not be foreseen, and what must be the same every time.

Rows of reports never come from here.
"""

import hashlib
import json
import secrets


def token_hex(size: int) -> str:
    """`size` random bytes as hexadecimal digits."""
    return secrets.token_hex(size)


def new_uuid() -> str:
    """A random UUID (version 4)."""
    return as_uuid(secrets.token_bytes(16), version=4)


def as_uuid(data: bytes, version: int) -> str:
    """The first 16 bytes of `data` as a UUID of the given version."""
    octets = bytearray(data[:16])
    octets[6] = octets[6] & 0x0F | version << 4
    octets[8] = octets[8] & 0x3F | 0x80
    text = octets.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def foreseen(*key: object) -> float:
    """A number in [0, 1) that is as good as drawn, and the same for the same key."""
    digest = hashlib.blake2b(json.dumps(key).encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / 2**53
