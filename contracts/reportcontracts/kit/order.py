"""What a judgement is ordered with: read strictly from the JSON that creates it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from reportcontracts.catalogue import Catalogue, load_catalogue
from reportcontracts.errors import ContractError, UnknownName, shorten
from reportcontracts.identities import SIGNING_IN
from reportcontracts.kit.client_rules import rules_for
from reportcontracts.kit.columns import Columns
from reportcontracts.kit.profile import profile
from reportcontracts.kit.stories import Need, Time
from reportcontracts.names import VENDORS

Word = TypeVar("Word", bound=StrEnum)

MOST_EXAMPLES: Final = 1000
MAX_SEED: Final = 2**63 - 1
MEMBERS: Final = ("vendor", "seed", "only", "skip", "strict", "time", "examples", "can", "columns", "now")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How a client is to be judged.

    Attributes:
        vendor: Whose client it is.
        seed: What the world, the ranges and the drawn stories come from.
        only: Rules and stories to judge by; none of them for all.
        skip: Rules and stories to leave out.
        strict: Whether also a rule whose evidence is only assumed fails the verdict.
        time: By which clock the client sleeps.
        examples: How many stories are drawn besides those that are always told.
        can: What the client and its driver can do.
        columns: How the client calls and casts columns.
        now: Where the sandboxes' clocks start; `None` for where the server's do.
    """

    vendor: str
    seed: int = 1
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    strict: bool = False
    time: Time = Time.WALL
    examples: int = 0
    can: frozenset[Need] = frozenset()
    columns: Columns = field(default_factory=Columns)
    now: str | None = None

    @property
    def signs_in(self) -> bool:
        """Whether the client is given what it signs in with, and no access token."""
        return Need.SESSIONS in self.can and self.vendor in SIGNING_IN


def read_order(body: Mapping[str, Any], catalogue: Callable[[str], Catalogue] = load_catalogue) -> Order:
    """The order that a JSON object holds; `catalogue` has the vendors' reports as they are served.

    Raises:
        ContractError: It has a member that there is not, a value that cannot be, or a name that nothing has.
    """
    for name in body:
        if name not in MEMBERS:
            raise UnknownName("the order", "member", name, MEMBERS)
    vendor = body.get("vendor")
    if vendor not in VENDORS:
        raise UnknownName("the order", "vendor", vendor, VENDORS)
    time = _words(body, "time", Time, [body.get("time", Time.WALL)])[0]
    names = {*rules_for(vendor), *(story.id for story in profile(vendor).stories(time)), f"{vendor}.any"}
    return Order(
        vendor=vendor,
        seed=_whole(body, "seed", 1, MAX_SEED),
        only=_names(body, "only", names),
        skip=_names(body, "skip", names),
        strict=_flag(body, "strict"),
        time=time,
        examples=_whole(body, "examples", 0, MOST_EXAMPLES),
        can=frozenset(_words(body, "can", Need, body.get("can", []))),
        columns=Columns.of(body.get("columns", {}), _columns(catalogue(vendor))),
        now=_now(body),
    )


def _columns(catalogue: Catalogue) -> frozenset[str]:
    return frozenset(name for report in catalogue.values() for name in report.column_names)


def _whole(body: Mapping[str, Any], name: str, default: int, most: int) -> int:
    given = body.get(name, default)
    if type(given) is not int or not 0 <= given <= most:
        raise ContractError("the order", name, f"{shorten(given)} is not a whole number from 0 to {most}")
    return given


def _flag(body: Mapping[str, Any], name: str) -> bool:
    given = body.get(name, False)
    if not isinstance(given, bool):
        raise ContractError("the order", name, f"{shorten(given)} is neither true nor false")
    return given


def _names(body: Mapping[str, Any], name: str, known: Iterable[str]) -> tuple[str, ...]:
    given = body.get(name, [])
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise ContractError("the order", name, f"{shorten(given)} is no array of rules and stories")
    for one in given:
        if one not in known:
            raise UnknownName("the order", "rule or story", one, known)
    return tuple(given)


def _words(body: Mapping[str, Any], name: str, kind: type[Word], given: object) -> list[Word]:
    words = {word.value: word for word in kind}
    if not isinstance(given, list) or any(one not in words for one in given if isinstance(one, str)):
        raise ContractError("the order", name, f"{shorten(body.get(name))} is not of: {', '.join(words)}")
    if not all(isinstance(one, str) for one in given):
        raise ContractError("the order", name, f"{shorten(body.get(name))} is not of: {', '.join(words)}")
    return [words[one] for one in given]


def _now(body: Mapping[str, Any]) -> str | None:
    given = body.get("now")
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ContractError(
            "the order", "now", f"{shorten(given)} is not an instant like 2026-01-31T09:30:00Z"
        )
    return str(given)
