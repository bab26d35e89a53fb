"""State in a file: it survives the end of its server, however that comes, and refuses what is not its own."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from reportmocks.kernel.clock import SECOND
from reportmocks.kernel.database import StoreError, state_path
from reportmocks.kernel.jobs import Phase
from reportmocks.kernel.store import Store
from support.kernels import START, a_row

HERE = ("acme", "one")

WRITER = """
import itertools, sys
from support.kernels import START, a_row
from reportmocks.kernel.jobs import Job, Plan
from reportmocks.kernel.store import Store

store = Store(sys.argv[1])
store.add_sandbox("acme", "one", a_row())
for count in itertools.count(1):
    with store:
        number = store.next_number("acme", "one")
        store.add_use("acme", "one", "runs", START + number, str(number))
        store.add_job(Job(
            vendor="acme", sandbox="one", id=str(number), number=number, report="views", request={},
            identity="views", submitted=START, plan=Plan.of(),
        ))
        store.spend("acme", "one", str(number))
    if count == 50:
        print("writing", flush=True)
"""
"""Writes four rows in each transaction, for ever."""


@pytest.fixture
def where(tmp_path: Path) -> str:
    """A place for state in a file that is not there yet."""
    return f"sqlite:///{tmp_path / 'state.db'}"


@contextmanager
def opened(where: str) -> Iterator[Store]:
    """A store, closed in the end."""
    with closing(Store(where)) as store:
        yield store


def test_state_in_a_file_outlives_its_server(where: str) -> None:
    """Sandboxes, uses and spent keys; and the secret, or every link given out would be void."""
    with opened(where) as store:
        secret = store.secret
        store.add_sandbox(*HERE, a_row())
        store.add_use(*HERE, "runs", START, "views")
        store.spend(*HERE, "key")
    with opened(where) as store:
        assert store.secret == secret
        assert store.sandbox(*HERE) == a_row()
        assert store.uses(*HERE, "runs", 0) == [(START, "views")]
        assert store.spent(*HERE, "key")


def test_states_in_memory_share_nothing() -> None:
    """Two servers in one process have secrets and sandboxes of their own."""
    with opened("memory") as one, opened("memory") as other:
        one.add_sandbox(*HERE, a_row())
        assert other.sandbox(*HERE) is None
        assert one.secret != other.secret


@pytest.mark.parametrize("attempt", range(3))
def test_a_server_killed_while_it_writes_leaves_whole_transactions(where: str, attempt: int) -> None:
    """What was told to be written is there; of the transaction that was cut off, nothing is."""
    kill_while_writing(where)
    with opened(where) as store:
        jobs = [job.number for job in store.jobs(*HERE)]
        assert jobs == list(range(1, len(jobs) + 1)), attempt
        assert len(jobs) >= 50
        assert [subject for _, subject in store.uses(*HERE, "runs", 0)] == [str(number) for number in jobs]
        assert all(store.spent(*HERE, str(number)) for number in jobs)
        assert not store.spent(*HERE, str(len(jobs) + 1))
        assert store.next_number(*HERE) == len(jobs) + 1
    with closing(sqlite3.connect(state_path(where))) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def kill_while_writing(where: str) -> None:
    """Let a process write until it is well under way, and kill it as `kill -9` does."""
    tests = Path(__file__).parents[2]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join([str(tests), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(  # noqa: S603 - a program of our own
        [sys.executable, "-c", WRITER, where], stdout=subprocess.PIPE, text=True, env=environ
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        writer.kill()


def test_a_server_killed_at_its_first_breath_leaves_a_file_that_can_be_used(tmp_path: Path) -> None:
    """A file that was made and never written to is as good as none."""
    (tmp_path / "state.db").touch()
    with opened(f"sqlite:///{tmp_path / 'state.db'}") as store:
        assert store.sandboxes() == []


def test_a_database_of_something_else_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    """A slip in a path must not spoil somebody's accounts, nor even change the way they are kept."""
    path = tmp_path / "accounts.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE meta (name TEXT, balance INTEGER)")
        db.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"accounts\.db is a database of something else"):
        Store(f"sqlite:///{path}")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_state_of_another_version_is_refused_and_left_as_it_was(where: str) -> None:
    """Whoever goes back to the old version must find it whole."""
    with opened(where):
        pass
    with closing(sqlite3.connect(state_path(where))) as db:
        db.execute("PRAGMA user_version = 999")
    with pytest.raises(StoreError, match=r"written by another version \(schema 999, not 1\)"):
        Store(where)
    with closing(sqlite3.connect(state_path(where))) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (999,)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """And its text is still there."""
    path = tmp_path / "notes.txt"
    path.write_text("This is not a database, but it is long enough to be taken for the head of one.\n" * 100)
    with pytest.raises(StoreError, match=r"cannot keep state in .*notes\.txt.*not a database"):
        Store(f"sqlite:///{path}")
    assert path.read_text().startswith("This is not a database")


def test_a_damaged_file_is_refused_and_left_as_it_was(where: str) -> None:
    """With the first request, and a traceback in the log, it would be too late."""
    with opened(where):
        pass
    path = state_path(where)
    damaged = path.read_bytes()[:8192] + bytes(len(path.read_bytes()) - 8192)
    path.write_bytes(damaged)
    with pytest.raises(StoreError, match=r"state\.db is damaged: "):
        Store(where)
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("place", ["no-such-folder/state.db", "."])
def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path, place: str) -> None:
    """A folder that is not there, or a path that is a folder; the refusal repeats what was asked."""
    where = f"sqlite:///{tmp_path / place}"
    with pytest.raises(StoreError, match="unable to open database file") as refused:
        Store(where)
    assert where in str(refused.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_file_that_may_not_be_written_is_refused(where: str) -> None:
    """At start, not with the first request."""
    with opened(where):
        pass
    state_path(where).chmod(0o400)
    with pytest.raises(StoreError, match="cannot keep state in"):
        Store(where)


def test_a_file_that_another_server_uses_is_refused(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two servers that each remember what they read last would contradict each other."""
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **more: connect(*args, **more | {"timeout": 0}))
    with opened(where) as store:
        with pytest.raises(StoreError, match="another server uses it"):
            Store(where)
        store.add_sandbox(*HERE, a_row())
    with opened(where) as store:
        assert store.sandbox(*HERE) == a_row()


@pytest.mark.parametrize(
    "where", ["", "Memory", "sqlite://", "sqlite:///", "state.db", "postgres:///x", "x sqlite:///y"]
)
def test_what_is_no_place_for_state_is_refused_with_the_two_there_are(where: str) -> None:
    """In one line."""
    with pytest.raises(StoreError, match="is no place for state: write memory or sqlite:///PATH"):
        Store(where)


def test_a_path_may_be_relative_or_absolute() -> None:
    """Three strokes and the path, which may begin with one of its own."""
    assert state_path("sqlite:///state.db") == Path("state.db")
    assert state_path("sqlite:////var/state.db") == Path("/var/state.db")


def test_a_job_out_of_a_file_goes_on_where_it_was(where: str) -> None:
    """The phase is a function of time, so a restart in the middle of a report changes nothing."""
    kill_while_writing(where)
    with opened(where) as store:
        job = store.job("acme", "7")
        assert job is not None
        assert job.state_at(START + SECOND) is Phase.RUNNING
