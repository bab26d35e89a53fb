"""What the measures share: servers of ours, raw copies, and a line of the table."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

KEY: Final = {"X-Hapyak-API-Key": "bench"}


@dataclass(frozen=True)
class Server:
    """A server process of ours, and where it answers."""

    process: subprocess.Popen[str]
    host: str
    port: int

    def connect(self) -> http.client.HTTPConnection:
        """A connection of its own."""
        return http.client.HTTPConnection(self.host, self.port, timeout=60)

    def cpu(self) -> float:
        """Seconds of processor time that it has spent."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Resident megabytes of it and of every process it has started."""
        pids = [self.process.pid, *_children(self.process.pid)]
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def serving(*options: str) -> Iterator[Server]:
    """`reportmocks serve` with the given options, as long as the block lasts."""
    with started("-m", "reportmocks", "serve", "--port", "0", *options) as server:
        yield server


@contextmanager
def started(*command: str) -> Iterator[Server]:
    """A process of ours that prints READY, as long as the block lasts."""
    process = subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        ready = next(line for line in process.stdout if line.startswith("READY "))
        url = urlsplit(next(iter(json.loads(ready[6:]).values())))
        yield Server(process, url.hostname or "", url.port or 0)
    finally:
        process.terminate()
        process.wait(10)


def fetch(server: Server, path: str, headers: dict[str, str]) -> int:
    """Read an answer to its end; return its bytes."""
    connection, size = server.connect(), 0
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    buffer = memoryview(bytearray(256 * 1024))
    while read := response.readinto(buffer):
        size += read
    connection.close()
    return size


def raw_copy(size: int) -> float:
    """Seconds to send so many ready bytes through a loopback connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    chunk = b"x" * 64 * 1024

    def send() -> None:
        connection, _ = listener.accept()
        with connection:
            for _ in range(size // len(chunk)):
                connection.sendall(chunk)

    sender = threading.Thread(target=send)
    sender.start()
    buffer = bytearray(256 * 1024)
    began = time.perf_counter()
    with socket.create_connection(listener.getsockname()) as connection:
        while connection.recv_into(buffer):
            pass
    sender.join()
    listener.close()
    return time.perf_counter() - began


def bearer(server: Server) -> dict[str, str]:
    """The headers of a client of Echo360 that has just signed in."""
    connection = server.connect()
    form = {"grant_type": "client_credentials", "client_id": "bench", "client_secret": "bench"}
    body, kind = urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/echo360/oauth2/access_token", body, kind)
    token = json.load(connection.getresponse())["access_token"]
    return {"Authorization": f"Bearer {token}"}


def submitted(server: Server) -> tuple[str, dict[str, str]]:
    """The path of an Echo360 request just submitted, and the headers to poll it with."""
    connection, headers = server.connect(), bearer(server)
    base = "/echo360/public/api/v1/reporting/requests"
    days = {"parameters": {"start": "2026-01-01", "end": "2026-01-02"}}
    connection.request("POST", f"{base}/videoview", json.dumps(days), headers)
    return f"{base}/{json.load(connection.getresponse())['requestId']}", headers


def hapyak_path(report: str, parameters: dict[str, str]) -> str:
    """The path and query of a HapYak request."""
    return f"/hapyak/api/reports/v2/{report}?{urlencode(parameters)}"


def say(what: str, figure: str, beside: str) -> None:
    """Print one row of the table."""
    print(f"{what:<44} {figure:>10}   {beside}", flush=True)


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [one for child in map(int, found) for one in (child, *_children(child))]
