"""Which requests of the journal are meant, and by what the others differ from them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Difference:
    """A condition that a request does not meet."""

    condition: str
    expected: object
    found: object

    def __str__(self) -> str:
        return f"{self.condition} is {self.found!r}, not {self.expected!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Conditions on a request and its answer, all of which are to be met; `None` is no condition.

    Texts may hold `*`, which stands for anything. They are held against what the journal tells, in
    which secrets are hidden.
    """

    method: str | None = None
    path: str | None = None
    status: tuple[int, ...] | None = None
    rule: str | None = None
    job: str | None = None
    fault: str | None = None
    body: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def matches(self, told: Mapping[str, Any]) -> bool:
        """Whether an entry, as the journal tells it, meets all of the conditions."""
        return next(self._differences(told), None) is None

    def differences(self, told: Mapping[str, Any]) -> list[Difference]:
        """The conditions that an entry does not meet."""
        return list(self._differences(told))

    def _differences(self, told: Mapping[str, Any]) -> Iterator[Difference]:
        for name in ("method", "job"):
            wanted = getattr(self, name)
            if wanted is not None and wanted != told[name]:
                yield Difference(name, wanted, told[name])
        if self.status is not None and told["status"] not in self.status:
            expected = self.status[0] if len(self.status) == 1 else list(self.status)
            yield Difference("status", expected, told["status"])
        for name, among in (("rule", "rules"), ("fault", "faults")):
            wanted = getattr(self, name)
            if wanted is not None and wanted not in told[among]:
                yield Difference(name, wanted, told[among])
        for name in ("path", "body"):
            wanted = getattr(self, name)
            if wanted is not None and not like(wanted, told[name]):
                yield Difference(name, wanted, told[name])
        yield from _named("query", self.query, parse_qsl(told["query"], keep_blank_values=True))
        yield from _named("headers", self.headers, told["headers"].items(), fold=True)


def like(wanted: str, text: str) -> bool:
    """Whether a text is as wanted, where `*` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in wanted.split("*"))
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def _named(kind: str, wanted: Mapping[str, str], pairs: Any, *, fold: bool = False) -> Iterator[Difference]:
    """Of the values that have these names, those that are not as wanted; one that is will do."""
    there: dict[str, list[str]] = {}
    for name, value in pairs:
        there.setdefault(name.lower() if fold else name, []).append(value)
    for name, value in wanted.items():
        found = there.get(name.lower() if fold else name, [])
        if not any(like(value, one) for one in found):
            yield Difference(f"{kind}.{name}", value, found[0] if len(found) == 1 else found or None)
