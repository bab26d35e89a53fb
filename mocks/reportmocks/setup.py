"""`reportmocks env` and `reportmocks ready`: what start-up scripts need of a server."""

import json
import os
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from reportcontracts.identities import credentials, environment
from reportcontracts.names import VENDORS
from reportcontracts.remote import ControlError, Remote, UnreachableError
from reportmocks.config import ConfigError, check_vendor
from reportmocks.kernel.clock import parse_duration, pause, stopwatch
from reportmocks.location import CA, URL, URL_HELP, NoAddressYetError, locate

SANDBOX: Final = "my-sandbox"
"""The credential that `env` prints if nobody names another: any will do, and it names the sandbox."""

_BREATH: Final = 0.05  # seconds between two tries
_TRY: Final = 2.0  # seconds for one answer


def _powershell(name: str, text: str) -> str:
    return f"$env:{name} = '{text.replace(chr(39), chr(39) * 2)}'"


def _dotenv(name: str, text: str) -> str:
    """Without quotes where none are needed: Docker and GitHub would take them for the value's."""
    if re.fullmatch(r"[A-Za-z0-9_./:@%+-]*", text):
        return f"{name}={text}"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'{name}="{escaped}"'


FORMATS: Final[Mapping[str, Callable[[str, str], str]]] = {
    "shell": lambda name, text: f"export {name}={shlex.quote(text)}",
    "powershell": _powershell,
    "dotenv": _dotenv,
}
"""A line for each variable, by the name of who reads it."""


def _located(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say where the server is."""
    command = click.option(
        "--ready-file", metavar="PATH", help="the file that a server was told to write its addresses to"
    )(command)
    return click.option("--url", metavar="URL", help=URL_HELP)(command)


@click.command()
@click.argument("vendors", nargs=-1, metavar="[VENDOR]...")
@_located
@click.option(
    "--sandbox",
    metavar="NAME",
    default=SANDBOX,
    help=f"the credential that names the sandbox  [{SANDBOX}]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice([*FORMATS, "json"]),
    metavar="|".join((*FORMATS, "json")),
    default="shell",
    help="for whom  [shell]",
)
def env(vendors: tuple[str, ...], url: str | None, ready_file: str | None, sandbox: str, form: str) -> None:
    """Print base addresses and credentials as environment variables: HAPYAK_BASE_URL and so on.

    No server need be there: nothing is asked.

    \b
    eval "$(reportmocks env hapyak --sandbox my-key)"
    """  # noqa: D301 - click wants the character itself
    for vendor in vendors:
        check_vendor("env", vendor)
    if not sandbox or not sandbox.isprintable():
        raise ConfigError("--sandbox", f"{sandbox!r} is no credential")
    at = locate(url, os.environ, ready_file)
    variables = {URL: at.control} | ({CA: at.ca} if at.ca else {})
    for vendor in vendors or tuple(at.addresses) or VENDORS:
        variables |= environment(vendor, at.url(vendor), credentials(vendor, sandbox))
    if form == "json":
        click.echo(json.dumps(variables, indent=2))
        return
    for name, text in variables.items():
        click.echo(FORMATS[form](name, text))


def _duration(context: click.Context, parameter: click.Parameter, text: str) -> int:  # noqa: ARG001 - click's
    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@_located
@click.option(
    "--timeout",
    metavar="DURATION",
    default="30s",
    callback=_duration,
    help="how long to wait  [30s]",
)
def ready(url: str | None, ready_file: str | None, timeout: int) -> int:
    """Wait until a server answers, and print the address of its control API; fail if it does not.

    \b
    reportmocks ready --timeout 10s
    """  # noqa: D301 - click wants the character itself
    started = stopwatch()
    while True:
        told = _ask(url, ready_file)
        if not isinstance(told, Exception):
            click.echo(told)
            return 0
        if stopwatch() - started >= timeout / 1000:
            click.echo(f"reportmocks: {told}", err=True)
            return 1
        pause(_BREATH)


def _ask(url: str | None, ready_file: str | None) -> str | Exception:
    """The control API's address if it is there, else why not."""
    try:
        at = locate(url, os.environ, ready_file)
        with Remote(at.control, token=at.token, timeout=_TRY, context=at.context()) as remote:
            answer = remote.call("GET", "ready")
    except (NoAddressYetError, ControlError) as error:
        return error
    there = isinstance(answer, dict) and answer.get("status") == "ready"
    return at.control if there else UnreachableError(at.control, "what answers is no reportmocks")
