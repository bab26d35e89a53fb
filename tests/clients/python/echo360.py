"""A client of Echo360's reporting API that does everything right: a page to copy from."""

import csv
import gzip
import io
import time
import warnings
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import requests

API: Final = "/public/api/v1/reporting"
LONGEST: Final = timedelta(days=7)
"""The longest range of one request."""
IN_FLIGHT: Final = 3
"""How many requests may be Pending at one time."""
MARGIN: Final = 30
"""Seconds before its end at which a token is renewed."""
TRIES: Final = 8
"""How often a call is made before its error is believed."""
TRANSIENT: Final = (429, 502, 503, 504)

Row = dict[str, str]


class ReportError(Exception):
    """There is no report; the text says why, and holds no secret."""


@dataclass
class Echo360Client:
    """Fetches reports of one institution.

    `sleep` and `clock` stand in for the machine's clock; `poll` is the first pause between two looks at a
    request, `timeout` how long to wait for one, both in seconds.
    """

    base_url: str
    client_id: str
    client_secret: str
    poll: float = 30.0
    timeout: float = 6 * 3600.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    session: requests.Session = field(default_factory=requests.Session)
    _token: str = ""
    _renew_at: float = 0.0

    def fetch(
        self, report: str, start: str | None = None, end: str | None = None, **output: Any
    ) -> list[Row]:
        """The rows of a report from the day `start` up to but without the day `end`, however long that is."""
        waiting = deque(pieces(start, end))
        flying: deque[Request] = deque()
        rows: list[Row] = []
        while waiting or flying:
            while waiting and len(flying) < IN_FLIGHT:
                flying.append(self.submit(report, waiting.popleft(), output))
            rows += self.result(flying.popleft())
        return rows

    def submit(self, report: str, parameters: dict[str, str], output: dict[str, Any]) -> "Request":
        """Submit a request; wait for a slot where all are taken."""
        body = {"parameters": parameters, "output": output}
        deadline = self.clock() + self.timeout
        while True:
            answer = self.call("POST", f"/requests/{report}", json=body)
            if answer.status_code < 300:
                return Request(answer.json()["requestId"], report, parameters, output)
            if "inflight" not in code_of(answer).lower() or self.clock() > deadline:
                raise refused(answer)
            self.sleep(self.poll)

    def result(self, request: "Request") -> list[Row]:
        """The rows of a request, which is submitted once more if its report was deleted meanwhile."""
        for _ in range(2):
            status = self.wait(request)
            if status["status"] == "Available":
                return self.download(request, status["signedAssets"])
            if status["status"] != "Expired":
                break
            request = self.submit(request.report, request.parameters, request.output)
        raise ReportError(f"request {request.id} for {request.report} is {status['status']}")

    def wait(self, request: "Request") -> dict[str, Any]:
        """What has become of a request, once it is not Pending."""
        deadline, pause = self.clock() + self.timeout, self.poll
        while True:
            status = self.look(request)
            if status["status"] != "Pending":
                return status
            if self.clock() + pause > deadline:
                raise ReportError(f"request {request.id} is still Pending after {self.timeout:g} s")
            self.sleep(pause)
            pause = min(pause * 1.5, self.poll * 10)

    def look(self, request: "Request") -> dict[str, Any]:
        """How a request stands now, with freshly signed links."""
        answer = self.call("GET", f"/requests/{request.id}")
        if answer.status_code != 200:
            raise refused(answer)
        status: dict[str, Any] = answer.json()
        return status

    def download(self, request: "Request", links: list[str]) -> list[Row]:
        """The rows behind signed links; a late link is asked for anew, a damaged file fetched again."""
        for attempt in range(TRIES):
            try:
                return [row for link in links for row in parsed(self.file(link), request.output)]
            except LateLink:
                status = self.look(request)
                if status["status"] != "Available":
                    return self.result(request)
                links = status["signedAssets"]
            except (requests.RequestException, OSError, EOFError, ValueError, zlib.error) as error:
                if attempt == TRIES - 1:
                    raise ReportError(f"the file of request {request.id} cannot be read: {error}") from None
                self.sleep(self.poll)
        raise ReportError(f"every link of request {request.id} was refused")

    def file(self, link: str) -> bytes:
        """The bytes behind a signed link, used as it is and without credentials."""
        answer = requests.get(link, timeout=60)
        if answer.status_code in (403, 404):
            raise LateLink
        answer.raise_for_status()
        length = answer.headers.get("Content-Length")
        if length is not None and int(length) != len(answer.content):
            raise EOFError("the download ended early")
        return answer.content

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """One call with a good token; a token that is refused is replaced once."""
        for fresh in (False, True):
            head = {"Authorization": f"Bearer {self.token(fresh=fresh)}"}
            answer = self.patiently(method, f"{API}{path}", headers=head, **options)
            if answer.status_code != 401:
                break
        return answer

    def token(self, *, fresh: bool) -> str:
        """An access token with some time to live."""
        if fresh or not self._token or self.clock() >= self._renew_at:
            form = {
                "grant_type": "client_credentials",
                "client_id": self.client_id,
                "client_secret": self.client_secret,
            }
            answer = self.patiently("POST", "/oauth2/access_token", data=form)
            if answer.status_code != 200:
                raise refused(answer)
            granted = answer.json()
            self._token = granted["access_token"]
            self._renew_at = self.clock() + granted["expires_in"] - MARGIN
        return self._token

    def patiently(self, method: str, path: str, **options: Any) -> requests.Response:
        """One request; what is only for now (429, 5xx, no connection) is tried again."""
        for attempt in range(TRIES):
            pause = self.poll * 2**attempt
            try:
                answer = self.session.request(method, self.base_url + path, timeout=60, **options)
            except requests.RequestException as error:
                if attempt == TRIES - 1:
                    raise ReportError(f"{method} {path}: {type(error).__name__}") from None
            else:
                if answer.status_code not in TRANSIENT or attempt == TRIES - 1:
                    return answer
                pause = float(answer.headers.get("Retry-After", pause))
            self.sleep(pause)
        raise AssertionError(path)


@dataclass(frozen=True)
class Request:
    """A request that was submitted."""

    id: str
    report: str
    parameters: dict[str, str]
    output: dict[str, Any]


class LateLink(Exception):  # noqa: N818 - it says what the link is
    """A signed link that does not work any longer."""


def pieces(start: str | None, end: str | None) -> Iterator[dict[str, str]]:
    """The range in parts that are short enough: each starts where the one before ends."""
    if start is None or end is None:
        yield {}
        return
    at, last = date.fromisoformat(start), date.fromisoformat(end)
    if last > datetime.now(UTC).date() - timedelta(days=2):
        warnings.warn("the last days are complete 48 hours after they end; read them again", stacklevel=4)
    while at < last:
        until = min(at + LONGEST, last)
        yield {"start": at.isoformat(), "end": until.isoformat()}
        at = until


def parsed(data: bytes, output: dict[str, Any]) -> list[Row]:
    """The rows of a file, decompressed if it was asked for so."""
    text = (gzip.decompress(data) if output.get("compression", True) else data).decode("utf-8")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=output.get("delimiter", ","), strict=True)
    header = next(lines)
    return [dict(zip(header, cells, strict=True)) for cells in lines]


def code_of(answer: requests.Response) -> str:
    """The word with which a call was refused."""
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return ""


def refused(answer: requests.Response) -> ReportError:
    """The error for an answer that is a refusal; its URL is left out, since it may hold a secret."""
    return ReportError(f"{answer.request.method}: {answer.status_code} {answer.text[:200]}")


if __name__ == "__main__":
    from command import arguments, main  # type: ignore[import-not-found]  # stands beside this file

    its = arguments("ECHO360_CLIENT_ID", "ECHO360_CLIENT_SECRET")
    client = Echo360Client(its.base_url, *its.given, poll=its.poll, timeout=its.timeout)
    main(lambda: client.fetch(its.report, its.start, its.end, **its.options), its.output, ReportError)
