"""Mistakes in who may ask, for how long, and for what is whose."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from mutants.registry import mutant
from reportmocks.brightcove import tokens as brightcove
from reportmocks.echo360 import routes as echo360_routes
from reportmocks.echo360 import tokens as echo360
from reportmocks.hapyak import errors as hapyak_errors
from reportmocks.hapyak import routes as hapyak
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.jobs import Job
from reportmocks.kernel.refusals import Unauthenticated
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.khoros import access as khoros
from reportmocks.khoros import routes as khoros_routes
from reportmocks.saferme import reports as saferme


def lives(patch: pytest.MonkeyPatch, module: Any, by: int) -> None:
    """Have the tokens that a vendor's module reads end so many seconds, or units, later."""
    claims = module._claims

    def moved(*given: Any) -> Mapping[str, Any] | None:
        found = claims(*given)
        return {**found, "exp": found["exp"] + by} if found and "exp" in found else found

    patch.setattr(module, "_claims", moved)


@mutant("echo360", "token-life")
def token_for_ever(patch: pytest.MonkeyPatch) -> None:
    """A token works long after its end."""
    lives(patch, echo360, 10**9)


@mutant("echo360", "token-life")
def token_a_minute_less(patch: pytest.MonkeyPatch) -> None:
    """A token ends a minute before what was told."""
    lives(patch, echo360, -60)


@mutant("brightcove", "token-life")
def late_token(patch: pytest.MonkeyPatch) -> None:
    """A token works for a quarter of an hour after its end."""
    lives(patch, brightcove, 900_000)


@mutant("echo360", "token-answer")
@mutant("brightcove", "token-answer")
def life_in_milliseconds(patch: pytest.MonkeyPatch) -> None:
    """expires_in is in milliseconds."""
    for module in (echo360, brightcove):
        issue = module._issue  # type: ignore[attr-defined]

        def told(*given: Any, issue: Any = issue) -> dict[str, Any]:
            answer = issue(*given)
            return {**answer, "expires_in": answer["expires_in"] * 1000}

        patch.setattr(module, "_issue", told)


@mutant("echo360", "refresh-once")
def refresh_token_reusable(patch: pytest.MonkeyPatch) -> None:
    """A refresh token works as often as one likes."""
    patch.setattr(Sandbox, "spend", lambda _sandbox, _key: True)


@mutant("echo360", "token")
def any_token(patch: pytest.MonkeyPatch) -> None:
    """A token that was never given is as good as one that was."""
    authenticate = echo360.authenticate

    def lenient(kernel: Kernel, token: str | None) -> Sandbox:
        try:
            return authenticate(kernel, token)
        except Unauthenticated as refusal:
            if refusal.rule != "echo360.token" or not token:
                raise
            return kernel.open("echo360", "anybody")

    patch.setattr(echo360, "authenticate", lenient)


@mutant("echo360", "credentials")
@mutant("brightcove", "credentials")
def any_secret(patch: pytest.MonkeyPatch) -> None:
    """The secret of a client is not looked at."""
    patch.setattr(echo360, "INVALID", "no secret begins so")
    patch.setattr(brightcove, "INVALID", "no secret begins so")


@mutant("hapyak", "key")
def any_key(patch: pytest.MonkeyPatch) -> None:
    """A key that is not valid opens everything."""
    patch.setattr(hapyak, "_valid", lambda _key: True)


@mutant("hapyak", "key")
def unknown_is_401(patch: pytest.MonkeyPatch) -> None:
    """A key that is not valid is refused with another status."""
    words = hapyak_errors._WORDS
    patch.setitem(words, Unauthenticated, (401, "forbidden"))
    patch.setattr(
        hapyak_errors.errors,
        "status",
        lambda refusal, _rules, default: words.get(type(refusal), (default,))[0],
    )


@mutant("khoros", "credentials")
def no_password(patch: pytest.MonkeyPatch) -> None:
    """Nobody is asked for user name and password."""
    patch.setattr(khoros, "_check_user", lambda: None)


@mutant("saferme", "token")
def no_token(patch: pytest.MonkeyPatch) -> None:
    """Whoever has no token is somebody all the same."""
    called_by = saferme.called_by

    def lenient(kernel: Kernel) -> tuple[Sandbox, Any]:
        try:
            return called_by(kernel)
        except Unauthenticated:
            return kernel.open("saferme", "anybody"), None

    patch.setattr(saferme, "called_by", lenient)


@mutant("hapyak", "scope")
@mutant("brightcove", "scope")
def shared_results(patch: pytest.MonkeyPatch) -> None:
    """Of a key only the part before the last hyphen is looked at, when a result is looked up."""
    latest = Sandbox.latest

    def shared(sandbox: Sandbox, identity: str) -> Job | None:
        whose = sandbox.name.rpartition("-")[0]
        return latest(sandbox, identity) or sandbox._store.latest(sandbox.vendor, whose, identity)

    patch.setattr(Sandbox, "latest", shared)


@mutant("echo360", "wrong-institution")
def requests_of_others(patch: pytest.MonkeyPatch) -> None:
    """Who knows the id of a request is told of it, whosever it is."""
    one_request = echo360_routes.one_request

    def anybody(kernel: Kernel, sandbox: Sandbox, request_id: str) -> Any:
        job = kernel.store.job("echo360", request_id)
        whose = sandbox if job is None else kernel.open("echo360", job.sandbox)
        return one_request(kernel, whose, request_id)

    patch.setattr(echo360_routes, "one_request", anybody)


@mutant("khoros", "wrong-company")
def runs_of_others(patch: pytest.MonkeyPatch) -> None:
    """A run is told of to every company."""
    called_for = khoros_routes.called_for

    def anybody(kernel: Kernel, workflow: str, run: str) -> tuple[Sandbox, Job]:
        job = kernel.store.job("khoros", run)
        if job is None:
            return called_for(kernel, workflow, run)
        return kernel.open("khoros", job.sandbox), job

    patch.setattr(khoros_routes, "called_for", anybody)


@mutant("khoros", "same-again")
def run_again(patch: pytest.MonkeyPatch) -> None:
    """An equal submission is answered with the run that there is."""
    patch.setattr(khoros_routes, "_same_again", lambda sandbox, workflow: sandbox.latest(workflow))


@mutant("khoros", "same-again")
def workflow_of_its_own(patch: pytest.MonkeyPatch) -> None:
    """Each submission has a workflowId of its own."""
    workflow_id = khoros_routes.reports.workflow_id
    count = iter(range(10**6))

    def own(company: str, report: str, recipe: dict[str, Any]) -> str:
        return workflow_id(company, report, {**recipe, "count": next(count)})

    patch.setattr(khoros_routes.reports, "workflow_id", own)


@mutant("echo360", "submitted", "*")
def one_request_for_all(patch: pytest.MonkeyPatch) -> None:
    """Every submission has the same requestId: equal ones are taken for one."""
    submit = Sandbox.submit

    def same(sandbox: Sandbox, _id: str, *rest: Any) -> Job:
        made = [job for job in sandbox.jobs() if job.report == rest[0]]
        return replace(made[0]) if made else submit(sandbox, _id, *rest)

    patch.setattr(Sandbox, "submit", same)
