"""Sandboxes: made on their first use as the template is then, many at a time, and never too many."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from reportcontracts.errors import ContractError
from reportmocks.kernel import sandboxes as sandbox_module
from reportmocks.kernel.clock import DAY, SECOND, Clock
from reportmocks.kernel.jobs import Phase, Plan
from reportmocks.kernel.limits import admit
from reportmocks.kernel.refusals import Overloaded
from reportmocks.kernel.sandbox import TEMPLATE
from reportmocks.kernel.sandboxes import ABANDONED, IDLE
from support.kernels import BY_MINUTE, IN_FLIGHT, START, World

Make = Callable[..., World]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many sandboxes there may be for once."""
    monkeypatch.setattr(sandbox_module, "LIMIT", 3)
    return 3


def test_a_sandbox_is_made_on_its_first_use(world: World) -> None:
    """Any credential works, and gets a sandbox of its own."""
    assert world.kernel.sandboxes.names("acme") == []
    world.open("one")
    world.open("two")
    assert world.kernel.sandboxes.names("acme") == ["one", "two"]


def test_a_sandbox_begins_as_the_settings_say(make_world: Make) -> None:
    """Its clock's mode and instant, and the dials of its world."""
    world = make_world(clock="auto", seed=7, size="tiny")
    sandbox = world.open()
    assert (sandbox.now, sandbox.lease, sandbox.clock.mode) == (START, START, "auto")
    assert json.loads(sandbox.dials) == {"seed": 7, "size": "tiny"}


def test_a_sandbox_begins_at_the_wall_clock_where_nothing_else_is_said(make_world: Make) -> None:
    """At the moment when the server began, and from there on with the wall."""
    world = make_world(clock="real", now=None)
    world.wall.now += DAY
    assert world.open().now == START + DAY


def test_a_sandbox_begins_as_the_template_is_then(world: World) -> None:
    """What was changed for all sandboxes holds for those that come later too."""
    template = world.open(TEMPLATE)
    template.set_clock(template.clock.advanced(DAY, world.wall()))
    template.set_rules("acme.rate-minute", {"value": 1})
    template.add_plan({"report": None, "outcome": "failed", "time": None, "polls": None, "times": 1})
    fresh = world.open("one")
    assert fresh.now == START + DAY
    assert fresh.rules.number("acme.rate-minute") == 1
    assert world.kernel.plan(fresh, "views").steps[1].phase is Phase.FAILED


def test_a_sandbox_goes_its_own_way(world: World) -> None:
    """Neither the template nor another sandbox changes what it does."""
    one = world.open("one")
    world.open(TEMPLATE).set_rules("acme.rate-minute", {"value": 1})
    world.rule("acme.rate-minute", "two", value=2)
    one.set_clock(one.clock.advanced(DAY, world.wall()))
    assert world.open("one").rules.number("acme.rate-minute") == 4
    assert world.open("two").now == START


def test_the_instant_of_a_request_stands_still(world: World) -> None:
    """A request that takes long, or sees the clock moved, answers by the moment at which it came."""
    sandbox = world.open()
    world.wall.now += DAY
    sandbox.set_clock(sandbox.clock.advanced(DAY, world.wall()))
    assert sandbox.now == START
    assert world.open().now == START + DAY


def test_a_peek_makes_nothing(world: World) -> None:
    """Looking at a sandbox that was never used shows how it would begin."""
    assert world.kernel.sandboxes.peek("acme", "one", world.wall()).now == START
    assert world.kernel.sandboxes.names("acme") == []


def test_a_peek_is_no_use(world: World, few: int) -> None:
    """A dashboard that looks every second must not keep an idle sandbox alive."""
    for number in range(few):
        world.open(str(number))
        world.wall.now += 1
    world.wall.now += IDLE
    world.kernel.sandboxes.peek("acme", "0", world.wall())
    world.open("new")
    assert world.kernel.sandboxes.names("acme") == ["1", "2", "new"]


def test_another_sandbox_s_job_is_not_there(world: World) -> None:
    """Ids cannot be guessed, but a leaked one must not open anything either."""
    job = world.submit("one")
    assert world.open("one").job(job) is not None
    assert world.open("two").job(job) is None


def test_a_reset_leaves_nothing_but_the_start(world: World) -> None:
    """No jobs, no uses, no spent keys, no switches, no plans; the clock where it was, and jobs from 1 on."""
    world.submit()
    sandbox = world.open()
    admit(sandbox, [BY_MINUTE], "views")
    sandbox.spend("key")
    sandbox.set_rules("acme.rate-minute", {"value": 1})
    sandbox.add_plan({"report": None, "outcome": "failed", "time": None, "polls": None, "times": 1})
    sandbox.set_clock(sandbox.clock.advanced(DAY, world.wall()))
    world.kernel.sandboxes.reset("acme", "one", world.kernel.first_row())
    fresh = world.open()
    assert (fresh.now, fresh.jobs(), fresh.spent("key")) == (START, [], False)
    assert BY_MINUTE.use(fresh).used == 0
    assert fresh.rules.number("acme.rate-minute") == 4
    assert fresh.take_plan("views") is None
    world.submit()
    assert [job.number for job in world.open().jobs()] == [1]


def test_a_switch_that_there_is_not_changes_nothing(world: World) -> None:
    """One bad member undoes the good ones beside it."""
    with pytest.raises(ContractError):
        world.rule("acme.rate-minute", value=1, nonsense=2)
    with pytest.raises(ContractError):
        world.rule("acme.rate-minute", value=-1)
    assert world.open().rules.number("acme.rate-minute") == 4


def test_switches_of_one_rule_add_up(world: World) -> None:
    """The second call leaves what the first one set."""
    world.rule("acme.rate-minute", value=1)
    world.rule("acme.rate-minute", enabled=False)
    rules = world.open().rules
    assert (rules.number("acme.rate-minute"), rules.flag("acme.rate-minute")) == (1, False)


def test_plans_are_taken_in_order_by_the_jobs_that_they_fit(world: World) -> None:
    """One for any report, used twice, before one for a report of its own; then all is as usual."""
    sandbox = world.open()
    plan = {"report": "users", "outcome": "failed", "time": 5, "polls": None, "times": 1}
    sandbox.add_plan(plan)
    sandbox.add_plan(plan | {"report": None, "time": 7, "times": 2})
    taken = [world.kernel.plan(world.open(), report) for report in ("views", "users", "users", "users")]
    assert taken == [
        Plan.of((7, Phase.FAILED)),
        Plan.of((5, Phase.FAILED)),
        Plan.of((7, Phase.FAILED)),
        Plan.of((2 * SECOND, Phase.DONE)),
    ]


def test_a_planned_number_of_polls_is_awaited(world: World) -> None:
    """And the time is the server's where the plan names none."""
    world.open().add_plan({"report": None, "outcome": "done", "time": None, "polls": 3, "times": 1})
    assert world.kernel.plan(world.open(), "views") == Plan.of((2 * SECOND, Phase.DONE), polls=3)


def test_the_sandbox_idle_the_longest_makes_room(
    make_world: Make, few: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """And the log says so."""
    world = make_world(log="text")
    for number in range(few):
        world.open(str(number))
        world.wall.now += 1
    world.open("0")
    world.wall.now += IDLE
    world.open("new")
    assert world.kernel.sandboxes.names("acme") == ["0", "2", "new"]
    world.kernel.log.close()
    assert "sandbox acme/1 dropped: idle, and there were 3 of them" in capfd.readouterr().err


def test_a_sandbox_used_a_moment_ago_is_not_idle(world: World, few: int) -> None:
    """Its client is between two polls."""
    for number in range(few):
        world.open(str(number))
    world.wall.now += IDLE - 1
    with pytest.raises(Overloaded) as refused:
        world.open("new")
    assert refused.value.limit == few
    world.wall.now += 1
    world.open("new")
    assert world.kernel.sandboxes.names("acme") == ["1", "2", "new"]


def test_a_sandbox_whose_job_runs_is_not_idle(world: World, few: int) -> None:
    """Its client waits for it, however long; the next one in line goes instead."""
    for number in range(few):
        world.submit(str(number), Plan.of() if number != 1 else Plan.of((SECOND, Phase.DONE)))
        sandbox = world.open(str(number))
        sandbox.set_clock(sandbox.clock.advanced(DAY, world.wall()))
    world.wall.now += IDLE
    world.open("new")
    assert world.kernel.sandboxes.names("acme") == ["0", "2", "new"]
    with pytest.raises(Overloaded):
        world.open("another")


def test_a_sandbox_that_nobody_came_back_to_makes_room_whatever_runs_in_it(world: World, few: int) -> None:
    """On a clock that stands still a job would keep its sandbox for ever."""
    for number in range(few):
        world.submit(str(number), Plan.of())
    world.wall.now += ABANDONED
    world.open("new")
    assert world.kernel.sandboxes.names("acme") == ["1", "2", "new"]


def test_sandboxes_out_of_a_file_count_too(make_world: Make, few: int, tmp_path: Path) -> None:
    """A restart does not double the limit."""
    where = f"sqlite:///{tmp_path / 'state.db'}"
    before = make_world(state=where)
    for number in range(few):
        before.open(str(number))
    before.kernel.store.close()
    after = make_world(state=where)
    with pytest.raises(Overloaded):
        after.open("new")


def test_a_restart_keeps_the_sandboxes_and_renews_the_template(make_world: Make, tmp_path: Path) -> None:
    """A server's own options hold for what is new, and its past for what there is."""
    where = f"sqlite:///{tmp_path / 'state.db'}"
    before = make_world(state=where)
    before.open(TEMPLATE).set_rules("acme.rate-minute", {"value": 1})
    job = before.submit("old")
    before.rule("acme.rate-minute", "old", value=2)
    before.kernel.store.close()
    after = make_world(state=where, seed=9)
    assert after.open("old").job(job) is not None
    assert after.open("old").rules.number("acme.rate-minute") == 2
    assert after.open("new").rules.number("acme.rate-minute") == 4
    assert json.loads(after.open("new").dials)["seed"] == 9


def test_a_sandbox_made_in_a_transaction_that_is_undone_is_not_there(world: World, few: int) -> None:
    """And takes no place."""
    for number in range(10 * few):
        with pytest.raises(ZeroDivisionError):
            open_and_fail(world, str(number))
    assert world.kernel.sandboxes.names("acme") == []
    for number in range(few):
        world.open(str(number))


def open_and_fail(world: World, name: str) -> None:
    """A control call that is refused after it has opened a sandbox."""
    with world.kernel.store:
        world.open(name)
        raise ZeroDivisionError


def test_sandboxes_are_made_in_and_out_of_transactions_at_once(world: World) -> None:
    """Requests and control calls that meet new sandboxes do not wait for each other for ever."""

    def requests(thread: int) -> None:
        for number in range(300):
            world.open(f"{thread}-{number}")

    def control_calls(thread: int) -> None:
        for number in range(300):
            with world.kernel.store:
                world.open(f"{thread}-{number}")

    acts = enumerate((requests, control_calls) * 2)
    threads = [threading.Thread(target=act, args=(thread,), daemon=True) for thread, act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    assert len(world.kernel.sandboxes.names("acme")) == 1200


def test_one_name_opened_by_many_threads_is_one_sandbox(world: World) -> None:
    """Eight first requests at once share one count of jobs."""
    threads = [threading.Thread(target=world.submit, args=("one", None, str(n))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert IN_FLIGHT.use(world.open()).used == 8
    assert sorted(job.number for job in world.open().jobs()) == list(range(1, 9))


def test_a_first_row_is_where_the_settings_begin(world: World) -> None:
    """Not where the template was moved to since: that is what a reset promises."""
    template = world.open(TEMPLATE)
    template.set_clock(template.clock.advanced(DAY, world.wall()))
    assert world.kernel.first_row().clock == Clock("frozen", START, START)
