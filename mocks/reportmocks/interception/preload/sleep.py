"""`sleep` for shell scripts below `reportmocks run`: as the system's, but in the mocks' time."""

import os
import re
import shutil
import sys
import time
from pathlib import Path

SUFFIXES = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def main(arguments: list[str]) -> None:
    """Sleep for the sum of the durations; whatever is none is left to the system's own command."""
    parts = [re.fullmatch(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([smhd]?)", argument) for argument in arguments]
    durations = [float(part[1]) * SUFFIXES[part[2]] for part in parts if part]
    if not durations or len(durations) < len(parts):
        os.execv(_system(), ["sleep", *arguments])  # noqa: S606 - the command that was asked for
    time.sleep(sum(durations))


def _system() -> str:
    """The system's own command: the next one on the path."""
    first, *others = os.environ["PATH"].split(os.pathsep)
    return shutil.which("sleep", path=os.pathsep.join(others)) or str(Path(first, "sleep"))


if __name__ == "__main__":
    main(sys.argv[1:])
