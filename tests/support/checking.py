"""Every answer of the mocks in a test held against the contract, by whoever carries it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reportcontracts.exchanges import Answered, Sent, load_exchanges
from reportcontracts.names import CONTROL
from reportcontracts.validation import Violation
from reportmocks.answers import CALL
from reportmocks.checking import LARGE, response_violations
from reportmocks.kernel.call import Call

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication


class UnpromisedError(AssertionError):
    """An answer that the contract does not have."""


@dataclass(slots=True)
class Checked:
    """A WSGI application whose every answer is checked when it ends; one that violates the contract fails."""

    app: "WSGIApplication"

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        chunks, size = [], 0
        body = self.app(environ, start_response)
        try:
            for chunk in body:
                size += len(chunk)
                if size <= LARGE:
                    chunks.append(chunk)
                yield chunk
        finally:
            if hasattr(body, "close"):
                body.close()
        if size <= LARGE:
            check(environ, b"".join(chunks))


def check(environ: dict[str, Any], body: bytes) -> None:
    """Hold one exchange against the contract of whoever answered it; planned faults are let be."""
    call: Call | None = environ.get(CALL)
    if call is None or call.faults:
        return
    control = environ.get("SCRIPT_NAME") == "/_mock"
    if call.vendor == "-" and not control:
        return
    found = control_violations(call, body) if control else response_violations(call, body)
    if found:
        told = "\n".join(f"  {violation}" for violation in found)
        request = f"{call.vendor}: {environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        raise UnpromisedError(f"{request} -> {call.status} {body[:300]!r}\n{told}")


def control_violations(call: Call, body: bytes) -> list[Violation]:
    """What the contract of the control API does not allow in an answer.

    One to a call that is not in it passes here: `test_routes_promised.py` tells once what is missing.
    """
    exchanges = load_exchanges(CONTROL)
    environ = call.environ
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    sent = Sent(
        method=environ["REQUEST_METHOD"], path=path, query=environ.get("QUERY_STRING", ""), headers={}
    )
    match = exchanges.find(sent)
    if match is None and call.status < 400:
        return []
    headers = {name.lower(): value for name, value in call.answer_headers}
    answered = Answered(status=call.status, headers=headers, body=body)
    return exchanges.response(sent, answered, match)
