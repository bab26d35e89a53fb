"""A client of SaferMe's mock for tests: what it asks, and what every answer must be."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import httpx

from reportcontracts.catalogue import load_catalogue
from reportcontracts.validation import violations
from support.answers import refusal
from support.steering import Steering

ROOT: Final = "/saferme"
BASE: Final = f"{ROOT}/api/v4"
APP: Final = "com.thundermaps.saferme"
CALLS: Final = tuple(load_catalogue("saferme"))
COUNTS: Final = tuple(
    call for call in CALLS if load_catalogue("saferme")[call].column_names.count("report_count")
)
"""The calls whose rows count reports."""

START: Final = "2016-01-01T00:00:00Z"
END: Final = "2016-11-11T00:00:00Z"
"""The range of every example on the vendor's page."""

PAGE: Final = MappingProxyType({"channel_id": "1", "start_date": START, "end_date": END})
READS: Final = "total_reads,unique_reads,report_readers,reports_seen"
ALERTS: Final = "total_alerts,alert_source_reports,unique_alerts,alerts_opened"
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

CLOSED: Final = 4
"""The channel of a tiny world that the caller does not operate: its last."""
LATER: Final = 3
"""A channel of a tiny world that begins in 2017, and whose form was copied from the first one's."""


@dataclass(frozen=True)
class SaferMe:
    """A client with an access token of its own, and the hand that steers its sandbox."""

    client: httpx.Client
    token: str
    sandbox: str = ""

    @property
    def mock(self) -> Steering:
        """The control API of the token's sandbox."""
        return Steering(self.client, "saferme", self.sandbox or self.token)

    def ask(self, call: str = "reports_per_state", /, **parameters: object) -> httpx.Response:
        """One of the nine calls as on the page, with field 2; a parameter that is `None` is left out."""
        usual: dict[str, object] = dict(PAGE)
        if call == "reports_per_field_selection":
            usual["field_id"] = 2
        return self.send("GET", f"analytics/{call}", usual | parameters)

    def rows(self, call: str = "reports_per_state", /, **parameters: object) -> Any:
        """The answer to one of the nine calls, which must be one."""
        answer = self.ask(call, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path: str, /, headers: Mapping[str, str] = NOTHING, **filters: Any) -> httpx.Response:
        """A look-up."""
        return self.send("GET", path, filters, headers)

    def found(self, path: str, /, **parameters: object) -> Any:
        """What a look-up finds."""
        answer = self.send("GET", path, parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, object] = NOTHING,
        headers: Mapping[str, str] = NOTHING,
        body: object = None,
    ) -> httpx.Response:
        """A request with the token, and otherwise as it is given."""
        every = {"Authorization": f"Token token={self.token}", "X-AppId": APP, **headers}
        sent: dict[str, Any] = {name: value for name, value in parameters.items() if value is not None}
        return self.client.request(method, f"{BASE}/{path}", params=sent, headers=every, json=body)

    def switch(self, rule: str, **fields: object) -> None:
        """Switch a rule of the sandbox; an underscore in a switch's name stands for its hyphen."""
        self.mock.rule(rule, **fields)


def log_in(client: httpx.Client, email: str, /, **other: object) -> httpx.Response:
    """A request for a session."""
    given = {"app_bundle_id": APP, "email": email, "password": "secret", **other}
    return client.post(f"{BASE}/session", json={"session": given})


def session(answer: httpx.Response) -> dict[str, Any]:
    """The session in an answer, which must be one that begins or goes on."""
    assert answer.status_code in (200, 201), answer.text
    assert violations("saferme", "session-created", answer.json()) == []
    told: dict[str, Any] = answer.json()["session"]
    return told


def plain(saferme: SaferMe) -> SaferMe:
    """A client of another sandbox, in which nothing was switched."""
    return SaferMe(saferme.client, f"{saferme.token}-plain")


def total(rows: list[dict[str, Any]]) -> int:
    """How many reports the rows count."""
    return sum(row["report_count"] for row in rows)


def schema(call: str) -> str:
    """The name of the schema of a call's answer."""
    return call.replace("_", "-")


def assert_refused(answer: httpx.Response, status: int, rule: str, code: str | None = None) -> None:
    """An answer is SaferMe's refusal by this rule, in one of the three shapes that refusals have."""
    body = refusal(answer, status, rule, content_type="application/json; charset=utf-8")
    if code is not None:
        assert body["error_codes"] == {"base": [{"error": code}]}


def assert_missing(answer: httpx.Response, name: str, rule: str = "saferme.missing-parameter") -> None:
    """An answer says that this parameter is missing."""
    assert_refused(answer, 422, rule)
    assert answer.json() == {"message": "client error", "param": name}


def assert_invalid(answer: httpx.Response, name: str, rule: str = "saferme.bad-parameter") -> None:
    """An answer says that this parameter is invalid."""
    assert_refused(answer, 422, rule)
    assert answer.json()["errors"] == answer.json()["failures"]
    assert list(answer.json()["errors"]) == [name]
