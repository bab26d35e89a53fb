"""SaferMe's routes: the nine analytics calls, sessions, and look-ups."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from flask import Flask, Response

from reportcontracts.catalogue import load_catalogue
from reportmocks.kernel.core import Kernel
from reportmocks.saferme import lookups, sessions
from reportmocks.saferme.reports import analytics

BASE: Final = "/api/v4"

SESSION: Final[Mapping[str, Callable[[Kernel], Response]]] = {
    "POST": sessions.create,
    "GET": sessions.show,
    "PATCH": sessions.renew,
    "DELETE": sessions.end,
}
"""By method, all of the path `/session`."""

LOOKUPS: Final[Mapping[str, Callable[..., Response]]] = {
    "/forms": lookups.forms,
    "/forms/<given>": lookups.form,
    "/channels": lookups.channels,
    "/channels/<given>": lookups.channel,
    "/channels/<given>/form": lookups.form_of_channel,
    "/report_states": lookups.states,
    "/report_states/<given>": lookups.state,
    "/channels/<given>/report_states": lookups.states,
    "/channels/<channel_id>/report_states/<given>": lookups.state,
    "/channels/<channel_id>/categories": lookups.categories,
    "/channels/<channel_id>/categories/<given>": lookups.category,
    "/channels/<channel_id>/users": lookups.users,
    "/channels/<channel_id>/users/<given>": lookups.user,
    "/users/<given>": lookups.user,
}
"""By path, all of them GET."""


def add_routes(app: Flask, kernel: Kernel) -> None:
    """Add the routes of the SaferMe mock."""
    for report in load_catalogue("saferme").values():
        app.add_url_rule(report.path, report.name, partial(analytics, kernel, report), methods=["GET"])
    for method, answer in SESSION.items():
        app.add_url_rule(f"{BASE}/session", f"session {method}", partial(answer, kernel), methods=[method])
    for path, look_up in LOOKUPS.items():
        app.add_url_rule(f"{BASE}{path}", path, partial(look_up, kernel), methods=["GET"])
