"""Every answer of the mocks in a test held against the contract, by whoever carries it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reportcontracts.calls import Origin
from reportcontracts.exchanges import Answered, Sent, load_exchanges
from reportmocks.answers import CALL
from reportmocks.kernel.call import Call

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

LARGE = 256 * 1024
"""Bytes of a body from which on it is not checked: tests of large downloads check their rows themselves."""
ROWS = 50
"""Rows of a report that are checked in each answer."""


class UnpromisedError(AssertionError):
    """An answer that the contract does not have."""


@dataclass(slots=True)
class Checked:
    """A WSGI application whose every answer is checked when it ends; one that violates the contract fails."""

    app: "WSGIApplication"
    _seen: dict[str, Any] = field(default_factory=dict)

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        sent, started = dict(environ), []

        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started.append((int(status[:3]), headers))
            return start_response(status, headers, exc_info)

        body = self.app(environ, begin)
        return _followed(sent, environ, started, body)


def _followed(
    sent: dict[str, Any], environ: dict[str, Any], started: list[Any], body: Iterable[bytes]
) -> Iterable[bytes]:
    """The body, checked when all of it has come."""
    chunks, size = [], 0
    try:
        for chunk in body:
            size += len(chunk)
            if size <= LARGE:
                chunks.append(chunk)
            yield chunk
    finally:
        if hasattr(body, "close"):
            body.close()
    if size <= LARGE and started:
        status, headers = started[-1]
        check(sent, environ, status, headers, b"".join(chunks))


def check(
    sent: dict[str, Any], environ: dict[str, Any], status: int, headers: list[tuple[str, str]], body: bytes
) -> None:
    """Hold one exchange against the contract of whoever answered it."""
    call: Call | None = environ.get(CALL)
    script = environ.get("SCRIPT_NAME", "")
    owner, path, origin = _owner(call, script, environ["PATH_INFO"])
    if owner is None or (call and call.faults):
        return  # a planned fault breaks promises on purpose
    exchanges = load_exchanges(owner)
    request = Sent(
        method=sent["REQUEST_METHOD"],
        path=path,
        query=sent.get("QUERY_STRING", ""),
        headers={},
        origin=origin,
    )
    answer = Answered(status=status, headers={name.lower(): value for name, value in headers}, body=body)
    switched = call.sandbox.rules.overrides if call and call.sandbox else ()
    found = exchanges.response(request, answer, exchanges.find(request), rows=ROWS, switched=switched)
    if found:
        told = "\n".join(f"  {violation}" for violation in found)
        raise UnpromisedError(f"{owner}: {request.method} {path} -> {status} {body[:300]!r}\n{told}")


def _owner(call: Call | None, script: str, path: str) -> tuple[str | None, str, Origin]:
    """Whose contract an exchange is under, and what the path is in it."""
    path = path.encode("latin-1").decode("utf-8", "replace")
    if script == "/_mock" or call is None:
        return None, path, Origin.API
    if script == "/_storage":
        vendor, _, key = path.removeprefix("/").partition("/")
        return (vendor if vendor == call.vendor else None), f"/{key}", Origin.STORAGE
    return (None if call.vendor == "-" else call.vendor), path, Origin.API
