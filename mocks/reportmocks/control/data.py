"""The data of a world under `/_mock`: rows of the user's own, and what a perfect client would end up with."""

import json
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, Response, request

from reportcontracts.catalogue import Report
from reportcontracts.parameters import Parameter
from reportfixtures import Encoding, PinError, Rows
from reportfixtures.pins import Row
from reportmocks.answers import JSON, current_call, json_answer, stream_answer
from reportmocks.control.errors import ControlError, bad_field, unknown
from reportmocks.control.targets import Target, each, label, readable, target
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.refusals import Refusal
from reportmocks.kernel.sandbox import TEMPLATE, Sandbox
from reportmocks.pins import MODES, rows_in
from reportmocks.worlds import csv_encoding, pin_of, rows_between

FORMATS: Final = ("json", "csv")
CSV: Final = "text/csv; charset=utf-8"


def routes(kernel: Kernel) -> Blueprint:
    """The routes about data."""
    its = Blueprint("data", __name__)

    @its.get("/expected/<path:report>")
    def expected(report: str) -> Response:
        asking = _asking(kernel, report)
        names, repeatable = [its.name for its in asking], {its.name for its in asking if its.repeatable}
        at = target(kernel, "start", "end", "format", *names, repeatable=repeatable)
        return _expected(kernel, at, report)

    @its.get("/data/<path:report>")
    def pinned(report: str) -> Response:
        its_report, at = _meant(kernel, target(kernel), report)
        told = [_told(sandbox, its_report) for sandbox in readable(kernel, at)]
        return json_answer(told[0] if len(told) == 1 else told)

    @its.put("/data/<path:report>")
    def pin(report: str) -> Response:
        its_report, at = _meant(kernel, target(kernel, "mode"), report)
        return _pin(kernel, at, its_report)

    @its.delete("/data/<path:report>")
    def unpin(report: str) -> Response:
        its_report, at = _meant(kernel, target(kernel), report)
        if current_call().body:
            raise ControlError(status=422, kind="bad-value", detail="there is no body to take")
        each(kernel, at, lambda sandbox: _set(sandbox, its_report, None))
        return json_answer({"status": "unpinned", "report": its_report.name})

    return its


def _meant(kernel: Kernel, at: Target, name: str) -> tuple[Report, Target]:
    """The report that rows are pinned in, and the sandboxes of its vendor."""
    vendor, report = of_vendor(kernel, at, name)
    return report, replace(at, vendors=(vendor,))


def _pin(kernel: Kernel, at: Target, report: Report) -> Response:
    mode = request.args.get("mode", MODES[0])
    if mode not in MODES:
        raise bad_field("mode", mode, " or ".join(MODES))
    why = kernel.traits[at.vendors[0]].alone.get(report.base)
    if mode == "beside" and why is not None:
        raise bad_field("mode", mode, f"possible in {report.name}, only instead is: {why}")
    rows = _sent_rows(report)
    text = json.dumps(rows)
    each(kernel, at, lambda sandbox: _set(sandbox, report, {"mode": mode, "rows": sandbox.keep_text(text)}))
    return json_answer({"report": report.name, "mode": mode, "pinned": len(rows)})


def _sent_rows(report: Report) -> list[Row]:
    """The rows that the call carries."""
    call = current_call()
    if call.body_limit:
        raise ControlError(status=413, kind="too-large", detail="the body is at most 1 MiB")
    try:
        return rows_in(report, call.body.decode())
    except UnicodeDecodeError as error:
        raise ControlError(status=400, kind="bad-rows", detail=f"the body is not UTF-8: {error}") from error
    except PinError as error:
        members = {"row": error.row, "column": error.column, "reason": error.reason}
        raise ControlError(status=422, kind="bad-rows", detail=str(error), members=members) from error


def _set(sandbox: Sandbox, report: Report, pin: dict[str, str] | None) -> None:
    """Have a sandbox's report hold these rows, or none but the generated ones."""
    dials = json.loads(sandbox.dials)
    pins = dials.pop("pins", {})
    pins.pop(f"{sandbox.vendor}/{report.name}", None)
    if pin is not None:
        pins[f"{sandbox.vendor}/{report.name}"] = pin
    sandbox.set_dials(json.dumps(dials | {"pins": pins} if pins else dials))


def _told(sandbox: Sandbox, report: Report) -> dict[str, Any]:
    pin = pin_of(sandbox.dials, sandbox.vendor, report.name)
    rows = [] if pin is None else json.loads(sandbox.kept_text(pin["rows"]))
    return {
        "vendor": sandbox.vendor,
        "sandbox": label(sandbox),
        "report": report.name,
        "mode": None if pin is None else pin["mode"],
        "rows": rows,
    }


def _expected(kernel: Kernel, at: Target, name: str) -> Response:
    vendor, report = of_vendor(kernel, at, name)
    form = request.args.get("format", "json")
    if form not in FORMATS:
        raise bad_field("format", form, " or ".join(FORMATS))
    wall = kernel.wall()
    sandbox = kernel.sandboxes.peek(vendor, TEMPLATE if at.sandbox is None else at.sandbox, wall)
    rows = _rows(kernel, sandbox, report)
    encoding = _csv(sandbox, report) if form == "csv" else Encoding(format="json", nested=True)
    return stream_answer(
        rows.chunks(encoding), rows.length(encoding), content_type=CSV if form == "csv" else JSON
    )


def _asking(kernel: Kernel, name: str) -> list[Parameter]:
    """The parameters of the vendors' own that a report of this name is asked by."""
    catalogues = {vendor: kernel.settings.catalogue(vendor) for vendor in kernel.traits}
    having = [vendor for vendor, catalogue in catalogues.items() if name in catalogue]
    return [each for vendor in having for each in _own(kernel, vendor, catalogues[vendor][name])]


def _own(kernel: Kernel, vendor: str, report: Report) -> list[Parameter]:
    found = map(report.parameter, kernel.traits[vendor].asks)
    return [parameter for parameter in found if parameter is not None]


def _rows(kernel: Kernel, sandbox: Sandbox, report: Report) -> Rows:
    """What a perfect client ends up with who asks as the current call does."""
    traits = kernel.traits[sandbox.vendor]
    names = {parameter.name for parameter in _own(kernel, sandbox.vendor, report)}
    own = {name: values for name, values in request.args.lists() if name in names}
    sent = {name: request.args[name] for name in ("start", "end") if name in request.args}
    try:
        start, end = traits.bounds(sandbox, report, sent)
        if traits.expected is not None:
            return traits.expected(sandbox, report, own, start, end)
        settled = replace(traits.telling(sandbox.rules), late=False)
        return rows_between(sandbox, report.name, start, end, as_of=sandbox.now, telling=settled)
    except Refusal as refusal:
        members = {"rule": refusal.rule}
        raise ControlError(status=422, kind="bad-value", detail=refusal.text, members=members) from refusal


def of_vendor(kernel: Kernel, at: Target, name: str) -> tuple[str, Report]:
    """The vendor whose report is meant, and the report: one that several have wants `?vendor=`."""
    catalogues = {vendor: kernel.settings.catalogue(vendor) for vendor in at.vendors}
    having = [vendor for vendor, catalogue in catalogues.items() if name in catalogue]
    if len(having) == 1:
        return having[0], catalogues[having[0]][name]
    if having:
        raise ControlError(
            status=422,
            kind="missing-vendor",
            detail=f"name the vendor with ?vendor=; {', '.join(having)} have a report {name}",
            members={"field": "vendor", "allowed": having},
        )
    raise unknown("report", name, (report for catalogue in catalogues.values() for report in catalogue))


def _csv(sandbox: Sandbox, report: Report) -> Encoding:
    """CSV the way of the vendor, if it has any."""
    known = f"{sandbox.vendor}.csv" in sandbox.rules.rulebook
    return csv_encoding(sandbox, report) if known else Encoding(format="csv")
