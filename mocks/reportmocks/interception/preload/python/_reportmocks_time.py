"""Turns a Python client's waiting into moving the mocks' clock, and lets it read their time.

A sleep asks the control API to advance the clock by what is left of it, and returns; `time` and `datetime`
tell the wall clock and all that was slept. It runs in the client's interpreter: it imports nothing of ours,
and nothing newer than Python 3.8.

Not every wait may be cut short. Somebody who sleeps wants time to pass; somebody who waits for something
with a limit mostly wants that something. So a sleep is over at once, unless a request is under way or other
threads are at work; a wait with a limit runs into it only when for a while nothing has happened in this
process at all. Limits of sockets stay on the wall clock. Sleepers are woken in the order of their time.
"""

from __future__ import annotations

import _socket
import json
import mmap
import os
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTLE = 0.02
"""Seconds without anything happening after which a sleep beside other threads is over."""
QUIET = 0.1
"""Seconds without anything happening after which a wait with a limit runs into it."""
UNDER_WAY = 10.0
"""Seconds for which a request without an answer counts as being under way."""
SHORT = 0.25
"""Seconds below which a sleep is somebody's way of looking again and again, and a part of it a wait's."""
BUSY = 0.25
"""The share of a moment's processor time above which some thread is at work."""

Note = Callable[[int], None]

_TICK = 0.005
_WITHIN = getattr(_socket, "AF_UNIX", None)
_real_sleep, _real_monotonic, _process_time = time.sleep, time.monotonic, time.process_time
_real_time = time.time


class Shared:
    """The seconds slept so far, in a file that all processes of a run share."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "r+b", buffering=0)  # noqa: PTH123, SIM115 - open for as long as the process is
        self._map = mmap.mmap(self._file.fileno(), 8)

    def get(self) -> float:
        """The seconds slept so far."""
        return float(struct.unpack_from("<d", self._map)[0])

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among processes."""
        try:
            import fcntl  # noqa: PLC0415 - not there on Windows
        except ImportError:
            yield
            return
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def add(self, seconds: float) -> None:
        """Add to them; only under the lock."""
        struct.pack_into("<d", self._map, 0, self.get() + seconds)


class Traffic:
    """What is under way on this process's connections, by file descriptor."""

    def __init__(self) -> None:
        self._asked: dict[int, float] = {}
        self.last = 0.0
        """When something was last sent or received, on the real monotonic clock."""

    def sent(self, number: int) -> None:
        """Something was sent, or a connection is being opened: an answer is to come."""
        self.last = self._asked[number] = _real_monotonic()

    def received(self, number: int) -> None:
        """Something has come."""
        self.last = _real_monotonic()
        self._asked.pop(number, None)

    def under_way(self) -> bool:
        """Whether an answer is to come."""
        since = _real_monotonic() - UNDER_WAY
        return any(asked > since for asked in list(self._asked.values()))


class Shim:
    """The time that this process lives by."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.shared = Shared(told["state"])
        self.traffic = Traffic()
        self._control = tuple(told["control"])
        self._token: str = told.get("token") or ""
        self._target: str = told["target"]
        self._ahead: float = told["ahead"]
        self._lock = threading.Lock()
        self._wakes: list[float] = []
        self._works = True

    def monotonic(self) -> float:
        """Seconds that have passed, slept ones included."""
        return _real_monotonic() + self.shared.get()

    def now(self) -> float:
        """The mocks' time, in seconds since the epoch."""
        return _real_time() + self.shared.get() + self._ahead

    def sleep(self, seconds: float) -> None:
        """`time.sleep`."""
        if not seconds >= SHORT or not self._works:
            _real_sleep(seconds)
            return
        with self._waiting(self.monotonic() + seconds) as wake:
            while self.monotonic() < wake:
                self._pass_time(wake, SETTLE if threading.active_count() > 1 else 0, _real_sleep)

    def wait(self, seconds: float, try_for: Callable[[float], Any]) -> Any:
        """Wait for something with a limit; `try_for` waits on the wall clock, and tells whether it came."""
        if not seconds >= SHORT or not self._works:
            return try_for(seconds)
        alone = threading.active_count() == 1
        with self._waiting(self.monotonic() + seconds) as wake:
            while (left := wake - self.monotonic()) > 0:
                came = try_for(min(_TICK, left)) or self._pass_time(wake, 0 if alone else QUIET, try_for)
                if came:
                    return came
            return try_for(0)

    def wait_in_loop(self, seconds: float, select: Callable[[float], Any], *, sleeps: bool) -> Any:
        """Wait for sockets until the next timer of a loop, which ends a sleep or limits something."""
        if not seconds >= SHORT or not self._works:
            return select(seconds)
        if not sleeps:
            return self.wait(seconds, select)
        settle = SETTLE if threading.active_count() > 1 else 0
        with self._waiting(self.monotonic() + seconds) as wake:
            while self.monotonic() < wake:
                ready = self._pass_time(wake, settle, select)
                if ready:
                    return ready
            return select(0)

    def forget_others(self) -> None:
        """After a fork: this process has one thread, and it does not wait."""
        self._lock = threading.Lock()
        self._wakes.clear()

    @contextmanager
    def _waiting(self, wake: float) -> Iterator[float]:
        with self._lock:
            self._wakes.append(wake)
        try:
            yield wake
        finally:
            with self._lock:
                self._wakes.remove(wake)

    def _pass_time(self, wake: float, settle: float, pause: Callable[[float], Any]) -> Any:
        """Let some time pass: all that is left until `wake`, if nothing else is going on, or a moment."""
        left = max(wake - self.monotonic(), 0)
        if not self._works:
            return pause(left)
        with self._lock:
            first = min(self._wakes) >= wake
        if not first or self.traffic.under_way():
            return pause(min(_TICK, left))
        if settle:
            began, used = _real_monotonic(), _process_time()
            came = pause(min(settle, left))
            if came or self.traffic.last > began or self.traffic.under_way():
                return came
            if _process_time() - used > BUSY * settle:
                return None
        self.jump(wake)
        return None

    def jump(self, wake: float) -> None:
        """Advance the mocks' clock until `wake`, unless it or an earlier sleeper is there already."""
        with self._lock, self.shared.locked():
            seconds = wake - self.monotonic()
            if seconds <= 0 or (self._wakes and min(self._wakes) < wake):
                return
            if self._advance(seconds):
                self.shared.add(seconds)
            else:
                self._works = False  # the run is over, or its clock at its end: time passes as it does

    def _advance(self, seconds: float) -> bool:
        """Ask the control API, by a socket that nobody has changed; tell whether it has done so."""
        body = json.dumps({"advance": f"{max(round(seconds * 1000), 1)}ms"}).encode()
        head = f"POST {self._target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        if self._token:
            head += f"Authorization: Bearer {self._token}\r\n"
        head += f"Content-Length: {len(body)}\r\n\r\n"
        answer = b""
        connection = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        try:
            connection.settimeout(UNDER_WAY)
            connection.connect(self._control)
            connection.sendall(head.encode() + body)
            while chunk := connection.recv(65536):
                answer += chunk
        except OSError:
            return False
        finally:
            connection.close()
        return answer.startswith(b"HTTP/1.1 200")


def live_by(told: dict[str, Any]) -> None:
    """Have this process live by the mocks' time."""
    shim = Shim(told)
    _change_time(shim)
    _change_datetime()
    _change_sockets(shim.traffic)
    _change_threading(shim)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=shim.forget_others)
    _after_import("asyncio.selector_events", lambda module: _change_asyncio(module, shim))


def _change_time(shim: Shim) -> None:
    module: Any = time
    perf_counter, gmtime, localtime, strftime = time.perf_counter, time.gmtime, time.localtime, time.strftime
    module.sleep = shim.sleep
    module.time, module.time_ns = shim.now, lambda: int(shim.now() * 1_000_000_000)
    module.monotonic, module.monotonic_ns = shim.monotonic, lambda: int(shim.monotonic() * 1_000_000_000)
    module.perf_counter = lambda: perf_counter() + shim.shared.get()
    module.perf_counter_ns = lambda: int(module.perf_counter() * 1_000_000_000)
    module.gmtime = lambda seconds=None: gmtime(shim.now() if seconds is None else seconds)
    module.localtime = lambda seconds=None: localtime(shim.now() if seconds is None else seconds)
    module.strftime = lambda form, at=None: strftime(form, module.localtime() if at is None else at)
    module.ctime = lambda seconds=None: time.asctime(module.localtime(seconds))


def _change_datetime() -> None:
    """Give `datetime` and `date` other ways to read the clock; their classes stay the same objects."""
    import datetime as dt  # noqa: PLC0415 - only now, when `time` is what it is to be

    def now(kind: Any, tz: Any = None) -> Any:
        return kind.fromtimestamp(time.time(), tz)

    def utcnow(kind: Any) -> Any:
        return kind.fromtimestamp(time.time(), dt.timezone.utc).replace(tzinfo=None)

    def today(kind: Any) -> Any:
        return kind.fromtimestamp(time.time())

    with suppress(ImportError, AttributeError, IndexError):  # on an interpreter that is built otherwise
        clock = {"now": classmethod(now), "utcnow": classmethod(utcnow), "today": classmethod(today)}
        _change_type(dt.datetime, **clock)
        _change_type(dt.date, today=classmethod(today))


def _change_type(kind: type, **members: Any) -> None:
    """Set members of a type that is written in C."""
    import ctypes  # noqa: PLC0415 - only where it is there
    import gc  # noqa: PLC0415

    gc.get_referents(kind.__dict__)[0].update(members)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def _change_sockets(traffic: Traffic) -> None:
    """Take note of what is sent and received."""
    import socket  # noqa: PLC0415 - when `time` is what it is to be
    import ssl  # noqa: PLC0415

    _note(socket.socket, ("send", "sendall", "connect_ex"), before=traffic.sent)
    _note(socket.socket, ("recv", "recv_into", "close"), after=traffic.received)
    _note(socket.socket, ("connect",), before=traffic.sent, after=traffic.received)  # one that goes on raises
    _note(ssl.SSLSocket, ("send", "write"), before=traffic.sent)
    _note(ssl.SSLSocket, ("read",), after=traffic.received)
    _note(ssl.SSLSocket, ("do_handshake",), before=traffic.sent, after=traffic.received)


def _note(
    kind: Any, names: tuple[str, ...], *, before: Note | None = None, after: Note | None = None
) -> None:
    """Have methods take note of their socket's descriptor, before they begin or when they are done."""
    for name in names:
        setattr(kind, name, _noted(getattr(kind, name), before, after))


def _noted(method: Any, before: Note | None, after: Note | None) -> Any:
    def noted(sock: Any, *args: Any, **more: Any) -> Any:
        if sock.family == _WITHIN:  # such as the pipe by which a thread wakes a loop: no answer is to come
            return method(sock, *args, **more)
        number = sock.fileno()
        if before:
            before(number)
        result = method(sock, *args, **more)
        if after:
            after(number)
        return result

    return noted


def _change_threading(shim: Shim) -> None:
    """Waits of conditions, and so of events, queues, barriers, timers and futures."""
    module: Any = threading
    module._time = shim.monotonic  # noqa: SLF001 - it has read the clock's name already
    condition: Any = threading.Condition
    wait = condition.wait

    def led_wait(self: Any, timeout: Any = None) -> Any:
        if timeout is None or timeout <= 0:
            return wait(self, timeout)
        return shim.wait(timeout, lambda seconds: wait(self, seconds) if seconds > 0 else False)

    condition.wait = led_wait


def _change_asyncio(module: Any, shim: Shim) -> None:
    """Loops wait for sockets until their next timer: that wait is cut short as a thread's would be."""
    kind = module.BaseSelectorEventLoop
    start = kind.__init__

    def started(loop: Any, selector: Any = None) -> None:
        start(loop, selector)
        loop._selector = _Selector(loop, loop._selector, shim)  # noqa: SLF001 - there is no other way

    kind.__init__ = started


class _Selector:
    """A loop's selector, whose waits are the mocks' time."""

    def __init__(self, loop: Any, selector: Any, shim: Shim) -> None:
        self._loop = loop
        self._selector = selector
        self._shim = shim

    def __getattr__(self, name: str) -> Any:
        return getattr(self._selector, name)

    def select(self, timeout: Any = None) -> Any:
        """What is ready, at the latest when `timeout` seconds have passed."""
        if timeout is None or timeout <= 0:
            return self._selector.select(timeout)
        ready = self._selector.select(0)
        return ready or self._shim.wait_in_loop(
            timeout, self._selector.select, sleeps=self._next_is_a_sleep()
        )

    def _next_is_a_sleep(self) -> bool:
        """Whether the next timer ends an `asyncio.sleep`, and is no limit of something."""
        timers = self._loop._scheduled  # noqa: SLF001 - there is no other way
        return bool(timers) and getattr(timers[0]._callback, "__name__", "") == "_set_result_unless_cancelled"  # noqa: SLF001


def _after_import(name: str, change: Callable[[Any], None]) -> None:
    """Change a module as soon as it is imported."""
    from importlib.abc import Loader, MetaPathFinder  # noqa: PLC0415 - only now, when `time` is what it is to be
    from importlib.util import find_spec  # noqa: PLC0415

    if name in sys.modules:
        change(sys.modules[name])
        return

    class Finder(MetaPathFinder):
        def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:  # noqa: ARG002 - as called
            if fullname != name:
                return None
            sys.meta_path.remove(self)
            spec = find_spec(name)
            if spec is not None and spec.loader is not None:
                spec.loader = Changing(spec.loader)
            return spec

    class Changing(Loader):
        def __init__(self, loader: Any) -> None:
            self._loader = loader

        def create_module(self, spec: Any) -> Any:
            return self._loader.create_module(spec)

        def exec_module(self, module: Any) -> None:
            self._loader.exec_module(module)
            change(module)

    sys.meta_path.insert(0, Finder())
