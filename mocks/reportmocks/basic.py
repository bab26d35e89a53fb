"""What HTTP Basic says: the one place where its user names and passwords are read."""

import base64
from collections.abc import Mapping
from typing import Any


def basic(environ: Mapping[str, Any]) -> tuple[str, str]:
    """User name and password of a request, each empty where it is not there or cannot be read.

    They are UTF-8, or else Latin-1, as Python's `requests` sends what it is given as text.
    """
    scheme, _, encoded = str(environ.get("HTTP_AUTHORIZATION", "")).strip().partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        sent = base64.b64decode(encoded.strip(), validate=True)
    except ValueError:
        return "", ""
    name, _, password = _text(sent).partition(":")
    return name, password


def _text(sent: bytes) -> str:
    try:
        return sent.decode()
    except UnicodeDecodeError:
        return sent.decode("latin-1")
