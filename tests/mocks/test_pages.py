"""OpenAPI documents and Swagger UI as the server gives them."""

import re

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from reportcontracts.names import OWNERS, VENDORS
from reportcontracts.openapi import openapi
from reportmocks.app import create_app
from reportmocks.pages import ASSETS
from reportmocks.settings import Settings
from support.wsgi import transport

PREFIXES = {**{vendor: f"/{vendor}" for vendor in VENDORS}, "control": "/_mock"}


@pytest.mark.parametrize("owner", OWNERS)
def test_the_document_is_valid(client: httpx.Client, owner: str) -> None:
    """By a validator that others wrote; and it points to the address that it was read from."""
    answer = client.get(f"{PREFIXES[owner]}/openapi.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    document = answer.json()
    OpenAPIV31SpecValidator(document).validate()
    assert document["servers"] == [{"url": str(client.base_url).rstrip("/") + PREFIXES[owner]}]


@pytest.mark.parametrize("owner", OWNERS)
def test_every_path_of_the_document_says_what_it_answers(owner: str) -> None:
    """Each call has an id of its own, and each response its rules."""
    document = openapi(owner, server="http://127.0.0.1", version="1")
    calls = [call for path in document["paths"].values() for call in path.values()]
    ids = [call["operationId"] for call in calls]
    assert len(ids) == len(set(ids))
    for call in calls:
        assert any(status.startswith("2") or status == "307" for status in call["responses"])
        assert all("x-rules" in response for response in call["responses"].values())


@pytest.mark.parametrize("owner", OWNERS)
def test_the_page_loads_nothing_from_elsewhere(client: httpx.Client, owner: str) -> None:
    """Who has no network has the documentation all the same."""
    page = client.get(f"{PREFIXES[owner]}/docs")
    assert page.status_code == 200
    loaded = re.findall(r'(?:src|href|url)[=:] ?"([^"]+)"', page.text)
    assert set(loaded) == {f"docs/{name}" for name in ASSETS} | {"openapi.json"}
    for name in loaded:
        found = client.get(f"{PREFIXES[owner]}/{name}")
        assert found.status_code == 200
        assert found.content


def test_the_document_follows_the_rules_of_the_server() -> None:
    """A status that is switched is the one that is documented."""
    app = create_app(Settings())
    own = httpx.Client(transport=transport(app), base_url="http://127.0.0.1:8080")
    path, method = "/api/reports/v2/user_stream_raw", "get"

    def statuses() -> set[str]:
        return set(own.get("/hapyak/openapi.json").json()["paths"][path][method]["responses"])

    assert "403" in statuses()
    assert "401" not in statuses()
    own.put("/_mock/rules/hapyak.key", json={"status": 401})
    assert "401" in statuses()
    app.kernel.store.close()


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs/swagger-ui.css"])
def test_a_vendor_s_host_name_has_no_such_page(client: httpx.Client, path: str) -> None:
    """There the API is the vendor's, and this is a path that it has not."""
    answer = client.get(path, headers={"Host": "www.hapyak.com", "X-Hapyak-API-Key": "k"})
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "docs/", 308), ("GET", "docs/../routes.py", 404), ("GET", "docs/index.css", 404),
     ("POST", "docs", 405), ("DELETE", "openapi.json", 405), ("HEAD", "docs", 200)],
)  # fmt: skip
def test_other_requests_for_pages_are_answered_clearly(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    """Nothing but the files of the page is given out."""
    assert client.request(method, f"/echo360/{path}").status_code == status


def test_pages_are_no_calls_of_an_api(client: httpx.Client, name: str) -> None:
    """A client's journal holds what the client did."""
    client.get("/hapyak/docs", headers={"X-Hapyak-API-Key": name})
    assert client.get("/_mock/requests", params={"vendor": "hapyak", "sandbox": name}).json() == []
