"""`reportmocks run`: an unmodified client, whose requests to the vendors' real addresses reach the mocks."""

import os
from dataclasses import dataclass, replace
from typing import Final

import click

from reportmocks import options
from reportmocks.certificates import MissingExtraError
from reportmocks.commands import CommandWithCommand, fail, typed, with_options
from reportmocks.config import Arguments, Asked, ConfigError, ask, launch
from reportmocks.interception.hosts import real_hosts
from reportmocks.settings import Settings

STORAGE: Final = "https://reportmocks.s3.amazonaws.com"
"""Where signed links lead, for want of a name that the vendors document; the proxy answers for it."""

_NOT_TAKEN: Final = (
    options.HOST,
    options.PUBLIC_URL,
    options.READY_FILE,
    options.QUIET,
    options.TLS,
    options.TLS_CERT,
    options.TLS_KEY,
    options.UNTIL_EOF,
)
_DEFAULTS: Final = {
    options.PORT: "0",
    options.CLOCK: "auto",
    options.STORAGE_URL: STORAGE,
    options.VALIDATE: "warn",
}
_TAKEN: Final = tuple(
    replace(option, default=_DEFAULTS.get(option, option.default))
    for option in options.OPTIONS
    if option not in _NOT_TAKEN
)
"""The options of `serve` that a run takes, with the defaults that it has for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLaunch:
    """Everything that `reportmocks run` goes by."""

    settings: Settings
    command: tuple[str, ...]
    allowed: tuple[str, ...] = ()
    isolated: bool = False
    shimmed: bool = True
    """Whether the command's waiting moves the mocks' clock."""


@click.command(
    cls=CommandWithCommand,
    options_metavar="[OPTIONS]",
)
@click.argument("vendors", nargs=-1, metavar="[VENDOR]... -- COMMAND")
@with_options(*_TAKEN, *options.RUN_OPTIONS)
@click.pass_obj
def run(
    command: tuple[str, ...],
    /,
    vendors: tuple[str, ...],
    rows: tuple[str, ...],
    rule: tuple[str, ...],
    config: str | None,
    **given: str | None,
) -> int:
    """Run COMMAND, an unmodified client: its requests to the vendors' real addresses reach the mocks.

    The mocks are there for as long as the command runs, on a free port, with clock `auto` if nothing else is
    asked for. Its output, signals and exit code are passed through. At the end it is told what was asked of
    which vendor; a run in which nothing was asked fails.

    \b
    reportmocks run hapyak -- python my_client.py
    """  # noqa: D301 - click wants the character itself
    launched = load_run(typed(vendors, rows, rule, config, given), command, dict(os.environ))
    try:
        from reportmocks.interception import session  # noqa: PLC0415 - big, and --help does without
    except ModuleNotFoundError as error:
        if error.name != "h11":
            raise
        return fail(str(MissingExtraError("h11", "run")))
    try:
        return session.run(launched)
    except session.SessionError as error:
        return fail(str(error), error.code)


def load_run(arguments: Arguments, command: tuple[str, ...], environ: dict[str, str]) -> RunLaunch:
    """Put everything together; `ConfigError` where something cannot be had."""
    if not command:
        raise ConfigError("run", "there is no command: write it after --")
    asked = ask(arguments, environ, _DEFAULTS)
    settings = launch(asked).settings
    log = settings.log if asked.find(options.LOG_FORMAT) else "off"
    return RunLaunch(
        settings=replace(settings, host="127.0.0.1", public_url=None, certificate=None, log=log),
        command=command,
        allowed=_allowed(asked),
        isolated=asked.take(options.ISOLATE, options.parse_on_off),
        shimmed=not asked.take(options.NO_TIME_SHIM, options.parse_on_off),
    )


def _allowed(asked: Asked) -> tuple[str, ...]:
    """The hosts to let through; a vendor's can never be, and in a network of its own there is nobody."""
    given = asked.find(options.ALLOW_HOSTS)
    allowed = asked.take_any(options.ALLOW_HOSTS, options.parse_hosts) or ()
    if given and asked.take(options.ISOLATE, options.parse_on_off):
        raise ConfigError(given.origin, "is of no use with --isolate, where there is nobody to reach")
    for host in allowed:
        if host in real_hosts() and given:
            raise ConfigError(given.origin, f"{host} is {real_hosts()[host]}'s, and is never let through")
    return allowed
