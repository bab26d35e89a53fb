"""Finds the answers in what an HTTP/1 server sends: where each begins and ends, and what is ordered for it.

Only as much of HTTP is read as that takes (RFC 9112, section 6.3). Bodies pass as they come.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reportmocks.relay.orders import Order

MOST_HEAD: Final = 256 * 1024
"""Bytes of a head; what is longer is no HTTP and passes as it is."""

_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([0-9]{3})")
_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n")
_CHUNKED: Final = re.compile(rb"(?i)\r\ntransfer-encoding:[^\r\n]*chunked[ \t]*\r\n")
_ONLY_BARE: Final = Order(bare=True)


@dataclass(frozen=True, slots=True)
class Head:
    """Status line and headers of an answer, to be sent, and what is ordered for it."""

    data: bytes
    order: Order | None


@dataclass(frozen=True, slots=True)
class End:
    """The end of an answer."""


END: Final = End()
Event = Head | bytes | End


class Answers:
    """Reads a server's side of one connection."""

    def __init__(self, mark: str) -> None:
        """`mark` is the name of the header by which an answer carries its order; it goes no further."""
        self._order = re.compile(rb"(?i)\r\n" + re.escape(mark.encode()) + rb":[ \t]*([^\r\n]*)(?=\r\n)")
        self._head = b""
        self._left: int | None = 0
        """Bytes left of a body that says its length; `None` where it ends with the connection."""
        self._chunks: Chunks | None = None

    def feed(self, data: bytes) -> Iterator[Event]:
        """What comes next in the stream, in order."""
        at = 0
        while at < len(data):
            if self._left is None:
                end = len(data)
            elif self._left:
                end = min(at + self._left, len(data))
                self._left -= end - at
            elif self._chunks:
                end = self._chunks.end(data, at)
            else:
                found, at = self._read_head(data, at)
                if found is None:
                    return
                yield found
                if self._over():
                    yield END
                continue
            yield data if end - at == len(data) else data[at:end]
            at = end
            if self._over():
                self._chunks = None
                yield END

    def _over(self) -> bool:
        """Whether the answer is at its end."""
        return self._left == 0 and (self._chunks is None or self._chunks.over)

    def _read_head(self, data: bytes, at: int) -> tuple[Head | None, int]:
        """The head that is complete with these bytes, or nothing yet; and where it ends in them."""
        before = len(self._head)
        self._head += data[at:]
        end = self._head.find(b"\r\n\r\n", max(before - 3, 0))
        if end < 0:
            if len(self._head) < MOST_HEAD and b"HTTP/1."[: len(self._head)] == self._head[:7]:
                return None, len(data)
            end = len(self._head) - 4
            self._left = None
        head, self._head = self._head[: end + 4], b""
        return self._understood(head), at + len(head) - before

    def _understood(self, head: bytes) -> Head:
        """The head without what is ordered; from here on the body is expected that it announces."""
        found = self._order.search(head)
        order = Order.loads(found[1].decode()) if found else None
        if found:
            head = head[: found.start()] + head[found.end() :]
        status = _STATUS.match(head)
        if status is None:
            self._left = None
        elif not ((order and order.bare) or status[1] in (b"204", b"304") or status[1] < b"200"):
            self._expect_body(head)
        return Head(head, None if order == _ONLY_BARE else order)

    def _expect_body(self, head: bytes) -> None:
        length = _LENGTH.search(head)
        if _CHUNKED.search(head):
            self._chunks = Chunks()
        else:
            self._left = int(length[1]) if length else None


class Chunks:
    """Finds the end of a body that comes in chunks."""

    def __init__(self) -> None:
        self.over = False
        self._left = 0
        self._line = b""
        self._last = False

    def end(self, data: bytes, at: int) -> int:
        """Where the body ends in these bytes, from `at` on, or the end of them where it goes on."""
        while at < len(data) and not self.over:
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
                continue
            newline = data.find(b"\n", at)
            stop = len(data) if newline < 0 else newline + 1
            self._line += data[at:stop]
            at = stop
            if newline >= 0:
                self._read_line(self._line.strip())
                self._line = b""
        return at

    def _read_line(self, line: bytes) -> None:
        if self._last:
            self.over = not line  # else a trailer
            return
        size = int(line.partition(b";")[0], 16)
        self._left = size + 2 if size else 0
        self._last = not size
