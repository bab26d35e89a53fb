"""What a server tells of its APIs: `openapi.json` under each prefix, and Swagger UI at `docs`.

The pages are ours, not the vendors': they are under `/<vendor>` and `/_mock`, never at a vendor's host name.
"""

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from reportcontracts.names import CONTROL
from reportmocks.answers import CALL, JSON, PROBLEM, problem
from reportmocks.kernel.call import Call
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.sandbox import TEMPLATE
from reportmocks.version import VERSION

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

DOCUMENT: Final = "/openapi.json"
DOCS: Final = "/docs"
ASSETS: Final = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
"""The files of Swagger UI that the page loads, each with its type."""

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title} - reportmocks</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script>
SwaggerUIBundle({{url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null}});
</script>
</html>
"""
"""`validatorUrl: null` keeps the page from sending the document to a validator on the web."""

_LIFE: Final = 86_400


def is_page(path: str) -> bool:
    """Whether a path after the prefix is one of these."""
    return path in (DOCUMENT, DOCS) or path.startswith(f"{DOCS}/")


class Pages:
    """The pages of a server, as a WSGI application."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if method in ("GET", "HEAD"):
            status, content_type, body, more = self._page(environ, path)
        else:
            status, content_type, more = "405 Method Not Allowed", PROBLEM, {"Allow": "GET, HEAD"}
            body = problem(405, "method", f"{method} is not allowed here", allowed=["GET", "HEAD"])
        headers = {"Content-Type": content_type, "Content-Length": str(len(body)), **more}
        start_response(status, list(headers.items()))
        return [] if method == "HEAD" else [body]

    def _page(self, environ: dict[str, Any], path: str) -> tuple[str, str, bytes, dict[str, str]]:
        """Status, type, body and further headers of what is at a path."""
        prefix = environ["SCRIPT_NAME"].removeprefix("/")
        owner, name = CONTROL if prefix == "_mock" else prefix, path.removeprefix(f"{DOCS}/")
        if path == DOCUMENT:
            return "200 OK", JSON, self._document(environ[CALL], owner), {}
        if path == DOCS:
            return "200 OK", "text/html; charset=utf-8", _PAGE.format(title=owner).encode(), {}
        if not name:
            return "308 Permanent Redirect", "text/plain", b"", {"Location": "../docs"}
        if name in ASSETS:
            return "200 OK", ASSETS[name], asset(name), {"Cache-Control": f"max-age={_LIFE}"}
        detail = f"the documentation has no {path}"
        return "404 Not Found", PROBLEM, problem(404, "no-such-path", detail, allowed=list(ASSETS)), {}

    def _document(self, call: Call, owner: str) -> bytes:
        """The OpenAPI document, by the rules that new sandboxes start with and the address that was used."""
        from reportcontracts.openapi import openapi  # noqa: PLC0415 - most servers are never asked

        server = f"{call.origin}/_mock" if owner == CONTROL else call.base_url
        values = catalogue = None
        if owner != CONTROL:
            values = self._kernel.sandboxes.peek(owner, TEMPLATE, call.wall).rules
            catalogue = self._kernel.settings.catalogue(owner)
        told = openapi(owner, server=server, version=VERSION, values=values, catalogue=catalogue)
        return json.dumps(told).encode()


@cache
def asset(name: str) -> bytes:
    """A file of Swagger UI, read once."""
    return files("flask_swagger_ui").joinpath("dist", name).read_bytes()
