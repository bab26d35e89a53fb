"""The pytest plugin: a fixture for each vendor's mock.

Nothing but pytest is imported here; the rest comes with the first fixture that a test uses. Then one server
is started, a process of its own, and each test gets a sandbox of its own.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from reportmocks.testing.mock import Mock
    from reportmocks.testing.session import Session

SERVE: Final = ("seed", "size", "clock", "now", "report-time", "validate", "faults", "config")
"""Those options of `serve` that have one here, and an ini key; the others go by `--reportmocks-option`."""

_USED: "Final[pytest.StashKey[list[Mock]]]" = pytest.StashKey()
_FAILED: Final[pytest.StashKey[bool]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add options and their ini keys."""
    group = parser.getgroup("reportmocks", "mock servers of reporting APIs")
    meanings = {"url": "a server that runs already, such as http://127.0.0.1:8080"} | {
        name: f"--{name} of the server that is started" for name in SERVE
    }
    for name, meaning in meanings.items():
        key = f"reportmocks_{name.replace('-', '_')}"
        group.addoption(f"--reportmocks-{name}", dest=key, metavar="VALUE", help=meaning)
        parser.addini(key, meaning)
    more = "another option of `serve`, such as limits=off; may be repeated"
    group.addoption(
        "--reportmocks-option", dest="reportmocks_options", metavar="NAME=VALUE", action="append", help=more
    )
    parser.addini("reportmocks_options", more, type="linelist")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        "report_mock(vendor=None, *, scenario, seed, size, clock, now, limits, rules): how the mocks of a "
        "test, or that of one vendor, stand at its beginning",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show beside a failure what its mocks were asked."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    if report.failed:
        item.stash[_FAILED] = True
        for mock in item.stash.get(_USED, []):
            report.sections.append((f"requests to {mock.vendor}", _log(mock)))
    return report  # type: ignore[return-value]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Let go of a test's sandboxes when all else of it is over; those of a failed one can be looked into."""
    yield
    used = item.stash.get(_USED, [])
    if used and _FAILED not in item.stash:
        from reportcontracts.remote import ControlError  # noqa: PLC0415 - nothing is imported before its use

        for mock in used:
            with suppress(ControlError):  # with the last test the server may have ended
                mock.call("DELETE", "sandboxes")


def _log(mock: "Mock") -> str:
    """What a mock was asked, or why nobody knows: its server is no more, or the test has patched sockets."""
    try:
        return mock.log()
    except Exception as error:  # noqa: BLE001 - whatever it is, the test's own failure has to be told
        return f"cannot be had: {error}"


@pytest.fixture(scope="session")
def reportmocks_session(request: pytest.FixtureRequest) -> "Iterator[Session]":
    """The server that all tests of this process share."""
    from reportmocks.testing.session import Session  # noqa: PLC0415 - nothing is imported before it is used

    with Session.of(request.config) as session:
        yield session


@pytest.fixture(scope="session")
def reportmocks_url(reportmocks_session: "Session") -> str:
    """The address of the server's control API, for whatever drives it itself, as the client kit does."""
    return reportmocks_session.remote.url


@pytest.fixture
def hapyak_mock(reportmocks_session: "Session", request: pytest.FixtureRequest) -> "Mock":
    """HapYak's mock, with a sandbox for this test."""
    return _mock(reportmocks_session, request, "hapyak")


@pytest.fixture
def brightcove_mock(reportmocks_session: "Session", request: pytest.FixtureRequest) -> "Mock":
    """Brightcove Interactivity's mock, with a sandbox for this test."""
    return _mock(reportmocks_session, request, "brightcove")


@pytest.fixture
def echo360_mock(reportmocks_session: "Session", request: pytest.FixtureRequest) -> "Mock":
    """Echo360's mock, with a sandbox for this test."""
    return _mock(reportmocks_session, request, "echo360")


@pytest.fixture
def saferme_mock(reportmocks_session: "Session", request: pytest.FixtureRequest) -> "Mock":
    """SaferMe's mock, with a sandbox for this test."""
    return _mock(reportmocks_session, request, "saferme")


@pytest.fixture
def khoros_mock(reportmocks_session: "Session", request: pytest.FixtureRequest) -> "Mock":
    """Khoros Care's mock, with a sandbox for this test."""
    return _mock(reportmocks_session, request, "khoros")


def _mock(session: "Session", request: pytest.FixtureRequest, vendor: str) -> "Mock":
    mock = session.mock(vendor, request.node.name, request.node.iter_markers("report_mock"))
    request.node.stash.setdefault(_USED, []).append(mock)
    return mock
