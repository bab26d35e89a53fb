"""Brightcove Interactivity: OAuth tokens, engagement reports as HapYak's, and analytics reports at once."""

from dataclasses import replace

from reportmocks.brightcove.analytics import expected
from reportmocks.brightcove.errors import render
from reportmocks.brightcove.reports import TRAITS
from reportmocks.brightcove.routes import add_routes
from reportmocks.brightcove.tokens import identify
from reportmocks.vendor import Vendor

VENDOR = Vendor(
    traits=replace(TRAITS, expected=expected),
    routes=add_routes,
    render=render,
    identify=identify,
    curl="curl -i -u my-client:my-secret -d grant_type=client_credentials '{url}/v4/access_token'",
)

__all__ = ["VENDOR"]
