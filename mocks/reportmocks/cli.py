"""The command `reportmocks`: the little that must happen before anything big is imported."""

import os
import sys
from typing import Final, NoReturn

from reportmocks import signals

INTERRUPTED: Final = 130
"""The exit code where somebody pressed Ctrl-C: what a shell says."""


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    _open_streams()
    name = sys.argv[1] if sys.argv[1:] else ""
    if name == "serve":
        signals.end_at_once()  # before the imports, which take most of the start
    try:
        from reportmocks.commands import run  # noqa: PLC0415

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # of the imports; within a command it is no exception any more
        code = INTERRUPTED
    if name in ("serve", "run"):
        signals.leave(code)
    sys.exit(code)


def _open_streams() -> None:
    """Have all standard streams, also where we were started without: or a socket would take their place."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)  # noqa: FBT003
    os.close(number)
    sys.stdin = sys.stdin or os.fdopen(0, "r", encoding="utf-8")
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8")
