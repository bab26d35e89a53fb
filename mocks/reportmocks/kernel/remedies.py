"""What would have been answered in place of what was refused: changes to the request, or a later instant.

A refusal knows its own remedy, of the one thing that it is about. Where a request is read without side
effects, `complete` reads it again with the remedy, and so on, until the whole of it is accepted.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reportmocks.kernel.refusals import Refusal

Place = Literal["sent", "present", "query", "header", "json"]
ATTEMPTS: Final = 20
"""How often a request is read again at most; one that has more wrong with it has no nearest neighbour."""


@dataclass(frozen=True, slots=True)
class Change:
    """Another value for a part of a request; `None` leaves the part out, a list gives it several times.

    A parameter stands where it was `sent`, else where the request has its others, unless it is only changed
    where it is `present`, or belongs to the `query`. A `header` is one. In a body of `json` a dotted name
    leads to a member of a member.
    """

    name: str
    value: object = None
    place: Place = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What to do otherwise; without a part, the same request again.

    Attributes:
        changes: To the request's parameters, members and headers.
        method: Another method.
        path: A part of the path and what to put in its place.
        after: The instant of the sandbox's clock from which on it is answered; milliseconds.
        needs: What else the client must do first, in words.
    """

    changes: tuple[Change, ...] = ()
    method: str | None = None
    path: tuple[str, str] | None = None
    after: int | None = None
    needs: str | None = None


def complete(refusal: "Refusal", read: Callable[[tuple[Change, ...]], object]) -> None:
    """Make a refusal's remedy one that heals the whole request, or take it away where there is none.

    `read` reads the request with some changes made to it, and refuses as it would have.
    """
    from reportmocks.kernel.refusals import Refusal  # noqa: PLC0415 - it imports this module

    first = refusal.remedy
    latest, changes = first, tuple[Change, ...]()
    for _ in range(ATTEMPTS):
        if latest is None or not latest.changes:
            break
        changes += latest.changes
        try:
            read(changes)
        except Refusal as another:
            latest = another.remedy
        else:
            refusal.suggested = replace(first or Remedy(), changes=changes)
            return
    refusal.hopeless = True


@contextmanager
def completed(read: Callable[[tuple[Change, ...]], object]) -> "Iterator[None]":
    """What is refused within has a remedy for the whole request, as `complete` makes it."""
    from reportmocks.kernel.refusals import Refusal  # noqa: PLC0415 - it imports this module

    try:
        yield
    except Refusal as refusal:
        if refusal.remedy is not None and refusal.remedy.changes:
            complete(refusal, read)
        raise


def changed(given: Mapping[str, list[str]], changes: Iterable[Change]) -> dict[str, list[str]]:
    """Parameters by name, each with all of its values, after some changes."""
    result = {name: list(values) for name, values in given.items()}
    for change in changes:
        if change.value is None:
            result.pop(change.name, None)
        elif change.place != "present" or change.name in result:
            values = change.value if isinstance(change.value, list) else [change.value]
            result[change.name] = [str(value) for value in values]
    return result


def changed_object(given: Mapping[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """An object of JSON after some changes; dotted names lead into objects within it."""
    result = dict(given)
    for change in changes:
        _put(result, change.name.split("."), change.value)
    return result


def _put(within: dict[str, Any], path: list[str], value: object) -> None:
    name, *rest = path
    if rest:
        inner = within.get(name)
        within[name] = dict(inner) if isinstance(inner, dict) else {}
        _put(within[name], rest, value)
    elif value is None:
        within.pop(name, None)
    else:
        within[name] = value
