"""SaferMe's access tokens: those that a session gave, and any other, which is a sandbox by itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reportcontracts.rules import RuleValues
from reportmocks.answers import current_call
from reportmocks.kernel.call import Call
from reportmocks.kernel.chance import token_hex
from reportmocks.kernel.clock import DAY, LATEST
from reportmocks.kernel.core import INVALID, Kernel
from reportmocks.kernel.refusals import MissingParameter, Unauthenticated
from reportmocks.kernel.remedies import Change, Remedy
from reportmocks.kernel.sandbox import Sandbox

VENDOR: Final = "saferme"
ACCESS: Final = "saferme.access"
REFRESH: Final = "saferme.refresh"
PREFIX: Final = "smt_"
"""What access tokens of sessions begin with."""

APP: Final = "com.thundermaps.saferme"

_WITH_A_TOKEN: Final = Remedy(changes=(Change("Authorization", "Token token=my-token", "header"),))
_HEADERS: Final = {"X-AppId": APP, "X-TeamId": "1"}

_ISSUED: Final = re.compile(r"smt_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_VALUE: Final = re.compile(r'token=(?:"(?P<quoted>[^"]*)"|(?P<bare>[^",;\s]*))')


@dataclass(frozen=True, slots=True)
class Session:
    """Who is logged in: the e-mail address, the app, and the pair of tokens they have now.

    `expires` is the instant, by the lease time, at which the access token ends; `None` means never.
    """

    email: str
    app: str
    pair: str
    expires: int | None

    @property
    def key(self) -> str:
        """The one-time key that is used up when the pair of tokens no longer works."""
        return f"session {self.pair}"

    def issue(self, kernel: Kernel) -> dict[str, str]:
        """The pair of tokens, as an answer has it."""
        claims = {"email": self.email, "app": self.app, "pair": self.pair, "expires": self.expires}
        return {
            "access_token": PREFIX + kernel.signer.token(ACCESS, claims),
            "refresh_token": kernel.signer.token(REFRESH, claims),
        }

    def ends(self, sandbox: Sandbox) -> int:
        """When the access token ends, by the sandbox's time."""
        return LATEST if self.expires is None else min(self.expires - sandbox.lease + sandbox.now, LATEST)

    def expired(self, sandbox: Sandbox) -> bool:
        """Whether the access token has ended."""
        return self.expires is not None and sandbox.lease >= self.expires


def begin(sandbox: Sandbox, email: str, app: str) -> Session:
    """A session that begins, or goes on with new tokens, now."""
    rules = sandbox.rules
    life = rules.number("saferme.session-life") * DAY if rules.flag("saferme.session-life") else None
    return Session(email, app, token_hex(8), None if life is None else sandbox.lease + life)


def session_of(kernel: Kernel, purpose: str, token: str) -> Session | None:
    """The session that gave a token for this purpose, whatever has become of it."""
    text = token.removeprefix(PREFIX) if purpose == ACCESS else token
    claims: Mapping[str, Any] | None = kernel.signer.claims(purpose, text)
    return None if claims is None else Session(**claims)


def identify(kernel: Kernel, call: Call) -> Sandbox | None:
    """The sandbox that a request's token names; one that does not work can be steered, but makes none."""
    scheme, token = _sent(call)
    if token is None:
        return None
    session = session_of(kernel, ACCESS, token)
    name = token if session is None else session.email
    sandbox = kernel.sandboxes.peek(VENDOR, name, call.wall)
    works = _takes(sandbox.rules, scheme) and (session is not None or _valid(token))
    return kernel.open(VENDOR, name) if works else sandbox


def called_by(kernel: Kernel) -> tuple[Sandbox, Session]:
    """The sandbox and session that the current request's token names.

    Raises:
        Unauthenticated: There is none, or it does not work, or works no longer.
        MissingParameter: A header is missing that is needed.
    """
    call = current_call()
    call.sandbox = sandbox = identify(kernel, call)
    scheme, token = _sent(call)
    if sandbox is None or token is None:
        reason = "there is no header Authorization: Token token=..."
        raise Unauthenticated(rule="saferme.token", reason=reason, missing=True, suggested=_WITH_A_TOKEN)
    if not _takes(sandbox.rules, scheme):
        raise Unauthenticated(
            rule="saferme.token-form", reason="the scheme is Token", missing=True, suggested=_WITH_A_TOKEN
        )
    session = _working(kernel, sandbox, token)
    _check_headers(call, sandbox.rules)
    return sandbox, session


def _working(kernel: Kernel, sandbox: Sandbox, token: str) -> Session:
    """The session of a token that works."""
    session = session_of(kernel, ACCESS, token)
    if session is None:
        if not _valid(token):
            raise Unauthenticated(
                rule="saferme.token", reason="the access token is not valid", suggested=_WITH_A_TOKEN
            )
        app = current_call().environ.get("HTTP_X_APPID", "").strip() or APP
        session = Session(token, app, f"of {token}", None)
    if sandbox.spent(session.key):
        raise Unauthenticated(rule="saferme.session-end", reason="the session was renewed, or has ended")
    if session.expired(sandbox):
        raise Unauthenticated(rule="saferme.session-life", reason="the access token has expired")
    return session


def _check_headers(call: Call, rules: RuleValues) -> None:
    for rule, name in (("saferme.app-id", "X-AppId"), ("saferme.team-id", "X-TeamId")):
        given = call.environ.get(f"HTTP_{name.upper().replace('-', '_')}", "")
        if rules.flag(rule, "required") and not given.strip():
            header = Remedy(changes=(Change(name, _HEADERS[name], "header"),))
            raise MissingParameter(rule=rule, name=name, expected="a header", suggested=header)


def _sent(call: Call) -> tuple[str, str | None]:
    """The scheme of the header `Authorization` in lower case, and the token in it, if it has one."""
    scheme, _, rest = call.environ.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    scheme, rest = scheme.lower(), rest.strip()
    if scheme == "bearer":
        return scheme, rest or None
    match = _VALUE.match(rest) if scheme == "token" else None
    return scheme, (match["quoted"] or match["bare"] or None) if match else None


def _takes(rules: RuleValues, scheme: str) -> bool:
    return scheme == "token" or rules.flag("saferme.token-form", "bearer")


def _valid(token: str) -> bool:
    return token.isascii() and not token.startswith(INVALID) and not _ISSUED.fullmatch(token)
