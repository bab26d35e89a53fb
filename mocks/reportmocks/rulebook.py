"""`reportmocks rules`: every behaviour of the mocks, with where it is known from and what switches it."""

import json
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import click

from reportcontracts import fidelity
from reportcontracts.errors import near
from reportcontracts.names import VENDORS
from reportcontracts.rules import Evidence, Rule, load_rulebook
from reportmocks.config import ConfigError, check_vendor

FORMATS: Final = ("table", "json", "markdown")
NARROW: Final = 40
"""Columns of a terminal below which lines are no longer made shorter."""
INDENT: Final = "    "


@click.command()
@click.argument("vendor", required=False)
@click.option(
    "--evidence",
    metavar="|".join(Evidence),
    multiple=True,
    help="only rules that are so sure; may be repeated",
)
@click.option(
    "--format",
    "form",
    metavar="|".join(FORMATS),
    default="table",
    help="how to print them  [table]",
)
@click.option(
    "--summary", is_flag=True, help="how many rules of each evidence a vendor has, in place of them"
)
def rules(vendor: str | None, evidence: tuple[str, ...], form: str, *, summary: bool) -> None:
    """Print the rulebook of VENDOR, or of all: what the mocks do, how that is known, and what switches it.

    Every rule says one behaviour that a client can notice. Its evidence is documented (the vendor says so),
    observed (a sample or working public client code shows it), inferred, or assumed (nothing public says it).
    Set a switch by `reportmocks serve --rule ID.field=VALUE`.

    \b
    reportmocks rules echo360 --evidence assumed     what might be otherwise
    reportmocks rules --summary                      how much is how well known
    reportmocks rules khoros --format json           an array of objects with `id`
    """  # noqa: D301 - click wants the character itself
    if vendor is not None:
        check_vendor("VENDOR", vendor)
    _check("--format", form, FORMATS)
    for word in evidence:
        _check("--evidence", word, Evidence)
    vendors = (vendor,) if vendor else VENDORS
    chosen = [word for word in Evidence if not evidence or word in evidence]
    show = _SUMMARIES[form] if summary else _PRINTERS[form]
    click.echo(show(vendors, chosen), nl=False)


def _check(origin: str, given: str, known: Iterable[str]) -> None:
    """See that a word is one of those there are."""
    words = [str(word) for word in known]
    if given in words:
        return
    close = near(given, words)
    hint = f"did you mean {close[0]}? " if close else ""
    raise ConfigError(
        origin, f"{given!r} is not one of {', '.join(words)}{f'; {hint}'.rstrip() if hint else ''}"
    )


def _chosen(vendors: Iterable[str], evidence: list[Evidence]) -> Iterator[Rule]:
    for vendor in vendors:
        yield from (rule for rule in load_rulebook(vendor).values() if rule.evidence in evidence)


def _json(vendors: Iterable[str], evidence: list[Evidence]) -> str:
    return json.dumps([rule.as_dict() for rule in _chosen(vendors, evidence)], indent=2) + "\n"


def _markdown(vendors: Iterable[str], evidence: list[Evidence]) -> str:
    return "\n".join(fidelity.page(vendor, evidence) for vendor in vendors)


def _table(vendors: Iterable[str], evidence: list[Evidence]) -> str:
    """Rules one below the other: wrapped to a terminal, and a line each for a pipe."""
    found = list(_chosen(vendors, evidence))
    if not sys.stdout.isatty():
        return "".join(f"{rule.id}\t{rule.evidence}\t{rule.statement}\t{_switches(rule)}\n" for rule in found)
    width = max(shutil.get_terminal_size().columns, NARROW)
    return "\n".join(f"{_entry(rule, width)}\n" for rule in found)


def _entry(rule: Rule, width: int) -> str:
    parts = [rule.statement, f"Source: {rule.source}."]
    if rule.switches:
        parts.append(f"Switches: {_switches(rule)}.")
    wrapped = (
        textwrap.fill(part, width, initial_indent=INDENT, subsequent_indent=INDENT, break_on_hyphens=False)
        for part in parts
    )
    return "\n".join([f"{click.style(rule.id, bold=True)}  {rule.evidence}, {rule.kind}", *wrapped])


def _switches(rule: Rule) -> str:
    return "; ".join(fidelity.switch_text(switch) for switch in rule.switches.values())


def _summary_table(vendors: Iterable[str], evidence: list[Evidence]) -> str:
    heads = ["vendor", "rules", *evidence, "not emulated"]
    lines = [heads]
    for its in map(fidelity.Fidelity.of, vendors):
        counts = [its.rules[word] for word in evidence]
        lines.append([its.vendor, *map(str, (sum(counts), *counts, its.omissions))])
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n"
        for line in lines
    )


def _summary_json(vendors: Iterable[str], _evidence: list[Evidence]) -> str:
    return json.dumps([fidelity.Fidelity.of(vendor).as_dict() for vendor in vendors], indent=2) + "\n"


def _summary_markdown(vendors: Iterable[str], _evidence: list[Evidence]) -> str:
    return fidelity.summary(vendors)


_Printer = Callable[[Iterable[str], list[Evidence]], str]
_PRINTERS: Final[dict[str, _Printer]] = {"table": _table, "json": _json, "markdown": _markdown}
_SUMMARIES: Final[dict[str, _Printer]] = {
    "table": _summary_table,
    "json": _summary_json,
    "markdown": _summary_markdown,
}
