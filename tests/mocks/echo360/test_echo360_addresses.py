"""By which addresses Echo360 is reached, and where its signed links lead from each."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest

from reportmocks.app import create_app
from reportmocks.settings import Settings
from support.echo360 import BASE, START, WEEK, Echo360, allowed, assert_refused
from support.serving import running_server
from support.wsgi import transport

pytestmark = pytest.mark.wire

HOSTS: Final = [
    "echo360.org",
    "echo360.org.uk",
    "echo360.org.au",
    "echo360.ca",
    "echo360.localhost",
    "echo360.localhost:8080",
    "echo360.org:443",
    "ECHO360.Org",
]
API: Final = "/public/api/v1/reporting"


def at_host(echo360: Echo360, host: str, method: str, path: str, **options: Any) -> httpx.Response:
    """A call to a path by another host name, with the token."""
    headers = {"Host": host, "Authorization": f"Bearer {echo360.token}"}
    return echo360.client.request(method, path, headers=headers, **options)


def walk(client: httpx.Client, host: str, name: str) -> str:
    """Token, submission, and the link of the request, all by a host name; the clock is moved on."""
    headers = {"Host": host}
    grant = {"grant_type": "client_credentials", "client_id": name, "client_secret": "secret"}
    token = client.post("/oauth2/access_token", data=grant, headers=headers).json()["access_token"]
    headers["Authorization"] = f"Bearer {token}"
    body = {"parameters": {"start": WEEK[0], "end": WEEK[1]}}
    submitted = client.post(f"{API}/requests/notes", json=body, headers=headers)
    Echo360(client, name).mock.advance("2s")
    request_id = allowed(submitted, "submitted")["requestId"]
    (link,) = allowed(client.get(f"{API}/requests/{request_id}", headers=headers), "request")["signedAssets"]
    assert isinstance(link, str)
    return link


@pytest.mark.parametrize("host", HOSTS)
def test_the_vendor_s_own_names_lead_to_its_paths(client: httpx.Client, name: str, host: str) -> None:
    """echo360.unknown-path: each region's name, an explicit port as clients write it, any case."""
    link = urlsplit(walk(client, host, name))
    assert link.hostname == "localhost"
    by_itself = link._replace(netloc=f"localhost:{client.base_url.port}")
    answer = client.get(by_itself.geturl())
    assert answer.status_code == 200


@pytest.mark.parametrize("host", ["echo360.org", "echo360.org.uk", "echo360.localhost"])
def test_a_link_has_the_port_of_the_server_where_the_host_has_none(
    client: httpx.Client, name: str, host: str
) -> None:
    """echo360.assets: it can be followed as it is."""
    link = walk(client, host, name)
    assert urlsplit(link).port == client.base_url.port
    assert client.get(link).status_code == 200


@pytest.mark.parametrize(
    "host", ["echo360.org", "echo360.org.uk", "echo360.localhost", "echo360.localhost:8080"]
)
@pytest.mark.parametrize(
    "path",
    ["/_mock/health", "/_mock/clock", "/_mock", "/_storage/echo360/x", f"{BASE}/reports", "/hapyak/api", "/"],
)
def test_nothing_else_is_reachable_by_the_vendor_s_names(echo360: Echo360, host: str, path: str) -> None:
    """echo360.unknown-path: a client that is led here finds its vendor and nothing but that."""
    assert_refused(at_host(echo360, host, "GET", path), 404, "echo360.unknown-path", "NotFound")
    assert_refused(at_host(echo360, host, "POST", path, json={}), 404, "echo360.unknown-path", "NotFound")


@pytest.mark.parametrize("host", ["echo360.org.example", "notecho360.org", "www.echo360.org", "", "\\"])
def test_other_names_lead_to_the_prefix(echo360: Echo360, host: str) -> None:
    """echo360.unknown-path: a name in front of the server, whatever it is, changes nothing."""
    assert at_host(echo360, host, "GET", f"{BASE}/reports").status_code == 200
    assert at_host(echo360, host, "GET", f"{API}/reports").status_code == 404
    assert echo360.client.get("/_mock/health", headers={"Host": host}).is_success


@pytest.mark.parametrize(
    ("host", "storage"),
    [
        ("127.0.0.1:9", "http://localhost:9"),
        ("localhost:9", "http://127.0.0.1:9"),
        ("LOCALHOST:9", "http://127.0.0.1:9"),
        ("[::1]:9", "http://localhost:9"),
        ("mocks.example:9", "http://mocks.example:9"),
        ("mocks.example", "http://mocks.example"),
        ("echo360.org.example", "http://echo360.org.example"),
    ],
)
def test_links_lead_to_the_twin_of_the_address_that_was_used(
    echo360: Echo360, host: str, storage: str
) -> None:
    """echo360.assets: another origin on the same port, where the address has a twin."""
    request_id = echo360.submitted()
    echo360.mock.advance("2s")
    body = allowed(at_host(echo360, host, "GET", f"{BASE}/requests/{request_id}"), "request")
    link = urlsplit(body["signedAssets"][0])
    assert f"{link.scheme}://{link.netloc}" == storage
    assert link.path.startswith("/_storage/echo360/")


@contextmanager
def mocks(**settings: Any) -> Iterator[Echo360]:
    """A client of mocks with these settings, in process."""
    app = create_app(Settings(clock="frozen", now=START, size="tiny", **settings))
    with httpx.Client(transport=transport(app), base_url="http://127.0.0.1:8080") as client:
        echo360 = Echo360(client, "client")
        echo360.sign_in()
        yield echo360
    app.kernel.store.close()


FROM_SETTINGS: Final[list[tuple[dict[str, str], str]]] = [
    ({"storage_url": "https://bucket.example"}, "https://bucket.example"),
    ({"public_url": "http://mocks.example:9999"}, "http://mocks.example:9999"),
    (
        {"public_url": "http://mocks.example", "storage_url": "http://bucket.example:1"},
        "http://bucket.example:1",
    ),
]


@pytest.mark.parametrize(("settings", "storage"), FROM_SETTINGS)
def test_links_lead_where_the_settings_say(settings: dict[str, str], storage: str) -> None:
    """echo360.assets: behind a mapped port or a proxy the server cannot know its own address."""
    with mocks(**settings) as echo360:
        link = urlsplit(echo360.finished())
        assert f"{link.scheme}://{link.netloc}" == storage
        back = link._replace(scheme="http", netloc="127.0.0.1:8080").geturl()
        assert echo360.download(back).status_code == 200


def test_links_keep_the_scheme_that_the_client_used() -> None:
    """echo360.assets: a client of https is not led to http."""
    with mocks() as echo360:
        echo360.client.base_url = httpx.URL("https://127.0.0.1:8443")
        assert echo360.finished().startswith("https://localhost:8443/_storage/")


def test_hints_can_be_switched_off() -> None:
    """echo360.unknown-report: who wants nothing but the vendor's own headers gets those."""
    with mocks(hints=False) as echo360:
        answer = echo360.submit("visit")
        assert answer.status_code == 404
        assert not {"X-Mock-Rule", "Link"} & set(answer.headers)


def test_one_vendor_can_be_served_alone() -> None:
    """echo360.unknown-path: the paths of the others are none."""
    with mocks(vendors=("echo360",)) as echo360:
        assert echo360.client.get("/hapyak/api").status_code == 404
        assert echo360.download(echo360.finished()).status_code == 200


def test_a_switch_for_all_holds_for_calls_without_a_credential() -> None:
    """echo360.token, echo360.grant: what belongs to no client goes by what new ones start with."""
    with mocks() as echo360:
        for rule, status in (("token", 403), ("grant", 401)):
            address = f"/_mock/rules/echo360.{rule}"
            echo360.client.put(address, params={"vendor": "echo360"}, json={"status": status})
        assert_refused(echo360.client.get(f"{BASE}/reports"), 403, "echo360.token")
        assert_refused(echo360.client.post("/echo360/oauth2/access_token"), 401, "echo360.grant")


def test_a_real_server_says_where_its_storage_is() -> None:
    """echo360.assets: the options of the command line reach the links."""
    with (
        running_server(
            "echo360", "--clock", "auto", "--size", "tiny", "--storage-url", "http://localhost:1"
        ) as server,
        server.client() as client,
    ):
        echo360 = Echo360(client, "client")
        echo360.sign_in()
        request_id = echo360.submitted()
        echo360.poll(request_id)
        link = echo360.link(request_id)
        assert link.startswith("http://localhost:1/_storage/echo360/")
        assert client.get(link.removeprefix("http://localhost:1")).status_code == 200


def test_a_project_may_have_a_package_of_the_vendor_s_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """echo360.unknown-path: a client of Echo360 may well be called so, and is none of the mock's business."""
    monkeypatch.setitem(sys.modules, "echo360", ModuleType("echo360"))
    with mocks() as echo360:
        assert echo360.call("GET", "/reports").status_code == 200
