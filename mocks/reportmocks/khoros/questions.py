"""Which rows of an export are meant: by a run, or by somebody who wants to know what to expect of one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from reportcontracts.catalogue import Report
from reportfixtures import Rows
from reportfixtures.khoros_query import DAY, Layout, Question
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.khoros.parameters import FILTERS, read_filters
from reportmocks.khoros.values import Values
from reportmocks.worlds import among_pinned, overridden, pinned_in, world_of

if TYPE_CHECKING:
    from reportfixtures.khoros import KhorosWorld

_EVERYTHING: Final = Layout()


def company_world(sandbox: Sandbox) -> "KhorosWorld":
    """The world of a company."""
    return cast("KhorosWorld", world_of(sandbox))


def question_of(sandbox: Sandbox, report: Report, recipe: Mapping[str, Any], as_of: int) -> Question:
    """Which rows a recipe means, of those that could be had at `as_of`."""
    question = _question(sandbox, report, recipe["filters"], recipe["start"], recipe["end"], as_of)
    return replace(question, action_cap=_action_cap(sandbox, report, raised=recipe["filters"]["raised"]))


def rows_asked(sandbox: Sandbox, report: Report, question: Question, layout: Layout) -> Rows:
    """The rows that a question means; filters leave rows of the user's own alone."""
    custom = report.shape is not None
    asked = replace(layout, headings=None) if custom else layout

    def generate(start: int | None, end: int | None) -> Rows:
        world = company_world(sandbox)
        rows = world.ask(report.base, replace(question, start=start, end=end), asked)
        return overridden(rows, world, report, layout.headings)

    start, end = question.start, question.end
    pinned = pinned_in(sandbox, report.name)
    if pinned is None:
        return generate(start, end)
    mode, rows = pinned
    from reportfixtures.khoros_pins import laid_out  # noqa: PLC0415 - it brings NumPy

    return among_pinned(mode, laid_out(rows, layout), generate, start, end, as_of=question.as_of)


def expected(
    sandbox: Sandbox, report: Report, given: Mapping[str, list[str]], start: int | None, end: int | None
) -> Rows:
    """The rows that an export with these filters comes to where nothing is capped.

    Raises:
        BadParameter: A filter has a value that cannot be used.
    """
    values = Values(sandbox, given, frozenset(FILTERS))
    question = _question(sandbox, report, read_filters(values), start, end, sandbox.now)
    return rows_asked(sandbox, report, question, _EVERYTHING)


def _question(
    sandbox: Sandbox,
    report: Report,
    filters: Mapping[str, Any],
    start: int | None,
    end: int | None,
    as_of: int,
) -> Question:
    return Question(
        start=start,
        end=end,
        as_of=as_of,
        priorities=None if filters["priorities"] is None else frozenset(map(int, filters["priorities"])),
        work_queues=_set(filters["work_queues"]),
        smart_view=filters["smart_view"],
        business_hours=filters["business_hours"],
        teams=_set(filters["teams"]),
        agents=_set(filters["agents"]),
        either=sandbox.rules.text("khoros.teams-and-agents", "together") == "either",
        disabled=filters["disabled"] or not _leaves_out_disabled(report),
        stage=filters["stage"],
        interval=filters.get("interval") or DAY,
    )


def _leaves_out_disabled(report: Report) -> bool:
    """Whether an export leaves out agents who are turned off, unless it is asked for them."""
    return report.parameter("includeDisabled") is not None


def _action_cap(sandbox: Sandbox, report: Report, *, raised: bool) -> int | None:
    rule = "khoros.action-cap"
    if report.base != "conversation_history_action" or not sandbox.rules.flag(rule):
        return None
    return sandbox.rules.number(rule, "raised" if raised else "value")


def _set(given: list[str] | None) -> frozenset[str] | None:
    return None if given is None else frozenset(given)
