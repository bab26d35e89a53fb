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

    def frees(self, sandbox: Sandbox, limit: int, also: tuple[int, ...] = ()) -> int:
        """The instant at which one more use fits, where there are uses at the instants `also` besides."""
        uses = [at for at, _ in sandbox.uses(self.what, self.span)] + list(also)
        if len(uses) < limit:
            return sandbox.now
        return (uses[len(uses) - limit] if limit else sandbox.now) + self.span


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
    would only meet the next refusal. A refused attempt counts where the rule's `count-refused` says so,
    even though the refusal undoes whatever transaction it is made in.
    """
    windows = tuple(windows)
    limits = [(window, limit) for window in windows if (limit := window.limit(sandbox)) is not None]
    if not limits:
        return
    longest = max(window.span for window in windows)

    def count() -> None:
        sandbox.count(windows[0].what, subject, keep=longest)

    with sandbox.transaction as transaction:
        refusal = _refusal(sandbox, limits)
        if refusal is None:
            count()
            return
        if _counts_refused(sandbox, refusal.rule):
            transaction.afterwards(count)
    raise refusal


def _counts_refused(sandbox: Sandbox, rule: str) -> bool:
    return sandbox.rules.flag(rule, "count-refused")


def _refusal(sandbox: Sandbox, limits: list[tuple[Window, int]]) -> RateLimited | None:
    """The refusal by the full window that frees last, if any is full.

    Where the refused attempt counts, its own use is in the way of the next one, also in windows that
    were not full without it.
    """
    full = [one for one in limits if sandbox.count_uses(one[0].what, one[0].span) >= one[1]]
    if not full:
        return None
    window, limit = max(full, key=lambda one: one[0].frees(sandbox, one[1]))
    also = (sandbox.now,) if _counts_refused(sandbox, window.rule) else ()
    frees = max(window.frees(sandbox, limit, also) for window, limit in limits)
    unit = sandbox.rules.rulebook[window.rule].switches["value"].unit or "uses"
    return RateLimited(
        rule=window.rule, limit=limit, unit=unit, window=window.span, frees=frees, now=sandbox.now
    )
