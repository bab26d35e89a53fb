"""SaferMe's sessions: a pair of tokens for an e-mail address and a password, renewed and ended."""

import json
from typing import Any, Final

from flask import Response

from reportmocks.answers import current_call
from reportmocks.kernel.core import INVALID, Kernel
from reportmocks.kernel.nesting import TOO_DEEP, is_deep
from reportmocks.kernel.refusals import BadBody, BadParameter, Forbidden, MissingParameter, Unauthenticated
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.saferme import tokens
from reportmocks.saferme.instants import local_instant
from reportmocks.saferme.replies import found, reply
from reportmocks.saferme.tokens import VENDOR, Session, called_by
from reportmocks.saferme.worlds import caller, team_world

_BRANDED_APP: Final = 24


def create(kernel: Kernel) -> Response:
    """Log in."""
    given = _object(_body(), "session")
    _look(kernel, given.get("email"))
    app, email, password = (_text(given, name) for name in ("app_bundle_id", "email", "password"))
    if any(text.startswith(INVALID) for text in (email, password)) or not email.isascii():
        raise Unauthenticated(
            rule="saferme.session-credentials", reason="the e-mail or password is not valid"
        )
    if email.startswith("locked"):
        raise Forbidden(rule="saferme.session-locked", reason="the account is locked")
    sandbox = _open(kernel, email)
    return _begun(kernel, sandbox, tokens.begin(sandbox, email, app))


def show(kernel: Kernel) -> Response:
    """Tell the caller's session."""
    sandbox, session = called_by(kernel)
    return found(sandbox.rules, {"session": _told(kernel, sandbox, session)})


def renew(kernel: Kernel) -> Response:
    """Change both tokens for new ones."""
    body = _body()
    given = body["session"] if isinstance(body.get("session"), dict) else body
    access, refresh = (_text(given, name) for name in ("access_token", "refresh_token"))
    session = tokens.session_of(kernel, tokens.ACCESS, access)
    if session is None or session != tokens.session_of(kernel, tokens.REFRESH, refresh):
        raise Unauthenticated(rule="saferme.token", reason="the tokens are not those of one session")
    sandbox = _open(kernel, session.email)
    if session.expired(sandbox) and not sandbox.rules.flag("saferme.session-refresh-late"):
        raise Unauthenticated(rule="saferme.session-refresh-late", reason="the access token has expired")
    if not sandbox.spend(session.key):
        raise Unauthenticated(rule="saferme.session-refresh", reason="these tokens were changed before")
    return _begun(kernel, sandbox, tokens.begin(sandbox, session.email, session.app))


def end(kernel: Kernel) -> Response:
    """Log out."""
    sandbox, session = called_by(kernel)
    sandbox.spend(session.key)
    return reply(sandbox.rules, {})


def _open(kernel: Kernel, email: str) -> Sandbox:
    """The sandbox of an e-mail address, made if need be."""
    call = current_call()
    call.sandbox = kernel.open(VENDOR, email)
    return call.sandbox


def _look(kernel: Kernel, email: object) -> None:
    """Let the call be answered by the rules of an e-mail address's sandbox, without making it."""
    call = current_call()
    if isinstance(email, str) and email.isascii() and email.strip():
        call.sandbox = kernel.sandboxes.peek(VENDOR, email.strip(), call.wall)


def _begun(kernel: Kernel, sandbox: Sandbox, session: Session) -> Response:
    status = sandbox.rules.number("saferme.session-status", "status")
    told = session.issue(kernel) | _told(kernel, sandbox, session)
    return reply(sandbox.rules, {"session": told}, status, headers={"Cache-Control": "no-store"})


def _told(kernel: Kernel, sandbox: Sandbox, session: Session) -> dict[str, Any]:
    """A session without its tokens."""
    world = team_world(sandbox)
    user = caller(world, session.email, sandbox.now)
    return {
        "app_bundle_id": session.app,
        "branded_app_id": _BRANDED_APP,
        "client_uuid": kernel.signer.uuid("client", session.email),
        "profile": {
            "user_id": user.id,
            "user_uuid": user.uuid,
            "preferred_team_id": world.team.id,
            "personal_account_option": False,
            "consent_required": False,
            "profile_details_pending": False,
            "password_update_pending": False,
        },
        "token_expire_at": local_instant(sandbox.rules, session.ends(sandbox)),
    }


def _body() -> dict[str, Any]:
    """The JSON object that the request carries; nothing is as an empty one."""
    body = current_call().body
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant) if body.strip() else {}
    except (ValueError, RecursionError) as error:
        raise BadBody(rule="saferme.body-json", reason=str(error)) from error
    if not isinstance(value, dict):
        raise BadBody(rule="saferme.body-json", reason="it is not an object")
    if is_deep(value):
        raise BadBody(rule="saferme.body-json", reason=TOO_DEEP)
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    given = body.get(name)
    if not isinstance(given, dict):
        raise MissingParameter(rule="saferme.session-body", name=name, expected="an object")
    return given


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if value in (None, ""):
        raise MissingParameter(rule="saferme.session-body", name=name, expected="a string")
    if not isinstance(value, str) or not value.strip() or not _is_text(value):
        raise BadParameter(rule="saferme.bad-parameter", name=name, given=value, expected="a string")
    return value.strip()


def _is_text(value: str) -> bool:
    """Whether a string is one of whole characters; JSON can escape halves of them."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
