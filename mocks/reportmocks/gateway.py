"""The one door: finds the vendor of a request, fixes its moment, and keeps its log line and journal entry."""

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from hmac import compare_digest
from typing import IO, TYPE_CHECKING, Any, Final

from reportcontracts.catalogue import load_catalogue
from reportmocks import checking
from reportmocks.answers import CALL, JSON, PROBLEM, http_date, problem
from reportmocks.faulty import Faults, Identify
from reportmocks.kernel.call import Call
from reportmocks.kernel.clock import duration_text, stopwatch
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.journal import ANONYMOUS
from reportmocks.pages import Pages, is_page
from reportmocks.version import VERSION

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

BODY_LIMIT: Final = 1024 * 1024
"""Bytes of a request body that are read where no vendor's rule says otherwise."""

DISCARDED: Final = 16 * 1024 * 1024
"""Bytes of a body too large that are read all the same, so that the connection can be kept."""
CHUNK: Final = 64 * 1024

MARK: Final = "X-Reportmocks-Forwarded"
"""The header in which our own proxy gives its secret and the scheme that the client used."""

_LOOPBACK: Final = {"127.0.0.1": "localhost", "localhost": "127.0.0.1", "[::1]": "localhost"}
_HOST: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?")


class Gateway:
    """Everything on the port, as a WSGI application."""

    def __init__(
        self,
        kernel: Kernel,
        *,
        body_limit: Callable[[Call], int],
        apps: Mapping[str, "WSGIApplication"],
        storage: "WSGIApplication",
        control: "WSGIApplication",
        identify: Identify,
    ) -> None:
        self.kernel = kernel
        self._faults = Faults(kernel, identify)
        self._body_limit = body_limit
        self._mark = kernel.settings.proxy_mark
        self._validates = kernel.settings.validate != "off"
        if self._validates:
            checking.prepare()
        self._pages = Pages(kernel)
        self._prefixes = {f"/{vendor}": (vendor, app) for vendor, app in apps.items()}
        self._prefixes |= {"/_storage": ("-", storage), "/_mock": ("-", control)}
        self._apps = apps

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        started = stopwatch()
        call = Call(environ, self.kernel.wall(), catalogue=self.kernel.settings.catalogue)
        environ[CALL] = call
        app = self._route(call)
        if environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ:
            _read_body(call, self._body_limit(call))
        if self._validates and call.vendor != "-":
            checking.check_request(call)
        app = self._faults.struck(call, app)

        def begin(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], object]:
            call.status = int(status[:3])
            call.answer_headers = headers
            self._add_headers(call, headers)
            return start_response(status, headers, exc_info)

        body = app(environ, begin)
        if call.streamed:
            return self._follow(call, body, started)
        call.answer = b"".join(body)
        _close(body)
        if self._validates:
            checking.check_answer(call, call.answer)
        self._finish(call, started)
        return [call.answer]

    @cached_property
    def _hosts(self) -> "Mapping[str, tuple[str, WSGIApplication]]":
        """Vendors by host name; the catalogues that tell these are not read for a client that uses none."""
        hosts = {f"{vendor}.localhost": (vendor, app) for vendor, app in self._apps.items()}
        return hosts | {
            host: (vendor, app)
            for vendor, app in self._apps.items()
            for host in load_catalogue(vendor).api.hosts
        }

    def _route(self, call: Call) -> "WSGIApplication":
        """Find who answers, and move the vendor's prefix from the path to the script name."""
        environ = call.environ
        host, port = _host(environ)
        if self._mark and (given := forwarded(environ, self._mark)):
            return self._route_forwarded(call, host, f"{given}://{host}{port}")
        scheme = environ.get("wsgi.url_scheme", "http")
        call.origin = f"{scheme}://{host}{port}"
        found = None if host in _LOOPBACK else self._hosts.get(host)
        if found:
            call.vendor, app = found
            call.base_url = call.origin
            call.origin = self._own_origin(scheme, port)
        else:
            path = environ["PATH_INFO"]
            end = path.find("/", 1)
            prefix = path if end < 0 else path[:end]
            if prefix not in self._prefixes:
                return self._lost
            call.vendor, app = self._prefixes[prefix]
            environ["SCRIPT_NAME"] = prefix
            environ["PATH_INFO"] = path[len(prefix) :]
            call.base_url = call.origin + prefix
        self._apply_public_url(call)
        call.storage_url = self.kernel.settings.storage_url or self._storage_origin(scheme, host, port)
        if environ.get("SCRIPT_NAME", "") not in ("", "/_storage") and is_page(environ["PATH_INFO"]):
            call.vendor = "-"
            return self._pages
        return app

    def _route_forwarded(self, call: Call, host: str, origin: str) -> "WSGIApplication":
        """Who answers a request that our own proxy passed on: a vendor by its host name, or the storage.

        Whoever comes by a vendor's host name has no way to the control API there.
        """
        settings = self.kernel.settings
        call.base_url = origin
        call.origin = f"http://127.0.0.1:{settings.port}"  # where a server that has a proxy listens
        call.storage_url = settings.storage_url or call.origin
        if host in self._hosts:
            call.vendor, app = self._hosts[host]
            return app
        path = call.environ["PATH_INFO"]
        if path.startswith("/_storage/"):
            call.environ["SCRIPT_NAME"] = "/_storage"
            call.environ["PATH_INFO"] = path.removeprefix("/_storage")
        return self._prefixes["/_storage"][1]

    def _apply_public_url(self, call: Call) -> None:
        public_url = self.kernel.settings.public_url
        if public_url:
            call.origin = public_url
            call.base_url = f"{public_url}/{call.vendor}"

    def _storage_origin(self, scheme: str, host: str, port: str) -> str:
        """Where signed links lead: another origin on the same port, if the client's address has a twin."""
        settings = self.kernel.settings
        if settings.public_url:
            return settings.public_url
        if host in _LOOPBACK:
            return f"{scheme}://{_LOOPBACK[host]}{port}"
        return self._own_origin(scheme, port) if host in self._hosts else f"{scheme}://{host}{port}"

    def _own_origin(self, scheme: str, port: str) -> str:
        """Where storage and control are for a client that comes by a vendor's host name."""
        return f"{scheme}://localhost{port or f':{self.kernel.settings.port}'}"

    def _lost(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer for addresses that are no vendor's: the front page, or a problem that names the vendors."""
        call: Call = environ[CALL]
        served = {
            prefix[1:]: call.origin + prefix for prefix in self._prefixes if not prefix.startswith("/_")
        }
        there = {"vendors": served, "control": f"{call.origin}/_mock"}
        if environ["PATH_INFO"] in ("", "/") and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            status, kind, body = "200 OK", JSON, json.dumps({"reportmocks": VERSION} | there).encode()
        else:
            detail = "no vendor's mock is at this path; each is under its own prefix"
            status, kind, body = "404 Not Found", PROBLEM, problem(404, "no-such-vendor", detail, **there)
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    def _add_headers(self, call: Call, headers: list[tuple[str, str]]) -> None:
        now = call.sandbox.now if call.sandbox else call.wall
        headers[:] = [header for header in headers if header[0] != "Date"]
        headers.append(("Date", http_date(now // 1000)))
        if call.rules and self.kernel.settings.hints:
            headers.append(("X-Mock-Rule", ", ".join(call.rules)))
            about = self.kernel.about(call.vendor, call.sandbox.name if call.sandbox else ANONYMOUS)
            headers.append(
                ("Link", f'<{call.origin}/_mock/rules/{call.rules[0]}?{about}>; rel="describedby"')
            )
        if call.faults and self.kernel.settings.hints:
            headers.append(("X-Mock-Fault", ", ".join(call.faults)))

    def _follow(self, call: Call, body: Iterable[bytes], started: float) -> Iterator[bytes]:
        """Pass a download on, and finish the call when it ends, however it ends.

        The last chunk is held back until the call is in the journal: a client that has read all of it may
        ask for the journal at once.
        """
        finished, held = False, b""
        try:
            for chunk in checking.followed(call, body) if self._validates else body:
                if held:
                    yield held
                held = chunk
                call.sent += len(held)
            self._finish(call, started)
            finished = True
            yield held
        finally:
            _close(body)
            if not finished:
                self._finish(call, started)

    def _finish(self, call: Call, started: float) -> None:
        if call.wait_until is not None and call.sandbox is not None:
            call.sandbox.told_to_wait(call.wait_until)
            if call.sandbox.clock.mode == "frozen":
                wait = duration_text(call.wait_until - call.sandbox.now)
                call.notes.append(f"clock is frozen; reportmocks ctl clock +{wait}")
        call.took = stopwatch() - started
        if call.vendor != "-":
            self.kernel.journal.add(call)
        self.kernel.log.request(call)


def _close(body: Iterable[bytes]) -> None:
    """Let a WSGI application know that its body is not read any further."""
    close = getattr(body, "close", None)
    if close is not None:
        close()


def forwarded(environ: dict[str, Any], mark: str) -> str | None:
    """The scheme that the client of our own proxy used, if this request carries the proxy's secret.

    The header is taken off in any case: nobody else's is believed, and no journal shows ours.
    """
    given, _, scheme = environ.pop(f"HTTP_{MARK.upper().replace('-', '_')}", "").partition(" ")
    return scheme if compare_digest(given.encode("latin-1", "replace"), mark.encode()) else None


def _host(environ: dict[str, Any]) -> tuple[str, str]:
    """Host name in lower case and `:port` or nothing; of the server where the request names none."""
    match = _HOST.fullmatch(environ.get("HTTP_HOST", ""))
    if match:
        return match[1].lower().rstrip("."), match[2] or ""
    return environ["SERVER_NAME"], f":{environ['SERVER_PORT']}"


def _discard(stream: IO[bytes]) -> None:
    """Read what is left of a body, up to a bound: a client that still sends would not see its answer."""
    for _ in range(DISCARDED // CHUNK):
        if not stream.read(CHUNK):
            return


def _read_body(call: Call, limit: int) -> None:
    """Read the request's body, of known length or not, so that every route finds it whole."""
    environ = call.environ
    stream, length = environ["wsgi.input"], environ.get("CONTENT_LENGTH")
    if length and not (length.isascii() and length.isdigit()):
        length = "0"  # no server lets it through, but a test that calls the application may
    if length and int(length) > max(limit, DISCARDED):
        call.body_limit = limit
        return
    body = stream.read(min(int(length), limit + 1) if length else limit + 1)
    if len(body) > limit:
        call.body_limit = limit
        _discard(stream)
    call.body = body[:limit]
    environ["wsgi.input"] = io.BytesIO(call.body)
    environ["CONTENT_LENGTH"] = str(len(call.body))
