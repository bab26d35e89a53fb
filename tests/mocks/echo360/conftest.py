"""A client of Echo360's mock with an id and a token of its own, in process and over a socket."""

from uuid import uuid4

import httpx
import pytest

from support.echo360 import Echo360


@pytest.fixture
def echo360(client: httpx.Client, name: str) -> Echo360:
    """A client whose sandbox nobody else has; its clock stands still at `START`."""
    its = Echo360(client, name)
    its.sign_in()
    return its


@pytest.fixture
def other(client: httpx.Client) -> Echo360:
    """Another client of the same server."""
    its = Echo360(client, f"other-{uuid4()}")
    its.sign_in()
    return its
