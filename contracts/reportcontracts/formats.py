"""The formats that a schema may ask of a string, each a check that raises `ValueError`."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[-+][0-9]{2}:[0-9]{2})"
)
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z?")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")


def _matches(pattern: re.Pattern[str], text: str) -> None:
    if not pattern.fullmatch(text):
        raise ValueError(f"{text!r} is not of the form")


def _date(text: str) -> None:
    _matches(_DATE, text)
    date.fromisoformat(text)


def _date_time(text: str) -> None:
    _matches(_DATE_TIME, text)
    datetime.fromisoformat(text.upper())


def _instant(text: str) -> None:
    _matches(_INSTANT, text)
    datetime.fromisoformat(text)


def _uuid(text: str) -> None:
    _matches(_UUID, text)
    UUID(text)


def _uri(text: str) -> None:
    _matches(_URI, text)
    parts = urlsplit(text)
    if parts.scheme in ("http", "https") and not parts.hostname:
        raise ValueError(f"{text!r} names no host")


FORMATS: Final[Mapping[str, Callable[[str], object]]] = MappingProxyType(
    {
        "date": _date,
        "date-time": _date_time,
        "instant": _instant,
        "json": json.loads,
        "uri": _uri,
        "uuid": _uuid,
    }
)
"""By name: `date` and `date-time` of RFC 3339, `instant` as rows have it, JSON text, absolute URI, UUID."""
