"""A client of Brightcove's mock for tests: what it asks, and what every answer must be."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final

import httpx

from reportcontracts.catalogue import load_catalogue
from reportcontracts.validation import violations
from support import engagement
from support.answers import refusal
from support.engagement import NOTHING, SEND_STATUS, Query
from support.steering import Steering

ROOT: Final = "/brightcove"
TOKENS: Final = f"{ROOT}/v4/access_token"
BASE: Final = f"{ROOT}/api/reports/v2"
ACCOUNT: Final = "6415650835001"
"""The account of the page's own example."""

CATALOGUE: Final = load_catalogue("brightcove")
ANALYTICS: Final = MappingProxyType(
    {name: report.path for name, report in CATALOGUE.items() if report.path.startswith("/v1/")}
)
ENGAGEMENT: Final = tuple(name for name in CATALOGUE if name not in ANALYTICS)
SCHEMAS: Final = MappingProxyType(
    {
        "gradebook/summary": "gradebook-summary",
        "gradebook/users/answers": "gradebook-users-answers",
        "quiz/actions": "quiz-actions",
        "quiz/project/summary": "quiz-project-summary",
    }
)

SUMMARY: Final = "gradebook/summary"
ANSWERS: Final = "gradebook/users/answers"
ACTIONS: Final = "quiz/actions"
CHOICES: Final = "quiz/project/summary"


@dataclass
class Brightcove(engagement.Client):
    """A client with an id of its own, the token that it was given, and the hand that steers its sandbox."""

    client: httpx.Client
    name: str
    token: str = ""

    always: ClassVar[Query] = MappingProxyType({**SEND_STATUS, "account_id": ACCOUNT})

    @property
    def mock(self) -> Steering:
        """The control API of the client's sandbox."""
        return Steering(self.client, "brightcove", self.name)

    def grant(self, secret: str | None = None, path: str = "/v4/access_token", **more: Any) -> httpx.Response:
        """Ask for a token, with the grant in a form unless it is told where."""
        if not more.keys() & {"params", "content", "data", "json"}:
            more["data"] = {"grant_type": "client_credentials"}
        return self.client.post(f"{ROOT}{path}", auth=httpx.BasicAuth(self.name, secret or "x"), **more)

    def sign_in(self) -> None:
        """Get a token, and use it from now on."""
        answer = self.grant()
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]

    def stay_signed_in(self) -> None:
        """Get a token that time does not touch."""
        self.mock.rule("token-life", enabled=False)
        self.sign_in()

    def send(
        self,
        method: str,
        path: str,
        parameters: Query = NOTHING,
        headers: Mapping[str, str] = NOTHING,
        **more: Any,
    ) -> httpx.Response:
        """A request with the token."""
        sent = {"Authorization": f"Bearer {self.token}"} | dict(headers)
        url = f"{ROOT}{path}"
        return self.client.request(method, url, params=dict(parameters), headers=sent, **more)

    def request(self, report: str, parameters: Query, **more: Any) -> httpx.Response:
        """GET an engagement report."""
        return self.send("GET", f"/api/reports/v2/{report}", parameters, **more)

    def analytics(self, report: str, /, account: str = ACCOUNT, **parameters: str) -> httpx.Response:
        """Ask for an analytics report."""
        return self.send("GET", ANALYTICS[report].replace("{account_id}", account), parameters)

    def result(self, report: str, /, **parameters: str) -> Any:
        """What an analytics report has found, in the shape that the contract has."""
        answer = self.analytics(report, **parameters)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/json"
        body = answer.json()
        assert violations("brightcove", SCHEMAS[report], body) == []
        return body["result"]

    def quizzes(self) -> list[str]:
        """The ids of the projects with answers to quizzes."""
        return [each["project"]["id"] for each in self.result(ACTIONS)]


def rows(report: str, answer: httpx.Response) -> list[dict[str, Any]]:
    """The typed rows of an engagement report in CSV or JSON, by the answer's content type."""
    return engagement.rows(CATALOGUE[report], answer)


def assert_refused(
    answer: httpx.Response, status: int, rule: str, code: str | None = None, *, schema: str = "error"
) -> None:
    """An answer is a refusal by this rule, in the form that the schema has; `code` is its word."""
    body = refusal(answer, status, f"brightcove.{rule}", schema)
    if code is not None:
        assert code == (body["error"] if schema == "token-error" else body[0]["error_code"])


def assert_denied(answer: httpx.Response, rule: str, status: int = 401) -> None:
    """An answer is the gateway's, which says the same to whoever is not let in."""
    assert_refused(answer, status, rule, "UNAUTHORIZED")
    assert answer.json() == [{"error_code": "UNAUTHORIZED", "message": "Permission denied."}]


def assert_not_granted(answer: httpx.Response, status: int, rule: str, code: str) -> None:
    """An answer is the refusal of a token, with OAuth's code."""
    assert_refused(answer, status, rule, code, schema="token-error")
    assert set(answer.json()) == {"error", "error_description"}


def assert_not_found_out(answer: httpx.Response, status: int, rule: str) -> None:
    """An answer is the refusal of an analytics report: a sentence with 400, an object with other statuses."""
    assert_refused(answer, status, rule, schema="analytics-error")
    assert isinstance(answer.json()["result"], str) is (status in (400, 422))
