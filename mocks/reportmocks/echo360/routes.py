"""Echo360's routes: tokens, the list of reports, submissions, and what has become of them."""

from typing import Any

from flask import Flask, Response, request

from reportcontracts.catalogue import Catalogue, Report, load_catalogue
from reportmocks.answers import current_call, json_answer
from reportmocks.echo360 import reports, tokens
from reportmocks.echo360.bodies import read_object, read_submission
from reportmocks.kernel.chance import new_uuid
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.jobs import Phase
from reportmocks.kernel.limits import admit
from reportmocks.kernel.refusals import NotFound
from reportmocks.kernel.sandbox import Sandbox


def add_routes(app: Flask, kernel: Kernel) -> None:
    """Add the routes of the Echo360 mock."""
    catalogue = load_catalogue("echo360")
    base = catalogue.api.base_path

    @app.post("/oauth2/access_token")
    def token() -> Response:
        sandbox, answer = tokens.grant(kernel)
        if sandbox.rules.flag("echo360.rate-minute", "count-tokens"):
            admit(sandbox, [reports.CALLS], request.path)
        return json_answer(answer, headers={"Cache-Control": "no-store"})

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


def called_by(kernel: Kernel, body: dict[str, Any] | None = None) -> Sandbox:
    """The sandbox that the request's token names, after counting the call."""
    environ = current_call().environ
    sandbox = tokens.authenticate(kernel, sent_token(kernel, environ, body))
    admit(sandbox, [reports.CALLS], f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
    return sandbox


def sent_token(kernel: Kernel, environ: dict[str, Any], body: dict[str, Any] | None) -> str | None:
    """The access token, from the header, the query, or the body's own member."""
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer":
        return str(token).strip()
    in_query = request.args.getlist("access_token")
    if in_query:
        return tokens.one_value(kernel.rules["echo360"], "access_token", in_query)
    in_body = (body or {}).get("access_token")
    return in_body if isinstance(in_body, str) else None


def submission(kernel: Kernel, catalogue: Catalogue, name: str) -> Response:
    """Submit a request for a report."""
    body = read_object(
        current_call().body, kernel.rules["echo360"].text("echo360.repeated-parameter", "action")
    )
    sandbox = called_by(kernel, body)
    if name not in catalogue:
        raise NotFound(rule="echo360.unknown-report", kind="Report", name=name, known=tuple(catalogue))
    asked = read_submission(sandbox, catalogue[name], body)
    recipe = {
        "parameters": asked.parameters,
        "start": asked.start,
        "end": asked.end,
        "compression": asked.compression,
        "delimiter": asked.delimiter,
    }
    with sandbox.transaction:
        reports.IN_FLIGHT.admit(sandbox)
        job = sandbox.submit(new_uuid(), name, recipe, name, kernel.plan(sandbox, name))
    call = current_call()
    call.job = job.id
    return json_answer(reports.submitted(job), sandbox.rules.number("echo360.submit-status", "status"))


def request_list(kernel: Kernel, sandbox: Sandbox) -> Response:
    """Every request of the client."""
    jobs = sandbox.jobs()
    if sandbox.rules.text("echo360.listing-order", "order") == "newest-first":
        jobs.reverse()
    pending = [job for job in jobs if job.state_at(sandbox.now) is Phase.RUNNING]
    ends = [end for job in pending if (end := job.leaves()) is not None]
    current_call().wait(min(ends, default=None))
    return json_answer({"requests": [reports.listed(kernel, sandbox, job) for job in jobs]})


def one_request(kernel: Kernel, sandbox: Sandbox, request_id: str) -> Response:
    """One request of the client, with its link if there is one."""
    call = current_call()
    job = kernel.store.job("echo360", request_id)
    if job is None or job.sandbox != sandbox.name:
        rule = "echo360.unknown-request" if job is None else "echo360.wrong-institution"
        raise NotFound(rule=rule, kind="Request", name=request_id)
    if job.plan.polls is not None:
        job = sandbox.count_poll(job)
    call.job = job.id
    phase = job.state_at(sandbox.now)
    call.shaped_by(RULES[phase])
    if phase is Phase.RUNNING:
        call.wait(job.leaves())
    return json_answer(reports.single(kernel, call, sandbox, job))


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
