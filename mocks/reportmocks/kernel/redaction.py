"""Secrets never reach a log or the journal: what is hidden, and how it looks instead."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

HIDDEN: Final = "***"

_SECRETS: Final = frozenset(
    {
        *("accesstoken", "refreshtoken", "idtoken", "token", "analyticsaccesstoken", "authorization"),
        *("clientsecret", "secret", "password", "key"),
        *("signature", "sig", "xamzsignature", "xamzsecuritytoken"),
    }
)
"""Names of members and parameters that hold secrets, without case, hyphens and underscores."""

_HEADER: Final = re.compile("authorization|token|secret|password|cookie|credential|signature|key$")
_SCHEME: Final = re.compile(r"(?i)(?:basic|bearer|digest|token) (?:token=)?")

_PAIR: Final = re.compile(r"(^|[;\s?])([^;\s?=]+)=")
_IN_URL: Final = re.compile(r"""([?&;]|\\u0026)([\w%-]+)=[^&\s"'<>\\]*""")
_MEMBER: Final = re.compile(
    r"""
    (?P<name> "(?:[^"\\]|\\.){0,80}" | '(?:[^'\\]|\\.){0,80}' ) (?P<colon> \s*:\s* )
    (?P<value> "(?:[^"\\]|\\.)*["\\]? | '(?:[^'\\]|\\.)*['\\]? | [^\s"',\[\]{}]+ | (?P<nested>[\[{]) )?
    """,
    re.VERBOSE | re.DOTALL,
)
_PART: Final = re.compile(
    r"""(?is)(content-disposition:[^\r\n]*[;\s]name="?([^"\r\n;]*)"?[^\r\n]*\r?\n
    (?:[^\r\n]+\r?\n){0,8}\r?\n)(.*?)(?=\r?\n--|\Z)""",
    re.VERBOSE,
)
_REMEMBERED: Final = 1024


def query(text: str) -> str:
    """A query string or form body with its secrets hidden."""
    if "=" not in text:
        return text
    return _known_query(text) if len(text) <= _REMEMBERED else _query(text)


def body(text: str) -> str:
    """A body in JSON, as a form of either kind, or in any other text, with its secrets hidden."""
    start = text.lstrip()[:2]
    if start == "--":
        return _PART.sub(_part, text)
    if start[:1] in ("{", "[", '"', "<"):
        return _IN_URL.sub(_in_url, _members(text))
    return query(_members(text))


def headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers with their secrets hidden; the form of an `Authorization` stays: `Bearer`, `Token token=`."""
    shown: dict[str, str] = {}
    for name, value in pairs:
        known = f"{shown[name]}, " if name in shown else ""
        shown[name] = known + _header(name.lower(), value)
    return shown


def name(text: str) -> str:
    """A credential that is also a name: its first four characters, and no more than half of it."""
    return f"{text[: min(4, len(text) // 2)]}…"


def named(text: str, parameter: str) -> str:
    """A query string in which a parameter's value is a credential that is also a name."""
    pairs = [pair.partition("=") for pair in text.split("&")]
    return "&".join(
        f"{key}={name(value)}" if unquote_plus(key) == parameter else f"{key}{equals}{value}"
        for key, equals, value in pairs
    )


def _secret(name: str) -> bool:
    plain = name.lower().replace("_", "").replace("-", "")
    return plain in _SECRETS or plain.endswith("apikey")


def _query(text: str) -> str:
    return "&".join(_pair(pair) for pair in text.split("&"))


_known_query = lru_cache(maxsize=1024)(_query)


def _pair(text: str) -> str:
    """A name and its value; what stands behind a secret's name is hidden to the end."""
    for found in _PAIR.finditer(text):
        if _secret(unquote_plus(found[2])):
            return f"{text[: found.end()]}{HIDDEN}"
    return text


def _in_url(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}={HIDDEN}" if _secret(unquote_plus(found[2])) else found[0]


def _members(text: str) -> str:
    """Text with the values of JSON members that are secret hidden; behind a nested one, everything."""
    shown, at = [], 0
    for found in _MEMBER.finditer(text):
        if _secret(_unescaped(found["name"][1:-1])):
            shown += [text[at : found.start("colon")], found["colon"], f'"{HIDDEN}"']
            at = len(text) if found["nested"] else found.end()
        if at == len(text):
            break
    return "".join([*shown, text[at:]])


def _unescaped(name: str) -> str:
    """A member's name with what is escaped in it by number resolved."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), name)


def _part(found: re.Match[str]) -> str:
    return f"{found[1]}{HIDDEN}" if _secret(found[2]) else found[0]


def _header(name: str, value: str) -> str:
    if not _HEADER.search(name):
        return _IN_URL.sub(_in_url, value)
    scheme = _SCHEME.match(value) if name.endswith("authorization") else None
    return f"{scheme[0] if scheme else ''}{HIDDEN}"
