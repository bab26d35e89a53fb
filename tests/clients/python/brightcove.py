"""A client of all of Brightcove's reports that does everything right: a page to copy from."""

import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import requests

API: Final = "/api/reports/v2"
ANALYTICS: Final = ("gradebook/summary", "gradebook/users/answers", "quiz/actions", "quiz/project/summary")
LONGEST: Final = timedelta(days=180)
"""Days of one report: never more than six months."""
ROW_CAP: Final = 500_000
MARGIN: Final = 30
"""Seconds before its end at which a token is renewed."""
TRIES: Final = 8
"""How often a request is made before its error is believed."""
TRANSIENT: Final = (429, 502, 503, 504)

Row = dict[str, Any]


class ReportError(Exception):
    """There is no report; the text says why, and holds no secret."""


@dataclass
class BrightcoveClient:
    """Fetches reports of one account.

    With the real service `oauth_url` and `analytics_url` are other hosts than `base_url`. `sleep` and `clock`
    stand in for the clock of the machine; `poll` is the first pause between two looks at a report, `timeout`
    how long to wait.
    """

    base_url: str
    client_id: str
    client_secret: str
    account_id: str
    oauth_url: str = ""
    analytics_url: str = ""
    poll: float = 10.0
    timeout: float = 2 * 3600.0
    row_cap: int = ROW_CAP
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    session: requests.Session = field(default_factory=requests.Session)
    _token: str = ""
    _renew_at: float = 0.0

    def fetch(self, report: str, start: str, end: str, **options: str) -> list[Row]:
        """The rows of a report from the day `start` to the day `end`, both of them whole, however many.

        Those of an analytics report are from the instant `start` on, before `end`, and nested as they come.
        """
        if report in ANALYTICS:
            return self.analytics(report, {"start_time": start, "end_time": end, **options})
        first, last = date.fromisoformat(start), date.fromisoformat(end)
        return [row for piece in pieces(first, last) for row in self.complete(report, *piece, options)]

    def analytics(self, report: str, asked: dict[str, str]) -> list[Row]:
        """The rows of an analytics report, which is answered at once."""
        path = f"/v1/accounts/{self.account_id}/reports/{report}"

        def ask() -> requests.Response:
            answer = self.call(self.analytics_url or self.base_url, path, asked)
            if answer.status_code != 200:
                raise ReportError(f"{report}: {answer.status_code} {answer.text[:200]}")
            return answer

        return self.read(report, ask, results)

    def complete(self, report: str, first: date, last: date, options: dict[str, str]) -> list[Row]:
        """All rows of some days: where the row cap may have cut them, those of each half of the days."""
        rows = self.rows(report, first, last, options)
        if len(rows) < self.row_cap:
            return rows
        if first == last:
            raise ReportError(
                f"{report} of {first} has {len(rows)} rows or more, as many as one report can have"
            )
        middle = first + (last - first) // 2
        halves = ((first, middle), (middle + timedelta(days=1), last))
        return [row for half in halves for row in self.complete(report, *half, options)]

    def rows(self, report: str, first: date, last: date, options: dict[str, str]) -> list[Row]:
        """The rows of one report, once it is built."""
        days = {"start": first.isoformat(), "end": last.isoformat(), "account_id": self.account_id}
        asked = days | {"format": "csv", "send_status": "true"} | options
        return self.read(
            report, lambda: self.finished(report, asked), lambda answer: parsed(answer, asked["format"])
        )

    def read(
        self,
        report: str,
        ask: Callable[[], requests.Response],
        rows_of: Callable[[requests.Response], list[Row]],
    ) -> list[Row]:
        """The rows of the answer to `ask`; a damaged one is fetched again."""
        for attempt in range(TRIES):
            answer = ask()
            try:
                return rows_of(answer)
            except (ValueError, csv.Error) as error:
                if attempt == TRIES - 1:
                    raise ReportError(f"{report} cannot be read: {error}") from error
            self.sleep(self.poll)
        raise AssertionError(report)

    def finished(self, report: str, asked: dict[str, str]) -> requests.Response:
        """The answer with the rows: the same request again and again until it is 200."""
        deadline, pause = self.clock() + self.timeout, self.poll
        while True:
            answer = self.call(self.base_url, f"{API}/{report}", asked)
            if answer.status_code == 200:
                return answer
            if answer.status_code != 202:
                raise ReportError(f"{report}: {answer.status_code} {answer.text[:200]}")
            pause = float(answer.headers.get("Retry-After", pause))
            if self.clock() + pause > deadline:
                raise ReportError(f"{report} is still in work after {self.timeout:g} s")
            self.sleep(pause)
            pause = min(pause * 1.5, self.poll * 10)

    def call(self, base_url: str, path: str, asked: dict[str, str]) -> requests.Response:
        """One call with a good token; a token that is refused is replaced once."""
        for fresh in (False, True):
            head = {"Authorization": f"Bearer {self.token(fresh=fresh)}"}
            answer = self.patiently("GET", base_url + path, params=asked, headers=head)
            if answer.status_code != 401:
                break
        return answer

    def token(self, *, fresh: bool) -> str:
        """An access token with some time to live."""
        if fresh or not self._token or self.clock() >= self._renew_at:
            answer = self.patiently(
                "POST",
                f"{self.oauth_url or self.base_url}/v4/access_token",
                data={"grant_type": "client_credentials"},
                auth=(self.client_id, self.client_secret),
            )
            if answer.status_code != 200:
                raise ReportError(f"no token: {answer.status_code} {answer.text[:200]}")
            granted = answer.json()
            self._token = granted["access_token"]
            self._renew_at = self.clock() + granted["expires_in"] - MARGIN
        return self._token

    def patiently(self, method: str, url: str, **options: Any) -> requests.Response:
        """One request; what is only for now (429, 5xx of a gateway, no connection) is tried again."""
        for attempt in range(TRIES):
            pause = self.poll * 2**attempt
            try:
                answer = self.session.request(method, url, timeout=60, **options)
            except requests.RequestException as error:
                if attempt == TRIES - 1:
                    raise ReportError(f"{url}: {type(error).__name__}") from None
            else:
                if answer.status_code not in TRANSIENT or attempt == TRIES - 1:
                    return answer
                pause = float(answer.headers.get("Retry-After", pause))
            self.sleep(pause)
        raise AssertionError(url)


def pieces(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The days in parts that are short enough: each starts on the day after the one before."""
    while first <= last:
        until = min(first + LONGEST - timedelta(days=1), last)
        yield first, until
        first = until + timedelta(days=1)


def parsed(answer: requests.Response, form: str) -> list[Row]:
    """The rows of an answer; `ValueError` for one that holds none."""
    text = answer.content.decode("utf-8")
    if form == "json":
        rows: list[Row] = json.loads(text)
        return rows
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(lines, [])
    if len(header) < 2 or not all(name.isidentifier() for name in header):
        raise ValueError("the first line is no header")
    return [dict(zip(header, cells, strict=True)) for cells in lines]


def results(answer: requests.Response) -> list[Row]:
    """The rows of an analytics report, nested as they come; `ValueError` for an answer that holds none."""
    result = answer.json()["result"]
    rows: list[Row] = result["users"] if isinstance(result, dict) else result
    return rows


if __name__ == "__main__":
    from command import arguments, main  # type: ignore[import-not-found]  # stands beside this file

    its = arguments("BRIGHTCOVE_CLIENT_ID", "BRIGHTCOVE_CLIENT_SECRET", "BRIGHTCOVE_ACCOUNT_ID")
    patience = {"poll": its.poll, "timeout": its.timeout, "row_cap": its.row_cap}
    client = BrightcoveClient(its.base_url, *its.given, **patience)
    chosen = {**its.options, **its.parameters}
    main(lambda: client.fetch(its.report, its.start, its.end, **chosen), its.output, ReportError)
