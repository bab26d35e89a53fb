"""The command `reportmocks`: the little that must happen before anything big is imported."""

import sys
from typing import NoReturn

from reportmocks import signals


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    name = sys.argv[1] if sys.argv[1:] else ""
    if name == "serve":
        signals.end_at_once()  # before the imports, which take most of the start
    from reportmocks.commands import run  # noqa: PLC0415

    code = run(sys.argv[1:])
    if name in ("serve", "run"):
        signals.leave(code)
    sys.exit(code)
