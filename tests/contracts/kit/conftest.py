"""A server for clients that are judged."""

from collections.abc import Iterator

import pytest

from support.serving import running_server


@pytest.fixture(scope="session")
def reportmocks_url() -> Iterator[str]:
    """The address of a server that judges."""
    with running_server("--size", "tiny", "--quiet", "--faults", "on") as server:
        yield server.control
