"""The clock of a sandbox: a value made of a mode, an anchor on the wall, and a scale."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportmocks.kernel.clock import (
    DAY,
    HOUR,
    LATEST,
    MAX_SCALE,
    MINUTE,
    MODES,
    Clock,
    ClockError,
    Mode,
    parse_instant,
    wall_ms,
)

NOON = parse_instant("2026-03-04T12:00:00Z")

instants = st.integers(0, LATEST)
spans = st.integers(0, 20 * 365 * DAY)
scales = st.floats(1e-6, MAX_SCALE) | st.integers(1, MAX_SCALE)
clocks = st.builds(Clock, st.sampled_from(MODES), instants, instants, scales, st.integers(0, 365 * DAY))


def test_a_real_clock_runs_with_the_wall() -> None:
    """An offset of years is kept while the seconds pass as they do outside."""
    clock = Clock("real", base=NOON, anchor=5_000)
    assert clock.now(5_000) == NOON
    assert clock.now(5_000 + HOUR) == NOON + HOUR


def test_a_frozen_clock_stands_still() -> None:
    """A test that takes a day to debug still sees the second that it asked for."""
    clock = Clock("frozen", base=NOON, anchor=5_000)
    assert clock.now(5_000 + DAY) == NOON


def test_an_auto_clock_runs_between_its_jumps() -> None:
    """Between two jumps a client that really sleeps gets older too."""
    clock = Clock("auto", base=NOON, anchor=0).jumped(NOON + HOUR, wall=10)
    assert clock.now(10) == NOON + HOUR
    assert clock.now(10 + MINUTE) == NOON + HOUR + MINUTE


def test_a_scale_is_how_many_times_as_fast_as_the_wall_it_runs() -> None:
    """At 60, a minute passes with each second."""
    clock = Clock("real", base=NOON, anchor=0).at_scale(60, wall=0)
    assert clock.now(1_000) == NOON + MINUTE


def test_changing_the_scale_does_not_move_the_clock() -> None:
    """What has passed has passed at the old speed."""
    clock = Clock("real", base=NOON, anchor=0, scale=60).at_scale(2, wall=1_000)
    assert clock.now(1_000) == NOON + MINUTE
    assert clock.now(2_000) == NOON + MINUTE + 2_000


@pytest.mark.parametrize("scale", [0, -1, MAX_SCALE + 1, float("inf"), float("nan")])
def test_a_scale_is_positive_and_bounded(scale: float) -> None:
    """A clock that goes back, stands still by scale, or is beyond counting is refused."""
    with pytest.raises(ClockError, match="scale is a number above 0"):
        Clock("real", NOON, 0).at_scale(scale, wall=0)


def test_a_wall_clock_that_was_put_back_does_not_put_a_sandbox_back() -> None:
    """Network time corrects the wall; jobs that were done must not run again."""
    assert Clock("real", base=NOON, anchor=HOUR).now(0) == NOON


def test_a_clock_ends_with_the_22nd_century() -> None:
    """Every date in an answer keeps its four digits, however long and fast a clock runs."""
    assert Clock("real", NOON, 0, scale=MAX_SCALE).now(wall_ms()) == LATEST


def test_setting_a_clock_back_is_refused_with_the_time_that_it_is() -> None:
    """The one who asks must know what would be allowed."""
    with pytest.raises(ClockError, match=r"2026-03-04T12:00:00.000Z already; a reset starts again"):
        Clock("frozen", NOON, 0).set(NOON - 1, wall=0)


def test_advancing_by_less_than_nothing_is_refused() -> None:
    """A clock moves forward only."""
    with pytest.raises(ClockError, match="forward only"):
        Clock("frozen", NOON, 0).advanced(-1, wall=0)


@pytest.mark.parametrize("mode", MODES)
def test_a_clock_may_be_set_to_the_time_that_it_is(mode: Mode) -> None:
    """Asking for the present is no step back."""
    assert Clock(mode, NOON, 0).set(NOON, wall=0).now(0) == NOON


def test_no_clock_is_set_beyond_its_end() -> None:
    """The last instant is allowed, the next one is not."""
    clock = Clock("frozen", NOON, 0)
    assert clock.set(LATEST, wall=0).now(0) == LATEST
    with pytest.raises(ClockError, match=r"no further than 2200-01-01T00:00:00.000Z"):
        clock.set(LATEST + 1, wall=0)


def test_an_automatic_jump_goes_no_further_than_the_end() -> None:
    """Nobody asked for it, so nobody can be refused."""
    assert Clock("auto", LATEST - 5, 0).jumped(LATEST + DAY, wall=0).now(0) == LATEST


def test_an_automatic_jump_to_the_past_moves_nothing() -> None:
    """The wait was over before its end was told."""
    clock = Clock("auto", NOON, 0)
    assert clock.jumped(NOON, wall=0) is clock
    assert clock.jumped(NOON - 1, wall=0) is clock


@given(clocks, instants, instants)
def test_time_never_goes_back(clock: Clock, one: int, other: int) -> None:
    """A later wall instant is never an earlier one in the sandbox."""
    assert clock.now(min(one, other)) <= clock.now(max(one, other))


@given(clocks, instants, spans)
def test_an_automatic_jump_ages_no_token(clock: Clock, wall: int, by: int) -> None:
    """A client that polls diligently would have renewed its token on the way."""
    jumped = clock.jumped(clock.now(wall) + by, wall)
    assert jumped.lease(wall) == clock.lease(wall)
    assert jumped.now(wall) == min(clock.now(wall) + by, LATEST)


@given(clocks, instants, spans)
def test_moving_a_clock_by_hand_ages_tokens_as_much(clock: Clock, wall: int, by: int) -> None:
    """Whoever moves a clock by hand wants to see what expires."""
    to = min(clock.now(wall) + by, LATEST)
    moved = clock.set(to, wall)
    assert moved.now(wall) == to
    assert moved.lease(wall) - clock.lease(wall) == to - clock.now(wall)


@given(clocks, instants, st.sampled_from(MODES), scales)
def test_another_mode_or_scale_starts_from_the_same_instant(
    clock: Clock, wall: int, mode: Mode, scale: float
) -> None:
    """Neither is a jump, and neither ages a token."""
    for changed in (clock.in_mode(mode, wall), clock.at_scale(scale, wall)):
        assert changed.now(wall) == clock.now(wall)
        assert changed.lease(wall) == clock.lease(wall)


@given(clocks, instants, st.lists(spans, max_size=4), spans)
def test_jumps_add_up_to_one(clock: Clock, wall: int, steps: list[int], age: int) -> None:
    """Many short waits carry tokens exactly as far as one long wait."""
    start = clock.now(wall)
    stepped = clock
    for step in steps:
        stepped = stepped.jumped(stepped.now(wall) + step, wall)
    once = clock.jumped(start + sum(steps), wall)
    assert stepped.lease(wall + age) == once.lease(wall + age)
    assert stepped.now(wall + age) == once.now(wall + age)
