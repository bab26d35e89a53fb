"""What can be done to a sandbox from a test: its clock, its limits, its rules."""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from reportcontracts.remote import Remote

__tracebackhide__ = True  # a failure in a test is shown in the lines of the test, not in ours

Value = bool | int | str
Event = dict[str, str]
"""Something that came due while a clock moved: `at`, `vendor`, `sandbox` and `event`."""

_MICROSECONDS: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox of a running server, by the control API."""

    remote: Remote
    vendor: str
    name: str

    def call(self, method: str, path: str, body: object = None, **query: str | None) -> Any:
        """What the control API answers for this sandbox; `RefusedError` where it refuses."""
        return self.remote.call(method, path, {"vendor": self.vendor, "sandbox": self.name, **query}, body)

    def rule_id(self, name: str) -> str:
        """A rule's id, which may be given without the vendor: `row-cap` is `hapyak.row-cap`."""
        return name if name.startswith(f"{self.vendor}.") else f"{self.vendor}.{name}"


@dataclass(frozen=True, slots=True)
class Clock:
    """The sandbox's clock."""

    _sandbox: Sandbox

    @property
    def now(self) -> datetime:
        """The sandbox's instant, in UTC."""
        return datetime.fromisoformat(self._sandbox.call("GET", "clock")["now"])

    @property
    def mode(self) -> str:
        """`real`, `frozen` or `auto`."""
        return str(self._sandbox.call("GET", "clock")["mode"])

    def advance(self, by: str | timedelta | None = None, **units: float) -> list[Event]:
        """Move on by `"15d"`, by a `timedelta`, or by `days=15, hours=1`; return what came due, in order."""
        if (by is None) != bool(units):
            raise TypeError("advance takes a duration or units such as days=15, and one of the two")
        return self._change(advance=by if isinstance(by, str) else duration(by or timedelta(**units)))

    def set(self, to: str | date) -> list[Event]:
        """Move on to an instant, aware or as `2026-01-31T00:00:00Z`; return what came due, in order.

        It may lie before the clock's own only while nothing has happened in the sandbox.
        """
        return self._change(set=instant_text(to))

    def freeze(self) -> None:
        """Let it stand still from now on, until it is moved."""
        self._change(mode="frozen")

    def run(self, mode: Literal["real", "auto"] = "auto", *, scale: float | None = None) -> None:
        """Let it run: `auto` jumps over every wait; `scale` is how fast it runs against the wall clock."""
        self._change(**({"mode": mode} if scale is None else {"mode": mode, "scale": scale}))

    def _change(self, **asked: object) -> list[Event]:
        events: list[Event] = self._sandbox.call("POST", "clock", asked)["events"]
        return events


def duration(by: timedelta) -> str:
    """A duration as the control API reads it, to the millisecond."""
    return f"{by // _MICROSECONDS}ms"


@dataclass(frozen=True, slots=True)
class Limits(Mapping[str, dict[str, Any]]):
    """The limits by rule, with or without the vendor: what is used of each, by what, and when it frees.

    `limits["row-cap"] = 100` changes its number.
    """

    _sandbox: Sandbox

    def __getitem__(self, rule: str) -> dict[str, Any]:
        return self._all()[self._sandbox.rule_id(rule)]

    def __setitem__(self, rule: str, value: int) -> None:
        self._sandbox.call("PUT", f"limits/{self._sandbox.rule_id(rule)}", {"value": value})

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def exhaust(self, rule: str, **asked: object) -> dict[str, Any]:
        """Use a limit up, or all of it but `left`; return what it is then."""
        path = f"limits/{self._sandbox.rule_id(rule)}/exhaust"
        exhausted: dict[str, Any] = self._sandbox.call("POST", path, asked)
        return exhausted

    def _all(self) -> dict[str, dict[str, Any]]:
        return {limit["rule"]: limit for limit in self._sandbox.call("GET", "limits")}


@dataclass(frozen=True, slots=True)
class Rules(MutableMapping[str, Any]):
    """The rulebook: `rules["in-flight"]` is a rule's values, `rules["in-flight.status"] = 409` a switch."""

    _sandbox: Sandbox

    def __getitem__(self, path: str) -> Any:
        rule, field = self._split(path)
        values = self._sandbox.call("GET", f"rules/{rule}")["values"]
        return values if field is None else values[field]

    def __setitem__(self, path: str, value: Value | Mapping[str, Value]) -> None:
        rule, field = self._split(path)
        if field is None and not isinstance(value, Mapping):
            raise TypeError(f'{path} has switches: set "{path}.value", or a mapping of several')
        self._sandbox.call("PUT", f"rules/{rule}", value if field is None else {field: value})

    def __delitem__(self, path: str) -> None:
        raise TypeError("a rule cannot be taken away; set its switches")

    def __iter__(self) -> Iterator[str]:
        return (rule["id"] for rule in self._sandbox.call("GET", "rules"))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _split(self, path: str) -> tuple[str, str | None]:
        rule, _, field = path.removeprefix(f"{self._sandbox.vendor}.").partition(".")
        return self._sandbox.rule_id(rule), field or None


def instant_text(instant: str | date) -> str:
    """An instant or a day as the control API reads it; anything but a date is left as it is."""
    return instant.isoformat() if isinstance(instant, date) else instant
