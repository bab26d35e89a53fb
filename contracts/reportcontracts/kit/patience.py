"""How long a client is waited for: longer on a machine that has more to do than it can at one time."""

import os
from typing import Final

MOST: Final = 5.0
"""How many times longer at most: a client that hangs has to be stopped on the busiest machine too."""


def strained(seconds: float) -> float:
    """Seconds to wait now for what `seconds` are enough for on a machine that has little else to do."""
    return seconds * min(max(_load() / (os.cpu_count() or 1), 1.0), MOST)


def _load() -> float:
    """How much has wanted to run at one time of late; nothing on systems that do not say."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return 0.0
