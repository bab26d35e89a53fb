"""Faults: what networks and tired servers do to calls, planned for a sandbox's coming ones.

A fault says which calls it meets and what happens to them. Chance in it is drawn from its seed and the
number of the call, so that a run repeats: the third call that fits is the third call every time.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from reportmocks.kernel.chance import foreseen
from reportmocks.kernel.clock import MINUTE, parse_duration, span

LONGEST: Final = MINUTE
"""Milliseconds that an answer is held back at most, by all latencies together."""

Where = Literal["all", "api", "storage"]
When = Literal["before", "after"]
"""Whether the server has done what was asked when the fault comes."""


@dataclass(frozen=True, slots=True)
class Latency:
    """The answer comes later, by the wall clock: a time, one from `time` to `most`, or log-normal about it.

    Times are milliseconds; with `sigma` the logarithm of the wait is normal with that deviation.
    """

    time: int
    most: int | None = None
    sigma: float | None = None

    def wait(self, one: float, other: float) -> int:
        """The milliseconds that two draws from [0, 1) come to, at most `LONGEST`."""
        if self.most is not None:
            return min(self.time + int(one * (self.most - self.time + 1)), self.most)
        if self.sigma is None:
            return self.time
        normal = math.sqrt(-2 * math.log(1 - one)) * math.cos(2 * math.pi * other)  # Box and Muller
        return int(min(self.time * math.exp(min(self.sigma * normal, 700.0)), LONGEST))

    def __str__(self) -> str:
        if self.most is not None:
            return f"latency of {span(self.time)} to {span(self.most)}"
        about = f", log-normal with sigma {self.sigma:g}" if self.sigma is not None else ""
        return f"latency of {span(self.time)}{about}"


@dataclass(frozen=True, slots=True)
class Failure:
    """An error of the server or of something in front of it, instead of the answer."""

    status: int
    when: When
    retry_after: int | None
    """Seconds."""
    body: str | None
    content_type: str

    def __str__(self) -> str:
        acted = " after the server has acted" if self.when == "after" else ""
        return f"status {self.status}{acted}"


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset instead of the answer: no byte of it comes."""

    when: When

    def __str__(self) -> str:
        return f"connection reset {self.when} the server has acted"


@dataclass(frozen=True, slots=True)
class Truncated:
    """The connection is closed after so many bytes of the body, half of them without a number."""

    size: int | None

    def __str__(self) -> str:
        return f"body cut after {'half' if self.size is None else f'{self.size} bytes'}"


@dataclass(frozen=True, slots=True)
class Dribble:
    """The body comes in pieces of `size` bytes, with `interval` milliseconds between them."""

    size: int
    interval: int

    def __str__(self) -> str:
        return f"{self.size} bytes every {span(self.interval)}"


@dataclass(frozen=True, slots=True)
class Garbage:
    """Bytes that mean nothing, instead of the body."""

    size: int

    def __str__(self) -> str:
        return f"{self.size} bytes of garbage"


@dataclass(frozen=True, slots=True)
class WrongType:
    """Another `Content-Type` than the body's."""

    content_type: str

    def __str__(self) -> str:
        return f"content type {self.content_type}"


@dataclass(frozen=True, slots=True)
class CorruptGzip:
    """A gzipped body that cannot be unpacked; any other is sent gzipped, and cannot either."""

    def __str__(self) -> str:
        return "corrupt gzip"


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal by one of the vendor's rules, without its cause; `name` is the parameter it is about."""

    rule: str
    name: str | None

    def __str__(self) -> str:
        return f"refusal by {self.rule}"


Effect = Refused | Latency | Failure | Reset | Truncated | Dribble | Garbage | WrongType | CorruptGzip


def _latency(told: Mapping[str, Any]) -> Latency:
    if told["from"] is not None:
        return Latency(parse_duration(told["from"]), parse_duration(told["to"]))
    if told["median"] is not None:
        return Latency(parse_duration(told["median"]), sigma=told["sigma"])
    return Latency(parse_duration(told["time"]))


_EFFECTS: Final[Mapping[str, Callable[[Mapping[str, Any]], Effect]]] = {
    "refusal": lambda told: Refused(told["rule"], told["name"]),
    "latency": _latency,
    "status": lambda told: Failure(
        told["status"], told["when"], told["retry_after"], told["body"], told["content_type"]
    ),
    "reset": lambda told: Reset(told["when"]),
    "truncate": lambda told: Truncated(told["bytes"]),
    "dribble": lambda told: Dribble(told["bytes"], parse_duration(told["interval"])),
    "garbage": lambda told: Garbage(told["bytes"]),
    "content-type": lambda told: WrongType(told["content_type"]),
    "corrupt-gzip": lambda _: CorruptGzip(),
}
KINDS: Final = tuple(_EFFECTS)
BYTE_LEVEL: Final = ("reset", "truncate", "dribble")
"""The kinds that no HTTP server does to its own answers: a relay in front of it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault of a sandbox: the calls that it meets, and what happens to them."""

    id: str
    kind: str
    effect: Effect
    where: Where
    method: str | None
    path: re.Pattern[str] | None
    nth: int | None
    """The first that it does something to, of the calls that fit."""
    times: int | None
    probability: float
    seed: int

    @classmethod
    @lru_cache(maxsize=1024)
    def loads(cls, text: str) -> "Fault":
        """The fault that a text of JSON tells, which was checked before."""
        told = json.loads(text)
        return cls(
            id=told["id"],
            kind=told["kind"],
            effect=_EFFECTS[told["kind"]](told),
            where=told["where"],
            method=told["method"],
            path=None if told["path"] is None else pattern(told["path"]),
            nth=told["nth"],
            times=told["times"],
            probability=told["probability"],
            seed=told["seed"],
        )

    def fits(self, method: str, path: str, *, storage: bool) -> bool:
        """Whether a call is one of those that it is about."""
        return (
            self.where in ("all", "storage" if storage else "api")
            and self.method in (None, method)
            and (self.path is None or self.path.fullmatch(path) is not None)
        )

    def strikes(self, number: int, struck: int) -> bool:
        """Whether something happens to the call of this number that fits, after `struck` to which it did."""
        if number < (self.nth or 1) or (self.times is not None and struck >= self.times):
            return False
        return self.probability >= 1 or self.draw(number, "strikes") < self.probability

    def draw(self, number: int, what: str) -> float:
        """A number in [0, 1) for the call of this number that fits, the same every time."""
        return foreseen(what, self.seed, number)


def pattern(path: str) -> re.Pattern[str]:
    """What a path must be like: `*` stands for anything, `{id}` for one segment."""
    parts = re.split(r"(\*|\{[^{}/]*\})", path)
    return re.compile("".join(_WILD.get(part[:1], re.escape(part)) for part in parts), re.DOTALL)


_WILD: Final = {"*": ".*", "{": "[^/]+"}
