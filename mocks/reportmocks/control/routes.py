"""The control API's routes."""

from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from reportcontracts.errors import SwitchError
from reportcontracts.rules import Rule
from reportmocks import failures
from reportmocks.answers import JSON, current_call, json_answer, text_answer
from reportmocks.control import (
    clocks,
    data,
    exhaust,
    explanations,
    faults,
    journal,
    judges,
    plans,
    scenarios,
    views,
    worlds,
)
from reportmocks.control.bodies import read_body
from reportmocks.control.errors import ControlError, only_members, unknown
from reportmocks.control.targets import Target, each, readable, target
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.refusals import Overloaded
from reportmocks.kernel.sandbox import TEMPLATE, Sandbox
from reportmocks.lean import LeanFlask
from reportmocks.version import VERSION

HTML: Final = "text/html"


def control_app(kernel: Kernel) -> Flask:
    """The control API of a server as a Flask application."""
    app = LeanFlask("control")
    app.register_blueprint(_state(kernel))
    app.register_blueprint(_steering(kernel))
    app.register_blueprint(plans.routes(kernel))
    app.register_blueprint(exhaust.routes(kernel))
    app.register_blueprint(scenarios.routes(kernel))
    app.register_blueprint(data.routes(kernel))
    app.register_blueprint(faults.routes(kernel))
    app.register_blueprint(journal.routes(kernel))
    app.register_blueprint(worlds.routes(kernel))
    app.register_blueprint(judges.routes(kernel, app))
    app.register_error_handler(ControlError, lambda error: error.response())
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Overloaded, _overloaded)
    app.register_error_handler(Exception, _failed)
    return app


def _state(kernel: Kernel) -> Blueprint:
    """What there is to look at."""
    routes = Blueprint("state", __name__)

    @routes.get("/health")
    def health() -> Response:
        target(kernel)
        sandboxes = {vendor: len(kernel.sandboxes.names(vendor)) for vendor in kernel.traits}
        return json_answer(
            {
                "status": "ok",
                "version": VERSION,
                "vendors": list(kernel.traits),
                "sandboxes": sandboxes,
                "requests": kernel.journal.count,
                "violations": kernel.journal.broken,
                "worlds": worlds.marks(kernel),
            }
        )

    @routes.get("/ready")
    def ready() -> Response:
        target(kernel)
        return json_answer({"status": "ready"})

    @routes.get("/sandboxes")
    def sandboxes() -> Response:
        at = target(kernel)
        there = {vendor: kernel.sandboxes.names(vendor) for vendor in at.vendors}
        found = [sandbox for sandbox in readable(kernel, at) if sandbox.name in there[sandbox.vendor]]
        return json_answer([clocks.tell(sandbox) | {"jobs": len(sandbox.jobs())} for sandbox in found])

    @routes.get("/clock")
    def clock() -> Response:
        told = [clocks.tell(sandbox) for sandbox in readable(kernel, target(kernel))]
        return json_answer(_alone(told))

    @routes.get("/jobs")
    def jobs() -> Response:
        found = readable(kernel, target(kernel))
        return json_answer([views.job(kernel, sandbox, job) for sandbox in found for job in sandbox.jobs()])

    @routes.get("/limits")
    def limits() -> Response:
        found = readable(kernel, target(kernel))
        return json_answer([limit for sandbox in found for limit in views.limits(kernel, sandbox)])

    @routes.get("/rules")
    def rules() -> Response:
        found = readable(kernel, target(kernel))
        return json_answer(
            [views.rule(sandbox, rule) for sandbox in found for rule in sandbox.rules.rulebook.values()]
        )

    @routes.get("/rules/<rule_id>")
    def rule(rule_id: str) -> Response:
        its, at = _rule_and_target(kernel, rule_id)
        return _explained(kernel, its, at)

    return routes


def _steering(kernel: Kernel) -> Blueprint:
    """What there is to change."""
    routes = Blueprint("steering", __name__)

    @routes.post("/clock")
    def clock() -> Response:
        moved, events = clocks.change(kernel, target(kernel), read_body())
        used = [sandbox for sandbox in moved if sandbox.name != TEMPLATE]
        told = [clocks.tell(sandbox) for sandbox in used or moved]
        happened = {"events": [event.as_dict() for event in events]}
        return json_answer((told[0] if len(told) == 1 else {"clocks": told}) | happened)

    @routes.post("/reset")
    def reset() -> Response:
        at = target(kernel)
        only_members(read_body(), ())
        each(
            kernel,
            at,
            lambda sandbox: scenarios.reset(kernel, sandbox),
        )
        kernel.journal.forget(at.vendor_named, at.sandbox)
        return json_answer({"status": "reset"})

    @routes.delete("/sandboxes")
    def let_go() -> Response:
        at = target(kernel)
        only_members(read_body(), ())
        return json_answer({"deleted": _let_go(kernel, at)})

    @routes.put("/rules/<rule_id>")
    def switch(rule_id: str) -> Response:
        return _switch(kernel, *_rule_and_target(kernel, rule_id), read_body())

    @routes.put("/limits/<rule_id>")
    def limit(rule_id: str) -> Response:
        return _switch(kernel, *exhaust.limit_rule(kernel, target(kernel), rule_id), read_body())

    return routes


def _explained(kernel: Kernel, its: Rule, at: Target) -> Response:
    """A rule as the sandboxes that the call is about meet it: in JSON, or as a page if that is preferred."""
    found, origin = readable(kernel, at), current_call().origin
    alone = at.sandbox is None and len(found) == 1
    told = [explanations.explain(kernel, sandbox, its, origin, alone=alone) for sandbox in found]
    if request.accept_mimetypes.best_match([JSON, HTML]) == HTML:
        return text_answer(explanations.page(told), content_type=f"{HTML}; charset=utf-8")
    return json_answer(_alone(told))


def _let_go(kernel: Kernel, at: Target) -> int:
    """Forget the sandboxes that the call is about, and their requests; return how many there were."""
    gone = [
        name
        for vendor in at.vendors
        for name in (kernel.sandboxes.names(vendor) if at.sandbox is None else [at.sandbox])
        if kernel.sandboxes.let_go(vendor, name)
    ]
    kernel.journal.forget(at.vendor_named, at.sandbox)
    return len(gone)


def _switch(kernel: Kernel, its: Rule, at: Target, fields: dict[str, Any]) -> Response:
    """Set switches of a rule for the sandboxes that the call is about."""

    def change(sandbox: Sandbox) -> None:
        try:
            sandbox.set_rules(its.id, fields)
        except SwitchError as error:
            members = {"field": error.field, "given": error.given, "allowed": error.allowed, "rule": its.id}
            raise ControlError(
                status=422, kind="bad-switch", detail=f"{error.key}: {error.reason}", members=members
            ) from error

    return json_answer(_alone([views.rule(sandbox, its) for sandbox in each(kernel, at, change)]))


def _rule_and_target(kernel: Kernel, rule_id: str) -> tuple[Rule, Target]:
    """The rule of this id, and what the call is about; the rule names the vendor if nothing else does."""
    at = target(kernel)
    vendor = rule_id.partition(".")[0]
    if vendor not in at.vendors:
        raise unknown("rule", rule_id, (f"{vendor}.…" for vendor in at.vendors))
    rulebook = kernel.rules[vendor].rulebook
    if rule_id not in rulebook:
        raise unknown("rule", rule_id, rulebook)
    return rulebook[rule_id], replace(at, vendors=(vendor,))


def _alone(rows: list[dict[str, Any]]) -> list[dict[str, Any]] | dict[str, Any]:
    return rows[0] if len(rows) == 1 else rows


def _http_error(error: HTTPException) -> Response:
    if isinstance(error, MethodNotAllowed):
        allowed = sorted(error.valid_methods or ())
        refusal = ControlError(
            status=405,
            kind="method",
            detail=f"{request.method} is not allowed here",
            members={"allowed": allowed},
        )
        response = refusal.response()
        response.headers["Allow"] = ", ".join(allowed)
        return response
    return ControlError(
        status=404, kind="no-such-path", detail=f"the control API has no {request.path}"
    ).response()


def _overloaded(error: Overloaded) -> Response:
    return ControlError(status=503, kind="overloaded", detail=error.text).response()


def _failed(error: Exception) -> Response:
    return ControlError(status=500, kind="internal", detail=failures.told(error)).response()
