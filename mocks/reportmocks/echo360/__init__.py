"""Echo360 reporting: submit a request, poll its status, download from a signed link."""

from reportmocks.echo360.errors import render
from reportmocks.echo360.reports import TRAITS, stored
from reportmocks.echo360.routes import add_routes
from reportmocks.echo360.tokens import identify
from reportmocks.vendor import Vendor

VENDOR = Vendor(
    traits=TRAITS,
    routes=add_routes,
    render=render,
    identify=identify,
    storage=stored,
    curl=(
        "curl -i -d 'grant_type=client_credentials&client_id=my-client&client_secret=my-secret'"
        " '{url}/oauth2/access_token'"
    ),
)

__all__ = ["VENDOR"]
