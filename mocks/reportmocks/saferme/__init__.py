"""SaferMe Analytics API v4: nine synchronous calls, sessions, and what the identifiers in rows mean."""

from reportmocks.saferme.errors import render
from reportmocks.saferme.reports import TRAITS
from reportmocks.saferme.routes import add_routes
from reportmocks.saferme.tokens import identify
from reportmocks.vendor import Vendor

VENDOR = Vendor(
    traits=TRAITS,
    routes=add_routes,
    render=render,
    identify=identify,
    curl=(
        "curl -i -H 'Authorization: Token token=my-token' -H 'X-AppId: com.thundermaps.saferme'"
        " '{url}/api/v4/analytics/reports_over_time"
        "?channel_id=1&start_date=2016-01-01T00:00:00Z&end_date=2016-11-11T00:00:00Z'"
    ),
)

__all__ = ["VENDOR"]
