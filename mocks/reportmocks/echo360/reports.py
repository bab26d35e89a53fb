"""Echo360's requests: what becomes of them, how they are told, and the assets behind their links."""

import hashlib
import json
from dataclasses import replace
from typing import Any, Final

from reportcontracts.rules import RuleValues
from reportfixtures import Encoding, Telling
from reportmocks.kernel.bounds import read_days
from reportmocks.kernel.call import Call
from reportmocks.kernel.chance import new_uuid
from reportmocks.kernel.clock import DAY, MINUTE, SECOND, day_of, iso
from reportmocks.kernel.core import EXPIRED, NEVER, Kernel, Outcome, Traits, ends_as
from reportmocks.kernel.jobs import FOREVER, Job, Phase, Plan
from reportmocks.kernel.limits import InFlight, Window
from reportmocks.kernel.lives import Issued, Kept
from reportmocks.kernel.refusals import ObjectGone
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.kernel.signing import Link, Signer
from reportmocks.kernel.traits import Orphan
from reportmocks.vendor import Stored
from reportmocks.worlds import csv_encoding, report_of, rows_of

CALLS: Final = Window("echo360.rate-minute", MINUTE, "calls")
IN_FLIGHT: Final = InFlight("echo360.in-flight")
RETENTION: Final = Kept("echo360.retention", "asset", DAY)
LINK_LIFE: Final = Issued("echo360.link-life", "link", DAY, grain=SECOND)
TOKEN_LIFE: Final = Issued("echo360.token-life", "token", SECOND, grain=SECOND)
LATE_DATA: Final = "echo360.late-data"
CSV: Final = "text/csv; charset=utf-8"
GZIP: Final = "application/gzip"
ENDINGS: Final = {",": "csv", "\t": "tsv", "|": "psv"}
"""What files end in, by delimiter."""

STATUSES: Final = {
    Phase.RUNNING: "Pending",
    Phase.CLOSING: "Pending",
    Phase.DONE: "Available",
    Phase.FAILED: "Failed",
    Phase.MISSING: "Missing",
    Phase.EXPIRED: "Expired",
}


def _available(rules: RuleValues, time: int) -> Plan:
    retention = rules.number("echo360.retention") * DAY if rules.flag("echo360.retention") else FOREVER
    return Plan.of((time, Phase.DONE), (max(retention, time), Phase.EXPIRED))


def _until_missing(rules: RuleValues) -> int:
    return rules.number("echo360.missing", "after") * SECOND


def _orphan(sandbox: Sandbox) -> Orphan:
    """A request for yesterday's notes."""
    end = day_of(sandbox.now)
    parameters = {"start": iso(end - DAY)[:10], "end": iso(end)[:10]}
    asked = {"parameters": parameters, "start": end - DAY, "end": end, "compression": True, "delimiter": ","}
    return Orphan(new_uuid(), "notes", asked, "notes")


def telling(rules: RuleValues) -> Telling:
    """How the sandbox's rules read the page where it may be read in more than one way."""
    return Telling(late=rules.flag(LATE_DATA), idle=rules.text("echo360.zero-rows", "action") == "list")


TRAITS: Final = Traits(
    id="echo360",
    outcomes={
        "available": Outcome(_available, kept=True),
        "failed": ends_as(Phase.FAILED),
        "missing": replace(ends_as(Phase.MISSING), time=_until_missing),
        "expired": EXPIRED,
        "never": NEVER,
    },
    words=STATUSES,
    bounds=read_days,
    limits=(CALLS, IN_FLIGHT),
    lives=(RETENTION, LINK_LIFE, TOKEN_LIFE),
    orphan=_orphan,
    telling=telling,
)


def submitted(job: Job) -> dict[str, Any]:
    """The answer to a submission."""
    return {
        "requestId": job.id,
        "status": STATUSES[Phase.RUNNING],
        "reportName": job.report,
        "parameters": job.request["parameters"],
        "created": iso(job.submitted),
    }


def listed(kernel: Kernel, sandbox: Sandbox, job: Job) -> dict[str, Any]:
    """A request as the list tells it, with bare file names."""
    return _told(sandbox, job, {"assets": [file_name(kernel.signer, sandbox.rules, job)]})


def single(kernel: Kernel, call: Call, sandbox: Sandbox, job: Job) -> dict[str, Any]:
    """A request as it is told by itself, with a link signed now."""
    if job.state_at(sandbox.now) is not Phase.DONE:
        return _told(sandbox, job, {})
    if sandbox.rules.flag(LATE_DATA):
        call.shaped_by(LATE_DATA)
    key = f"{job.id}/{file_name(kernel.signer, sandbox.rules, job)}"
    link = Link("echo360", key, expires=LINK_LIFE.issue(sandbox, f"job {job.number}") // SECOND)
    return _told(
        sandbox,
        job,
        {"signedAssets": [f"{call.storage_url}/_storage/echo360/{key}?{link.query(kernel.signer)}"]},
    )


def _told(sandbox: Sandbox, job: Job, assets: dict[str, Any]) -> dict[str, Any]:
    phase = job.state_at(sandbox.now)
    its_assets = assets if phase is Phase.DONE else {}
    return {
        "requestId": job.id,
        "status": STATUSES[phase],
        **its_assets,
        "reportName": job.report,
        "parameters": job.request["parameters"],
        "created": iso(job.submitted),
    }


def file_name(signer: Signer, rules: RuleValues, job: Job) -> str:
    """The name of a request's asset."""
    by_delimiter = rules.text("echo360.filenames", "ending") == "by-delimiter"
    ending = ENDINGS[job.request["delimiter"]] if by_delimiter else "csv"
    return f"{_stem(signer, job)}.{ending}{'.gz' if job.request['compression'] else ''}"


def _stem(signer: Signer, job: Job) -> str:
    return signer.uuid("asset", job.id)


def stored(kernel: Kernel, key: str) -> Stored:
    """The asset that a signed link names."""
    request_id, _, name = key.partition("/")
    job = kernel.store.job("echo360", request_id)
    if job is None or name.partition(".")[0] != _stem(kernel.signer, job):  # the whole of it is signed
        raise ObjectGone(rule="echo360.object-gone", key=key)
    sandbox = kernel.open("echo360", job.sandbox)
    rows = rows_of(sandbox, job, telling=telling(sandbox.rules))
    encoding = csv_encoding(sandbox, report_of(sandbox, job.report), job.request["delimiter"])
    compressed = job.request["compression"]
    encoded = compressed and sandbox.rules.flag("echo360.asset-type", "encoded")
    return Stored(
        sandbox=sandbox,
        job=job.id,
        tag=_tag(sandbox, job, encoding),
        modified=job.entered(Phase.DONE) or job.submitted,
        content_type=GZIP if compressed and not encoded else CSV,
        length=rows.length(encoding),
        chunks=lambda: rows.chunks(encoding),
        compressed=compressed,
        encoded=encoded,
        life_rule="echo360.link-life",
        gone_rule=None if job.state_at(sandbox.now) is Phase.DONE else "echo360.object-gone",
        refuses_authorization=sandbox.rules.flag("echo360.storage-authorization"),
        refuses_head=sandbox.rules.text("echo360.link-head", "action") == "refuse",
    )


def _tag(sandbox: Sandbox, job: Job, encoding: Encoding) -> str:
    """The same for the same bytes: a digest of everything that they are made from."""
    recipe = json.dumps(
        [
            sandbox.dials,
            repr(telling(sandbox.rules)),
            job.id,
            job.report,
            dict(job.request),
            job.submitted,
            repr(encoding),
            repr(report_of(sandbox, job.report)),
        ]
    )
    return hashlib.md5(recipe.encode(), usedforsecurity=False).hexdigest()
