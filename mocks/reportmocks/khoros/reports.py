"""Khoros' runs: what becomes of them, and how they are told."""

import base64
import hashlib
import json
from typing import Any, Final
from urllib.parse import quote

from reportcontracts.rules import RuleValues
from reportmocks.kernel.call import Call
from reportmocks.kernel.chance import as_uuid, token_hex
from reportmocks.kernel.clock import HOUR, SECOND
from reportmocks.kernel.core import EXPIRED, NEVER, Kernel, Outcome, Traits, ends_as
from reportmocks.kernel.jobs import FOREVER, Job, Phase, Plan
from reportmocks.kernel.lives import Issued, Kept
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.khoros.access import CALLS, COMPANY, TOKEN, token_of
from reportmocks.khoros.bounds import read_range
from reportmocks.khoros.parameters import FILTERS

BASE: Final = "/api/public"

STATES: Final = {
    Phase.RUNNING: ("RUNNING", ""),
    Phase.CLOSING: ("CLOSED", "COMPLETED"),
    Phase.DONE: ("CLOSED", "COMPLETED"),
    Phase.EXPIRED: ("CLOSED", "COMPLETED"),
    Phase.FAILED: ("CLOSED", "FAILED"),
}
"""`runnerState` and `detail` of each phase."""
RULES: Final = {
    Phase.RUNNING: "khoros.running",
    Phase.CLOSING: "khoros.lagging",
    Phase.DONE: "khoros.completed",
    Phase.EXPIRED: "khoros.completed",
    Phase.FAILED: "khoros.failed",
}
_THERE: Final = (Phase.DONE, Phase.EXPIRED)
"""The phases that have a `downloadUrl`."""


def _life(rules: RuleValues) -> int:
    rule = "khoros.download-life"
    return rules.number(rule) * HOUR if rules.flag(rule) else FOREVER


def _completed(rules: RuleValues, time: int) -> Plan:
    return Plan.of((time, Phase.DONE), (time + _life(rules), Phase.EXPIRED))


def _lagging(rules: RuleValues, time: int) -> Plan:
    there = time + rules.number("khoros.lagging") * SECOND
    return Plan.of((time, Phase.CLOSING), (there, Phase.DONE), (there + _life(rules), Phase.EXPIRED))


DOWNLOAD_LIFE: Final = Kept("khoros.download-life", "download", HOUR)
PRESIGNED_LIFE: Final = Issued("khoros.presigned-life", "link", SECOND, grain=SECOND)

TRAITS: Final = Traits(
    id="khoros",
    outcomes={
        "completed": Outcome(_completed, kept=True),
        "lagging": Outcome(_lagging, kept=True),
        "no-download": ends_as(Phase.CLOSING),
        "failed": ends_as(Phase.FAILED),
        "expired": EXPIRED,
        "never": NEVER,
    },
    words={
        Phase.RUNNING: "RUNNING",
        Phase.CLOSING: "CLOSED, COMPLETED, no downloadUrl",
        Phase.DONE: "CLOSED, COMPLETED",
        Phase.FAILED: "CLOSED, FAILED",
        Phase.MISSING: "CLOSED",
        Phase.EXPIRED: "CLOSED, COMPLETED, download expired",
    },
    limits=(CALLS,),
    lives=(DOWNLOAD_LIFE, PRESIGNED_LIFE),
    bounds=read_range,
    asks=FILTERS,
)


def workflow_id(company: str, report: str, recipe: dict[str, Any]) -> str:
    """The same for the same company, export and parameters: a UUID of version 3."""
    text = json.dumps([company, report, recipe], sort_keys=True)
    return as_uuid(hashlib.md5(text.encode(), usedforsecurity=False).digest(), version=3)


def new_run_id() -> str:
    """`23` and 32 random bytes in Base64."""
    return f"23{base64.b64encode(bytes.fromhex(token_hex(32))).decode('ascii')}"


def submitted(call: Call, sandbox: Sandbox, job: Job) -> dict[str, Any]:
    """The result of a submission: addresses with the company's key."""
    early = job.report == "user" and sandbox.rules.flag("khoros.early-download-url", "filled")
    return {
        "workflowId": job.identity,
        "runId": job.id,
        "downloadUrl": _address(call, job, "download", COMPANY, sandbox.name) if early else "",
        "statusUrl": _address(call, job, "status", COMPANY, sandbox.name),
    }


def status(kernel: Kernel, call: Call, sandbox: Sandbox, job: Job) -> Any:
    """The result of a status: addresses with the token of the run."""
    phase, token = job.state_at(sandbox.now), token_of(kernel.signer, job.id)
    url = _address(call, job, "download", TOKEN, token) if phase in _THERE else ""
    run = {
        "jobInfo": {
            "workflowId": job.identity,
            "runId": job.id,
            "downloadUrl": url,
            "statusUrl": _address(call, job, "status", TOKEN, token),
        },
        "result": _state(phase, "detail"),
    }
    as_array = sandbox.rules.text("khoros.status-shape", "shape") == "array"
    return [run] if as_array and phase in (Phase.RUNNING, Phase.FAILED) else run


def listed(call: Call, sandbox: Sandbox, job: Job) -> dict[str, Any]:
    """A run as the list of jobs tells it."""
    phase = job.state_at(sandbox.now)
    info = {"workflowId": job.identity, "runId": job.id}
    if phase is not Phase.RUNNING:
        there = phase in _THERE
        info["downloadUrl"] = _address(call, job, "download", COMPANY, sandbox.name) if there else ""
    return {"jobInfo": info, "result": _state(phase, "details")}


def _state(phase: Phase, detail: str) -> dict[str, Any]:
    """What has become of a run; the list of jobs has `details`, which say nothing."""
    state, word = STATES[phase]
    return {
        "runnerState": state,
        "reason": None,
        detail: word if detail == "detail" else None,
        "currentCount": None,
        "totalCount": None,
        "lastAcknowledgeTime": None,
    }


def _address(call: Call, job: Job, what: str, key: str, value: str) -> str:
    run = quote(job.id, safe="")
    return f"{call.base_url}{BASE}/reports/report/{job.identity}/{run}/{what}?{key}={quote(value, safe='')}"
