"""The commands of `reportmocks`."""

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from reportmocks import options
from reportmocks.config import Arguments, ConfigError, load
from reportmocks.options import OPTIONS, Option
from reportmocks.streams import drop_output
from reportmocks.version import VERSION

USAGE_ERROR: Final = 2
"""The exit code for whatever is wrong with a command line, a file or the environment."""

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

WIDEST: Final = 110
"""Columns that help has at most, of every command: on a wider terminal lines would be hard to read."""
LONGEST: Final = 300
"""Letters of a sentence about a command, at most."""

ELSEWHERE: Final = {
    "check": "reportmocks.check",
    "ctl": "reportmocks.ctl",
    "doctor": "reportmocks.doctor",
    "env": "reportmocks.setup",
    "learn": "reportmocks.learner",
    "ready": "reportmocks.setup",
    "rules": "reportmocks.rulebook",
    "run": "reportmocks.run",
    "scenarios": "reportmocks.scenario_list",
    "verify": "reportmocks.verify",
}
"""Commands by name, with the module that has them."""


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code; what is wrong with it is told in one line."""
    try:
        code = commands.main(args=list(arguments), prog_name="reportmocks", standalone_mode=False)
    except click.ClickException as error:
        return fail(error.format_message(), error.exit_code)
    except ConfigError as error:
        return fail(str(error))
    except click.Abort:
        return 130
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None:
            raise
        drop_output()
        return fail(f"standard output: {error.strerror}")
    return code if isinstance(code, int) else 0


def fail(line: str, code: int = USAGE_ERROR) -> int:
    """Say on standard error, in one line, what stands in the way; return the exit code."""
    click.echo(f"reportmocks: {' '.join(line.split())}", err=True)
    return code


class NewFile(click.Path):
    """A file to be written at the end; that its folder is not there is told at the beginning."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; it is refused if it cannot be written."""
        path = super().convert(value, param, ctx)
        folder = Path(os.fsdecode(path)).parent
        if not folder.is_dir():
            self.fail(f"there is no directory {str(folder)!r}", param, ctx)
        return path


class Sentences(click.Group):
    """A group whose help tells the whole sentence about each command, over several lines if need be."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands that there are."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, its.get_short_help_str(LONGEST)) for name, its in commands.items() if its]
            )


class Commands(Sentences):
    """The commands; those that are `ELSEWHERE` are imported when asked for, so that `serve` starts sooner."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted([*super().list_commands(ctx), *ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now if need be."""
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(ELSEWHERE[cmd_name]), cmd_name)
        return command


class CommandWithCommand(click.Command):
    """A command whose line ends in another one, after `--`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep what stands after `--` as it is, and read the rest."""
        end = args.index("--") if "--" in args else len(args)
        ctx.obj = tuple(args[end + 1 :])
        return super().parse_args(ctx, args[:end])


@click.group(
    cls=Commands,
    no_args_is_help=False,
    invoke_without_command=True,
    context_settings={"max_content_width": WIDEST},
)
@click.version_option(VERSION, message="%(prog)s %(version)s")
@click.pass_context
def commands(context: click.Context) -> None:
    """Local mock servers of five reporting APIs, and what judges the clients of them.

    A VENDOR is hapyak, brightcove, echo360, saferme or khoros. Each command has a help of its own.

    \b
    reportmocks serve                        all mocks on http://127.0.0.1:8080
    reportmocks scenarios                    limits and failures to reproduce
    reportmocks check hapyak --placeholders  what a client to be judged is given
    """  # noqa: D301 - click wants the character itself
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def with_options(*offered: Option) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command these options, `--rows`, `--rule` and `--config`."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed((*offered, options.ROWS, options.RULE, options.CONFIG)):
            command = _decorated(option, command)
        return command

    return decorate


def typed(
    vendors: tuple[str, ...],
    rows: tuple[str, ...],
    rule: tuple[str, ...],
    config: str | None,
    given: Mapping[str, str | None],
) -> Arguments:
    """A command line as click has read it."""
    there = {name.replace("_", "-"): text for name, text in given.items() if text is not None}
    return Arguments(vendors=vendors, options=there, rules=rule, rows=rows, config=config)


def _decorated(option: Option, command: Callable[..., Any]) -> Callable[..., Any]:
    names = [f"-{option.short}", option.flag] if option.short else [option.flag]
    text = option.meaning if option.default is None else f"{option.meaning}  [{option.default}]"
    if option.switch:
        return click.option(*names, is_flag=True, default=None, flag_value="on", help=option.meaning)(command)
    multiple = option in (options.RULE, options.ROWS)
    return click.option(*names, metavar=option.metavar, multiple=multiple, help=text)(command)


@commands.command()
@click.argument("vendors", nargs=-1, metavar="[VENDOR]...")
@with_options(*OPTIONS)
def serve(
    vendors: tuple[str, ...],
    rows: tuple[str, ...],
    rule: tuple[str, ...],
    config: str | None,
    **given: str | None,
) -> int:
    """Serve the mocks of the named vendors, or of all.

    Each option is also an environment variable (--report-time is REPORTMOCKS_REPORT_TIME) and a key of the
    TOML file that --config names. An option beats the environment, and the environment beats the file.

    \b
    reportmocks serve --clock auto --report-time 2h
    reportmocks serve echo360 khoros --port 0 --ready-file mocks.json
    """  # noqa: D301 - click wants the character itself
    launch = load(typed(vendors, rows, rule, config, given), os.environ)
    from reportmocks import server  # noqa: PLC0415 - big, and --help does without

    try:
        return server.serve(launch)
    except server.ServerError as error:
        return fail(str(error), error.code)
