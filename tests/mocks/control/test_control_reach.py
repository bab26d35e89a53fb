"""Where the control API can be reached, and where it must not be."""

from collections.abc import Callable

import httpx
import pytest

from reportcontracts.catalogue import load_catalogue
from reportcontracts.names import VENDORS
from support.hapyak import HapYak
from support.mocks import Mocks

HOSTS = [
    *(f"{vendor}.localhost" for vendor in VENDORS),
    *(host for vendor in VENDORS for host in load_catalogue(vendor).api.hosts),
]
CALLS = [
    ("GET", "/_mock/health"),
    ("GET", "/_mock/requests"),
    ("POST", "/_mock/reset"),
    ("POST", "/_mock/clock"),
    ("PUT", "/_mock/rules/hapyak.key"),
]


@pytest.mark.parametrize("spelling", [str, str.upper, lambda host: f"{host}:8080", lambda host: f"{host}."])
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_no_vendor_s_host_leads_to_it(
    mocks: Mocks, spelling: Callable[[str], str], method: str, path: str
) -> None:
    """There a client must find what the vendor has, which is no such path."""
    HapYak(mocks.client, "one").ask()
    for host in HOSTS:
        answer = mocks.client.request(method, path, headers={"Host": spelling(host)}, json={})
        assert answer.status_code == 404, (host, answer.text)
        assert answer.headers["Content-Type"] != "application/problem+json", host
        assert len(mocks.get("jobs")) == 1, host


@pytest.mark.parametrize("prefix", ["/hapyak", "/echo360", "/_storage", "/_storage/echo360"])
@pytest.mark.parametrize("between", ["/", "//", "/%2e%2e/", "/..%2f"])
def test_no_path_of_another_leads_to_it(mocks: Mocks, prefix: str, between: str) -> None:
    """Paths are not put together again after the vendor was found."""
    HapYak(mocks.client, "one").ask()
    answer = mocks.client.post(f"http://127.0.0.1:8080{prefix}{between}_mock/reset")
    assert answer.status_code in (403, 404, 405), answer.text
    assert len(mocks.get("jobs")) == 1


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080", "mocks.test", "10.0.0.7", ""])
def test_every_other_address_leads_to_it(mocks: Mocks, host: str) -> None:
    """A container, a mapped port, or a name in somebody's hosts file."""
    answer = mocks.client.get("/_mock/ready", headers={"Host": host})
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_control_calls_are_not_journalled(client: httpx.Client, name: str) -> None:
    """The journal is the client's under test."""
    before = client.get("/_mock/health").json()["requests"]
    hapyak = HapYak(client, name)
    for _ in range(3):
        hapyak.mock.limits()
    hapyak.mock.advance("1s")
    assert hapyak.mock.requests() == []
    assert client.get("/_mock/health").json()["requests"] == before


def test_a_control_call_uses_up_no_limit(client: httpx.Client, name: str) -> None:
    """Looking is free."""
    hapyak = HapYak(client, name)
    for _ in range(10):
        hapyak.mock.limits()
    assert hapyak.mock.limits()["rate-minute"]["used"] == 0
