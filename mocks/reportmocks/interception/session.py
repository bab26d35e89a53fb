"""One run of a client: mocks, certificates, proxy and command, from the first to the last."""

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from reportcontracts.names import VENDORS
from reportmocks.certificates import Authority, MissingExtraError, make_authority
from reportmocks.engine import Engine
from reportmocks.gateway import Gateway
from reportmocks.interception.child import CommandError, run_command
from reportmocks.interception.environment import Files, client_environment, write_files
from reportmocks.interception.exchange import Route
from reportmocks.interception.hosts import Hosts, Traffic, hosts_of, plain
from reportmocks.interception.isolation import IsolationError, isolate, name_hosts, trust
from reportmocks.interception.proxy import Proxy
from reportmocks.interception.summary import summary
from reportmocks.interception.timeshim import TimeShim, time_environment
from reportmocks.kernel.chance import token_hex
from reportmocks.listener import CannotListenError, listen
from reportmocks.run import RunLaunch
from reportmocks.server import GRACE, ServerError, check_answers, prepare
from reportmocks.signals import end_at_once, held

LOOPBACK: Final = "127.0.0.1"
NOTHING_ASKED: Final = 1
"""The exit code of a run in which no request was seen, where the command itself had 0."""

_REACH: Final = 20.0  # seconds for a connection to a host that is let through


class SessionError(Exception):
    """The run cannot be done; `code` is the exit code for it."""

    def __init__(self, text: str, code: int = 2) -> None:
        super().__init__(text)
        self.code = code


def run(launch: RunLaunch) -> int:
    """Run the command with the mocks in the vendors' place, and return its exit code.

    Raises:
        SessionError: The mocks cannot be served, or the command cannot be started.
    """
    try:
        if launch.isolated:
            isolate()  # before there are threads
        with ExitStack() as stack:
            with held():
                made = tempfile.TemporaryDirectory(prefix="reportmocks-", ignore_cleanup_errors=True)
                folder = stack.enter_context(made)
                end_at_once(partial(shutil.rmtree, folder, ignore_errors=True), killed=True)
            return _run(launch, Path(folder))
    except (MissingExtraError, CannotListenError) as error:
        raise SessionError(str(error)) from None
    except IsolationError as error:
        raise SessionError(f"--isolate: {error}") from None
    except (ServerError, CommandError) as error:
        raise SessionError(str(error), error.code) from None


def _run(launch: RunLaunch, folder: Path) -> int:
    hosts = _hosts(launch)
    traffic = Traffic()
    authority = make_authority(hosts.ours)
    files = write_files(folder, authority, os.environ)
    if launch.isolated:
        name_hosts(hosts.ours, folder)
        trust(files.bundle)
    with _serving(launch, authority, hosts, traffic) as (app, proxy):
        control = f"http://{LOOPBACK}:{app.kernel.settings.port}/_mock"
        environ = client_environment(os.environ, proxy.port, files, hosts, control)
        if launch.shimmed:
            shim = TimeShim(control=control, ahead=_ahead(launch, app))
            environ = time_environment(environ, folder, shim)
        code = run_command(launch.command, environ, fenced=_fenced(launch))
    return _tell(app, traffic, files, code)


def _ahead(launch: RunLaunch, app: Gateway) -> float:
    """The seconds that a sandbox's clock is ahead of the wall's when it starts."""
    start = launch.settings.now
    return 0.0 if start is None else (start - app.kernel.started) / 1000


def _fenced(launch: RunLaunch) -> bool:
    """Whether the ports of HTTP are closed: not where they are ours, nor where others are let through."""
    return not launch.isolated and not launch.allowed


def _hosts(launch: RunLaunch) -> Hosts:
    storage = urlsplit(launch.settings.storage_url or "").hostname or ""
    return Hosts(hosts_of(launch.settings.vendors or VENDORS), plain(storage), launch.allowed)


@contextmanager
def _serving(
    launch: RunLaunch, authority: Authority, hosts: Hosts, traffic: Traffic
) -> Iterator[tuple[Gateway, Proxy]]:
    """The mocks and the proxy before them, for as long as the block runs."""
    mark = token_hex(16)
    app, listener = prepare(replace(launch.settings, proxy_mark=mark))
    engine = Engine(app.kernel.settings, listener, app, ended=lambda: None)
    engine.start()
    try:
        check_answers(app.kernel.settings)
        route = Route(hosts, traffic, (LOOPBACK, app.kernel.settings.port), mark, _connect)
        with Proxy(_listeners(launch), route, authority.server_context()) as proxy:
            yield app, proxy
    finally:
        if engine.stop(GRACE):
            app.kernel.store.close()
        app.kernel.log.close()


def _listeners(launch: RunLaunch) -> list[socket.socket]:
    """Where the proxy listens: a free port, and in a network of its own also where the vendors do."""
    return [listen(LOOPBACK, port) for port in ((0, 443, 80) if launch.isolated else (0,))]


def _connect(host: str, port: int) -> socket.socket:
    return socket.create_connection((host, port), timeout=_REACH)


def _tell(app: Gateway, traffic: Traffic, files: Files, code: int) -> int:
    """Say what was asked, and return the exit code: the command's, if anything was."""
    journal = app.kernel.journal
    refused = traffic.refused.copy()
    refused.update(files.refusals.read_text(encoding="utf-8", errors="replace").split())
    entries = [entry.as_dict() for entry in journal.entries()]
    for line in summary(entries, journal.count, refused, traffic.through):
        sys.stderr.write(f"reportmocks: {line}\n")
    sys.stderr.flush()
    return code if journal.count or code else NOTHING_ASKED
