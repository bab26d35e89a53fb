"""A client of Khoros' mock for tests: what it asks, and what every answer must be."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import httpx

from reportcontracts.catalogue import load_catalogue
from reportcontracts.validation import violations
from reportmocks.kernel.clock import parse_instant
from support.answers import refusal
from support.steering import Steering

API: Final = "/khoros/api/public"
CATALOGUE: Final = load_catalogue("khoros")
EXPORTS: Final = tuple(CATALOGUE)
USER: Final = ("me@example.com", "secret")

RUN: Final = "2s"
"""How long a report takes where nothing else was planned."""

START: Final = parse_instant("2026-03-04T12:00:00Z")
"""Where every clock stands at first."""
FROM: Final = parse_instant("2026-02-25T00:00:00Z")
UNTIL: Final = parse_instant("2026-03-04T00:00:00Z")
"""A week in which there are rows of every export."""
WEEK: Final = MappingProxyType({"startTime": str(FROM), "endTime": str(UNTIL)})
HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR

Parameters = Mapping[str, Any]


def needed(export: str) -> dict[str, str]:
    """The parameters that a submission of an export needs, but for the company key."""
    return dict(WEEK) | ({"timeInterval": str(DAY)} if export == "team_performance_interval" else {})


@dataclass(frozen=True)
class Khoros:
    """A client with a company of its own, and the hand that steers its sandbox."""

    client: httpx.Client
    company: str

    @property
    def mock(self) -> Steering:
        """The control API of the company's sandbox."""
        return Steering(self.client, "khoros", self.company)

    def call(
        self, method: str, path: str, parameters: Parameters | None = None, **options: Any
    ) -> httpx.Response:
        """A call of the API with the user and the company key; a parameter that is `None` is left out."""
        asked = {"companyKey": self.company} | dict(parameters or {})
        options = {"auth": USER} | options
        sent = {name: value for name, value in asked.items() if value is not None}
        return self.client.request(method, f"{API}{path}", params=sent, **options)

    def open(self, url: str, **options: Any) -> httpx.Response:
        """GET an address as it is, with the user."""
        return self.client.get(url, **({"auth": USER} | options))

    def submit(self, export: str = "author", method: str = "POST", /, **parameters: Any) -> httpx.Response:
        """Submit an export for the week, or as it is told; return the answer."""
        return self.call(method, path_of(export), needed(export) | parameters)

    def submitted(self, export: str = "author", /, **parameters: Any) -> dict[str, Any]:
        """Submit an export that is accepted; return the result."""
        result: dict[str, Any] = passed(self.submit(export, **parameters), "submitted")
        return result

    def poll(self, run: Mapping[str, Any]) -> dict[str, Any]:
        """What has become of a run that was submitted."""
        result = passed(self.open(run["statusUrl"]), "status")
        found: dict[str, Any] = result[0] if isinstance(result, list) else result
        return found

    def finished(self, export: str = "author", /, **parameters: Any) -> str:
        """Submit an export and wait for it on the sandbox's clock; return its `downloadUrl`."""
        run = self.submitted(export, **parameters)
        self.mock.advance(RUN)
        url: str = self.poll(run)["jobInfo"]["downloadUrl"]
        assert url
        return url

    def link(self, download_url: str) -> str:
        """The signed address that a download leads to."""
        answer = self.open(download_url)
        assert answer.status_code == 307, answer.text
        return answer.headers["Location"]

    def fetch(self, export: str = "author", /, **parameters: Any) -> httpx.Response:
        """The file of an export: submitted, waited for, and downloaded without the user's credentials."""
        answer = self.client.get(self.link(self.finished(export, **parameters)))
        assert answer.status_code == 200, answer.text
        return answer

    def rows(self, export: str, /, **parameters: Any) -> list[dict[str, str]]:
        """The rows of an export in JSON, by the names of the columns."""
        self.mock.rule("json-keys", style="UPPER_SNAKE")
        rows: list[dict[str, str]] = self.fetch(export, **parameters).json()
        assert violations("khoros", "rows", rows) == []
        return rows

    def unlimited(self) -> None:
        """Switch off the limits that only the number of calls and of intervals meets."""
        for rule in ("rate-minute", "bucket-cap"):
            self.mock.rule(rule, enabled=False)

    @property
    def last_request(self) -> dict[str, Any]:
        """The newest entry of the journal."""
        newest: dict[str, Any] = self.mock.requests()[-1]
        return newest


def path_of(export: str) -> str:
    """The path of an export, below the API's base."""
    return f"/reports/report/{'marketing/' if export == 'raw_brand_posts' else ''}{export}"


def passed(answer: httpx.Response, schema: str) -> Any:
    """The result of an answer with 200, which the contract allows (khoros.envelope, khoros.content-type)."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert violations("khoros", schema, body) == []
    assert list(body) == ["status", "request", "message", "result"]
    return body["result"]


def assert_refused(answer: httpx.Response, status: int, rule: str) -> None:
    """An answer is Khoros' refusal by this rule, in the form that all of them have (khoros.error-body)."""
    body = refusal(answer, status, rule)
    assert list(body) == ["status", "request", "message", "result"]
    assert body["status"] == "FAIL"
    assert len(body["result"].split()) > 2


def objects(text: bytes) -> list[dict[str, str]]:
    """The rows of a JSON file."""
    found: list[dict[str, str]] = json.loads(text)
    return found
