"""A client of Echo360's mock for tests: what it asks, and what every answer must be."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree as ET

import httpx

from reportcontracts.catalogue import load_catalogue
from reportcontracts.rows import typed_row
from reportcontracts.validation import violations
from reportmocks.kernel.clock import DAY, iso, parse_instant
from support.answers import lines, refusal, rules_of
from support.steering import Steering

TOKENS: Final = "/echo360/oauth2/access_token"
BASE: Final = "/echo360/public/api/v1/reporting"
CATALOGUE: Final = load_catalogue("echo360")
REPORTS: Final = tuple(CATALOGUE)
RANGED: Final = tuple(name for name, report in CATALOGUE.items() if report.parameters)
DELIMITERS: Final = (",", "\t", "|")

RUN: Final = "2s"
"""How long a report takes where nothing else was planned."""

START: Final = parse_instant("2026-03-04T12:00:00Z")
"""Where every clock stands at first."""
TODAY: Final = "2026-03-04"
WEEK: Final = ("2026-02-25", "2026-03-04")
"""Seven days in which there are rows of every report."""

Parameters = Mapping[str, object]


@dataclass
class Echo360:
    """A client with an id of its own, the token that it was given, and the hand that steers its sandbox."""

    client: httpx.Client
    name: str
    token: str = ""

    @property
    def mock(self) -> Steering:
        """The control API of the client's sandbox."""
        return Steering(self.client, "echo360", self.name)

    def grant(self, grant_type: str = "client_credentials", **more: str | None) -> httpx.Response:
        """Ask for a token with a form; a parameter that is `None` is left out."""
        asked = {"grant_type": grant_type, "client_id": self.name, "client_secret": "secret"} | more
        return self.client.post(
            TOKENS, data={name: value for name, value in asked.items() if value is not None}
        )

    def sign_in(self) -> None:
        """Get a token, and use it from now on."""
        self.token = allowed(self.grant(), "token")["access_token"]

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One call of the reporting API with the token as a Bearer."""
        headers = {"Authorization": f"Bearer {self.token}"} | dict(options.pop("headers", None) or {})
        return self.client.request(method, f"{BASE}{path}", headers=headers, **options)

    def submit(
        self, report: str = "notes", parameters: Parameters | None = None, **more: object
    ) -> httpx.Response:
        """Submit a request, by default for a week; return the answer."""
        default = {"start": WEEK[0], "end": WEEK[1]} if report in RANGED else {}
        asked = {"parameters": default if parameters is None else parameters} | more
        return self.call("POST", f"/requests/{report}", json=asked)

    def submitted(self, report: str = "notes", parameters: Parameters | None = None, **more: object) -> str:
        """Submit a request that is accepted; return its id."""
        request_id: str = allowed(self.submit(report, parameters, **more), "submitted")["requestId"]
        return request_id

    def poll(self, request_id: str) -> dict[str, Any]:
        """What has become of a request."""
        return allowed(self.call("GET", f"/requests/{request_id}"), "request")

    def status(self, request_id: str) -> str:
        """The status of a request."""
        status: str = self.poll(request_id)["status"]
        return status

    def listing(self) -> list[dict[str, Any]]:
        """The list of the client's requests."""
        entries: list[dict[str, Any]] = allowed(self.call("GET", "/requests"), "request-listing")["requests"]
        return entries

    def link(self, request_id: str) -> str:
        """A link to the asset of an available request."""
        (link,) = self.poll(request_id)["signedAssets"]
        assert isinstance(link, str)
        return link

    def finished(self, report: str = "notes", parameters: Parameters | None = None, **more: object) -> str:
        """Submit a request and wait for it on the sandbox's clock; return a link to its asset."""
        request_id = self.submitted(report, parameters, **more)
        self.mock.advance(RUN)
        return self.link(request_id)

    def download(self, link: str, **headers: str) -> httpx.Response:
        """Follow a link as it is, without the token; an underscore in a header's name stands for a hyphen."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(link, headers={"Accept-Encoding": "identity"} | sent)

    def fetch(self, report: str = "notes", parameters: Parameters | None = None, **output: object) -> bytes:
        """The decompressed bytes of a report."""
        answer = self.download(self.finished(report, parameters, output=output))
        assert answer.status_code == 200, answer.text
        return gzip.decompress(answer.content) if output.get("compression", True) else answer.content

    def rows(self, report: str, start: str, end: str) -> list[dict[str, Any]]:
        """The typed rows of a report over a range."""
        return typed(report, self.fetch(report, {"start": start, "end": end}))

    def unlimited(self) -> None:
        """Switch off the limits that only the number of calls meets."""
        for rule in ("rate-minute", "in-flight"):
            self.mock.rule(rule, enabled=False)


def allowed(answer: httpx.Response, schema: str) -> dict[str, Any]:
    """The body of an answer with 200, which the contract allows."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    body: dict[str, Any] = answer.json()
    assert violations("echo360", schema, body) == []
    return body


def assert_refused(answer: httpx.Response, status: int, rule: str, error: str | None = None) -> None:
    """An answer is Echo360's refusal by this rule, in the form that all of them have (echo360.error-body)."""
    body = refusal(answer, status, rule)
    assert set(body) == {"error", "message"}
    assert error in (None, body["error"])


def typed(report: str, text: bytes, delimiter: str = ",") -> list[dict[str, Any]]:
    """The rows of a report in CSV with typed values."""
    return [dict(typed_row(CATALOGUE.report(report), cells)) for cells in lines(text, delimiter)[1:]]


def day(offset: int) -> str:
    """The day so many days after the one on which every clock stands at first."""
    return iso(START + offset * DAY)[:10]


def storage_error(answer: httpx.Response, status: int, code: str, rule: str | None) -> dict[str, str]:
    """The members of a refusal of the storage, which is well-formed XML that the contract allows."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/xml"
    assert rules_of(answer)[:1] == ([rule] if rule else [])
    error = ET.fromstring(answer.content)  # noqa: S314 - of the mock that is tested
    assert error.tag == "Error"
    members = {child.tag: child.text or "" for child in error}
    assert violations("echo360", "storage-error", members) == []
    assert members["Code"] == code
    return members
