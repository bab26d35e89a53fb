"""Secrets never reach a log or the journal: what is hidden, and how it looks instead."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

HIDDEN: Final = "***"

_NAMES: Final = (
    "access_token|refresh_token|client_secret|password|secret|api_?key|key|token|signature|"
    "analyticsaccesstoken|x-amz-signature|x-amz-security-token"
)
_QUERY: Final = re.compile(rf"(?i)((?:^|[?&;])(?:{_NAMES})=)[^&;\s]+")
_JSON: Final = re.compile(rf'(?i)("(?:{_NAMES})"\s*:\s*")(?:[^"\\]|\\.)*')
_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-hapyak-api-key", "x-api-key"}
)


@lru_cache(maxsize=1024)
def query(text: str) -> str:
    """A query string or form body with its secrets hidden."""
    return _QUERY.sub(rf"\1{HIDDEN}", text) if "=" in text else text


def body(text: str) -> str:
    """A JSON, form or other text body with its secrets hidden."""
    return query(_JSON.sub(rf"\1{HIDDEN}", text))


def headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers with their secrets hidden; the scheme of an `Authorization` stays."""
    return {name: _header(name, value) for name, value in pairs}


def name(text: str) -> str:
    """A credential that is also a name: its first four characters, and no more than half of it."""
    return f"{text[: min(4, len(text) // 2)]}…"


def _header(name: str, value: str) -> str:
    if name.lower() not in _HEADERS:
        return _QUERY.sub(rf"\1{HIDDEN}", value) if "://" in value else value
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {HIDDEN}" if space and scheme.isalpha() else HIDDEN
