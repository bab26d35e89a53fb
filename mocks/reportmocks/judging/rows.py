"""What a client that is a process has left behind, as the judge takes it."""

import re
import signal
from pathlib import Path
from typing import Any, Final

from reportmocks.judging.bounded import MEBIBYTE, Run

MOST_ROWS: Final = 10 * MEBIBYTE
"""Bytes of rows that are handed in; the worlds of stories are tiny."""
MOST_SAID: Final = 512 * 1024
"""Bytes of what was printed that are handed in, of its beginning and of its end each."""

_WARNING: Final = re.compile("warn", re.IGNORECASE)


def result_of(run: Run, folder: Path, form: str) -> dict[str, Any]:
    """The result of a run: rows from the file `rows` in its folder, if it wrote one, else what it printed."""
    file = folder / "rows"
    written = file.is_file()
    rows = file if written else folder / "stdout"
    said = [folder / "stderr", *([folder / "stdout"] if written or run.exit_code else [])]
    output = "\n".join(filter(None, (_said(path) for path in said)))
    result: dict[str, Any] = {
        "output": output,
        "exit_code": run.exit_code,
        "timed_out": run.timed_out,
        "killed": run.killed,
        "stopped": run.stopped,
        "warnings": [line for line in output.splitlines() if _WARNING.search(line)][:20],
    }
    if run.killed or run.timed_out or run.stopped:
        return result
    if run.exit_code:
        return {**result, "error": _error(run.exit_code, folder)}
    if _size(rows) > MOST_ROWS:
        return {**result, "stopped": f"its rows are {_size(rows) // MEBIBYTE} MiB, and no report is so long"}
    return {**result, "text": _text(rows), "format": form}


def _error(code: int, folder: Path) -> str:
    """What a client that failed says last, and how it ended."""
    lines = [line.strip() for line in _said(folder / "stderr").splitlines() if line.strip()]
    how = f"exit code {code}" if code > 0 else f"ended by {_signal(-code)}"
    return f"{how}: {lines[-1][:500]}" if lines else how


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _said(path: Path) -> str:
    """The beginning and the end of a text that may be very long."""
    try:
        with path.open("rb") as file:
            head = file.read(MOST_SAID)
            if _size(path) <= 2 * MOST_SAID:
                return (head + file.read(MOST_SAID)).decode("utf-8", "replace")
            file.seek(-MOST_SAID, 2)
            return f"{head.decode('utf-8', 'replace')}\n...\n{file.read().decode('utf-8', 'replace')}"
    except OSError:
        return ""


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
