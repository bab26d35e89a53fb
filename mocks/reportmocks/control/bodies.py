"""The JSON object that a control call carries."""

import json
import math
from typing import Any

from reportcontracts.errors import shorten
from reportmocks.answers import current_call
from reportmocks.control.errors import ControlError


def read_body() -> dict[str, Any]:
    """The JSON object that the call carries."""
    try:
        body = json.loads(
            current_call().body or b"{}",
            object_pairs_hook=_members,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as error:
        raise ControlError(status=400, kind="bad-json", detail=f"the body is no JSON: {error}") from error
    if current_call().body_limit or not isinstance(body, dict):
        raise ControlError(status=400, kind="bad-json", detail="the body is a JSON object of at most 1 MiB")
    return body


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member is given twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{shorten(text)} is too large")
    return number
