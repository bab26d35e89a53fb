"""A server in a process of its own, which ends with ours, whatever happens to us."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import IO, Final, Self

PATIENCE: Final = 30.0
"""Seconds that a server gets to start and to stop; it takes a fraction of one."""


class StartError(Exception):
    """The server did not become ready; the text is what it said."""


class ServerProcess:
    """A running `reportmocks serve` on a free port of the loopback; `addresses` are of its READY line."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", said: IO[bytes], addresses: Mapping[str, str]
    ) -> None:
        self._process = process
        self._said = said
        self.addresses = addresses

    @classmethod
    def start(cls, *arguments: str, environment: Mapping[str, str] | None = None) -> Self:
        """Start a server with these arguments of `serve`; it is ready when this returns.

        It goes by nothing of our environment that would configure a server; `environment` adds to the rest.

        Raises:
            StartError: It ended, or said nothing for too long.
        """
        try:
            said = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the server
        except OSError as error:
            raise StartError(f"there is no place for what it says: {error}") from None
        process = subprocess.Popen(  # noqa: S603 - our own command
            [
                sys.executable,
                "-P",  # a project's own secrets.py is not for us
                "-m",
                "reportmocks",
                "serve",
                "--port",
                "0",
                "--quiet",
                "--until-eof",
                *arguments,
            ],
            env=_clean(os.environ) | dict(environment or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,  # a terminal's Ctrl-C is for us, who still have questions to the server
        )
        line = _first_line(process)
        if not line.startswith(b"READY "):
            process.kill()
            _close(process)
            raise StartError(_text(said) or "the server said nothing")
        return cls(process, said, json.loads(line.removeprefix(b"READY ")))

    @property
    def control(self) -> str:
        """The address of the control API."""
        return self.addresses["control"]

    @property
    def said(self) -> str:
        """What the server has said on its standard error: failures of its own."""
        return _text(self._said)

    @property
    def ended(self) -> int | None:
        """The exit code of a server that has ended, by itself or stopped; else `None`."""
        return self._process.poll()

    def stop(self) -> int:
        """End the server, if it has not ended, and return its exit code."""
        assert self._process.stdin  # noqa: S101 - for the type checker
        self._process.stdin.close()
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        _close(self._process)
        self._said.close()
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in environment.items() if not name.startswith("REPORTMOCKS_")}


def _first_line(process: "subprocess.Popen[bytes]") -> bytes:
    """The first line of its standard output; empty where it ends or takes too long."""
    assert process.stdout  # noqa: S101 - for the type checker
    overdue = threading.Timer(PATIENCE, process.kill)
    overdue.start()
    try:
        return process.stdout.readline()
    finally:
        overdue.cancel()


def _close(process: "subprocess.Popen[bytes]") -> None:
    streams: Sequence[IO[bytes] | None] = (process.stdin, process.stdout)
    for stream in streams:
        if stream is not None:
            stream.close()
    process.wait()


def _text(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read().decode("utf-8", "replace").strip()
