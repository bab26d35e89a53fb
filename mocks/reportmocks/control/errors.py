"""What the control API refuses: an RFC 9457 problem that names the field and what is allowed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import Response

from reportcontracts.errors import shorten
from reportmocks.answers import PROBLEM, problem, text_answer


@dataclass(kw_only=True, eq=False)
class ControlError(Exception):
    """Something asked of the control API that it does not do; `kind` ends the problem's stable type."""

    status: int
    kind: str
    detail: str
    members: dict[str, Any] = field(default_factory=dict)

    def response(self) -> Response:
        """The problem as an answer."""
        body = problem(self.status, self.kind, self.detail, **self.members)
        return text_answer(body, self.status, content_type=PROBLEM)


def bad_field(name: str, given: object, allowed: str) -> ControlError:
    """A member of the body, or a parameter, whose value is not allowed."""
    members = {"field": name, "given": given, "allowed": allowed}
    return ControlError(
        status=422, kind="bad-value", detail=f"{name}: {shorten(given)} is not {allowed}", members=members
    )


def parsed(name: str, given: object, parse: Callable[[str], int], allowed: str) -> int:
    """What a text in a member of the body stands for; `parse` raises `ValueError` for what it cannot read."""
    if not isinstance(given, str):
        raise bad_field(name, given, allowed)
    try:
        return parse(given)
    except ValueError as error:
        members = {"field": name, "given": given, "allowed": allowed}
        raise ControlError(
            status=422, kind="bad-value", detail=f"{name}: {error}", members=members
        ) from error


def only_members(body: dict[str, Any], known: tuple[str, ...]) -> None:
    """Refuse a body with a member that is not known."""
    for name, given in body.items():
        if name not in known:
            allowed = (
                f"a member of the body; those are {', '.join(known)}" if known else "taken; there is no body"
            )
            raise bad_field(name, given, allowed)


def unknown(kind: str, name: str, known: Iterable[str], status: int = 404) -> ControlError:
    """A name that there is not."""
    known = list(known)
    members = {"field": kind, "given": name, "allowed": known}
    detail = f"there is no {kind} {name!r}; there are: {', '.join(known) or 'none'}"
    return ControlError(status=status, kind=f"unknown-{kind}", detail=detail, members=members)
