"""Servers of a test's own, for control calls that change everything; and clients of the shared ones."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from reportmocks.app import create_app
from reportmocks.kernel.clock import parse_instant
from reportmocks.settings import Settings
from support.mocks import Mocks
from support.steering import Steering
from support.wsgi import transport

START = "2026-03-04T12:00:00.000Z"


@pytest.fixture
def make_mocks() -> Iterator[Callable[..., Mocks]]:
    """Makes servers by their settings; every clock stands still at `START` unless told otherwise."""
    made: list[Mocks] = []

    def make(**settings: Any) -> Mocks:
        chosen = replace(Settings(clock="frozen", now=parse_instant(START), size="tiny"), **settings)
        app = create_app(chosen)
        mocks = Mocks(app, httpx.Client(transport=transport(app), base_url="http://127.0.0.1:8080"))
        made.append(mocks)
        return mocks

    yield make
    for mocks in made:
        mocks.client.close()
        mocks.app.kernel.store.close()


@pytest.fixture
def mocks(make_mocks: Callable[..., Mocks]) -> Mocks:
    """A server of all vendors that nobody has used yet."""
    return make_mocks()


@pytest.fixture
def hapyak(client: httpx.Client, name: str) -> Steering:
    """The control API of a sandbox of HapYak's, in process and over a socket."""
    return Steering(client, "hapyak", name)


@pytest.fixture
def echo360(client: httpx.Client, name: str) -> Steering:
    """The control API of a sandbox of Echo360's, in process and over a socket."""
    return Steering(client, "echo360", name)
