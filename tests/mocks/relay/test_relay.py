"""The relay in front of a real HTTP worker: it changes nothing but what is ordered."""

import http.client
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from reportmocks.engine import Engine
from reportmocks.listener import listen
from reportmocks.relay.orders import ORDER, Order
from reportmocks.settings import Settings

PATIENCE = 20.0
BIG = 4 * 1024 * 1024
LINES = b"".join(b"%07d\n" % number for number in range(BIG // 8))


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers by the path: an order as its query says, and bodies of several kinds."""
    if environ["QUERY_STRING"]:
        environ[ORDER] = Order.loads(environ["QUERY_STRING"].replace("%22", '"').replace("%20", " "))
    path, headers = environ["PATH_INFO"], [("X-Path", environ["PATH_INFO"])]
    if path == "/chunked":
        start_response("200 OK", headers)
        return (LINES[at : at + 1000] for at in range(0, 10_000, 1000))
    if path == "/big":
        start_response("200 OK", [*headers, ("Content-Length", str(BIG))])
        return (LINES[at : at + 65536] for at in range(0, BIG, 65536))
    body = environ["wsgi.input"].read() if path == "/echo" else path.encode()
    if path == "/server":
        body = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}".encode()
    start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def started() -> tuple[Engine, int]:
    """The application behind a relay, and its port."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    engine = Engine(Settings(port=port, faults=True), listener, app, ended=lambda: None)
    engine.start()
    return engine, port


@contextmanager
def relayed() -> Iterator[int]:
    """The port of an application behind a relay that is stopped in the end."""
    engine, port = started()
    try:
        yield port
    finally:
        assert engine.stop(PATIENCE)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of an application behind a relay."""
    with relayed() as port:
        yield port


def connect(port: int) -> socket.socket:
    """A connection on which nothing waits for ever."""
    return socket.create_connection(("127.0.0.1", port), PATIENCE)


def everything(connection: socket.socket) -> bytes:
    """What comes until the end of the connection."""
    read = b""
    while chunk := connection.recv(65536):
        read += chunk
    return read


def request(path: str, order: Order | None = None, method: str = "GET", close: str = "") -> bytes:
    """A request whose answer is ordered so."""
    query = f"?{order.dumps()}".replace('"', "%22").replace(" ", "%20") if order else ""
    return f"{method} {path}{query} HTTP/1.1\r\nHost: x\r\n{close}\r\n".encode()


CLOSE = "Connection: close\r\n"


def test_a_connection_is_kept_for_many_requests(port: int) -> None:
    """With bodies in both directions, of all kinds, and HEAD between them."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    for _ in range(3):
        for method, path, sent, expected in [
            ("GET", "/a", None, b"/a"),
            ("HEAD", "/big", None, b""),
            ("POST", "/echo", LINES, LINES),
            ("GET", "/chunked", None, LINES[:10_000]),
            ("HEAD", "/b", None, b""),
            ("GET", "/big", None, LINES),
        ]:
            client.request(method, path, sent)
            answer = client.getresponse()
            assert (answer.headers["X-Path"], answer.read()) == (path, expected)
            assert not [name for name in answer.headers if len(name) > 30]
    client.close()


def test_the_application_sees_the_public_address(port: int) -> None:
    """A client that names no host gets links to where it came in."""
    with connect(port) as connection:
        connection.sendall(b"GET /server HTTP/1.0\r\n\r\n")
        assert everything(connection).endswith(f"127.0.0.1:{port}".encode())


def test_requests_sent_at_once_are_answered_in_their_order(port: int) -> None:
    """An order is obeyed for its own answer alone."""
    with connect(port) as connection:
        connection.sendall(
            request("/one")
            + request("/two", Order(size=1, interval=1))
            + request("/two", Order(bare=True), "HEAD")
            + request("/three", Order(wait=10))
            + request("/four", close=CLOSE)
        )
        read = everything(connection)
    assert [part.rpartition(b"\r\n")[2] for part in read.split(b"HTTP/1.1 200 OK")[1:]] == [
        b"/one", b"/two", b"", b"/three", b"/four",
    ]  # fmt: skip


def test_a_client_that_waits_for_leave_to_send_gets_it(port: int) -> None:
    """`Expect: 100-continue`."""
    with connect(port) as connection:
        head = f"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n{CLOSE}\r\n"
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 Continue\r\n")
        connection.sendall(b"hello")
        assert everything(connection).endswith(b"hello")


@pytest.mark.parametrize("path", ["/small", "/big", "/chunked"])
def test_a_reset_gives_no_byte(port: int, path: str) -> None:
    """Not an empty answer, not a closed connection: what a dead server's system sends."""
    with connect(port) as connection:
        connection.sendall(request(path, Order(reset=True)))
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


@pytest.mark.parametrize("cut", [0, 1, 1000, BIG - 1])
def test_a_body_is_cut_after_so_many_bytes(port: int, cut: int) -> None:
    """The head promises more, and the end of the connection is an orderly one."""
    with connect(port) as connection:
        connection.sendall(request("/big", Order(cut=cut)))
        head, _, body = everything(connection).partition(b"\r\n\r\n")
    assert f"content-length: {BIG}".encode() in head.lower()
    assert body == LINES[:cut]


def test_a_dribbled_body_is_whole(port: int) -> None:
    """It comes in pieces of their size, which a client that counts its reads can see."""
    with connect(port) as connection:
        connection.sendall(request("/0123456789", Order(size=4, interval=30), close=CLOSE))
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
    assert b"".join(pieces).endswith(b"\r\n\r\n/0123456789")
    assert [len(piece) for piece in pieces][-2:] == [4, 3]


def test_what_is_ordered_for_one_connection_holds_up_no_other(port: int) -> None:
    """A latency costs no thread: many more answers wait than the server has threads."""
    waiting = [connect(port) for _ in range(100)]
    for connection in waiting:
        connection.sendall(request("/late", Order(wait=60_000)))
    with connect(port) as connection:
        connection.sendall(request("/now", close=CLOSE))
        assert everything(connection).endswith(b"/now")
    for connection in waiting:
        connection.close()


def test_a_client_that_does_not_read_holds_up_no_other(port: int) -> None:
    """Only as much is read from the server as clients take, and they get all of it in the end."""
    readers = [connect(port) for _ in range(16)]
    for reader in readers:
        reader.sendall(request("/big", close=CLOSE))
    with connect(port) as connection:
        connection.sendall(request("/now", close=CLOSE))
        assert everything(connection).endswith(b"/now")
    assert {everything(reader).partition(b"\r\n\r\n")[2] == LINES for reader in readers} == {True}
    for reader in readers:
        reader.close()


def test_a_stop_gives_the_answers_that_are_owed() -> None:
    """An idle connection is closed, one whose answer is held back gets it, and no new one is taken."""
    engine, port = started()
    with connect(port) as idle, connect(port) as asked:
        idle.sendall(request("/idle"))
        answer = b""
        while not answer.endswith(b"\r\n\r\n/idle"):
            answer += idle.recv(1000)
        asked.sendall(request("/one", Order(size=1, interval=10)))
        assert asked.recv(1)
        assert engine.stop(PATIENCE)
        assert everything(idle) == b""
        assert everything(asked).endswith(b"/one")
    with pytest.raises(ConnectionRefusedError):
        connect(port)


def test_a_stop_does_not_wait_longer_than_it_may() -> None:
    """An answer that is held back for a minute is given up."""
    engine, port = started()
    with connect(port) as asked:
        asked.sendall(request("/one", Order(size=1, interval=60_000)))
        assert asked.recv(1)
        engine.stop(0.05)
        with suppress(ConnectionResetError):
            assert not everything(asked).endswith(b"/one")


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted in /proc")
def test_no_connection_is_left_behind() -> None:
    """Whatever ends it: client, server, reset or cut."""
    with relayed() as port:
        with connect(port) as connection:
            connection.sendall(request("/warm", close=CLOSE))
            everything(connection)
        before = settled()
        for order in (None, Order(reset=True), Order(cut=1), Order(size=1, interval=1), Order(wait=60_000)):
            for _ in range(5):
                with connect(port) as connection:
                    connection.sendall(request("/big" if order else "/small", order))
        assert settled(before) <= before


def settled(least: int = 0) -> int:
    """How many files this process has open, when that has stopped to fall."""
    event = threading.Event()
    count = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(200):
        event.wait(0.02)
        now = len(list(Path("/proc/self/fd").iterdir()))
        if now == count <= (least or now):
            break
        count = now
    return count
