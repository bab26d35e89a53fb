"""Moving clocks by hand, and telling what has happened on the way."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reportmocks.control.errors import ControlError, bad_field, only_members, parsed
from reportmocks.control.targets import Target, each, label
from reportmocks.kernel.clock import MAX_SCALE, MODES, Clock, ClockError, iso, parse_duration, parse_instant
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.jobs import Job, Phase
from reportmocks.kernel.limits import Window
from reportmocks.kernel.lives import Issued
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.kernel.traits import Traits

MEMBERS = ("mode", "scale", "carry", "set", "advance")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that came due while a clock moved; `at` in milliseconds since the epoch."""

    at: int
    vendor: str
    sandbox: str
    text: str

    def as_dict(self) -> dict[str, Any]:
        """The event as JSON tells it."""
        return {"at": iso(self.at), "vendor": self.vendor, "sandbox": self.sandbox, "event": self.text}


def tell(sandbox: Sandbox) -> dict[str, Any]:
    """A sandbox's clock as JSON tells it."""
    return {
        "vendor": sandbox.vendor,
        "sandbox": label(sandbox),
        "now": iso(sandbox.now),
        "mode": sandbox.clock.mode,
        "scale": sandbox.clock.scale,
        "carry": sandbox.clock.carry,
    }


def change(kernel: Kernel, at: Target, body: dict[str, Any]) -> tuple[list[Sandbox], list[Event]]:
    """Do to the clocks what the body asks; return the sandboxes and what came due, in order."""
    changes = _changes(body)
    events: list[Event] = []

    def change_one(sandbox: Sandbox) -> None:
        clock = _moved(sandbox, changes, body)
        sandbox.set_clock(clock)
        events.extend(due(kernel, sandbox, clock.now(sandbox.wall)))

    return each(kernel, at, change_one), sorted(events, key=lambda event: event.at)


def move(sandbox: Sandbox, body: dict[str, Any]) -> None:
    """Do to a sandbox's clock what a body asks, without telling what came due."""
    sandbox.set_clock(_moved(sandbox, _changes(body), body))


def _moved(sandbox: Sandbox, changes: list[Callable[[Clock, int], Clock]], body: dict[str, Any]) -> Clock:
    clock = sandbox.clock.rewound(sandbox.wall) if "set" in body and sandbox.untouched else sandbox.clock
    try:
        for one in changes:
            clock = one(clock, sandbox.wall)
    except ClockError as error:
        raise _refused(error, sandbox, body) from error
    return clock


def _refused(error: ClockError, sandbox: Sandbox, body: dict[str, Any]) -> ControlError:
    """The refusal of a move that this sandbox's clock does not make."""
    field = "set" if "set" in body else "advance"
    members = {"field": field, "given": body.get(field), "clock": tell(sandbox)}
    return ControlError(status=409, kind="clock", detail=str(error), members=members)


def due(kernel: Kernel, sandbox: Sandbox, until: int) -> list[Event]:
    """What happens in a sandbox after its instant, up to and including `until`; jobs by their number."""
    traits = kernel.traits[sandbox.vendor]
    found = [(when, _told(traits, job, phase)) for job in sandbox.jobs() for when, phase in job.changes()]
    for life in traits.lives:
        found += life.ends(sandbox) if isinstance(life, Issued) else []
    for window in traits.limits:
        if isinstance(window, Window) and window.limit(sandbox) is not None:
            uses = Counter(at for at, _ in sandbox.uses(window.what, window.span))
            found += [
                (used + window.span, f"rate window {window.rule} freed {count}")
                for used, count in uses.items()
            ]
    return [
        Event(when, sandbox.vendor, sandbox.name, text) for when, text in found if sandbox.now < when <= until
    ]


def _told(traits: Traits, job: Job, phase: Phase) -> str:
    """What happens when a job enters a phase."""
    if phase in traits.events:
        return f"{traits.events[phase]} (job {job.number})"
    return f"job {job.number} became {traits.words[phase]}"


def _changes(body: dict[str, Any]) -> list[Callable[[Clock, int], Clock]]:
    """What the body asks, in the order in which it is done."""
    only_members(body, MEMBERS)
    if not body or {"set", "advance"} <= body.keys():
        raise bad_field(
            "body", body, f"an object with some of {', '.join(MEMBERS)}, and not both set and advance"
        )
    return [_CHANGES[name](body[name]) for name in MEMBERS if name in body]


def _mode(given: Any) -> Callable[[Clock, int], Clock]:
    if given not in MODES:
        raise bad_field("mode", given, f"one of {', '.join(MODES)}")
    return lambda clock, wall: clock.in_mode(given, wall)


def _scale(given: Any) -> Callable[[Clock, int], Clock]:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given <= MAX_SCALE:
        raise bad_field("scale", given, f"a number above 0 and at most {MAX_SCALE}")
    return lambda clock, wall: clock.at_scale(given, wall)


def _carry(given: Any) -> Callable[[Clock, int], Clock]:
    if not isinstance(given, bool):
        raise bad_field("carry", given, "true or false")
    return lambda clock, _wall: clock.carrying(given)


def _set(given: Any) -> Callable[[Clock, int], Clock]:
    to = parsed("set", given, parse_instant, "an instant like 2026-01-31 or 2026-01-31T09:30:00Z")
    return lambda clock, wall: clock.set(to, wall)


def _advance(given: Any) -> Callable[[Clock, int], Clock]:
    by = parsed("advance", given, parse_duration, "a duration like 30s, 2h or 15d")
    return lambda clock, wall: clock.advanced(by, wall)


_CHANGES: dict[str, Callable[[Any], Callable[[Clock, int], Clock]]] = {
    "mode": _mode,
    "scale": _scale,
    "carry": _carry,
    "set": _set,
    "advance": _advance,
}
