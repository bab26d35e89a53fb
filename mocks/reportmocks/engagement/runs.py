"""A run of an engagement report: found or started by the request itself, which is also its poll."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import Response

from reportcontracts.catalogue import Catalogue
from reportcontracts.rules import RuleValues
from reportfixtures import Encoding
from reportmocks.answers import current_call, json_answer, stream_answer, text_answer
from reportmocks.engagement import parameters
from reportmocks.engagement.parameters import Parameters, Policy
from reportmocks.engagement.rows import telling
from reportmocks.kernel.call import Call
from reportmocks.kernel.chance import new_uuid
from reportmocks.kernel.clock import DAY, HOUR, MINUTE, SECOND, iso
from reportmocks.kernel.core import EXPIRED, NEVER, Kernel, Outcome, Traits, ends_as
from reportmocks.kernel.jobs import FOREVER, Job, Phase, Plan
from reportmocks.kernel.limits import Window, admit
from reportmocks.kernel.lives import Kept
from reportmocks.kernel.refusals import JobFailed, NotFound
from reportmocks.kernel.remedies import Change, completed
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.worlds import capped_rows, csv_encoding, report_of

CONTENT_TYPES: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def traits(vendor: str, *, secret_names: bool) -> Traits:
    """What the kernel needs to know of a vendor with engagement reports."""
    return Traits(
        id=vendor,
        outcomes=outcomes(vendor),
        limits=windows(vendor),
        lives=(Kept(f"{vendor}.cache-life", "cached result", SECOND),),
        events={Phase.EXPIRED: "cache entry dropped"},
        telling=telling,
        secret_names=secret_names,
    )


def windows(vendor: str) -> tuple[Window, ...]:
    """The rate limits, which count the runs that were started."""
    spans = {"minute": MINUTE, "hour": HOUR, "day": DAY}
    return tuple(Window(f"{vendor}.rate-{name}", span, "runs") for name, span in spans.items())


def outcomes(vendor: str) -> dict[str, Outcome]:
    """What can become of a run."""

    def done(rules: RuleValues, time: int) -> Plan:
        rule = f"{vendor}.cache-life"
        life = rules.number(rule) * SECOND if rules.flag(rule) else FOREVER
        return Plan.of((time, Phase.DONE), (time + life, Phase.EXPIRED))

    return {
        "done": Outcome(done, kept=True),
        "failed": ends_as(Phase.FAILED),
        "expired": EXPIRED,
        "never": NEVER,
    }


@dataclass(frozen=True, slots=True)
class Runs:
    """Answers requests for the engagement reports of one vendor."""

    kernel: Kernel
    catalogue: Catalogue
    windows: tuple[Window, ...]
    known: frozenset[str]
    """The parameters that the reports take."""
    reports: tuple[str, ...]
    """Those reports of the catalogue that are run, which are all without a path of their own."""
    check: Callable[[Sandbox, Parameters], None]

    @classmethod
    def of(
        cls,
        kernel: Kernel,
        vendor: str,
        check: Callable[[Sandbox, Parameters], None] = lambda _sandbox, _parameters: None,
    ) -> "Runs":
        """Those of a vendor, by its catalogue; `check` refuses parameters that only this vendor knows."""
        catalogue = kernel.settings.catalogue(vendor)
        known = frozenset(parameter.name for parameter in catalogue.parameters)
        base = catalogue.api.base_path
        reports = tuple(name for name, report in catalogue.items() if report.path == f"{base}/{name}")
        return cls(kernel, catalogue, windows(vendor), known, reports, check)

    def answer(self, sandbox: Sandbox, report: str) -> Response:
        """Answer the current request for `report`: with the rows, or the news that they are not there."""
        call = current_call()
        with completed(lambda changes: self._would_start(sandbox, report, changes)):
            asked = self._read(sandbox, report)
            job = self._find_or_start(sandbox, asked)
        call.job = job.id
        phase = job.state_at(sandbox.now)
        if phase is Phase.FAILED:
            sandbox.spend(f"told {job.id}")
            raise JobFailed(rule=f"{sandbox.vendor}.failed", job=job.id)
        if phase is Phase.RUNNING:
            response = self._running(call, sandbox, asked, job)
        else:
            response = self._rows(call, sandbox, asked, job)
        _tell_range(call, sandbox, job)
        return response

    def _would_start(self, sandbox: Sandbox, report: str, changes: tuple[Change, ...]) -> None:
        """Read the current request with some changes; what is wrong with it then is refused."""
        asked = self._read(sandbox, report, changes)
        parameters.within_limit(sandbox, parameters.resolve(sandbox, asked.sent))

    def _read(self, sandbox: Sandbox, report: str, changes: tuple[Change, ...] = ()) -> Parameters:
        if report not in self.reports:
            raise NotFound(
                rule=f"{sandbox.vendor}.unknown-report", kind="Report", name=report, known=self.reports
            )
        query = current_call().environ.get("QUERY_STRING", "")
        query = parameters.changed_query(query, changes) if changes else query
        asked = parameters.read(report, query, Policy.of(sandbox, self.known))
        parameters.require_send_status(sandbox, asked)
        self.check(sandbox, asked)
        return asked

    def _find_or_start(self, sandbox: Sandbox, asked: Parameters) -> Job:
        """The run that the request asks for; a new one counts against the rate limits, any other is free."""
        job = self._found(sandbox, asked.identity)
        if job is None:
            with sandbox.transaction:
                return self._found(sandbox, asked.identity) or self._start(sandbox, asked)
        return sandbox.count_poll(job) if job.plan.polls is not None else job

    def _start(self, sandbox: Sandbox, asked: Parameters) -> Job:
        wanted = parameters.resolve(sandbox, asked.sent)
        covers = parameters.within_limit(sandbox, wanted)
        plan = self.kernel.plan(sandbox, asked.report, asked.sent)
        admit(sandbox, self.windows, asked.report)
        recipe = {"start": covers.start, "end": covers.end}
        if covers != wanted:
            recipe["asked"] = wanted.start
        return sandbox.submit(new_uuid(), asked.report, recipe, asked.identity, plan)

    def _found(self, sandbox: Sandbox, identity: str) -> Job | None:
        """The newest run of this identity, unless its rows are gone or its failure was told."""
        job = sandbox.latest(identity)
        if job is None:
            return None
        phase = job.state_at(sandbox.now)
        over = phase is Phase.EXPIRED or (phase is Phase.FAILED and sandbox.spent(f"told {job.id}"))
        return None if over else job

    def _running(self, call: Call, sandbox: Sandbox, asked: Parameters, job: Job) -> Response:
        rules, vendor = sandbox.rules, sandbox.vendor
        call.shaped_by(f"{vendor}.running")
        status = 202
        if not asked.send_status:
            status = rules.number(f"{vendor}.no-send-status", "status")
            call.shaped_by(f"{vendor}.no-send-status")
            call.notes.append("no send_status=true: only the body tells that this is not the report")
        seconds = call.wait(job.leaves())
        headers = {}
        if seconds is not None and rules.flag(f"{vendor}.retry-after", "running"):
            headers["Retry-After"] = str(seconds)
        if rules.text(f"{vendor}.running", "body") == "empty":
            return text_answer("", status, content_type=CONTENT_TYPES["json"], headers=headers)
        return json_answer({"status": "processing"}, status, headers=headers)

    def _rows(self, call: Call, sandbox: Sandbox, asked: Parameters, job: Job) -> Response:
        encoding = _encoding(sandbox, job, asked.format)
        rows = capped_rows(call, sandbox, job, f"{sandbox.vendor}.row-cap", telling(sandbox.rules))
        return stream_answer(
            rows.chunks(encoding), rows.length(encoding), content_type=CONTENT_TYPES[asked.format]
        )


def _encoding(sandbox: Sandbox, job: Job, form: str) -> Encoding:
    """How the rules have the rows written."""
    if form == "csv":
        return csv_encoding(sandbox, report_of(sandbox, job.report))
    return Encoding(format="json", lists=sandbox.rules.text(f"{sandbox.vendor}.json", "rows") == "arrays")


def _tell_range(call: Call, sandbox: Sandbox, job: Job) -> None:
    """Say with every answer about a run that its range was too long, so that the rows are not mute on it."""
    if "asked" in job.request:
        call.shaped_by(f"{sandbox.vendor}.range")
        asked, start = (iso(job.request[name])[:10] for name in ("asked", "start"))
        call.notes.append(f"range: too long, so its start was moved up from {asked} to {start}")
