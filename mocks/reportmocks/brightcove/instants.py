"""The times of the analytics reports: ISO 8601, as strictly as the sandbox's rules have it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from reportcontracts.rules import RuleValues
from reportmocks.kernel.clock import instant_of
from reportmocks.kernel.ranges import parse_date
from reportmocks.kernel.refusals import BadParameter

EXPECTED: Final = "an instant of ISO 8601, such as 2026-01-31T09:30:00Z"
_INSTANT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:?\d{2})?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Instants:
    """Reads times by a sandbox's rules, as milliseconds since the epoch."""

    rules: RuleValues

    def range(self, sent: Mapping[str, str]) -> tuple[int | None, int | None]:
        """The range [start, end) that the parameters start_time and end_time name, open where one is missing.

        Raises:
            BadParameter: One of them is no instant, or the end lies before the start.
        """
        start, end = self._read(sent, "start_time"), self._read(sent, "end_time")
        if start is not None and end is not None and end < start:
            raise BadParameter(
                rule="brightcove.end-before-start",
                name="end_time",
                given=sent["end_time"],
                expected="a time not before start_time",
                valid=sent["start_time"],
            )
        if end is not None and self.rules.text("brightcove.time-bounds", "end") == "inclusive":
            end += 1
        return start, end

    def _read(self, sent: Mapping[str, str], name: str) -> int | None:
        text = sent.get(name)
        if text is None:
            return None
        accepts_dates = self.rules.text("brightcove.bad-time", "dates") == "accept"
        instant = parse_date(text) if accepts_dates else None
        instant = _parse(text) if instant is None else instant
        if instant is None:
            raise BadParameter(rule="brightcove.bad-time", name=name, given=text, expected=EXPECTED)
        self._check_zone(name, text)
        return instant

    def _check_zone(self, name: str, text: str) -> None:
        found = _INSTANT.fullmatch(text)
        if found and not found[3] and self.rules.text("brightcove.time-zone", "action") == "refuse":
            raise BadParameter(
                rule="brightcove.time-zone",
                name=name,
                given=text,
                expected=f"{EXPECTED}, with its offset",
                valid=f"{text}Z",
            )


def _parse(text: str) -> int | None:
    """The millisecond of an instant, in UTC where it has no offset; `None` for anything else."""
    found = _INSTANT.fullmatch(text)
    if not found:
        return None
    moment, fraction, zone = found[1].upper(), found[2] or "", found[3] or "Z"
    try:
        at = datetime.fromisoformat(moment + zone.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant_of(at) + int(fraction[:3].ljust(3, "0"))
