"""The log: one whole line each, for people or for machines, without secrets."""

import json
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportmocks.kernel.call import Call
from reportmocks.kernel.lines import Lines
from reportmocks.kernel.log import Log
from support.kernels import START, World

MARK = "hunter2"
KEY = "hunter2-the-key"


def a_call(world: World | None = None, sandbox: str = "one", **members: Any) -> Call:
    """A finished request; in a sandbox if there is a world for it."""
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "/acme",
        "PATH_INFO": "/v1/reports",
        "QUERY_STRING": "",
        **members.pop("environ", {}),
    }
    opened = world.open(sandbox) if world else None
    usual: dict[str, Any] = {"vendor": "acme", "status": 200, "took": 0.00123}
    return Call(environ, START, sandbox=opened, **(usual | members))


def text_of(call: Call, *secret_names: str) -> str:
    """A request's line for people."""
    lines: list[bytes] = []
    Log("text", frozenset(secret_names), lines.append).request(call)
    return lines[0].decode()


def json_of(call: Call, *secret_names: str) -> dict[str, Any]:
    """A request's line for machines."""
    lines: list[bytes] = []
    Log("json", frozenset(secret_names), lines.append).request(call)
    assert lines[0].endswith(b"}\n")
    found: dict[str, Any] = json.loads(lines[0])
    return found


def test_a_line_tells_what_happened_and_why(world: World) -> None:
    """Time, vendor, sandbox, method, path, status, milliseconds, job, rules; and what to know or to do."""
    call = a_call(
        world,
        environ={"QUERY_STRING": "start=2026-01-01"},
        status=429,
        job="7",
        rules=["acme.rate-minute", "acme.retry-after"],
        notes=["Rate limit exceeded", "clock is frozen"],
    )
    assert text_of(call) == (
        "2026-03-04T12:00:00.000Z acme one GET /acme/v1/reports?start=2026-01-01 429 1.2ms job=7"
        " rule=acme.rate-minute,acme.retry-after | Rate limit exceeded; clock is frozen\n"
    )


def test_a_line_leaves_out_what_there_is_not() -> None:
    """A call without a credential has no sandbox, no job, and no rule shaped it."""
    assert text_of(a_call()) == "2026-03-04T12:00:00.000Z acme - GET /acme/v1/reports 200 1.2ms\n"


def test_a_line_for_machines_has_every_member(world: World) -> None:
    """The same ones each time, so that a query can rely on them."""
    call = a_call(world, answer=b"12345", rules=["acme.a"], notes=["b"], job="7")
    assert json_of(call) == {
        "time": "2026-03-04T12:00:00.000Z",
        "clock": "2026-03-04T12:00:00.000Z",
        "vendor": "acme",
        "sandbox": "one",
        "method": "GET",
        "path": "/acme/v1/reports",
        "status": 200,
        "ms": 1.2,
        "bytes": 5,
        "job": "7",
        "rule": "acme.a",
        "rules": ["acme.a"],
        "faults": [],
        "notes": ["b"],
    }
    assert json_of(a_call()).keys() == json_of(call).keys()


@pytest.mark.parametrize("odd", ["\n", "\r\n", "\x1b[31m", "\x00", "\u2028", "\ud800", "\x85"])
def test_nothing_breaks_a_line(odd: str) -> None:
    """Nobody writes a second line into the log, or a colour onto the screen, by a path or a name."""
    call = a_call(environ={"PATH_INFO": f"/a{odd}b"}, job=f"a{odd}b", notes=[f"a{odd}b"])
    line = text_of(call)
    assert line.count("\n") == 1
    assert line[:-1].isprintable()
    assert "\N{REPLACEMENT CHARACTER}" in line
    assert json_of(call)["job"] == f"a{odd}b"


@given(st.text(max_size=30), st.text(st.characters(max_codepoint=255), max_size=30))
def test_any_text_makes_one_line(text: str, raw: str) -> None:
    """In both forms."""
    call = a_call(environ={"PATH_INFO": raw, "QUERY_STRING": raw}, job=text, notes=[text], rules=[text])
    assert len(text_of(call).splitlines()) == 1
    json_of(call)


@pytest.mark.parametrize("text", ["sandbox a\nb dropped", "\x1b[2J"])
def test_nothing_breaks_the_line_of_an_event(text: str) -> None:
    """A sandbox's name is what a client chose."""
    lines: list[bytes] = []
    Log("text", frozenset(), lines.append).event(text, START)
    assert lines[0].decode()[:-1].isprintable()


def test_events_have_lines_too() -> None:
    """Such as a sandbox dropped to make room."""
    lines: list[bytes] = []
    Log("text", frozenset(), lines.append).event("something", START)
    Log("json", frozenset(), lines.append).event("something", START)
    assert lines == [
        b"2026-03-04T12:00:00.000Z something\n",
        b'{"time": "2026-03-04T12:00:00.000Z", "event": "something"}\n',
    ]


def test_a_log_that_is_off_writes_nothing() -> None:
    """Neither requests nor events."""
    lines: list[bytes] = []
    log = Log("off", frozenset(), lines.append)
    log.request(a_call())
    log.event("something", START)
    log.close()
    assert lines == []


@pytest.mark.parametrize("tell", [text_of, lambda call, *names: json.dumps(json_of(call, *names))])
@pytest.mark.parametrize("query", [f"access_token={MARK}", f"a=1&Signature={MARK}&b=2", f"%74oken={MARK}"])
def test_no_secret_of_a_query_is_logged(tell: Callable[..., str], query: str) -> None:
    """Logs are read by more people than may know it."""
    assert MARK not in tell(a_call(environ={"QUERY_STRING": query}))


@pytest.mark.parametrize("tell", [text_of, lambda call, *names: json.dumps(json_of(call, *names))])
def test_a_sandbox_named_by_a_secret_is_shortened(world: World, tell: Callable[..., str]) -> None:
    """An API key is a sandbox's name and a secret; where it is none, the name is told in full."""
    call = a_call(world, KEY)
    assert KEY not in tell(call, "acme")
    assert "hunt" in tell(call, "acme")
    assert KEY in tell(call)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (f"sandbox={KEY}", False),
        (f"vendor=acme&sandbox={KEY}", False),
        (f"%73andbox={KEY}&vendor=acme", False),
        (f"vendor=acme&vendor=other&sandbox={KEY}", False),
        (f"vendor=other&sandbox={KEY}", True),
    ],
)
def test_a_control_call_does_not_tell_the_secret_either(query: str, *, shown: bool) -> None:
    """It names the sandbox in its query, and might be about the vendor whose names are secrets."""
    call = a_call(vendor="-", environ={"SCRIPT_NAME": "/_mock", "QUERY_STRING": query})
    assert (KEY in text_of(call, "acme")) is shown


def test_lines_of_many_threads_stay_whole(capfd: pytest.CaptureFixture[str]) -> None:
    """None is cut, lost or mixed with another, and each thread's are in its order."""
    log = Log("text", frozenset())

    def write(thread: int) -> None:
        for count in range(200):
            log.event(f"{thread} {count} {'x' * 5000}", START)

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    found = [line.split()[1:] for line in capfd.readouterr().err.splitlines()]
    assert all(len(rest) == 5000 for _, _, rest in found)
    for number in range(4):
        assert [int(count) for of, count, _ in found if of == str(number)] == list(range(200))


def test_a_log_that_nobody_reads_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where standard error is a pipe that is full, lines are left out, and then it says how many."""
    free, written = threading.Event(), list[bytes]()

    def write(_: int, data: bytes) -> int:
        free.wait(10)
        written.append(data)
        return len(data)

    monkeypatch.setattr(os, "write", write)
    lines = Lines(lambda item: b"%d\n" % item, lambda lost: -lost, most=10)
    for number in range(100):
        lines.put(number)
    free.set()
    lines.close()
    *numbers, lost = map(int, b"".join(written).split())
    assert 10 <= len(numbers) < 100
    assert numbers == list(range(len(numbers)))
    assert lost == len(numbers) - 100
