"""Limits against an independent model: plain lists of what was admitted, searched from the start."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from reportcontracts.rules import RuleValues
from reportmocks.kernel.clock import Clock
from reportmocks.kernel.limits import Window, admit
from reportmocks.kernel.refusals import RateLimited
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.kernel.store import SandboxRow, Store
from support.kernels import BY_HOUR, BY_MINUTE, RULES, START

WINDOWS = (BY_MINUTE, BY_HOUR)


@dataclass
class Model:
    """Two windows in the plainest words: every admitted instant is kept for ever, and counted anew."""

    minute: int
    hour: int
    counts_refused: bool
    counted: list[int] = field(default_factory=list)

    def full(self, span: int, limit: int, now: int) -> bool:
        """Whether a window has no place at `now`."""
        return len([at for at in self.counted if now - span < at <= now]) >= limit

    def free_at(self, now: int) -> bool:
        """Whether one more use fits in both."""
        return not self.full(60_000, self.minute, now) and not self.full(3_600_000, self.hour, now)

    def attempt(self, now: int) -> bool:
        """Admit or refuse one use."""
        admitted = self.free_at(now)
        if admitted or self.counts_refused:
            self.counted.append(now)
        return admitted

    def frees(self, now: int) -> int:
        """The first later instant at which one more use fits, found by trying each that could be it."""
        candidates = sorted(at + span for at in self.counted for span in (60_000, 3_600_000))
        return next(at for at in candidates if at > now and self.free_at(at))


def sandbox_at(store: Store, rules: RuleValues, now: int) -> Sandbox:
    """A sandbox whose clock stands at `now`."""
    return Sandbox(store, "acme", "one", SandboxRow(Clock("frozen", now, 0), "{}", "[]", "{}"), rules, 0)


steps = st.lists(
    st.sampled_from([0, 1, 999, 1000, 14_999, 15_000, 59_999, 60_000, 60_001, 600_000, 3_599_999, 3_600_000])
    | st.integers(0, 120_000),
    max_size=60,
)


@given(steps, st.integers(1, 5), st.integers(1, 8), st.booleans())
@settings(deadline=None)
def test_admissions_are_those_of_the_model(
    pauses: list[int],
    minute: int,
    hour: int,
    counts_refused: bool,  # noqa: FBT001
) -> None:
    """Whatever the pauses and the numbers: who is admitted, and what the refused are told."""
    model = Model(minute, hour, counts_refused)
    rules = RuleValues(
        RULES,
        {
            "acme.rate-minute": {"value": minute, "count-refused": counts_refused},
            "acme.rate-hour": {"value": hour, "count-refused": counts_refused},
        },
    )
    store, now = Store(), START
    for pause in pauses:
        now += pause
        admitted = model.attempt(now)
        refusal = attempt(sandbox_at(store, rules, now), WINDOWS)
        assert (refusal is None) is admitted
        if refusal is not None:
            assert refusal.frees == model.frees(now)
    store.close()


def attempt(sandbox: Sandbox, windows: tuple[Window, ...]) -> RateLimited | None:
    """The refusal of one use, or `None`."""
    try:
        admit(sandbox, windows, "views")
    except RateLimited as refusal:
        return refusal
    return None
