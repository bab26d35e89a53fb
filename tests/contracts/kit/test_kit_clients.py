"""Clients that do everything right are found to, each in every story of its vendor."""

from collections.abc import Callable
from typing import Any

import pytest

from reportcontracts.kit import (
    BrightcoveClientTests,
    ClientTests,
    Echo360ClientTests,
    HapyakClientTests,
    KhorosClientTests,
    SafermeClientTests,
    Target,
)
from support.judged import make


class Good(ClientTests):
    """The vendor's good client, sleeping by the sandbox's clock."""

    time = "shim"
    row_cap = True

    @pytest.fixture
    def client(self) -> Callable[[Target], Any]:
        """What makes it."""
        return lambda target: make(self.vendor, target, self.time)


class TestHapyak(Good, HapyakClientTests):
    """HapYak."""


class TestBrightcove(Good, BrightcoveClientTests):
    """Brightcove."""

    analytics = True


class TestEcho360(Good, Echo360ClientTests):
    """Echo360."""


class TestSaferme(Good, SafermeClientTests):
    """SaferMe."""


class TestSafermeSignedIn(Good, SafermeClientTests):
    """SaferMe, by an e-mail address and a password."""

    sessions = True


class TestKhoros(Good, KhorosClientTests):
    """Khoros."""


class TestByTheWallClock(Good, Echo360ClientTests):
    """The client as it would be anywhere: it sleeps, and the sandbox's clock jumps over its waits."""

    time = "wall"
    examples = 2


class TestAFunction(HapyakClientTests):
    """A client can be as little as a function, and be judged by some rules alone."""

    time = "shim"
    only = ("client.reads-text", "client.sends-send-status")

    @pytest.fixture
    def client(self) -> Callable[[Target], Any]:
        """What makes it."""
        return lambda target: make(self.vendor, target).fetch
