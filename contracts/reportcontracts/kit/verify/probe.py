"""What a check of a server has in its hands: calls as a client makes them, and a clock if there is one."""

import itertools
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from reportcontracts.calls import Match, Origin
from reportcontracts.catalogue import Report
from reportcontracts.exchanges import Answered, Exchanges, Sent, load_exchanges
from reportcontracts.identities import credentials
from reportcontracts.kit.verify.wire import Reply, Request, send, url_of
from reportcontracts.remote import ControlError, Remote
from reportcontracts.validation import Violation

_SECRET: Final = re.compile(r"(?i)((?:^|(?<=&))[^=&]*(?:token|secret|password|signature|key))=[^&]*")

LONGEST: Final = 120
"""Signs of a body that are shown."""


class DiffersError(Exception):
    """The server does something else than its contract says; the text is what was seen."""


class NotExercisedError(Exception):
    """A check could not be made; the text says what it would have needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The server that is verified.

    Attributes:
        given: The credentials to use; without, every check has new ones, which any mock takes.
        control: The control API, where there is one: then time can be moved and limits can be met.
        send: What carries a request to it.
    """

    vendor: str
    base_url: str
    given: Mapping[str, str] | None = None
    control: Remote | None = None
    send: Callable[[Request], Reply] = send

    @property
    def exchanges(self) -> Exchanges:
        """What requests and responses are held against."""
        return load_exchanges(self.vendor)


@dataclass(slots=True)
class Probe:
    """The hands of one check. Every answer is held against the contract on its way."""

    server: Server
    name: str
    """The sandbox, where the server has sandboxes."""
    log: list[str] = field(default_factory=list)
    """What was asked and answered, line by line."""
    violations: list[tuple[Violation, str]] = field(default_factory=list)
    """What the contract does not have, and in which answer."""
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def credentials(self) -> Mapping[str, str]:
        """What a client identifies itself with."""
        return self.server.given or credentials(self.server.vendor, self.name)

    @property
    def number(self) -> int:
        """A number that no call of this check has had."""
        return next(self._numbers)

    def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        form: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Reply:
        """A call of the API, with a form or a JSON body; its answer is held against the contract."""
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        data = b""
        if form is not None:
            sent["content-type"] = "application/x-www-form-urlencoded"
            data = urlencode(form).encode()
        elif body is not None:
            sent.setdefault("content-type", "application/json")
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = url_of(self.server.base_url, path, query)
        request = Request(method=method, url=url, headers=sent, body=data)
        base = urlsplit(self.server.base_url).path.rstrip("/")
        return self._sent(request, request.path.removeprefix(base), Origin.API, None)

    def follow(
        self, url: str, headers: Mapping[str, str] | None = None, *, report: Report | None = None
    ) -> Reply:
        """GET an address that the server gave, as it is, and without credentials unless they are given."""
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        request = Request(method="GET", url=url, headers=sent)
        base = urlsplit(self.server.base_url)
        storage = f"/_storage/{self.server.vendor}"
        if request.path.startswith(f"{storage}/"):
            return self._sent(request, request.path.removeprefix(storage), Origin.STORAGE, report)
        if urlsplit(url).netloc == base.netloc:
            return self._sent(request, request.path.removeprefix(base.path.rstrip("/")), Origin.API, report)
        return self._sent(request, request.path, Origin.STORAGE, report)

    def _sent(self, request: Request, path: str, origin: Origin, report: Report | None) -> Reply:
        reply = self.server.send(request)
        query = _SECRET.sub(r"\1=***", request.query)
        line = f"{request.method} {path}{'?' if query else ''}{query} -> {reply.status}"
        self.log.append(line)
        exchanges = self.server.exchanges
        sent = Sent(
            method=request.method,
            path=path,
            query=request.query,
            headers=request.headers,
            body=request.body,
            origin=origin,
        )
        match: Match | None = exchanges.find(sent)
        answered = Answered(status=reply.status, headers=reply.headers, body=reply.body)
        for violation in exchanges.response(sent, answered, match, report=report):
            self.violations.append((violation, line))
        return reply

    def control(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """A call of the control API about this sandbox.

        Raises:
            NotExercisedError: There is none.
        """
        remote = self.server.control
        if remote is None:
            raise NotExercisedError("a control API, which moves time and meets limits")
        return remote.call(method, path, {"vendor": self.server.vendor, "sandbox": self.name, **query}, body)

    def advance(self, by: str) -> None:
        """Move the sandbox's clock, which stands still otherwise."""
        self.control("POST", "clock", {"advance": by})

    def plan(self, outcome: str | None = None, **more: object) -> None:
        """Say what the next job will do."""
        self.control("POST", "plans", {**({"outcome": outcome} if outcome else {}), **more})

    @property
    def now(self) -> str:
        """The sandbox's time, in ISO 8601."""
        return str(self.control("GET", "clock")["now"])

    def another(self) -> "Probe":
        """The hands of another client, who has a sandbox of their own.

        Raises:
            NotExercisedError: There are only the credentials that were given.
        """
        if self.server.given is not None:
            raise NotExercisedError("credentials of another client")
        other = Probe(self.server, self._other, self.log, self.violations)
        other.freeze()
        return other

    @property
    def _other(self) -> str:
        return f"{self.name}-other"

    def let_go(self) -> None:
        """Have the server forget the sandboxes of this check, if it has a control API that can."""
        remote = self.server.control
        if remote is not None:
            for name in (self.name, self._other):
                with suppress(ControlError):
                    remote.call("DELETE", "sandboxes", {"vendor": self.server.vendor, "sandbox": name})

    def limit(self, rule: str, value: int) -> None:
        """Change the number of a limit."""
        self.control("PUT", f"limits/{rule}", {"value": value})

    def freeze(self) -> None:
        """Have the sandbox's clock stand still, if there is one to move."""
        if self.server.control is not None:
            self.control("POST", "clock", {"mode": "frozen"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that a contract promises, and how to see it.

    Attributes:
        rule: The vendor's rule that it stands on.
        what: What is done, in a few words.
        see: Does it; raises `DiffersError` where the server does something else.
        runs: How many reports it has made, which a real service counts.
        steers: Whether it needs the control API: to move time, or to meet a limit that hurts a real service.
    """

    rule: str
    what: str
    see: Callable[[Probe], None]
    runs: int = 0
    steers: bool = False


def expect(reply: Reply, *statuses: int, what: str) -> Reply:
    """The answer, which has one of these statuses; `DiffersError` where it has another."""
    if reply.status not in statuses:
        wanted = " or ".join(map(str, statuses))
        text = " ".join(reply.text.split())  # a page of HTML, too, is told in one line
        shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
        raise DiffersError(f"{what}: {reply.status} instead of {wanted}: {shown}")
    return reply


def tells_wait(reply: Reply, seconds: int, what: str) -> None:
    """`DiffersError` where `Retry-After` is not the seconds that are to be waited."""
    same(reply.headers.get("retry-after", "no header"), str(seconds), f"Retry-After of {what}")


def same(seen: object, wanted: object, what: str) -> None:
    """`DiffersError` where something is not what it should be."""
    if seen != wanted:
        raise DiffersError(f"{what}: {_shown(seen)} instead of {_shown(wanted)}")


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
