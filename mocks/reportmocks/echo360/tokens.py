"""Echo360's OAuth: three grants, tokens of an hour, refresh tokens that work once."""

from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from reportmocks.answers import current_call
from reportmocks.kernel.chance import token_hex
from reportmocks.kernel.clock import SECOND, moment
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.jobs import FOREVER
from reportmocks.kernel.refusals import BadGrant, BadParameter, Unauthenticated
from reportmocks.kernel.sandbox import Sandbox

ACCESS = "echo360.access"
REFRESH = "echo360.refresh"

NEEDS = {
    "client_credentials": ("client_id", "client_secret"),
    "password": ("client_id", "client_secret", "username", "password"),
    "refresh_token": ("client_id", "refresh_token"),
}
"""What each grant needs besides its type."""


def grant(kernel: Kernel) -> tuple[Sandbox, dict[str, Any]]:
    """The client's sandbox and the answer to the current token request, or `BadGrant`."""
    given = _parameters(kernel)
    kind = given.get("grant_type", "")
    if kind not in NEEDS:
        raise BadGrant(
            rule="echo360.grant",
            code="unsupported_grant_type",
            reason=f"grant_type is one of {', '.join(NEEDS)}",
        )
    for name in NEEDS[kind]:
        if not given.get(name, "").strip():
            raise BadGrant(
                rule="echo360.grant",
                code="invalid_request",
                reason=f"Missing parameter {name} for the grant {kind}",
            )
        if given[name].startswith("invalid"):
            raise BadGrant(rule="echo360.credentials", code="invalid_client", reason=f"Invalid {name}")
    sandbox = kernel.open("echo360", given["client_id"])
    current_call().sandbox = sandbox
    if kind == "password" and not sandbox.rules.flag("echo360.password-grant"):
        raise BadGrant(
            rule="echo360.password-grant",
            code="unauthorized_client",
            reason="The password grant is switched off for this client",
        )
    if kind == "refresh_token":
        _spend(kernel, sandbox, given["refresh_token"])
    return sandbox, _issue(kernel, sandbox)


def authenticate(kernel: Kernel, token: str | None) -> Sandbox:
    """The sandbox of the client that an access token was given to, or `Unauthenticated`."""
    if not token:
        raise Unauthenticated(rule="echo360.token", reason="there is no access token", missing=True)
    claims = kernel.signer.claims(ACCESS, token)
    if claims is None:
        raise Unauthenticated(rule="echo360.token", reason="the access token is not valid")
    call = current_call()
    call.sandbox = kernel.open("echo360", claims["content"]["clientId"])
    if call.sandbox.lease >= claims["exp"] * SECOND:
        raise Unauthenticated(rule="echo360.token-life", reason="the access token has expired")
    return call.sandbox


def one_value(sandbox_or_rules: Any, name: str, values: list[str]) -> str:
    """The value to go by of a parameter that may have been given more than once."""
    if len(values) == 1:
        return values[0]
    action = sandbox_or_rules.text("echo360.repeated-parameter", "action")
    if action == "refuse":
        raise BadParameter(
            rule="echo360.repeated-parameter", name=name, given="given more than once", expected="one value"
        )
    return values[0 if action == "first" else -1]


def _parameters(kernel: Kernel) -> dict[str, str]:
    """What was sent in the query, the form and as HTTP Basic, each parameter with one value."""
    sent: MultiDict[str, str] = MultiDict(request.args.items(multi=True))
    sent.update(request.form)
    rules = kernel.rules["echo360"]
    given = {name: one_value(rules, name, values) for name, values in sent.lists()}
    basic = request.authorization
    if basic is not None and basic.type == "basic":
        given.setdefault("client_id", basic.username or "")
        given.setdefault("client_secret", basic.password or "")
    return given


def _issue(kernel: Kernel, sandbox: Sandbox) -> dict[str, Any]:
    """A fresh pair of tokens."""
    life = sandbox.rules.number("echo360.token-life")
    kept = life * SECOND if sandbox.rules.flag("echo360.token-life") else FOREVER
    day = moment(sandbox.now)
    content = {
        "clientId": sandbox.name,
        "authData": {"institutionId": kernel.signer.uuid("institution", sandbox.name)},
        "createdAt": {"year": day.year, "month": day.month, "day": day.day},
    }
    access = {
        "iss": "Echo360",
        "exp": -(-(sandbox.lease + kept) // SECOND),
        "jti": token_hex(8),
        "content": content,
    }
    refresh = {"iss": "Echo360", "jti": token_hex(16), "content": content}
    return {
        "token_type": "Bearer",
        "access_token": kernel.signer.token(ACCESS, access),
        "expires_in": life,
        "refresh_token": kernel.signer.token(REFRESH, refresh),
    }


def _spend(kernel: Kernel, sandbox: Sandbox, token: str) -> None:
    claims = kernel.signer.claims(REFRESH, token)
    known = claims is not None and claims["content"]["clientId"] == sandbox.name
    if not known or claims is None or not sandbox.spend(f"refresh {claims['jti']}"):
        raise BadGrant(
            rule="echo360.refresh-once",
            code="invalid_grant",
            reason="The refresh token is not valid, or was used before",
        )
