"""Echo360 reporting: submit a request, poll its status, download from a signed link."""

from reportmocks.echo360.errors import render
from reportmocks.echo360.reports import TRAITS, stored
from reportmocks.echo360.routes import blueprint
from reportmocks.vendor import Vendor

VENDOR = Vendor(
    traits=TRAITS,
    blueprint=blueprint,
    render=render,
    storage=stored,
    curl=(
        "curl -i -d 'grant_type=client_credentials&client_id=my-client&client_secret=my-secret'"
        " '{url}/oauth2/access_token'"
    ),
)

__all__ = ["VENDOR"]
