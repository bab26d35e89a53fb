"""The files of Khoros' runs: their rows, made when they are asked for, and the signed links to them."""

import hashlib
import json
from typing import Any

from reportfixtures import Encoding
from reportfixtures.khoros_query import Layout, Question
from reportmocks.kernel.call import Call
from reportmocks.kernel.clock import SECOND
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.jobs import Job, Phase
from reportmocks.kernel.refusals import ObjectGone
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.kernel.signing import Link
from reportmocks.khoros.layouts import CONTENT_TYPES, encoding_of, layout_of
from reportmocks.khoros.questions import question_of, rows_asked
from reportmocks.khoros.reports import PRESIGNED_LIFE
from reportmocks.vendor import Stored
from reportmocks.worlds import report_of


def link(kernel: Kernel, call: Call, sandbox: Sandbox, job: Job) -> str:
    """A signed address of a run's file, good for a short while from now on."""
    key = f"{_run_in_key(job.id)}.{job.request['format']}"
    signed = Link("khoros", key, expires=PRESIGNED_LIFE.issue(sandbox, f"job {job.number}") // SECOND)
    return f"{call.storage_url}/_storage/khoros/{key}?{signed.query(kernel.signer)}"


def stored(kernel: Kernel, key: str) -> Stored:
    """The file that a signed link names."""
    name, _, _ = key.partition(".")
    job = kernel.store.job("khoros", _run_of_key(name))
    if job is None:
        raise ObjectGone(rule="khoros.object-gone", key=key)
    sandbox = kernel.open("khoros", job.sandbox)
    report = report_of(sandbox, job.report)
    layout, encoding = layout_of(sandbox, report, job), encoding_of(sandbox, report, job)
    question = question_of(sandbox, report, job.request, job.submitted)
    rows = rows_asked(sandbox, report, question, layout)
    return Stored(
        sandbox=sandbox,
        job=job.id,
        tag=_tag(sandbox, job, question, layout, encoding),
        modified=job.entered(Phase.DONE) or job.submitted,
        content_type=CONTENT_TYPES[job.request["format"]],
        length=rows.length(encoding),
        chunks=lambda: rows.chunks(encoding),
        life_rule="khoros.presigned-life",
        gone_rule=None if job.state_at(sandbox.now) is Phase.DONE else "khoros.object-gone",
        refuses_authorization=sandbox.rules.flag("khoros.storage-authorization"),
    )


def _run_in_key(run: str) -> str:
    """A run's identifier as a part of an address, which keeps its every character apart."""
    return run.replace("+", "-").replace("/", "_").rstrip("=")


def _run_of_key(name: str) -> str:
    text = name.replace("-", "+").replace("_", "/")
    return text + "=" * (-(len(text) - 2) % 4)


def _tag(sandbox: Sandbox, job: Job, question: Question, layout: Layout, encoding: Encoding) -> str:
    """The same for the same bytes: a digest of everything that they are made from."""
    recipe: list[Any] = [sandbox.dials, job.id, job.submitted, repr(layout), repr(encoding)]
    recipe += [question.action_cap, question.either, dict(job.request)]
    return hashlib.md5(json.dumps(recipe).encode(), usedforsecurity=False).hexdigest()
