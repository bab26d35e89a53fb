"""What a mock refuses, as values with their numbers; each vendor says it in its own shape.

A refusal names the rule by which it is made. Its text is made from its fields, for the log, the
journal and those vendors whose error bodies carry a text. They are not frozen, because Python
itself writes an exception's traceback; nothing else ever changes one.
"""

from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any, Final

from reportcontracts.errors import shorten
from reportmocks.kernel.clock import iso, span
from reportmocks.kernel.remedies import Change, Remedy

_INSTANTS: Final = frozenset({"now", "frees", "expired", "start", "end", "earliest"})


@dataclass(kw_only=True, eq=False)
class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of ours
    """Something asked for is not given; `rule` is empty where no vendor's rule is behind it.

    `suggested` is a remedy that whoever refuses knows better than the kind of the refusal does.
    """

    rule: str = ""
    suggested: Remedy | None = field(default=None, repr=False)
    hopeless: bool = field(default=False, repr=False)
    """Whether it is known that no remedy helps."""

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """One sentence in English: what is refused and why."""
        return self._text()

    @property
    def hint(self) -> str | None:
        """What would have worked, where that can be told."""
        return self._hint()

    @property
    def numbers(self) -> dict[str, Any]:
        """What kind of refusal it is, and its numbers: instants as text, durations in milliseconds."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        numbers = {name: value for name, value in told.items() if type(value) is int and name != "valid"}
        instants = {name: iso(value) for name, value in numbers.items() if name in _INSTANTS}
        unit = {"unit": told["unit"]} if "unit" in told else {}
        return {"kind": type(self).__name__, **numbers, **instants, **unit}

    @property
    def remedy(self) -> Remedy | None:
        """What the client could have done instead, where that is known."""
        return None if self.hopeless else self.suggested or self._remedy()

    def _text(self) -> str:
        raise NotImplementedError

    def _hint(self) -> str | None:
        return None

    def _remedy(self) -> Remedy | None:
        return None


@dataclass(kw_only=True, eq=False)
class Unauthenticated(Refusal):
    """No credential, or one that is not accepted."""

    reason: str
    missing: bool = False

    def _text(self) -> str:
        return f"Not authenticated: {self.reason}"


@dataclass(kw_only=True, eq=False)
class Forbidden(Refusal):
    """A credential that is good, but not for this."""

    reason: str

    def _text(self) -> str:
        return f"Forbidden: {self.reason}"


@dataclass(kw_only=True, eq=False)
class BadGrant(Refusal):
    """A token request that is not granted; `code` is OAuth's own word for it."""

    code: str
    reason: str

    def _text(self) -> str:
        return self.reason


@dataclass(kw_only=True, eq=False)
class NotFound(Refusal):
    """Nothing of this kind goes by this name: a report, a request, a path."""

    kind: str
    name: str
    known: tuple[str, ...] = ()

    def _text(self) -> str:
        return f"{self.kind} not found: {self.name}"

    def _hint(self) -> str | None:
        return f"known: {', '.join(self.known)}" if self.known else None

    def _remedy(self) -> Remedy | None:
        if not self.known or not self.name:
            return None
        near = get_close_matches(self.name, self.known, n=1, cutoff=0.0)
        return Remedy(path=(self.name, (near or self.known)[0]))


@dataclass(kw_only=True, eq=False)
class WrongMethod(Refusal):
    """The path exists, but not with this method."""

    method: str
    allowed: tuple[str, ...]

    def _text(self) -> str:
        return f"Method {self.method} is not allowed; allowed: {', '.join(self.allowed)}"

    def _remedy(self) -> Remedy | None:
        return Remedy(method=self.allowed[0]) if self.allowed else None


@dataclass(kw_only=True, eq=False)
class BadParameter(Refusal):
    """A parameter whose value cannot be used; `valid` is one that can, `None` to leave the parameter out."""

    name: str
    given: object
    expected: str
    valid: object = None

    def _text(self) -> str:
        return f"Invalid value for {self.name}: {shorten(self.given)}; expected {self.expected}"

    def _remedy(self) -> Remedy | None:
        return Remedy(changes=(Change(self.name, self.valid),))


@dataclass(kw_only=True, eq=False)
class MissingParameter(Refusal):
    """A parameter that must be there and is not; `valid` is a value that it could have."""

    name: str
    expected: str
    valid: object = None

    def _text(self) -> str:
        return f"Missing parameter {self.name}: expected {self.expected}"

    def _remedy(self) -> Remedy | None:
        return None if self.valid is None else Remedy(changes=(Change(self.name, self.valid),))


@dataclass(kw_only=True, eq=False)
class BadBody(Refusal):
    """A request body that cannot be read."""

    reason: str

    def _text(self) -> str:
        return f"Invalid json: {self.reason}"


@dataclass(kw_only=True, eq=False)
class BodyTooLarge(Refusal):
    """A request body of more than `limit` bytes."""

    limit: int

    def _text(self) -> str:
        return f"Request body is larger than {self.limit} bytes"


@dataclass(kw_only=True, eq=False)
class RangeTooLong(Refusal):
    """A time range longer than the vendor gives in one report; instants in milliseconds."""

    start: int
    end: int
    allowed: str

    def _text(self) -> str:
        return f"The range from {iso(self.start)} to {iso(self.end)} is longer than {self.allowed}"

    def _hint(self) -> str | None:
        return f"ask for at most {self.allowed} at a time"


@dataclass(kw_only=True, eq=False)
class RangeTooOld(Refusal):
    """A time range that starts before the earliest instant that this report gives."""

    start: int
    earliest: int

    def _text(self) -> str:
        return f"The range starts at {iso(self.start)}; this report goes back to {iso(self.earliest)}"

    def _hint(self) -> str | None:
        return f"start at {iso(self.earliest)} or later"


@dataclass(kw_only=True, eq=False)
class RateLimited(Refusal):
    """One more of something than a window of time allows; free again at the instant `frees`."""

    limit: int
    unit: str
    window: int
    frees: int
    now: int

    def _text(self) -> str:
        return f"Rate limit exceeded: {self.limit} {self.unit} in {span(self.window)}"

    def _hint(self) -> str | None:
        return f"free again in {span(max(self.frees - self.now, 0))}"

    def _remedy(self) -> Remedy | None:
        return Remedy(after=self.frees)


@dataclass(kw_only=True, eq=False)
class TooManyInFlight(Refusal):
    """One more job than may run at a time; `frees` is when the first of them ends, if time alone ends one."""

    limit: int
    running: tuple[str, ...] = field(default=())
    frees: int | None = None

    def _text(self) -> str:
        return f"Too many reports in flight: at most {self.limit} at a time"

    def _hint(self) -> str | None:
        return f"in flight: {', '.join(self.running)}" if self.running else None

    def _remedy(self) -> Remedy | None:
        needs = "that one of the reports in flight ends, which none does by itself"
        return Remedy(after=self.frees, needs=needs if self.frees is None else None)


@dataclass(kw_only=True, eq=False)
class JobFailed(Refusal):
    """A report that failed, for vendors that say so in the answer to a poll."""

    job: str

    def _text(self) -> str:
        return "The report could not be generated"

    def _remedy(self) -> Remedy | None:
        return Remedy(needs="nothing: the same request again is another run")


@dataclass(kw_only=True, eq=False)
class LinkExpired(Refusal):
    """A signed link used after its life."""

    expired: int
    now: int

    def _text(self) -> str:
        return "Request has expired"

    def _remedy(self) -> Remedy | None:
        return Remedy(needs="a fresh link, from the answer that gave this one")


@dataclass(kw_only=True, eq=False)
class LinkTampered(Refusal):
    """A signed link that is not as it was given."""

    def _text(self) -> str:
        return "The request signature we calculated does not match the signature you provided."


@dataclass(kw_only=True, eq=False)
class TwoCredentials(Refusal):
    """A signed link that came with an Authorization header too."""

    def _text(self) -> str:
        return "Only one auth mechanism allowed"

    def _remedy(self) -> Remedy | None:
        return Remedy(changes=(Change("Authorization", None, "header"),))


@dataclass(kw_only=True, eq=False)
class ObjectGone(Refusal):
    """A signed link to something that is not, or no longer, stored."""

    key: str

    def _text(self) -> str:
        return "The specified key does not exist."


@dataclass(kw_only=True, eq=False)
class Overloaded(Refusal):
    """The mock itself is full: every sandbox is in use."""

    limit: int

    def _text(self) -> str:
        return f"All {self.limit} sandboxes are in use"
