"""Plans and jobs: the state is a pure function of time, and only a counted poll changes a job."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reportmocks.kernel.clock import DAY, HOUR, MINUTE
from reportmocks.kernel.jobs import Job, Phase, Plan, Step

RUNNING, CLOSING, DONE, EXPIRED = Phase.RUNNING, Phase.CLOSING, Phase.DONE, Phase.EXPIRED
NOON = 1_772_625_600_000

_ENDS = st.sampled_from([DONE, Phase.FAILED, Phase.MISSING])
_LIVES = st.tuples(st.lists(st.just(CLOSING), max_size=1), st.lists(_ENDS, max_size=1), st.booleans())


@st.composite
def plans(draw: st.DrawFn, *, counted: bool = False) -> Plan:
    """Any plan that a job can have: some of the phases in their order, at any distance, even none."""
    closing, ends, expires = draw(_LIVES)
    phases = [*closing, *ends, *([EXPIRED] if expires else [])]
    times = sorted(draw(st.lists(st.integers(0, 30 * DAY), min_size=len(phases), max_size=len(phases))))
    polls = draw(st.integers(1, 8)) if counted else None
    return Plan.of(*zip(times, phases, strict=True), polls=polls)


def a_job(plan: Plan, polls: int = 0) -> Job:
    """A job that was submitted at noon."""
    return Job(
        vendor="acme",
        sandbox="one",
        id="7",
        number=7,
        report="views",
        request={},
        identity="views",
        submitted=NOON,
        plan=plan,
        polls=polls,
    )


instants = st.integers(NOON - DAY, NOON + 40 * DAY)
jobs = st.builds(a_job, plans() | plans(counted=True))


@pytest.mark.parametrize(
    ("elapsed", "phase"),
    [
        (-1, RUNNING),
        (0, RUNNING),
        (999, RUNNING),
        (1000, CLOSING),
        (4999, CLOSING),
        (5000, DONE),
        (DAY, EXPIRED),
    ],
)
def test_a_step_is_taken_at_its_instant(elapsed: int, phase: Phase) -> None:
    """Not a millisecond earlier, and not later either."""
    job = a_job(Plan.of((1000, CLOSING), (5000, DONE), (DAY, EXPIRED)))
    assert job.state_at(NOON + elapsed) is phase


def test_a_job_without_steps_runs_for_ever() -> None:
    """Some reports never end, and clients must give up on them."""
    job = a_job(Plan.of())
    assert job.state_at(NOON + 3650 * DAY) is RUNNING
    assert job.leaves() is None
    assert job.next_change(NOON) is None


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (Step(1, RUNNING),),
        (Step(0, RUNNING), Step(5, DONE), Step(4, EXPIRED)),
        (Step(0, DONE),),
        (Step(0, RUNNING), Step(5, DONE), Step(9, RUNNING)),
        (Step(0, RUNNING), Step(5, EXPIRED), Step(9, DONE)),
        (Step(0, RUNNING), Step(5, DONE), Step(9, Phase.FAILED)),
    ],
    ids=["none", "late", "unordered", "born-done", "back-to-running", "undeleted", "done-then-failed"],
)
def test_a_plan_that_no_job_can_follow_is_refused(steps: tuple[Step, ...]) -> None:
    """Jobs begin by running and go through the phases in one direction."""
    with pytest.raises(ValueError, match="plan"):
        Plan(steps)


@given(plans() | plans(counted=True))
def test_a_plan_written_out_reads_the_same(plan: Plan) -> None:
    """What a restarted server reads is what it stored."""
    assert Plan.loads(plan.dumps()) == plan


@given(jobs, st.lists(instants, min_size=1))
def test_looking_never_changes_a_job(job: Job, looks: list[int]) -> None:
    """In whatever order and however often somebody looks."""
    before = replace(job)
    first = [job.state_at(now) for now in looks]
    again = [job.state_at(now) for now in reversed(looks)]
    assert first == again[::-1]
    assert job == before


@given(jobs, instants, instants)
def test_phases_go_one_way(job: Job, one: int, other: int) -> None:
    """A job that has ended never runs again."""
    order = {RUNNING: 0, CLOSING: 1, DONE: 2, Phase.FAILED: 2, Phase.MISSING: 2, EXPIRED: 3}
    earlier, later = job.state_at(min(one, other)), job.state_at(max(one, other))
    assert order[earlier] < order[later] or earlier is later


@given(jobs, instants)
def test_nothing_changes_before_the_next_change(job: Job, now: int) -> None:
    """A client that is told to wait until then misses nothing."""
    change = job.next_change(now)
    end = NOON + 50 * DAY if change is None else change - 1
    assert job.state_at(end) is job.state_at(now)
    if change is not None:
        assert change > now


@given(jobs, instants)
def test_a_job_is_in_flight_until_it_leaves(job: Job, now: int) -> None:
    """The one instant that the limits go by tells the same as the state."""
    leaves = job.leaves()
    assert (job.state_at(now) is RUNNING) == (leaves is None or now < leaves)


@given(jobs, st.sampled_from(list(Phase)))
def test_a_phase_is_entered_at_its_first_instant(job: Job, phase: Phase) -> None:
    """Unless the job is through with it in the same millisecond."""
    entered = job.entered(phase)
    if entered is None:
        assert phase is RUNNING or all(job.state_at(at) is not phase for at, _ in job.changes())
    else:
        last = [step for at, step in job.changes() if at == entered][-1]
        assert job.state_at(entered) is last
        assert job.state_at(entered - 1) is not phase


@given(plans(counted=True), st.lists(st.integers(0, 10 * DAY), max_size=8))
def test_a_counted_job_waits_for_its_last_poll_however_long(plan: Plan, pauses: list[int]) -> None:
    """Time alone never ends it, and no poll before the last one does."""
    assert plan.polls is not None
    job, now = a_job(plan), NOON
    for count, pause in enumerate(pauses, start=1):
        now += pause
        assume(count < plan.polls)
        job = job.polled(now)
        assert job.state_at(now + 100 * DAY) is RUNNING
        assert job.polls == count
        assert (job.leaves(), job.next_change(now)) == (None, None)


@given(plans(counted=True), st.integers(0, 10 * DAY))
def test_the_last_poll_takes_the_second_step(plan: Plan, elapsed: int) -> None:
    """And the steps after it keep the distances that were planned."""
    assert plan.polls is not None
    released = a_job(plan, polls=plan.polls - 1).polled(NOON + elapsed)
    planned = [(step.at - plan.steps[1].at, step.phase) for step in plan.steps[1:]]
    assert [(at - NOON - elapsed, phase) for at, phase in released.changes()] == planned
    assert released.plan.polls is None


def test_polls_after_the_last_one_move_nothing() -> None:
    """A download is a poll too; it does not start the job's life again."""
    done = a_job(Plan.of((HOUR, DONE), (DAY, EXPIRED), polls=1)).polled(NOON + MINUTE)
    again = done.polled(NOON + HOUR)
    assert again == replace(done, polls=2)
    assert done.entered(DONE) == NOON + MINUTE
