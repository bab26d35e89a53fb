"""The store: one interface to all state, whose transactions happen as a whole or not at all."""

import json
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace

import pytest

from reportmocks.kernel.clock import SECOND, Clock
from reportmocks.kernel.jobs import Job, Phase, Plan
from reportmocks.kernel.limits import admit
from reportmocks.kernel.refusals import RateLimited
from reportmocks.kernel.store import Store
from support.kernels import BY_MINUTE, START, World, a_row

HERE = ("acme", "one")


class Interrupted(Exception):  # noqa: N818 - what happens in the middle of something
    """Something that goes wrong in the middle of a transaction."""


def a_job(number: int, *, sandbox: str = "one", identity: str = "views", plan: Plan | None = None) -> Job:
    """A job of `acme` that runs for a second, or as planned."""
    return Job(
        vendor="acme",
        sandbox=sandbox,
        id=f"{sandbox}-{number}",
        number=number,
        report="views",
        request={"start": START, "words": ["ä", None]},
        identity=identity,
        submitted=START,
        plan=plan or Plan.of((SECOND, Phase.DONE)),
    )


def test_a_job_comes_back_as_it_was_stored(store: Store) -> None:
    """With everything that its rows are rendered from, found in each of the ways."""
    job = a_job(1)
    store.add_job(job)
    assert store.job("acme", job.id) == job
    assert store.latest(*HERE, "views") == job
    assert store.jobs(*HERE) == [job]
    assert store.in_flight(*HERE, START) == [job]


def test_the_newest_job_of_an_identity_is_the_last_submitted(store: Store) -> None:
    """Also where an older one was asked for in between."""
    for number in (1, 2):
        store.add_job(a_job(number))
        newest = store.latest(*HERE, "views")
        assert newest is not None
        assert newest.number == number
    store.add_job(a_job(3, identity="users"))
    newest = store.latest(*HERE, "views")
    assert newest is not None
    assert newest.number == 2


def test_a_changed_job_is_found_changed(store: Store) -> None:
    """Whichever way it was found before."""
    job = a_job(1, plan=Plan.of((SECOND, Phase.DONE), polls=1))
    store.add_job(job)
    store.latest(*HERE, "views")
    polled = job.polled(START)
    store.update_job(polled)
    assert store.job("acme", job.id) == store.latest(*HERE, "views") == polled
    assert store.jobs(*HERE) == [polled]
    assert store.in_flight(*HERE, START) == []


def test_jobs_in_flight_are_those_that_have_not_left_yet(store: Store) -> None:
    """One that is done in this very millisecond is not among them."""
    store.add_job(a_job(1, plan=Plan.of((1000, Phase.DONE))))
    store.add_job(a_job(2, plan=Plan.of((999, Phase.FAILED))))
    store.add_job(a_job(3, plan=Plan.of()))
    assert [job.number for job in store.in_flight(*HERE, START + 999)] == [1, 3]
    assert [job.number for job in store.in_flight(*HERE, START + 1000)] == [3]


def test_a_sandbox_comes_back_as_it_was_stored(store: Store) -> None:
    """Its clock to the fraction of a scale."""
    row = replace(
        a_row(Clock("auto", START, 17, scale=0.1, carried=3)), rules='{"a": {}}', dials='{"seed": 2}'
    )
    store.add_sandbox("acme", "two", row)
    assert store.sandbox("acme", "two") == row


def test_a_sandbox_that_is_there_is_not_made_again(store: Store) -> None:
    """The second of two first requests must not wipe what the other has done."""
    store.set_rules(*HERE, '{"changed": {}}')
    store.add_sandbox(*HERE, a_row())
    found = store.sandbox(*HERE)
    assert found is not None
    assert found.rules == '{"changed": {}}'


def test_a_dropped_sandbox_takes_everything_with_it(store: Store) -> None:
    """And nothing of another one."""
    store.add_sandbox("acme", "two", a_row())
    for name in ("one", "two"):
        store.add_job(a_job(1, sandbox=name))
        store.add_use("acme", name, "runs", START, "views")
        store.spend("acme", name, "key")
    store.drop_sandbox(*HERE)
    assert store.sandbox(*HERE) is None
    assert store.job("acme", "one-1") is None
    assert store.latest(*HERE, "views") is None
    assert (store.jobs(*HERE), store.uses(*HERE, "runs", 0), store.spent(*HERE, "key")) == ([], [], False)
    assert store.job("acme", "two-1") is not None
    assert store.spent("acme", "two", "key")


def test_a_renewed_sandbox_keeps_the_texts_that_it_refers_to(store: Store) -> None:
    """A server's own rows are kept before the sandbox that has them is made anew."""
    kept, left = (json.dumps({"rows": store.keep_text(text)}) for text in ("[1]", "[2]"))
    store.set_dials(*HERE, f"{kept} {left}")
    store.renew_sandbox(*HERE, replace(a_row(), dials=kept))
    assert store.kept_text(json.loads(kept)["rows"]) == "[1]"
    assert store.kept_text(json.loads(left)["rows"]) == "[]"


def test_a_call_under_way_in_a_sandbox_that_is_dropped_fails_nobody(store: Store) -> None:
    """What it leaves is swept away before the next one of this name is made."""
    store.drop_sandbox(*HERE)
    store.add_job(a_job(store.next_number(*HERE)))
    store.add_use(*HERE, "runs", START, "views")
    store.sweep(*HERE)
    assert (store.jobs(*HERE), store.uses(*HERE, "runs", 0)) == ([], [])


def test_a_key_is_spent_once(store: Store) -> None:
    """And by its own sandbox only."""
    assert [store.spend(*HERE, "key") for _ in range(3)] == [True, False, False]
    assert store.spend("acme", "two", "key")


def write_everything(store: Store) -> None:
    """One change of each kind."""
    store.add_sandbox("acme", "new", a_row())
    store.drop_sandbox("acme", "old")
    store.set_clock(*HERE, Clock("frozen", START + 1, 0))
    store.set_rules(*HERE, '{"x": {}}')
    store.set_plans(*HERE, "[1]")
    store.next_number(*HERE)
    store.add_job(a_job(2))
    store.update_job(replace(a_job(1), polls=9))
    store.add_use(*HERE, "runs", START, "views")
    store.forget_uses(*HERE, "calls", START)
    store.spend(*HERE, "key")


def everything(store: Store) -> dict[str, object]:
    """What is stored, as it is told."""
    return {
        "sandboxes": store.sandboxes(),
        "sandbox": store.sandbox(*HERE),
        "new sandbox": store.sandbox("acme", "new"),
        "old sandbox": store.sandbox("acme", "old"),
        "jobs": store.jobs(*HERE),
        "old job": store.job("acme", "one-1"),
        "new job": store.job("acme", "one-2"),
        "newest job": store.latest(*HERE, "views"),
        "new uses": store.uses(*HERE, "runs", 0),
        "old uses": store.uses(*HERE, "calls", 0),
        "key": store.spent(*HERE, "key"),
    }


@pytest.fixture
def full(store: Store) -> Store:
    """A store with something to change in each table."""
    store.add_sandbox("acme", "old", a_row())
    store.add_job(a_job(1))
    store.add_use(*HERE, "calls", START, "views")
    return store


def test_an_exception_undoes_a_transaction(full: Store) -> None:
    """All of it, however much was looked at in between; the next number too."""
    before, look = everything(full), everything
    with pytest.raises(Interrupted):
        transact(full, lambda: look(full), lambda: write_everything(full), lambda: look(full), fail)
    assert everything(full) == before
    assert full.next_number(*HERE) == 1


def test_a_transaction_is_kept_when_it_ends_well(full: Store) -> None:
    """Every one of its changes."""
    before = everything(full)
    transact(full, lambda: write_everything(full))
    after = everything(full)
    assert [name for name in before if before[name] == after[name]] == []
    assert full.next_number(*HERE) == 2


def test_an_exception_undoes_the_inner_of_two_transactions(full: Store) -> None:
    """Where the outer one goes on, only what was done before and after stays."""
    before = everything(full)
    with full:
        full.spend(*HERE, "before")
        with pytest.raises(Interrupted):
            transact(full, lambda: write_everything(full), fail)
        assert everything(full) == before
        full.spend(*HERE, "after")
    assert everything(full) == before
    assert full.spent(*HERE, "before")
    assert full.spent(*HERE, "after")


def test_an_exception_undoes_the_inner_transaction_with_the_outer(full: Store) -> None:
    """What ended well inside is undone too when everything is."""
    before = everything(full)
    with pytest.raises(Interrupted):
        transact(full, lambda: transact(full, lambda: write_everything(full)), fail)
    assert everything(full) == before


def test_what_is_to_be_done_afterwards_is_done_after_the_outermost_transaction(store: Store) -> None:
    """It would be undone by what comes after it otherwise."""
    seen: list[bool] = []

    def look() -> None:
        seen.append(store.spent(*HERE, "key"))

    with store:
        with store:
            store.afterwards(look)
        store.spend(*HERE, "key")
        assert seen == []
    assert seen == [True]
    store.afterwards(look)
    assert seen == [True, True]


def test_what_is_to_be_done_afterwards_is_done_though_everything_else_is_undone(store: Store) -> None:
    """That is what it is for; and it is done once."""
    with pytest.raises(Interrupted):
        transact(
            store,
            lambda: store.spend(*HERE, "undone"),
            lambda: store.afterwards(lambda: store.add_use(*HERE, "runs", START, "views")),
            fail,
        )
    with store:
        pass
    assert not store.spent(*HERE, "undone")
    assert len(store.uses(*HERE, "runs", 0)) == 1


def test_a_store_that_cannot_begin_leaves_nobody_waiting() -> None:
    """The lock is given back, or the next thread would hang for ever."""
    store = Store()
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        transact(store)
    with ThreadPoolExecutor(1) as pool, pytest.raises(sqlite3.ProgrammingError):
        pool.submit(transact, store).result(timeout=10)


def test_no_thread_comes_between(store: Store) -> None:
    """Another thread's write waits for the end of the transaction."""
    done = threading.Event()

    def write() -> None:
        store.spend(*HERE, "other")
        done.set()

    with ThreadPoolExecutor(1) as pool:
        with store:
            written = pool.submit(write)
            store.spend(*HERE, "mine")
            assert not done.wait(0.02)
            assert not store.spent(*HERE, "other")
        written.result(timeout=10)
    assert store.spent(*HERE, "other")


def test_no_thread_sees_what_may_still_be_undone(full: Store) -> None:
    """A clock that was set and set back again was never there for anybody else."""

    def look() -> list[object]:
        newest = full.latest(*HERE, "views")
        return [full.sandbox(*HERE), full.job("acme", "one-1"), full.job("acme", "one-2"), newest]

    before = look()
    seen: list[Future[list[object]]] = []
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(Interrupted):
            transact(
                full,
                lambda: write_everything(full),
                look,
                lambda: seen.append(pool.submit(look)),
                lambda: wait(seen, timeout=0.02),
                fail,
            )
        assert seen[0].result(timeout=10) == before


@pytest.mark.parametrize("limit", [1, 37, 400])
def test_eight_threads_admit_exactly_as_many_as_allowed(world: World, limit: int) -> None:
    """Fifty attempts each: not one more than the limit, and not one less while there are enough."""
    world.rule("acme.rate-minute", value=limit)

    def hammer(_: int) -> int:
        return sum(admitted(world) for _ in range(50))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(hammer, range(8))) == limit
    assert BY_MINUTE.use(world.open()).used == limit


def test_eight_threads_number_their_jobs_without_gap(world: World) -> None:
    """Each number once, from 1 on."""

    def submit(thread: int) -> None:
        for count in range(25):
            world.submit(job_id=f"{thread}-{count}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(submit, range(8)))
    assert sorted(job.number for job in world.open().jobs()) == list(range(1, 201))


def test_eight_threads_lose_no_poll(world: World) -> None:
    """A job that awaits its 400th poll is released by it, not by one that was counted twice."""
    world.submit(plan=Plan.of((SECOND, Phase.DONE), polls=400))

    def poll(_: int) -> None:
        for _ in range(50):
            sandbox = world.open()
            job = sandbox.job("one-1")
            assert job is not None
            sandbox.count_poll(job)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(poll, range(8)))
    job = world.open().job("one-1")
    assert job is not None
    assert (job.polls, job.state_at(START)) == (400, Phase.DONE)


def admitted(world: World) -> bool:
    """Whether one more run is let in."""
    try:
        admit(world.open(), [BY_MINUTE], "views")
    except RateLimited:
        return False
    return True


def transact(store: Store, *acts: Callable[[], object]) -> None:
    """Do these in one transaction."""
    with store:
        for act in acts:
            act()


def fail() -> None:
    """Go wrong."""
    raise Interrupted


def test_a_full_disk_undoes_a_transaction_and_not_the_server(full: Store) -> None:
    """What cannot be written is refused as a whole; when there is room again the next one goes through."""
    before = everything(full)
    (pages,) = full._db.execute("PRAGMA page_count").fetchone()
    full._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        transact(full, lambda: write_everything(full), lambda: full.set_rules(*HERE, "x" * 100_000))
    assert everything(full) == before
    full._db.execute("PRAGMA max_page_count = 1000000")
    transact(full, lambda: write_everything(full))
    assert everything(full) != before


def test_a_transaction_that_cannot_be_ended_is_undone(full: Store) -> None:
    """Or it would stay open for ever, and nobody could begin another."""
    before = everything(full)

    def no_commit(action: int, argument: str | None, *_: str | None) -> int:
        ends = action == sqlite3.SQLITE_TRANSACTION and argument == "COMMIT"
        return sqlite3.SQLITE_DENY if ends else sqlite3.SQLITE_OK

    full._db.set_authorizer(no_commit)
    with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
        transact(full, lambda: write_everything(full))
    full._db.set_authorizer(None)
    assert everything(full) == before
    transact(full, lambda: write_everything(full))
    assert everything(full) != before
