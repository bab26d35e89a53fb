"""`reportmocks ctl`: the control API by hand, without writing JSON."""

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click

from reportcontracts.remote import ControlError, RefusedError
from reportcontracts.remote import Remote as ControlApi
from reportmocks.commands import Sentences
from reportmocks.kernel.clock import MODES, duration_text
from reportmocks.location import TOKEN, URL_HELP, Location, locate
from reportmocks.options import parse_token

TIMEOUT: Final = 30.0

_COLUMNS: Final = {
    "clock": ("vendor", "sandbox", "now", "mode", "scale"),
    "faults": ("id", "vendor", "sandbox", "kind", "where", "path", "nth", "times", "met", "struck"),
    "jobs": ("vendor", "sandbox", "number", "report", "status", "submitted", "finishes", "id"),
    "limits": ("sandbox", "rule", "value", "unit", "enabled", "used", "frees"),
    "plans": ("vendor", "sandbox", "outcome", "report", "parameters", "ordinal", "times", "time", "polls"),
    "rule": ("sandbox", "id", "switches"),
    "sandboxes": ("vendor", "sandbox", "jobs", "now", "mode"),
    "scenario": ("vendor", "sandbox", "name"),
    "world": ("vendor", "sandbox", "seed", "size", "rows", "history_start", "empty", "text", "locale"),
    "requests": ("time", "vendor", "sandbox", "method", "path", "status", "ms", "rule"),
}


WRONG_INPUT: Final = (400, 404, 405, 422)
"""Statuses of refusals that a better command line would not meet: exit code 2, and 1 for all others."""


class CtlError(click.ClickException):
    """No server could be asked, or it refused; one line says which."""

    def __init__(self, error: object) -> None:
        super().__init__(str(error).replace("?vendor=", "--vendor").replace("?sandbox=", "--sandbox"))


class WrongInputError(CtlError):
    """What was asked for is not there, or is no value that it takes."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Remote:
    """A running server's control API, and the sandbox that is meant."""

    at: Location
    vendor: str | None
    sandbox: str | None
    as_json: bool

    def ask(self, method: str, path: str, body: object = None, /, **more: str | None) -> Any:
        """What the control API answers; `CtlError` where it refuses or is not there."""
        query = {"vendor": self.vendor, "sandbox": self.sandbox, **more}
        with ControlApi(
            self.at.control, token=self.at.token, timeout=TIMEOUT, context=self.at.context()
        ) as api:
            try:
                api.health()  # another server may agree to whatever it is told
                return api.call(method, path, query, body)
            except RefusedError as error:
                raise (WrongInputError if error.status in WRONG_INPUT else CtlError)(error) from error
            except ControlError as error:
                raise CtlError(error) from error

    def say(self, answer: Any, line: str) -> None:
        """Print what was done, in a line, or as JSON what the server says."""
        click.echo(json.dumps(answer, indent=2) if self.as_json else line)

    def show(self, what: str, answer: Any) -> None:
        """Print an answer: as JSON if that was asked for, else as a table of its most telling columns."""
        if self.as_json:
            click.echo(json.dumps(answer, indent=2))
            return
        rows = answer if isinstance(answer, list) else [answer]
        columns = _COLUMNS[what]
        click.echo(table(columns, ([_cell(row.get(column)) for column in columns] for row in rows)))


def table(columns: Iterable[str], rows: Iterable[list[str]]) -> str:
    """Rows under their headings, each column as wide as its widest cell."""
    lines = [list(columns), *rows]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cell(value: object) -> str:
    """A member of an answer: text and numbers as they are, whatever else as JSON."""
    if value in (None, {}, []):
        return "-"
    plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value) if plain else json.dumps(value)


@click.group(cls=Sentences)
@click.option("--url", metavar="URL", help=URL_HELP)
@click.option("--vendor", metavar="VENDOR", help="only this vendor's sandboxes")
@click.option(
    "--sandbox", metavar="NAME", help="only this sandbox: an API key, client id, access token or company key"
)
@click.option("--control-token", metavar="TOKEN", help=f"what it wants to be shown; else {TOKEN}")
@click.option("--json", "as_json", is_flag=True, help="print what the server answers, as JSON")
@click.pass_context
def ctl(
    context: click.Context,
    url: str | None,
    vendor: str | None,
    sandbox: str | None,
    control_token: str | None,
    *,
    as_json: bool,
) -> None:
    """Look at a running server and steer it: one sandbox, or all of them and those to come."""
    at = locate(url, os.environ)
    token = _checked_token(control_token or at.token)
    context.obj = Remote(replace(at, token=token), vendor, sandbox, as_json)


def _checked_token(token: str | None) -> str | None:
    try:
        return parse_token(token) if token else None
    except ValueError as error:
        raise WrongInputError(f"the control token: {error}") from None


@ctl.command(context_settings={"ignore_unknown_options": True})
@click.argument("change", required=False, metavar="[CHANGE]")
@click.pass_obj
def clock(remote: Remote, change: str | None) -> None:
    """Show the clock, move it on by a duration or to an instant, or change its mode or its speed.

    CHANGE is +15d, an instant, real, frozen, auto, x60 (sixty times as fast), carry or no-carry: with that,
    the jumps of an automatic clock let tokens and links age.

    \b
    reportmocks ctl --vendor echo360 --sandbox my-client clock +15d
    """  # noqa: D301 - click wants the character itself
    if change is None:
        remote.show("clock", remote.ask("GET", "clock"))
        return
    answer = remote.ask("POST", "clock", _clock_change(change))
    if remote.as_json:
        remote.show("clock", answer)
        return
    for event in answer["events"]:
        click.echo(f"{event['at']}  {event['vendor']}/{event['sandbox']}  {event['event']}")
    remote.show("clock", answer.get("clocks", answer))


def _clock_change(change: str) -> dict[str, object]:
    if change.startswith("+"):
        return {"advance": change[1:]}
    if change in ("carry", "no-carry"):
        return {"carry": change == "carry"}
    if re.fullmatch(r"x\d{1,7}(\.\d{1,6})?", change, re.ASCII):
        return {"scale": float(change[1:])}
    return {"mode": change} if change in MODES else {"set": change}


@ctl.command()
@click.pass_obj
def jobs(remote: Remote) -> None:
    """List the submitted jobs."""
    remote.show("jobs", remote.ask("GET", "jobs"))


@ctl.command()
@click.pass_obj
def limits(remote: Remote) -> None:
    """List the limits, and how much of each is used."""
    remote.show("limits", remote.ask("GET", "limits"))


@ctl.command()
@click.argument("rule")
@click.argument("value", type=int)
@click.pass_obj
def limit(remote: Remote, rule: str, value: int) -> None:
    """Change the number of a limit.

    \b
    reportmocks ctl limit hapyak.row-cap 100
    """  # noqa: D301 - click wants the character itself
    remote.say(remote.ask("PUT", f"limits/{rule}", {"value": value}), f"{rule} is {value}")


@ctl.command()
@click.argument("rule")
@click.option(
    "--left",
    type=int,
    metavar="NUMBER",
    default=0,
    help="uses left; of a life, seconds left  [0]",
)
@click.option("--time", "duration", metavar="DURATION", help="how long jobs run that are put in flight  [1h]")
@click.pass_obj
def exhaust(remote: Remote, rule: str, left: int, duration: str | None) -> None:
    """Use a limit up, so that the next who comes meets it.

    \b
    reportmocks ctl exhaust echo360.in-flight
    """  # noqa: D301 - click wants the character itself
    body = {"left": left} | ({} if duration is None else {"time": duration})
    answer = remote.ask("POST", f"limits/{rule}/exhaust", body)
    rows = answer if isinstance(answer, list) else [answer]
    remote.say(answer, "\n".join(map(_exhausted, rows)))


def _exhausted(row: Mapping[str, Any]) -> str:
    where = f"{row['vendor']}/{row['sandbox']}" if row["sandbox"] else f"new sandboxes of {row['vendor']}"
    if row["jobs"]:
        how = f"jobs {', '.join(map(str, row['jobs']))} are in flight; `ctl release N` lets one go"
    elif row["next"]:
        how = f"there is no {row['next']} yet, and the next one ends early"
    elif row["uses"]:
        how = f"{row['uses']} uses were counted"
    else:
        how = f"it is {row['now']}"
    return f"{where}: {row['rule']} has {row['left']} left; {how}"


@ctl.command()
@click.argument("number", type=int)
@click.pass_obj
def release(remote: Remote, number: int) -> None:
    """Let a job go, by its number: it is gone, and its slot is free."""
    answer = remote.ask("DELETE", f"jobs/{number}")
    remote.say(
        answer, f"released: job {number} of {answer['vendor']}/{answer['sandbox']}, {answer['report']}"
    )


@ctl.command()
@click.argument("name", required=False)
@click.option("--off", is_flag=True, help="out of the scenario: all as before, but the time that has passed")
@click.pass_obj
def scenario(remote: Remote, name: str | None, *, off: bool) -> None:
    """Put sandboxes into a scenario, or tell which they are in; `reportmocks scenarios` lists them."""
    if name is not None and off:
        raise click.UsageError("a name or --off, not both")
    if name is None and not off:
        remote.show("scenario", remote.ask("GET", "scenario"))
        return
    answer = remote.ask("DELETE", "scenario") if off else remote.ask("PUT", "scenario", {"name": name})
    remote.say(answer, f"scenario: {'none' if off else name}")


@ctl.command()
@click.argument("rule", required=False)
@click.argument("switches", nargs=-1, metavar="[SWITCH=VALUE]...")
@click.pass_obj
def rule(remote: Remote, rule: str | None, switches: tuple[str, ...]) -> None:
    """Show the switches of a rule, or of all; or set some.

    \b
    reportmocks ctl rule echo360.in-flight status=409
    """  # noqa: D301 - click wants the character itself
    if rule is None:
        remote.show("rule", [_switches(row) for row in remote.ask("GET", "rules")])
        return
    body = dict(map(_member, switches))
    answer = remote.ask("PUT", f"rules/{rule}", body) if body else remote.ask("GET", f"rules/{rule}")
    rows = answer if isinstance(answer, list) else [answer]
    remote.show("rule", answer if remote.as_json else [_switches(row) for row in rows])


def _switches(row: Mapping[str, Any]) -> dict[str, Any]:
    values = " ".join(f"{name}={json.dumps(value)}" for name, value in row["values"].items())
    return {**row, "switches": values or None}


@ctl.command()
@click.argument("report")
@click.argument("rows", required=False)
@click.option("--beside", is_flag=True, help="beside the generated rows, not instead of them")
@click.option("--off", is_flag=True, help="take the rows back")
@click.pass_obj
def pin(remote: Remote, report: str, rows: str | None, *, beside: bool, off: bool) -> None:
    """Have rows of your own in a report: JSON or CSV as text, `-` for standard input, or `@FILE`."""
    if off or rows is None:
        answer = remote.ask("DELETE" if off else "GET", f"data/{report}")
        remote.say(answer, f"{report}: generated rows again" if off else json.dumps(answer, indent=2))
        return
    answer = remote.ask("PUT", f"data/{report}", _rows(rows), mode="beside" if beside else "instead")
    remote.say(answer, f"{report}: {answer['pinned']} rows {answer['mode']}")


def _rows(text: str) -> bytes:
    """The rows that an argument stands for."""
    try:
        if text == "-":
            return sys.stdin.buffer.read()
        return Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()
    except OSError as error:
        raise WrongInputError(f"{text[1:]}: {error.strerror or error}") from error


@ctl.command()
@click.argument("dials", nargs=-1, metavar="[DIAL=VALUE]...")
@click.pass_obj
def world(remote: Remote, dials: tuple[str, ...]) -> None:
    """Tell which world the sandboxes have, or turn its dials.

    \b
    reportmocks ctl --vendor hapyak world seed=7 size=tiny
    """  # noqa: D301 - click wants the character itself
    body = dict(map(_member, dials))
    answer = remote.ask("PUT", "world", body) if body else remote.ask("GET", "world")
    remote.show("world", answer)


@ctl.command()
@click.option("--clear", is_flag=True, help="let them go, with all that is in them")
@click.pass_obj
def sandboxes(remote: Remote, *, clear: bool) -> None:
    """List the sandboxes: who has been here."""
    if clear:
        answer = remote.ask("DELETE", "sandboxes")
        remote.say(answer, f"{answer['deleted']} let go")
    else:
        remote.show("sandboxes", remote.ask("GET", "sandboxes"))


@ctl.command()
@click.option("--method", metavar="METHOD", help="only of this method")
@click.option("--path", metavar="PATH", help="only of paths like this one, where * stands for anything")
@click.option("--status", metavar="STATUS", help="only those answered with this status; 0 is no answer")
@click.option("--rule", metavar="RULE", help="only those that this rule has shaped")
@click.option("--job", metavar="ID", help="only those about this job")
@click.option("--fault", metavar="KIND", help="only those that a fault of this kind has struck")
@click.option("--since", metavar="INSTANT", help="only since then, on the sandbox's clock")
@click.option("--after", metavar="NUMBER", help="only those after this one")
@click.option("--limit", metavar="COUNT", help="the last so many; the first ones with --after")
@click.option("--har", is_flag=True, help="print them as an HTTP Archive")
@click.pass_obj
def requests(remote: Remote, /, *, har: bool, **filters: str | None) -> None:
    """List the last requests and how they were answered."""
    if har:
        click.echo(json.dumps(remote.ask("GET", "requests.har", **filters), indent=2))
    else:
        remote.show("requests", remote.ask("GET", "requests", **filters))


@ctl.command()
@click.argument("outcome")
@click.argument("parameters", nargs=-1, metavar="[PARAMETER=VALUE]...")
@click.option("--report", metavar="REPORT", help="only for jobs of this report")
@click.option(
    "--ordinal", type=int, metavar="NUMBER", help="for the submission of this number among those that fit"
)
@click.option("--time", metavar="DURATION", help="how long the job takes, such as 2h")
@click.option("--polls", type=int, metavar="NUMBER", help="how many polls it takes, whatever the time")
@click.option("--times", type=int, metavar="NUMBER", help="for how many jobs  [1]")
@click.option("--expires", metavar="DURATION", help="how long what it makes is kept, such as 10m")
@click.pass_obj
def plan(remote: Remote, /, outcome: str, parameters: tuple[str, ...], **members: str | int | None) -> None:
    """Say what a coming job will do.

    \b
    reportmocks ctl --vendor echo360 plan failed start=2026-03-01 --ordinal 2
    """  # noqa: D301 - click wants the character itself
    asked: dict[str, object] = {name: value for name, value in members.items() if value is not None}
    if parameters:
        asked["parameters"] = dict(map(_member, parameters))
    remote.say(remote.ask("POST", "plans", {"outcome": outcome, **asked}), f"planned: {outcome}")


@ctl.command()
@click.option("--clear", is_flag=True, help="take all of them back")
@click.pass_obj
def plans(remote: Remote, *, clear: bool) -> None:
    """List what is planned for coming jobs and was not taken by one yet."""
    if clear:
        answer = remote.ask("DELETE", "plans")
        remote.say(answer, f"{answer['forgotten']} taken back")
    else:
        planned = remote.ask("GET", "plans")
        remote.show("plans", planned if remote.as_json else list(map(_timed, planned)))


def _timed(plan: dict[str, Any]) -> dict[str, Any]:
    """A plan with its time as one is written."""
    return plan if plan["time"] is None else plan | {"time": duration_text(plan["time"])}


@ctl.command()
@click.argument("kind")
@click.argument("members", nargs=-1, metavar="[NAME=VALUE]...")
@click.pass_obj
def fault(remote: Remote, kind: str, members: tuple[str, ...]) -> None:
    """Have something happen to coming calls.

    Kinds: latency, status, reset, truncate, dribble, garbage, content-type, corrupt-gzip, refusal. Which
    calls: where, method, path, nth, times, probability, seed. What is not taken is refused with what is.

    \b
    reportmocks ctl fault latency time=2s
    reportmocks ctl fault status status=503 retry_after=5 times=3
    """  # noqa: D301 - click wants the character itself
    answer = remote.ask("POST", "faults", {"kind": kind} | dict(map(_member, members)))
    click.echo(json.dumps(answer) if remote.as_json else f"fault {answer['id']}: {kind}")


@ctl.command()
@click.option("--clear", is_flag=True, help="take all of them back")
@click.pass_obj
def faults(remote: Remote, *, clear: bool) -> None:
    """List the planned faults, and how many calls each has met and struck."""
    if clear:
        click.echo(f"{remote.ask('DELETE', 'faults')['deleted']} taken back")
    else:
        remote.show("faults", remote.ask("GET", "faults"))


_FLAGS: Final = {"true": True, "false": False}


def _member(text: str) -> tuple[str, object]:
    """A member of a body, typed: a number, true or false where it looks like one."""
    name, equals, value = text.partition("=")
    if not equals:
        raise WrongInputError(f"{text!r} says nothing: write NAME=VALUE, such as times=3")
    if value in _FLAGS:
        return name, _FLAGS[value]
    number = re.fullmatch(r"-?\d{1,18}(\.\d{1,6})?", value, re.ASCII)
    return name, (float(value) if number[1] else int(value)) if number else value


@ctl.command()
@click.pass_obj
def reset(remote: Remote) -> None:
    """Empty the sandboxes: no jobs, no journal, clock and rules as at the start."""
    remote.ask("POST", "reset")
    click.echo("reset")
