"""The time shim in Python: every way to wait moves the mock's clock, and nothing else is cut short."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from reportmocks.interception.timeshim import PRELOADS
from support.serving import PATIENCE, clean_environment
from support.shimmed import Setting, shimmed

DURATIONS: Final = (10, 60, 3600)
TOTAL: Final = sum(DURATIONS)

WAYS: Final = {
    "time.sleep": "time.sleep(seconds)",
    "sleep imported by name": "sleep(seconds)",
    "asyncio.sleep": "asyncio.run(asyncio.sleep(seconds))",
    "asyncio.sleep after a thread": "asyncio.run(threaded(seconds))",
    "event": "threading.Event().wait(seconds)",
    "condition": "with condition: condition.wait(seconds)",
    "condition, for something": "with condition: condition.wait_for(lambda: False, seconds)",
    "queue": "with suppress(queue.Empty): queue.Queue().get(timeout=seconds)",
    "timer": "timer = threading.Timer(seconds, print, ['', '', '']); timer.start(); timer.join()",
    "asyncio, with a limit": "asyncio.run(limited(seconds))",
    "future": "with suppress(TimeoutError): Future().result(seconds)",
}

PRELUDE: Final = """
import asyncio, datetime, json, queue, threading, time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from time import sleep
condition = threading.Condition()
async def limited(seconds):
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)
async def threaded(seconds):
    await asyncio.to_thread(len, "")
    await asyncio.sleep(seconds)
def clocks():
    return time.monotonic(), time.time(), time.perf_counter(), datetime.datetime.now().timestamp()
def passed(before):
    return [now - then for now, then in zip(clocks(), before)]
"""

MEASURE: Final = """
rounds = []
for seconds in (10, 60, 3600):
    before = clocks()
    {way}
    rounds.append(passed(before))
print(json.dumps(rounds))
"""

SLOW: Final = """
import http.server, httpx, _reportmocks_time
class Slow(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        _reportmocks_time._real_sleep(0.6)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Slow)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"
async def main():
    async with httpx.AsyncClient(timeout=5) as client:
        answer = asyncio.create_task(client.get(url))
        await asyncio.sleep(20)
        return (await answer).text
print(json.dumps(asyncio.run(main())))
"""


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    """A mock whose clock only these programs move, one after the other."""
    with shimmed(tmp_path_factory.mktemp("shim")) as setting:
        yield setting


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_wait_moves_the_clock(setting: Setting, way: str) -> None:
    """All clocks of the program tell the same, the mock's is where they are, and it takes no hour."""
    start = setting.moved()
    rounds = setting.python(PRELUDE + MEASURE.format(way=WAYS[way]))
    for seconds, passed in zip(DURATIONS, rounds, strict=True):
        assert all(seconds - 0.01 <= clock < seconds + 5 for clock in passed)
    assert TOTAL - 1 <= setting.moved() - start <= TOTAL + 1


def test_sleepers_wake_in_their_order(setting: Setting) -> None:
    """Threads, whoever began first; beside each other they take as long as the longest."""
    code = """
order = []
def thread(seconds):
    for turn in range(3):
        time.sleep(seconds)
        order.append(f"{seconds}")
before = clocks()
with ThreadPoolExecutor() as pool:
    list(pool.map(thread, (100, 30)))
print(json.dumps([order, passed(before)[0]]))
"""
    start = setting.moved()
    order, passed = setting.python(PRELUDE + code)
    assert order == ["30", "30", "30", "100", "100", "100"]
    assert 300 <= passed < 310
    assert 299 <= setting.moved() - start < 310


def test_tasks_wake_in_their_order(setting: Setting) -> None:
    """As they would on the wall clock."""
    code = """
order = []
async def task(seconds):
    await asyncio.sleep(seconds)
    order.append(seconds)
async def main():
    await asyncio.gather(task(95), task(5), task(35))
before = clocks()
asyncio.run(main())
print(json.dumps([order, passed(before)[0]]))
"""
    order, passed = setting.python(PRELUDE + code)
    assert order == [5, 35, 95]
    assert 95 <= passed < 100


def test_what_is_under_way_is_waited_for(setting: Setting) -> None:
    """A slow answer with a limit, beside a task that sleeps: the limit is the wall clock's."""
    assert setting.python(PRELUDE + SLOW) == "ok"


def test_a_thread_at_work_is_waited_for(setting: Setting) -> None:
    """A result with a limit comes when it is there, and the limit is not run into before."""
    code = """
def work():
    return sum(range(10_000_000))
with ThreadPoolExecutor(1) as pool:
    before = clocks()
    pool.submit(work).result(timeout=60)
    print(json.dumps(passed(before)[0]))
"""
    assert setting.python(PRELUDE + code) < 50


def test_limits_of_processes_stay_what_they_are(setting: Setting) -> None:
    """Somebody who looks twenty times a second is not sleeping."""
    code = """
import subprocess, sys
before = clocks()
subprocess.run([sys.executable, "-S", "-c", "import time; time.sleep(0.5)"], timeout=20, check=True)
print(json.dumps(passed(before)[0]))
"""
    assert setting.python(PRELUDE + code) < 15


def test_processes_share_their_time(setting: Setting) -> None:
    """A script that calls programs which sleep has slept as long as they have; `sleep` is one of them."""
    start = setting.moved()
    code = """
import subprocess, sys
before = clocks()
subprocess.run([sys.executable, "-c", "import time; time.sleep(100)"], check=True)
subprocess.run(["sh", "-c", "sleep 10 1m && sleep .01"], check=True)
print(json.dumps(passed(before)))
"""
    assert all(170 <= clock < 180 for clock in setting.python(PRELUDE + code))
    assert 169 <= setting.moved() - start < 180


def test_datetime_is_what_it_was(setting: Setting) -> None:
    """The same classes, which only read another clock; aware, naive, and subclasses."""
    code = """
import pickle
class Mine(datetime.datetime): pass
time.sleep(86400 * 3)
now = datetime.datetime.now(datetime.timezone.utc)
same = [
    type(now) is datetime.datetime,
    pickle.loads(pickle.dumps(now)) == now,
    type(Mine.now()) is Mine,
    abs(now.timestamp() - time.time()) < 5,
    datetime.date.today() == datetime.datetime.today().date() == datetime.datetime.now().date(),
    time.strftime("%Y-%m-%d", time.gmtime()) == now.strftime("%Y-%m-%d"),
    time.localtime(0).tm_year in (1969, 1970),
]
print(json.dumps(same))
"""
    assert all(setting.python(PRELUDE + code))


def test_a_program_starts_at_the_mocks_time(tmp_path: Path) -> None:
    """With `--now`, today is the mock's today."""
    code = "print(json.dumps([time.time(), datetime.datetime.now().timestamp()]))"
    before = datetime.now(UTC).timestamp()
    with shimmed(tmp_path, ahead=86400.0 * 365) as setting:
        told = setting.python(PRELUDE + code)
    assert all(0 <= clock - before - 86400 * 365 < PATIENCE * 3 for clock in told)


def test_when_the_mock_is_gone_time_passes_as_it_does(tmp_path: Path) -> None:
    """A program that outlives the run still ends."""
    code = "before = time.monotonic(); time.sleep(0.5); print(json.dumps(time.monotonic() - before))"
    with shimmed(tmp_path) as setting:
        setting.server.stop()
        assert 0.5 <= setting.python(PRELUDE + code) < 10


def test_without_its_variable_nothing_is_changed() -> None:
    """The preload alone is inert."""
    code = "import time, sys; print(time.sleep, '_reportmocks_time' in sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", code],
        env=clean_environment({"PYTHONPATH": str(PRELOADS / "python")}),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert done.stdout == "<built-in function sleep> False\n"
