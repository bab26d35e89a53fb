"""A client of Khoros Care's Analytics Reports API that does everything right: a page to copy from."""

import csv
import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import requests

API: Final = "/api/public/reports/report"
MARKETING: Final = ("raw_brand_posts",)
"""The exports that are under a path of their own."""
TRIES: Final = 8
"""How often a request is made before its error is believed."""
TRANSIENT: Final = (429, 500, 502, 503, 504)

Row = dict[str, Any]


class ReportError(Exception):
    """There is no export; the text says why, and holds no secret."""


class Gone(Exception):  # noqa: N818 - it says what the download is
    """A download that can be had no longer."""


@dataclass
class KhorosClient:
    """Fetches exports of one company.

    `sleep` and `clock` stand in for the machine's clock; `poll` is the first pause between two looks at an
    export, `timeout` how long to wait for one, both in seconds.
    """

    base_url: str
    company_key: str
    username: str
    password: str
    poll: float = 15.0
    timeout: float = 4 * 3600.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    session: requests.Session = field(default_factory=requests.Session)

    def fetch(self, export: str, start: str, end: str, **options: str) -> list[Row]:
        """The rows of an export from the instant `start` up to `end`, in milliseconds since the epoch.

        Where its download is over before it is fetched, the export is run once more.
        """
        asked = {"startTime": start, "endTime": end, "reportFormat": "csv", **options}
        for _ in range(2):
            download_url = self.completed(self.submit(export, asked))
            try:
                return self.download(download_url, asked["reportFormat"])
            except Gone:
                continue
        raise ReportError(f"the download of {export} is over before it is fetched")

    def submit(self, export: str, asked: dict[str, str]) -> str:
        """Start a run; return where its status is."""
        folder = f"{API}/marketing" if export in MARKETING else API
        parameters = {"companyKey": self.company_key, **asked}
        answer = self.call("POST", f"{self.base_url}{folder}/{export}", params=parameters)
        if answer.status_code != 200 or answer.json()["status"] != "PASS":
            raise refused(export, answer)
        return str(answer.json()["result"]["statusUrl"])

    def completed(self, status_url: str) -> str:
        """Where the file is, once the run is closed, completed, and says so."""
        deadline, pause = self.clock() + self.timeout, self.poll
        while True:
            answer = self.call("GET", status_url)
            if answer.status_code != 200:
                raise refused("status", answer)
            result = answer.json()["result"]
            run = result[0] if isinstance(result, list) else result
            state, url = run["result"], run["jobInfo"]["downloadUrl"]
            if state["runnerState"] == "CLOSED":
                if state["detail"] != "COMPLETED":
                    raise ReportError(f"the run is CLOSED and {state['detail']}")
                if url:
                    return str(url)
            if self.clock() + pause > deadline:
                raise ReportError(f"the run has no download after {self.timeout:g} s")
            self.sleep(pause)
            pause = min(pause * 1.5, self.poll * 10)

    def download(self, url: str, form: str) -> list[Row]:
        """The rows of the file; a late signed address is asked for anew, a damaged file fetched again."""
        for attempt in range(TRIES):
            try:
                return parsed(self.file(url), form)
            except (requests.RequestException, OSError, EOFError, ValueError, csv.Error) as error:
                if attempt == TRIES - 1:
                    raise ReportError(f"the file cannot be read: {error}") from None
            self.sleep(self.poll)
        raise AssertionError(form)

    def file(self, url: str) -> bytes:
        """The bytes of the file: the redirect is followed by hand, so that no credentials go with it."""
        answer = self.call("GET", url, allow_redirects=False)
        if answer.status_code == 404:
            raise Gone
        if answer.status_code != 307:
            raise refused("download", answer)
        file = requests.get(answer.headers["Location"], timeout=60)
        if file.status_code in (403, 404):
            raise EOFError("the signed address works no longer")
        file.raise_for_status()
        length = file.headers.get("Content-Length")
        if length is not None and int(length) != len(file.content):
            raise EOFError("the download ended early")
        return file.content

    def call(self, method: str, url: str, **options: Any) -> requests.Response:
        """One call with the credentials; what is only for now (429, 5xx, no connection) is tried again."""
        for attempt in range(TRIES):
            pause = self.poll * 2**attempt
            try:
                answer = self.session.request(
                    method, url, auth=(self.username, self.password), timeout=60, **options
                )
            except requests.RequestException as error:
                if attempt == TRIES - 1:
                    raise ReportError(f"{method}: {type(error).__name__}") from None
            else:
                if answer.status_code not in TRANSIENT or attempt == TRIES - 1:
                    return answer
                pause = float(answer.headers.get("Retry-After", pause))
            self.sleep(pause)
        raise AssertionError(method)


def parsed(data: bytes, form: str) -> list[Row]:
    """The rows of a file; `ValueError` for one that holds none."""
    text = data.decode("utf-8")
    if form == "json":
        rows: list[Row] = json.loads(text)
        return rows
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(lines, [])
    if len(header) < 2:
        raise ValueError("the first line is no header")
    return [dict(zip(header, cells, strict=True)) for cells in lines]


def refused(what: str, answer: requests.Response) -> ReportError:
    """The error for an answer that is a refusal; its URL is left out, since it may hold a secret."""
    return ReportError(f"{what}: {answer.status_code} {answer.text[:200]}")


if __name__ == "__main__":
    from command import arguments, main  # type: ignore[import-not-found]  # stands beside this file

    its = arguments("KHOROS_COMPANY_KEY", "KHOROS_USERNAME", "KHOROS_PASSWORD")
    client = KhorosClient(its.base_url, *its.given, poll=its.poll, timeout=its.timeout)
    main(lambda: client.fetch(its.report, its.start, its.end, **its.options), its.output, ReportError)
