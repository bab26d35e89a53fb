"""OpenAPI documents and Swagger UI as the server gives them."""

import re
from typing import Any

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
BASIC = {"Authorization": "Basic bXktY2xpZW50OmEtc2VjcmV0"}
MANY = ("hapyak.rate-minute", "brightcove.rate-minute", "khoros.rate-minute", "echo360.in-flight")
"""Limits that a reader who tries one call after the other would meet."""
ENDS = (("patch", "/api/v4/session"), ("delete", "/api/v4/session"))
"""What takes tokens that are known only then, and what makes an end of them."""
TOKENS = {"brightcove": "/brightcove/v4/access_token", "echo360": "/echo360/oauth2/access_token"}


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
        assert call["summary"]
        assert call["tags"]
        assert all(its["description"] for its in call["parameters"])
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


@pytest.mark.parametrize("owner", OWNERS)
def test_what_is_ready_to_be_tried_works(owner: str) -> None:
    """Of each call that needs nothing from another answer, as the page has it."""
    app = create_app(Settings(clock="auto", size="tiny"))
    with httpx.Client(transport=transport(app), base_url="http://127.0.0.1:8080") as own:
        for rule in MANY:
            own.put(f"/_mock/limits/{rule}", json={"value": 1000})
        own.put("/_mock/rules/brightcove.doubled-path", json={"action": "serve"})
        signed = identification(own, owner)
        document = own.get(f"{PREFIXES[owner]}/openapi.json").json()
        for path, calls in document["paths"].items():
            for method, call in calls.items():
                ready = prepared(document, path, call)
                if ready is not None and (method, path) not in ENDS:
                    url, query, kind, body = ready
                    url = f"{PREFIXES[owner]}{url}"
                    headers = BASIC if url.endswith("access_token") else signed
                    chosen = {"vendor": "echo360", "sandbox": "my-client"} if owner == "control" else {}
                    answer = own.request(
                        method.upper(), url, params=query | chosen, headers=headers, **{kind: body}
                    )
                    assert answer.status_code < 400, f"{method} {url} {query} {body}: {answer.text}"
    app.kernel.store.close()


def identification(client: httpx.Client, owner: str) -> dict[str, str]:
    """What `Authorize` has filled in."""
    if owner in TOKENS:
        token = client.post(TOKENS[owner], headers=BASIC, data={"grant_type": "client_credentials"})
        return {"Authorization": f"Bearer {token.json()['access_token']}"}
    signs = {"hapyak": {"X-Hapyak-API-Key": "my-key"}, "saferme": {"Authorization": "Token token=my-token"}}
    return signs.get(owner, BASIC if owner == "khoros" else {})


def prepared(document: Any, path: str, call: Any) -> tuple[str, dict[str, Any], str, Any] | None:
    """A call as a click on Execute sends it, or `None` where something is still to be filled in."""
    examples = {its["name"]: its.get("example") for its in call["parameters"]}
    needed = [its["name"] for its in call["parameters"] if its.get("required")]
    if any(examples[name] is None for name in needed):
        return None
    query = {
        its["name"]: its["example"] for its in call["parameters"] if its["in"] == "query" and "example" in its
    }
    contents = call.get("requestBody", {}).get("content", {"application/json": {}})
    kind = "json" if "application/json" in contents else "data"
    content = (
        contents["application/json"] if kind == "json" else contents["application/x-www-form-urlencoded"]
    )
    schema = document["components"]["schemas"].get(
        content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    )
    (example,) = schema.get("examples", [None]) if schema else [content.get("example")]
    return path.format(**examples), query, kind, example


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
