"""`reportmocks ctl`: the control API by hand, without writing JSON."""

import http.client
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import click

from reportmocks.kernel.clock import MODES
from reportmocks.location import URL_HELP, Location, locate

TIMEOUT: Final = 30.0

_COLUMNS: Final = {
    "clock": ("vendor", "sandbox", "now", "mode", "scale"),
    "faults": ("id", "vendor", "sandbox", "kind", "where", "path", "nth", "times", "met", "struck"),
    "jobs": ("vendor", "sandbox", "number", "report", "status", "submitted", "finishes", "id"),
    "limits": ("sandbox", "rule", "value", "unit", "enabled", "used", "frees"),
    "requests": ("time", "vendor", "sandbox", "method", "path", "status", "ms", "rule"),
}


class CtlError(click.ClickException):
    """No server could be asked, or it refused; one line says which."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A running server's control API, and the sandbox that is meant."""

    at: Location
    vendor: str | None
    sandbox: str | None
    as_json: bool

    def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """What the control API answers; `CtlError` where it refuses or is not there."""
        query = {"vendor": self.vendor, "sandbox": self.sandbox}
        named = urlencode({name: value for name, value in query.items() if value is not None})
        address = urlsplit(self.at.control)
        connection = self._connection()
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, f"{address.path}/{path}{'?' if named else ''}{named}", data)
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise CtlError(
                f"no mock answers at {self.at.control} ({error}); is `reportmocks serve` running?"
            ) from error
        finally:
            connection.close()
        if response.status >= 400:
            raise CtlError(answer.get("detail", f"the server answered {response.status}"))
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        address = urlsplit(self.at.control)
        host, port, context = address.hostname or "", address.port, self.at.context()
        if context is None:
            return http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)

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
    return "-" if value is None else str(value)


@click.group()
@click.option("--url", help=URL_HELP)
@click.option("--vendor", help="only this vendor's sandboxes")
@click.option("--sandbox", help="only this sandbox: an API key, client id, access token or company key")
@click.option("--json", "as_json", is_flag=True, help="print what the server answers, as JSON")
@click.pass_context
def ctl(
    context: click.Context, url: str | None, vendor: str | None, sandbox: str | None, *, as_json: bool
) -> None:
    """Look at a running server and steer it: one sandbox, or all of them and those to come."""
    context.obj = Remote(locate(url, os.environ), vendor, sandbox, as_json)


@ctl.command(context_settings={"ignore_unknown_options": True})
@click.argument("change", required=False, metavar="[+15d|INSTANT|real|frozen|auto]")
@click.pass_obj
def clock(remote: Remote, change: str | None) -> None:
    """Show the clock, move it on by a duration or to an instant, or change its mode."""
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
    """Change the number of a limit: `limit hapyak.row-cap 100`."""
    answer = remote.ask("PUT", f"limits/{rule}", {"value": value})
    if remote.as_json:
        remote.show("limits", answer)
    else:
        click.echo(f"{rule} is {value}")


@ctl.command()
@click.pass_obj
def requests(remote: Remote) -> None:
    """List the last requests and how they were answered."""
    remote.show("requests", remote.ask("GET", "requests"))


@ctl.command()
@click.argument("outcome")
@click.option("--report", help="only for jobs of this report")
@click.option("--time", "duration", metavar="DURATION", help="how long the job takes, such as 2h")
@click.option("--polls", type=int, help="how many polls it takes, whatever the time")
@click.option("--times", type=int, default=1, show_default=True, help="for how many jobs")
@click.pass_obj
def plan(
    remote: Remote, outcome: str, report: str | None, duration: str | None, polls: int | None, times: int
) -> None:
    """Say what the next job will do: `--vendor echo360 plan failed`."""
    asked = {"outcome": outcome, "report": report, "time": duration, "polls": polls, "times": times}
    answer = remote.ask("POST", "plans", {name: value for name, value in asked.items() if value is not None})
    click.echo(json.dumps(answer) if remote.as_json else f"planned: {outcome}")


@ctl.command()
@click.argument("kind")
@click.argument("members", nargs=-1, metavar="[NAME=VALUE]...")
@click.pass_obj
def fault(remote: Remote, kind: str, members: tuple[str, ...]) -> None:
    """Have something happen to coming calls: `fault latency time=2s`, `fault reset when=after nth=3`.

    Kinds: latency, status, reset, truncate, dribble, garbage, content-type, corrupt-gzip. Which calls: where,
    method, path, nth, times, probability, seed. What is not taken is refused with what is.
    """
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


def _member(text: str) -> tuple[str, object]:
    """A member of a body, typed: a number where it looks like one."""
    name, equals, value = text.partition("=")
    if not equals:
        raise CtlError(f"{text!r} says nothing: write NAME=VALUE, such as times=3")
    number = re.fullmatch(r"-?\d{1,18}(\.\d{1,6})?", value, re.ASCII)
    return name, (float(value) if number[1] else int(value)) if number else value


@ctl.command()
@click.pass_obj
def reset(remote: Remote) -> None:
    """Empty the sandboxes: no jobs, no journal, clock and rules as at the start."""
    remote.ask("POST", "reset")
    click.echo("reset")
