"""The command that is run: its output, its signals and its exit code are passed through."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Final

from reportmocks.interception.fence import can_fence, fence

NOT_FOUND: Final = 127
NOT_EXECUTABLE: Final = 126
_KILLED: Final = 128  # and the signal's number: what a shell says

_FORWARDED: Final = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_FROM_TERMINAL: Final = ("SIGINT", "SIGQUIT")


class CommandError(Exception):
    """The command cannot be started; `code` is what a shell would return."""

    def __init__(self, command: str, reason: str, code: int) -> None:
        super().__init__(f"{command}: {reason}")
        self.code = code


def run_command(command: Sequence[str], environ: Mapping[str, str], *, fenced: bool) -> int:
    """Run the command to its end, pass signals on to it, and return its exit code as a shell tells it.

    `fenced` closes the ports of HTTP to it, where the system has such a fence.

    Raises:
        CommandError: There is no such command, or it cannot be executed.
    """
    signals = _Signals()
    process = _start(command, environ, fenced=fenced)
    signals.go_to(process)
    code = process.wait()
    return _KILLED - code if code < 0 else code


class _Signals:
    """Signals on their way to the command; those that come before it is there wait for it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        for name in _FORWARDED:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._pass_on)

    def go_to(self, process: subprocess.Popen[bytes]) -> None:
        """From now on signals go to this process."""
        self._process = process
        for number in self._early:
            process.send_signal(number)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler's signature
        if self._process is None:
            self._early.append(number)
        elif signal.Signals(number).name not in _FROM_TERMINAL or not _in_foreground():
            self._process.send_signal(number)  # from the terminal the command gets it by itself


def _start(command: Sequence[str], environ: Mapping[str, str], *, fenced: bool) -> subprocess.Popen[bytes]:
    started: list[subprocess.Popen[bytes] | OSError] = []

    def begin() -> None:
        try:
            if fenced and can_fence():
                fence()
            started.append(subprocess.Popen(command, env=dict(environ)))  # noqa: S603 - what the user asked for
        except OSError as error:
            started.append(error)

    thread = threading.Thread(target=begin)  # a fence stands round a thread: one that does nothing else
    thread.start()
    thread.join()
    (process,) = started
    if isinstance(process, OSError):
        code = NOT_FOUND if isinstance(process, FileNotFoundError) else NOT_EXECUTABLE
        raise CommandError(command[0], process.strerror or str(process), code)
    return process


def _in_foreground() -> bool:
    """Whether this process is one of those that the terminal's keys send signals to."""
    try:
        terminal = os.open(os.ctermid(), os.O_RDONLY)
    except (OSError, AttributeError):
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
