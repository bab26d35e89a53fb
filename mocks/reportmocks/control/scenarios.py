"""Scenarios under `/_mock`: which there are, and sandboxes put into them and out again."""

from typing import Any, Final

from flask import Blueprint, Response

from reportcontracts.errors import near
from reportcontracts.rules import Kind
from reportcontracts.scenarios import Scenario, load_scenarios
from reportmocks.answers import current_call, json_answer
from reportmocks.control import clocks, exhaust, faults, plans, worlds
from reportmocks.control.bodies import read_body
from reportmocks.control.errors import bad_field, only_members, unknown
from reportmocks.control.targets import Target, each, label, readable, target
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.exhausting import BY_HAND, ORPHAN, STANDING, Exhaustion
from reportmocks.kernel.lives import ahead
from reportmocks.kernel.sandbox import TEMPLATE, Sandbox

NOTE: Final = "scenario"
"""The key of the note of the scenario that a sandbox is in, and of what was so before it."""


def routes(kernel: Kernel) -> Blueprint:
    """The routes about scenarios."""
    its = Blueprint("scenarios", __name__)

    @its.get("/scenarios")
    def scenarios() -> Response:
        at, origin = target(kernel), current_call().origin
        books = map(load_scenarios, at.vendors)
        now = kernel.wall()
        return json_answer(
            [book.told(scenario, now, origin) for book in books for scenario in book.scenarios.values()]
        )

    @its.get("/scenario")
    def scenario() -> Response:
        return _answer(readable(kernel, target(kernel)))

    @its.put("/scenario")
    def put() -> Response:
        at = target(kernel)
        chosen = read_scenario(at, read_body())
        here = Target((chosen.vendor,), at.sandbox, named=at.named)
        return _answer(each(kernel, here, lambda sandbox: begin(kernel, sandbox, chosen)))

    @its.delete("/scenario")
    def delete() -> Response:
        at = target(kernel)
        only_members(read_body(), ())
        return _answer(each(kernel, at, lambda sandbox: end(kernel, sandbox)))

    return its


def read_scenario(at: Target, body: dict[str, Any]) -> Scenario:
    """The scenario that a body names: one of a vendor that the call is about."""
    only_members(body, ("name",))
    name = body.get("name")
    if not isinstance(name, str):
        raise bad_field("name", name, "the id of a scenario, such as echo360.fourth-in-flight")
    known = {each.id: each for vendor in at.vendors for each in load_scenarios(vendor).scenarios.values()}
    if name not in known:
        raise unknown("scenario", name, near(name, known) or known)
    return known[name]


def begin(kernel: Kernel, sandbox: Sandbox, scenario: Scenario) -> None:
    """Put a sandbox into a scenario, out of the one that it is in.

    Raises:
        ControlError: A part of it cannot be done here, such as a fault that wants the relay.
    """
    end(kernel, sandbox)
    setup = scenario.setup
    clock = sandbox.clock
    planned = [faults.read_fault(kernel, dict(fault)) for fault in setup.faults]
    planned += [faults.read_fault(kernel, {"kind": "refusal", **refused}) for refused in setup.refuse]
    before = sandbox.kept() | {
        "clock": {"mode": clock.mode, "scale": clock.scale, "carry": clock.carry},
        "faults": [fault["id"] for fault in planned],
    }
    sandbox.set_note(NOTE, {"name": scenario.id, "before": before})
    for rule in scenario.rules:  # where limits are off, those that it is about are on
        if sandbox.rules.rulebook[rule].kind is Kind.LIMIT:
            sandbox.set_rules(rule, {"enabled": True})
    for path, value in setup.switches.items():
        switch = sandbox.rules.rulebook.resolve(path)
        sandbox.set_rules(switch.rule, {switch.name: value})
    if setup.world:
        worlds.turn(sandbox, worlds.read_dials(dict(setup.world), (scenario.vendor,)))
    for plan in setup.plans:
        sandbox.add_plan(plans.read_plan(kernel, scenario.vendor, dict(plan)))
    for fault in planned:
        sandbox.add_fault(fault)
    if setup.clock:
        clocks.move(sandbox, dict(setup.clock))
    for rule, left in setup.exhaust.items():
        exhaust.apply(kernel, _now(kernel, sandbox), Exhaustion(rule, left))


def end(kernel: Kernel, sandbox: Sandbox) -> None:
    """Put a sandbox out of the scenario that it is in: all is as before, but the time that has passed."""
    note = sandbox.note(NOTE)
    if note is None:
        return
    before = note["before"]
    sandbox.put_back(before)
    clocks.move(_now(kernel, sandbox), before["clock"])
    for fault in before["faults"]:
        sandbox.drop_faults(fault)
    sandbox.take_back_uses(BY_HAND)
    for job in sandbox.jobs():
        if job.request.get(ORPHAN):
            sandbox.drop_job(job)
    for life in kernel.traits[sandbox.vendor].lives:
        sandbox.set_note(ahead(life.rule), None)
    for key in (STANDING, NOTE):
        sandbox.set_note(key, None)


def reset(kernel: Kernel, sandbox: Sandbox) -> None:
    """Have a sandbox as at the start of the server: empty, and in the scenario that it was started with."""
    kernel.sandboxes.reset(sandbox.vendor, sandbox.name, kernel.first_row())
    name = kernel.settings.scenarios.get(sandbox.vendor)
    if name is not None:
        begin(kernel, _now(kernel, sandbox), load_scenarios(sandbox.vendor).scenario(name))


def start(kernel: Kernel) -> None:
    """Have new sandboxes begin in the scenarios that the server is started with."""
    for vendor, name in kernel.settings.scenarios.items():
        if vendor not in kernel.traits:
            continue
        with kernel.store:
            template = kernel.sandboxes.peek(vendor, TEMPLATE, kernel.wall())
            begin(kernel, template, load_scenarios(vendor).scenario(name))


def _now(kernel: Kernel, sandbox: Sandbox) -> Sandbox:
    """The sandbox with what was changed in it a moment ago."""
    return kernel.sandboxes.peek(sandbox.vendor, sandbox.name, sandbox.wall)


def _answer(sandboxes: list[Sandbox]) -> Response:
    told = [_told(sandbox) for sandbox in sandboxes]
    return json_answer(told[0] if len(told) == 1 else told)


def _told(sandbox: Sandbox) -> dict[str, Any]:
    note = sandbox.note(NOTE)
    return {
        "vendor": sandbox.vendor,
        "sandbox": label(sandbox),
        "name": None if note is None else note["name"],
    }
