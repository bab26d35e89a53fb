"""HapYak reporting v2: ten engagement reports behind an API key."""

from reportmocks.hapyak.errors import render
from reportmocks.hapyak.reports import TRAITS
from reportmocks.hapyak.routes import add_routes, identify
from reportmocks.vendor import Vendor

VENDOR = Vendor(
    traits=TRAITS,
    routes=add_routes,
    render=render,
    identify=identify,
    curl=(
        "curl -i -H 'X-Hapyak-API-Key: my-key'"
        " '{url}/api/reports/v2/project_engagement_summary_raw?send_status=true'"
    ),
)

__all__ = ["VENDOR"]
