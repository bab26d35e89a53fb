"""A client of SaferMe's Analytics API that does everything right: a page to copy from."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import requests

API: Final = "/api/v4/analytics"
SESSION: Final = "/api/v4/session"
TRIES: Final = 6
"""How often a request is made before its error is believed."""
TRANSIENT: Final = (429, 500, 502, 503, 504)

Row = dict[str, Any]


class ReportError(Exception):
    """There is no report; the text says why, and holds no secret."""


@dataclass
class SafermeClient:
    """Fetches analytics with one access token, or without one with those that it signs in for.

    `sleep` stands in for the machine's clock; `pause` is the first pause before a request is made again, in
    seconds.
    """

    base_url: str
    app_id: str
    access_token: str = ""
    email: str = ""
    password: str = ""
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
        """The rows of a call, or what went wrong: `ValueError` for what may go right another time.

        An access token that is refused is replaced once, if there is something to sign in with.
        """
        self.access_token = self.access_token or self.signed_in()
        answer = self.got(call, asked)
        if answer.status_code == 401 and self.email:
            self.access_token = self.signed_in()
            answer = self.got(call, asked)
        rows = told(answer, call)
        return [rows] if isinstance(rows, dict) else list(rows)

    def got(self, call: str, asked: dict[str, str]) -> requests.Response:
        """The answer to a call with the access token."""
        head = {"Authorization": f"Token token={self.access_token}", "X-AppId": self.app_id}
        return self.session.get(f"{self.base_url}{API}/{call}", params=asked, headers=head, timeout=60)

    def signed_in(self) -> str:
        """A new access token."""
        given = {"app_bundle_id": self.app_id, "email": self.email, "password": self.password}
        answer = self.session.post(f"{self.base_url}{SESSION}", json={"session": given}, timeout=60)
        return str(told(answer, "session")["session"]["access_token"])


def told(answer: requests.Response, what: str) -> Any:
    """What an answer's JSON holds; `ValueError` for what may go right another time."""
    if answer.status_code in TRANSIENT:
        raise ValueError(answer.status_code)
    if answer.status_code not in (200, 201):
        raise ReportError(f"{what}: {answer.status_code} {answer.text[:200]}")
    return answer.json()


if __name__ == "__main__":
    from command import arguments, main  # type: ignore[import-not-found]  # stands beside this file

    who = ("access_token",) if os.environ.get("SAFERME_ACCESS_TOKEN") else ("email", "password")
    its = arguments("SAFERME_APP_ID", *(f"SAFERME_{name.upper()}" for name in who))
    app_id, *given = its.given
    keys = dict(zip(who, given, strict=True))
    client = SafermeClient(its.base_url, app_id, pause=min(its.poll, 1.0), **keys)
    main(lambda: client.fetch(its.report, its.start, its.end, **its.parameters), its.output, ReportError)
