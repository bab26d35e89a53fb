"""A client of Khoros' mock with a company of its own, in process and over a socket."""

from uuid import uuid4

import httpx
import pytest

from support.khoros import Khoros


@pytest.fixture
def khoros(client: httpx.Client, name: str) -> Khoros:
    """A client whose sandbox nobody else has; its clock stands still at `START`."""
    return Khoros(client, name)


@pytest.fixture
def inside(in_process: httpx.Client, name: str) -> Khoros:
    """The same in process alone, for what a socket cannot change."""
    return Khoros(in_process, name)


@pytest.fixture
def other(client: httpx.Client) -> Khoros:
    """Another company of the same server."""
    return Khoros(client, f"other-{uuid4()}")
