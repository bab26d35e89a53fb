"""A database of SQLite that many threads share: opened, seen to be ours, and its transactions.

One connection serves all threads, one at a time, and nothing that waits is ever done inside a
transaction. A file is in write-ahead mode: it survives a killed process in the middle of a write, with
the last finished transaction in it. It belongs to one server at a time.
"""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

APPLICATION_ID: Final = 0x7265706D
"""What marks a file of SQLite as ours: `repm` in ASCII."""


PATIENCE: Final = 2.0
"""Seconds to wait for a server that uses the file to end, which takes it less."""


class StoreError(Exception):
    """The state cannot be kept where it was asked for; the text says why."""


class Database:
    """One connection, and transactions that are done as a whole or not at all.

    Each statement is a transaction of its own; `with database:` makes several into one, which no other
    thread can come between and which is undone if it ends in an exception. One inside another is
    undone by itself if the outer one goes on.
    """

    def __init__(self, where: str, schema: str, version: int) -> None:
        """Open `memory` or `sqlite:///PATH`, where tables are made as `schema` says if there are none.

        Raises:
            StoreError: It cannot be opened or written, is not ours, or is of another version.
        """
        self._lock = threading.RLock()
        self._depth = 0
        self._later: list[Callable[[], object]] = []
        try:
            self._db = _connect(where, schema, version)
        except (sqlite3.Error, ValueError) as error:
            busy = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
            reason = "another server uses it" if busy else str(error)
            raise StoreError(f"cannot keep state in {where!r}: {reason}") from error

    def close(self) -> None:
        """Close the connection; a file is complete afterwards."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        self._lock.acquire()
        try:
            self._db.execute("SAVEPOINT nested" if self._depth else "BEGIN IMMEDIATE")
        except BaseException:
            self._lock.release()
            raise
        self._depth += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        try:
            self._commit() if kind is None else self._undo()
        finally:
            try:
                self._do_later()
            finally:
                self._lock.release()

    def afterwards(self, act: Callable[[], object]) -> None:
        """Do something when the transaction is over, even if it is undone; at once where there is none."""
        with self._lock:
            self._later.append(act)
            self._do_later()

    def _one(self, sql: str, values: Sequence[Any]) -> Any:
        """The first row of an answer, or `None`."""
        with self._lock:
            return self._db.execute(sql, values).fetchone()

    def _all(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """All rows of an answer."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def _run(self, sql: str, values: Sequence[Any]) -> int:
        """Change something; return how many rows were changed."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def _commit(self) -> None:
        try:
            self._db.execute("RELEASE nested" if self._depth else "COMMIT")
        except sqlite3.Error:  # such as a full disk: nothing is written, and the next one can begin
            self._undo()
            raise

    def _undo(self) -> None:
        if self._db.in_transaction:  # some errors end it by themselves
            if self._depth:
                self._db.execute("ROLLBACK TO nested")
            self._db.execute("RELEASE nested" if self._depth else "ROLLBACK")

    def _do_later(self) -> None:
        if self._depth == 0:
            later, self._later = self._later, []
            for act in later:
                act()


def state_path(where: str) -> Path:
    """The path in `sqlite:///PATH`; `StoreError` for anything else."""
    scheme, _, path = where.partition("sqlite:///")
    if scheme or not path:
        raise StoreError(f"{where!r} is no place for state: write memory or sqlite:///PATH")
    return Path(path)


def _connect(where: str, schema: str, version: int) -> sqlite3.Connection:
    path = ":memory:" if where == "memory" else str(state_path(where))
    db = sqlite3.connect(
        path, timeout=PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        _check_ours(db, path, version)
        _check_whole(db, path)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        marks = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version};"
        db.executescript(f"BEGIN IMMEDIATE; {marks} {schema} COMMIT;")
    except BaseException:
        db.close()
        raise
    return db


def _check_ours(db: sqlite3.Connection, path: str, version: int) -> None:
    """Accept an empty file, or one of ours; `StoreError` for any other, which stays as it is."""
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (found,) = db.execute("PRAGMA user_version").fetchone()
    if tables and application != APPLICATION_ID:
        raise StoreError(f"{path} is a database of something else")
    if tables and found != version:
        raise StoreError(f"{path} was written by another version (schema {found}, not {version})")


def _check_whole(db: sqlite3.Connection, path: str) -> None:
    """Refuse a file that was damaged: its server would come across that later, in the middle of a call."""
    (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise StoreError(f"{path} is damaged: {' '.join(found.split())}")
