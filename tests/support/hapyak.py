"""A client of HapYak's mock for tests: what it asks, and what every answer must be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from reportcontracts.catalogue import load_catalogue
from support import engagement
from support.answers import refusal
from support.engagement import NOTHING, PROJECTS, SEND_STATUS, Query
from support.steering import Steering

KEY: Final = "X-Hapyak-API-Key"
BASE: Final = "/hapyak/api/reports/v2"
REPORTS: Final = tuple(load_catalogue("hapyak"))


@dataclass(frozen=True)
class HapYak(engagement.Client):
    """A client with a key of its own, and the hand that steers its sandbox."""

    client: httpx.Client
    key: str

    @property
    def mock(self) -> Steering:
        """The control API of the key's sandbox."""
        return Steering(self.client, "hapyak", self.key)

    def send(
        self,
        method: str,
        report: str = PROJECTS,
        parameters: Query = SEND_STATUS,
        headers: Mapping[str, str] = NOTHING,
        **more: Any,
    ) -> httpx.Response:
        """A request with the key, and otherwise as it is given."""
        sent = {KEY: self.key} | dict(headers)
        return self.client.request(method, f"{BASE}/{report}", params=dict(parameters), headers=sent, **more)

    def request(self, report: str, parameters: Query, **more: Any) -> httpx.Response:
        """GET a report."""
        return self.send("GET", report, parameters, **more)


def rows(report: str, answer: httpx.Response) -> list[dict[str, Any]]:
    """The typed rows of a report in CSV or JSON, by the answer's content type."""
    return engagement.rows(load_catalogue("hapyak").report(report), answer)


def assert_refused(answer: httpx.Response, status: int, rule: str) -> None:
    """An answer is HapYak's refusal by this rule, in the form that all of them have."""
    refusal(answer, status, rule)
