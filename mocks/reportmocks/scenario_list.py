"""`reportmocks scenarios`: named situations and boundary cases, each with the lines that reproduce it."""

import json
import os
from collections.abc import Iterable, Iterator
from typing import Any

import click

from reportcontracts.errors import ContractError
from reportcontracts.names import VENDORS
from reportcontracts.scenarios import find_scenario, load_scenarios
from reportmocks.kernel.clock import wall_ms
from reportmocks.location import URL_HELP, locate


@click.command()
@click.argument("which", required=False, metavar="[VENDOR|SCENARIO]")
@click.option(
    "--boundaries", is_flag=True, help="the limits of the rulebook: one below, at, and one above each"
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    metavar="table|json",
    default="table",
    help="how to print them  [table]",
)
@click.option("--url", metavar="URL", help=URL_HELP)
def scenarios(which: str | None, form: str, url: str | None, *, boundaries: bool) -> None:
    """List what can be reproduced, with lines to paste into a shell: of a vendor, or one scenario.

    \b
    reportmocks scenarios echo360                         of one vendor
    reportmocks scenarios hapyak.minute-limit             the lines of one
    reportmocks scenarios --boundaries echo360.in-flight  a limit from both sides
    """  # noqa: D301 - click wants the character itself
    origin, now = locate(url, os.environ).origin, wall_ms()
    if boundaries:
        _show(form, list(_boundaries(which, now, origin)), _in_full)
    elif which is None or which in VENDORS:
        books = [load_scenarios(vendor) for vendor in VENDORS if which in (None, vendor)]
        told = [book.told(its, now, origin) for book in books for its in book.scenarios.values()]
        _show(form, told, _listed)
    else:
        try:
            scenario = find_scenario(which)
        except ContractError as error:
            raise click.UsageError(error.reason) from None
        _show(form, [load_scenarios(scenario.vendor).told(scenario, now, origin)], _in_full)


def _boundaries(which: str | None, now: int, origin: str) -> Iterator[dict[str, Any]]:
    """The boundary cases of all vendors, of one, or of one rule."""
    vendor = None if which is None else which.partition(".")[0]
    found = [
        case
        for each in VENDORS
        if vendor in (None, each)
        for case in load_scenarios(each).told_boundaries(now, origin)
        if which in (None, each, case["rule"], case["id"])
    ]
    if not found and which != vendor:
        raise click.UsageError(f"{which!r} has no boundary cases")
    if not found and vendor not in VENDORS:
        raise click.UsageError(f"unknown vendor {which!r}; there are {', '.join(VENDORS)}")
    yield from found


def _show(form: str, told: list[dict[str, Any]], lines: Any) -> None:
    if form == "json":
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo("\n".join(lines(told)))


def _listed(told: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each scenario; what reproduces them all is the same command with another name."""
    width = max(len(scenario["id"]) for scenario in told)
    for scenario in told:
        yield f"{scenario['id']:<{width}}  {scenario['statement']}"
    yield ""
    yield "To be in one: reportmocks ctl scenario NAME; the lines that show it: reportmocks scenarios NAME"


def _in_full(told: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Each with the lines that reproduce it, which can be pasted with their comments."""
    for number, case in enumerate(told):
        if number:
            yield ""
        expected = f" => {case['expected']}" if "expected" in case else ""
        yield f"# {case['id']}: {case['statement']}{expected}"
        yield case["command"]
