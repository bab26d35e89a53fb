"""The HTTP worker and its WSGI side, with small applications over a real socket of this process."""

import http.client
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from reportmocks.listener import CannotListenError, authority, listen, reachable
from reportmocks.worker import Worker, answerer

PATIENCE = 10.0
SHORT = (http.client.IncompleteRead, http.client.RemoteDisconnected)


@contextmanager
def served(app: Any) -> Iterator[tuple[Worker, int]]:
    """A worker with an application, and its port."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    worker = Worker(listener, app, ended=lambda: None)
    worker.start()
    try:
        yield worker, port
    finally:
        assert worker.stop(PATIENCE)


def get(port: int, path: str = "/", method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    """Status and body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body=body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with the request's body, or a greeting."""
    body = environ["wsgi.input"].read() or b"hello"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def test_environ_holds_the_request_and_nothing_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything in the environment would otherwise reach the application, `HTTP_*` as headers."""
    monkeypatch.setenv("HTTP_X_SECRET", "leak")
    monkeypatch.setenv("REPORTMOCKS_MARK", "leak")
    seen: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        seen.update(environ)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    answered: list[int] = []

    class Exchange:
        def response_bytes(self, status: int, *_: object) -> None:
            answered.append(status)

    answerer(app)(Exchange(), {"REQUEST_METHOD": "GET"})  # type: ignore[arg-type]
    assert answered == [200]
    assert {name for name in seen if not name.startswith("wsgi.")} == {"REQUEST_METHOD", "SCRIPT_NAME"}


def test_bodies_arrive_in_both_directions() -> None:
    """The plainest exchange, and an upload larger than any buffer."""
    upload = bytes(range(256)) * 4096
    with served(hello) as (_, port):
        assert get(port) == (200, b"hello")
        assert get(port, method="POST", body=upload) == (200, upload)


def test_connections_are_kept() -> None:
    """No vendor closes the connection after each answer."""
    with served(hello) as (_, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.connect()
        own_port = connection.sock.getsockname()[1]
        for _ in range(3):
            connection.request("GET", "/")
            connection.getresponse().read()
            assert connection.sock.getsockname()[1] == own_port
        connection.close()


def test_a_head_request_has_no_body() -> None:
    """Only the head is sent, with the length of what a GET would bring."""
    with served(hello) as (_, port), socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert b"content-length: 5\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_a_failing_application_answers_500() -> None:
    """An application that falls over takes neither connection nor worker with it."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        if environ["PATH_INFO"] == "/fail":
            raise RuntimeError("on purpose")
        return list(hello(environ, start_response))

    with served(app) as (_, port):
        assert get(port, "/fail") == (500, b"")
        assert get(port) == (200, b"hello")


def test_a_download_that_fails_on_its_way_is_seen_to_be_short() -> None:
    """With its length told before, the client can tell that the rest is missing."""

    def body() -> Iterator[bytes]:
        yield b"ten bytes."
        raise RuntimeError("on purpose")

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        del environ
        start_response("200 OK", [("Content-Length", "1000000")])
        return body()

    with served(app) as (_, port), pytest.raises(SHORT):
        get(port)


class Endless:
    """A body that goes on until it is closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield bytes(65536)

    def close(self) -> None:
        """WSGI promises this call."""
        self.closed.set()


def test_slow_readers_leave_room_for_polls_and_are_closed() -> None:
    """Sixteen downloads that nobody reads do not hold up another client, and end when their readers go."""
    bodies = [Endless() for _ in range(16)]
    waiting = list(bodies)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/":
            return hello(environ, start_response)
        start_response("200 OK", [])
        return waiting.pop()

    with served(app) as (worker, port):
        readers = [socket.create_connection(("127.0.0.1", port), PATIENCE) for _ in bodies]
        for reader in readers:
            reader.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert reader.recv(1)
        assert get(port) == (200, b"hello")
        assert not worker.stop(0.05)  # they do not end by themselves
        for reader in readers:
            reader.close()
        assert all(body.closed.wait(PATIENCE) for body in bodies)


def test_stop_waits_for_a_request_in_progress() -> None:
    """An answer that is being worked on is still given."""
    begun, go_on = threading.Event(), threading.Event()
    answers: list[tuple[int, bytes]] = []

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        begun.set()
        go_on.wait(PATIENCE)
        return hello(environ, start_response)

    with served(app) as (worker, port):
        client = threading.Thread(target=lambda: answers.append(get(port)))
        client.start()
        assert begun.wait(PATIENCE)
        assert not worker.stop(0.05)
        go_on.set()
        client.join(PATIENCE)
    assert answers == [(200, b"hello")]


def test_a_head_has_a_bound() -> None:
    """The journal keeps heads by the thousand: without one a client could fill the memory."""
    with served(hello) as (_, port):
        statuses = []
        for size in (48, 256):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            connection.request("GET", "/", headers={"X-Key": "k" * size * 1024})
            statuses.append(connection.getresponse().status)
            connection.close()
    assert statuses == [200, 431]


def test_listening_twice_is_refused_with_the_reason() -> None:
    """Whoever starts a second server wants to know which port is taken."""
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(CannotListenError, match=rf"127\.0\.0\.1:{port}: port {port} is taken"):
            listen("127.0.0.1", port)


def test_an_unknown_host_is_refused_with_its_name() -> None:
    """A slip in `--host` is told by that name."""
    with pytest.raises(CannotListenError, match=r"no\.such\.host\.invalid:8080"):
        listen("no.such.host.invalid", 8080)


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("127.0.0.1", "127.0.0.1:80"),
        ("::1", "[::1]:80"),
        ("0.0.0.0", "127.0.0.1:80"),  # noqa: S104 - not bound
        ("::", "[::1]:80"),
    ],
)
def test_addresses_are_told_so_that_they_can_be_used(host: str, told: str) -> None:
    """`0.0.0.0` is nobody's address, and an IPv6 address needs its brackets."""
    assert authority(reachable(host), 80) == told
