"""A server in a process of its own, for tests that need the real thing: sockets, signals, exit codes."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import IO, Any
from urllib.parse import urlsplit

import httpx

PATIENCE = 60.0
"""Seconds that a server gets for what takes it a fraction of one, so that only a hang fails."""


@dataclass(slots=True)
class Server:
    """A running `reportmocks serve`, and what it has printed so far."""

    process: subprocess.Popen[str]
    addresses: dict[str, str] = field(default_factory=dict)
    stdout: list[str] = field(default_factory=list)
    stderr: list[str] = field(default_factory=list)
    _readers: list[threading.Thread] = field(default_factory=list)

    def url(self, vendor: str) -> str:
        """The base address of a vendor's mock."""
        return self.addresses[vendor]

    @property
    def control(self) -> str:
        """The address of the control API."""
        return self.addresses["control"]

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, for sockets."""
        parts = urlsplit(self.control)
        return parts.hostname or "", parts.port or 0

    def connect(self) -> socket.socket:
        """A connection to the server, on which nothing waits for ever."""
        return socket.create_connection(self.address, timeout=PATIENCE)

    def ask(self, request: bytes) -> bytes:
        """Send bytes, and read until the server closes the connection or says no more."""
        with self.connect() as connection:
            answer = b""
            with suppress(OSError):  # a server may refuse before it has read all
                connection.sendall(request)
                while chunk := connection.recv(65536):
                    answer += chunk
            return answer

    def get(self, path: str, *headers: str) -> bytes:
        """The whole answer, head and body, to a GET of a path on the server."""
        lines = (
            f"GET {path} HTTP/1.1",
            f"Host: {urlsplit(self.control).netloc}",
            "Connection: close",
            *headers,
        )
        return self.ask("\r\n".join((*lines, "", "")).encode())

    def client(self, **options: Any) -> httpx.Client:
        """A client of the server's addresses, which is as patient as these tests are."""
        return httpx.Client(base_url=self.control.removesuffix("/_mock"), timeout=PATIENCE, **options)

    def is_well(self) -> bool:
        """Whether the server still answers."""
        return self.process.poll() is None and self.get("/_mock/health").startswith(b"HTTP/1.1 200 ")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end, and return the exit code; by then all that was printed has been read."""
        code = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        return code

    def _read(self, stream: IO[str], lines: list[str], to: "SimpleQueue[str | None] | None" = None) -> None:
        def read() -> None:
            with stream:
                for line in stream:
                    lines.append(line.rstrip("\n"))
                    if to:
                        to.put(lines[-1])
            if to:
                to.put(None)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        self._readers.append(reader)


def clean_environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without what would configure a server, and with `env`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REPORTMOCKS_")}
    return {**kept, **(env or {})}


def command(*args: str) -> list[str]:
    """The command line of a server."""
    return [sys.executable, "-m", "reportmocks", "serve", *args]


def start(
    *args: str, env: Mapping[str, str] | None = None, executable: Sequence[str] | None = None
) -> tuple[Server, "SimpleQueue[str | None]"]:
    """Start a server; the queue gives the lines of its standard output, and `None` at its end."""
    process = subprocess.Popen(  # noqa: S603 - our own
        [*executable, "serve", *args] if executable else command(*args),
        env=clean_environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    server = Server(process)
    lines: SimpleQueue[str | None] = SimpleQueue()
    assert process.stdout
    assert process.stderr
    server._read(process.stdout, server.stdout, lines)
    server._read(process.stderr, server.stderr)
    return server, lines


@contextmanager
def running_server(
    *args: str, env: Mapping[str, str] | None = None, executable: Sequence[str] | None = None
) -> Iterator[Server]:
    """A server on a free port, from its READY line on until the end of the block."""
    server, lines = start("--port", "0", *args, env=env, executable=executable)
    try:
        server.addresses = _wait_for_ready(server, lines)
        yield server
    finally:
        if server.process.poll() is None:
            server.process.terminate()
        try:
            server.wait()
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.wait()


def refused_start(*args: str, env: Mapping[str, str] | None = None) -> Server:
    """A server that was started and has ended by itself."""
    server, _ = start(*args, env=env)
    server.wait()
    return server


def _wait_for_ready(server: Server, lines: "SimpleQueue[str | None]") -> dict[str, str]:
    while True:
        try:
            line = lines.get(timeout=PATIENCE)
        except Empty:
            line = None
        if line is None:
            server.process.kill()
            server.wait()
            told = "\n".join((*server.stdout, *server.stderr))
            raise AssertionError(f"the server did not become ready:\n{told}")
        if line.startswith("READY "):
            addresses: dict[str, str] = json.loads(line.removeprefix("READY "))
            return addresses
