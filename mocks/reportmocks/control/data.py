"""The data of a world under `/_mock`: what a perfect client would end up with."""

from typing import Final

from flask import Blueprint, Response, request

from reportcontracts.catalogue import Report, load_catalogue
from reportfixtures import Encoding
from reportmocks.answers import JSON, stream_answer
from reportmocks.control.errors import ControlError, bad_field, unknown
from reportmocks.control.targets import Target, target
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.refusals import Refusal
from reportmocks.kernel.sandbox import TEMPLATE, Sandbox
from reportmocks.worlds import csv_encoding, rows_between

FORMATS: Final = ("json", "csv")
CSV: Final = "text/csv; charset=utf-8"


def routes(kernel: Kernel) -> Blueprint:
    """The routes about data."""
    its = Blueprint("data", __name__)

    @its.get("/expected/<report>")
    def expected(report: str) -> Response:
        at = target(kernel, "start", "end", "format")
        return _expected(kernel, at, report)

    return its


def _expected(kernel: Kernel, at: Target, name: str) -> Response:
    vendor, report = of_vendor(at, name)
    form = request.args.get("format", "json")
    if form not in FORMATS:
        raise bad_field("format", form, " or ".join(FORMATS))
    wall = kernel.wall()
    sandbox = kernel.sandboxes.peek(vendor, TEMPLATE if at.sandbox is None else at.sandbox, wall)
    start, end = _bounds(kernel, sandbox, report)
    rows = rows_between(sandbox, report.name, start, end, as_of=sandbox.now)
    encoding = _csv(sandbox) if form == "csv" else Encoding(format="json", nested=True)
    return stream_answer(
        rows.chunks(encoding), rows.length(encoding), content_type=CSV if form == "csv" else JSON
    )


def of_vendor(at: Target, name: str) -> tuple[str, Report]:
    """The vendor whose report is meant, and the report: one that several have wants `?vendor=`."""
    having = [vendor for vendor in at.vendors if name in load_catalogue(vendor)]
    if len(having) == 1:
        return having[0], load_catalogue(having[0])[name]
    if having:
        raise ControlError(
            status=422,
            kind="missing-vendor",
            detail=f"name the vendor with ?vendor=; {', '.join(having)} have a report {name}",
            members={"field": "vendor", "allowed": having},
        )
    raise unknown("report", name, (report for vendor in at.vendors for report in load_catalogue(vendor)))


def _bounds(kernel: Kernel, sandbox: Sandbox, report: Report) -> tuple[int | None, int | None]:
    sent = {name: request.args[name] for name in ("start", "end") if name in request.args}
    try:
        return kernel.traits[sandbox.vendor].bounds(sandbox, report, sent)
    except Refusal as refusal:
        members = {"rule": refusal.rule}
        raise ControlError(status=422, kind="bad-value", detail=refusal.text, members=members) from refusal


def _csv(sandbox: Sandbox) -> Encoding:
    """CSV the way of the vendor, if it has any."""
    known = f"{sandbox.vendor}.csv" in sandbox.rules.rulebook
    return csv_encoding(sandbox) if known else Encoding(format="csv")
