"""Flask without what no mock uses: a status poll is what clients do most, and it pays for every step."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Response
from flask.sessions import SessionInterface
from werkzeug.datastructures import Headers
from werkzeug.exceptions import NotFound
from werkzeug.routing import MapAdapter, Rule
from werkzeug.wrappers import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

REMEMBERED: Final = 4096
"""Paths whose routes are remembered, with what stands in them."""

Match = tuple[Rule, Mapping[str, Any]]

_EMPTY: Final[Mapping[str, Any]] = {}


class LeanFlask(Flask):
    """A Flask application with routes and error handlers, and nothing else.

    No sessions, no hooks before, after or at the end of a request, no static files, no automatic
    OPTIONS, and no address rebuilt from the host's name to find a route.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            __name__, static_folder=None
        )  # not the vendor's: a user may have a module of that name
        self.name = name
        self.session_interface = _NoSessions()
        self.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
        self.config["MAX_FORM_MEMORY_SIZE"] = None  # the gateway has seen to the size of the body
        self.config["MAX_FORM_PARTS"] = None
        self.url_map.merge_slashes = False
        self.url_map.strict_slashes = True
        self.url_map.redirect_defaults = False
        self._found = lru_cache(maxsize=REMEMBERED)(self._find)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """What finds the route of a request by its path and method alone."""
        if request is None:
            return None
        path, method = request.path, request.environ["REQUEST_METHOD"]
        if request.environ.get("PATH_INFO", "").startswith("//"):
            path = f"/{path}"  # of the slashes that a path begins with werkzeug leaves one
        if method != method.upper():
            method = f"-{method}"  # methods are told apart by case, but werkzeug would take get for GET
        return _Adapter(self._found, path, method)

    def _find(self, path: str, method: str) -> Match:
        """The route of a path and method, and what the path holds for it; werkzeug's error for none."""
        if path.startswith("//"):
            raise NotFound
        return self.url_map.bind("mock", path_info=path, default_method=method).match(return_rule=True)

    def preprocess_request(self, *_: object) -> None:
        """Nothing is done before a request."""

    def process_response(self, *arguments: Any) -> Response:
        """Nothing is done to a response."""
        response: Response = arguments[-1]
        return response

    def do_teardown_request(self, *_: object) -> None:
        """Nothing is done at the end of a request."""

    def do_teardown_appcontext(self, *_: object) -> None:
        """Nothing is done at the end of a context."""


class _Adapter(MapAdapter):
    """What Flask asks for the route of one request: a client polls one path many times, found once."""

    def __init__(self, found: Callable[[str, str], Match], path: str, method: str) -> None:
        self._found = found
        self.path_info = path
        self.default_method = method

    def match(self, *_: Any, **__: Any) -> Any:
        """The route, and what the path holds for it."""
        rule, values = self._found(self.path_info, self.default_method)
        return rule, dict(values)


class _NoSessions(SessionInterface):
    """Flask's sessions, left out: no cookies, and nothing to open with each request."""

    def open_session(self, app: Flask, request: Request) -> Any:  # noqa: ARG002 - Flask's signature
        """The same empty session for all."""
        return _EMPTY


class Answer(Response):
    """A response that is all in memory and is sent as it was made."""

    def __init__(self, body: bytes, status: int, headers: Headers) -> None:
        headers["Content-Length"] = str(len(body))
        super().__init__([body], status, headers)

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Send it; HEAD gets the headers alone."""
        start_response(self.status, self.headers.to_wsgi_list())
        body: list[bytes] = [] if environ["REQUEST_METHOD"] == "HEAD" else self.response  # type: ignore[assignment]
        return body
