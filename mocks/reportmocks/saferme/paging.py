"""Pages of lists, by the header `Range`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from reportcontracts.rules import RuleValues
from reportmocks.answers import current_call

T = TypeVar("T")

_RANGE: Final = re.compile(r"[A-Za-z0-9_.-]+\s*=\s*([0-9]{1,18})\s*-\s*([0-9]{0,18})")
_RULE: Final = "saferme.paging"


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: from `first` on, `size` rows at most."""

    first: int
    size: int
    status: int

    def of(self, things: Sequence[T]) -> Sequence[T]:
        """The things on the page."""
        return things[self.first : self.first + self.size]

    def told(self, resource: str, total: int) -> dict[str, str]:
        """The header that tells what part of a list of `total` things this is."""
        last = min(self.first + self.size, total) - 1
        part = "*" if last < self.first else f"{self.first}-{last}"
        return {"Content-Range": f"{resource} {part}/{total}"}


def asked_page(rules: RuleValues) -> Page:
    """The page that the current request asks for."""
    call = current_call()
    match = _RANGE.fullmatch(call.environ.get("HTTP_RANGE", "").strip())
    if match is None or (match[2] and int(match[2]) < int(match[1])):
        return Page(0, rules.number(_RULE), 200)
    call.shaped_by(_RULE)
    first, most = int(match[1]), rules.number(_RULE, "most")
    size = min(int(match[2]) - first + 1, most) if match[2] else most
    return Page(first, size, rules.number(_RULE, "status"))
