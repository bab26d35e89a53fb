"""One request on its way: what is known of it so far, and what its log line and journal entry will say."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs

from reportcontracts.catalogue import Catalogue, load_catalogue
from reportmocks.kernel.remedies import Remedy
from reportmocks.kernel.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Violated:
    """Something that the contract does not have: in the client's request, or in the mock's own response."""

    side: Literal["request", "response"]
    path: str
    """Where: `$.parameters.start`, `query format`, `header content-type`, `status`."""
    message: str
    rule: str | None


@dataclass(slots=True)
class Call:
    """A request being answered. The gateway makes it, the routes fill it in, the journal keeps it.

    Instants are milliseconds since the epoch.
    """

    environ: dict[str, Any]
    wall: int
    """The wall clock when the request came."""
    vendor: str = "-"
    catalogue: Callable[[str], Catalogue] = load_catalogue
    """Has the reports of a vendor, as they are served."""
    base_url: str = ""
    """What the client's own form of address puts before the vendor's documented path."""
    origin: str = ""
    """Where the control API is, seen from this client."""
    storage_url: str = ""
    """The origin of signed links given to this client."""
    body: bytes = b""
    """What was read of the request's body."""
    body_limit: int | None = None
    """The bytes that a body may have, if this one had more and was not read to its end."""
    sandbox: Sandbox | None = None
    job: str | None = None
    rules: list[str] = field(default_factory=list)
    """Ids of the rules that shaped the answer, the deciding one first."""
    notes: list[str] = field(default_factory=list)
    """What a person at the log should know of this answer."""
    faults: list[str] = field(default_factory=list)
    """The kinds of the planned faults that strike it."""
    violations: list[Violated] = field(default_factory=list)
    """What of it, and of its answer, the contract does not have, where that is looked at."""
    refused: str | None = None
    """What was refused and why, in a sentence, if it was."""
    numbers: dict[str, Any] | None = None
    """The numbers of the limit that refused it, or of whatever did."""
    remedy: Remedy | None = None
    """What would have worked instead, where the refusal knew."""
    wait_until: int | None = None
    """The end of the wait that the answer tells its client."""
    streamed: bool = False
    """Whether the body is a download, logged when it ends and not kept in the journal."""
    status: int = 0
    sent: int = 0
    """Bytes of the body handed to the server so far."""
    answer: bytes = b""
    """The body, of answers that are not downloads."""
    answer_headers: list[tuple[str, str]] = field(default_factory=list)
    took: float = 0.0
    """Seconds from the request to the end of its answer."""

    def form_value(self, name: str) -> str:
        """The first value of a parameter in a body that is a form; empty where there is none."""
        if not self.environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
            return ""
        return parse_qs(self.body.decode("utf-8", "replace")).get(name, [""])[0]

    def shaped_by(self, rule: str) -> None:
        """Name a rule that shaped the answer."""
        if rule and rule not in self.rules:
            self.rules.append(rule)

    def decided_by(self, rule: str) -> None:
        """Name the rule that decided the answer, before any that shaped it so far."""
        if rule:
            self.rules[:] = [rule, *(other for other in self.rules if other != rule)]

    def wait(self, until: int | None) -> int | None:
        """Tell the client to wait until an instant; return the seconds for `Retry-After`.

        `None` stands for a wait without a known end, which has no `Retry-After`. Where the clock
        jumps by itself the wait will be over at the client's next request, so it is told one second.
        """
        if until is None or self.sandbox is None:
            return None
        if self.wait_until is not None:
            self.sandbox.take_back_wait(self.wait_until)
        self.wait_until = until
        self.sandbox.tell_wait(until)
        if self.sandbox.clock.mode == "auto":
            return 1
        return max(1, -(-(until - self.sandbox.now) // 1000))

    def wait_not_told(self) -> None:
        """Note that the client is not told to wait after all."""
        if self.wait_until is not None and self.sandbox is not None:
            self.sandbox.take_back_wait(self.wait_until)
        self.wait_until = None
