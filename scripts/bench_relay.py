"""What the relay of `serve --faults on` costs, beside the same server without it."""

import statistics
import threading
import time
from collections.abc import Callable
from typing import Final

from bench_tools import KEY, Server, fetch, hapyak_path, raw_copy, say, serving, submitted

ROUNDS: Final = 5
REQUESTS: Final = 1000  # by each connection, in each round
CONNECTIONS: Final = 8
WEEK: Final = {"start": "2026-01-01", "end": "2026-01-07", "send_status": "true", "format": "csv"}
SLOW_READERS: Final = 32


def measure_relay() -> None:
    """Polls, one after the other and together, and a big download, through the relay and without it."""
    options = ("--limits", "off", "--size", "large", "--report-time", "1ms")
    with serving(*options) as direct, serving(*options, "--faults", "on") as relayed:
        servers = {"direct": direct, "through the relay": relayed}
        for name, server in servers.items():
            _polls(server, name)
        figures: dict[str, list[float]] = {name: [] for name in servers}
        spent: dict[str, list[float]] = {name: [] for name in servers}
        size = 0
        for server in servers.values():
            size = _download(server)[0]
        for _ in range(ROUNDS):
            for name, server in servers.items():
                before = server.cpu()
                figures[name].append(_download(server)[1])
                spent[name].append(server.cpu() - before)
        copy = statistics.median(raw_copy(size) for _ in range(ROUNDS))
        for name, taken in figures.items():
            cpu = statistics.median(spent[name]) * 1000
            beside = f"{cpu:.0f} ms of processor, {statistics.median(taken) / copy:.1f} x raw copy"
            say(
                f"download of {size / 1e6:.0f} MB, {name}",
                f"{statistics.median(taken) * 1000:.0f} ms",
                beside,
            )
        _beside_slow_readers(relayed)


def _polls(server: Server, name: str) -> None:
    path, headers = submitted(server)
    alone = [_timed(server, path, headers) for _ in range(ROUNDS)]
    before, began = server.cpu(), time.perf_counter()
    threads = [threading.Thread(target=_timed, args=(server, path, headers)) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    count = CONNECTIONS * REQUESTS
    took = time.perf_counter() - began
    cpu = (server.cpu() - before) / count * 1e6
    say(
        f"a poll, {name}",
        f"{statistics.median(alone) * 1e6:.0f} us",
        f"{cpu:.0f} us of processor, {count / took:.0f}/s",
    )


def _timed(server: Server, path: str, headers: dict[str, str]) -> float:
    """Seconds that a poll takes on a kept connection, on average."""
    connection = server.connect()
    began = time.perf_counter()
    for _ in range(REQUESTS):
        connection.request("GET", path, headers=headers)
        connection.getresponse().read()
    connection.close()
    return (time.perf_counter() - began) / REQUESTS


def _download(server: Server) -> tuple[int, float]:
    """Bytes and seconds of a week of the biggest report."""
    path = hapyak_path("user_stream_raw", WEEK)
    while True:
        began = time.perf_counter()
        size = fetch(server, path, KEY)
        if size > 1000:
            return size, time.perf_counter() - began
        time.sleep(0.01)


def _beside_slow_readers(server: Server) -> None:
    """A poll while many clients have asked for a big download and read nothing of it."""
    connections = []
    for _ in range(SLOW_READERS):
        connection = server.connect()
        connection.request("GET", hapyak_path("user_stream_raw", WEEK), headers=KEY)
        connections.append(connection)
    time.sleep(1)
    path, headers = submitted(server)
    taken = _timed(server, path, headers)
    say(
        f"a poll beside {len(connections)} readers that do not read",
        f"{taken * 1e6:.0f} us",
        f"{server.memory():.0f} MB resident",
    )
    for connection in connections:
        connection.close()


MEASURES: Final[dict[str, Callable[[], None]]] = {"relay": measure_relay}
