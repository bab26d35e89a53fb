"""Fixtures of the whole suite: the same functional tests run in process and over a socket.

In process a test runs with all of its cases; over the socket with the first of them, which is enough to see
that what it is about gets through, and with all where the module is marked `wire`. TESTS=thorough runs
everything both ways, and has hypothesis look further, and elsewhere each time.
"""

import signal
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, settings

from reportmocks.app import create_app
from reportmocks.kernel.clock import parse_instant
from reportmocks.settings import Settings
from support.laws import THOROUGH
from support.serving import running_server
from support.wsgi import transport

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # as a shell starts what runs in the background; every process of the tests would ignore it too
    signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["support.kill_table"]

settings.register_profile(
    "suite",
    deadline=None,  # how long an example takes says more of the machine than of the code
    derandomize=not THOROUGH,
    max_examples=200 if THOROUGH else 25,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")

START = "2026-03-04T12:00:00Z"
"""Where the frozen clocks of functional tests start: a Wednesday at noon."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the cases over the socket that would show nothing new."""
    seen: set[str] = set()
    left_out = []
    for item in items:
        if THOROUGH or not over_socket(item) or item.get_closest_marker("wire"):
            continue
        test = item.nodeid.partition("[")[0]
        if test in seen:
            left_out.append(item)
        seen.add(test)
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def over_socket(item: pytest.Item) -> bool:
    """Whether this is a test's run over the socket."""
    return isinstance(item, pytest.Function) and (
        hasattr(item, "callspec") and item.callspec.params.get("client") == "socket"
    )


@pytest.fixture(scope="session")
def served() -> Iterator[httpx.Client]:
    """A client of a real server process, one for the session."""
    with (
        running_server("--clock", "frozen", "--now", START, "--size", "tiny", "--validate", "warn") as server,
        server.client() as client,
    ):
        yield client
        assert client.get("/_mock/health").json()["violations"] == 0, broken(client)


def broken(client: httpx.Client) -> str:
    """What the mock itself has answered that its contract does not have."""
    entries = client.get("/_mock/requests").json()
    return "\n".join(
        f"{entry['method']} {entry['path']}?{entry['query']} -> {entry['status']}: {violated}"
        for entry in entries
        for violated in entry["violations"]
        if violated["side"] == "response"
    )


@pytest.fixture(scope="session")
def in_process() -> Iterator[httpx.Client]:
    """A client of the same application, called without a socket."""
    app = create_app(Settings(clock="frozen", now=parse_instant(START), size="tiny"))
    with httpx.Client(transport=transport(app), base_url="http://127.0.0.1:8080") as client:
        yield client
    app.kernel.store.close()


@pytest.fixture(params=["in-process", "socket"])
def client(request: pytest.FixtureRequest) -> httpx.Client:
    """A client of the mocks, once in process and once over a socket; every clock stands still at `START`."""
    found: httpx.Client = request.getfixturevalue("served" if request.param == "socket" else "in_process")
    return found


@pytest.fixture
def name() -> str:
    """A credential that no other test uses, and so a sandbox of its own."""
    return f"test-{uuid4()}"
