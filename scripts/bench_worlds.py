"""What worlds cost: half a million rows delivered beside a raw copy, all-time totals, and fresh sandboxes."""

import gzip
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Final
from urllib.parse import urlencode

from bench_tools import KEY, Server, bearer, fetch, hapyak_path, raw_copy, say, serving

ROUNDS: Final = 5
STREAM: Final = "user_stream_raw"
MONTH: Final = {"start": "2026-01-01", "end": "2026-01-31", "send_status": "true"}
MONTHS: Final = [
    {"start": f"2025-{month:02}-01", "end": f"2025-{month:02}-28", "send_status": "true"}
    for month in range(1, ROUNDS + 1)
]
WEEK: Final = {"start": "2026-01-01", "end": "2026-01-07", "send_status": "true"}
COUNTS: Final = (1_000, 10_000, 100_000, 500_000)
TEN_MILLION: Final = 10_000_000
NOW: Final = "2026-03-04"
ECHO360: Final = "/echo360/public/api/v1/reporting/requests"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Seconds to the first byte and to the last, how many bytes, and seconds of a raw copy of as many."""

    first: float
    last: float
    size: int
    raw: float


def measure_half_million() -> None:
    """500,000 rows over HTTP beside a raw copy: of days never asked for, and of the same again."""
    with serving("--size", "large", "--report-time", "1ms") as mocks:
        for form in ("csv", "json"):
            _ready(mocks, hapyak_path(STREAM, WEEK | {"format": form}), form)
            fresh = [_started(mocks, hapyak_path(STREAM, days | {"format": form}), form) for days in MONTHS]
            new = [_beside(mocks, path, form) for path in fresh]
            again = [_beside(mocks, path, form) for path in fresh]
            say(f"500,000 rows of {form}, {again[0].size / 1e6:.0f} MB", *_median(again))
            say("  of days never asked for before", *_median(new))
            first, before = (statistics.median(each.first for each in every) for every in (again, new))
            say("  to the first byte", _ms(first), f"{_ms(before)} before, {mocks.memory():.0f} MB resident")


def measure_gzip() -> None:
    """An asset of about half a million rows, gzipped anew each time, beside a raw copy of its rows."""
    with serving("--size", "large", "--report-time", "1ms", "--limits", "off", "--now", NOW) as mocks:
        headers = bearer(mocks)
        days = {"start": "2026-02-02", "end": _until(mocks, 500_000)}
        size, lines = 0, 0
        taken = []
        for _ in range(ROUNDS):
            link = _link(mocks, headers, days)
            began = time.perf_counter()
            packed = _read(mocks, link, {})
            last = time.perf_counter() - began
            if not size:
                rows = gzip.decompress(packed)
                size, lines = len(rows), rows.count(b"\n")
            taken.append(Delivery(0, last, size, raw_copy(size)))
        say(f"{lines:,} lines of csv.gz, {size / 1e6:.0f} MB unpacked", *_median(taken))
        say("  resident", f"{mocks.memory():.0f} MB", "the raw copy is of the unpacked rows")


def measure_linear() -> None:
    """Microseconds for each row, for reports of more and more rows."""
    with serving("--size", "large", "--report-time", "1ms") as mocks:
        for rows in COUNTS:
            key = f"rows-{rows}"
            _control(mocks, "PUT", f"limits/hapyak.row-cap?vendor=hapyak&sandbox={key}", {"value": rows})
            path = _ready(mocks, hapyak_path(STREAM, MONTH | {"format": "csv"}), key)
            last = statistics.median(_download(mocks, path, key)[1] for _ in range(ROUNDS))
            say(f"{rows:,} rows", _ms(last), f"{last / rows * 1e6:.2f} us a row")


def measure_week() -> None:
    """A report of seven days, from a request that its run is ready for."""
    for size in ("small", "large"):
        with serving("--size", size, "--report-time", "1ms", "--limits", "off") as mocks:
            path = _ready(mocks, hapyak_path(STREAM, WEEK | {"format": "csv"}), "bench")
            times = [_download(mocks, path, "bench") for _ in range(ROUNDS)]
            last = statistics.median(each[1] for each in times)
            say(f"seven days, size {size}, {times[0][2] / 1e6:.1f} MB", _ms(last), "")


def measure_totals() -> None:
    """Totals over ten million events, in a world that has just been made, and the second time."""
    as_of = 1_772_582_400_000
    half_a_year = as_of - 181 * 86_400_000
    _totals("echo360", "asset", None, as_of, TEN_MILLION // 3715, "videoview")
    _totals("echo360", "asset", None, as_of, "large", "videoview")
    _totals("hapyak", "project_engagement_summary_raw", half_a_year, as_of, "large", STREAM)
    _totals("khoros", "team_performance", None, as_of, "small", "response")
    _totals("khoros", "team_performance", None, as_of, "large", "response")


def _totals(vendor: str, report: str, start: int | None, as_of: int, size: str | int, stream: str) -> None:
    from reportfixtures import Encoding, world  # noqa: PLC0415 - only this measure needs it

    times: list[tuple[float, ...]] = []
    events = 0
    for seed in range(1, 4):
        its = world(vendor, seed, size=size)
        csv = Encoding("csv")

        def ask(later: int) -> None:
            its.rows(report, start=start, end=None, as_of=as_of + later).length(csv)  # noqa: B023

        times.append(tuple(_timed(partial(ask, later)) for later in (0, 0, 3_600_000)))
        events = its.rows(stream, start=start, end=None, as_of=as_of).count
    first, second, later = (statistics.median(column) for column in zip(*times, strict=True))
    say(f"{vendor} {report}, size {size}", _ms(first), f"{events:,} rows of {stream}")
    say("  the second time", _ms(second, 1), "")
    say("  an hour later", _ms(later, 1), "")


def measure_sandboxes() -> None:
    """The first request of a new sandbox, whose world is the server's or one of its own."""
    with serving("--report-time", "1ms", "--now", NOW) as mocks:
        fetch(mocks, f"/_mock/expected/{STREAM}?{_week('warm')}", {})
        numbers = count()
        fresh = [_timed(lambda: _expected(mocks, f"new-{next(numbers)}")) for _ in range(50)]
        again = [_timed(lambda: _expected(mocks, "warm")) for _ in range(50)]
        used = [_timed(lambda: _first_call(mocks, f"used-{next(numbers)}")) for _ in range(50)]
        own = list(_own_seeds(mocks))
    say("first call of a fresh sandbox", _ms(statistics.median(used), 2), "answered 202")
    say("seven days in one of the server's seed", _ms(statistics.median(fresh), 2), "")
    say("  in one that is there already", _ms(statistics.median(again), 2), "")
    say("seven days in one of its own seed", _ms(statistics.median(own)), "the world is made for it")


def _own_seeds(mocks: Server) -> Iterator[float]:
    for seed in range(100, 111):
        key = f"own-{seed}"
        _control(mocks, "PUT", f"world?vendor=hapyak&sandbox={key}", {"seed": seed})
        yield _timed(lambda: _expected(mocks, key))  # noqa: B023 - called at once


def _first_call(mocks: Server, key: str) -> None:
    fetch(mocks, hapyak_path(STREAM, WEEK), {"X-Hapyak-API-Key": key})


def _expected(mocks: Server, key: str) -> None:
    fetch(mocks, f"/_mock/expected/{STREAM}?{_week(key)}", {})


def _week(key: str) -> str:
    days = {"start": WEEK["start"], "end": WEEK["end"]}
    return urlencode({"vendor": "hapyak", "sandbox": key, "format": "csv"} | days)


def _started(mocks: Server, path: str, key: str) -> str:
    """Have a run started and finished, and nothing of it downloaded."""
    fetch(mocks, path, {"X-Hapyak-API-Key": key})
    time.sleep(0.1)
    return path


def _beside(mocks: Server, path: str, key: str) -> Delivery:
    """Download, and then copy as many ready bytes through the loopback."""
    first, last, size = _download(mocks, path, key)
    return Delivery(first, last, size, raw_copy(size))


def _median(deliveries: list[Delivery]) -> tuple[str, str]:
    """The time to the last byte, and how it stands to the copy made right after it."""
    last = statistics.median(each.last for each in deliveries)
    ratio = statistics.median(each.last / each.raw for each in deliveries)
    return _ms(last), f"{ratio:.1f} x raw copy"


def _ready(mocks: Server, path: str, key: str) -> str:
    """Have a run started and finished, and its world warm."""
    for _ in range(2):
        fetch(mocks, path, KEY | {"X-Hapyak-API-Key": key})
        time.sleep(0.1)
    return path


def _download(mocks: Server, path: str, key: str) -> tuple[float, float, int]:
    """Seconds to the first byte and to the last, and how many bytes there were."""
    connection, size = mocks.connect(), 0
    began = time.perf_counter()
    connection.request("GET", path, headers={"X-Hapyak-API-Key": key})
    response = connection.getresponse()
    size += len(response.read(1))
    first = time.perf_counter() - began
    buffer = memoryview(bytearray(256 * 1024))
    while read := response.readinto(buffer):
        size += read
    connection.close()
    return first, time.perf_counter() - began, size


def _link(mocks: Server, headers: dict[str, str], days: dict[str, str]) -> str:
    connection = mocks.connect()
    connection.request("POST", f"{ECHO360}/videoview", json.dumps({"parameters": days}), headers)
    request_id = json.load(connection.getresponse())["requestId"]
    time.sleep(0.1)
    connection.request("GET", f"{ECHO360}/{request_id}", headers=headers)
    link: str = json.load(connection.getresponse())["signedAssets"][0]
    connection.close()
    return link[link.index("/_storage") :]


def _until(mocks: Server, rows: int) -> str:
    """The day up to which there are about so many rows, by what one week has."""
    week = urlencode({"vendor": "echo360", "start": "2026-02-02", "end": "2026-02-09", "format": "csv"})
    lines = _read(mocks, f"/_mock/expected/videoview?{week}", {}).count(b"\n")
    day = 2 + max(1, min(26, round(7 * rows / lines)))
    return f"2026-02-{day:02}"


def _read(mocks: Server, path: str, headers: dict[str, str]) -> bytes:
    connection = mocks.connect()
    connection.request("GET", path, headers=headers)
    content = connection.getresponse().read()
    connection.close()
    return content


def _control(mocks: Server, method: str, path: str, body: object) -> None:
    connection = mocks.connect()
    connection.request(method, f"/_mock/{path}", json.dumps(body))
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(answer.read().decode())
    connection.close()


def _timed(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _ms(seconds: float, digits: int = 0) -> str:
    return f"{seconds * 1000:.{digits}f} ms"


MEASURES: Final[dict[str, Callable[[], None]]] = {
    "half-million": measure_half_million,
    "gzip": measure_gzip,
    "linear": measure_linear,
    "week": measure_week,
    "totals": measure_totals,
    "sandboxes": measure_sandboxes,
}
