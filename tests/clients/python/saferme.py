"""A client of SaferMe's Analytics API that does everything right: a page to copy from."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import requests

API: Final = "/api/v4/analytics"
TRIES: Final = 6
"""How often a request is made before its error is believed."""
TRANSIENT: Final = (429, 500, 502, 503, 504)

Row = dict[str, Any]


class ReportError(Exception):
    """There is no report; the text says why, and holds no secret."""


@dataclass
class SafermeClient:
    """Fetches analytics with one access token.

    `sleep` stands in for the machine's clock; `pause` is the first pause before a request is made again, in
    seconds.
    """

    base_url: str
    access_token: str
    app_id: str
    pause: float = 1.0
    sleep: Callable[[float], None] = time.sleep
    session: requests.Session = field(default_factory=requests.Session)

    def fetch(self, call: str, start: str, end: str, **parameters: str) -> list[Row]:
        """The rows of a call from the instant `start` to `end`, both of which belong to the range."""
        asked = {"start_date": start, "end_date": end, **parameters}
        for attempt in range(TRIES):
            try:
                rows = self.once(call, asked)
            except (requests.RequestException, ValueError) as error:
                if attempt == TRIES - 1:
                    raise ReportError(f"{call}: {type(error).__name__}") from None
                self.sleep(self.pause * 2**attempt)
            else:
                return rows
        raise AssertionError(call)

    def once(self, call: str, asked: dict[str, str]) -> list[Row]:
        """The rows of a call, or what went wrong: `ValueError` for what may go right another time."""
        head = {"Authorization": f"Token token={self.access_token}", "X-AppId": self.app_id}
        answer = self.session.get(f"{self.base_url}{API}/{call}", params=asked, headers=head, timeout=60)
        if answer.status_code in TRANSIENT:
            raise ValueError(answer.status_code)
        if answer.status_code != 200:
            raise ReportError(f"{call}: {answer.status_code} {answer.text[:200]}")
        rows = answer.json()
        return [rows] if isinstance(rows, dict) else list(rows)


if __name__ == "__main__":
    from command import arguments, main  # type: ignore[import-not-found]  # stands beside this file

    its = arguments("SAFERME_ACCESS_TOKEN", "SAFERME_APP_ID")
    client = SafermeClient(its.base_url, *its.given, pause=min(its.poll, 1.0))
    main(lambda: client.fetch(its.report, its.start, its.end, **its.parameters), its.output, ReportError)
