"""Programs that live by the time of a mock, whose clock stands still but for what they wait."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from reportmocks.interception.timeshim import TimeShim, time_environment
from reportmocks.kernel.clock import parse_instant
from support.running import Done
from support.serving import PATIENCE, Server, clean_environment, running_server

START = "2026-03-04T12:00:00Z"


@dataclass(frozen=True, slots=True)
class Setting:
    """A server, and the environment of programs that live by its time."""

    server: Server
    environ: dict[str, str]

    def run(self, *command: str) -> Done:
        """Run a program to its end."""
        return subprocess.run(  # noqa: S603 - our own
            command, env=self.environ, capture_output=True, text=True, timeout=PATIENCE * 3, check=False
        )

    def python(self, code: str) -> Any:
        """What a Python program prints as JSON."""
        done = self.run(sys.executable, "-c", code)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def node(self, path: str, code: str) -> Any:
        """What a Node program prints as JSON."""
        done = self.run(path, "-e", code)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def moved(self) -> float:
        """The seconds that the mock's clock has moved."""
        clock = httpx.get(f"{self.server.control}/clock?vendor=hapyak", timeout=PATIENCE)
        now = clock.json()["now"]
        return (parse_instant(now) - parse_instant(START)) / 1000


@contextmanager
def shimmed(folder: Path, **options: Any) -> Iterator[Setting]:
    """A server with a frozen clock, and programs that live by it."""
    with running_server("--clock", "frozen", "--now", START, "--size", "tiny", "hapyak") as server:
        shim = TimeShim(control=server.control, **options)
        path = os.pathsep.join(sys.path)
        yield Setting(server, time_environment(clean_environment({"PYTHONPATH": path}), folder, shim))
