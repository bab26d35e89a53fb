"""The journal: the last requests and their answers, kept in memory and told with secrets hidden."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict
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

_HEAVY: Final = ("wsgi.input", "werkzeug.request", "reportmocks.call")
"""Members of a WSGI environ behind which a whole request stands, its body included."""


class Entry:
    """One finished request: what is told of it, taken from its call, which is not kept."""

    __slots__ = (
        "_answer",
        "_answer_headers",
        "_body",
        "_environ",
        "_faults",
        "_job",
        "_notes",
        "_now",
        "_numbers",
        "_rules",
        "_sent",
        "_status",
        "_took",
        "_violations",
        "_wall",
        "number",
        "refused",
        "remedy",
        "sandbox",
        "vendor",
    )  # fmt: skip

    def __init__(self, number: int, call: Call) -> None:
        self.number = number
        self.vendor = call.vendor
        self.sandbox = call.sandbox.name if call.sandbox else ANONYMOUS
        self._wall, self._now = call.wall, call.sandbox.now if call.sandbox else None
        self._environ = call.environ.copy()
        for key in _HEAVY:
            self._environ.pop(key, None)
        self._body, self._answer = call.body[:BODY_LIMIT], call.answer[:BODY_LIMIT]
        self._status, self._answer_headers = call.status, call.answer_headers
        self._sent, self._took = call.sent or len(call.answer), call.took
        self._job, self._rules, self._notes = call.job, call.rules, call.notes
        self._faults, self._violations = call.faults, call.violations
        self.refused, self.remedy, self._numbers = call.refused, call.remedy, call.numbers

    @property
    def rule(self) -> str | None:
        """The rule that decided the answer."""
        return self._rules[0] if self._rules else None

    def as_dict(self) -> dict[str, Any]:
        """The entry as JSON tells it, secrets hidden."""
        environ = self._environ
        return {
            "number": self.number,
            "time": iso(self._wall),
            "clock": None if self._now is None else iso(self._now),
            "vendor": self.vendor,
            "sandbox": self.sandbox,
            "protocol": environ.get("SERVER_PROTOCOL", ""),
            "origin": _origin(environ),
            "method": environ["REQUEST_METHOD"],
            "path": path_of(environ),
            "query": redaction.query(environ.get("QUERY_STRING", "")),
            "headers": redaction.headers(headers_of(environ)),
            "body": redaction.body(self._body.decode("utf-8", "replace")),
            "status": self._status,
            "answer": {
                "headers": redaction.headers(self._answer_headers),
                "body": redaction.body(self._answer.decode("utf-8", "replace")),
                "bytes": self._sent,
            },
            "ms": round(self._took * 1000, 3),
            "job": self._job,
            "rule": self.rule,
            "rules": self._rules,
            "refused": self._numbers,
            "faults": self._faults,
            "violations": [asdict(violated) for violated in self._violations],
            "notes": self._notes,
        }


class Journal:
    """Keeps the last `capacity` requests."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._entries: deque[Entry] = deque(maxlen=capacity)
        self._lock = threading.Lock()
        self._count = self._broken = 0
        self._watcher: Callable[[Entry], None] | None = None

    def watch(self, watcher: Callable[[Entry], None]) -> None:
        """Have `watcher` told of every request from now on, before the last of its answer is sent."""
        self._watcher = watcher

    def add(self, call: Call) -> None:
        """Keep a finished request."""
        with self._lock:
            self._count += 1
            if call.violations:
                self._broken += any(violated.side == "response" for violated in call.violations)
            entry = Entry(self._count, call)
            self._entries.append(entry)
        if self._watcher is not None:
            self._watcher(entry)

    @property
    def broken(self) -> int:
        """In how many requests the mock itself has broken its contract, as far as it was looked at."""
        return self._broken

    @property
    def count(self) -> int:
        """How many requests there have been, kept or not."""
        return self._count

    def entries(self, vendor: str | None = None, sandbox: str | None = None) -> Iterator[Entry]:
        """The kept requests, oldest first, of one vendor and one sandbox if they are named."""
        with self._lock:
            kept = list(self._entries)
        for entry in kept:
            if vendor in (None, entry.vendor) and sandbox in (None, entry.sandbox):
                yield entry

    def refusal(self, rule: str, sandbox: str | None = None) -> Entry | None:
        """The last kept request that was refused by a rule, of one sandbox if it is named."""
        with self._lock:
            latest = reversed(self._entries)
            return next(
                (
                    entry
                    for entry in latest
                    if entry.refused is not None and entry.rule == rule and sandbox in (None, entry.sandbox)
                ),
                None,
            )

    def forget(self, vendor: str | None = None, sandbox: str | None = None) -> int:
        """Forget the requests of a vendor and a sandbox, or all; return how many they were."""
        gone = {entry.number for entry in self.entries(vendor, sandbox)}
        with self._lock:
            kept = [entry for entry in self._entries if entry.number not in gone]
            self._entries.clear()
            self._entries.extend(kept)
        return len(gone)


def _origin(environ: dict[str, Any]) -> str:
    """Scheme and host of the address that the client used."""
    host = environ.get("HTTP_HOST") or f"{environ.get('SERVER_NAME')}:{environ.get('SERVER_PORT')}"
    return f"{environ.get('wsgi.url_scheme', 'http')}://{host}"


def path_of(environ: dict[str, Any]) -> str:
    """The request's path as the client sent it, the vendor's prefix included."""
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return path if path.isascii() else path.encode("latin-1", "replace").decode("utf-8", "replace")


def headers_of(environ: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The headers of a request, as nearly as WSGI keeps them."""
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            yield key[5:].replace("_", "-").title(), value
        elif key in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            yield key.replace("_", "-").title(), value
