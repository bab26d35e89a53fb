"""The control API's routes."""

import json
import sys
import traceback
from typing import Any

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from reportcontracts.errors import ContractError
from reportcontracts.rules import Rule
from reportmocks.answers import current_call, json_answer
from reportmocks.control import clocks, views
from reportmocks.control.errors import ControlError, bad_field, unknown
from reportmocks.control.plans import read_plan
from reportmocks.control.targets import each, readable, target
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.sandbox import TEMPLATE, Sandbox
from reportmocks.lean import LeanFlask
from reportmocks.version import VERSION


def control_app(kernel: Kernel) -> Flask:
    """The control API of a server as a Flask application."""
    app = LeanFlask("control")
    app.register_blueprint(_state(kernel))
    app.register_blueprint(_steering(kernel))
    app.register_error_handler(ControlError, lambda error: error.response())
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _failed)
    return app


def _state(kernel: Kernel) -> Blueprint:
    """What there is to look at."""
    routes = Blueprint("state", __name__)

    @routes.get("/health")
    def health() -> Response:
        sandboxes = {vendor: len(kernel.sandboxes.names(vendor)) for vendor in kernel.traits}
        return json_answer(
            {
                "status": "ok",
                "version": VERSION,
                "vendors": list(kernel.traits),
                "sandboxes": sandboxes,
                "requests": kernel.journal.count,
            }
        )

    @routes.get("/ready")
    def ready() -> Response:
        return json_answer({"status": "ready"})

    @routes.get("/sandboxes")
    def sandboxes() -> Response:
        at = target(kernel)
        found = [sandbox for sandbox in readable(kernel, at) if sandbox.name != TEMPLATE]
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

    @routes.get("/requests")
    def requests() -> Response:
        at = target(kernel)
        return json_answer([entry.as_dict() for entry in kernel.journal.entries(at.vendor_named, at.sandbox)])

    @routes.get("/rules")
    def rules() -> Response:
        found = readable(kernel, target(kernel))
        return json_answer(
            [views.rule(sandbox, rule) for sandbox in found for rule in sandbox.rules.rulebook.values()]
        )

    @routes.get("/rules/<rule_id>")
    def rule(rule_id: str) -> Response:
        its = _rule(kernel, rule_id)
        found = [sandbox for sandbox in readable(kernel, target(kernel)) if sandbox.vendor == its.vendor]
        return json_answer(_alone([views.rule(sandbox, its) for sandbox in found]))

    return routes


def _steering(kernel: Kernel) -> Blueprint:
    """What there is to change."""
    routes = Blueprint("steering", __name__)

    @routes.post("/clock")
    def clock() -> Response:
        moved, events = clocks.change(kernel, target(kernel), _body())
        told = [clocks.tell(sandbox) for sandbox in moved if sandbox.name != TEMPLATE or len(moved) == 1]
        happened = {"events": [event.as_dict() for event in events]}
        return json_answer((told[0] if len(told) == 1 else {"clocks": told}) | happened)

    @routes.post("/reset")
    def reset() -> Response:
        at = target(kernel)
        each(
            kernel,
            at,
            lambda sandbox: kernel.sandboxes.reset(sandbox.vendor, sandbox.name, kernel.first_row()),
        )
        kernel.journal.forget(at.vendor_named, at.sandbox)
        return json_answer({"status": "reset"})

    @routes.delete("/requests")
    def forget() -> Response:
        at = target(kernel)
        return json_answer({"forgotten": kernel.journal.forget(at.vendor_named, at.sandbox)})

    @routes.put("/rules/<rule_id>")
    def switch(rule_id: str) -> Response:
        return _switch(kernel, rule_id, _body())

    @routes.put("/limits/<rule_id>")
    def limit(rule_id: str) -> Response:
        body = _body()
        if body.keys() != {"value"}:
            raise bad_field("body", body, 'an object like {"value": 100}')
        return _switch(kernel, rule_id, body)

    @routes.post("/plans")
    def plan() -> Response:
        at = target(kernel)
        if at.vendor is None:
            raise ControlError(
                status=422,
                kind="missing-vendor",
                detail="name the vendor with ?vendor=; each has outcomes of its own",
            )
        planned = read_plan(kernel, at.vendor, _body())
        each(kernel, at, lambda sandbox: sandbox.add_plan(planned))
        return json_answer(planned, 201)

    return routes


def _switch(kernel: Kernel, rule_id: str, fields: dict[str, Any]) -> Response:
    """Set switches of a rule for the sandboxes that the call is about."""
    its = _rule(kernel, rule_id)
    at = target(kernel)
    if its.vendor not in at.vendors:
        raise unknown("rule", rule_id, kernel.rules[at.vendors[0]].rulebook)

    def change(sandbox: Sandbox) -> None:
        if sandbox.vendor == its.vendor:
            try:
                sandbox.set_rules(its.id, fields)
            except ContractError as error:
                members = {"field": error.key, "rule": rule_id}
                raise ControlError(
                    status=422, kind="bad-switch", detail=error.reason, members=members
                ) from error

    changed = [sandbox for sandbox in each(kernel, at, change) if sandbox.vendor == its.vendor]
    return json_answer(_alone([views.rule(sandbox, its) for sandbox in changed]))


def _rule(kernel: Kernel, rule_id: str) -> Rule:
    vendor = rule_id.partition(".")[0]
    if vendor not in kernel.rules:
        raise unknown("rule", rule_id, (f"{vendor}.…" for vendor in kernel.rules))
    rulebook = kernel.rules[vendor].rulebook
    if rule_id not in rulebook:
        raise unknown("rule", rule_id, rulebook)
    return rulebook[rule_id]


def _body() -> dict[str, Any]:
    """The JSON object that the call carries."""
    try:
        body = json.loads(current_call().body or b"{}")
    except (ValueError, RecursionError) as error:
        raise ControlError(status=400, kind="bad-json", detail=f"the body is no JSON: {error}") from error
    if current_call().body_limit or not isinstance(body, dict):
        raise ControlError(status=400, kind="bad-json", detail="the body is a JSON object of at most 1 MiB")
    return body


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


def _failed(error: Exception) -> Response:
    traceback.print_exception(error, file=sys.stderr)
    return ControlError(
        status=500, kind="internal", detail="the mock itself failed; its log says more"
    ).response()
