"""Sliding windows and caps, each one below, at and above its number."""

from contextlib import suppress

import pytest

from reportmocks.kernel.clock import HOUR, MINUTE, SECOND
from reportmocks.kernel.jobs import Phase, Plan
from reportmocks.kernel.limits import Window, admit
from reportmocks.kernel.refusals import RateLimited, TooManyInFlight
from reportmocks.kernel.sandbox import Sandbox
from support.kernels import BY_HOUR, BY_MINUTE, IN_FLIGHT, START, World

BOTH = (BY_MINUTE, BY_HOUR)


def attempt(world: World, *windows: Window, at: int = 0) -> RateLimited | None:
    """One use at so many milliseconds after `START`: the refusal, or `None` where it is admitted."""
    sandbox = world.open()
    sandbox.set_clock(sandbox.clock.set(START + at, world.wall()))
    try:
        admit(world.open(), windows, "views")
    except RateLimited as refusal:
        return refusal
    return None


def spend_and_admit(sandbox: Sandbox) -> None:
    """A refusal within a transaction that has done something else before."""
    with sandbox.transaction:
        sandbox.spend("this is undone")
        admit(sandbox, BOTH, "views")


def test_a_window_admits_its_number_and_refuses_the_next(world: World) -> None:
    """The fourth of four is admitted, the fifth is not."""
    assert [attempt(world, BY_MINUTE) for _ in range(4)] == [None] * 4
    refusal = attempt(world, BY_MINUTE)
    assert refusal is not None
    assert (refusal.rule, refusal.limit, refusal.unit) == ("acme.rate-minute", 4, "reports")


@pytest.mark.parametrize(("later", "admitted"), [(MINUTE - 1, False), (MINUTE, True), (MINUTE + 1, True)])
def test_a_window_is_open_at_its_old_end(world: World, later: int, admitted: bool) -> None:  # noqa: FBT001
    """Uses in `(t - span, t]` count: exactly a minute later one has left."""
    for _ in range(4):
        attempt(world, BY_MINUTE)
    assert (attempt(world, BY_MINUTE, at=later) is None) is admitted


def test_a_window_slides_with_each_use(world: World) -> None:
    """A place is free a minute after its own use, not when a minute of the clock begins."""
    for second in (0, 10, 20, 30):
        assert attempt(world, BY_MINUTE, at=second * SECOND) is None
    refusal = attempt(world, BY_MINUTE, at=59 * SECOND)
    assert refusal is not None
    assert refusal.frees == START + MINUTE
    assert attempt(world, BY_MINUTE, at=60 * SECOND) is None
    refusal = attempt(world, BY_MINUTE, at=61 * SECOND)
    assert refusal is not None
    assert refusal.frees == START + 70 * SECOND


def test_the_instant_at_which_a_window_frees_is_the_first_good_one(world: World) -> None:
    """A client that obeys is admitted, and one that comes a millisecond early is not."""
    for second in (0, 1, 2, 3):
        attempt(world, BY_MINUTE, at=second * SECOND)
    refusal = attempt(world, BY_MINUTE, at=4 * SECOND)
    assert refusal is not None
    assert attempt(world, BY_MINUTE, at=refusal.frees - START - 1) is not None
    assert attempt(world, BY_MINUTE, at=refusal.frees - START) is None


def test_a_refused_attempt_does_not_count(world: World) -> None:
    """However often a client hammers, a minute after its first use it is served."""
    for _ in range(4):
        attempt(world, BY_MINUTE)
    for second in range(1, 60):
        assert attempt(world, BY_MINUTE, at=second * SECOND) is not None
    assert attempt(world, BY_MINUTE, at=MINUTE) is None


def test_a_refused_attempt_counts_where_the_rule_says_so(world: World) -> None:
    """Then hammering keeps the window shut."""
    world.rule("acme.rate-minute", count_refused=True)
    for _ in range(4):
        attempt(world, BY_MINUTE)
    for second in range(1, 60):
        assert attempt(world, BY_MINUTE, at=second * SECOND) is not None
    assert attempt(world, BY_MINUTE, at=MINUTE) is not None


def test_a_counted_refusal_tells_when_the_next_attempt_is_good(world: World) -> None:
    """Its own use is in the way too: the instant told is the first at which one more fits beside it."""
    world.rule("acme.rate-minute", count_refused=True)
    for second in (0, 1, 2, 3):
        attempt(world, BY_MINUTE, at=second * SECOND)
    refusal = attempt(world, BY_MINUTE, at=4 * SECOND)
    assert refusal is not None
    assert refusal.frees == START + 61 * SECOND
    assert attempt(world, BY_MINUTE, at=61 * SECOND) is None


def test_a_refused_attempt_counts_also_when_it_undoes_a_transaction(world: World) -> None:
    """A route that admits and submits in one stroke still leaves the attempt on the record."""
    world.rule("acme.rate-minute", value=0, count_refused=True)
    sandbox = world.open()
    with pytest.raises(RateLimited):
        spend_and_admit(sandbox)
    assert not sandbox.spent("this is undone")
    assert BY_MINUTE.use(sandbox).used == 1


def test_counted_refusals_do_not_pile_up(world: World) -> None:
    """What no window reaches any more is forgotten, or a client that never stops would fill the memory."""
    world.rule("acme.rate-minute", value=0, count_refused=True)
    for minute in range(300):
        assert attempt(world, BY_MINUTE, at=minute * MINUTE) is not None
    assert world.open().count_uses("runs", 1000 * HOUR) == 1


def test_uses_do_not_pile_up(world: World) -> None:
    """An admitted use is forgotten as well once the longest window has passed it."""
    world.rule("acme.rate-hour", value=1000)
    for minute in range(300):
        assert attempt(world, *BOTH, at=minute * MINUTE) is None
    assert world.open().count_uses("runs", 1000 * HOUR) == 60


def test_stacked_windows_refuse_by_the_one_that_frees_last(world: World) -> None:
    """Waiting for the minute would only meet the hour."""
    for second in (0, 1, 2, 3, 60, 61):
        assert attempt(world, *BOTH, at=second * SECOND) is None
    world.rule("acme.rate-minute", value=2)
    refusal = attempt(world, *BOTH, at=62 * SECOND)
    assert refusal is not None
    assert (refusal.rule, refusal.window, refusal.frees) == ("acme.rate-hour", HOUR, START + HOUR)


def test_a_refusal_by_one_window_counts_in_none(world: World) -> None:
    """The hour does not pay for what the minute refused."""
    for _ in range(9):
        attempt(world, *BOTH)
    assert BY_HOUR.use(world.open()).used == 4


def test_a_window_told_to_admit_less_frees_when_enough_have_left(world: World) -> None:
    """Five used of what is now two: the fourth to leave makes room."""
    world.rule("acme.rate-minute", value=5)
    for second in range(5):
        attempt(world, BY_MINUTE, at=second * SECOND)
    world.rule("acme.rate-minute", value=2)
    refusal = attempt(world, BY_MINUTE, at=10 * SECOND)
    assert refusal is not None
    assert refusal.frees == START + 63 * SECOND
    assert attempt(world, BY_MINUTE, at=63 * SECOND - 1) is not None
    assert attempt(world, BY_MINUTE, at=63 * SECOND) is None


def test_a_limit_of_none_refuses_the_first(world: World) -> None:
    """Nothing will ever free it; the client is told to come back after a whole window."""
    world.rule("acme.rate-minute", value=0)
    refusal = attempt(world, BY_MINUTE)
    assert refusal is not None
    assert refusal.frees == START + MINUTE


def test_a_limit_that_is_off_refuses_nothing_and_hinders_no_other(world: World) -> None:
    """With the minute off the hour still counts, and refuses the seventh."""
    world.rule("acme.rate-minute", enabled=False)
    assert [attempt(world, *BOTH) for _ in range(6)] == [None] * 6
    refusal = attempt(world, *BOTH)
    assert refusal is not None
    assert refusal.rule == "acme.rate-hour"


def test_with_all_limits_off_nothing_is_counted(world: World) -> None:
    """A load test with the limits off does not fill the memory."""
    world.rule("acme.rate-minute", enabled=False)
    world.rule("acme.rate-hour", enabled=False)
    assert [attempt(world, *BOTH) for _ in range(20)] == [None] * 20
    assert world.open().count_uses("runs", HOUR) == 0


def test_sandboxes_do_not_share_their_limits(world: World) -> None:
    """One client that is refused stands in nobody's way."""
    for _ in range(5):
        with suppress(RateLimited):
            admit(world.open("one"), [BY_MINUTE], "views")
    admit(world.open("two"), [BY_MINUTE], "views")
    assert BY_MINUTE.use(world.open("two")).used == 1


def test_windows_of_different_things_do_not_share_their_uses(world: World) -> None:
    """Four runs leave room for a call."""
    calls = Window("acme.rate-minute", MINUTE, "calls")
    for _ in range(4):
        attempt(world, BY_MINUTE)
    assert attempt(world, calls) is None


def test_the_use_of_a_window_tells_by_what_and_until_when(world: World) -> None:
    """The one who reads it wants to know what took the places, and when the first of them is free."""
    sandbox = world.open()
    admit(sandbox, [BY_MINUTE], "views")
    admit(sandbox, [BY_MINUTE], "users")
    use = BY_MINUTE.use(sandbox)
    assert (use.used, use.by, use.frees) == (2, ("views", "users"), START + MINUTE)
    empty = BY_MINUTE.use(world.open("two"))
    assert (empty.used, empty.by, empty.frees) == (0, (), None)


def test_a_cap_admits_its_number_and_refuses_the_next(world: World) -> None:
    """The third of three is admitted; the fourth is told which three are in its way and until when."""
    for seconds in (30, 10, 20):
        IN_FLIGHT.admit(world.open())
        world.submit(plan=Plan.of((seconds * SECOND, Phase.DONE)))
    with pytest.raises(TooManyInFlight) as refused:
        IN_FLIGHT.admit(world.open())
    assert (refused.value.limit, refused.value.rule) == (3, "acme.in-flight")
    assert refused.value.running == ("one-1", "one-2", "one-3")
    assert refused.value.frees == START + 10 * SECOND


@pytest.mark.parametrize(("later", "admitted"), [(9_999, False), (10_000, True)])
def test_a_place_is_free_when_a_job_leaves_flight(world: World, later: int, admitted: bool) -> None:  # noqa: FBT001
    """In the very millisecond in which it is done."""
    for _ in range(3):
        world.submit(plan=Plan.of((10 * SECOND, Phase.DONE)))
    sandbox = world.open()
    sandbox.set_clock(sandbox.clock.set(START + later, world.wall()))
    if admitted:
        IN_FLIGHT.admit(world.open())
    else:
        with pytest.raises(TooManyInFlight):
            IN_FLIGHT.admit(world.open())


def test_jobs_that_never_end_hold_their_places(world: World) -> None:
    """The orphans of a crashed client block it, and nothing tells when that will be over."""
    for _ in range(3):
        world.submit(plan=Plan.of())
    with pytest.raises(TooManyInFlight) as refused:
        IN_FLIGHT.admit(world.open())
    assert refused.value.frees is None


def test_a_job_that_waits_for_polls_leaves_flight_with_the_last(world: World) -> None:
    """What releases it is the poll, and the store must know."""
    world.rule("acme.in-flight", value=1)
    world.submit(plan=Plan.of((SECOND, Phase.DONE), polls=2))
    for running in (1, 0):
        sandbox = world.open()
        job = sandbox.job("one-1")
        assert job is not None
        sandbox.count_poll(job)
        assert IN_FLIGHT.use(world.open()).used == running


@pytest.mark.parametrize("phase", [Phase.CLOSING, Phase.FAILED, Phase.MISSING])
def test_a_job_is_out_of_flight_however_it_ends(world: World, phase: Phase) -> None:
    """Failed, missing, or finished without a download: it runs no more."""
    world.submit(plan=Plan.of((0, phase)))
    assert IN_FLIGHT.use(world.open()).used == 0


def test_a_cap_of_none_refuses_the_first(world: World) -> None:
    """With nothing in flight there is nothing to wait for."""
    world.rule("acme.in-flight", value=0)
    with pytest.raises(TooManyInFlight) as refused:
        IN_FLIGHT.admit(world.open())
    assert (refused.value.running, refused.value.frees) == ((), None)


def test_a_cap_that_is_off_admits_all(world: World) -> None:
    """Ten at a time where three are allowed."""
    world.rule("acme.in-flight", enabled=False)
    for _ in range(10):
        IN_FLIGHT.admit(world.open())
        world.submit()
    assert IN_FLIGHT.use(world.open()).used == 10
