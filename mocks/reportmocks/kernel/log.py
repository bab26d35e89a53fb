"""One line a request, for people or for machines, on standard error."""

import json
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs

from reportmocks.kernel import redaction
from reportmocks.kernel.call import Call
from reportmocks.kernel.clock import iso, wall_ms
from reportmocks.kernel.journal import ANONYMOUS, path_of
from reportmocks.kernel.lines import Lines


@dataclass(frozen=True, slots=True)
class Event:
    """Something that no request asked for; `wall` in milliseconds since the epoch."""

    text: str
    wall: int

    def text_line(self) -> str:
        """The event for people."""
        return f"{iso(self.wall)} {self.text}"

    def json_line(self) -> str:
        """The event for machines."""
        return json.dumps({"time": iso(self.wall), "event": self.text})


class Log:
    """Writes request lines and events in one format, whole lines only, from any thread."""

    def __init__(
        self,
        form: Literal["text", "json", "off"],
        secret_names: Container[str],
        write: Callable[[bytes], object] | None = None,
    ) -> None:
        """`secret_names` are the vendors whose sandboxes are named by a secret, shown shortened.

        `write` takes one whole line in UTF-8 at a time, from any thread; without it lines go to standard
        error, moments later.
        """
        self._form = form
        self._secret_names = secret_names
        self._write = write
        queued = write is None and form != "off"
        self._lines = Lines[Call | Event](self._render, _left_out) if queued else None

    def close(self) -> None:
        """See that what was logged is written."""
        if self._lines:
            self._lines.close()

    def request(self, call: Call) -> None:
        """Write the line of a finished request."""
        self._put(call)

    def event(self, text: str, wall: int) -> None:
        """Write a line about something that no request asked for."""
        self._put(Event(text, wall))

    def _put(self, item: "Call | Event") -> None:
        if self._lines:
            self._lines.put(item)
        elif self._write and self._form != "off":
            self._write(self._render(item))

    def _render(self, item: "Call | Event") -> bytes:
        """The line of a request or an event."""
        if self._form == "json":
            line = item.json_line() if isinstance(item, Event) else self._json(item)
        else:
            line = _printable(item.text_line() if isinstance(item, Event) else self._text(item))
        return f"{line}\n".encode()

    def sandbox_name(self, vendor: str, name: str) -> str:
        """A sandbox's name as it may be shown: shortened where it is a secret."""
        return redaction.name(name) if vendor in self._secret_names else name

    def _sandbox(self, call: Call) -> str:
        return (
            ANONYMOUS if call.sandbox is None else self.sandbox_name(call.sandbox.vendor, call.sandbox.name)
        )

    def _text(self, call: Call) -> str:
        parts = [
            iso(call.wall), call.vendor, self._sandbox(call), call.environ["REQUEST_METHOD"],
            self._target(call), str(call.status), f"{call.took * 1000:.1f}ms",
        ]  # fmt: skip
        if call.job:
            parts.append(f"job={call.job}")
        if call.rules:
            parts.append(f"rule={','.join(call.rules)}")
        line = " ".join(parts)
        return f"{line} | {'; '.join(call.notes)}" if call.notes else line

    def _json(self, call: Call) -> str:
        line = {
            "time": iso(call.wall),
            "clock": iso(call.sandbox.now) if call.sandbox else None,
            "vendor": call.vendor,
            "sandbox": self._sandbox(call),
            "method": call.environ["REQUEST_METHOD"],
            "path": self._target(call),
            "status": call.status,
            "ms": round(call.took * 1000, 1),
            "bytes": call.sent or len(call.answer),
            "job": call.job,
            "rule": call.rules[0] if call.rules else None,
            "rules": call.rules,
            "faults": call.faults,
            "notes": call.notes,
        }
        return json.dumps(line)

    def _target(self, call: Call) -> str:
        path, query = path_of(call.environ), call.environ.get("QUERY_STRING")
        if not query:
            return path
        if call.vendor == "-":
            named = parse_qs(query).get("vendor", [""])
            if any(not vendor or vendor in self._secret_names for vendor in named):
                query = redaction.named(query, "sandbox")
        return f"{path}?{redaction.query(query)}"


def _left_out(count: int) -> Event:
    return Event(f"{count} lines were left out here: nobody read them", wall_ms())


def _printable(line: str) -> str:
    """The line with what would break or blur it replaced."""
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
