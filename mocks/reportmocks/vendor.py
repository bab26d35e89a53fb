"""What a vendor's package hands to the gateway: one value with everything in it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from flask import Flask, Response

from reportcontracts.rules import RuleValues
from reportmocks.answers import current_call
from reportmocks.kernel.call import Call
from reportmocks.kernel.core import Kernel, Traits
from reportmocks.kernel.refusals import RateLimited, Refusal, TooManyInFlight, WrongMethod
from reportmocks.kernel.sandbox import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An object that a signed link leads to: made anew whenever it is asked for."""

    sandbox: Sandbox
    job: str
    tag: str
    """The same for the same bytes: what its `ETag` is made from."""
    modified: int
    """Milliseconds since the epoch."""
    content_type: str
    length: int
    """Bytes before compression."""
    chunks: Callable[[], Iterable[bytes]]
    compressed: bool = False
    """Whether it is stored gzipped."""
    encoded: bool = False
    """Whether it is sent with `Content-Encoding: gzip`."""
    life_rule: str
    """The rule by which a link to it ends."""
    gone_rule: str | None = None
    """The rule by which it is no longer stored, if it is not."""
    refuses_authorization: bool = False
    """Whether a request for it that carries an `Authorization` header is refused."""
    refuses_head: bool = False
    """Whether its link is signed for GET alone."""


class Storage(Protocol):
    """Finds stored objects by key."""

    def __call__(self, kernel: Kernel, key: str) -> Stored:
        """The object of this key; `ObjectGone` where no job goes by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A vendor's mock: its traits, its routes, how it words refusals, and what its signed links lead to."""

    traits: Traits
    routes: Callable[[Flask, Kernel], None]
    """Adds the vendor's routes to its application."""
    render: Callable[[Refusal, RuleValues], Response]
    identify: Callable[[Kernel, Call], Sandbox | None] = lambda _kernel, _call: None
    """The sandbox that the head of a request names, where it can be told before any route is found."""
    storage: Storage | None = None
    curl: str = ""
    """A first call to try, with `{url}` for the vendor's base address."""

    @property
    def id(self) -> str:
        """The vendor's id."""
        return self.traits.id


def status_of(refusal: Refusal, rules: RuleValues, default: int) -> int:
    """The status that the refusal's rule is switched to, or the default where the rule has no such switch."""
    if refusal.rule not in rules.rulebook:
        return default
    status = rules.of(refusal.rule).get("status", default)
    return status if isinstance(status, int) else default


def allow(refusal: WrongMethod) -> dict[str, str]:
    """The header that names the methods which are allowed."""
    return {"Allow": ", ".join(refusal.allowed)}


def retry_after(refusal: RateLimited | TooManyInFlight, *, told: bool = True) -> dict[str, str]:
    """Have the client wait; the header that says how long, unless nobody knows or it is not `told`."""
    seconds = current_call().wait(refusal.frees)
    return {"Retry-After": str(seconds)} if told and seconds is not None else {}
