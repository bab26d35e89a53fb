"""Limits: sliding windows that count what the vendor counts, and caps on what is in flight."""

from collections.abc import Iterable
from dataclasses import dataclass

from reportmocks.kernel.refusals import RateLimited, TooManyInFlight
from reportmocks.kernel.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a limit is used: `used` of `value`, by whom, and when the next one frees (or `None`)."""

    used: int
    by: tuple[str, ...]
    frees: int | None


@dataclass(frozen=True, slots=True)
class Window:
    """At most so many uses in any `span` milliseconds: those in `(now - span, now]` count.

    The number is the rule's `value`, what it counts is the rule's unit. Windows with the same `what`
    count the same uses, each over its own span.
    """

    rule: str
    span: int
    what: str

    def limit(self, sandbox: Sandbox) -> int | None:
        """The number allowed, or `None` where the limit is switched off."""
        return sandbox.rules.number(self.rule) if sandbox.rules.flag(self.rule) else None

    def use(self, sandbox: Sandbox) -> Use:
        """What is used of it at the sandbox's instant."""
        uses = sandbox.uses(self.what, self.span)
        frees = uses[0][0] + self.span if uses else None
        return Use(len(uses), tuple(subject for _, subject in uses), frees)

    def frees(self, sandbox: Sandbox, limit: int) -> int:
        """The instant at which one more use fits again."""
        uses = sandbox.uses(self.what, self.span)
        return uses[len(uses) - limit][0] + self.span if 0 < limit <= len(uses) else sandbox.now + self.span


@dataclass(frozen=True, slots=True)
class InFlight:
    """At most so many jobs in flight at one time."""

    rule: str

    def limit(self, sandbox: Sandbox) -> int | None:
        """The number allowed, or `None` where the limit is switched off."""
        return sandbox.rules.number(self.rule) if sandbox.rules.flag(self.rule) else None

    def use(self, sandbox: Sandbox) -> Use:
        """The jobs in flight at the sandbox's instant."""
        jobs = sandbox.in_flight()
        ends = [end for job in jobs if (end := job.leaves()) is not None]
        return Use(len(jobs), tuple(job.id for job in jobs), min(ends, default=None))

    def admit(self, sandbox: Sandbox) -> None:
        """Let one more job in, or refuse with `TooManyInFlight`."""
        limit = self.limit(sandbox)
        if limit is None:
            return
        use = self.use(sandbox)
        if use.used >= limit:
            raise TooManyInFlight(rule=self.rule, limit=limit, running=use.by, frees=use.frees)


def admit(sandbox: Sandbox, windows: Iterable[Window], subject: str) -> None:
    """Count one use by `subject` in all of the windows, or refuse with `RateLimited` and count none.

    Where several windows are full, the refusal is by the one that frees last: waiting for any other
    would only meet the next refusal. A refused attempt counts where the rule's `count-refused` says so.
    """
    limits = [(window, limit) for window in windows if (limit := window.limit(sandbox)) is not None]
    if not limits:
        return
    with sandbox.transaction:
        refusal = _refusal(sandbox, limits)
        counted = refusal is None or sandbox.rules.flag(refusal.rule, "count-refused")
        if counted:
            sandbox.count(limits[0][0].what, subject, keep=max(window.span for window, _ in limits))
    if refusal is not None:
        raise refusal


def _refusal(sandbox: Sandbox, limits: list[tuple[Window, int]]) -> RateLimited | None:
    """The refusal by the full window that frees last, if any is full."""
    full = [
        (window.frees(sandbox, limit), window, limit)
        for window, limit in limits
        if sandbox.count_uses(window.what, window.span) >= limit
    ]
    if not full:
        return None
    frees, window, limit = max(full, key=lambda one: one[0])
    unit = sandbox.rules.rulebook[window.rule].switches["value"].unit or "uses"
    return RateLimited(
        rule=window.rule, limit=limit, unit=unit, window=window.span, frees=frees, now=sandbox.now
    )
