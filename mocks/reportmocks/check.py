"""`reportmocks check`: a client in any language, judged by how it gets through what a vendor documents."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

import click

from reportcontracts.errors import ContractError
from reportcontracts.kit.decoding import FORMATS
from reportcontracts.kit.driving import control_at
from reportcontracts.kit.stories import Need
from reportcontracts.kit.verdict import baseline_of, lived_with
from reportcontracts.names import VENDORS
from reportcontracts.remote import ControlError, Remote
from reportmocks.commands import CommandWithCommand, NewFile
from reportmocks.judging import config
from reportmocks.judging.bounded import Interrupted
from reportmocks.judging.client import Client, can_be_shimmed, full_name, stale
from reportmocks.judging.session import MOST_JOBS, Session, on_this_machine
from reportmocks.judging.telling import Files, Progress, told
from reportmocks.judging.words import table, used
from reportmocks.kernel.clock import parse_instant, wall_ms
from reportmocks.options import parse_url
from reportmocks.testing.process import ServerProcess, StartError

FAILED: Final = 1
"""The exit code where a client has failed."""
SUMMARY: Final = "GITHUB_STEP_SUMMARY"
"""The variable that names the file of a job summary."""

_FILE: Final = click.Path(dir_okay=False)
_NEW_FILE: Final = NewFile()
_SEED: Final = click.IntRange(0, 2**63 - 1)
_PATIENCE: Final = click.IntRange(config.LEAST_PATIENCE, config.MOST_PATIENCE)

_OPTIONS: Final[tuple[Callable[[Any], Any], ...]] = (
    click.option(
        "--decode",
        type=click.Choice(list(FORMATS)),
        metavar="FORMAT",
        help=f"how its rows are written: {', '.join(FORMATS)}  [auto]",
    ),
    click.option(
        "--map",
        "columns",
        multiple=True,
        metavar="OLD=NEW[:CAST]|FILE",
        help="a column as the client calls it",
    ),
    click.option("--only", multiple=True, metavar="RULE|STORY", help="judge by it alone; may be repeated"),
    click.option("--skip", multiple=True, metavar="RULE|STORY", help="leave it out; may be repeated"),
    click.option("--strict", is_flag=True, default=None, help="let rules that are only assumed fail it too"),
    click.option("--seed", type=_SEED, metavar="NUMBER", help="of worlds, ranges and drawn stories  [1]"),
    click.option(
        "--examples", type=click.IntRange(0, 1000), metavar="NUMBER", help="stories to draw besides  [0]"
    ),
    click.option("--point", metavar="JSON", help="tell the drawn story VENDOR.any, made of this"),
    click.option("--now", metavar="INSTANT", help="where the mocks' clocks start  [the wall clock's time]"),
    click.option(
        "--time-shim/--no-time-shim",
        "shimmed",
        default=None,
        help="whether its waiting moves the mocks' clock  [if it is of Python, Node or a shell]",
    ),
    click.option("--patience", type=_PATIENCE, metavar="SECONDS", help="seconds for one run of it  [30]"),
    click.option(
        "--can", multiple=True, type=click.Choice(config.ABLE), help="what it does by the environment alone"
    ),
    click.option("--baseline", type=_FILE, help="failures that are known, as JSON"),
    click.option(
        "--write-baseline", "new_baseline", type=_NEW_FILE, help="write what fails now; needs --reason"
    ),
    click.option("--reason", metavar="TEXT", help="why it is lived with"),
    click.option(
        "--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="its last day  [in 30 days]"
    ),
    click.option(
        "--config", "config_file", type=_FILE, help="judge the clients of a TOML file, each a [[client]]"
    ),
    click.option(
        "-j",
        "--jobs",
        type=click.IntRange(1, MOST_JOBS),
        metavar="NUMBER",
        help="stories at a time  [as many as cores]",
    ),
    click.option("--url", metavar="URL", help="judge at a server that runs already  [starts one]"),
    click.option(
        "--control-token", metavar="TOKEN", envvar="REPORTMOCKS_CONTROL_TOKEN", help="what it wants"
    ),
    click.option(
        "--overrides", type=_FILE, help="what is known of the vendor besides; see serve --overrides"
    ),
    click.option("--json", "json_file", type=_NEW_FILE, help="write the verdict here; - is standard output"),
    click.option("--junit", "junit_file", type=_NEW_FILE, help="write it here as JUnit XML"),
    click.option("--markdown", "markdown_file", type=_NEW_FILE, help="write it here as Markdown"),
    click.option("--summary", is_flag=True, help=f"add the Markdown to the file that ${SUMMARY} names"),
    click.option("--keep", type=click.Path(file_okay=False), help="keep what each run wrote in this folder"),
    click.option(
        "-v", "--verbose", is_flag=True, help="show what the client printed in stories that it failed"
    ),
    click.option("--placeholders", is_flag=True, help="list VENDOR's placeholders, and do nothing else"),
)


def _with_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command(cls=CommandWithCommand, options_metavar="[OPTIONS]")
@click.argument("vendor", required=False, type=click.Choice(VENDORS), metavar="[VENDOR] -- COMMAND")
@_with_options
@click.pass_obj
def check(command: tuple[str, ...], /, vendor: str | None, **given: Any) -> int:
    """Judge COMMAND, a client of VENDOR's in any language, by everything that is documented of its API.

    COMMAND is run once for each story, with a sandbox of its own. It gets its task by placeholders, such as
    {base_url}, {client_id}, {report}, {start}, {end} and {output}, and by the environment, such as
    REPORTMOCKS_REPORT and ECHO360_CLIENT_ID; it writes rows to the file {output} or prints them, and fails
    by its exit code.

    \b
    reportmocks check echo360 --only ordinary -- \\
        python my_client.py {base_url} {report} {start} {end} {output}

    Exits with 0 if it passes, with 1 if it fails, and with 2 if it cannot be judged. See docs/judge.md.
    """  # noqa: D301 - a backspace is how click is told to leave a paragraph as it is
    if given["placeholders"]:
        if vendor is None:
            raise click.UsageError("--placeholders: which VENDOR's?")
        click.echo(table(vendor))
        return 0
    try:
        clients = _clients(vendor, command, given)
        return _judge(clients, _Asked.of(given))
    except (ContractError, ControlError) as error:
        raise click.UsageError(str(error)) from error
    except StartError as error:  # the server has said so as we would
        raise click.UsageError(str(error).removeprefix("reportmocks: ")) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is asked for besides the clients."""

    files: Files
    jobs: int
    url: str | None
    token: str | None
    overrides: str | None
    keep: str | None
    verbose: bool
    new_baseline: str | None
    reason: str
    until: date

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "_Asked":
        summary = os.environ.get(SUMMARY)
        if given["summary"] and not summary:
            raise click.UsageError(f"--summary: {SUMMARY} is not set")
        if bool(given["new_baseline"]) is not bool(given["reason"]):
            raise click.UsageError("--write-baseline and --reason go together")
        if given["url"] and given["overrides"]:
            raise click.UsageError(
                "--overrides is for a server that is started here; give it to that of --url"
            )
        until = given["until"]
        if until and until.date() < _today():
            raise click.UsageError(f"--until: {until.date()} is over")
        return cls(
            files=Files(
                json=given["json_file"],
                junit=given["junit_file"],
                markdown=given["markdown_file"],
                summary=summary if given["summary"] else None,
            ),
            jobs=given["jobs"] or os.cpu_count() or 1,
            url=given["url"],
            token=given["control_token"],
            overrides=given["overrides"],
            keep=given["keep"],
            verbose=given["verbose"],
            new_baseline=given["new_baseline"],
            reason=given["reason"] or "",
            until=until.date() if until else _today() + timedelta(30),
        )


def _today() -> date:
    return datetime.fromtimestamp(wall_ms() / 1000, UTC).date()


def _clients(vendor: str | None, command: tuple[str, ...], given: Mapping[str, Any]) -> tuple[Client, ...]:
    """The clients that are to be judged: that of the command line, or those of a file as it changes them."""
    if given["config_file"]:
        if vendor or command:
            raise click.UsageError("--config has vendors and commands; leave VENDOR and COMMAND out")
        clients = config.read_clients(Path(given["config_file"]))
        if given["new_baseline"] and len(clients) > 1:
            raise click.UsageError("--write-baseline is for one client; judge it by itself")
    elif vendor is None or not command:
        raise click.UsageError("name a VENDOR, and write the client's command after --")
    else:
        used(command, vendor)
        clients = (Client(name=vendor, vendor=vendor, command=command),)
    return tuple(_changed(client, given) for client in clients)


def _changed(client: Client, given: Mapping[str, Any]) -> Client:
    """A client as the command line changes it."""
    changes: dict[str, Any] = {
        name: given[name]
        for name in ("decode", "strict", "seed", "examples", "now", "shimmed", "patience", "overrides")
        if given[name] is not None
    }
    for name in ("only", "skip"):
        if given[name]:
            changes[name] = tuple(full_name(client.vendor, one) for one in given[name])
    if given["columns"]:
        changes["columns"] = config.read_columns(given["columns"])
    if given["can"]:
        changes["can"] = frozenset(map(Need, given["can"]))
    if given["baseline"]:
        changes["baseline"] = config.read_known(Path(given["baseline"]), client.vendor)
    if given["point"] is not None:
        changes |= {"point": config.parse_point(given["point"]), "only": (f"{client.vendor}.any",)}
    return replace(client, **changes)


def _judge(clients: Sequence[Client], asked: _Asked) -> int:
    """Judge all clients, one after the other, and return the exit code."""
    programs = [_program(client) for client in clients]
    signal.signal(signal.SIGTERM, _interrupt)
    table_to = sys.stderr if asked.files.takes_stdout else sys.stdout
    verdicts = []
    with ExitStack() as stack:
        control = stack.enter_context(_control(asked, clients))
        folder = stack.enter_context(_folder(asked.keep))
        for client, program in zip(clients, programs, strict=True):
            shimmed = _shimmed(client, program, control.url)
            verdict, lines = _judged(client, control, asked, folder / _plain(client.name), shimmed=shimmed)
            verdicts.append(verdict)
            click.echo("\n".join(lines), file=table_to)
    try:
        asked.files.write(verdicts)
        if asked.new_baseline:
            _write_baseline(asked, verdicts[0])
            return 0
    except OSError as error:
        raise click.UsageError(f"{error.filename}: {error.strerror}") from error
    return 0 if all(verdict["passed"] for verdict in verdicts) else FAILED


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - a handler's signature
    raise KeyboardInterrupt


def _program(client: Client) -> Path | None:
    """The file of a client's program; `None` where a placeholder names it."""
    first = client.command[0]
    found = shutil.which(first)
    if found is None and "{" not in first:
        raise click.UsageError(f"{client.name}: there is no command {first}")
    return None if found is None else Path(found)


def _shimmed(client: Client, program: Path | None, url: str) -> bool:
    """Whether a client's waiting moves the mocks' clock."""
    if client.shimmed and not on_this_machine(url):
        raise click.UsageError(f"--time-shim: {url} is not plain HTTP on this machine")
    if client.shimmed is not None:
        return client.shimmed
    return on_this_machine(url) and program is not None and can_be_shimmed(program)


@contextmanager
def _control(asked: _Asked, clients: Sequence[Client]) -> Iterator[Remote]:
    """The control API of the server that judges: a running one, or one that is there for as long as this.

    Clocks move forward only: one that is started here begins where the earliest of the clients' clocks does.
    """
    if asked.url:
        try:
            remote = Remote(control_at(parse_url(asked.url)).url, token=asked.token)
        except ValueError as error:
            raise click.UsageError(f"--url: {error}") from None
        remote.call("GET", "health")
        with remote:
            yield remote
        return
    more = ["--overrides", asked.overrides] if asked.overrides else []
    starts = sorted((client.now for client in clients if client.now), key=_instant)
    if starts:
        more += ["--clock", "frozen", "--now", starts[0]]
    with ServerProcess.start("--size", "tiny", "--faults", "on", *more) as server:
        with Remote(server.control) as remote:
            yield remote
        if server.said:
            click.echo(server.said, err=True)


def _instant(text: str) -> int:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise click.UsageError(f"--now: {error}") from error


@contextmanager
def _folder(keep: str | None) -> Iterator[Path]:
    """Where clients leave what they leave: a folder that goes at the end, or one that is kept."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="reportmocks-", ignore_cleanup_errors=True) as name:
            yield Path(name)
        return
    folder = Path(keep).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        full = any(folder.iterdir())
    except OSError as error:
        raise click.UsageError(f"--keep: {keep}: {error.strerror}") from None
    if full:
        raise click.UsageError(f"--keep: {keep} is not empty")
    yield folder
    click.echo(f"kept in {folder}", err=True)


def _plain(name: str) -> str:
    """A client's name as that of a folder."""
    return "".join(sign if sign.isalnum() else "-" for sign in name)


def _judged(
    client: Client, control: Remote, asked: _Asked, folder: Path, *, shimmed: bool
) -> tuple[Mapping[str, Any], list[str]]:
    """The verdict on a client, and the lines that tell it."""
    progress = Progress(sys.stderr, 0, client.name)
    session = Session(
        client=client,
        control=control,
        token=asked.token,
        environ=os.environ,
        folder=folder,
        shimmed=shimmed,
        told=progress.told,
    )
    try:
        progress.total = session.order()
        verdict = session.run(asked.jobs)
    except Interrupted:
        raise KeyboardInterrupt from None
    finally:
        progress.done()
        session.forget()
    if not progress.ended:
        raise click.UsageError(f"{client.name}: {_none_told(verdict)}")
    today = _today()
    verdict = lived_with(verdict, client.baseline, today)
    time = "the mock's time" if shimmed else "the wall clock"
    lines = [f"{client.name}: waits by {time}", ""]
    brief = bool(client.only)
    lines += told(verdict, progress.ended, verbose=asked.verbose, shimmed=shimmed, brief=brief)
    lines += [
        f"baseline: {known.rule} was known until {known.until}" for known in stale(client.baseline, today)
    ]
    return verdict, lines


def _none_told(verdict: Mapping[str, Any]) -> str:
    needs = "; ".join(f"{story} needs {', '.join(what)}" for story, what in verdict["not_run"].items())
    return f"no story could be told{': ' if needs else ''}{needs}"


def _write_baseline(asked: _Asked, verdict: Mapping[str, Any]) -> None:
    import json  # noqa: PLC0415 - only here

    known = baseline_of(verdict, asked.reason, asked.until)
    Path(asked.new_baseline or "").write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    click.echo(f"{len(known)} known failures until {asked.until} in {asked.new_baseline}", err=True)
