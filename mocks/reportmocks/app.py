"""Everything on the port as one WSGI application, and a vendor's part of it."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from reportcontracts.names import VENDORS
from reportcontracts.rules import RuleValues, load_rulebook
from reportmocks import checking, failures, forced
from reportmocks.answers import CALL, PROBLEM, current_call, json_answer, text_answer
from reportmocks.control import scenarios
from reportmocks.control.access import guarded
from reportmocks.control.judges import RESULT_LIMIT
from reportmocks.control.routes import control_app
from reportmocks.forced import REFUSE, Circumstances, NotForced, Wanted
from reportmocks.gateway import BODY_LIMIT, Gateway
from reportmocks.kernel.call import Call
from reportmocks.kernel.clock import wall_ms
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.refusals import BodyTooLarge, NotFound, Refusal, WrongMethod
from reportmocks.kernel.sandbox import TEMPLATE, Sandbox
from reportmocks.lean import LeanFlask
from reportmocks.ondemand import Deferred, OnDemand
from reportmocks.settings import Settings
from reportmocks.storage import StorageApp
from reportmocks.vendor import Vendor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication


def create_app(settings: Settings, *, wall: Callable[[], int] = wall_ms) -> Gateway:
    """The mocks that `settings` ask for, as one WSGI application: vendors, storage and control.

    It opens the state that `settings` name and nothing else; vendors and worlds come when first asked for.
    `wall` stands in for the wall clock.

    Raises:
        StoreError: The state cannot be kept where `settings` say.
    """
    vendors = OnDemand(settings.vendors or VENDORS, load_vendor)
    rules = OnDemand(vendors, lambda name: settings.rules.get(name) or RuleValues(load_rulebook(name)))
    kernel = Kernel(settings, OnDemand(vendors, lambda name: vendors[name].traits), rules, wall)
    scenarios.start(kernel)

    def body_limit(call: Call) -> int:
        if call.environ["PATH_INFO"].startswith("/judge/") and call.environ.get("SCRIPT_NAME") == "/_mock":
            return RESULT_LIMIT
        its = vendors.get(call.vendor)
        return rules_of(kernel, its, call).number(f"{its.id}.body-size") if its else BODY_LIMIT

    storage = StorageApp(kernel, vendors)

    def identify(call: Call) -> tuple[str, Sandbox | None] | None:
        if call.environ["SCRIPT_NAME"] == "/_storage":
            return storage.owner(call.environ["PATH_INFO"])
        if call.vendor not in vendors:
            return None
        with suppress(Refusal):
            return call.vendor, vendors[call.vendor].identify(kernel, call)
        return call.vendor, None

    return Gateway(
        kernel,
        body_limit=body_limit,
        apps={vendor: Deferred(partial(_vendor_app, kernel, vendors, vendor)) for vendor in vendors},
        storage=storage,
        control=guarded(control_app(kernel).wsgi_app, settings.control_token),
        identify=identify,
    )


def _vendor_app(kernel: Kernel, vendors: Mapping[str, Vendor], vendor: str) -> "WSGIApplication":
    return vendor_app(kernel, vendors[vendor])


def load_vendor(vendor: str) -> Vendor:
    """The mock of a vendor, imported now."""
    loaded: Vendor = importlib.import_module(f"reportmocks.{vendor}").VENDOR
    return loaded


def vendor_app(kernel: Kernel, vendor: Vendor) -> "WSGIApplication":
    """A vendor's routes as a WSGI application that answers every error in the vendor's words."""
    app = LeanFlask(vendor.id)
    vendor.routes(app, kernel)

    def refused(refusal: Refusal) -> Response:
        call = current_call()
        call.decided_by(refusal.rule)
        call.notes.append(f"{refusal.text} ({refusal.hint})" if refusal.hint else refusal.text)
        call.refused, call.numbers, call.remedy = refusal.text, refusal.numbers, refusal.remedy
        return vendor.render(refusal, rules_of(kernel, vendor, call))

    def http_error(error: HTTPException) -> Response:
        return refused(as_refusal(error, vendor.id))

    def failed(error: Exception) -> Response:
        text = failures.told(error)
        return json_answer({"error": "InternalError", "message": f"{text[0].upper()}{text[1:]}"}, 500)

    app.register_error_handler(Refusal, refused)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, failed)

    def answer(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        call: Call = environ[CALL]
        if "HTTP_PREFER" in environ or REFUSE in environ:
            wanted = forced.wanted_by(environ)
            if wanted is not None:
                with app.request_context(environ):
                    return _forced(kernel, vendor, wanted, refused)(environ, start_response)
        refusal = refused_unseen(kernel, vendor, call)
        if refusal is None:
            return app.wsgi_app(environ, start_response)
        with app.request_context(environ):
            return refused(refusal)(environ, start_response)

    return answer


def refused_unseen(kernel: Kernel, vendor: Vendor, call: Call) -> Refusal | None:
    """What a request is refused for before its route is found: its size, or strictly by the contract.

    A request that names no sandbox is left to the vendor's own refusal of credentials.
    """
    if call.body_limit is not None:
        return BodyTooLarge(rule=f"{vendor.id}.body-size", limit=call.body_limit)
    if kernel.settings.validate != "strict" or not call.violations:
        return None
    rules_of(kernel, vendor, call)
    return checking.refusal_of(call) if call.sandbox else None


def _forced(
    kernel: Kernel, vendor: Vendor, wanted: Wanted, refused: Callable[[Refusal], Response]
) -> Response:
    """The refusal that is asked for, or that it cannot be had."""
    call = current_call()
    rules = rules_of(kernel, vendor, call)
    forced.mark(call)
    try:
        forced.check(wanted, vendor.id, rules.rulebook)
    except NotForced as error:
        call.notes.append(str(error))
        return text_answer(forced.no_such_refusal(error), 400, content_type=PROBLEM)
    sandbox = call.sandbox or kernel.sandboxes.peek(vendor.id, TEMPLATE, call.wall)
    response = refused(forced.refusal(Circumstances(wanted, vendor.traits, sandbox)))
    response.headers["Preference-Applied"] = f"rule={wanted.rule}"
    return response


def rules_of(kernel: Kernel, vendor: Vendor, call: Call) -> RuleValues:
    """The rules that a call is answered by: its sandbox's, or where it names none those of a new one."""
    if call.sandbox is None:
        with suppress(Refusal):  # it may be this refusal that is being answered
            call.sandbox = vendor.identify(kernel, call)
    return (call.sandbox or kernel.sandboxes.peek(vendor.id, TEMPLATE, call.wall)).rules


def as_refusal(error: HTTPException, vendor: str) -> Refusal:
    """What werkzeug refuses by itself, as the kernel says it."""
    call = current_call()
    if isinstance(error, MethodNotAllowed):
        allowed = tuple(sorted(error.valid_methods or ()))
        return WrongMethod(rule=f"{vendor}.method", method=call.environ["REQUEST_METHOD"], allowed=allowed)
    return NotFound(rule=f"{vendor}.unknown-path", kind="Resource", name=call.environ.get("PATH_INFO", ""))
