"""Everything on the port as one WSGI application, and a vendor's part of it."""

import importlib
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from reportcontracts.rules import RuleValues, load_rulebook
from reportmocks.answers import current_call, json_answer
from reportmocks.control.routes import control_app
from reportmocks.gateway import BODY_LIMIT, Gateway
from reportmocks.kernel.clock import wall_ms
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.refusals import BodyTooLarge, NotFound, Refusal, WrongMethod
from reportmocks.settings import AVAILABLE, Settings
from reportmocks.storage import StorageApp
from reportmocks.vendor import Vendor


def create_app(settings: Settings, *, wall: Callable[[], int] = wall_ms) -> Gateway:
    """The mocks that `settings` ask for, as one WSGI application: vendors, storage and control.

    It opens the state that `settings` name and nothing else; worlds are made when first asked for.
    `wall` stands in for the wall clock.

    Raises:
        StoreError: The state cannot be kept where `settings` say.
    """
    vendors = {vendor: load_vendor(vendor) for vendor in settings.vendors or AVAILABLE}
    rules = {vendor: settings.rules.get(vendor) or RuleValues(load_rulebook(vendor)) for vendor in vendors}
    kernel = Kernel(settings, {vendor: its.traits for vendor, its in vendors.items()}, rules, wall)
    return Gateway(
        kernel,
        apps={vendor: vendor_app(kernel, its).wsgi_app for vendor, its in vendors.items()},
        storage=StorageApp(kernel, vendors),
        control=control_app(kernel).wsgi_app,
    )


def load_vendor(vendor: str) -> Vendor:
    """The mock of a vendor, imported now."""
    loaded: Vendor = importlib.import_module(f"reportmocks.{vendor}").VENDOR
    return loaded


def vendor_app(kernel: Kernel, vendor: Vendor) -> Flask:
    """A vendor's routes as a Flask application that answers every error in the vendor's words."""
    app = Flask(vendor.id, static_folder=None)
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    app.session_interface = NoSessions()
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.before_request(refuse_large_body)
    app.register_blueprint(vendor.blueprint(kernel))

    def refused(refusal: Refusal) -> Response:
        call = current_call()
        call.shaped_by(refusal.rule)
        call.notes.append(f"{refusal.text} ({refusal.hint})" if refusal.hint else refusal.text)
        return vendor.render(refusal, call.sandbox.rules if call.sandbox else kernel.rules[vendor.id])

    def http_error(error: HTTPException) -> Response:
        return refused(as_refusal(error, vendor.id))

    def failed(error: Exception) -> Response:
        traceback.print_exception(error, file=sys.stderr)
        return json_answer(
            {"error": "InternalError", "message": "The mock itself failed; its log says more"}, 500
        )

    app.register_error_handler(Refusal, refused)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, failed)
    return app


def refuse_large_body() -> None:
    """Refuse a request whose body the gateway did not read to its end."""
    call = current_call()
    if call.body_too_large:
        raise BodyTooLarge(rule=f"{call.vendor}.body-size", limit=BODY_LIMIT)


def as_refusal(error: HTTPException, vendor: str) -> Refusal:
    """What werkzeug refuses by itself, as the kernel says it."""
    call = current_call()
    if isinstance(error, MethodNotAllowed):
        allowed = tuple(sorted(error.valid_methods or ()))
        return WrongMethod(rule=f"{vendor}.method", method=call.environ["REQUEST_METHOD"], allowed=allowed)
    return NotFound(rule=f"{vendor}.unknown-path", kind="Resource", name=call.environ.get("PATH_INFO", ""))


class NoSessions(SessionInterface):
    """Flask's sessions, left out: no cookies, and nothing to open or save with each request."""

    def open_session(self, app: Flask, request: Request) -> Any:  # noqa: ARG002 - Flask's signature
        """The same empty session for all."""
        return _EMPTY

    def is_null_session(self, obj: object) -> bool:  # noqa: ARG002 - Flask's signature
        """Every session is null, so Flask never saves one."""
        return True


_EMPTY: Mapping[str, Any] = {}
