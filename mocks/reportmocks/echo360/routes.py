"""Echo360's routes: tokens, the list of reports, submissions, and what has become of them."""

from dataclasses import asdict
from typing import Any

from flask import Flask, Response, request

from reportcontracts.catalogue import Catalogue, Report
from reportmocks.answers import current_call, json_answer
from reportmocks.echo360 import reports, tokens
from reportmocks.echo360.bodies import REPEATED, read_object, read_submission
from reportmocks.kernel.chance import new_uuid
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.jobs import Job, Phase
from reportmocks.kernel.limits import admit
from reportmocks.kernel.refusals import Forbidden, NotFound, Refusal
from reportmocks.kernel.remedies import changed_object, completed
from reportmocks.kernel.sandbox import Sandbox


def add_routes(app: Flask, kernel: Kernel) -> None:
    """Add the routes of the Echo360 mock."""
    catalogue = kernel.settings.catalogue("echo360")
    base = catalogue.api.base_path

    @app.post("/oauth2/access_token")
    def token() -> Response:
        return json_answer(tokens.grant(kernel), headers={"Cache-Control": "no-store"})

    @app.get(f"{base}/reports")
    def report_list() -> Response:
        sandbox = called_by(kernel)
        listing = [definition(report) for report in catalogue.values()]
        return json_answer(
            {"reports": listing}
            if sandbox.rules.text("echo360.report-list", "wrapper") == "reports"
            else listing
        )

    @app.post(f"{base}/requests/<name>")
    def submit(name: str) -> Response:
        return submission(kernel, catalogue, name)

    @app.get(f"{base}/requests")
    def listing() -> Response:
        return request_list(kernel, called_by(kernel))

    @app.get(f"{base}/requests/<request_id>", defaults={"spelling": "plural"})
    @app.get(f"{base}/request/<request_id>", defaults={"spelling": "singular"})
    def single(request_id: str, spelling: str) -> Response:
        sandbox = called_by(kernel)
        if sandbox.rules.text("echo360.request-path") not in ("both", spelling):
            raise NotFound(rule="echo360.request-path", kind="Resource", name=request.path)
        return one_request(kernel, sandbox, request_id)


def called_by(kernel: Kernel, body: bytes = b"") -> Sandbox:
    """The sandbox that the request's token names, after counting the call; the token may be in `body`."""
    environ = current_call().environ
    sandbox = tokens.authenticate(kernel, tokens.sent(kernel, environ, body))
    admit(sandbox, [reports.CALLS], f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
    return sandbox


def submission(kernel: Kernel, catalogue: Catalogue, name: str) -> Response:
    """Submit a request for a report."""
    call = current_call()
    sandbox = called_by(kernel, call.body)
    body = read_object(call.body, sandbox.rules.text(REPEATED, "action"))
    if name not in catalogue:
        raise NotFound(rule="echo360.unknown-report", kind="Report", name=name, known=tuple(catalogue))
    with completed(lambda changes: read_submission(sandbox, catalogue[name], changed_object(body, changes))):
        asked = read_submission(sandbox, catalogue[name], body)
    with sandbox.transaction:
        reports.IN_FLIGHT.admit(sandbox)
        plan = kernel.plan(sandbox, name, asked.parameters)
        job = sandbox.submit(new_uuid(), name, asdict(asked), name, plan)
    call.job = job.id
    return json_answer(reports.submitted(job), sandbox.rules.number("echo360.submit-status", "status"))


def request_list(kernel: Kernel, sandbox: Sandbox) -> Response:
    """Every request of the client; to look at the list is to poll all of them."""
    jobs = [polled(sandbox, job) for job in sandbox.jobs()]
    if sandbox.rules.text("echo360.listing-order", "order") == "newest-first":
        jobs.reverse()
    pending = [job for job in jobs if job.state_at(sandbox.now) is Phase.RUNNING]
    ends = [end for job in pending if (end := job.leaves()) is not None]
    current_call().wait(min(ends, default=None))
    return json_answer({"requests": [reports.listed(kernel, sandbox, job) for job in jobs]})


def polled(sandbox: Sandbox, job: Job) -> Job:
    """The job after this look at it, which counts where its plan waits for so many."""
    return job if job.plan.polls is None else sandbox.count_poll(job)


def one_request(kernel: Kernel, sandbox: Sandbox, request_id: str) -> Response:
    """One request of the client, with its link if there is one."""
    call = current_call()
    job = kernel.store.job("echo360", request_id)
    if job is None:
        raise NotFound(rule="echo360.unknown-request", kind="Request", name=request_id)
    if job.sandbox != sandbox.name:
        raise not_yours(sandbox, request_id)
    job = polled(sandbox, job)
    call.job = job.id
    phase = job.state_at(sandbox.now)
    call.shaped_by(RULES[phase])
    if phase is Phase.RUNNING:
        call.wait(job.leaves())
    return json_answer(reports.single(kernel, call, sandbox, job))


def not_yours(sandbox: Sandbox, request_id: str) -> Refusal:
    """The refusal of another client's request: by default as if there were none."""
    rule = "echo360.wrong-institution"
    if sandbox.rules.number(rule, "status") == 403:
        return Forbidden(rule=rule, reason="the request is another client's")
    return NotFound(rule=rule, kind="Request", name=request_id)


RULES = {
    Phase.RUNNING: "echo360.pending",
    Phase.CLOSING: "echo360.pending",
    Phase.DONE: "echo360.available",
    Phase.FAILED: "echo360.failed",
    Phase.MISSING: "echo360.missing",
    Phase.EXPIRED: "echo360.expired",
}


def definition(report: Report) -> dict[str, Any]:
    """A report as `GET /reports` describes it."""
    parameters = [
        {"name": parameter.name, "datatype": str(parameter.type), "required": parameter.required}
        for parameter in report.parameters
    ]
    return {
        "name": report.name,
        "description": report.description,
        "note": report.note,
        "parameters": parameters,
    }
