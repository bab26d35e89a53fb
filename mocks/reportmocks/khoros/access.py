"""Who calls Khoros: an API user by HTTP Basic, for a company by its key, or for a run by its token."""

import base64
import hmac
from typing import Final
from urllib.parse import parse_qsl

from flask import request

from reportmocks.answers import current_call
from reportmocks.basic import basic
from reportmocks.kernel.call import Call
from reportmocks.kernel.clock import MINUTE
from reportmocks.kernel.core import INVALID, Kernel
from reportmocks.kernel.jobs import Job
from reportmocks.kernel.limits import Window, admit
from reportmocks.kernel.refusals import Forbidden, MissingParameter, NotFound, Unauthenticated
from reportmocks.kernel.remedies import Change, Remedy
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.kernel.signing import Signer

CALLS: Final = Window("khoros.rate-minute", MINUTE, "calls")
COMPANY: Final = "companyKey"
TOKEN: Final = "analyticsAccessToken"  # noqa: S105 - the parameter's name

_WITH_A_COMPANY: Final = Remedy(changes=(Change(COMPANY, "my-company", "query"),))
_WITH_A_USER: Final = Remedy(
    changes=(Change("Authorization", "Basic bWVAZXhhbXBsZS5jb206YS1wYXNzd29yZA==", "header"),)
)
"""The user me@example.com with the password a-password."""


def identify(kernel: Kernel, call: Call) -> Sandbox | None:
    """The sandbox that the company key in a request's query names; one that is not valid makes none."""
    pairs = parse_qsl(call.environ.get("QUERY_STRING", ""), keep_blank_values=True)
    key = next((value for name, value in pairs if name == COMPANY), "")
    return _sandbox(kernel, call, key) if key.strip() else None


def called_by(kernel: Kernel) -> Sandbox:
    """The company that the current request is for, after counting the call.

    Raises:
        Unauthenticated: It has no user name and password that are good.
        MissingParameter: It has no company key.
        Forbidden: Its company key is not valid.
        RateLimited: It is one call too many.
    """
    _check_user()
    return _counted(_company(kernel))


def called_for(kernel: Kernel, workflow: str, run: str) -> tuple[Sandbox, Job]:
    """The company and the run that the current request is for, after counting the call.

    Raises:
        NotFound: There is no such run, or it is another company's.
        Forbidden: Its token is another run's.
        Unauthenticated, MissingParameter, RateLimited: As `called_by` has them.
    """
    _check_user()
    job = kernel.store.job("khoros", run)
    if job is not None and job.identity != workflow:
        job = None
    if request.args.get(TOKEN) and not request.args.get(COMPANY, "").strip():
        return _by_token(kernel, job, run)
    sandbox = _counted(_company(kernel))
    if job is None or job.sandbox != sandbox.name:
        rule = "khoros.unknown-run" if job is None else "khoros.wrong-company"
        raise NotFound(rule=rule, kind="Run", name=run)
    return sandbox, job


def token_of(signer: Signer, run: str) -> str:
    """The token that opens the status and the download of a run: 16 bytes in Base64."""
    return base64.b64encode(bytes.fromhex(signer.uuid("run", run).replace("-", ""))).decode("ascii")


def _by_token(kernel: Kernel, job: Job | None, run: str) -> tuple[Sandbox, Job]:
    if job is None:
        raise NotFound(rule="khoros.unknown-run", kind="Run", name=run)
    call = current_call()
    call.sandbox = kernel.open("khoros", job.sandbox)
    given = request.args[TOKEN].encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(token_of(kernel.signer, run).encode(), given):
        raise Forbidden(rule="khoros.access-token", reason=f"{TOKEN} is not that of this run")
    return _counted(call.sandbox), job


def _counted(sandbox: Sandbox) -> Sandbox:
    environ = current_call().environ
    admit(sandbox, [CALLS], f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
    return sandbox


def _company(kernel: Kernel) -> Sandbox:
    call = current_call()
    key = request.args.get(COMPANY, "")
    if not key.strip():
        raise MissingParameter(
            rule="khoros.company-key",
            name=COMPANY,
            expected="the key of the company, in the query",
            suggested=_WITH_A_COMPANY,
        )
    call.sandbox = _sandbox(kernel, call, key)
    if not _valid(key):
        raise Forbidden(
            rule="khoros.company-key", reason=f"{COMPANY} is not valid", suggested=_WITH_A_COMPANY
        )
    return call.sandbox


def _sandbox(kernel: Kernel, call: Call, key: str) -> Sandbox:
    return kernel.open("khoros", key) if _valid(key) else kernel.sandboxes.peek("khoros", key, call.wall)


def _valid(key: str) -> bool:
    return not key.startswith(INVALID)


def _check_user() -> None:
    """Accept any user name and password that are not empty and do not begin with `invalid`."""
    environ = current_call().environ
    if environ.get("HTTP_AUTHORIZATION", "").strip().partition(" ")[0].lower() != "basic":
        raise Unauthenticated(
            rule="khoros.credentials",
            reason="there is no HTTP Basic authorization",
            missing=True,
            suggested=_WITH_A_USER,
        )
    user, password = basic(environ)
    if not user or not password or user.startswith(INVALID) or password.startswith(INVALID):
        raise Unauthenticated(
            rule="khoros.credentials", reason="user name or password is not valid", suggested=_WITH_A_USER
        )
