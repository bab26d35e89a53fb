"""A client of Echo360 that does everything right is found to."""

from collections.abc import Callable

import pytest

from clients.python.echo360 import Echo360Client
from reportcontracts.kit import Echo360ClientTests, Target


class TestByTheSandboxsClock(Echo360ClientTests):
    """The client sleeps by the sandbox's clock, so that hours take milliseconds."""

    time = "shim"

    @pytest.fixture
    def client(self) -> Callable[[Target], Echo360Client]:
        """The client, with the target's clock in place of the machine's."""

        def make(target: Target) -> Echo360Client:
            return Echo360Client(
                target.base_url, target.client_id, target.client_secret,
                poll=target.poll, timeout=target.timeout, sleep=target.sleep, clock=target.clock,
            )  # fmt: skip

        return make


class TestByTheWallClock(Echo360ClientTests):
    """The client sleeps as it would anywhere; the sandbox's clock jumps over its waits."""

    examples = 3

    @pytest.fixture
    def client(self) -> Callable[[Target], Echo360Client]:
        """The client as it is."""

        def make(target: Target) -> Echo360Client:
            return Echo360Client(
                target.base_url,
                target.client_id,
                target.client_secret,
                poll=target.poll,
                timeout=target.timeout,
            )

        return make
