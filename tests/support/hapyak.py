"""A client of HapYak's mock for tests: what it asks, and what every answer must be."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from uuid import uuid4

import httpx

from reportcontracts.catalogue import load_catalogue
from reportcontracts.rows import typed_row
from reportcontracts.validation import violations
from reportmocks.kernel.clock import parse_instant
from support.steering import Steering

KEY: Final = "X-Hapyak-API-Key"
BASE: Final = "/hapyak/api/reports/v2"
PROJECTS: Final = "project_engagement_summary_raw"
STREAM: Final = "user_stream_raw"
REPORTS: Final = tuple(load_catalogue("hapyak"))

RUN: Final = "2s"
"""How long a report takes where nothing else was planned."""

START: Final = parse_instant("2026-03-04T12:00:00Z")
"""Where every clock stands at first."""

SEND_STATUS: Final = MappingProxyType({"send_status": "true"})
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

RATES: Final = ("rate-minute", "rate-hour", "rate-day")


@dataclass(frozen=True)
class HapYak:
    """A client with a key of its own, and the hand that steers its sandbox."""

    client: httpx.Client
    key: str

    @property
    def mock(self) -> Steering:
        """The control API of the key's sandbox."""
        return Steering(self.client, "hapyak", self.key)

    def ask(self, report: str = PROJECTS, /, **parameters: str | None) -> httpx.Response:
        """A request with the key and `send_status=true`; a parameter that is `None` is left out."""
        asked = {"send_status": "true"} | parameters
        return self.send("GET", report, {name: value for name, value in asked.items() if value is not None})

    def send(
        self,
        method: str,
        report: str = PROJECTS,
        parameters: Mapping[str, str | list[str]] = SEND_STATUS,
        headers: Mapping[str, str] = NOTHING,
    ) -> httpx.Response:
        """A request with the key, and otherwise as it is given."""
        headers = {KEY: self.key} | dict(headers)
        return self.client.request(method, f"{BASE}/{report}", params=dict(parameters), headers=headers)

    def fetch(self, report: str = PROJECTS, /, **parameters: str | None) -> httpx.Response:
        """The finished report: asked for, waited for on the sandbox's clock, and asked for again."""
        started = self.ask(report, **parameters)
        assert started.status_code == 202, started.text
        self.mock.advance(RUN)
        finished = self.ask(report, **parameters)
        assert finished.status_code == 200, finished.text
        return finished

    def start(self, count: int) -> list[httpx.Response]:
        """Ask for so many runs, each unlike all before."""
        return [self.ask(run=uuid4().hex) for _ in range(count)]

    def unlimited(self) -> None:
        """Switch the rate limits off."""
        for rule in RATES:
            self.mock.rule(rule, enabled=False)

    @property
    def last_job(self) -> dict[str, Any]:
        """The newest run."""
        newest: dict[str, Any] = self.mock.jobs()[-1]
        return newest

    @property
    def last_request(self) -> dict[str, Any]:
        """The newest entry of the journal."""
        newest: dict[str, Any] = self.mock.requests()[-1]
        return newest


def lines(answer: httpx.Response) -> list[list[str]]:
    """The lines of a CSV, header first."""
    return list(csv.reader(io.StringIO(answer.content.decode(), newline=""), strict=True))


def rows(report: str, answer: httpx.Response) -> list[dict[str, Any]]:
    """The typed rows of a report in CSV or JSON, by the answer's content type."""
    if answer.headers["Content-Type"].startswith("application/json"):
        found: list[dict[str, Any]] = json.loads(answer.content)
        return found
    its = load_catalogue("hapyak").report(report)
    return [dict(typed_row(its, cells)) for cells in lines(answer)[1:]]


def rules_of(answer: httpx.Response) -> list[str]:
    """The ids of the rules that shaped an answer, the deciding one first."""
    named = answer.headers.get("X-Mock-Rule", "")
    return named.split(", ") if named else []


def assert_refused(answer: httpx.Response, status: int, rule: str) -> None:
    """An answer is HapYak's refusal by this rule, in the form that all of them have."""
    assert answer.status_code == status, answer.text
    assert rules_of(answer)[:1] == [rule]
    assert answer.headers["Content-Type"] == "application/json"
    assert violations("hapyak", "error", answer.json()) == []
