"""Waiting: what a client is told, and the automatic clock that is there already when it comes back."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportcontracts.rules import RuleValues
from reportmocks.kernel.call import Call
from reportmocks.kernel.clock import DAY, HOUR, MINUTE, SECOND, Mode
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.jobs import Phase, Plan
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.settings import Settings
from support.kernels import ACME, RULES, START, Wall, World

Make = Callable[..., World]


def a_call(sandbox: Sandbox | None) -> Call:
    """A request of a client in this sandbox."""
    return Call({}, START, sandbox=sandbox)


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [(0, 1), (1, 1), (999, 1), (1000, 1), (1001, 2), (MINUTE, 60), (MINUTE + 1, 61), (-5, 1)],
)
def test_a_wait_is_told_in_whole_seconds_that_are_long_enough(world: World, wait: int, seconds: int) -> None:
    """A client that sleeps exactly so long must not come a millisecond early."""
    call = a_call(world.open())
    assert call.wait(START + wait) == seconds
    assert call.wait_until == START + wait


def test_a_wait_without_an_end_has_no_seconds(world: World) -> None:
    """Nothing is promised that nobody knows, and no clock is moved for it."""
    call = a_call(world.open())
    assert call.wait(None) is None
    assert call.wait_until is None


def test_a_client_without_a_sandbox_is_told_no_wait() -> None:
    """It has no clock by which to wait."""
    assert a_call(None).wait(START) is None


@pytest.mark.parametrize("wait", [1, HOUR, 30 * DAY])
def test_on_an_automatic_clock_every_wait_is_a_second(make_world: Make, wait: int) -> None:
    """It will be over when the client comes back, so a polite client shall not sleep longer."""
    assert a_call(make_world(clock="auto").open()).wait(START + wait) == 1


def test_an_automatic_clock_goes_to_the_end_of_a_wait(make_world: Make) -> None:
    """A report of two hours is there at the second poll, and a token of an hour is as good as before."""
    world = make_world(clock="auto")
    world.submit(plan=Plan.of((2 * HOUR, Phase.DONE)))
    world.open().told_to_wait(START + 2 * HOUR)
    later = world.open()
    job = later.job("one-1")
    assert job is not None
    assert job.state_at(later.now) is Phase.DONE
    assert (later.now, later.lease) == (START + 2 * HOUR, START)


def test_a_wait_told_twice_moves_the_clock_once(make_world: Make) -> None:
    """Two clients that poll one job at once do not run away with time."""
    world = make_world(clock="auto")
    one, other = world.open(), world.open()
    one.told_to_wait(START + HOUR)
    other.told_to_wait(START + HOUR)
    assert world.open().now == START + HOUR
    assert world.open().lease == START


def test_of_two_waits_the_clock_stands_at_the_later_end(make_world: Make) -> None:
    """In whichever order they were told: a shorter one after a longer one moves nothing back."""
    world = make_world(clock="auto")
    one, other = world.open(), world.open()
    one.told_to_wait(START + HOUR)
    other.told_to_wait(START + MINUTE)
    assert world.open().now == START + HOUR


@pytest.mark.parametrize("mode", ["real", "frozen"])
def test_other_clocks_do_not_jump(make_world: Make, mode: Mode) -> None:
    """A frozen clock moves only when told, a real one only with the wall."""
    world = make_world(clock=mode)
    world.open().told_to_wait(START + HOUR)
    assert world.open().now == START


@pytest.mark.parametrize("mode", ["real", "frozen"])
def test_a_clock_that_stopped_jumping_meanwhile_stays_where_it_is(make_world: Make, mode: Mode) -> None:
    """Somebody froze it while the answer was on its way; the freeze holds."""
    world = make_world(clock="auto")
    polling = world.open()
    control = world.open()
    control.set_clock(control.clock.in_mode(mode, world.wall()))
    polling.told_to_wait(START + HOUR)
    assert world.open().now == START


def test_a_jump_moves_no_other_sandbox(make_world: Make) -> None:
    """Nor what new ones start with."""
    world = make_world(clock="auto")
    world.open("two")
    world.open("one").told_to_wait(START + HOUR)
    assert (world.open("two").now, world.open("three").now) == (START, START)


def test_a_wait_in_a_sandbox_that_is_gone_is_over(make_world: Make) -> None:
    """It was dropped or reset while the answer was on its way."""
    world = make_world(clock="auto")
    sandbox = world.open()
    world.kernel.store.drop_sandbox("acme", "one")
    sandbox.told_to_wait(START + HOUR)
    assert world.open().now == START


@given(st.lists(st.tuples(st.integers(0, 5 * SECOND), st.integers(0, DAY)), max_size=20))
def test_a_diligent_client_never_loses_its_token(steps: list[tuple[int, int]]) -> None:
    """However many waits it is told: its token ages by the wall clock, as the client itself does."""
    wall = Wall()
    kernel = Kernel(Settings(clock="auto", now=START), {"acme": ACME}, {"acme": RuleValues(RULES)}, wall)
    for real, wait in steps:
        wall.now += real
        sandbox = kernel.open("acme", "one")
        sandbox.told_to_wait(sandbox.now + wait)
    last = kernel.open("acme", "one")
    kernel.store.close()
    assert last.lease - START == wall.now - START
    assert last.now - START == wall.now - START + sum(wait for _, wait in steps)


def test_a_jump_goes_no_further_than_the_earliest_wait_that_is_being_told(make_world: Make) -> None:
    """One is told an hour while another is told a minute: nobody finds more time gone than was said."""
    world = make_world(clock="auto")
    short, long = a_call(world.open()), a_call(world.open())
    short.wait(START + MINUTE)
    long.wait(START + HOUR)
    assert long.sandbox is not None
    assert short.sandbox is not None
    long.sandbox.told_to_wait(START + HOUR)
    assert world.open().now == START + MINUTE
    short.sandbox.told_to_wait(START + MINUTE)
    assert world.open().now == START + MINUTE
    again = world.open()
    a_call(again).wait(START + HOUR)
    again.told_to_wait(START + HOUR)
    assert world.open().now == START + HOUR


def test_a_wait_that_was_not_told_after_all_holds_nobody_up(make_world: Make) -> None:
    """An answer that was to say one thing and says another counts for what it says."""
    world = make_world(clock="auto")
    call = a_call(world.open())
    call.wait(START + MINUTE)
    call.wait(START + HOUR)
    assert call.sandbox is not None
    call.sandbox.told_to_wait(START + HOUR)
    assert world.open().now == START + HOUR
