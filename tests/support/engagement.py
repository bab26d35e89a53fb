"""What clients of HapYak's and Brightcove's engagement reports do alike in tests."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final
from uuid import uuid4

import httpx

from reportcontracts.catalogue import Report
from reportcontracts.rows import typed_row
from reportmocks.kernel.clock import parse_instant
from support import answers
from support.steering import Steering

PROJECTS: Final = "project_engagement_summary_raw"
STREAM: Final = "user_stream_raw"

RUN: Final = "2s"
"""How long a report takes where nothing else was planned."""

START: Final = parse_instant("2026-03-04T12:00:00Z")
"""Where every clock stands at first."""

RATES: Final = ("rate-minute", "rate-hour", "rate-day")

SEND_STATUS: Final = MappingProxyType({"send_status": "true"})
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

Query = Mapping[str, Any]
"""Parameters, each a text or a list of them."""


class Client(ABC):
    """A client of engagement reports; how it identifies itself is the vendor's."""

    always: ClassVar[Query] = SEND_STATUS
    """What `ask` sends with every request."""

    @property
    @abstractmethod
    def mock(self) -> Steering:
        """The control API of the client's sandbox."""

    @abstractmethod
    def request(self, report: str, parameters: Query, **more: Any) -> httpx.Response:
        """GET a report, with the credential and otherwise as it is told."""

    def ask(self, report: str = PROJECTS, /, **parameters: str | None) -> httpx.Response:
        """Ask for a report as a client does that waits for it; a parameter that is `None` is left out."""
        asked = {**self.always, **parameters}
        return self.request(report, {name: value for name, value in asked.items() if value is not None})

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
    def covered(self) -> tuple[int, int]:
        """The range of the newest run, in milliseconds."""
        request = self.last_job["request"]
        return request["start"], request["end"]

    @property
    def last_request(self) -> dict[str, Any]:
        """The newest entry of the journal."""
        newest: dict[str, Any] = self.mock.requests()[-1]
        return newest


def lines(answer: httpx.Response) -> list[list[str]]:
    """The lines of a CSV, header first."""
    return answers.lines(answer.content)


def rows(report: Report, answer: httpx.Response) -> list[dict[str, Any]]:
    """The typed rows of a report in CSV or JSON, by the answer's content type."""
    if answer.headers["Content-Type"].startswith("application/json"):
        found: list[dict[str, Any]] = json.loads(answer.content)
        return found
    return [dict(typed_row(report, cells)) for cells in lines(answer)[1:]]
