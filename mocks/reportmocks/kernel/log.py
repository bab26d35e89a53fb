"""One line a request, for people or for machines, on standard error."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from reportmocks.kernel import redaction
from reportmocks.kernel.call import Call
from reportmocks.kernel.clock import iso
from reportmocks.kernel.journal import ANONYMOUS, path_of


class Log:
    """Writes request lines and events in one format, whole lines only, from any thread."""

    def __init__(
        self,
        form: Literal["text", "json", "off"],
        secret_names: frozenset[str],
        write: Callable[[bytes], object] | None = None,
    ) -> None:
        """`secret_names` are the vendors whose sandboxes are named by a secret, shown shortened.

        `write` takes one whole line in UTF-8 at a time, from any thread.
        """
        self._form = form
        self._secret_names = secret_names
        self._line = write or _to_standard_error

    def request(self, call: Call) -> None:
        """Write the line of a finished request."""
        if self._form == "off":
            return
        self._write(self._text(call) if self._form == "text" else self._json(call))

    def event(self, text: str, wall: int) -> None:
        """Write a line about something that no request asked for."""
        if self._form == "text":
            self._write(f"{iso(wall)} {text}")
        elif self._form == "json":
            self._write(json.dumps({"time": iso(wall), "event": text}))

    def _write(self, line: str) -> None:
        self._line(f"{line}\n".encode("utf-8", "replace"))

    def sandbox_name(self, vendor: str, name: str) -> str:
        """A sandbox's name as it may be shown: shortened where it is a secret."""
        return redaction.name(name) if vendor in self._secret_names else name

    def _sandbox(self, call: Call) -> str:
        return (
            ANONYMOUS if call.sandbox is None else self.sandbox_name(call.sandbox.vendor, call.sandbox.name)
        )

    def _text(self, call: Call) -> str:
        parts = [
            iso(call.wall), call.vendor, self._sandbox(call), call.environ["REQUEST_METHOD"], _target(call),
            str(call.status), f"{call.took * 1000:.1f}ms",
        ]  # fmt: skip
        if call.job:
            parts.append(f"job={call.job}")
        if call.rules:
            parts.append(f"rule={','.join(call.rules)}")
        line = " ".join(parts)
        if call.notes:
            line = f"{line} | {'; '.join(call.notes)}"
        return (
            line
            if line.isprintable()
            else "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
        )

    def _json(self, call: Call) -> str:
        line = {
            "time": iso(call.wall),
            "clock": iso(call.sandbox.now) if call.sandbox else None,
            "vendor": call.vendor,
            "sandbox": self._sandbox(call),
            "method": call.environ["REQUEST_METHOD"],
            "path": _target(call),
            "status": call.status,
            "ms": round(call.took * 1000, 1),
            "bytes": call.sent or len(call.answer),
            "job": call.job,
            "rule": call.rules[0] if call.rules else None,
            "rules": call.rules,
            "notes": call.notes,
        }
        return json.dumps(line)


def _to_standard_error(line: bytes) -> None:
    """Write a line with one call to the system, which keeps the lines of several threads apart."""
    with suppress(OSError):  # nobody reads the log any more; that is no reason not to answer
        os.write(2, line)


def _target(call: Call) -> str:
    path = path_of(call.environ)
    query = call.environ.get("QUERY_STRING")
    return f"{path}?{redaction.query(query)}" if query else path
