"""What the mocks cost, measured beside something that is run in the same minute: medians and ratios.

Every round starts real servers, sends them a bounded number of requests over the loopback, and reads
from /proc what they spent. Linux only, because of that.
"""

import argparse
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
from importlib.metadata import version
from pathlib import Path
from typing import Final

import bench_contracts
import bench_relay
import bench_worlds
from bench_tools import KEY, Server, bearer, fetch, hapyak_path, say, serving, started, submitted

ROUNDS: Final = 5
CONNECTIONS: Final = 8
REQUESTS: Final = 1000  # by each connection, in each round
SLOW_READERS: Final = 16
STARTS: Final = 11
LIVE_JOBS: Final = 1000
REQUESTS_PATH: Final = "/echo360/public/api/v1/reporting/requests"
BIG: Final = ("user_stream_raw", {"start": "2026-01-01", "end": "2026-01-31", "send_status": "true"})


@contextmanager
def constant() -> Iterator[Server]:
    """A Flask application with one constant route, on the same HTTP worker."""
    with started(__file__, "--constant") as server:
        yield server


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


def machine() -> str:
    """What this was measured on."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = names[0].partition(": ")[2] if names else platform.machine()
    parts = [f"{package} {version(package)}" for package in ("granian", "flask", "numpy")]
    return f"{os.cpu_count()} x {model}, Python {platform.python_version()}, {', '.join(parts)}"


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


def measure_clock() -> None:
    """A control call that moves a sandbox with a thousand live jobs on by fourteen days, in the server."""
    taken = []
    free = [f"--rule=echo360.{limit}.enabled=false" for limit in ("rate-minute", "in-flight")]
    with serving(*free, "--clock", "frozen", "--report-time", "3d") as mocks:
        headers = bearer(mocks)
        connection = mocks.connect()
        for _ in range(ROUNDS):
            days = json.dumps({"parameters": {"start": "2026-01-01", "end": "2026-01-02"}})
            for _ in range(LIVE_JOBS):
                connection.request("POST", f"{REQUESTS_PATH}/notes", days, headers)
                connection.getresponse().read()
            began = time.perf_counter()
            connection.request("POST", "/_mock/clock?vendor=echo360&sandbox=bench", '{"advance": "14d"}')
            events = json.load(connection.getresponse())["events"]
            taken.append(time.perf_counter() - began)
            if len(events) < 2 * LIVE_JOBS:
                raise RuntimeError(f"{len(events)} events of {LIVE_JOBS} jobs")
            connection.request("POST", "/_mock/reset?vendor=echo360&sandbox=bench")
            connection.getresponse().read()
            headers = bearer(mocks)
    say("14 days with 1,000 live jobs", f"{statistics.median(taken) * 1000:.0f} ms", f"median of {ROUNDS}")


MEASURES: Final[dict[str, Callable[[], None]]] = {
    "start": measure_start,
    "clock": measure_clock,
    "polls": measure_polls,
    "slow-readers": measure_slow_readers,
    **bench_worlds.MEASURES,
    **bench_relay.MEASURES,
    **bench_contracts.MEASURES,
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
