"""HapYak's one route: `GET /api/reports/v2/<report>` with the key in `X-Hapyak-API-Key`."""

from typing import Final

from flask import Flask, Response

from reportmocks.answers import current_call
from reportmocks.engagement.runs import Runs
from reportmocks.kernel.call import Call
from reportmocks.kernel.core import INVALID, Kernel
from reportmocks.kernel.refusals import Unauthenticated
from reportmocks.kernel.remedies import Change, Remedy
from reportmocks.kernel.sandbox import Sandbox

_WITH_A_KEY: Final = Remedy(changes=(Change("X-Hapyak-API-Key", "my-key", "header"),))


def add_routes(app: Flask, kernel: Kernel) -> None:
    """Add the routes of the HapYak mock."""
    runs = Runs.of(kernel, "hapyak")

    @app.get(f"{runs.catalogue.api.base_path}/<report>")
    def run(report: str) -> Response:
        return runs.answer(sandbox_of_key(kernel), report)


def sandbox_of_key(kernel: Kernel) -> Sandbox:
    """The sandbox that the current request's key names, or `Unauthenticated`."""
    call = current_call()
    call.sandbox = identify(kernel, call)
    if call.sandbox is None:
        raise Unauthenticated(
            rule="hapyak.key",
            reason="the header X-Hapyak-API-Key is missing",
            missing=True,
            suggested=_WITH_A_KEY,
        )
    if not _valid(call.sandbox.name):
        raise Unauthenticated(rule="hapyak.key", reason="the API key is not valid", suggested=_WITH_A_KEY)
    return call.sandbox


def identify(kernel: Kernel, call: Call) -> Sandbox | None:
    """The sandbox that a request's key names; one that is not valid can be steered, but makes none."""
    key: str = call.environ.get("HTTP_X_HAPYAK_API_KEY", "").strip(" \t")
    if not key:
        return None
    return kernel.open("hapyak", key) if _valid(key) else kernel.sandboxes.peek("hapyak", key, call.wall)


def _valid(key: str) -> bool:
    return key.isascii() and not key.startswith(INVALID)
