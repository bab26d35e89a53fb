"""Khoros Care Analytics Reports: submit an export, follow its status, download by way of a signed link."""

from dataclasses import replace

from reportmocks.khoros.access import identify
from reportmocks.khoros.errors import render
from reportmocks.khoros.files import stored
from reportmocks.khoros.questions import expected
from reportmocks.khoros.reports import TRAITS
from reportmocks.khoros.routes import add_routes
from reportmocks.vendor import Vendor

VENDOR = Vendor(
    traits=replace(TRAITS, expected=expected),
    routes=add_routes,
    render=render,
    identify=identify,
    storage=stored,
    curl=(
        "curl -i -u 'me@example.com:my-password' -X POST '{url}/api/public/reports/report/conversation"
        "?reportFormat=csv&companyKey=my-company&startTime=1551441600000&endTime=1556712000000'"
    ),
)

__all__ = ["VENDOR"]
