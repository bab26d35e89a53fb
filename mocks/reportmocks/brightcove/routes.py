"""Brightcove's routes: tokens, engagement reports and analytics reports, each at a host of its own."""

from collections.abc import Callable
from typing import Final

from flask import Flask, Response, request

from reportcontracts.catalogue import Catalogue, Report
from reportmocks.answers import current_call, json_answer, text_answer
from reportmocks.brightcove import accounts, analytics, tokens
from reportmocks.engagement.parameters import Parameters
from reportmocks.engagement.runs import Runs
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.refusals import NotFound
from reportmocks.kernel.remedies import Change, Remedy
from reportmocks.kernel.sandbox import Sandbox

ENGAGEMENT: Final = "interactivity-reporting.api.brightcove.com"
ANALYTICS: Final = "interactivity.api.brightcove.com"
OAUTH: Final = "oauth.brightcove.com"


def add_routes(app: Flask, kernel: Kernel) -> None:
    """Add the routes of the Brightcove mock."""
    catalogue = kernel.settings.catalogue(tokens.VENDOR)
    _add_tokens(app, kernel)
    _add_engagement(app, kernel, catalogue)
    for report in catalogue.values():
        if report.path.startswith("/v1/"):
            _add_analytics(app, kernel, catalogue, report)


def _add_tokens(app: Flask, kernel: Kernel) -> None:
    @app.route("/v4/access_token", methods=["POST", "OPTIONS"])
    def token() -> Response:
        _at_host(kernel, OAUTH)
        if request.method == "OPTIONS":
            return _options("POST, OPTIONS")
        return json_answer(tokens.grant(kernel))

    @app.route("/v3/access_token", methods=["POST", "OPTIONS"])
    def older_token() -> Response:
        rules = tokens.rules_of(kernel, tokens.client_of_request())
        if not rules.flag("brightcove.token-path", "v3"):
            raise NotFound(rule="brightcove.token-path", kind="Resource", name=request.path)
        answer = token()
        if request.method == "POST":
            answer.status_code = rules.number("brightcove.token-path", "v3-status")
        return answer


def _add_engagement(app: Flask, kernel: Kernel, catalogue: Catalogue) -> None:
    runs = Runs.of(kernel, tokens.VENDOR, _check_account)
    base = catalogue.api.base_path

    @app.route(f"{base}/<report>", methods=["GET", "OPTIONS"])
    def run(report: str) -> Response:
        _at_host(kernel, ENGAGEMENT)
        return _answer(lambda: runs.answer(_engagement_client(kernel), report))

    @app.route(f"{base}{base}/<report>", methods=["GET", "OPTIONS"])
    def doubled(report: str) -> Response:
        _at_host(kernel, ENGAGEMENT)
        return _answer(lambda: runs.answer(_misled_client(kernel, f"{base}/{report}"), report))


def _add_analytics(app: Flask, kernel: Kernel, catalogue: Catalogue, report: Report) -> None:
    @app.route(
        report.path.replace("{account_id}", "<account_id>"), endpoint=report.name, methods=["GET", "OPTIONS"]
    )
    def answer(account_id: str) -> Response:
        _at_host(kernel, ANALYTICS)
        return _answer(
            lambda: analytics.answer(_analytics_client(kernel), catalogue[report.name], account_id)
        )


def _answer(make: Callable[[], Response]) -> Response:
    """The answer to GET and HEAD; to OPTIONS, which the API reference has everywhere, the methods."""
    return _options("GET, HEAD, OPTIONS") if request.method == "OPTIONS" else make()


def _options(allowed: str) -> Response:
    return text_answer("", content_type="text/plain; charset=utf-8", headers={"Allow": allowed})


def _engagement_client(kernel: Kernel) -> Sandbox:
    """The sandbox of a client who may have engagement reports."""
    sandbox = tokens.authenticate(kernel)
    rule = "brightcove.engagement-operation"
    tokens.require(sandbox, sandbox.rules.text(rule, "needs"), rule)
    return sandbox


def _misled_client(kernel: Kernel, meant: str) -> Sandbox:
    """The sandbox of a client who doubled the path as the page's sample does."""
    sandbox, rule = _engagement_client(kernel), "brightcove.doubled-path"
    if sandbox.rules.text(rule, "action") == "refuse":
        raise NotFound(rule=rule, kind="Resource", name=request.path, known=(meant,))
    current_call().shaped_by(rule)
    return sandbox


def _analytics_client(kernel: Kernel) -> Sandbox:
    """The sandbox of a client who may have analytics reports."""
    sandbox = tokens.authenticate(kernel)
    tokens.require(sandbox, "all", "brightcove.operation")
    return sandbox


def _check_account(sandbox: Sandbox, asked: Parameters) -> None:
    accounts.check(sandbox, asked.sent.get("account_id"))


def _at_host(kernel: Kernel, host: str) -> None:
    """See that a client that came by one of the vendor's host names came by the right one."""
    call = current_call()
    named = str(call.environ.get("HTTP_HOST", "")).partition(":")[0].lower().rstrip(".")
    if named == host or named not in (ENGAGEMENT, ANALYTICS, OAUTH):
        return
    client = tokens.identify(kernel, call)
    rules = client.rules if client else tokens.rules_of(kernel, "")
    if rules.text("brightcove.host", "action") == "refuse":
        call.sandbox = client
        raise NotFound(
            rule="brightcove.host",
            kind="Resource",
            name=request.path,
            suggested=Remedy(changes=(Change("Host", host, "header"),)),
        )
