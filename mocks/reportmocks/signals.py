"""What ends a server: signals, none of which may be lost, and its worker's own end."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final, NoReturn

_NAMES: Final = ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")
_WORKER: Final = 0  # no signal has this number
_INPUT: Final = 255  # nor this
_KILLED: Final = 128  # and the signal's number: what a shell says


class Ending:
    """Waits for the end of a server.

    Signals arrive through a pipe: one that comes just before the wait begins still ends it. A lock,
    an event or a queue would sleep on, since a handler runs only between two steps of Python.
    """

    def __init__(self) -> None:
        self._out, self._in = os.pipe()
        os.set_blocking(self._in, False)

    def arm(self) -> None:
        """From now on a signal ends the wait."""
        signal.set_wakeup_fd(self._in, warn_on_full_buffer=False)
        _handle(_leave_it_to_the_pipe)

    def worker_ended(self) -> None:
        """End the wait, from any thread."""
        os.write(self._in, bytes([_WORKER]))

    def input_ended(self) -> None:
        """End the wait as a signal does, from any thread."""
        os.write(self._in, bytes([_INPUT]))

    def wait(self) -> bool:
        """Wait for the end, and tell whether it was asked for: by a signal, or by the end of the input."""
        return os.read(self._out, 1)[0] != _WORKER


def end_at_once(tidy: Callable[[], object] | None = None, *, killed: bool = False) -> None:
    """From now on an ending signal ends the process at once and cleanly, after no more than `tidy`.

    The exit code is 0, as of a server that was told to end, or, where a command is `killed` by it, a
    shell's. Raising from the handler instead would lose the signal when it arrives inside an import lock.
    """

    def end(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - a handler's signature
        if tidy:
            tidy()
        os._exit(_KILLED + number if killed else 0)

    _handle(end)


@contextmanager
def held() -> Iterator[None]:
    """Ending signals arrive after the block, in which something is made that they then know to tidy up."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _numbers())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def leave(code: int) -> NoReturn:
    """End the process here, whatever its threads are doing.

    The HTTP worker's own threads end a moment after their last connection, and abort the process if
    the interpreter is taken down in that moment.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _handle(handler: "signal._HANDLER") -> None:
    """Set the handler of the ending signals, but for those that our parent ignores, as `nohup` does."""
    for number in _numbers():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def _numbers() -> "list[signal.Signals]":
    """The ending signals of this system."""
    return [signal.Signals[name] for name in _NAMES if name in signal.Signals.__members__]


def _leave_it_to_the_pipe(number: int, frame: FrameType | None) -> None:
    pass
