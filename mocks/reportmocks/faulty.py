"""Answers with faults in them: what the gateway does to a call that a planned fault strikes.

Whatever can be said in HTTP is done here, to the answer of the vendor's application or instead of it.
What breaks the connection is only noted down for the relay in front of the server.
"""

import hashlib
import http
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reportmocks import forced
from reportmocks.forced import REFUSE, Wanted
from reportmocks.kernel.call import Call
from reportmocks.kernel.clock import SECOND, pause, span
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.faults import (
    LONGEST,
    CorruptGzip,
    Dribble,
    Effect,
    Failure,
    Fault,
    Garbage,
    Latency,
    Refused,
    Reset,
    Truncated,
    WrongType,
)
from reportmocks.kernel.sandbox import TEMPLATE, Sandbox
from reportmocks.relay.orders import ORDER, Order

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

Identify = Callable[[Call], tuple[str, Sandbox | None] | None]
"""The vendor of a call, and the sandbox that its credential names; `None` where it is no vendor's."""

GZIP: Final = b"\x1f\x8b"

Struck = list[tuple[Fault, int]]


@dataclass(slots=True)
class Answer:
    """What an application has answered, while faults are done to it."""

    status: str
    headers: list[tuple[str, str]]
    body: Iterable[bytes]
    call: Call

    @property
    def length(self) -> int:
        """What `Content-Length` says; 0 where there is none."""
        return int(next((value for name, value in self.headers if name.lower() == "content-length"), 0))

    def set(self, name: str, value: str | None) -> None:
        """Give a header this value alone, or with `None` take it away."""
        self.headers = [header for header in self.headers if header[0].lower() != name.lower()]
        if value is not None:
            self.headers.append((name, value))

    def replace_body(self, body: bytes) -> None:
        """Send these bytes instead; the application hears that its own are not wanted."""
        _close(self.body)
        self.call.streamed = False
        self.set("Content-Length", str(len(body)))
        self.body = [] if self.call.environ["REQUEST_METHOD"] == "HEAD" else [body]


class Faults:
    """Finds the faults that strike a call, and has its answer suffer them."""

    def __init__(self, kernel: Kernel, identify: Identify) -> None:
        self._kernel = kernel
        self._identify = identify

    def struck(self, call: Call, app: "WSGIApplication") -> "WSGIApplication":
        """What answers the call: `app` itself, or where a fault strikes, `app` with that fault."""
        if not self._kernel.store.any_faults:
            return app
        found = self._identify(call)
        if found is None:
            return app
        vendor, sandbox = found
        environ = call.environ
        storage = environ["SCRIPT_NAME"] == "/_storage"
        path = environ["SCRIPT_NAME"] + environ["PATH_INFO"] if storage else environ["PATH_INFO"]
        meets = sandbox or self._kernel.sandboxes.peek(vendor, TEMPLATE, call.wall)
        struck = meets.meet_faults(environ["REQUEST_METHOD"], path, storage=storage)
        if not struck:
            return app
        call.vendor, call.sandbox = vendor, sandbox
        call.faults += [fault.kind for fault, _ in struck]
        call.notes += [f"fault: {fault.effect}" for fault, _ in struck]
        return self._suffering(app, call, struck)

    def _suffering(self, app: "WSGIApplication", call: Call, struck: Struck) -> "WSGIApplication":
        relayed = self._kernel.settings.faults
        storage = call.environ["SCRIPT_NAME"] == "/_storage"

        def answer(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
            effects = [fault.effect for fault, _ in struck]
            refused = next((effect for effect in effects if isinstance(effect, Refused)), None)
            if refused is not None and forced.applies(refused.rule, call.vendor, storage=storage):
                environ[REFUSE] = Wanted(refused.rule, refused.name)
            given = _instead(call, effects) or _asked(app, call)
            for fault, number in struck:
                _do(fault, number, given)
            order = order_of(given, struck)
            if relayed:
                environ[ORDER] = order
            elif order.wait:
                pause(order.wait / SECOND)
            start_response(given.status, given.headers)
            if order.reset:
                call.status = 0  # whatever was answered, the client has not heard it
                call.wait_not_told()
            return given.body

        return answer


def _instead(call: Call, effects: list[Effect]) -> Answer | None:
    """The answer to a call that the application never gets, if a fault keeps it from it."""
    for effect in effects:
        if isinstance(effect, Failure | Reset) and effect.when == "before":
            given = Answer("502 Bad Gateway", [], [], call)
            given.replace_body(b"")
            return given
    return None


def _asked(app: "WSGIApplication", call: Call) -> Answer:
    """The application's own answer."""
    given = Answer("", [], [], call)

    def begin(
        status: str,
        headers: list[tuple[str, str]],
        exc_info: Any = None,  # noqa: ARG001 - an answer that has begun was never sent
    ) -> Callable[[bytes], object]:
        given.status, given.headers = status, headers
        return lambda _: None

    given.body = app(call.environ, begin)
    return given


def _do(fault: Fault, number: int, given: Answer) -> None:
    """Do a fault to an answer, as far as HTTP can say it."""
    effect = fault.effect
    if isinstance(effect, Failure):
        _fail(effect, given)
    elif isinstance(effect, Garbage):
        key = f"garbage {fault.seed} {number}".encode()
        given.replace_body(hashlib.shake_256(key).digest(effect.size))
    elif isinstance(effect, WrongType):
        given.set("Content-Type", effect.content_type)
    elif isinstance(effect, CorruptGzip):
        _corrupt(given)


def _fail(failure: Failure, given: Answer) -> None:
    phrase = http.HTTPStatus(failure.status).phrase if failure.status in _STATUSES else "Failure"
    given.status = f"{failure.status} {phrase}"
    given.headers = [("Content-Type", failure.content_type)]
    page = f"<html><head><title>{given.status}</title></head><body><h1>{given.status}</h1></body></html>\n"
    given.replace_body((page if failure.body is None else failure.body).encode())
    given.call.wait_not_told()
    if failure.retry_after is not None:
        given.set("Retry-After", str(_retry_after(given.call, failure.retry_after)))


_STATUSES: Final = frozenset(status.value for status in http.HTTPStatus)


def _retry_after(call: Call, seconds: int) -> int:
    """The seconds to tell: like every wait, over at the next call where the sandbox's clock jumps."""
    if call.sandbox is None or not seconds:
        return seconds
    return call.wait(call.sandbox.now + seconds * SECOND) or seconds


def order_of(given: Answer, struck: Struck) -> Order:
    """What the faults leave for the relay to do to the answer."""
    wait = size = interval = 0
    cut, reset = None, False
    for fault, number in struck:
        effect = fault.effect
        if isinstance(effect, Latency):
            wait += effect.wait(fault.draw(number, "one"), fault.draw(number, "other"))
        elif isinstance(effect, Reset):
            reset = True
        elif isinstance(effect, Truncated):
            half = given.length // 2 if effect.size is None else effect.size
            cut = min(half, max(given.length - 1, 0)) if given.length else half
        elif isinstance(effect, Dribble):
            size, interval = effect.size, effect.interval
    wait = min(wait, LONGEST)
    if wait:
        given.call.notes.append(f"held back for {span(wait)}")
    return Order(wait=wait, reset=reset, cut=cut, size=size, interval=interval)


def _corrupt(given: Answer) -> None:
    """Send the body gzipped, but not so that it can be unpacked."""
    if given.call.environ["REQUEST_METHOD"] == "HEAD":
        return
    chunks = iter(given.body)
    first = next(chunks, b"")
    body = _chained(first, chunks, given.body)
    if first.startswith(GZIP):
        given.body = _broken(body, given.length // 2)
        return
    given.set("Content-Encoding", "gzip")
    given.set("Content-Length", None)
    if given.call.streamed:
        given.body = _packed(body)
    else:
        given.replace_body(b"".join(_packed(body)))


def _chained(first: bytes, rest: Iterator[bytes], whole: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield first
        yield from rest
    finally:
        _close(whole)


def _broken(body: Iterator[bytes], at: int) -> Iterator[bytes]:
    """The body with one byte of it changed."""
    try:
        for chunk in body:
            if 0 <= at < len(chunk):
                yield chunk[:at] + bytes([chunk[at] ^ 0xFF]) + chunk[at + 1 :]
            else:
                yield chunk
            at -= len(chunk)
    finally:
        _close(body)


def _packed(body: Iterator[bytes]) -> Iterator[bytes]:
    """The body gzipped, with a checksum that is not its own."""
    packer = zlib.compressobj(1, wbits=31)
    try:
        for chunk in body:
            yield packer.compress(chunk)
        end = packer.flush()
        yield end[:-8] + bytes(byte ^ 0xFF for byte in end[-8:-4]) + end[-4:]
    finally:
        _close(body)


def _close(body: Iterable[bytes]) -> None:
    close = getattr(body, "close", None)
    if close is not None:
        close()
