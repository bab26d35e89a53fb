"""The rows of a job: its sandbox's world, asked as the job was."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from reportcontracts.catalogue import Report
from reportcontracts.filestyle import Shape
from reportfixtures import Dials, Encoding, Rows, Telling, World, world_with
from reportfixtures.dials import of_json
from reportfixtures.world import USUAL
from reportmocks.kernel.call import Call
from reportmocks.kernel.jobs import Job
from reportmocks.kernel.refusals import NotFound
from reportmocks.kernel.sandbox import Sandbox

if TYPE_CHECKING:
    from reportfixtures.pinned import Pinned
    from reportfixtures.projected import Headings

NEWLINES: Final = {"crlf": "\r\n", "lf": "\n"}
"""The line ends that the rules know by name."""
_AS_THE_RULES_SAY: Final = Shape()


def world_of(sandbox: Sandbox, telling: Telling = USUAL) -> World:
    """The world that the sandbox's dials make."""
    return world_with(sandbox.vendor, *read_dials(sandbox.vendor, sandbox.dials), telling)


@lru_cache(maxsize=1024)
def read_dials(vendor: str, text: str) -> tuple[int, Dials]:
    """The seed and the dials of a vendor's world, from a sandbox's own text of them."""
    its = json.loads(text)
    its.pop("pins", None)
    mine = f"{vendor}."
    rows = {key.removeprefix(mine): n for key, n in its.pop("rows", {}).items() if key.startswith(mine)}
    return its.pop("seed"), of_json({**its, "rows": rows})


def report_of(sandbox: Sandbox, name: str) -> Report:
    """A report; `NotFound` for one that a job has from a server with other overrides."""
    report = sandbox.catalogue.get(name)
    if report is None:
        raise NotFound(rule=f"{sandbox.vendor}.unknown-report", kind="Report", name=name)
    return report


def rows_of(sandbox: Sandbox, job: Job, *, telling: Telling = USUAL) -> Rows:
    """Everything that the job found when it was submitted; all history where it asked for no range."""
    start, end = job.request.get("start"), job.request.get("end")
    return rows_between(sandbox, job.report, start, end, as_of=job.submitted, telling=telling)


def rows_between(
    sandbox: Sandbox,
    report: str,
    start: int | None,
    end: int | None,
    *,
    as_of: int,
    telling: Telling = USUAL,
) -> Rows:
    """Everything that a sandbox's report holds over [start, end), as it could be had at `as_of`."""
    its = report_of(sandbox, report)

    def generate(first: int | None, last: int | None) -> Rows:
        world = world_of(sandbox, telling)
        rows = world.rows(its.base, start=first, end=last, as_of=as_of)
        return overridden(rows, world, its)

    pinned = pinned_in(sandbox, report)
    if pinned is None:
        return generate(start, end)
    return among_pinned(*pinned, generate, start, end, as_of=as_of)


def overridden(rows: Rows, world: World, report: Report, headings: "Headings | None" = None) -> Rows:
    """A world's rows, all and with every column, as the report has them that overrides made of the vendor's.

    `headings` are the columns that are wanted, if not all under their names.
    """
    if report.shape is None:
        return rows
    from reportfixtures.projected import projected  # noqa: PLC0415 - it brings NumPy

    return projected(rows, world.catalogue[report.base], report, headings)


def among_pinned(
    mode: str,
    pinned: "Pinned",
    generate: Callable[[int | None, int | None], Rows],
    start: int | None,
    end: int | None,
    *,
    as_of: int,
) -> Rows:
    """Pinned rows in place of the generated ones, or among them, as `mode` says."""
    if mode == "instead":
        return pinned.alone(start, end, as_of)
    return pinned.among(generate, start, end, as_of)


def capped_rows(call: Call, sandbox: Sandbox, job: Job, rule: str, telling: Telling = USUAL) -> Rows:
    """The job's rows up to the row cap of `rule`; the call notes how many were left out."""
    return capped(call, sandbox, rows_of(sandbox, job, telling=telling), rule)


def capped(call: Call, sandbox: Sandbox, rows: Rows, rule: str) -> Rows:
    """Rows up to the row cap of `rule`; the call notes how many were left out."""
    if sandbox.rules.flag(rule):
        cap, total = sandbox.rules.number(rule), rows.count
        if total > cap:
            call.shaped_by(rule)
            call.notes.append(f"row cap: {total} rows in total, {cap} sent")
            return rows.head(cap)
    return rows


def pin_of(dials: str, vendor: str, report: str) -> dict[str, str] | None:
    """How rows are pinned in a report, by a sandbox's dials: the mode, and what the rows' text is called."""
    found: dict[str, str] | None = json.loads(dials).get("pins", {}).get(f"{vendor}/{report}")
    return found


def pinned_in(sandbox: Sandbox, report: str) -> "tuple[str, Pinned] | None":
    """What is pinned in a sandbox's report: the mode, and the rows."""
    pin = pin_of(sandbox.dials, sandbox.vendor, report)
    if pin is None:
        return None
    return pin["mode"], _pinned(report_of(sandbox, report), sandbox.kept_text(pin["rows"]))


@lru_cache(maxsize=16)
def _pinned(report: Report, text: str) -> "Pinned":
    from reportfixtures.pinned import Pinned  # noqa: PLC0415 - it brings NumPy

    return Pinned.of(report, json.loads(text))


def csv_encoding(sandbox: Sandbox, report: Report, delimiter: str = ",") -> Encoding:
    """CSV as the vendor's rule on it says, but where a user's overrides know better.

    A `delimiter` other than the comma was asked for, and goes before theirs.
    """
    rule, shape = f"{sandbox.vendor}.csv", report.shape or _AS_THE_RULES_SAY
    return Encoding(
        format="csv",
        delimiter=shape.delimiter if shape.delimiter and delimiter == "," else delimiter,
        newline=NEWLINES[shape.newline or sandbox.rules.text(rule, "newline")],
        quote=shape.quote or sandbox.rules.text(rule, "quote"),  # type: ignore[arg-type]
        header=shape.header,
        bom=shape.bom,
    )
