"""All state that outlives a request, behind one narrow interface, in SQLite: in memory or in a file.

A server has its file to itself, so what was read lately is kept at hand: SQLite lets go of the
interpreter with every statement, and a poll that had to take it back from seven other threads each
time would cost twice as much. What is read within a transaction is not kept, for it may be undone.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar

from reportmocks.kernel.chance import token_hex
from reportmocks.kernel.clock import Clock
from reportmocks.kernel.database import StoreError
from reportmocks.kernel.jobs import Job, Plan
from reportmocks.kernel.text_store import TextStore
from reportmocks.kernel.waits import Waits

__all__ = ["SandboxRow", "Store", "StoreError"]

SCHEMA_VERSION: Final = 1

AT_HAND: Final = 20_000
"""How many sandboxes, and how many jobs, are kept at hand."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS sandbox (
    vendor TEXT NOT NULL, name TEXT NOT NULL, clock TEXT NOT NULL, rules TEXT NOT NULL,
    plans TEXT NOT NULL, dials TEXT NOT NULL, jobs INTEGER NOT NULL, PRIMARY KEY (vendor, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS job (
    vendor TEXT NOT NULL, sandbox TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL,
    report TEXT NOT NULL, request TEXT NOT NULL, identity TEXT NOT NULL, submitted INTEGER NOT NULL,
    leaves INTEGER, plan TEXT NOT NULL, polls INTEGER NOT NULL, PRIMARY KEY (vendor, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS job_of_sandbox ON job (vendor, sandbox, number);
CREATE INDEX IF NOT EXISTS job_by_identity ON job (vendor, sandbox, identity, number);
CREATE INDEX IF NOT EXISTS job_in_flight ON job (vendor, sandbox, leaves);
CREATE TABLE IF NOT EXISTS use (
    vendor TEXT NOT NULL, sandbox TEXT NOT NULL, what TEXT NOT NULL,
    at INTEGER NOT NULL, subject TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS use_in_window ON use (vendor, sandbox, what, at);
CREATE TABLE IF NOT EXISTS spent (
    vendor TEXT NOT NULL, sandbox TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (vendor, sandbox, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS issued (
    vendor TEXT NOT NULL, sandbox TEXT NOT NULL, rule TEXT NOT NULL, subject TEXT NOT NULL,
    ends INTEGER NOT NULL, PRIMARY KEY (vendor, sandbox, rule, subject)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS note (
    vendor TEXT NOT NULL, sandbox TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (vendor, sandbox, key)
) WITHOUT ROWID;
"""

_K = TypeVar("_K")
_V = TypeVar("_V")

_JOB_COLUMNS: Final = "vendor, sandbox, id, number, report, request, identity, submitted, plan, polls"


@dataclass(frozen=True, slots=True)
class SandboxRow:
    """What is stored of a sandbox: its clock, and as JSON its own rule switches, plans and world's dials."""

    clock: Clock
    rules: str
    plans: str
    dials: str


class Store(TextStore):
    """Sandboxes, jobs, uses of limits and one-time keys; every method is a transaction of its own."""

    def __init__(self, where: str = "memory") -> None:
        super().__init__(where, _SCHEMA, SCHEMA_VERSION)
        self._rows: dict[tuple[str, str], SandboxRow] = {}
        self._jobs: dict[tuple[str, str], Job] = {}
        self._newest: dict[tuple[str, str, str], Job] = {}
        self.waits = Waits()
        self.secret = bytes.fromhex(self._meta("secret", token_hex(32)))

    def _forget(self) -> None:
        """Let go of what is kept at hand; it is read again when it is asked for."""
        self._rows.clear()
        self._jobs.clear()
        self._newest.clear()

    def _keep(self, kept: dict[_K, _V], key: _K, value: _V) -> _V:
        """Keep at hand what was just read, unless it may be undone; return it."""
        if self._depth == 0:
            if len(kept) >= AT_HAND:
                kept.clear()
            kept[key] = value
        return value

    # Sandboxes

    def sandbox(self, vendor: str, name: str) -> SandboxRow | None:
        """The stored sandbox, or `None`."""
        found = self._rows.get((vendor, name))
        if found is not None:
            return found
        with self._lock:
            row = self._one(
                "SELECT clock, rules, plans, dials FROM sandbox WHERE vendor = ? AND name = ?", (vendor, name)
            )
            if row is None:
                return None
            return self._keep(self._rows, (vendor, name), SandboxRow(_clock(row[0]), *row[1:]))

    def sandboxes(self) -> list[tuple[str, str]]:
        """Vendor and name of every sandbox, in order."""
        return self._all("SELECT vendor, name FROM sandbox ORDER BY vendor, name", ())

    def add_sandbox(self, vendor: str, name: str, row: SandboxRow) -> None:
        """Store a new sandbox; one that is there already stays as it is."""
        self._run(
            "INSERT OR IGNORE INTO sandbox VALUES (?, ?, ?, ?, ?, ?, 0)",
            (vendor, name, _clock_text(row.clock), row.rules, row.plans, row.dials),
        )

    def set_clock(self, vendor: str, name: str, clock: Clock) -> None:
        """Replace a sandbox's clock."""
        self._set(vendor, name, "clock", _clock_text(clock))

    def set_rules(self, vendor: str, name: str, rules: str) -> None:
        """Replace a sandbox's own rule switches (JSON)."""
        self._set(vendor, name, "rules", rules)

    def set_plans(self, vendor: str, name: str, plans: str) -> None:
        """Replace what a sandbox's coming jobs will do (JSON)."""
        self._set(vendor, name, "plans", plans)

    def set_dials(self, vendor: str, name: str, dials: str) -> None:
        """Replace the dials of a sandbox's world (JSON)."""
        with self:
            former = self.sandbox(vendor, name)
            self._set(vendor, name, "dials", dials)
            if former is not None:
                self.forget_texts(former.dials)

    def _set(self, vendor: str, name: str, column: str, value: str) -> None:
        with self._lock:
            sql = f"UPDATE sandbox SET {column} = ? WHERE vendor = ? AND name = ?"  # noqa: S608
            self._run(sql, (value, vendor, name))
            self._rows.pop((vendor, name), None)

    def untouched(self, vendor: str, name: str) -> bool:
        """Whether a sandbox never had a job, and has no use, nothing issued or spent, and no note."""
        row = self._one("SELECT jobs FROM sandbox WHERE vendor = ? AND name = ?", (vendor, name))
        if row is not None and row[0]:
            return False
        return not any(
            self._one(f"SELECT 1 FROM {of} WHERE vendor = ? AND sandbox = ?", (vendor, name))  # noqa: S608
            for of in ("use", "issued", "spent", "note")
        )

    def drop_sandbox(self, vendor: str, name: str) -> None:
        """Forget a sandbox and everything in it."""
        self._replace(vendor, name, None)

    def renew_sandbox(self, vendor: str, name: str, row: SandboxRow) -> None:
        """Store a sandbox with nothing in it, in place of one of this name if there is one."""
        self._replace(vendor, name, row)

    def _replace(self, vendor: str, name: str, row: SandboxRow | None) -> None:
        with self:
            former = self.sandbox(vendor, name)
            self.sweep(vendor, name)
            self._run("DELETE FROM sandbox WHERE vendor = ? AND name = ?", (vendor, name))
            if row is not None:
                self.add_sandbox(vendor, name, row)
            if former is not None:
                self.forget_texts(former.dials)
            self._forget()

    def sweep(self, vendor: str, name: str) -> None:
        """Forget everything in a sandbox: what it had, or what a call has left that was under way."""
        with self:
            self.drop_fault(vendor, name)
            for table in ("job", "use", "spent", "issued", "note"):
                self._run(f"DELETE FROM {table} WHERE vendor = ? AND sandbox = ?", (vendor, name))  # noqa: S608

    # Jobs

    def next_number(self, vendor: str, sandbox: str) -> int:
        """Count one more job of a sandbox and return its number, the first being 1."""
        with self:
            self._run("UPDATE sandbox SET jobs = jobs + 1 WHERE vendor = ? AND name = ?", (vendor, sandbox))
            row = self._one("SELECT jobs FROM sandbox WHERE vendor = ? AND name = ?", (vendor, sandbox))
        return row[0] if row else 1  # it was let go while its call was under way

    def add_job(self, job: Job) -> None:
        """Store a new job."""
        with self:
            self._run(
                "INSERT INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    job.vendor, job.sandbox, job.id, job.number, job.report, json.dumps(job.request),
                    job.identity, job.submitted, job.leaves(), job.plan.dumps(), job.polls,
                ),
            )  # fmt: skip
            self._newest.pop((job.vendor, job.sandbox, job.identity), None)

    def update_job(self, job: Job) -> None:
        """Store what has become of a job: its plan and its polls."""
        with self:
            self._run(
                "UPDATE job SET plan = ?, leaves = ?, polls = ? WHERE vendor = ? AND id = ?",
                (job.plan.dumps(), job.leaves(), job.polls, job.vendor, job.id),
            )
            self._jobs.pop((job.vendor, job.id), None)
            self._newest.pop((job.vendor, job.sandbox, job.identity), None)

    def drop_job(self, job: Job) -> None:
        """Forget a job."""
        with self:
            self._run("DELETE FROM job WHERE vendor = ? AND id = ?", (job.vendor, job.id))
            self._jobs.pop((job.vendor, job.id), None)
            self._newest.pop((job.vendor, job.sandbox, job.identity), None)

    def job(self, vendor: str, job_id: str) -> Job | None:
        """A job by its id, whatever its sandbox."""
        found = self._jobs.get((vendor, job_id))
        if found is not None:
            return found
        with self._lock:
            row = self._one(f"SELECT {_JOB_COLUMNS} FROM job WHERE vendor = ? AND id = ?", (vendor, job_id))  # noqa: S608
            return None if row is None else self._keep(self._jobs, (vendor, job_id), _job(row))

    def latest(self, vendor: str, sandbox: str, identity: str) -> Job | None:
        """The newest job of a sandbox with this identity."""
        found = self._newest.get((vendor, sandbox, identity))
        if found is not None:
            return found
        with self._lock:
            row = self._one(
                f"SELECT {_JOB_COLUMNS} FROM job WHERE vendor = ? AND sandbox = ? AND identity = ?"  # noqa: S608
                " ORDER BY number DESC LIMIT 1",
                (vendor, sandbox, identity),
            )
            return None if row is None else self._keep(self._newest, (vendor, sandbox, identity), _job(row))

    def jobs(self, vendor: str, sandbox: str) -> list[Job]:
        """All jobs of a sandbox, in the order of submission."""
        rows = self._all(
            f"SELECT {_JOB_COLUMNS} FROM job WHERE vendor = ? AND sandbox = ? ORDER BY number",  # noqa: S608
            (vendor, sandbox),
        )
        return [_job(row) for row in rows]

    def in_flight(self, vendor: str, sandbox: str, now: int) -> list[Job]:
        """The jobs of a sandbox that are in flight at `now`, in the order of submission."""
        rows = self._all(
            f"SELECT {_JOB_COLUMNS} FROM job WHERE vendor = ? AND sandbox = ?"  # noqa: S608
            " AND (leaves IS NULL OR leaves > ?) ORDER BY number",
            (vendor, sandbox, now),
        )
        return [_job(row) for row in rows]

    # Uses of limits

    def add_use(self, vendor: str, sandbox: str, what: str, at: int, subject: str) -> None:
        """Record that something counted was used at the instant `at`, by `subject`."""
        self._run("INSERT INTO use VALUES (?, ?, ?, ?, ?)", (vendor, sandbox, what, at, subject))

    def uses(self, vendor: str, sandbox: str, what: str, after: int) -> list[tuple[int, str]]:
        """Instant and subject of each use later than `after`, oldest first."""
        return self._all(
            "SELECT at, subject FROM use WHERE vendor = ? AND sandbox = ? AND what = ? AND at > ?"
            " ORDER BY at",
            (vendor, sandbox, what, after),
        )

    def count_uses(self, vendor: str, sandbox: str, what: str, after: int) -> int:
        """How many uses there are later than `after`."""
        count: int = self._one(
            "SELECT count(*) FROM use WHERE vendor = ? AND sandbox = ? AND what = ? AND at > ?",
            (vendor, sandbox, what, after),
        )[0]
        return count

    def forget_uses(self, vendor: str, sandbox: str, what: str, until: int) -> None:
        """Forget the uses up to and including `until`, which no window reaches any more."""
        self._run(
            "DELETE FROM use WHERE vendor = ? AND sandbox = ? AND what = ? AND at <= ?",
            (vendor, sandbox, what, until),
        )

    def take_back_uses(self, vendor: str, sandbox: str, subject: str) -> None:
        """Forget the uses by one subject."""
        self._run(
            "DELETE FROM use WHERE vendor = ? AND sandbox = ? AND subject = ?", (vendor, sandbox, subject)
        )

    # What was issued and ends

    def add_issued(self, vendor: str, sandbox: str, rule: str, subject: str, ends: int) -> None:
        """Record that something was issued, in place of what was issued for the same subject before."""
        self._run(
            "INSERT OR REPLACE INTO issued VALUES (?, ?, ?, ?, ?)", (vendor, sandbox, rule, subject, ends)
        )

    def issued(self, vendor: str, sandbox: str, after: int) -> list[tuple[int, str, str]]:
        """End, rule and subject of what was issued and ends later than `after`, first to end first."""
        return self._all(
            "SELECT ends, rule, subject FROM issued WHERE vendor = ? AND sandbox = ? AND ends > ?"
            " ORDER BY ends, rule, subject",
            (vendor, sandbox, after),
        )

    def forget_issued(self, vendor: str, sandbox: str, until: int) -> None:
        """Forget what ended at `until` or before."""
        self._run(
            "DELETE FROM issued WHERE vendor = ? AND sandbox = ? AND ends <= ?", (vendor, sandbox, until)
        )

    # Notes: what is to be kept in mind of a sandbox

    def note(self, vendor: str, sandbox: str, key: str) -> str | None:
        """A note on a sandbox, or `None`."""
        row = self._one(
            "SELECT value FROM note WHERE vendor = ? AND sandbox = ? AND key = ?", (vendor, sandbox, key)
        )
        return None if row is None else row[0]

    def notes(self, key: str) -> list[tuple[str, str, str]]:
        """Vendor, sandbox and value of every note of this key."""
        return self._all("SELECT vendor, sandbox, value FROM note WHERE key = ?", (key,))

    def set_note(self, vendor: str, sandbox: str, key: str, value: str | None) -> None:
        """Write a note, or take it away with `None`."""
        if value is None:
            self._run("DELETE FROM note WHERE vendor = ? AND sandbox = ? AND key = ?", (vendor, sandbox, key))
        else:
            self._run("INSERT OR REPLACE INTO note VALUES (?, ?, ?, ?)", (vendor, sandbox, key, value))

    def copy_notes(self, vendor: str, sandbox: str, to: str) -> None:
        """Give one sandbox the notes of another."""
        self._run(
            "INSERT OR REPLACE INTO note SELECT vendor, ?, key, value FROM note"
            " WHERE vendor = ? AND sandbox = ?",
            (to, vendor, sandbox),
        )

    # Things that can be used once

    def spend(self, vendor: str, sandbox: str, key: str) -> bool:
        """Use a key up: true the first time, false ever after."""
        return self._run("INSERT OR IGNORE INTO spent VALUES (?, ?, ?)", (vendor, sandbox, key)) == 1

    def spent(self, vendor: str, sandbox: str, key: str) -> bool:
        """Whether a key is used up."""
        row = self._one(
            "SELECT 1 FROM spent WHERE vendor = ? AND sandbox = ? AND key = ?", (vendor, sandbox, key)
        )
        return row is not None


def _clock_text(clock: Clock) -> str:
    return json.dumps([clock.mode, clock.base, clock.anchor, clock.scale, clock.carried, clock.carry])


@lru_cache(maxsize=1024)
def _clock(text: str) -> Clock:
    return Clock(*json.loads(text))


@lru_cache(maxsize=1024)
def _plan(text: str) -> Plan:
    """The plan of a text; most jobs have one of a few."""
    return Plan.loads(text)


@lru_cache(maxsize=1024)
def _job(row: tuple[Any, ...]) -> Job:
    """The job of a row; what was read lately is not read again."""
    vendor, sandbox, job_id, number, report, request, identity, submitted, plan, polls = row
    return Job(
        vendor=vendor,
        sandbox=sandbox,
        id=job_id,
        number=number,
        report=report,
        request=json.loads(request),
        identity=identity,
        submitted=submitted,
        plan=_plan(plan),
        polls=polls,
    )
