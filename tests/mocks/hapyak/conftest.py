"""A client of HapYak's mock with a key of its own, in process and over a socket."""

import httpx
import pytest

from support.hapyak import HapYak


@pytest.fixture
def hapyak(client: httpx.Client, name: str) -> HapYak:
    """A client whose sandbox nobody else has; its clock stands still at `START`."""
    return HapYak(client, name)
