"""Lines on standard error, made and written by a thread of their own.

A request that wrote its line itself would let go of the interpreter to do so, and wait until the other
requests gave it back: under load that costs half as much again as the whole answer. Here it hands over
what the line is about. What comes alone is written immediately; a burst is made into lines and written
every few milliseconds, all of it at once, which takes a third of the time.
"""

import os
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final, Generic, TypeVar

from reportmocks.kernel.clock import pause

BATCH: Final = 4096
"""Lines written with one call to the system, at most."""
GATHER: Final = 0.01
"""Seconds for which lines gather after some were written."""
WAITING: Final = 20_000
"""Items that wait to be written, at most; what comes when so many do is left out."""

_STANDARD_ERROR: Final = 2

Item = TypeVar("Item")


class Lines(Generic[Item]):
    """A queue of what lines are about, and the thread that writes the lines in their order."""

    def __init__(
        self, render: Callable[[Item], bytes], left_out: Callable[[int], Item], most: int = WAITING
    ) -> None:
        """`render` makes a whole line of an item; `left_out` an item of how many were, since nobody read."""
        self._render = render
        self._left_out = left_out
        self._most = most
        self._lost = 0
        self._lock = threading.Lock()
        self._waiting: SimpleQueue[Item | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="log", daemon=True)
        self._thread.start()

    def put(self, item: Item) -> None:
        """Hand over an item; its line is written within moments, or left out where nobody reads lines."""
        if self._waiting.qsize() < self._most:
            self._waiting.put(item)
        else:
            with self._lock:
                self._lost += 1

    def close(self, patience: float = 1.0) -> None:
        """Write what is waiting; give up after `patience` seconds where nobody reads it."""
        self._waiting.put(None)
        self._thread.join(patience)

    def _write_all(self) -> None:
        ended = False
        while not ended:
            items = [self._waiting.get()]
            with suppress(Empty):
                while len(items) < BATCH:
                    items.append(self._waiting.get_nowait())
            ended = None in items
            items += self._losses()
            _write(b"".join(self._made(item) for item in items if item is not None))
            if not ended:
                pause(GATHER)

    def _made(self, item: Item) -> bytes:
        """The line of an item; one that cannot be made must not end all others."""
        try:
            return self._render(item)
        except Exception:  # noqa: BLE001 - told in its place
            return traceback.format_exc().encode("utf-8", "replace")

    def _losses(self) -> list[Item]:
        with self._lock:
            lost, self._lost = self._lost, 0
        return [self._left_out(lost)] if lost else []


def _write(data: bytes) -> None:
    """Write all of it; that nobody reads the log any more is no reason not to answer."""
    with suppress(OSError):
        while data:
            data = data[os.write(_STANDARD_ERROR, data) :]
