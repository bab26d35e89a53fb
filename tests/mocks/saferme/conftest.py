"""A client of SaferMe's mock with an access token of its own, in process and over a socket."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from reportmocks.app import create_app
from reportmocks.gateway import Gateway
from reportmocks.kernel.clock import parse_instant
from reportmocks.settings import Settings
from support.saferme import SaferMe
from support.wsgi import transport


@pytest.fixture
def saferme(client: httpx.Client, name: str) -> SaferMe:
    """A client whose sandbox nobody else has; its clock stands still at noon of 2026-03-04."""
    return SaferMe(client, name)


@pytest.fixture
def make_saferme(name: str) -> Iterator[Callable[..., SaferMe]]:
    """Makes a client of a server whose clocks stand still at the instant given, in a world of any size."""
    made: list[tuple[Gateway, httpx.Client]] = []

    def make(now: str, size: str = "tiny") -> SaferMe:
        settings = Settings(vendors=("saferme",), clock="frozen", now=parse_instant(now), size=size)
        app = create_app(settings)
        client = httpx.Client(transport=transport(app), base_url="http://127.0.0.1:8080")
        made.append((app, client))
        return SaferMe(client, name)

    yield make
    for app, client in made:
        client.close()
        app.kernel.store.close()
