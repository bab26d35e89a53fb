"""The files of Khoros' runs: their rows, made when they are asked for, and the signed links to them."""

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from reportcontracts.catalogue import Report
from reportfixtures import Encoding, Rows
from reportfixtures.khoros_query import DAY, Layout, Question
from reportmocks.kernel.call import Call
from reportmocks.kernel.clock import SECOND
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.jobs import Job, Phase
from reportmocks.kernel.refusals import ObjectGone
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.kernel.signing import Link
from reportmocks.khoros.layouts import CONTENT_TYPES, encoding_of, layout_of
from reportmocks.khoros.reports import PRESIGNED_LIFE
from reportmocks.vendor import Stored
from reportmocks.worlds import among_pinned, overridden, pinned_in, report_of, world_of

if TYPE_CHECKING:
    from reportfixtures.khoros import KhorosWorld


def company_world(sandbox: Sandbox) -> "KhorosWorld":
    """The world of a company."""
    return cast("KhorosWorld", world_of(sandbox))


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
    rows = rows_of_run(sandbox, job, layout)
    return Stored(
        sandbox=sandbox,
        job=job.id,
        tag=_tag(sandbox, job, layout, encoding),
        modified=job.entered(Phase.DONE) or job.submitted,
        content_type=CONTENT_TYPES[job.request["format"]],
        length=rows.length(encoding),
        chunks=lambda: rows.chunks(encoding),
        life_rule="khoros.presigned-life",
        gone_rule=None if job.state_at(sandbox.now) is Phase.DONE else "khoros.object-gone",
        refuses_authorization=sandbox.rules.flag("khoros.storage-authorization"),
    )


def rows_of_run(sandbox: Sandbox, job: Job, layout: Layout) -> Rows:
    """The rows that a run found when it was submitted; filters leave rows of the user's own alone."""
    question, report = question_of(sandbox, job), report_of(sandbox, job.report)
    custom = report.shape is not None
    asked = replace(layout, headings=None) if custom else layout

    def generate(start: int | None, end: int | None) -> Rows:
        world = company_world(sandbox)
        rows = world.ask(report.base, replace(question, start=start, end=end), asked)
        return overridden(rows, world, report, layout.headings)

    start, end = question.start, question.end
    pinned = pinned_in(sandbox, job.report)
    if pinned is None:
        return generate(start, end)
    mode, rows = pinned
    from reportfixtures.khoros_pins import laid_out  # noqa: PLC0415 - it brings NumPy

    return among_pinned(mode, laid_out(rows, layout), generate, start, end, as_of=question.as_of)


def question_of(sandbox: Sandbox, job: Job) -> Question:
    """Which rows a run asked for."""
    asked, filters = job.request, job.request["filters"]
    return Question(
        start=asked["start"],
        end=asked["end"],
        as_of=job.submitted,
        priorities=None if filters["priorities"] is None else frozenset(map(int, filters["priorities"])),
        work_queues=_set(filters["work_queues"]),
        smart_view=filters["smart_view"],
        business_hours=filters["business_hours"],
        teams=_set(filters["teams"]),
        agents=_set(filters["agents"]),
        either=sandbox.rules.text("khoros.teams-and-agents", "together") == "either",
        disabled=filters["disabled"] or not _leaves_out_disabled(report_of(sandbox, job.report)),
        stage=filters["stage"],
        interval=filters.get("interval", DAY),
        action_cap=_action_cap(sandbox, job),
    )


def _leaves_out_disabled(report: Report) -> bool:
    """Whether an export leaves out agents who are turned off, unless it is asked for them."""
    return report.parameter("includeDisabled") is not None


def _action_cap(sandbox: Sandbox, job: Job) -> int | None:
    rule = "khoros.action-cap"
    history = report_of(sandbox, job.report).base == "conversation_history_action"
    if not history or not sandbox.rules.flag(rule):
        return None
    return sandbox.rules.number(rule, "raised" if job.request["filters"]["raised"] else "value")


def _set(given: list[str] | None) -> frozenset[str] | None:
    return None if given is None else frozenset(given)


def _run_in_key(run: str) -> str:
    """A run's identifier as a part of an address, which keeps its every character apart."""
    return run.replace("+", "-").replace("/", "_").rstrip("=")


def _run_of_key(name: str) -> str:
    text = name.replace("-", "+").replace("_", "/")
    return text + "=" * (-(len(text) - 2) % 4)


def _tag(sandbox: Sandbox, job: Job, layout: Layout, encoding: Encoding) -> str:
    """The same for the same bytes: a digest of everything that they are made from."""
    recipe: list[Any] = [sandbox.dials, job.id, job.submitted, repr(layout), repr(encoding)]
    recipe += [repr(question_of(sandbox, job).action_cap), dict(job.request)]
    return hashlib.md5(json.dumps(recipe).encode(), usedforsecurity=False).hexdigest()
