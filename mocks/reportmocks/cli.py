"""The command `reportmocks`: the little that must happen before anything big is imported."""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    if sys.argv[1:2] == ["serve"]:
        end_at_once_on_signals()  # before the imports, which take most of the start
    from reportmocks.commands import run  # noqa: PLC0415

    sys.exit(run(sys.argv[1:]))


def end_at_once_on_signals() -> None:
    """From now on an ending signal ends the process at once and cleanly: there is nothing to tidy up.

    Raising from the handler instead would lose the signal when it arrives inside an import lock.
    """
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - a handler's signature
    os._exit(0)
