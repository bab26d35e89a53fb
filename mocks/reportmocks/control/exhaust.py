"""Limits used up and jobs released, as control calls ask it."""

from dataclasses import asdict, replace
from typing import Any, Final

from flask import Blueprint, Response

from reportcontracts.rules import Kind, Rule
from reportmocks.answers import json_answer
from reportmocks.control import views
from reportmocks.control.bodies import read_body
from reportmocks.control.clocks import Event, due
from reportmocks.control.errors import ControlError, bad_field, only_members, parsed, unknown
from reportmocks.control.plans import DURATION
from reportmocks.control.targets import Target, each, label, readable, target
from reportmocks.kernel.clock import ClockError, iso, parse_duration
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.exhausting import AN_HOUR, STANDING, Exhausted, Exhaustion, limit_of, most, use_up
from reportmocks.kernel.jobs import Job
from reportmocks.kernel.limits import InFlight
from reportmocks.kernel.sandbox import TEMPLATE, Sandbox

MEMBERS: Final = ("left", "time")


def routes(kernel: Kernel) -> Blueprint:
    """The routes about limits that are used up, and about jobs that are released."""
    its = Blueprint("exhaust", __name__)

    @its.post("/limits/<rule_id>/exhaust")
    def exhaust(rule_id: str) -> Response:
        rule, at = limit_rule(kernel, target(kernel), rule_id)
        wanted = read_exhaustion(kernel, rule, read_body())
        done: list[dict[str, Any]] = []
        each(kernel, at, lambda sandbox: done.append(apply(kernel, sandbox, wanted)))
        told = [row for row in done if row["sandbox"] is not None] or done
        return json_answer(told[0] if len(told) == 1 else told)

    @its.delete("/jobs/<number>")
    def release(number: str) -> Response:
        at = target(kernel)
        only_members(read_body(), ())
        sandbox, job = _job(kernel, at, number)
        told = views.job(kernel, sandbox, job)
        each(
            kernel,
            replace(at, vendors=(sandbox.vendor,), sandbox=sandbox.name),
            lambda its: its.drop_job(job),
        )
        return json_answer(told)

    return its


def limit_rule(kernel: Kernel, at: Target, rule_id: str) -> tuple[Rule, Target]:
    """The limit of this id, and what the call is about; the rule names the vendor if nothing else does."""
    vendor = rule_id.partition(".")[0]
    if vendor not in at.vendors:
        known = [f"{vendor}.…" for vendor in at.vendors]
        raise unknown("limit", rule_id, known)
    rulebook = kernel.rules[vendor].rulebook
    if rule_id not in rulebook or rulebook[rule_id].kind is not Kind.LIMIT:
        raise unknown("limit", rule_id, (rule.id for rule in rulebook.values() if rule.kind is Kind.LIMIT))
    return rulebook[rule_id], replace(at, vendors=(vendor,))


def read_exhaustion(kernel: Kernel, rule: Rule, body: dict[str, Any]) -> Exhaustion:
    """What a body asks of a limit, checked as far as it can be without a sandbox."""
    only_members(body, MEMBERS)
    traits = kernel.traits[rule.vendor]
    limit = limit_of(traits, rule.id)
    if limit is None:
        can = [each.rule for each in (*traits.limits, *traits.lives)]
        detail = (
            f"nothing of {rule.id} is used up: it bounds each request by itself, and"
            f" PUT /_mock/limits/{rule.id} changes it; what can be exhausted: {', '.join(can) or 'nothing'}"
        )
        members = {"field": "rule", "given": rule.id, "allowed": can}
        raise ControlError(status=422, kind="not-exhaustible", detail=detail, members=members)
    left = body.get("left", 0)
    if isinstance(left, bool) or not isinstance(left, int) or left < 0:
        raise bad_field("left", left, "a whole number, 0 or more")
    if "time" in body and not isinstance(limit, InFlight):
        raise bad_field("time", body["time"], f"left out: {rule.id} puts no jobs in flight")
    time = parsed("time", body["time"], parse_duration, DURATION) if "time" in body else AN_HOUR
    return Exhaustion(rule.id, left, time)


def apply(kernel: Kernel, sandbox: Sandbox, wanted: Exhaustion) -> dict[str, Any]:
    """Use a limit up in a sandbox, or have it used up in every new one; return what to tell of it."""
    limit = limit_of(kernel.traits[sandbox.vendor], wanted.rule)
    if limit is None:
        raise ValueError(wanted)
    if not sandbox.rules.flag(wanted.rule):
        detail = f"{wanted.rule} is switched off in {sandbox.name or 'new sandboxes'}"
        raise ControlError(status=409, kind="limit-off", detail=detail, members={"rule": wanted.rule})
    whole = most(sandbox, limit)
    if wanted.left > whole:
        raise bad_field("left", wanted.left, f"at most {whole}, which is the whole limit")
    if sandbox.name == TEMPLATE:
        others = [one for one in sandbox.note(STANDING) or [] if one["rule"] != wanted.rule]
        sandbox.set_note(STANDING, [*others, asdict(wanted)])
        return _told(sandbox, wanted, Exhausted(), [])
    try:
        done = use_up(kernel.traits[sandbox.vendor], sandbox, wanted)
    except ClockError as error:
        raise ControlError(status=409, kind="clock", detail=str(error)) from error
    return _told(sandbox, wanted, done, [] if done.clock is None else due(kernel, sandbox, done.clock))


def _told(sandbox: Sandbox, wanted: Exhaustion, done: Exhausted, events: list[Event]) -> dict[str, Any]:
    return {
        "vendor": sandbox.vendor,
        "sandbox": label(sandbox),
        "rule": wanted.rule,
        "left": wanted.left,
        "uses": done.uses,
        "jobs": list(done.jobs),
        "now": iso(sandbox.now if done.clock is None else done.clock),
        "next": done.ahead,
        "events": [event.as_dict() for event in sorted(events, key=lambda event: event.at)],
    }


def _job(kernel: Kernel, at: Target, number: str) -> tuple[Sandbox, Job]:
    """The one job of this number in the sandboxes that the call is about."""
    jobs = [(sandbox, job) for sandbox in readable(kernel, at) for job in sandbox.jobs()]
    found = [(sandbox, job) for sandbox, job in jobs if str(job.number) == number]
    if len(found) == 1:
        return found[0]
    if found:
        known = [f"{sandbox.vendor}/{sandbox.name}" for sandbox, _ in found]
        raise ControlError(
            status=422,
            kind="missing-sandbox",
            detail=f"several sandboxes have a job {number}: {', '.join(known)}; name one with"
            " ?vendor= and ?sandbox=",
            members={"field": "sandbox", "allowed": known},
        )
    raise unknown("job", number, (f"{sandbox.vendor}/{sandbox.name} {job.number}" for sandbox, job in jobs))
