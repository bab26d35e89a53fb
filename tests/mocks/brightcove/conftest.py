"""A client of Brightcove's mock with an id and a token of its own, in process and over a socket."""

import httpx
import pytest

from support.brightcove import Brightcove


@pytest.fixture
def brightcove(client: httpx.Client, name: str) -> Brightcove:
    """A client whose sandbox nobody else has and whose token lasts; its clock stands still at `START`."""
    its = Brightcove(client, name)
    its.stay_signed_in()
    return its


@pytest.fixture
def visitor(client: httpx.Client, name: str) -> Brightcove:
    """A client of its own with a token as the vendor gives it."""
    its = Brightcove(client, name)
    its.sign_in()
    return its
