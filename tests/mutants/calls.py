"""Mistakes in what a request asks for: its range, its parameters, what tells it from others."""

from dataclasses import replace
from typing import Any

import pytest

from mutants.registry import mutant
from reportmocks.echo360 import bodies as echo360
from reportmocks.echo360 import routes as echo360_routes
from reportmocks.engagement import errors, parameters, runs
from reportmocks.engagement.parameters import Parameters, Policy
from reportmocks.kernel.clock import DAY, months_before
from reportmocks.kernel.ranges import Range
from reportmocks.kernel.refusals import RangeTooLong
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.khoros import parameters as khoros
from reportmocks.khoros import routes as khoros_routes

RESOLVE = parameters.resolve
WITHIN = parameters.within_limit
READ = parameters.read


@mutant("hapyak", "end-inclusive", "range", "*")
@mutant("brightcove", "end-inclusive", "range", "*")
def end_exclusive(patch: pytest.MonkeyPatch) -> None:
    """The last day does not belong to a range."""

    def resolve(sandbox: Sandbox, sent: Any) -> Range:
        found = RESOLVE(sandbox, sent)
        return Range(found.start, found.end - DAY)

    patch.setattr(parameters, "resolve", resolve)


@mutant("echo360", "end-exclusive")
def end_inclusive(patch: pytest.MonkeyPatch) -> None:
    """The day that ends a range belongs to it."""
    read = echo360_routes.read_submission

    def longer(*given: Any) -> Any:
        found = read(*given)
        return found if found.end is None else replace(found, end=found.end + DAY)

    patch.setattr(echo360_routes, "read_submission", longer)


@mutant("khoros", "time-bounds")
def end_day_included(patch: pytest.MonkeyPatch) -> None:
    """A range goes on to the end of the day that begins at endTime."""
    read = khoros_routes.read_submission

    def longer(*given: Any) -> dict[str, Any]:
        found = read(*given)
        return {**found, "end": found["end"] + DAY}

    patch.setattr(khoros_routes, "read_submission", longer)


@mutant("hapyak", "range")
@mutant("brightcove", "range")
def range_not_cut(patch: pytest.MonkeyPatch) -> None:
    """A range can be as long as one likes."""
    patch.setattr(parameters, "within_limit", lambda _sandbox, asked, *_: asked)


@mutant("hapyak", "range")
@mutant("brightcove", "range")
def range_cut_at_its_end(patch: pytest.MonkeyPatch) -> None:
    """Of a range that is too long the first half year is left."""

    def first(sandbox: Sandbox, asked: Range, *more: Any) -> Range:
        kept = WITHIN(sandbox, asked, *more)
        return Range(asked.start, asked.start + kept.end - kept.start)

    patch.setattr(parameters, "within_limit", first)


@mutant("hapyak", "range")
@mutant("brightcove", "range")
def range_off_by_a_day(patch: pytest.MonkeyPatch) -> None:
    """Of a range that is too long a day more is left than half a year."""

    def longer(_sandbox: Sandbox, asked: Range, *_: Any) -> Range:
        return Range(max(asked.start, months_before(asked.end, 6) - DAY), asked.end)

    patch.setattr(parameters, "within_limit", longer)


@mutant("hapyak", "range")
def range_refused(patch: pytest.MonkeyPatch) -> None:
    """A range that is too long is refused."""

    def refuse(sandbox: Sandbox, asked: Range, *more: Any) -> Range:
        if WITHIN(sandbox, asked, *more) != asked:
            raise RangeTooLong(rule="hapyak.range", start=asked.start, end=asked.end, allowed="6 months")
        return asked

    patch.setattr(parameters, "within_limit", refuse)


def ends_later(patch: pytest.MonkeyPatch, by: int) -> None:
    """Have ranges of Echo360 be checked as if they ended so many milliseconds later."""
    check = echo360._check_range

    def moved(sandbox: Sandbox, report: Any, start: int, end: int, sent: dict[str, Any]) -> None:
        check(sandbox, report, start, max(end + by, start + DAY) if end > start else end, sent)

    patch.setattr(echo360, "_check_range", moved)


@mutant("echo360", "range")
def eight_days(patch: pytest.MonkeyPatch) -> None:
    """A range of eight days is taken."""
    ends_later(patch, -DAY)


@mutant("echo360", "range")
def six_days(patch: pytest.MonkeyPatch) -> None:
    """A range of seven days is refused."""
    ends_later(patch, DAY)


@mutant("echo360", "assetbydate-age")
def a_year_and_a_day(patch: pytest.MonkeyPatch) -> None:
    """A report of assets by date goes a day further back than a year."""
    day_of = echo360.day_of
    patch.setattr(echo360, "day_of", lambda now: day_of(now) - DAY)


@mutant("khoros", "bucket-cap")
def one_bucket_more(patch: pytest.MonkeyPatch) -> None:
    """The last interval is not counted."""
    buckets = khoros._buckets
    patch.setattr(khoros, "_buckets", lambda *given: buckets(*given) - 1)


def identity_without(patch: pytest.MonkeyPatch, name: str) -> None:
    """Have runs told apart by all but one parameter."""

    def read(report: str, query: str, policy: Policy) -> Parameters:
        found = READ(report, query, policy)
        left = sorted((key, value) for key, value in found.sent.items() if key != name)
        return replace(found, identity=f"{report} {left}")

    patch.setattr(parameters, "read", read)


@mutant("hapyak", "identity", "end-inclusive", "*")
@mutant("brightcove", "identity", "end-inclusive", "*")
def end_is_no_identity(patch: pytest.MonkeyPatch) -> None:
    """Another end is not taken for another run."""
    identity_without(patch, "end")


@mutant("hapyak", "no-send-status")
@mutant("brightcove", "no-send-status")
def always_send_status(patch: pytest.MonkeyPatch) -> None:
    """A run in work is answered with 202, whatever send_status says."""
    patch.setattr(parameters, "read", lambda *given: replace(READ(*given), send_status=True))


@mutant("hapyak", "running", "*")
@mutant("brightcove", "running", "*")
def never_send_status(patch: pytest.MonkeyPatch) -> None:
    """A run in work is answered with 200, whatever send_status says."""
    patch.setattr(parameters, "read", lambda *given: replace(READ(*given), send_status=False))


@mutant("hapyak", "unknown-report")
@mutant("brightcove", "unknown-report")
def any_report(patch: pytest.MonkeyPatch) -> None:
    """A report that there is not is answered with another one."""
    read = runs.Runs._read

    def known(its: runs.Runs, sandbox: Sandbox, report: str, *more: Any) -> Parameters:
        return read(its, sandbox, report if report in its.reports else its.reports[0], *more)

    patch.setattr(runs.Runs, "_read", known)


@mutant("hapyak", "bad-parameter")
@mutant("brightcove", "bad-parameter")
def nonsense_is_no_start(patch: pytest.MonkeyPatch) -> None:
    """A date that is none is taken for none at all."""
    patch.setattr(parameters, "_date", lambda _vendor, sent, name: parameters.parse_date(sent.get(name)))


@mutant("hapyak", "error-body", "*")
def errors_as_text(patch: pytest.MonkeyPatch) -> None:
    """A refusal is a sentence and no object."""
    answer = errors.json_answer
    patch.setattr(
        errors, "json_answer", lambda payload, *rest, **more: answer(payload["message"], *rest, **more)
    )
