"""The control API's client, against a server process."""

import threading
from collections.abc import Iterator

import pytest

from reportcontracts.remote import RefusedError, Remote, UnreachableError
from support.serving import Server, running_server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server process."""
    with running_server("--size", "tiny", "--clock", "frozen") as running:
        yield running


@pytest.fixture
def remote(server: Server) -> Iterator[Remote]:
    """A client of its control API."""
    with Remote(server.control) as its:
        yield its


def test_a_call_answers_json(remote: Remote, name: str) -> None:
    """Parameters and body arrive; one that is `None` is not sent."""
    query = {"vendor": "echo360", "sandbox": name, "nothing": None}
    before = remote.call("GET", "clock", query)
    after = remote.call("POST", "clock", query, {"advance": "1h"})
    assert after["sandbox"] == name
    assert after["now"] > before["now"]


def test_a_refusal_has_the_problem(remote: Remote) -> None:
    """Whoever catches it can tell which it was, and what would have been allowed."""
    with pytest.raises(RefusedError, match="echo361") as caught:
        remote.call("GET", "clock", {"vendor": "echo361"})
    assert caught.value.status == 422
    assert caught.value.kind == "unknown-vendor"
    assert "echo360" in caught.value.problem["allowed"]


def test_nobody_there_is_told_in_one_line() -> None:
    """With what to do about it."""
    with pytest.raises(UnreachableError, match="is `reportmocks serve` running") as caught:
        Remote("http://127.0.0.1:9/_mock").call("GET", "health")
    assert "\n" not in str(caught.value)


def test_somebody_else_there_is_told_too(server: Server) -> None:
    """A server that answers no JSON is none of ours."""
    with Remote(f"{server.url('echo360')}/_mock") as its, pytest.raises(RefusedError, match="404"):
        its.call("GET", "health")
    with Remote(server.control.replace("_mock", "_storage")) as its, pytest.raises(UnreachableError):
        its.call("GET", "echo360/nothing")


def test_a_closed_connection_is_opened_again(remote: Remote) -> None:
    """A connection that was closed meanwhile is not the next call's trouble."""
    remote.call("GET", "ready")
    remote.close()
    assert remote.call("GET", "ready") == {"status": "ready"}


def test_threads_share_a_client(remote: Remote) -> None:
    """Each has a connection of its own, so that no answer goes to another."""
    found: list[str] = []

    def ask(name: str) -> None:
        for _ in range(20):
            found.append(remote.call("GET", "clock", {"vendor": "hapyak", "sandbox": name})["sandbox"])
            assert found[-1]

    threads = [threading.Thread(target=ask, args=(f"thread-{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(found)) == [f"thread-{number}" for number in range(6)]
    assert len(found) == 120
