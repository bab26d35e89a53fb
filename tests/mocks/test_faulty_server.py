"""Each fault as clients see it: requests, httpx and plain sockets at a server with `--faults on`."""

import gzip
import http.client
import ssl
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests

from support.echo360 import Echo360
from support.engagement import PROJECTS
from support.hapyak import BASE, KEY, HapYak
from support.serving import Server, running_server
from support.steering import Steering

START = "2026-03-04T12:00:00Z"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with a relay, whose clocks stand still."""
    with running_server("--clock", "frozen", "--now", START, "--size", "tiny", "--faults", "on") as server:
        yield server
        assert server.stop() == 0


@pytest.fixture
def relayed(server: Server) -> Iterator[httpx.Client]:
    """A client of that server."""
    with server.client() as client:
        yield client


@pytest.fixture
def user(relayed: httpx.Client, name: str) -> HapYak:
    """A client of HapYak's with a key of its own."""
    return HapYak(relayed, name)


def plan(mock: Steering, kind: str, **members: object) -> None:
    """Plan a fault for the sandbox."""
    mock.call("POST", "faults", {"kind": kind} | members)


def call(server: Server, user: HapYak) -> requests.Response:
    """The same call by another HTTP library."""
    address = f"{server.url('hapyak').removesuffix('/hapyak')}{BASE}/{PROJECTS}"
    return requests.get(address, params={"send_status": "true"}, headers={KEY: user.key}, timeout=20)


def acted(user: HapYak) -> list[dict[str, Any]]:
    """The jobs, waited for where the client has given up before the server was done."""
    for _ in range(600):
        if jobs := user.mock.jobs():
            return jobs
        time.sleep(0.05)
    raise AssertionError("the server has not acted")


def test_a_reset_before_the_server_acts_leaves_no_job(server: Server, user: HapYak) -> None:
    """A client may try again without harm."""
    plan(user.mock, "reset", times=2)
    with pytest.raises(httpx.ReadError):
        user.ask()
    with pytest.raises(requests.ConnectionError):
        call(server, user)
    assert user.mock.jobs() == []
    assert [(entry["status"], entry["faults"]) for entry in user.mock.requests()] == [(0, ["reset"])] * 2
    assert user.ask().status_code == 202


def test_a_reset_after_the_server_has_acted_leaves_an_orphan(relayed: httpx.Client, name: str) -> None:
    """The lost answer: the job runs, takes its slot, and the client has no id of it."""
    user = Echo360(relayed, name)
    user.sign_in()
    plan(user.mock, "reset", when="after", method="POST", times=1)
    with pytest.raises(httpx.ReadError):
        user.submit()
    (orphan,) = user.mock.jobs()
    assert orphan["status"] == "Pending"
    assert user.mock.limits()["in-flight"]["used"] == 1
    (entry,) = [entry for entry in user.mock.requests() if entry["faults"]]
    assert (entry["status"], entry["job"]) == (0, orphan["id"])


def test_a_truncated_body_is_short_of_its_length(server: Server, user: HapYak) -> None:
    """`Content-Length` tells of all of it; what comes is half."""
    plan(user.mock, "truncate")
    with pytest.raises(httpx.RemoteProtocolError, match="received 12 bytes, expected 24"):
        user.ask()
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        call(server, user)


def test_a_truncated_download_is_short_too(relayed: httpx.Client, name: str) -> None:
    """A signed link, cut in its middle: no gzip, though the beginning is."""
    user = Echo360(relayed, name)
    user.sign_in()
    link = user.finished("videoview")
    whole = relayed.get(link).content
    plan(user.mock, "truncate", where="storage", bytes=len(whole) - 1)
    url = httpx.URL(link)
    connection = http.client.HTTPConnection(url.host, url.port, timeout=20)
    connection.request("GET", url.raw_path.decode())
    answer = connection.getresponse()
    assert answer.headers["Content-Length"] == str(len(whole))
    with pytest.raises(http.client.IncompleteRead) as caught:
        answer.read()
    assert caught.value.partial == whole[:-1]
    with pytest.raises(EOFError):
        gzip.decompress(caught.value.partial)
    connection.close()


def test_a_dribbled_body_outlasts_an_impatient_client(server: Server, user: HapYak) -> None:
    """Each piece is in time, so a timeout for reading does not help; the body is whole."""
    plan(user.mock, "dribble", bytes=2, interval="20ms", times=1)
    with user.client.stream(
        "GET", f"{BASE}/{PROJECTS}", params={"send_status": "true"}, headers={KEY: user.key}
    ) as answer:
        pieces = list(answer.iter_raw())
    assert b"".join(pieces) == b'{"status": "processing"}'
    assert len(pieces) > 3
    assert call(server, user).json() == {"status": "processing"}


@pytest.mark.parametrize("when", ["in time", "too late"])
def test_an_answer_is_held_back_for_an_impatient_client(user: HapYak, when: str) -> None:
    """The server has acted meanwhile: the job is there, whether the client has waited or not."""
    if when == "in time":
        plan(user.mock, "latency", time="50ms")
        assert user.ask().status_code == 202
    else:
        plan(user.mock, "latency", time="60s", times=1)
        with pytest.raises(httpx.ReadTimeout):
            user.client.get(
                f"{BASE}/{PROJECTS}", params={"send_status": "true"}, headers={KEY: user.key}, timeout=0.3
            )
    assert len(acted(user)) == 1


def test_two_faults_of_one_call_are_both_done(user: HapYak) -> None:
    """A 503 that is cut as well."""
    plan(user.mock, "status", body="x" * 100)
    plan(user.mock, "truncate", bytes=10)
    with pytest.raises(httpx.RemoteProtocolError, match="received 10 bytes, expected 100"):
        user.ask()


def test_no_answer_tells_how_it_is_ordered(server: Server, user: HapYak) -> None:
    """What the server tells the relay stays between them, in every answer and for HEAD."""
    plan(user.mock, "latency", time="1ms")
    seen: set[str] = set()
    for method in ("GET", "HEAD"):
        address = f"{BASE}/{PROJECTS}?send_status=true"
        seen |= set(user.client.request(method, address, headers={KEY: user.key}).headers)
    assert seen == {
        *("content-type", "content-length", "date", "server", "link", "allow"),
        *("x-mock-rule", "x-mock-fault"),
    } - ({"allow"} - seen)
    assert b"x-mock-fault" not in server.get("/_mock/health").lower()


def test_what_the_http_server_refuses_passes_the_relay(server: Server) -> None:
    """It never reaches an application that could order anything."""
    assert server.ask(b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert server.is_well()


def test_faults_are_done_below_tls_too(name: str) -> None:
    """The relay is where TLS ends: a body is cut inside it, and a reset is one of the connection."""
    with running_server("--clock", "frozen", "--now", START, "--faults", "on", "--tls") as server:
        context = ssl.create_default_context(cafile=server.addresses["ca"])
        with server.client(verify=context) as client:
            user = HapYak(client, name)
            assert user.ask().headers["Link"].startswith("<https://127.0.0.1")
            plan(user.mock, "truncate", times=1)
            with pytest.raises(httpx.RemoteProtocolError, match="received 12 bytes, expected 24"):
                user.ask()
            plan(user.mock, "reset")
            with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):  # OpenSSL may see just an end
                user.ask()


def test_a_server_without_a_relay_says_so_once(name: str) -> None:
    """And that is the only difference that a client sees."""
    answers: list[Any] = []
    for faults in ("on", "off"):
        with (
            running_server("--clock", "frozen", "--now", START, "--faults", faults) as server,
            server.client() as client,
        ):
            user = HapYak(client, name)
            answers.append((user.ask().content, [*user.ask().headers]))
            planned = client.post("/_mock/faults", json={"kind": "reset"})
            assert planned.status_code == (201 if faults == "on" else 409)
    assert answers[0] == answers[1]
