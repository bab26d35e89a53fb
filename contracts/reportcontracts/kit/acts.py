"""What a client did: the entries of a sandbox's journal, each read as a step on the way of a report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl

Entry = Mapping[str, Any]
"""An entry of the journal, as `GET /_mock/requests` tells it."""

HIDDEN: Final = "***"
"""What the journal has in a secret's place."""

TOKEN_PARAMETERS: Final = frozenset({"analyticsaccesstoken", "signature", "awsaccesskeyid"})
"""Parameters, in lower case, of addresses that a vendor itself makes, and that hold a secret."""


class Kind(StrEnum):
    """What a request is, in the way of a report."""

    TOKEN = "token"  # noqa: S105 - a word
    SUBMIT = "submit"
    POLL = "poll"
    ROWS = "rows"
    """A call that is answered with rows at once."""
    DOWNLOAD = "download"
    """A call that leads to the storage."""
    STORAGE = "storage"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One request and its answer.

    Instants are milliseconds since the epoch: `at` by the sandbox's clock, `wall` by the wall clock; so is
    `took`, in milliseconds.
    """

    number: int
    kind: Kind
    at: int
    wall: int
    took: float
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: str
    status: int
    rules: tuple[str, ...]
    job: str | None
    retry_after: float | None
    notes: tuple[str, ...] = ()

    def shaped_by(self, *rules: str | None) -> bool:
        """Whether one of these rules shaped the answer."""
        return any(rule in self.rules for rule in rules)

    def parameters(self) -> list[tuple[str, str]]:
        """The query's parameters, decoded, in order."""
        return parse_qsl(self.query, keep_blank_values=True)

    def parameter(self, name: str) -> str | None:
        """The last value of a parameter of the query."""
        return dict(self.parameters()).get(name)

    def header(self, name: str) -> str | None:
        """The value of a header of the request, its name in any case."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)

    @property
    def target(self) -> str:
        """Path and query, as the request line has them."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Reading:
    """How a vendor's journal is read.

    Attributes:
        kind: What a request is, by method, path, status and rules. For a vendor where one call both starts a
            report and looks at it, a look is what `POLL` says, and the first one of a job is made a `SUBMIT`.
        pending: The rules of answers that mean: not yet.
        over: The rules of answers after which a job need not be looked at again.
        rates: The rules of refusals for having asked too much.
        one_call: Whether one call both starts a report and looks at it.
    """

    kind: Callable[[str, str, tuple[str, ...]], Kind]
    pending: frozenset[str]
    over: frozenset[str]
    rates: frozenset[str]
    one_call: bool = False


def act_of(reading: Reading, entry: Entry, started: set[str]) -> Act:
    """The act that an entry tells of; `started` holds the jobs seen so far, and is added to."""
    rules = tuple(entry["rules"])
    kind = reading.kind(entry["method"], entry["path"], rules)
    job = entry["job"]
    if reading.one_call and kind is Kind.POLL and (job is None or job not in started):
        kind = Kind.SUBMIT
    if job is not None:
        started.add(job)
    wall = instant(entry["time"])
    return Act(
        number=entry["number"],
        kind=kind,
        at=wall if entry["clock"] is None else instant(entry["clock"]),
        wall=wall,
        took=entry["ms"],
        method=entry["method"],
        path=entry["path"],
        query=entry["query"],
        headers=entry["headers"],
        body=entry["body"],
        status=entry["status"],
        rules=rules,
        job=job,
        retry_after=_seconds(entry["answer"]["headers"]),
        notes=tuple(entry["notes"]),
    )


def instant(text: str) -> int:
    """The instant that a text of ISO 8601 with an offset names, in milliseconds since the epoch."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _seconds(headers: Mapping[str, str]) -> float | None:
    """What `Retry-After` says; a date, which no mock sends, says nothing."""
    said = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(said) if said.isascii() and said.isdigit() else None
