"""The bounds of a range of Khoros, for those who ask about its data without going through its API."""

import re
from collections.abc import Mapping
from typing import Final

from reportcontracts.catalogue import Report
from reportmocks.kernel.bounds import read_bounds
from reportmocks.kernel.clock import EARLIEST, LATEST, iso
from reportmocks.kernel.sandbox import Sandbox

_MILLISECONDS: Final = re.compile(r"\d{1,15}", re.ASCII)
_SIDES: Final = ("start", "end")


def read_range(sandbox: Sandbox, report: Report, sent: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Milliseconds since the epoch as the vendor has them, or days or instants; `BadParameter` for others.

    A range that ends before it starts is one without rows, unless the vendor's rule has it refused.
    """
    instants = {name: _instant(text) for name, text in sent.items()}
    if sandbox.rules.text("khoros.end-before-start", "action") == "refuse":
        start, end = read_bounds(sandbox, report, instants)
    else:
        one, other = ({name: text for name, text in instants.items() if name == side} for side in _SIDES)
        (start, _), (_, end) = read_bounds(sandbox, report, one), read_bounds(sandbox, report, other)
    inclusive = sandbox.rules.text("khoros.time-bounds", "end") == "inclusive"
    return start, end + 1 if end is not None and inclusive else end


def _instant(text: str) -> str:
    """The instant that milliseconds stand for; anything else as it is."""
    if not _MILLISECONDS.fullmatch(text):
        return text
    return iso(min(max(int(text), EARLIEST), LATEST))
