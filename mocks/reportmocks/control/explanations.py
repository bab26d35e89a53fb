"""Where the `Link` of an answer leads: a rule, its numbers at this moment, and what would have worked."""

import json
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any, Final

from reportcontracts.rules import Kind, Rule
from reportmocks.control import views
from reportmocks.control.nearest import nearest
from reportmocks.kernel.clock import iso
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.journal import Entry
from reportmocks.kernel.sandbox import TEMPLATE, Sandbox

_STYLE: Final = (
    "<style>body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}"
    "pre{white-space:pre-wrap;background:#f4f4f4;padding:.7em}"
    "th{text-align:left;padding-right:1em;vertical-align:top}</style>"
)
_OF_LIMIT: Final = ("value", "unit", "enabled", "used", "used_by", "frees")


def explain(kernel: Kernel, sandbox: Sandbox, its: Rule, origin: str, *, alone: bool) -> dict[str, Any]:
    """A rule as a sandbox meets it: its values, its numbers, and its last refusal of all that are kept.

    Where a sandbox is told `alone` because there is no other, refusals of calls without one are its as well.
    """
    of = None if sandbox.name == TEMPLATE or alone else sandbox.name
    entry = kernel.journal.refusal(its.id, of)
    told = views.rule(sandbox, its) | {"now": iso(sandbox.now)}
    if its.kind is Kind.LIMIT:
        limit = views.limit(sandbox, its, views.usable(kernel, its.vendor))
        told["limit"] = {name: limit[name] for name in _OF_LIMIT}
    told["refused"] = None if entry is None else _refused(entry)
    told["nearest"] = None if entry is None else nearest(entry, sandbox, origin)
    return told


def _refused(entry: Entry) -> dict[str, Any]:
    """A refusal in short: when, what was asked, and why it was refused."""
    told = entry.as_dict()
    names = ("number", "time", "clock", "sandbox", "method", "path", "query", "status")
    return {name: told[name] for name in names} | {"reason": entry.refused}


def page(explained: Iterable[dict[str, Any]]) -> bytes:
    """The same for a browser, without anything that it would have to fetch."""
    parts = [part for told in explained for part in _section(told)]
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>reportmocks</title>{_STYLE}'
    return "".join([head, *parts, "</html>"]).encode()


def _section(told: dict[str, Any]) -> Iterator[str]:
    yield f"<h1>{escape(told['id'])}</h1><p>{escape(told['statement'])}</p>"
    yield _table({"evidence": told["evidence"], "source": told["source"], "sandbox": told["sandbox"],
                  "now": told["now"], **told["values"]})  # fmt: skip
    if "limit" in told:
        yield f"<h2>The limit now</h2>{_table(told['limit'])}"
    if told["refused"]:
        yield f"<h2>Refused</h2>{_table(told['refused'])}"
    if told["nearest"]:
        told = dict(told["nearest"])
        curl = told.pop("curl")
        yield f"<h2>What would have worked</h2><pre>{escape(curl)}</pre>{_table(told)}"


def _table(values: dict[str, Any]) -> str:
    rows = (
        f"<tr><th>{escape(name)}<td>{escape(value if isinstance(value, str) else json.dumps(value))}"
        for name, value in values.items()
        if value not in (None, [])
    )
    return f"<table>{''.join(rows)}</table>"
