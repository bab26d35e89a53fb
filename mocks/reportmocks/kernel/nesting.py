"""How deep a JSON body may be nested, so that what becomes of it does not hang on the interpreter's stack."""

from typing import Any, Final

DEPTH: Final = 100
"""Levels of nesting that a body may have."""
TOO_DEEP: Final = f"it is nested more than {DEPTH} levels deep"


def is_deep(value: Any) -> bool:
    """Whether a value is nested more than `DEPTH` levels deep, so that to write or print it might fail."""
    level = [value]
    for _ in range(DEPTH):
        level = [
            part
            for whole in level
            if isinstance(whole, dict | list)
            for part in (whole.values() if isinstance(whole, dict) else whole)
        ]
        if not level:
            return False
    return any(isinstance(value, dict | list) for value in level)
