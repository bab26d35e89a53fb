"""What is told of a failure that is none of the vendor's: of the mock itself, or of the disk below it."""

import sqlite3
import sys
import traceback


def told(error: Exception) -> str:
    """What an exception comes to, in a line for its answer; standard error has all of it."""
    if isinstance(error, sqlite3.OperationalError):
        text = f"the state cannot be kept: {error}"
        sys.stderr.write(f"reportmocks: {text}\n")
        return text
    traceback.print_exception(error, file=sys.stderr)
    return "the mock itself failed; its log says more"
