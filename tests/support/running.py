"""`reportmocks run` in a process of its own, and clients to run under it."""

import subprocess
import sys
from collections.abc import Mapping
from typing import Final

from support.serving import PATIENCE, clean_environment

HAPYAK: Final = "https://www.hapyak.com/api/reports/v2/user_stream_raw?send_status=true"
"""A report of HapYak's at its real address."""

Done = subprocess.CompletedProcess[str]


def command(*args: str) -> list[str]:
    """The command line of a run; small worlds, since nobody looks at the rows."""
    return [sys.executable, "-m", "reportmocks", "run", "--size", "tiny", *args]


def run(*args: str, env: Mapping[str, str] | None = None) -> Done:
    """Run a command under the mocks, to its end: options and vendors, `--`, and the command."""
    return subprocess.run(  # noqa: S603 - our own
        command(*args),
        env=clean_environment({"PYTHONIOENCODING": "utf-8", **(env or {})}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE * 3,
        check=False,
    )


def run_python(code: str, *options: str) -> Done:
    """Run Python code under the mocks."""
    return run(*options, "--", sys.executable, "-c", code)


def told(done: Done) -> list[str]:
    """What the run itself said, without its name in front."""
    prefix = "reportmocks: "
    return [line.removeprefix(prefix) for line in done.stderr.splitlines() if line.startswith(prefix)]
