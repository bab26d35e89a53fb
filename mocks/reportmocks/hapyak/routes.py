"""HapYak's one route: `GET /api/reports/v2/<report>` with the key in `X-Hapyak-API-Key`."""

from flask import Blueprint, Response, request

from reportcontracts.catalogue import load_catalogue
from reportmocks.answers import current_call
from reportmocks.engagement.runs import Runs
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.refusals import Unauthenticated
from reportmocks.kernel.sandbox import Sandbox


def blueprint(kernel: Kernel) -> Blueprint:
    """The routes of the HapYak mock."""
    catalogue = load_catalogue("hapyak")
    runs = Runs(kernel, catalogue)
    routes = Blueprint("hapyak", __name__)

    @routes.get(f"{catalogue.api.base_path}/<report>")
    def run(report: str) -> Response:
        return runs.answer(sandbox_of_key(kernel), report)

    return routes


def sandbox_of_key(kernel: Kernel) -> Sandbox:
    """The sandbox that the request's key names, or `Unauthenticated`."""
    key = request.headers.get("X-Hapyak-API-Key", "").strip()
    if not key:
        raise Unauthenticated(
            rule="hapyak.key", reason="the header X-Hapyak-API-Key is missing", missing=True
        )
    if key.startswith("invalid"):
        raise Unauthenticated(rule="hapyak.key", reason="the API key is not valid")
    call = current_call()
    call.sandbox = kernel.open("hapyak", key)
    return call.sandbox
