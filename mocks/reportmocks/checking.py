"""Requests and answers held against the contract on their way: what `--validate` asks for.

What a client sends that the contract does not have is noted in the journal, and with `strict` refused. What a
mock answers that it does not have is the mock's own failure, noted there as well.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, Literal

from reportcontracts.calls import Origin
from reportmocks.kernel.call import Call, Violated
from reportmocks.kernel.journal import headers_of
from reportmocks.kernel.refusals import BadBody, BadParameter, MissingParameter, Refusal

if TYPE_CHECKING:
    from reportcontracts.exchanges import Exchanges, Sent
    from reportcontracts.validation import Violation

LARGE: Final = 256 * 1024
"""Bytes of an answer's body up to which it is looked at; a larger one is let pass."""
ROWS: Final = 50
"""Rows of a report that are checked in each answer."""

_PLACES: Final = ("query", "header")


def prepare() -> None:
    """Load what checks, which the first request would otherwise wait for."""
    import reportcontracts.exchanges  # noqa: F401, PLC0415 - it brings jsonschema


def check_request(call: Call) -> None:
    """Note what a request has that the contract does not, or lacks.

    What is no call at all is refused by the vendor's own rule, and is no violation of a call.
    """
    found = _exchange(call)
    if found is not None:
        exchanges, sent = found
        match = exchanges.find(sent)
        if match is not None:
            call.violations += _violated("request", exchanges.request(sent, match))


def refusal_of(call: Call) -> Refusal | None:
    """How a request is refused for the first of its violations."""
    first = next((its for its in call.violations if its.side == "request"), None)
    if first is None:
        return None
    rule = first.rule or f"{call.vendor}.bad-parameter"
    place, _, name = first.path.partition(" ")
    if place not in _PLACES:
        return BadBody(rule=rule, reason=f"{first.path}: {first.message}")
    if name == "$":
        return MissingParameter(rule=rule, name=place, expected=first.message)
    return BadParameter(rule=rule, name=name, given=first.message, expected="what the contract has")


def check_answer(call: Call, body: bytes) -> None:
    """Note what an answer has that the contract does not, or lacks; planned faults are let be."""
    if not call.faults and len(body) <= LARGE:
        call.violations += _violated("response", response_violations(call, body))


def followed(call: Call, body: Iterable[bytes]) -> Iterator[bytes]:
    """A download on its way; it is checked when all of it has gone out, unless it is a large one."""
    chunks: list[bytes] = []
    size = 0
    for chunk in body:
        size += len(chunk)
        if size <= LARGE:
            chunks.append(chunk)
        yield chunk
    if size <= LARGE:
        check_answer(call, b"".join(chunks))


def response_violations(call: Call, body: bytes) -> "list[Violation]":
    """What the contract does not have in the answer to a call, with this body."""
    found = _exchange(call)
    if found is None:
        return []
    from reportcontracts.exchanges import Answered  # noqa: PLC0415 - loaded by now

    exchanges, sent = found
    headers = {name.lower(): value for name, value in call.answer_headers}
    answer = Answered(status=call.status, headers=headers, body=body)
    switched = call.sandbox.rules.overrides if call.sandbox else ()
    return exchanges.response(sent, answer, exchanges.find(sent), rows=ROWS, switched=switched)


def _violated(side: Literal["request", "response"], found: "Iterable[Violation]") -> Iterator[Violated]:
    for its in found:
        yield Violated(side, its.path, its.message, its.rule)


def _exchange(call: Call) -> "tuple[Exchanges, Sent] | None":
    """The contract that a call is under, and its request; `None` for what is no vendor's."""
    from reportcontracts.exchanges import Sent, exchanges_with  # noqa: PLC0415 - it brings jsonschema

    environ = call.environ
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    vendor, origin = call.vendor, Origin.API
    if environ.get("SCRIPT_NAME") == "/_storage":
        vendor, _, key = path.removeprefix("/").partition("/")
        origin, path = Origin.STORAGE, f"/{key}"
    if vendor == "-" or vendor != call.vendor:
        return None
    headers = {name.lower(): value for name, value in headers_of(environ)}
    sent = Sent(
        method=environ["REQUEST_METHOD"],
        path=path,
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=call.body,
        origin=origin,
    )
    return exchanges_with(call.catalogue(vendor)), sent
