"""Mistakes in limits: what counts, over how long, and what is told of it."""

from typing import Any

import pytest

from mutants.registry import mutant
from reportmocks.echo360 import errors as echo360_errors
from reportmocks.echo360 import tokens as echo360_tokens
from reportmocks.echo360.reports import CALLS
from reportmocks.engagement.runs import Runs
from reportmocks.kernel import limits
from reportmocks.kernel.call import Call
from reportmocks.kernel.jobs import Job, Phase
from reportmocks.kernel.limits import InFlight, Window, admit
from reportmocks.kernel.refusals import TooManyInFlight
from reportmocks.kernel.sandbox import Sandbox

LIMIT = Window.limit
COUNT_USES = Sandbox.count_uses
WAIT = Call.wait


def number_of(patch: pytest.MonkeyPatch, name: str, by: int) -> None:
    """Have windows whose rule ends so allow so many more."""

    def limit(window: Window, sandbox: Sandbox) -> int | None:
        most = LIMIT(window, sandbox)
        return most + by if most is not None and window.rule.endswith(name) else most

    patch.setattr(Window, "limit", limit)


@mutant("hapyak", "rate-minute", "retry-after")
@mutant("brightcove", "rate-minute", "retry-after")
@mutant("echo360", "rate-minute")
@mutant("khoros", "rate-minute", "retry-after")
def one_a_minute_more(patch: pytest.MonkeyPatch) -> None:
    """One more is allowed in a minute: the limit is compared with the wrong sign."""
    number_of(patch, "rate-minute", 1)


@mutant("hapyak", "rate-minute", "retry-after", "cached-free", "scope", "rate-hour", "rate-day")
@mutant("echo360", "rate-minute")
def one_a_minute_less(patch: pytest.MonkeyPatch) -> None:
    """The last one that is allowed in a minute is refused."""
    number_of(patch, "rate-minute", -1)


@mutant("hapyak", "rate-hour")
@mutant("brightcove", "rate-hour")
def one_an_hour_more(patch: pytest.MonkeyPatch) -> None:
    """One more is allowed in an hour."""
    number_of(patch, "rate-hour", 1)


@mutant("hapyak", "rate-day")
@mutant("brightcove", "rate-day")
def one_a_day_less(patch: pytest.MonkeyPatch) -> None:
    """One less is allowed in a day."""
    number_of(patch, "rate-day", -1)


@mutant("hapyak", "rate-minute", "rate-hour", "rate-day", "retry-after")
@mutant("echo360", "rate-minute")
@mutant("khoros", "rate-minute", "retry-after")
def window_a_second_short(patch: pytest.MonkeyPatch) -> None:
    """A window frees a second too early."""

    def count_uses(sandbox: Sandbox, what: str, span: int) -> int:
        return COUNT_USES(sandbox, what, span - 1000)

    patch.setattr(Sandbox, "count_uses", count_uses)


@mutant("hapyak", "rate-minute", "rate-hour", "rate-day")
@mutant("echo360", "rate-minute")
@mutant("khoros", "rate-minute")
def window_closed_at_both_ends(patch: pytest.MonkeyPatch) -> None:
    """A use of exactly a minute ago counts still."""

    def count_uses(sandbox: Sandbox, what: str, span: int) -> int:
        return COUNT_USES(sandbox, what, span + 1)

    patch.setattr(Sandbox, "count_uses", count_uses)


@mutant("hapyak", "rate-minute", "rate-hour", "rate-day", "retry-after")
@mutant("echo360", "rate-minute")
@mutant("khoros", "rate-minute", "retry-after")
def window_by_the_calendar(patch: pytest.MonkeyPatch) -> None:
    """Counts begin anew with each minute of the clock, so that twice as many fit around it."""

    def count_uses(sandbox: Sandbox, what: str, span: int) -> int:
        return COUNT_USES(sandbox, what, sandbox.now % span + 1)

    patch.setattr(Sandbox, "count_uses", count_uses)


@mutant("hapyak", "rate-minute", "rate-hour", "rate-day", "retry-after")
@mutant("echo360", "rate-minute")
@mutant("khoros", "rate-minute", "retry-after")
def refused_ones_count(patch: pytest.MonkeyPatch) -> None:
    """Whoever is refused has used up something, and is refused for longer."""
    patch.setattr(limits, "_counts_refused", lambda _sandbox, _rule: True)


@mutant("hapyak", "cached-free")
@mutant("brightcove", "cached-free")
def polls_count(patch: pytest.MonkeyPatch) -> None:
    """A look at a run in work counts as a run."""
    find = Runs._find_or_start

    def counted(runs: Runs, sandbox: Sandbox, asked: Any) -> Job:
        job = runs._found(sandbox, asked.identity)
        if job is not None and job.state_at(sandbox.now) is Phase.RUNNING:
            admit(sandbox, runs.windows, asked.report)
        return find(runs, sandbox, asked)

    patch.setattr(Runs, "_find_or_start", counted)


@mutant("echo360", "rate-minute")
def tokens_count(patch: pytest.MonkeyPatch) -> None:
    """Requests for a token count as calls."""
    issue = echo360_tokens._issue

    def counted(kernel: Any, sandbox: Sandbox) -> dict[str, Any]:
        admit(sandbox, [CALLS], "a token")
        return issue(kernel, sandbox)

    patch.setattr(echo360_tokens, "_issue", counted)


@mutant("hapyak", "retry-after")
@mutant("brightcove", "retry-after")
@mutant("echo360", "rate-minute")
@mutant("khoros", "retry-after")
def wait_in_milliseconds(patch: pytest.MonkeyPatch) -> None:
    """Retry-After is in milliseconds."""

    def wait(call: Call, until: int | None) -> int | None:
        seconds = WAIT(call, until)
        return None if seconds is None else seconds * 1000

    patch.setattr(Call, "wait", wait)


@mutant("hapyak", "retry-after", "rate-minute", "rate-hour", "rate-day")
@mutant("khoros", "retry-after", "rate-minute")
def wait_too_short(patch: pytest.MonkeyPatch) -> None:
    """Retry-After is rounded down, and who believes it is refused again."""

    def wait(call: Call, until: int | None) -> int | None:
        WAIT(call, until)
        return None if until is None or call.sandbox is None else (until - call.sandbox.now) // 1000

    patch.setattr(Call, "wait", wait)


@mutant("hapyak", "retry-after")
@mutant("echo360", "rate-minute")
@mutant("khoros", "retry-after")
def wait_not_told(patch: pytest.MonkeyPatch) -> None:
    """A refusal has no Retry-After."""
    patch.setattr(Call, "wait", lambda _call, _until: None)


@mutant("echo360", "in-flight")
def fourth_in_flight(patch: pytest.MonkeyPatch) -> None:
    """A fourth request is taken while three are in flight."""
    limit = InFlight.limit

    def one_more(its: InFlight, sandbox: Sandbox) -> int | None:
        most = limit(its, sandbox)
        return None if most is None else most + 1

    patch.setattr(InFlight, "limit", one_more)


def in_flight_at(patch: pytest.MonkeyPatch, moved: int) -> None:
    """Have the slots be as they are so many milliseconds later."""

    def in_flight(sandbox: Sandbox) -> list[Job]:
        return [
            job for job in sandbox.jobs() if (job.leaves() or sandbox.now + 1 + moved) > sandbox.now + moved
        ]

    patch.setattr(Sandbox, "in_flight", in_flight)


@mutant("echo360", "in-flight")
def slot_freed_early(patch: pytest.MonkeyPatch) -> None:
    """A slot is free a second before its request has ended."""
    in_flight_at(patch, 1000)


@mutant("echo360", "in-flight", "failed")
def slot_freed_late(patch: pytest.MonkeyPatch) -> None:
    """A slot is free only a tenth of a second after its request has ended."""
    in_flight_at(patch, -100)


@mutant("echo360", "failed")
def failed_ones_hold_slots(patch: pytest.MonkeyPatch) -> None:
    """A request that failed is in flight for ever."""
    in_flight = Sandbox.in_flight

    def with_failed(sandbox: Sandbox) -> list[Job]:
        failed = [job for job in sandbox.jobs() if job.state_at(sandbox.now) is Phase.FAILED]
        return [*in_flight(sandbox), *failed]

    patch.setattr(Sandbox, "in_flight", with_failed)


@mutant("echo360", "in-flight")
def full_house_is_429(patch: pytest.MonkeyPatch) -> None:
    """Too many in flight is told as too many a minute."""
    status_of = echo360_errors.status_of

    def status(refusal: Any, rules: Any, default: int) -> int:
        return 429 if isinstance(refusal, TooManyInFlight) else status_of(refusal, rules, default)

    patch.setattr(echo360_errors, "status_of", status)
