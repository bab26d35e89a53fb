"""Mistakes in what becomes of a report, and when."""

from dataclasses import replace
from typing import Any

import pytest

from mutants.registry import mutant
from reportcontracts.rules import RuleValues
from reportmocks.brightcove.reports import TRAITS as BRIGHTCOVE
from reportmocks.echo360 import reports as echo360
from reportmocks.hapyak.reports import TRAITS as HAPYAK
from reportmocks.kernel.clock import HOUR, MINUTE, SECOND
from reportmocks.kernel.core import Traits
from reportmocks.kernel.jobs import Job, Phase, Plan, Step
from reportmocks.khoros import reports as khoros

STATE_AT = Job.state_at


def planned(patch: pytest.MonkeyPatch, traits: Traits, outcome: str, change: Any) -> None:
    """Have the steps of an outcome's plans changed: `change` takes and gives a step."""
    its = traits.outcomes[outcome]

    def plan(rules: RuleValues, time: int) -> Plan:
        made = its.plan(rules, time)
        return Plan(tuple(change(step) for step in made.steps), made.polls)

    patch.setitem(traits.outcomes, outcome, replace(its, plan=plan))  # type: ignore[arg-type]


def expires(by: int) -> Any:
    """A change of steps: what is made is deleted so much later."""
    return lambda step: Step(step.at + by, step.phase) if step.phase is Phase.EXPIRED else step


@mutant("hapyak", "running")
@mutant("brightcove", "running")
@mutant("echo360", "pending", "in-flight")
@mutant("khoros", "running")
def ready_early(patch: pytest.MonkeyPatch) -> None:
    """A report is told as complete half a second before it is."""

    def state_at(job: Job, now: int) -> Phase:
        phase = STATE_AT(job, now)
        return STATE_AT(job, now + 500) if phase is Phase.RUNNING else phase

    patch.setattr(Job, "state_at", state_at)


@mutant("hapyak", "running")
@mutant("brightcove", "running")
@mutant("echo360", "pending")
@mutant("khoros", "running")
def ready_late(patch: pytest.MonkeyPatch) -> None:
    """A report that takes minutes is told as complete a second after it is."""

    def state_at(job: Job, now: int) -> Phase:
        end = job.leaves()
        long = end is not None and end - job.submitted > MINUTE
        return Phase.RUNNING if long and end is not None and now < end + SECOND else STATE_AT(job, now)

    patch.setattr(Job, "state_at", state_at)


@mutant("hapyak", "running")
@mutant("brightcove", "running")
@mutant("echo360", "pending")
@mutant("khoros", "running")
def never_ready(patch: pytest.MonkeyPatch) -> None:
    """A report that takes minutes is in work for ever."""

    def state_at(job: Job, now: int) -> Phase:
        end = job.leaves()
        return Phase.RUNNING if end is None or end - job.submitted > MINUTE else STATE_AT(job, now)

    patch.setattr(Job, "state_at", state_at)


@mutant("hapyak", "failed")
@mutant("brightcove", "failed")
@mutant("echo360", "failed")
@mutant("khoros", "failed")
def failed_is_done(patch: pytest.MonkeyPatch) -> None:
    """A report that failed is told as complete."""

    def state_at(job: Job, now: int) -> Phase:
        phase = STATE_AT(job, now)
        return Phase.DONE if phase is Phase.FAILED else phase

    patch.setattr(Job, "state_at", state_at)


@mutant("echo360", "failed", "assets")
def failed_is_available(patch: pytest.MonkeyPatch) -> None:
    """Failed has another word, with the same members."""
    patch.setitem(echo360.STATUSES, Phase.FAILED, "Available")  # type: ignore[arg-type]


@mutant("echo360", "missing")
def missing_is_pending(patch: pytest.MonkeyPatch) -> None:
    """A request that was never executed is Pending for ever."""
    patch.setitem(echo360.STATUSES, Phase.MISSING, "Pending")  # type: ignore[arg-type]


@mutant("echo360", "retention", "object-gone")
def kept_an_hour_less(patch: pytest.MonkeyPatch) -> None:
    """Files are deleted an hour before two weeks are over."""
    planned(patch, echo360.TRAITS, "available", expires(-HOUR))


@mutant("echo360", "retention", "object-gone")
def kept_an_hour_more(patch: pytest.MonkeyPatch) -> None:
    """Files are there for an hour after two weeks."""
    planned(patch, echo360.TRAITS, "available", expires(HOUR))


@mutant("echo360", "retention", "assets")
def expired_with_a_link(patch: pytest.MonkeyPatch) -> None:
    """A request whose file is deleted still has a link to it."""
    told = echo360._told

    def with_a_link(*given: Any) -> dict[str, Any]:
        answer = told(*given)
        link = {"signedAssets": ["http://127.0.0.1:8080/gone"]} if answer["status"] == "Expired" else {}
        return answer | link

    patch.setattr(echo360, "_told", with_a_link)


@mutant("hapyak", "cache-life")
@mutant("brightcove", "cache-life")
def kept_a_second_more(patch: pytest.MonkeyPatch) -> None:
    """A result is there for a second after its day."""
    for traits in (HAPYAK, BRIGHTCOVE):
        planned(patch, traits, "done", expires(SECOND))


@mutant("hapyak", "cache-life")
def kept_a_second_less(patch: pytest.MonkeyPatch) -> None:
    """A result is dropped a second before its day is over."""
    planned(patch, HAPYAK, "done", expires(-SECOND))


@mutant("khoros", "download-life")
def download_a_day_and_an_hour(patch: pytest.MonkeyPatch) -> None:
    """A downloadUrl works for 25 hours."""
    planned(patch, khoros.TRAITS, "completed", expires(HOUR))


@mutant("khoros", "download-life")
def download_an_hour_less(patch: pytest.MonkeyPatch) -> None:
    """A downloadUrl works for 23 hours."""
    planned(patch, khoros.TRAITS, "completed", expires(-HOUR))


@mutant("khoros", "lagging")
def link_at_once(patch: pytest.MonkeyPatch) -> None:
    """The downloadUrl is never late."""
    patch.setitem(khoros.TRAITS.outcomes, "lagging", khoros.TRAITS.outcomes["completed"])  # type: ignore[arg-type]


@mutant("khoros", "lagging")
def link_never(patch: pytest.MonkeyPatch) -> None:
    """A downloadUrl that is late is never filled."""
    patch.setitem(khoros.TRAITS.outcomes, "lagging", khoros.TRAITS.outcomes["no-download"])  # type: ignore[arg-type]


@mutant("khoros", "failed", "running")
def link_to_nothing(patch: pytest.MonkeyPatch) -> None:
    """A run that failed has a downloadUrl."""
    patch.setattr(khoros, "_THERE", (*khoros._THERE, Phase.FAILED))


@mutant("khoros", "running")
def link_too_early(patch: pytest.MonkeyPatch) -> None:
    """A run has a downloadUrl before it has ended."""
    patch.setattr(khoros, "_THERE", (*khoros._THERE, Phase.RUNNING))
