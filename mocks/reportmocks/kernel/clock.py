"""Time: the one module that reads the wall clock, and the clock that a sandbox lives by.

An instant is milliseconds since the epoch in UTC, a duration is milliseconds; both are plain `int`.
"""

import re
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal

SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

EARLIEST: Final = 0
"""1970-01-01: no sandbox's clock starts before it."""
LATEST: Final = 7_258_118_400_000
"""2200-01-01: no sandbox's clock goes past it, so that every date in an answer has four digits."""

Mode = Literal["real", "frozen", "auto"]
MODES: Final[tuple[Mode, ...]] = ("real", "frozen", "auto")
MAX_SCALE: Final = 1_000_000

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
_LAST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
_UNITS: Final = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_DURATION: Final = re.compile(r"(?:\d{1,15}(?:\.\d{1,3})?(?:ms|s|m|h|d|w))+", re.ASCII)
_PART: Final = re.compile(r"(\d+)(?:\.(\d+))?(ms|s|m|h|d|w)", re.ASCII)


def wall_ms() -> int:
    """The wall clock, in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def stopwatch() -> float:
    """Seconds of a clock that never goes back, for measuring how long a request took."""
    return time.perf_counter()


def pause(seconds: float) -> None:
    """Sleep on the wall clock."""
    time.sleep(seconds)


class ClockError(ValueError):
    """A clock was asked for what it does not do; the text says what it would do instead."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A sandbox's clock: a value that turns the wall clock into the sandbox's time.

    `base` is the sandbox's time at the wall instant `anchor`; from there it runs `scale` times as
    fast as the wall, or not at all when frozen. `carried` is how far automatic jumps have moved it
    altogether: tokens and links live by `lease`, which leaves these jumps out, so that an automatic
    jump never expires what has been issued, unless `carry` is off.
    """

    mode: Mode
    base: int
    anchor: int
    scale: float = 1.0
    carried: int = 0
    carry: bool = True

    def now(self, wall: int) -> int:
        """The sandbox's time at the wall instant `wall`."""
        if self.mode == "frozen":
            return self.base
        elapsed = wall - self.anchor
        if elapsed <= 0:
            return self.base
        return min(self.base + int(elapsed * self.scale), LATEST)

    def lease(self, wall: int) -> int:
        """The time by which tokens and links live: `now` without the automatic jumps."""
        return self.now(wall) - self.carried

    def advanced(self, by: int, wall: int) -> "Clock":
        """This clock, `by` milliseconds further on; tokens and links age with it."""
        if by < 0:
            raise ClockError("a clock moves forward only; a reset starts again")
        return self.set(self.now(wall) + by, wall)

    def set(self, to: int, wall: int) -> "Clock":
        """This clock, standing at `to`, which may not lie behind it; see `rewound`."""
        if to < self.now(wall):
            raise ClockError(
                f"a clock moves forward only once it is used, and it is {iso(self.now(wall))} already; "
                "a reset starts again"
            )
        if to > LATEST:
            raise ClockError(f"a clock goes no further than {iso(LATEST)}")
        return replace(self, base=to, anchor=wall)

    def rewound(self, wall: int) -> "Clock":
        """This clock at its earliest instant, for a sandbox in which nothing has happened yet."""
        return replace(self, base=EARLIEST, anchor=wall, carried=0)

    def jumped(self, to: int, wall: int) -> "Clock":
        """This clock after an automatic jump to `to`; tokens and links issued come along, if it carries."""
        now = self.now(wall)
        to = min(to, LATEST)
        if to <= now:
            return self
        carried = self.carried + to - now if self.carry else self.carried
        return replace(self, base=to, anchor=wall, carried=carried)

    def carrying(self, carry: bool) -> "Clock":  # noqa: FBT001 - it is what is set
        """This clock, whose automatic jumps take tokens and links along or let them age."""
        return replace(self, carry=carry)

    def in_mode(self, mode: Mode, wall: int) -> "Clock":
        """This clock in another mode, from the same instant on."""
        return replace(self, mode=mode, base=self.now(wall), anchor=wall)

    def at_scale(self, scale: float, wall: int) -> "Clock":
        """This clock running `scale` times as fast as the wall, from the same instant on."""
        if not 0 < scale <= MAX_SCALE:
            raise ClockError(f"scale is a number above 0 and at most {MAX_SCALE}")
        return replace(self, scale=scale, base=self.now(wall), anchor=wall)


def iso(instant: int) -> str:
    """`2026-01-31T00:00:00.000Z`."""
    second, milliseconds = divmod(min(max(instant, _FIRST), _LAST), SECOND)
    return f"{_written(second)}.{milliseconds:03d}Z"


@lru_cache(maxsize=1024)
def _written(second: int) -> str:
    """A second since the epoch; each request writes one or two, and many requests the same."""
    return moment(second * SECOND).isoformat(timespec="seconds")[:-6]


def moment(instant: int) -> datetime:
    """The instant as an aware `datetime` in UTC; beyond the years 1 to 9999, the first or last of them."""
    return _EPOCH + timedelta(milliseconds=min(max(instant, _FIRST), _LAST))


def instant_of(moment: datetime) -> int:
    """The instant of an aware `datetime`."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def day_of(instant: int) -> int:
    """The first millisecond of the instant's day in UTC."""
    return instant - instant % DAY


def months_before(instant: int, months: int) -> int:
    """The same time of day `months` calendar months earlier; the last day of a shorter month.

    Before the year 1 there is nothing: then it is the first instant of all.
    """
    at = moment(instant)
    year, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    if year < 1:
        return _FIRST
    for day in range(at.day, at.day - 4, -1):
        try:
            return instant_of(at.replace(year=year, month=month + 1, day=day))
        except ValueError:
            continue
    raise AssertionError(at)


def parse_duration(text: str) -> int:
    """`500ms`, `2s`, `5m`, `1h30m`, `15d`: milliseconds, or `ValueError` saying what is allowed."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration: write 500ms, 2s, 5m, 2h, 1h30m, 15d or 2w")
    thousandths = sum(
        (int(whole) * 1000 + int(fraction.ljust(3, "0"))) * _UNITS[unit]
        for whole, fraction, unit in _PART.findall(text)
    )
    if thousandths > LATEST * 1000:
        raise ValueError(f"{text!r} is too long: at most {LATEST // DAY}d")
    return thousandths // 1000


def duration_text(duration: int) -> str:
    """A duration as `parse_duration` reads it, nothing left out: `1m30s`."""
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        count, duration = divmod(duration, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_instant(text: str) -> int:
    """ISO 8601, a date or a date and time (UTC unless it says otherwise): milliseconds, or `ValueError`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or not text[:1].isdigit():
        raise ValueError(f"{text!r} is not an instant: write 2026-01-31 or 2026-01-31T09:30:00Z")
    instant = instant_of(at if at.tzinfo else at.replace(tzinfo=UTC))
    if not EARLIEST <= instant <= LATEST:
        raise ValueError(f"{text!r} is out of range: from {iso(EARLIEST)} to {iso(LATEST)}")
    return instant


def span(duration: int) -> str:
    """A duration for people: `2 s`, `15 min`, `14 d`, `1 d 3 h`."""
    parts = []
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"), (1, "ms")):
        count, duration = divmod(duration, unit)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"
