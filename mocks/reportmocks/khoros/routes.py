"""Khoros' routes: submissions, what has become of them, downloads, and the look-ups that filters need."""

from typing import Any

from flask import Flask, Response, request

from reportcontracts.catalogue import Report
from reportfixtures.khoros_query import Team
from reportmocks.answers import current_call, json_answer, text_answer
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.jobs import Job, Phase
from reportmocks.kernel.refusals import LinkExpired, NotFound, WrongMethod
from reportmocks.kernel.remedies import changed, completed
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.khoros import files, reports, timezones
from reportmocks.khoros.access import called_by, called_for
from reportmocks.khoros.bodies import given_parameters
from reportmocks.khoros.errors import envelope
from reportmocks.khoros.parameters import language, read_submission
from reportmocks.khoros.questions import company_world

GET_DOCUMENTED = ("conversation_actions", "user")
"""The exports that the reference submits with GET."""


def add_routes(app: Flask, kernel: Kernel) -> None:
    """Add the routes of the Khoros mock."""
    base = reports.BASE

    @app.route(f"{base}/reports/report/<name>", methods=["GET", "POST"], defaults={"folder": ""})
    @app.route(f"{base}/reports/report/<any(marketing):folder>/<name>", methods=["GET", "POST"])
    def submit(name: str, folder: str) -> Response:
        sandbox = called_by(kernel)
        return submission(kernel, sandbox, _export(sandbox, name, folder))

    for rule in app.url_map.iter_rules("submit"):
        rule.methods = {"GET", "POST"}  # HEAD comes with GET, but an export is submitted, not looked at

    @app.get(f"{base}/reports/report/<workflow>/<path:run>/status")
    def status(workflow: str, run: str) -> Response:
        sandbox, job = called_for(kernel, workflow, run)
        return status_of_run(kernel, sandbox, job)

    @app.get(f"{base}/reports/report/<workflow>/<path:run>/download")
    def download(workflow: str, run: str) -> Response:
        sandbox, job = called_for(kernel, workflow, run)
        return redirect_to_file(kernel, sandbox, job)

    @app.get(f"{base}/reports/jobs")
    def jobs() -> Response:
        sandbox = called_by(kernel)
        if not sandbox.rules.flag("khoros.jobs"):
            raise NotFound(rule="khoros.jobs", kind="Resource", name=request.path)
        call = current_call()
        return json_answer(envelope([reports.listed(call, sandbox, job) for job in sandbox.jobs()]))

    @app.get(f"{base}/config/timezones")
    def zones() -> Response:
        sandbox = called_by(kernel)
        language(sandbox, request.args.get("locale"))
        return json_answer(envelope(timezones.listed(sandbox.now)))

    @app.get(f"{base}/teams")
    def teams() -> Response:
        sandbox = called_by(kernel)
        found = company_world(sandbox).teams(sandbox.now)
        return json_answer(envelope([_team(team) for team in found]))


def _team(team: Team) -> dict[str, Any]:
    return {
        "uuid": team.uuid,
        "teamId": team.id,
        "name": team.name,
        "description": team.description,
        "numberOfMembers": team.members,
    }


def _export(sandbox: Sandbox, name: str, folder: str) -> Report:
    """The export of this name, if it is where it was looked for and can be submitted this way."""
    catalogue = sandbox.catalogue
    if name not in catalogue:
        raise NotFound(rule="khoros.unknown-report", kind="Export", name=name, known=tuple(catalogue))
    report = catalogue[name]
    if not report.path.endswith(f"/report/{folder}/{name}" if folder else f"/report/{name}"):
        raise NotFound(rule="khoros.marketing-path", kind="Export", name=name, known=(report.path,))
    get = sandbox.rules.text("khoros.submit-methods", "get")
    if request.method != "POST" and get == "documented" and report.base not in GET_DOCUMENTED:
        raise WrongMethod(rule="khoros.submit-methods", method=request.method, allowed=("POST",))
    return report


def submission(kernel: Kernel, sandbox: Sandbox, report: Report) -> Response:
    """Start a run of an export."""
    given = given_parameters(sandbox, report.base)
    with completed(lambda changes: read_submission(sandbox, report, changed(given, changes))):
        recipe = read_submission(sandbox, report, given)
    workflow = reports.workflow_id(sandbox.name, report.name, recipe)
    with sandbox.transaction:
        job = _same_again(sandbox, workflow)
        if job is None:
            asked = {name: ",".join(values) for name, values in given.items()}
            plan = kernel.plan(sandbox, report.name, asked)
            job = sandbox.submit(reports.new_run_id(), report.name, recipe, workflow, plan)
    call = current_call()
    call.job = job.id
    if recipe["start"] >= recipe["end"]:
        call.shaped_by("khoros.end-before-start")
        call.notes.append("startTime is not before endTime: the export will be empty")
    return json_answer(envelope(reports.submitted(call, sandbox, job)))


def _same_again(sandbox: Sandbox, workflow: str) -> Job | None:
    """The run that an equal submission is answered with, if it is not to have one of its own."""
    if sandbox.rules.text("khoros.same-again", "action") == "new-run":
        return None
    job = sandbox.latest(workflow)
    return job if job is not None and job.state_at(sandbox.now) is Phase.RUNNING else None


def status_of_run(kernel: Kernel, sandbox: Sandbox, job: Job) -> Response:
    """What has become of a run."""
    call = current_call()
    if job.plan.polls is not None:
        job = sandbox.count_poll(job)
    call.job = job.id
    phase = job.state_at(sandbox.now)
    call.shaped_by(reports.RULES[phase])
    _tell_wait(sandbox, job, phase)
    return json_answer(envelope(reports.status(kernel, call, sandbox, job)))


def redirect_to_file(kernel: Kernel, sandbox: Sandbox, job: Job) -> Response:
    """The way to a run's file, if it is there."""
    call = current_call()
    call.job = job.id
    phase = job.state_at(sandbox.now)
    if phase is Phase.EXPIRED:
        expired = job.entered(Phase.EXPIRED) or sandbox.now
        raise LinkExpired(rule="khoros.download-life", expired=expired, now=sandbox.now)
    if phase is not Phase.DONE:
        _tell_wait(sandbox, job, phase)
        raise NotFound(rule="khoros.download-early", kind="Download", name=job.id)
    location = files.link(kernel, call, sandbox, job)
    return text_answer("", 307, content_type="text/plain; charset=utf-8", headers={"Location": location})


def _tell_wait(sandbox: Sandbox, job: Job, phase: Phase) -> None:
    """Note until when a client has to wait for the next thing to happen."""
    if phase in (Phase.RUNNING, Phase.CLOSING):
        current_call().wait(job.next_change(sandbox.now))
