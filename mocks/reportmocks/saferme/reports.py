"""SaferMe's nine analytics calls: from the query to the rows of the sandbox's world."""

from collections.abc import Callable, Collection, Container, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from flask import Response

from reportcontracts.catalogue import Report, ReportKind, load_catalogue
from reportcontracts.rules import RuleValues
from reportfixtures import Encoding, Rows
from reportfixtures.saferme_questions import Channel, Question, Reading, SaferMeWorld, Width
from reportmocks.answers import current_call
from reportmocks.kernel.clock import DAY, iso
from reportmocks.kernel.core import Kernel, Traits
from reportmocks.kernel.refusals import BadParameter, Forbidden, NotFound
from reportmocks.kernel.remedies import Change, completed
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.saferme import parameters, remedies
from reportmocks.saferme.instants import zone_of
from reportmocks.saferme.paging import asked_page
from reportmocks.saferme.parameters import Query
from reportmocks.saferme.replies import found, streamed
from reportmocks.saferme.tokens import called_by
from reportmocks.saferme.worlds import team_world
from reportmocks.worlds import among_pinned, pinned_in

JSON: Final = Encoding(format="json", nested=True)

LONG: Final = 256 * 1024
"""Bytes of an answer from which on it is made while it is sent."""

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A call whose parameters are all there and good; the range is [start, stop), in milliseconds."""

    report: Report
    query: Query
    channel: int
    field: int | None
    start: int
    stop: int
    width: Width


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that a call asks for, before the sandbox's rules shape the answer."""

    sandbox: Sandbox
    asked: Asked
    rows: Rows

    @property
    def rules(self) -> RuleValues:
        """The sandbox's rules."""
        return self.sandbox.rules

    def records(self, by: str) -> list[Record]:
        """All rows, in the order that the rules say; `by` is the count that may decide it."""
        records: list[Record] = list(self.rows.records())
        if self.rules.text("saferme.row-order", "order") == "greatest-first":
            records.sort(key=lambda record: -record[by])
        return records


def analytics(kernel: Kernel, report: Report) -> Response:
    """Answer the current request for one of the calls."""
    sandbox, _ = called_by(kernel)
    world = team_world(sandbox)
    with completed(lambda changes: _again(sandbox, world, report, changes)):
        asked = _read(sandbox, world, report)
        _check_channel(sandbox, world, asked)
    rows = _rows(sandbox, world, asked, asked.start, asked.stop)
    return _ANSWERS.get(report.name, _counted)(Found(sandbox, asked, rows))


def _rows(sandbox: Sandbox, world: SaferMeWorld, asked: Asked, start: int | None, end: int | None) -> Rows:
    """The rows of a call; of the user's own those of its channel and field."""
    name, question = (
        asked.report.name,
        Question(
            channel=asked.channel, field=asked.field or 0, width=asked.width, reading=reading(sandbox.rules)
        ),
    )

    def generate(first: int | None, last: int | None) -> Rows:
        return world.ask(name, question, start=first, end=last, as_of=sandbox.now)

    pinned = pinned_in(sandbox, name)
    if pinned is None:
        return generate(start, end)
    mode, rows = pinned
    own = rows.having({"account_id": asked.channel, "field_id": asked.field})
    return among_pinned(mode, own, generate, start, end, as_of=sandbox.now)


def expected(
    sandbox: Sandbox, report: Report, given: Mapping[str, list[str]], start: int | None, end: int | None
) -> Rows:
    """The rows of a call without its limits: of channel 1 and of a channel's second field, unless told.

    Raises:
        NotFound: There is no such channel or field.
        Forbidden: The channel is not the caller's.
        BadParameter: An identifier is none, or the field has no selections.
    """
    world, width = team_world(sandbox), Question().width
    channel = parameters.identifier("channel_id", *given.get("channel_id", ["1"]))
    its, field = world.team.channel(channel, sandbox.now), None
    if report.parameter("field_id") is not None:
        usual = its.fields[1].id if its is not None else 0
        field = parameters.identifier("field_id", *given.get("field_id", [str(usual)]))
    if start is not None and end is not None:
        last = end - 1 if sandbox.rules.flag("saferme.end-inclusive") else end
        width = _width(sandbox.rules, (last - start) * 1000)
    query = Query({"channel_id": str(channel), "field_id": str(field)}, {}, frozenset())
    asked = Asked(report, query, channel, field, start or 0, end or sandbox.now, width)
    _check_channel(sandbox, world, asked)
    return _rows(sandbox, world, asked, start, end)


def reading(rules: RuleValues) -> Reading:
    """How the sandbox's rules read the page where it says nothing."""
    return Reading(
        zone=zone_of(rules, "saferme.utc"),
        by_report=rules.text("saferme.compared-date", "of") == "report",
        deleted=not rules.flag("saferme.deleted-reports"),
        anonymous=not rules.flag("saferme.anonymous"),
        retired=rules.text("saferme.disabled-options", "action") == "count",
        every_choice=rules.text("saferme.multi-select", "counted") == "each",
        zeros=rules.text("saferme.zero-rows", "action") == "list",
        everyone=rules.text("saferme.alerted-users", "members") == "all",
        files=rules.text("saferme.styles", "files") == "list",
    )


def _again(sandbox: Sandbox, world: SaferMeWorld, report: Report, changes: tuple[Change, ...]) -> None:
    """Read the current request with some changes; what is noted of it meanwhile is forgotten."""
    call = current_call()
    rules, notes = list(call.rules), list(call.notes)
    try:
        _check_channel(sandbox, world, _read(sandbox, world, report, changes))
    finally:
        call.rules, call.notes = rules, notes


def _read(sandbox: Sandbox, world: SaferMeWorld, report: Report, changes: tuple[Change, ...] = ()) -> Asked:
    """What the current request asks for, or the refusal of the first thing that is wrong with it."""
    rules, query = sandbox.rules, parameters.read(sandbox.rules, changes)
    given, needed = query.single, (parameter.name for parameter in report.parameters if parameter.required)
    parameters.need(query, needed, lambda name: remedies.example(sandbox, world, name))
    channel = parameters.identifier("channel_id", given["channel_id"])
    start, end = (parameters.microseconds(rules, name, given[name]) for name in ("start_date", "end_date"))
    field = None
    if report.parameter("field_id") is not None:
        field = parameters.identifier("field_id", given["field_id"])
    if end < start:
        _end_before_start(rules, given)
    span = (parameters.start_of(start), parameters.stop_of(rules, end))
    return Asked(report, query, channel, field, *span, _width(rules, end - start))


def _end_before_start(rules: RuleValues, given: Mapping[str, str]) -> None:
    rule = "saferme.end-before-start"
    current_call().shaped_by(rule)
    if rules.text(rule, "action") == "refuse":
        raise BadParameter(
            rule=rule,
            name="end_date",
            given=given["end_date"],
            expected="an instant not before start_date",
            valid=given["start_date"],
        )


def _width(rules: RuleValues, length: int) -> Width:
    """The width of steps for a range of so many microseconds."""
    rule = "saferme.bucket-width"
    if length <= rules.number(rule, "days-up-to") * DAY * 1000:
        return "day"
    return "week" if length <= rules.number(rule, "weeks-up-to") * DAY * 1000 else "month"


def _check_channel(sandbox: Sandbox, world: SaferMeWorld, asked: Asked) -> None:
    """Accept a channel that there is, and that the caller may read, with a field whose selections count."""
    rules, channel = sandbox.rules, world.team.channel(asked.channel, sandbox.now)
    if channel is None:
        rule = "saferme.unknown-channel"
        current_call().shaped_by(rule)
        if rules.text(rule, "action") == "refuse":
            name = asked.query.single["channel_id"]
            there = remedies.with_channel(sandbox, world)
            raise NotFound(rule=rule, kind="Channel", name=name, suggested=there)
        return
    if not channel.operated and rules.flag("saferme.forbidden"):
        reason = f"the caller does not operate channel {channel.id}"
        there = remedies.with_channel(sandbox, world)
        raise Forbidden(rule="saferme.forbidden", reason=reason, suggested=there)
    if asked.field is not None:
        _check_field(world, channel, asked, asked.field)


def _check_field(world: SaferMeWorld, channel: Channel, asked: Asked, wanted: int) -> None:
    field, given = channel.field(wanted), asked.query.single["field_id"]
    there = remedies.with_field([channel, *world.team.channels])
    if field is None:
        known = tuple(f"{each.id} ({each.type})" for each in channel.fields if each.selected)
        raise NotFound(rule="saferme.unknown-field", kind="Field", name=given, known=known, suggested=there)
    if not field.selected:
        expected = f"a field of type Category, DropDown or RadioButton, not {field.type}"
        raise BadParameter(
            rule="saferme.unsupported-field", name="field_id", given=given, expected=expected, suggested=there
        )


def _counted(its: Found) -> Response:
    """The answer of a call that counts reports."""
    return found(its.rules, its.records("report_count"))


def _over_time(its: Found) -> Response:
    current_call().shaped_by("saferme.bucket-width")
    records = its.records("report_count")
    if its.rules.text("saferme.bucket-start", "first") == "start-date":
        for record in records:
            record["datetime_range_start"] = max(record["datetime_range_start"], iso(its.asked.start))
    return found(its.rules, records)


def _per_selection(its: Found) -> Response:
    records = its.records("report_count")
    if its.rules.text("saferme.category-values", "type") == "integer":
        for record in records:
            record["value"] = int(record["value"]) if record["value"].isdigit() else record["value"]
    return found(its.rules, records)


def _read_counts(its: Found) -> Response:
    counts = next(iter(its.rows.records()), dict.fromkeys(its.rows.columns, 0))
    wanted = _wanted(its, its.rows.columns, "total_reads")
    return found(its.rules, {name: count for name, count in counts.items() if name in wanted})


def _awareness(its: Found) -> Response:
    who = ("user_id", "first_name", "last_name")
    wanted = {*_wanted(its, [name for name in its.rows.columns if name not in who], "total_alerts")}
    wanted.update(who if its.rules.flag("saferme.user-members", "names") else who[:1])
    records = its.records("total_alerts")
    if its.rules.text("saferme.alerts", "unique") == "alerts":
        for record in records:
            record["unique_alerts"] = record["total_alerts"]
    return found(its.rules, [_members(record, wanted) for record in records])


def _members(record: Record, wanted: Container[str]) -> Record:
    return {name: value for name, value in record.items() if name in wanted}


def _wanted(its: Found, known: Collection[str], default: str) -> tuple[str, ...]:
    """The counts that `fields` asks for."""
    rule, wanted = "saferme.unknown-fields", parameters.names(its.asked.query)
    strange = [name for name in wanted if name not in known]
    if strange or (not wanted and "fields" in its.asked.query.single):
        current_call().shaped_by(rule)
    if strange and its.rules.text(rule, "action") == "refuse":
        valid = ",".join(name for name in wanted if name in known) or None
        expected = f"some of {', '.join(known)}"
        raise BadParameter(rule=rule, name="fields", given=strange[0], expected=expected, valid=valid)
    return wanted or (default,)


def _images(its: Found) -> Response:
    if its.rules.flag("saferme.no-limits", "paged"):
        page = asked_page(its.rules)
        records = islice(its.rows.records(), page.first, page.first + page.size)
        headers = page.told("report_images", its.rows.count)
        return found(its.rules, [_image(record) for record in records], page.status, headers=headers)
    length, its_reading = its.rows.length(JSON), reading(its.rules)
    if its_reading.files or length <= LONG:
        return found(its.rules, [_image(record) for record in its.rows.records()])
    recipe = (its.sandbox.dials, its.asked.channel, its.asked.start, its.asked.stop, its_reading)
    return streamed(its.rules, recipe, length, its.rows.chunks(JSON))


def _image(record: Record) -> Record:
    """The row of an image: links by style in an object of their own, and none where there are none."""
    row = {name: value for name, value in record.items() if "." not in name}
    styles = {name.partition(".")[2]: value for name, value in record.items() if "." in name and value}
    return row | {"styles": styles}


_ANSWERS: Final[Mapping[str, Callable[[Found], Response]]] = {
    "reports_images": _images,
    "reports_over_time": _over_time,
    "reports_per_field_selection": _per_selection,
    "reports_read": _read_counts,
    "user_awareness": _awareness,
}


TRAITS: Final = Traits(
    id="saferme",
    outcomes={},
    bounds=parameters.bounds,
    alone={
        name: "it counts reports, and rows beside it would not add up with other calls"
        for name, report in load_catalogue("saferme").items()
        if report.kind is not ReportKind.STREAM
    },
    asks=("channel_id", "field_id"),
    expected=expected,
    secret_names=True,
)
