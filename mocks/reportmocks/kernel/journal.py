"""The journal: the last requests and their answers, kept in memory and told with secrets hidden."""

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from reportmocks.kernel import redaction
from reportmocks.kernel.call import Call
from reportmocks.kernel.clock import iso

CAPACITY: Final = 10_000
"""Entries kept; the oldest go first."""
BODY_LIMIT: Final = 8 * 1024
"""Bytes kept of a request's body and of an answer's."""

ANONYMOUS: Final = "-"
"""The sandbox of calls that came without a credential."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished request."""

    number: int
    call: Call
    body: bytes

    @property
    def sandbox(self) -> str:
        """The name of its sandbox."""
        return self.call.sandbox.name if self.call.sandbox else ANONYMOUS

    def as_dict(self) -> dict[str, Any]:
        """The entry as JSON tells it, secrets hidden."""
        call, environ = self.call, self.call.environ
        return {
            "number": self.number,
            "time": iso(call.wall),
            "clock": iso(call.sandbox.now) if call.sandbox else None,
            "vendor": call.vendor,
            "sandbox": self.sandbox,
            "method": environ["REQUEST_METHOD"],
            "path": path_of(environ),
            "query": redaction.query(environ.get("QUERY_STRING", "")),
            "headers": redaction.headers(_headers(environ)),
            "body": redaction.body(self.body[:BODY_LIMIT].decode("utf-8", "replace")),
            "status": call.status,
            "answer": {
                "headers": redaction.headers(call.answer_headers),
                "body": redaction.body(call.answer[:BODY_LIMIT].decode("utf-8", "replace")),
                "bytes": call.sent or len(call.answer),
            },
            "ms": round(call.took * 1000, 3),
            "job": call.job,
            "rule": call.rules[0] if call.rules else None,
            "rules": call.rules,
            "notes": call.notes,
        }


class Journal:
    """Keeps the last `capacity` requests."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._entries: deque[Entry] = deque(maxlen=capacity)
        self._lock = threading.Lock()
        self._count = 0

    def add(self, call: Call, body: bytes) -> None:
        """Keep a finished request; `body` is what was read of it."""
        with self._lock:
            self._count += 1
            self._entries.append(Entry(self._count, call, body[:BODY_LIMIT]))

    @property
    def count(self) -> int:
        """How many requests there have been, kept or not."""
        return self._count

    def entries(self, vendor: str | None = None, sandbox: str | None = None) -> Iterator[Entry]:
        """The kept requests, oldest first, of one vendor and one sandbox if they are named."""
        with self._lock:
            kept = list(self._entries)
        for entry in kept:
            if vendor in (None, entry.call.vendor) and sandbox in (None, entry.sandbox):
                yield entry

    def forget(self, vendor: str | None = None, sandbox: str | None = None) -> int:
        """Forget the requests of a vendor and a sandbox, or all; return how many they were."""
        gone = {entry.number for entry in self.entries(vendor, sandbox)}
        with self._lock:
            kept = [entry for entry in self._entries if entry.number not in gone]
            self._entries.clear()
            self._entries.extend(kept)
        return len(gone)


def path_of(environ: dict[str, Any]) -> str:
    """The request's path as the client sent it, the vendor's prefix included."""
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return path if path.isascii() else path.encode("latin-1", "replace").decode("utf-8", "replace")


def _headers(environ: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            yield key[5:].replace("_", "-").title(), value
        elif key in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            yield key.replace("_", "-").title(), value
