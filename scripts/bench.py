"""What the mocks cost, measured beside something that is run in the same minute: medians and ratios.

Every round starts real servers, sends them a bounded number of requests over the loopback, and reads
from /proc what they spent. Linux only, because of that.
"""

import argparse
import http.client
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

ROUNDS: Final = 5
CONNECTIONS: Final = 8
REQUESTS: Final = 1000  # by each connection, in each round
SLOW_READERS: Final = 16
STARTS: Final = 11
KEY: Final = {"X-Hapyak-API-Key": "bench"}
BIG: Final = ("user_stream_raw", {"start": "2026-01-01", "end": "2026-01-31", "send_status": "true"})


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
    with _started("-m", "reportmocks", "serve", "--port", "0", *options) as server:
        yield server


@contextmanager
def constant() -> Iterator[Server]:
    """A Flask application with one constant route, on the same HTTP worker."""
    with _started(__file__, "--constant") as server:
        yield server


@contextmanager
def _started(*command: str) -> Iterator[Server]:
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


def serve_constant() -> None:
    """Be the server that `constant` starts."""
    from flask import Flask, jsonify  # noqa: PLC0415 - only this process needs it

    from reportmocks.listener import listen  # noqa: PLC0415
    from reportmocks.worker import Worker  # noqa: PLC0415

    app = Flask("constant")

    @app.get("/status")
    def status() -> object:
        return jsonify(requestId="0", status="Pending", reportName="videoview", parameters={}, created="")

    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    Worker(listener, app.wsgi_app, ended=lambda: None).start()
    print(f'READY {{"constant": "http://127.0.0.1:{port}"}}', flush=True)
    threading.Event().wait()


def load(server: Server, path: str, headers: dict[str, str]) -> float:
    """Microseconds of the server's processor time for each of many requests on several connections."""

    def ask() -> None:
        connection = server.connect()
        for _ in range(REQUESTS):
            connection.request("GET", path, headers=headers)
            connection.getresponse().read()
        connection.close()

    before = server.cpu()
    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (server.cpu() - before) / (CONNECTIONS * REQUESTS) * 1e6


def measure_polls() -> None:
    """The processor time of a status poll, against that of a constant Flask route on the same server."""
    with constant() as flask, serving("--limits", "off", "--report-time", "10h") as mocks:
        echo360, bearer = submitted(mocks)
        paths = {"echo360 poll": (echo360, bearer), "hapyak poll": (hapyak_path(*BIG), KEY)}
        load(flask, "/status", {})
        rounds: dict[str, list[float]] = {name: [] for name in ("constant", *paths)}
        for _ in range(ROUNDS):
            rounds["constant"].append(load(flask, "/status", {}))
            for name, (path, headers) in paths.items():
                rounds[name].append(load(mocks, path, headers))
    for name, figures in rounds.items():
        ratio = statistics.median(a / b for a, b in zip(figures, rounds["constant"], strict=True))
        say(f"cpu of a {name}", f"{statistics.median(figures):.0f} us", f"{ratio:.2f} x constant Flask route")


def measure_start() -> None:
    """Seconds from the start of the process to its first answer, and its memory then."""
    starts, memory = [], 0.0
    for _ in range(STARTS):
        port = _free_port()
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-m", "reportmocks", "serve", "--quiet", "--port", str(port)],
            stdout=subprocess.DEVNULL,
        )
        server = Server(process, "127.0.0.1", port)
        _first_answer(server)
        starts.append(time.perf_counter() - began)
        memory = server.memory()
        process.terminate()
        process.wait(10)
    say(
        "first answer after process start",
        f"{statistics.median(starts) * 1000:.0f} ms",
        f"median of {STARTS}",
    )
    say("resident memory of all processes, idle", f"{memory:.0f} MB", "")


def measure_slow_readers() -> None:
    """How long a poll takes while many clients read a big download slowly."""
    with serving("--limits", "off", "--size", "large", "--report-time", "1ms") as mocks:
        echo360, bearer = submitted(mocks)
        fetch(mocks, hapyak_path(*BIG), KEY)
        time.sleep(0.1)
        alone = latencies(mocks, echo360, bearer)
        stop = threading.Event()
        readers = [threading.Thread(target=read_slowly, args=(mocks, stop)) for _ in range(SLOW_READERS)]
        for reader in readers:
            reader.start()
        time.sleep(2)
        beside = latencies(mocks, echo360, bearer)
        stop.set()
        for reader in readers:
            reader.join()
    for name, figures in (("alone", alone), (f"beside {SLOW_READERS} slow readers", beside)):
        worst = sorted(figures)
        say(
            f"a poll {name}",
            f"{statistics.median(figures) * 1000:.2f} ms",
            f"p99 {worst[int(len(worst) * 0.99)] * 1000:.2f} ms, longest {worst[-1] * 1000:.2f} ms",
        )


def read_slowly(server: Server, stop: threading.Event) -> None:
    """Read a big download at 640 kB a second, until told to stop."""
    connection = server.connect()
    connection.request("GET", hapyak_path(*BIG), headers=KEY)
    response = connection.getresponse()
    while not stop.wait(0.1) and response.read(64 * 1024):
        pass
    connection.close()


def latencies(server: Server, path: str, headers: dict[str, str]) -> list[float]:
    """Seconds that each of 500 polls took, one every two milliseconds."""
    connection, taken = server.connect(), []
    for _ in range(500):
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        connection.getresponse().read()
        taken.append(time.perf_counter() - began)
        time.sleep(0.002)
    return taken


def measure_download() -> None:
    """A big report over HTTP, against a raw copy of as many bytes over the loopback."""
    with serving("--limits", "off", "--size", "large", "--report-time", "1ms") as mocks:
        report, parameters = BIG
        for form in ("csv", "json"):
            path = hapyak_path(report, parameters | {"format": form})
            fetch(mocks, path, KEY)
            time.sleep(0.1)
            pairs = [(*timed_fetch(mocks, path), 0.0) for _ in range(ROUNDS)]
            raws = [raw_copy(pairs[0][1]) for _ in range(ROUNDS)]
            taken, raw = statistics.median(pair[0] for pair in pairs), statistics.median(raws)
            say(
                f"{pairs[0][1] / 1e6:.0f} MB of {form} over HTTP",
                f"{taken * 1000:.0f} ms",
                f"{taken / raw:.1f} x raw loopback copy, {mocks.memory():.0f} MB resident",
            )


def timed_fetch(server: Server, path: str) -> tuple[float, int]:
    """Seconds and bytes of one download."""
    began = time.perf_counter()
    size = fetch(server, path, KEY)
    return time.perf_counter() - began, size


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


def submitted(server: Server) -> tuple[str, dict[str, str]]:
    """The path of an Echo360 request just submitted, and the headers to poll it with."""
    connection = server.connect()
    form = {"grant_type": "client_credentials", "client_id": "bench", "client_secret": "bench"}
    body, kind = urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/echo360/oauth2/access_token", body, kind)
    token = json.load(connection.getresponse())["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
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


def machine() -> str:
    """What this was measured on."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = names[0].partition(": ")[2] if names else platform.machine()
    parts = [f"{package} {version(package)}" for package in ("granian", "flask", "numpy")]
    return f"{os.cpu_count()} x {model}, Python {platform.python_version()}, {', '.join(parts)}"


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [one for child in map(int, found) for one in (child, *_children(child))]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _first_answer(server: Server) -> None:
    for _ in range(10_000):
        try:
            connection = server.connect()
            connection.request("GET", "/_mock/health")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.001)
        else:
            return
    raise TimeoutError("the server does not answer")


MEASURES: Final[dict[str, Callable[[], None]]] = {
    "start": measure_start,
    "polls": measure_polls,
    "slow-readers": measure_slow_readers,
    "download": measure_download,
}


def main() -> None:
    """Measure what is asked for, or everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measures", nargs="*", help=f"some of {', '.join(MEASURES)}; all without")
    parser.add_argument("--constant", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.constant:
        serve_constant()
        return
    unknown = [name for name in given.measures if name not in MEASURES]
    if unknown:
        parser.error(f"no measure {unknown[0]!r}; there are {', '.join(MEASURES)}")
    print(machine())
    for name in given.measures or MEASURES:
        MEASURES[name]()


if __name__ == "__main__":
    main()
