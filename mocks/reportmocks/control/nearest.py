"""The request nearest to a refused one that would have been answered, made of what the journal tells."""

import json
import shlex
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlencode

from reportmocks.kernel.clock import duration_text, iso
from reportmocks.kernel.journal import BODY_LIMIT, Entry
from reportmocks.kernel.remedies import Change, Remedy, changed, changed_object
from reportmocks.kernel.sandbox import Sandbox

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"

_OWN: Final = frozenset(
    {
        *("accept", "accept-encoding", "cache-control", "connection", "content-length", "host", "pragma"),
        *("transfer-encoding", "user-agent"),
    }
)
"""Headers that any client sends by itself."""


@dataclass(slots=True)
class Request:
    """A request being changed, secrets hidden as in the journal."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    form: dict[str, list[str]] = field(default_factory=dict)
    members: dict[str, Any] | None = None
    """The object in a body of JSON, if it has one."""
    body: str = ""
    """The body, where it is neither a form nor an object."""

    @classmethod
    def of(cls, told: dict[str, Any]) -> "Request":
        """The request of a journal entry."""
        headers = {name: text for name, text in told["headers"].items() if name.lower() not in _OWN}
        request = cls(told["method"], told["path"], _pairs(told["query"]), headers)
        request._read(told["body"], headers.get("Content-Type", ""))
        return request

    def _read(self, body: str, kind: str) -> None:
        if body.lstrip().startswith("{"):
            try:
                self.members = json.loads(body)
            except ValueError:
                self.body = body
        elif kind.partition(";")[0] == FORM:
            self.form = _pairs(body)
        else:
            self.body = body
            if self.method == "POST" and not body and kind.partition(";")[0] == JSON:
                self.members = {}

    def change(self, change: Change) -> None:
        """Make one change."""
        if change.place == "header":
            own = change.name.lower()
            self.headers = {name: text for name, text in self.headers.items() if name.lower() != own}
            if change.value is not None:
                self.headers[change.name] = str(change.value)
        elif change.place == "json" or self._is_member(change):
            self.members = changed_object(self.members or {}, [change])
        elif change.place != "query" and (change.name in self.form or (self.form and self._adds(change))):
            self.form = changed(self.form, [change])
        elif change.place != "present" or change.name in self.query:
            self.query = changed(self.query, [change])

    def _is_member(self, change: Change) -> bool:
        """Whether a parameter stands in the object, or goes there."""
        if self.members is None or change.place == "query":
            return False
        return change.name.partition(".")[0] in self.members or self._adds(change)

    def _adds(self, change: Change) -> bool:
        """Whether a parameter is new, and goes where the others in the body are."""
        return change.place == "sent" and change.value is not None and change.name not in self.query

    @property
    def sent(self) -> str:
        """The body as it is sent."""
        if self.members is not None:
            return json.dumps(self.members)
        return urlencode(self.form, doseq=True) if self.form else self.body


def nearest(entry: Entry, sandbox: Sandbox, origin: str) -> dict[str, Any] | None:
    """The request that would have been answered where that of `entry` was refused; `None` if nobody knows.

    `origin` is where the mocks are, seen by who asks.
    """
    remedy, told = entry.remedy, entry.as_dict()
    if remedy is None or len(told["body"].encode()) >= BODY_LIMIT:
        return None
    request, before = Request.of(told), Request.of(told)
    request.method = remedy.method or request.method
    if remedy.path is not None:
        request.path = _replaced(request.path, *remedy.path)
    for change in remedy.changes:
        request.change(change)
    if (remedy.changes or remedy.path) and request == before:
        return None  # what was to be changed is nowhere in what the journal kept
    return _told(request, entry.vendor, origin) | _conditions(remedy, sandbox)


def _told(request: Request, vendor: str, origin: str) -> dict[str, Any]:
    path = request.path
    if "Host" not in request.headers and not path.startswith((f"/{vendor}/", "/_storage/")):
        path = f"/{vendor}{path}"
    return {
        "method": request.method,
        "path": path,
        "query": urlencode(request.query, doseq=True),
        "headers": request.headers,
        "body": request.sent,
        "curl": _curl(request, f"{origin}{quote(path)}"),
    }


def _conditions(remedy: Remedy, sandbox: Sandbox) -> dict[str, Any]:
    """From when on, and what else is needed."""
    told: dict[str, Any] = {}
    if remedy.after is not None:
        told["after"] = iso(remedy.after)
        told["wait"] = duration_text(max(remedy.after - sandbox.now, 0))
    if remedy.needs is not None:
        told["needs"] = remedy.needs
    return told


def _curl(request: Request, url: str) -> str:
    words = ["curl", "-i"]
    if request.method == "HEAD":
        words[-1] = "-I"
    elif request.method != ("POST" if request.sent else "GET"):
        words += ["-X", request.method]
    for name, text in request.headers.items():
        words += ["-H", f"{name}: {text}"]
    if request.sent:
        words += ["--data", request.sent]
    query = urlencode(request.query, doseq=True, safe="*")
    return shlex.join([*words, f"{url}?{query}" if query else url])


def _replaced(path: str, old: str, new: str) -> str:
    """The path with one of its parts in place of another."""
    return new if new.startswith("/") else "/".join(new if part == old else part for part in path.split("/"))


def _pairs(text: str) -> dict[str, list[str]]:
    return parse_qs(text, keep_blank_values=True)
