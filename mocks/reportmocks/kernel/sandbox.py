"""A sandbox: one credential's own clock, rules, jobs and limits."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from reportcontracts.catalogue import Catalogue, load_catalogue
from reportcontracts.rules import RuleValues
from reportmocks.kernel.clock import Clock
from reportmocks.kernel.fault_store import FaultRow
from reportmocks.kernel.faults import Fault
from reportmocks.kernel.jobs import Job, Plan
from reportmocks.kernel.planned import NO_PARAMETERS, take
from reportmocks.kernel.store import SandboxRow, Store

TEMPLATE: Final = ""
"""The name under which the store keeps what new sandboxes start with."""


class Sandbox:
    """A sandbox as one request sees it: its instant is fixed when it is opened.

    `now` is the sandbox's time, `lease` the time by which tokens and links live; both in milliseconds.
    """

    __slots__ = (
        "_catalogue",
        "_store",
        "clock",
        "dials",
        "lease",
        "name",
        "now",
        "plans",
        "rules",
        "vendor",
        "wall",
    )

    def __init__(  # noqa: PLR0913 - all that a sandbox is
        self,
        store: Store,
        vendor: str,
        name: str,
        row: SandboxRow,
        rules: RuleValues,
        wall: int,
        *,
        catalogue: Callable[[str], Catalogue] = load_catalogue,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self.vendor = vendor
        self.name = name
        self.clock = row.clock
        self.rules = rules
        self.plans = row.plans
        self.dials = row.dials
        self.wall = wall
        self.now = row.clock.now(wall)
        self.lease = self.now - row.clock.carried

    @property
    def catalogue(self) -> Catalogue:
        """The reports that there are, with a user's overrides."""
        return self._catalogue(self.vendor)

    @property
    def untouched(self) -> bool:
        """Whether nothing has happened yet that has an instant; then the clock may be set back, too."""
        return self._store.untouched(self.vendor, self.name)

    @property
    def transaction(self) -> Store:
        """`with sandbox.transaction:` nothing comes between, and an exception undoes it all."""
        return self._store

    def submit(self, job_id: str, report: str, request: Mapping[str, Any], identity: str, plan: Plan) -> Job:
        """Store a new job, submitted now."""
        with self._store:
            job = Job(
                vendor=self.vendor,
                sandbox=self.name,
                id=job_id,
                number=self._store.next_number(self.vendor, self.name),
                report=report,
                request=request,
                identity=identity,
                submitted=self.now,
                plan=plan,
            )
            self._store.add_job(job)
        return job

    def job(self, job_id: str) -> Job | None:
        """A job of this sandbox by its id; another sandbox's job is not there."""
        job = self._store.job(self.vendor, job_id)
        return job if job is not None and job.sandbox == self.name else None

    def drop_job(self, job: Job) -> None:
        """Forget a job; if it was in flight, its slot is free."""
        self._store.drop_job(job)

    def take_back_uses(self, subject: str) -> None:
        """Forget the uses by one subject."""
        self._store.take_back_uses(self.vendor, self.name, subject)

    def latest(self, identity: str) -> Job | None:
        """The newest job with this identity."""
        return self._store.latest(self.vendor, self.name, identity)

    def jobs(self) -> list[Job]:
        """All jobs, in the order of submission."""
        return self._store.jobs(self.vendor, self.name)

    def in_flight(self) -> list[Job]:
        """The jobs in flight now, in the order of submission."""
        return self._store.in_flight(self.vendor, self.name, self.now)

    def count_poll(self, job: Job) -> Job:
        """Count one poll of a job whose plan, or whose keeper, wants polls counted; return what it became."""
        with self._store:
            polled = (self._store.job(self.vendor, job.id) or job).polled(self.now)
            self._store.update_job(polled)
        return polled

    def uses(self, what: str, span: int) -> list[tuple[int, str]]:
        """Instant and subject of each use in `(now - span, now]`, oldest first."""
        return self._store.uses(self.vendor, self.name, what, self.now - span)

    def count_uses(self, what: str, span: int) -> int:
        """How many uses there are in `(now - span, now]`."""
        return self._store.count_uses(self.vendor, self.name, what, self.now - span)

    def count(self, what: str, subject: str, keep: int | None = None) -> None:
        """Record a use, and forget those that are `keep` milliseconds old or older."""
        if keep is not None:
            self._store.forget_uses(self.vendor, self.name, what, self.now - keep)
        self._store.add_use(self.vendor, self.name, what, self.now, subject)

    def count_at(self, what: str, subject: str, at: int, times: int) -> None:
        """Record uses at an instant that may lie before now."""
        with self._store:
            for _ in range(times):
                self._store.add_use(self.vendor, self.name, what, at, subject)

    def issue(self, rule: str, subject: str, ends: int) -> None:
        """Record that something was issued that works until `ends`, by the lease time."""
        with self._store:
            self._store.forget_issued(self.vendor, self.name, self.lease)
            self._store.add_issued(self.vendor, self.name, rule, subject, ends)

    def issued(self) -> list[tuple[int, str, str]]:
        """End by the lease time, rule and subject of what was issued and still works, first to end first."""
        return self._store.issued(self.vendor, self.name, self.lease)

    def note(self, key: str) -> Any:
        """What is kept in mind under `key`, or `None`."""
        text = self._store.note(self.vendor, self.name, key)
        return None if text is None else json.loads(text)

    def set_note(self, key: str, value: object) -> None:
        """Keep something in mind, or with `None` no longer."""
        self._store.set_note(self.vendor, self.name, key, None if value is None else json.dumps(value))

    def spend(self, key: str) -> bool:
        """Use a one-time key up: true the first time, false ever after."""
        return self._store.spend(self.vendor, self.name, key)

    def spent(self, key: str) -> bool:
        """Whether a one-time key is used up."""
        return self._store.spent(self.vendor, self.name, key)

    def set_clock(self, clock: Clock) -> None:
        """Replace the clock; this view of the sandbox keeps its own instant."""
        self._store.set_clock(self.vendor, self.name, clock)

    def set_rules(self, rule: str, fields: Mapping[str, object]) -> None:
        """Set switches of a rule; `ContractError` for a switch or a value that it does not have."""
        checked = self.rules
        for name, value in fields.items():
            checked = checked.with_(rule, name, value)
        with self._store:
            row = self._store.sandbox(self.vendor, self.name)
            own = json.loads(row.rules) if row else {}
            own[rule] = own.get(rule, {}) | dict(fields)
            self._store.set_rules(self.vendor, self.name, json.dumps(own))

    def set_dials(self, dials: str) -> None:
        """Replace the dials of the world (JSON)."""
        self._store.set_dials(self.vendor, self.name, dials)

    def keep_text(self, text: str) -> str:
        """Store a long text that the dials refer to; return what it is called."""
        return self._store.keep_text(text)

    def kept_text(self, name: str) -> str:
        """The long text that is called so."""
        return self._store.kept_text(name)

    def kept(self) -> dict[str, str]:
        """Switches, plans and dials as they are, to be put back by `put_back`."""
        row = self._store.sandbox(self.vendor, self.name)
        return {} if row is None else {"rules": row.rules, "plans": row.plans, "dials": row.dials}

    def put_back(self, kept: Mapping[str, str]) -> None:
        """Have switches, plans and dials as they were."""
        with self._store:
            self._store.set_rules(self.vendor, self.name, kept["rules"])
            self._store.set_plans(self.vendor, self.name, kept["plans"])
            self._store.set_dials(self.vendor, self.name, kept["dials"])

    def add_plan(self, planned: Mapping[str, Any]) -> None:
        """Plan what a coming job will do, after those that are planned already."""
        with self._store:
            row = self._store.sandbox(self.vendor, self.name)
            waiting = json.loads(row.plans) if row else []
            self._store.set_plans(self.vendor, self.name, json.dumps([*waiting, dict(planned)]))

    def waiting_plans(self) -> list[dict[str, Any]]:
        """What is planned for coming jobs, in the order in which it is tried."""
        waiting: list[dict[str, Any]] = json.loads(self.plans)
        return waiting

    def set_plans(self, waiting: list[dict[str, Any]]) -> None:
        """Replace what is planned for coming jobs."""
        self._store.set_plans(self.vendor, self.name, json.dumps(waiting))

    def take_plan(self, report: str, parameters: Mapping[str, Any] = NO_PARAMETERS) -> dict[str, Any] | None:
        """The first planned outcome that fits a job of `report` with `parameters`, which is then used up.

        One that waits for the job after a few that fit lets this one pass, and waits for one less.
        """
        if self.plans == "[]":
            return None
        with self._store:
            row = self._store.sandbox(self.vendor, self.name)
            left, taken = take(json.loads(row.plans) if row else [], report, parameters)
            self._store.set_plans(self.vendor, self.name, json.dumps(left))
        return taken

    def tell_wait(self, until: int) -> None:
        """Note that a client is about to be told to wait until an instant, where the clock then jumps."""
        if self.clock.mode == "auto":
            self._store.waits.begin((self.vendor, self.name), until)

    def take_back_wait(self, until: int) -> None:
        """Note that the client is told something else after all."""
        if self.clock.mode == "auto":
            self._store.waits.end((self.vendor, self.name), until)

    def add_fault(self, told: Mapping[str, Any]) -> None:
        """Plan a fault for coming calls: one that `control.faults.read_fault` has checked."""
        self._store.add_fault(self.vendor, self.name, told["id"], json.dumps(told))

    def faults(self) -> list[FaultRow]:
        """The faults planned for coming calls, in the order in which they strike."""
        return self._store.faults(self.vendor, self.name)

    def drop_faults(self, fault_id: str | None = None) -> int:
        """Forget a planned fault, or all of them; return how many they were."""
        return self._store.drop_fault(self.vendor, self.name, fault_id)

    def meet_faults(self, method: str, path: str, *, storage: bool) -> list[tuple[Fault, int]]:
        """The faults that strike a call, each with the number of the call among those that it fits."""
        found = []
        with self._store:
            for row in self.faults():
                fault = Fault.loads(row.told)
                if fault.fits(method, path, storage=storage):
                    struck = fault.strikes(row.met + 1, row.struck)
                    self._store.count_fault(self.vendor, self.name, fault.id, struck=struck)
                    if struck:
                        found.append((fault, row.met + 1))
        return found

    def told_to_wait(self, until: int) -> None:
        """Jump to the end of a wait that the client was just told, if this clock does that.

        The end is an instant and the clock is read again, so that two clients who were told the same
        wait move it once. It goes no further than the earliest wait of those that are being told now:
        a client told a minute must not come back an hour later because another was told that.
        """
        if self.clock.mode != "auto":
            return
        with self._store:
            earliest = self._store.waits.end((self.vendor, self.name), until)
            row = self._store.sandbox(self.vendor, self.name)
            if row is None or row.clock.mode != "auto":
                return
            now = row.clock.now(self.wall)
            until = min((other for other in (until, *earliest) if other > now), default=until)
            self._store.set_clock(self.vendor, self.name, row.clock.jumped(until, self.wall))
