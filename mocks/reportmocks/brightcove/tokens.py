"""Brightcove's OAuth: client credentials by HTTP Basic, and tokens of five minutes."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs

from flask import request

from reportcontracts.rules import RuleValues
from reportmocks.answers import current_call
from reportmocks.basic import basic
from reportmocks.brightcove.reports import TOKEN_LIFE
from reportmocks.kernel.call import Call
from reportmocks.kernel.chance import token_hex
from reportmocks.kernel.core import INVALID, Kernel
from reportmocks.kernel.refusals import BadGrant, Unauthenticated
from reportmocks.kernel.remedies import Change, Remedy
from reportmocks.kernel.sandbox import TEMPLATE, Sandbox

VENDOR: Final = "brightcove"
ACCESS: Final = "brightcove.access"
GRANT: Final = "client_credentials"
FORM: Final = "application/x-www-form-urlencoded"

LEVELS: Final = ("none", "read", "all")
"""What a client may do, in rising order."""

_BASIC: Final = "Basic bXktY2xpZW50OmEtc2VjcmV0"
"""The client my-client with the secret a-secret."""
_WITH_A_TOKEN: Final = Remedy(
    changes=(Change("Authorization", "Bearer ***", "header"),),
    needs="an access token that lives, from POST /v4/access_token",
)
_WITH_THE_GRANT: Final = Remedy(changes=(Change("grant_type", GRANT),))

_HEADER: Final = 36
_SEAL: Final = 86
"""Characters of the first and the last part of a signed token, which clients see without the dots between."""


def grant(kernel: Kernel) -> dict[str, Any]:
    """The answer to the current token request, or `BadGrant`."""
    call = current_call()
    client, secret = basic(request.environ)
    call.sandbox = kernel.sandbox_of(VENDOR, client)
    rules = rules_of(kernel, client)
    _check_type(rules)
    if not (_good(client) and _good(secret)):
        raise BadGrant(
            rule="brightcove.credentials",
            code="invalid_client",
            reason='The "client_id" parameter is missing, does not name a client registration that is'
            " applicable for the requested call, or is not properly authenticated.",
            suggested=Remedy(changes=(Change("Authorization", _BASIC, "header"),)),
        )
    _check_code(rules)
    _check_grant(rules, _grants(call))
    return _issue(kernel, kernel.open(VENDOR, client))


def rules_of(kernel: Kernel, client: str) -> RuleValues:
    """What a client goes by, or one that is not known yet."""
    return kernel.sandboxes.peek(VENDOR, client or TEMPLATE, kernel.wall()).rules


def client_of_request() -> str:
    """The client id of the current request's HTTP Basic, or nothing."""
    return basic(request.environ)[0]


def identify(kernel: Kernel, call: Call) -> Sandbox | None:
    """The sandbox of the client whose token or id a request carries, good for more or not."""
    token = _bearer(call.environ)
    if token is not None:
        claims = _claims(kernel, token)
        return kernel.open(VENDOR, claims["client"]) if claims else None
    return kernel.sandbox_of(VENDOR, basic(call.environ)[0] or call.form_value("client_id"))


def authenticate(kernel: Kernel) -> Sandbox:
    """The sandbox of the client that the current request's token was given to, or `Unauthenticated`."""
    call = current_call()
    token = _bearer(call.environ)
    if not token:
        raise Unauthenticated(
            rule="brightcove.token", reason="there is no access token", missing=True, suggested=_WITH_A_TOKEN
        )
    claims = _claims(kernel, token)
    if claims is None:
        raise Unauthenticated(
            rule="brightcove.token", reason="the access token is not valid", suggested=_WITH_A_TOKEN
        )
    call.sandbox = kernel.open(VENDOR, claims["client"])
    if call.sandbox.lease >= claims["exp"]:
        raise Unauthenticated(
            rule="brightcove.token-life", reason="the access token has expired", suggested=_WITH_A_TOKEN
        )
    return call.sandbox


def require(sandbox: Sandbox, needed: str, rule: str) -> None:
    """See that the client may do what one of `LEVELS` names, or refuse by `rule` with `Unauthenticated`."""
    granted = sandbox.rules.text("brightcove.operation", "granted")
    if LEVELS.index(granted) < LEVELS.index(needed):
        operation = f"video-cloud/interactivity/{needed}"
        raise Unauthenticated(rule=rule, reason=f"the client lacks the operation {operation}")


def _good(credential: str) -> bool:
    return bool(credential.strip()) and not credential.startswith(INVALID)


def _check_type(rules: RuleValues) -> None:
    if rules.flag("brightcove.token-content-type", "required") and request.mimetype != FORM:
        raise BadGrant(
            rule="brightcove.token-content-type",
            code="invalid_request",
            reason=f"The content type is to be {FORM}",
            suggested=Remedy(changes=(Change("Content-Type", FORM, "header"),)),
        )


def _check_code(rules: RuleValues) -> None:
    code = rules.text("brightcove.token-codes", "code")
    if code != "none":
        raise BadGrant(rule="brightcove.token-codes", code=code, reason=REASONS[code])


REASONS: Final = {
    "unsupported_response_type": "The response type is missing or is not supported",
    "unauthorized_client": "The client is not allowed to make this request",
    "invalid_request": "Parameters are missing or malformed",
    "invalid_scope": "The scope is not valid, or not permitted",
    "access_denied": "The credentials are not sufficient",
    "invalid_grant": "The grant is not valid, has expired or was revoked",
    "server_error": "The authorization server met an internal error",
}
"""What the codes mean that no request comes to by itself, after the error message reference."""


def _check_grant(rules: RuleValues, given: list[str]) -> None:
    """See that the one grant that there is was asked for."""
    action = rules.text("brightcove.repeated-parameter", "action")
    if len(given) > 1 and action == "refuse":
        raise BadGrant(
            rule="brightcove.repeated-parameter",
            code="invalid_request",
            reason="The parameter grant_type is given more than once",
            suggested=_WITH_THE_GRANT,
        )
    if not given or given[-1 if action == "last" else 0] != GRANT:
        raise BadGrant(
            rule="brightcove.grant",
            code="unsupported_grant_type",
            reason=f"The grant_type is missing or is not {GRANT}",
            suggested=_WITH_THE_GRANT,
        )


def _grants(call: Call) -> list[str]:
    """What was sent as grant_type: in the query, or else in a form or a JSON object in the body."""
    given = request.args.getlist("grant_type") or request.form.getlist("grant_type")
    if given:
        return given
    if not call.body.lstrip().startswith(b"{"):
        return parse_qs(call.body.decode("utf-8", "replace")).get("grant_type", [])
    try:
        value = json.loads(call.body).get("grant_type")
    except (ValueError, RecursionError):
        return []
    return [value] if isinstance(value, str) else []


def _issue(kernel: Kernel, sandbox: Sandbox) -> dict[str, Any]:
    """A fresh token."""
    life = sandbox.rules.number("brightcove.token-life")
    claims = {"client": sandbox.name, "exp": TOKEN_LIFE.issue(sandbox), "jti": token_hex(16)}
    token = kernel.signer.token(ACCESS, claims).replace(".", "")
    return {"access_token": token, "token_type": "Bearer", "expires_in": life}


def _bearer(environ: dict[str, Any]) -> str | None:
    scheme, _, token = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _claims(kernel: Kernel, token: str) -> Mapping[str, Any] | None:
    """What a token says, if it is one of ours."""
    if not token.isascii() or len(token) <= _HEADER + _SEAL:
        return None
    dotted = f"{token[:_HEADER]}.{token[_HEADER:-_SEAL]}.{token[-_SEAL:]}"
    return kernel.signer.claims(ACCESS, dotted)
