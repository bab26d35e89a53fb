"""The command that is run: its output, its signals and its exit code are passed through."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
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


def start(command: Sequence[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the command behind the fence, where the system has one.

    Raises:
        CommandError: There is no such command, or it cannot be executed.
    """
    started: list[subprocess.Popen[bytes] | OSError] = []

    def begin() -> None:
        try:
            if can_fence():
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


def wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for the command, pass signals on to it, and return its exit code as a shell tells it."""

    def pass_on(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's signature
        if signal.Signals(number).name in _FROM_TERMINAL and _in_foreground():
            return  # the terminal has sent it to the command as well
        with suppress(ProcessLookupError):
            process.send_signal(number)

    for name in _FORWARDED:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, pass_on)
    code = process.wait()
    return _KILLED - code if code < 0 else code


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
