"""`reportmocks doctor`: what is wrong with a setup, in one line each."""

import os
import platform
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import click

from reportcontracts.remote import ControlError, RefusedError, Remote
from reportmocks import options
from reportmocks.config import Arguments, ConfigError, Launch, load
from reportmocks.holders import holder
from reportmocks.interception.fence import can_fence
from reportmocks.listener import CannotListenError, listen
from reportmocks.location import CA, PORT, READY_FILE, URL, URL_HELP, Location, LocationError, locate
from reportmocks.variables import OF_OPTIONS
from reportmocks.version import VERSION

Verdict = Literal["ok", "warning", "problem"]

FILES: Final = 1024
"""Open files that a server should be able to have."""

_LOOPBACK: Final = "127.0.0.1"
_ASK: Final = 3.0  # seconds for one answer
_EXTRAS: Final = {"trustme": "tls", "h11": "run"}
_KNOWN: Final = {CA, PORT, READY_FILE, URL, "REPORTMOCKS_INTERCEPT", "REPORTMOCKS_TIME"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was looked at."""

    verdict: Verdict
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.verdict:<7}  {self.subject:<11}  {self.text}"


@click.command()
@click.option("--url", metavar="URL", help=URL_HELP)
def doctor(url: str | None) -> int:
    """Say what is wrong with the setup here, in one line each; fail if something is."""
    findings = list(examine(url, dict(os.environ)))
    for finding in findings:
        click.echo(str(finding))
    return int(any(finding.verdict == "problem" for finding in findings))


def examine(url: str | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Look at everything, one after the other."""
    yield Finding(
        "ok", "version", f"reportmocks {VERSION}, Python {platform.python_version()}, {sys.platform}"
    )
    yield from _extras()
    launch = None
    try:
        launch = load(Arguments(options={}), environ)
        yield from _unknown_variables(environ)
    except ConfigError as error:
        yield Finding("problem", "options", str(error))
    yield from _names()
    yield from _proxies()
    yield from _authorities(environ)
    yield from _open_files()
    yield _fence()
    yield from _server(url, environ, launch)


def _extras() -> Iterator[Finding]:
    """Whether what only some features need is installed."""
    for module, extra in _EXTRAS.items():
        if find_spec(module) is None:
            text = f"{module} is not installed: pip install 'reportmocks[{extra}]' brings it"
            yield Finding("warning", f"[{extra}]", text)


def _unknown_variables(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Variables that look like an option and are none."""
    for name in sorted(environ):
        if name.startswith(options.PREFIX) and name not in OF_OPTIONS | _KNOWN:
            yield Finding("warning", "options", f"{name} is no option: nothing reads it")


def _names() -> Iterator[Finding]:
    """Whether `localhost` is where a server on 127.0.0.1 is: signed links lead there."""
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)]
    except OSError as error:
        yield Finding("problem", "localhost", f"does not resolve ({error.strerror}): signed links lead to it")
        return
    if _LOOPBACK not in found:
        text = f"is {', '.join(found)} and not {_LOOPBACK}: signed links lead to it; use --storage-url"
        yield Finding("problem", "localhost", text)
    elif found[0] != _LOOPBACK:
        text = f"is {found[0]} first: some clients do not try {_LOOPBACK} after it; use {_LOOPBACK} in URLs"
        yield Finding("warning", "localhost", text)
    else:
        yield Finding("ok", "localhost", f"is {_LOOPBACK}")


def _proxies() -> Iterator[Finding]:
    """Whether a proxy of the environment or the system would take what is meant for this machine."""
    proxies = sorted({url for kind, url in getproxies().items() if kind in ("http", "https", "all")})
    taken = [host for host in (_LOOPBACK, "localhost") if proxies and not proxy_bypass(host)]
    if taken:
        hosts = " and ".join(taken)
        text = f"{', '.join(proxies)} would get requests to {hosts}: set NO_PROXY=localhost,{_LOOPBACK}"
        yield Finding("problem", "proxies", text)
    elif proxies:
        yield Finding("ok", "proxies", f"{', '.join(proxies)}, but not for this machine")
    else:
        yield Finding("ok", "proxies", "none")


def _authorities(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the bundles that clients are told to trust are there."""
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", CA):
        path = environ.get(name)
        if path and not os.path.exists(path):  # noqa: PTH110 - as it was given
            yield Finding("problem", "trust", f"{name} names {path}, which is not there")


def _open_files() -> Iterator[Finding]:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not there on Windows

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES:
        text = f"at most {hard} for a process (ulimit -Hn): many connections at once will not be accepted"
        yield Finding("warning", "open files", text)


def _fence() -> Finding:
    if can_fence():
        return Finding(
            "ok", "run", "nothing below `reportmocks run` can connect to ports 80 and 443 by itself"
        )
    text = "no fence here (Landlock 4): what is neither Python nor Node and asks for no proxy needs --isolate"
    return Finding("warning", "run", text)


def _server(url: str | None, environ: Mapping[str, str], launch: Launch | None) -> Iterator[Finding]:
    """The server that is meant: whether it answers, and as which; else whether its port is free."""
    try:
        at = locate(url, environ)
        with Remote(at.control, token=at.token, timeout=_ASK, context=at.context()) as remote:
            health, clock = remote.call("GET", "health"), remote.call("GET", "clock")
    except LocationError as error:
        yield Finding("problem", "server", error.message)
    except RefusedError as error:
        yield Finding("problem", "server", f"{at.origin} answers, and refuses: {error}")
    except ControlError as error:
        yield from _no_server(at, error, launch)
    else:
        yield from _running(at, health, clock)


def _running(at: Location, health: Any, clock: Any) -> Iterator[Finding]:
    if not isinstance(health, dict) or "version" not in health:
        yield Finding("problem", "server", f"what answers at {at.origin} is no reportmocks")
        return
    version = health["version"]
    if version == VERSION:
        yield Finding("ok", "server", f"{at.origin} answers; requests so far: {health['requests']}")
    else:
        text = f"{at.origin} is version {version}, and this is {VERSION}: restart it"
        yield Finding("problem", "server", text)
    rows = clock if isinstance(clock, list) else [clock]
    frozen = sorted({f"{row['vendor']}/{row['sandbox']}" for row in rows if row["mode"] == "frozen"})
    if frozen:
        which = f"frozen for {len(frozen)} of {len(rows)} ({', '.join(frozen[:3])})"
        text = f"{which}: nothing ends until it is moved; reportmocks ctl clock +1h"
        yield Finding("warning", "clock", text)
    else:
        yield Finding("ok", "clock", ", ".join(sorted({row["mode"] for row in rows})))


def _no_server(at: Location, error: Exception, launch: Launch | None) -> Iterator[Finding]:
    """Nobody answers as a mock does: who has the port, if anybody?"""
    parts = urlsplit(at.control)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = launch.settings.host if launch else _LOOPBACK
    try:
        listen(host, port).close()
    except CannotListenError as taken:
        by = holder(port)
        text = f"{by} has it, and is no reportmocks" if by else str(taken)
        yield Finding("problem", f"port {port}", text)
        return
    if at.told:
        yield Finding("problem", "server", f"{error}")
    else:
        yield Finding("ok", f"port {port}", "free: `reportmocks serve` can take it")
