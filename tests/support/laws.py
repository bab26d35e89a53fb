"""How far hypothesis looks: a little in every run, and much further with TESTS=thorough."""

import os
from typing import Any, Final

from hypothesis import settings

THOROUGH: Final = os.environ.get("TESTS") == "thorough"
"""Whether everything is to be tried that there is: for a night, not for a push."""


def examples(count: int, **more: Any) -> settings:
    """Settings of a law that is tried with so many examples, or twenty times as many."""
    return settings(max_examples=count * (20 if THOROUGH else 1), **more)
