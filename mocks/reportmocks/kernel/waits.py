"""Waits that are being told to clients at this moment, by sandbox."""

import threading
from typing import Final


class Waits:
    """The ends of the waits in answers that are on their way; may be used from any thread."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._ends: Final[dict[tuple[str, str], list[int]]] = {}

    def begin(self, sandbox: tuple[str, str], until: int) -> None:
        """An answer that tells this wait is being made."""
        with self._lock:
            self._ends.setdefault(sandbox, []).append(until)

    def end(self, sandbox: tuple[str, str], until: int) -> tuple[int, ...]:
        """That answer is done; return the ends of the sandbox's other waits."""
        with self._lock:
            ends = self._ends.get(sandbox, [])
            if until in ends:
                ends.remove(until)
            if not ends:
                self._ends.pop(sandbox, None)
            return tuple(ends)
