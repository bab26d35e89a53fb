"""`--validate`: requests and answers held against the contract while the mocks run."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from flask import Response

from reportmocks.app import create_app
from reportmocks.gateway import Gateway
from reportmocks.kernel.clock import parse_instant
from reportmocks.settings import Settings, Validation
from support.brightcove import ACTIONS, ANALYTICS, ANSWERS, CHOICES, Brightcove
from support.echo360 import Echo360
from support.engagement import Query
from support.hapyak import HapYak
from support.steering import Steering
from support.wsgi import transport

NOON = parse_instant("2026-03-04T12:00:00Z")


@pytest.fixture
def serve() -> Iterator[Callable[[Validation], httpx.Client]]:
    """Makes a client of mocks that validate in a mode."""
    made: list[tuple[httpx.Client, Gateway]] = []

    def make(mode: Validation) -> httpx.Client:
        app = create_app(Settings(clock="frozen", now=NOON, size="tiny", validate=mode))
        client = httpx.Client(transport=transport(app), base_url="http://127.0.0.1:8080")
        made.append((client, app))
        return client

    yield make
    for client, app in made:
        client.close()
        app.kernel.store.close()


def noted(client: httpx.Client, vendor: str) -> list[dict[str, Any]]:
    """The violations of a vendor's last request."""
    entries: list[dict[str, Any]] = client.get(f"/_mock/requests?vendor={vendor}").json()
    return list(entries[-1]["violations"])


def test_what_the_contract_has_is_not_noted(serve: Callable[[Validation], httpx.Client]) -> None:
    """A good client has an empty list, in every step of its way."""
    client = serve("warn")
    echo360 = Echo360(client, "good")
    echo360.sign_in()
    echo360.fetch("videoview")
    assert [entry["violations"] for entry in client.get("/_mock/requests").json()] == [[], [], [], []]
    assert client.get("/_mock/health").json()["violations"] == 0


def test_a_clients_violation_is_in_the_journal(serve: Callable[[Validation], httpx.Client]) -> None:
    """With its place, and whose it is; the answer is the mock's all the same."""
    client = serve("warn")
    echo360 = Echo360(client, "bad")
    echo360.sign_in()
    answer = echo360.submit("notes", {"start": "yesterday", "end": "2026-03-01"})
    assert answer.status_code == 400
    found = noted(client, "echo360")
    assert {(violated["side"], violated["path"]) for violated in found} == {("request", "$.parameters.start")}
    assert all("yesterday" in violated["message"] for violated in found)


def test_strictly_a_violation_is_refused_in_the_vendors_words(
    serve: Callable[[Validation], httpx.Client],
) -> None:
    """A value that the mock would have let pass is refused as the vendor refuses bad ones."""
    lenient, strict = HapYak(serve("warn"), "one"), HapYak(serve("strict"), "one")
    assert lenient.ask(format="csv", send_status="maybe").status_code in (200, 202, 400)
    answer = strict.ask(send_status="maybe")
    assert answer.status_code == 400
    assert answer.headers["X-Mock-Rule"].startswith("hapyak.")
    assert "send_status" in answer.text
    assert Steering(strict.client, "hapyak", "one").jobs() == []


def test_strictly_a_request_without_credentials_is_still_that(
    serve: Callable[[Validation], httpx.Client],
) -> None:
    """Who is not let in is told so, whatever else is wrong."""
    client = serve("strict")
    answer = client.get("/hapyak/api/reports/v2/user_stream_raw?send_status=maybe")
    assert answer.status_code == 403
    assert answer.headers["X-Mock-Rule"] == "hapyak.key"


@pytest.mark.parametrize(
    ("call", "query", "rule"),
    [
        (ACTIONS, {"start_time": "yesterday"}, "brightcove.bad-time"),
        (ANSWERS, {"show_details": "1"}, "brightcove.bad-time"),
        (CHOICES, {}, "brightcove.missing-project"),
        (CHOICES, {"project_id": ""}, "brightcove.missing-project"),
        (ACTIONS, {"project_id": ["1", "2"]}, "brightcove.repeated-parameter"),
    ],
)
def test_strictly_a_parameter_is_refused_by_its_own_rule(
    call: str, query: Query, rule: str, serve: Callable[[Validation], httpx.Client]
) -> None:
    """The one that the mock refuses it by as well, and not that on the dates of other reports."""
    client = Brightcove(serve("strict"), "one")
    client.sign_in()
    answer = client.send("GET", ANALYTICS[call].replace("{account_id}", "7"), query)
    assert answer.status_code == 400
    assert answer.headers["X-Mock-Rule"] == rule


def test_off_nothing_is_looked_at(serve: Callable[[Validation], httpx.Client]) -> None:
    """It costs nothing where nobody asked for it."""
    client = serve("off")
    HapYak(client, "one").ask(send_status="maybe")
    assert noted(client, "hapyak") == []


def test_the_mocks_own_violation_is_noted_and_counted(
    serve: Callable[[Validation], httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs the mocks in tests learns from `health` that one of them has broken its contract."""
    client = serve("warn")
    monkeypatch.setattr("support.checking.check", lambda _environ, _body: None)
    monkeypatch.setattr("reportmocks.engagement.runs.json_answer", lambda *_a, **_k: _nonsense())
    assert HapYak(client, "one").ask().status_code == 299
    (violated,) = noted(client, "hapyak")
    assert violated["side"] == "response"
    assert client.get("/_mock/health").json()["violations"] == 1


def _nonsense() -> Response:
    return Response('{"nonsense": 1}', 299, content_type="application/json")
