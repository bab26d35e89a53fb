"""Echo360's OAuth: three grants, tokens of an hour, refresh tokens that work once."""

from collections.abc import Mapping
from typing import Any, Final

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request

from reportcontracts.rules import RuleValues
from reportmocks.answers import current_call
from reportmocks.basic import basic
from reportmocks.echo360.bodies import REPEATED, values_of
from reportmocks.echo360.reports import CALLS, TOKEN_LIFE
from reportmocks.kernel.call import Call
from reportmocks.kernel.chance import token_hex
from reportmocks.kernel.clock import SECOND, moment
from reportmocks.kernel.core import INVALID, Kernel
from reportmocks.kernel.limits import admit
from reportmocks.kernel.refusals import BadGrant, BadParameter, Unauthenticated
from reportmocks.kernel.remedies import Change, Remedy
from reportmocks.kernel.sandbox import TEMPLATE, Sandbox

VENDOR: Final = "echo360"
ACCESS: Final = "echo360.access"
REFRESH: Final = "echo360.refresh"

NEEDS: Final = {
    "client_credentials": ("client_id", "client_secret"),
    "password": ("client_id", "client_secret", "username", "password"),
    "refresh_token": ("client_id", "refresh_token"),
}
"""What each grant needs besides its type."""

_WITH_A_TOKEN: Final = Remedy(
    changes=(Change("access_token"), Change("Authorization", "Bearer ***", "header")),
    needs="an access token that lives, from POST /oauth2/access_token",
)


def grant(kernel: Kernel) -> dict[str, Any]:
    """The answer to the current token request, or `BadGrant`."""
    given = _parameters(kernel)
    kind = given.get("grant_type", "")
    current_call().sandbox = kernel.sandbox_of(VENDOR, given.get("client_id", ""))
    _check(kind, given)
    sandbox = kernel.open(VENDOR, given["client_id"])
    if kind == "password" and not sandbox.rules.flag("echo360.password-grant"):
        raise BadGrant(
            rule="echo360.password-grant",
            code="unauthorized_client",
            reason="The password grant is switched off for this client",
            suggested=_client_credentials(given),
        )
    if sandbox.rules.flag("echo360.rate-minute", "count-tokens"):
        admit(sandbox, [CALLS], current_call().environ["PATH_INFO"])
    if kind == "refresh_token":
        _spend(kernel, sandbox, given["refresh_token"])
    return _issue(kernel, sandbox)


def identify(kernel: Kernel, call: Call) -> Sandbox | None:
    """The sandbox of the client whose token or id a request carries, good for more or not."""
    head = Request(call.environ, populate_request=False)
    token = _bearer(call.environ) or head.args.get("access_token")
    if token is not None:
        claims = _claims(kernel, ACCESS, token)
        return kernel.open(VENDOR, claims["content"]["clientId"]) if claims else None
    named = head.args.get("client_id") or call.form_value("client_id")
    return kernel.sandbox_of(VENDOR, named or basic(call.environ)[0])


def _check(kind: str, given: dict[str, str]) -> None:
    """See that a grant has what it needs, and that nothing of it is invalid."""
    if kind not in NEEDS:
        raise BadGrant(
            rule="echo360.grant",
            code="unsupported_grant_type",
            reason=f"grant_type is one of {', '.join(NEEDS)}",
            suggested=_client_credentials(given),
        )
    for name in NEEDS[kind]:
        if not given.get(name, "").strip():
            raise BadGrant(
                rule="echo360.grant",
                code="invalid_request",
                reason=f"Missing parameter {name} for the grant {kind}",
                suggested=_client_credentials(given),
            )
    for name in NEEDS[kind]:
        if given[name].startswith(INVALID):
            raise BadGrant(
                rule="echo360.credentials",
                code="invalid_client",
                reason=f"Invalid {name}",
                suggested=_client_credentials(given),
            )


def _client_credentials(given: Mapping[str, str]) -> Remedy:
    """The grant that needs the least, with what of it is given and good."""
    good = {name: text for name, text in given.items() if text.strip() and not text.startswith(INVALID)}
    needed = {"client_id": "my-client", "client_secret": "a-secret"}
    return Remedy(
        changes=(
            Change("grant_type", "client_credentials"),
            *(Change(name, text) for name, text in needed.items() if name not in good),
            *(Change(name, None, "present") for name in ("username", "password", "refresh_token")),
        )
    )


def sent(kernel: Kernel, environ: dict[str, Any], body: bytes) -> str | None:
    """The access token of a call: a Bearer, or in the query, or a member of the JSON object in `body`.

    Raises:
        BadBody: It could only be in the body, and that is no JSON.
        BadParameter: It is given twice in one place, and that is refused.
    """
    bearer = _bearer(environ)
    if bearer is not None:
        return bearer
    values = request.args.getlist("access_token") or values_of(body, "access_token")
    if not all(isinstance(value, str) for value in values):
        return None
    return one_value(_rules_of_token(kernel, values[0]), "access_token", values) if values else None


def _bearer(environ: dict[str, Any]) -> str | None:
    scheme, _, token = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def authenticate(kernel: Kernel, token: str | None) -> Sandbox:
    """The sandbox of the client that an access token was given to, or `Unauthenticated`."""
    if not token:
        raise Unauthenticated(
            rule="echo360.token", reason="there is no access token", missing=True, suggested=_WITH_A_TOKEN
        )
    claims = _claims(kernel, ACCESS, token)
    if claims is None:
        raise Unauthenticated(
            rule="echo360.token", reason="the access token is not valid", suggested=_WITH_A_TOKEN
        )
    call = current_call()
    call.sandbox = kernel.open(VENDOR, claims["content"]["clientId"])
    if call.sandbox.lease >= claims["exp"] * SECOND:
        raise Unauthenticated(
            rule="echo360.token-life", reason="the access token has expired", suggested=_WITH_A_TOKEN
        )
    return call.sandbox


def _claims(kernel: Kernel, purpose: str, token: str) -> Mapping[str, Any] | None:
    """What a token says, if it is one of ours; they are ASCII, and JSON can hold what no encoding can."""
    return kernel.signer.claims(purpose, token) if token.isascii() else None


def one_value(rules: RuleValues, name: str, values: list[str]) -> str:
    """The value to go by of a parameter that may have been given more than once."""
    if len(values) == 1:
        return values[0]
    action = rules.text(REPEATED, "action")
    if action == "refuse":
        raise BadParameter(
            rule=REPEATED, name=name, given="given more than once", expected="one value", valid=values[-1]
        )
    return values[0 if action == "first" else -1]


def _rules_of_token(kernel: Kernel, token: str) -> RuleValues:
    claims = _claims(kernel, ACCESS, token)
    return _rules_of(kernel, claims["content"]["clientId"] if claims else TEMPLATE)


def _rules_of(kernel: Kernel, client: str) -> RuleValues:
    """What a client goes by, or one that is not known yet."""
    return kernel.sandboxes.peek(VENDOR, client, current_call().wall).rules


def _parameters(kernel: Kernel) -> dict[str, str]:
    """What was sent in the query, the form and as HTTP Basic, each parameter with one value."""
    sent: MultiDict[str, str] = MultiDict(request.args.items(multi=True))
    sent.update(request.form)
    client, secret = basic(request.environ)
    if client or secret:
        sent.setdefault("client_id", client)
        sent.setdefault("client_secret", secret)
    rules = _rules_of(kernel, sent.get("client_id", TEMPLATE))
    return {name: one_value(rules, name, values) for name, values in sent.lists()}


def _issue(kernel: Kernel, sandbox: Sandbox) -> dict[str, Any]:
    """A fresh pair of tokens."""
    life = sandbox.rules.number("echo360.token-life")
    day = moment(sandbox.now)
    content = {
        "clientId": sandbox.name,
        "authData": {"institutionId": kernel.signer.uuid("institution", sandbox.name)},
        "createdAt": {"year": day.year, "month": day.month, "day": day.day},
    }
    access = {
        "iss": "Echo360",
        "exp": TOKEN_LIFE.issue(sandbox) // SECOND,
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
    claims = _claims(kernel, REFRESH, token)
    known = claims is not None and claims["content"]["clientId"] == sandbox.name
    if not known or claims is None or not sandbox.spend(f"refresh {claims['jti']}"):
        raise BadGrant(
            rule="echo360.refresh-once",
            code="invalid_grant",
            reason="The refresh token is not valid, or was used before",
            suggested=_client_credentials({"client_id": sandbox.name}),
        )
