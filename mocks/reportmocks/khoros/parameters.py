"""What a submission to Khoros asks for: range, filters, columns and layout, made into a recipe."""

from dataclasses import dataclass
from typing import Any, Final

from reportcontracts.catalogue import Report
from reportfixtures.khoros_query import WEEK
from reportmocks.kernel.clock import DAY, HOUR, MINUTE
from reportmocks.kernel.refusals import MissingParameter, RangeTooLong
from reportmocks.kernel.remedies import Change, Remedy
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.khoros.bodies import Given
from reportmocks.khoros.layouts import LANGUAGES, columns_of, language_of
from reportmocks.khoros.timezones import zone_ids
from reportmocks.khoros.values import Values, bad

INTERVALS: Final = (
    *(minutes * MINUTE for minutes in (5, 10, 15, 30)),
    *(hours * HOUR for hours in (1, 2, 4, 8, 12, 24)),
    WEEK,
)
"""The lengths that an interval can have; a longer one stands for a month."""
MONTHLY: Final = WEEK + 1
"""What stands for every longer one."""
FILTERS: Final = (
    "priorities",
    "workqueueIds",
    "smartViewId",
    "enableBusinessHour",
    "businessHourType",
    "teamIds",
    "teamId",
    "agentId",
    "includeDisabled",
    "conversationReportType",
    "timeInterval",
)
"""The parameters, besides the range, that say which rows are wanted."""
STAGES: Final = ("OPEN_AT_END", "CLOSED", "CREATED")
FARTHEST: Final = 18 * HOUR
"""How far from UTC a time zone can be."""
_MONTH: Final = 31 * DAY


@dataclass(kw_only=True, eq=False)
class TooManyBuckets(RangeTooLong):
    """A range that would be cut into more intervals than are allowed."""

    buckets: int

    def _text(self) -> str:
        return (
            "Unable to hydrate filter for export info: com.lithium.socialweb.analytics.webapp.models.filter."
            f"HydrationException: Too many buckets ({self.buckets}) requested. Select a larger interval?"
        )


def read_submission(sandbox: Sandbox, report: Report, given: Given) -> dict[str, Any]:
    """The recipe of the export that is asked for, as JSON can hold it.

    Raises:
        MissingParameter: What must be there is not.
        BadParameter: A value cannot be used.
        TooManyBuckets: The range has too many intervals.
    """
    known = frozenset(parameter.name for parameter in report.parameters)
    values = Values(sandbox, given, known)
    start, end = _range(sandbox, values)
    form = _format(sandbox, values)
    recipe: dict[str, Any] = {
        "start": start,
        "end": end,
        "format": form,
        "columns": _columns(sandbox, report, form, values.every("reportMetrics")),
        "language": language(sandbox, values.text("locale")),
        "filters": read_filters(values),
        **_zone(sandbox, values),
    }
    if report.parameter("timeInterval"):
        _required(values, "timeInterval", "milliseconds", DAY)
        if sandbox.rules.flag("khoros.bucket-cap"):
            cap, interval = sandbox.rules.number("khoros.bucket-cap"), recipe["filters"]["interval"]
            _check_buckets(cap, interval, start, end)
    return recipe


def read_filters(values: Values) -> dict[str, Any]:
    """What the filters say which rows are wanted, as JSON can hold it; `None` leaves nothing out.

    Raises:
        BadParameter: A value cannot be used.
    """
    return _of_conversations(values) | _business_hours(values) | _of_export(values)


def _required(values: Values, name: str, expected: str, valid: int) -> int:
    number = values.number(name)
    if number is None:
        raise MissingParameter(rule="khoros.missing-parameter", name=name, expected=expected, valid=valid)
    return number


def _range(sandbox: Sandbox, values: Values) -> tuple[int, int]:
    expected = "milliseconds since the epoch"
    start = _required(values, "startTime", expected, sandbox.now - DAY)
    end = _required(values, "endTime", expected, max(sandbox.now, start))
    if start > end and sandbox.rules.text("khoros.end-before-start", "action") == "refuse":
        rule = "khoros.end-before-start"
        raise bad("endTime", end, "an instant not before startTime", rule, valid=start)
    return start, end + (sandbox.rules.text("khoros.time-bounds", "end") == "inclusive")


def _format(sandbox: Sandbox, values: Values) -> str:
    formats = ("json", "csv")
    given = values.text("reportFormat")
    if given is None or given in formats:
        return given or formats[0]
    if given.lower() not in formats:
        raise bad("reportFormat", given, " or ".join(formats))
    if sandbox.rules.text("khoros.value-case", "action") == "refuse":
        raise bad("reportFormat", given, " or ".join(formats), "khoros.value-case", valid=given.lower())
    return given.lower()


def _columns(sandbox: Sandbox, report: Report, form: str, metrics: list[str]) -> list[str]:
    """The columns that are asked for, each once; all that the format has where none is."""
    allowed = columns_of(report, form)
    chosen: dict[str, None] = {}
    for metric in metrics:
        name = metric.upper()
        if name not in allowed:
            if sandbox.rules.text("khoros.unknown-metric", "action") == "refuse":
                expected = f"one of {', '.join(allowed)}"
                known = [each for each in metrics if each.upper() in allowed]
                raise bad("reportMetrics", metric, expected, "khoros.unknown-metric", valid=known or None)
            continue
        if name != metric and sandbox.rules.text("khoros.value-case", "action") == "refuse":
            upper = [each.upper() for each in metrics]
            raise bad("reportMetrics", metric, name, "khoros.value-case", valid=upper)
        chosen[name] = None
    return list(chosen) or list(allowed)


def language(sandbox: Sandbox, locale: str | None) -> str | None:
    """The language of a locale, `en` for one that is not known, or `None` where there is no locale."""
    if not locale:
        return None
    known = language_of(locale)
    if known is None and sandbox.rules.text("khoros.locale", "unknown") == "refuse":
        raise bad("locale", locale, f"one of {', '.join(LANGUAGES)}", "khoros.locale")
    return known or "en"


def _zone(sandbox: Sandbox, values: Values) -> dict[str, Any]:
    zone, offset = values.text("timezone"), values.number("timezoneOffset")
    if zone is not None and zone not in zone_ids():
        raise bad("timezone", zone, "an identifier out of /config/timezones")
    if offset is not None and abs(offset) > FARTHEST:
        raise bad("timezoneOffset", offset, f"milliseconds, at most {FARTHEST} either way")
    if zone is not None and offset is not None:
        if sandbox.rules.text("khoros.timezone", "first") == "timezone":
            offset = None
        else:
            zone = None
    return {"zone": zone or "UTC", "offset": offset}


def _of_conversations(values: Values) -> dict[str, Any]:
    """The filters on conversations."""
    priorities = values.listed("priorities")
    if priorities is not None and not set(priorities) <= set("012345"):
        raise bad("priorities", ",".join(priorities), "numbers from 0 to 5, joined by commas")
    view = values.text("smartViewId")
    if view is not None and "," in view:
        raise bad("smartViewId", view, "one identifier")
    return {"priorities": priorities, "work_queues": values.listed("workqueueIds"), "smart_view": view}


def _business_hours(values: Values) -> dict[str, Any]:
    enabled, inside = values.flag("enableBusinessHour"), values.flag("businessHourType")
    if inside is not None and not enabled:
        given = "true" if inside else "false"
        refusal = bad("businessHourType", given, "enableBusinessHour=true beside it", "khoros.business-hours")
        refusal.suggested = Remedy(changes=(Change("enableBusinessHour", "true"),))
        raise refusal
    return {"business_hours": inside}


def _of_export(values: Values) -> dict[str, Any]:
    """The filters that only some exports know."""
    return {
        "teams": values.listed("teamIds") or values.repeated("teamId"),
        "agents": values.repeated("agentId"),
        "disabled": bool(values.flag("includeDisabled")),
        "stage": values.word("conversationReportType", STAGES) or STAGES[0],
        "raised": bool(values.flag("raiselimit")),
        "interval": _interval(values),
    }


def _interval(values: Values) -> int | None:
    """The length of an interval, every length that stands for a month being the same."""
    interval = values.number("timeInterval")
    if interval is None or interval in INTERVALS:
        return interval
    if interval <= WEEK:
        expected = f"one of {', '.join(map(str, INTERVALS))}, or more for months"
        nearest = min(INTERVALS, key=lambda each: abs(each - interval))
        raise bad("timeInterval", interval, expected, "khoros.interval", valid=nearest)
    return MONTHLY


def _check_buckets(cap: int, interval: int, start: int, end: int) -> None:
    """Accept at most `cap` intervals; the refusal knows the shortest ones that are few enough."""
    if _buckets(interval, start, end) <= cap:
        return
    few = [each for each in (*INTERVALS, MONTHLY) if _buckets(each, start, end) <= cap]
    raise TooManyBuckets(
        rule="khoros.bucket-cap",
        start=start,
        end=end,
        allowed=f"{cap} intervals",
        buckets=_buckets(interval, start, end),
        suggested=Remedy(changes=(Change("timeInterval", few[0]),)) if few else None,
    )


def _buckets(interval: int, start: int, end: int) -> int:
    return (end - start) // (interval if interval <= WEEK else _MONTH) + 1
