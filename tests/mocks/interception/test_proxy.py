"""The proxy by itself, between raw clients and a server that does as the test says."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import pytest

from reportmocks.certificates import Authority, make_authority
from reportmocks.gateway import MARK, forwarded
from reportmocks.interception.exchange import Route
from reportmocks.interception.hosts import Hosts, Traffic
from reportmocks.interception.proxy import Proxy
from reportmocks.listener import listen
from support.serving import PATIENCE

VENDOR: Final = "api.vendor.example"
STORAGE: Final = "bucket.storage.example"
FRIEND: Final = "friend.example"

Serve = Callable[[socket.socket], None]


@dataclass
class Upstream:
    """A server in threads of its own: `serve` gets each connection, `heads` is what `answer` has read."""

    listener: socket.socket
    serve: Serve
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0

    def run(self) -> None:
        """Serve connections, until the listener is closed."""
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(PATIENCE)
            self.serve(connection)

    def answer(self, connection: socket.socket, answer: bytes) -> None:
        """Read requests without bodies, and answer each with the same bytes."""
        data = b""
        while chunk := connection.recv(65536):
            data += chunk
            while b"\r\n\r\n" in data:
                head, _, data = data.partition(b"\r\n\r\n")
                self.heads.append(head)
                connection.sendall(answer)


def ok(body: bytes = b"fine", *headers: str) -> bytes:
    """An answer with this body."""
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join((*lines, "", "")).encode() + body


@pytest.fixture(scope="module")
def authority() -> Authority:
    """One authority for all of these tests."""
    return make_authority([VENDOR, STORAGE])


@dataclass
class Setting:
    """A proxy between clients and an upstream."""

    proxy: Proxy
    upstream: Upstream
    traffic: Traffic
    authority: Authority
    said: list[str]

    @property
    def url(self) -> str:
        """The proxy's address."""
        return f"http://127.0.0.1:{self.proxy.port}"

    @property
    def tls(self) -> ssl.SSLContext:
        """What a client that trusts the authority has."""
        return ssl.create_default_context(cadata=self.authority.pem.decode())

    def client(self) -> httpx.Client:
        """A client that asks the proxy."""
        return httpx.Client(proxy=self.url, verify=self.tls, trust_env=False, timeout=PATIENCE)

    def connect(self) -> socket.socket:
        """A raw connection to the proxy."""
        return socket.create_connection(("127.0.0.1", self.proxy.port), timeout=PATIENCE)


@contextmanager
def setting(authority: Authority, serve: Serve | None = None) -> Iterator[Setting]:
    """A proxy whose mocks, and whose friend's host, are one upstream."""
    listener = socket.create_server(("127.0.0.1", 0))
    upstream = Upstream(listener, serve or (lambda _: None))
    if serve is None:
        upstream.serve = lambda connection: upstream.answer(connection, ok())
    threading.Thread(target=upstream.run, daemon=True).start()
    said: list[str] = []
    traffic = Traffic(said.append)
    address = ("127.0.0.1", listener.getsockname()[1])

    def connect(host: str, port: int) -> socket.socket:
        assert (host, port) in (address, (FRIEND, 80), (FRIEND, 443))
        return socket.create_connection(address, PATIENCE)

    hosts = Hosts(frozenset([VENDOR]), STORAGE, (FRIEND,))
    proxy = Proxy(
        [listen("127.0.0.1", 0)],
        Route(hosts, traffic, address, "secret", connect),
        authority.server_context(),
    )
    try:
        with proxy:
            yield Setting(proxy, upstream, traffic, authority, said)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def test_a_tunnel_keeps_its_connection(authority: Authority) -> None:
    """A client that polls pays for one handshake."""
    with setting(authority) as there, there.client() as client:
        answers = [client.get(f"https://{VENDOR}/{number}?a=b%2Fc") for number in range(3)]
        assert [answer.text for answer in answers] == ["fine"] * 3
        lines = [head.decode().splitlines() for head in there.upstream.heads]
        assert [line[0] for line in lines] == [f"GET /{number}?a=b%2Fc HTTP/1.1" for number in range(3)]
        assert all(f"Host: {VENDOR}" in line and f"{MARK}: secret https" in line for line in lines)


def test_a_plain_request_tells_its_scheme(authority: Authority) -> None:
    """By an absolute address, also of `https`, which some clients ask a proxy for without a tunnel."""
    with setting(authority) as there, there.client() as client:
        client.get(f"http://{VENDOR}/x")
        assert f"{MARK}: secret http".encode() in there.upstream.heads[0].splitlines()
        with there.connect() as connection:
            connection.sendall(f"GET https://{VENDOR}?q HTTP/1.1\r\nHost: {VENDOR}\r\n\r\n".encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
        assert there.upstream.heads[1].startswith(b"GET /?q HTTP/1.1\r\n")
        assert f"{MARK}: secret https".encode() in there.upstream.heads[1].splitlines()


def test_nobody_elses_mark_is_passed_on(authority: Authority) -> None:
    """The header is the proxy's alone."""
    with setting(authority) as there, there.client() as client:
        client.get(f"https://{VENDOR}/", headers={MARK: "mine https"})
        assert there.upstream.heads[0].lower().count(MARK.lower().encode()) == 1


@pytest.mark.parametrize(("given", "scheme"), [("secret https", "https"), ("other https", None), ("", None)])
def test_the_mark_is_believed_with_the_secret_only(given: str, scheme: str | None) -> None:
    """And is gone before any journal sees it."""
    key = "HTTP_X_REPORTMOCKS_FORWARDED"
    environ: dict[str, Any] = {key: given}
    assert forwarded(environ, "secret") == scheme
    assert key not in environ


def test_clients_that_were_led_here_speak_tls_at_once(authority: Authority) -> None:
    """Without a CONNECT: the name is in the handshake and in `Host`."""
    with (
        setting(authority) as there,
        there.connect() as plain,
        there.tls.wrap_socket(plain, server_hostname=STORAGE) as secured,
    ):
        assert secured.version() == "TLSv1.3"
        secured.sendall(f"GET /file HTTP/1.1\r\nHost: {STORAGE}\r\n\r\n".encode())
        assert secured.recv(100).startswith(b"HTTP/1.1 200 ")


def test_tls_begins_at_1_2(authority: Authority) -> None:
    """As the vendors do it."""
    assert authority.server_context().minimum_version is ssl.TLSVersion.TLSv1_2
    with setting(authority) as there:
        context = there.tls
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with there.connect() as plain, context.wrap_socket(plain, server_hostname=VENDOR) as secured:
            assert secured.version() == "TLSv1.2"


def test_other_hosts_are_refused(authority: Authority) -> None:
    """Before a connection is opened; said once, counted each time."""
    with setting(authority) as there, there.client() as client:
        for _ in range(2):
            with pytest.raises(httpx.ProxyError, match="403"):
                client.get("https://other.example/")
        assert client.get("http://other.example/").status_code == 403
        assert there.traffic.refused == {"other.example": 3}
        assert len(there.said) == 1
        assert there.upstream.connections == 0


def test_a_tunnel_to_a_vendor_leads_nowhere_else(authority: Authority) -> None:
    """A `Host` that is not the tunnel's may be another of ours, and nobody else's."""
    with setting(authority) as there, there.client() as client:
        for host in (FRIEND, "localhost", "other.example"):
            assert client.get(f"https://{VENDOR}/", headers={"Host": host}).status_code == 421
        assert there.upstream.connections == 0


def test_hosts_that_are_let_through_are_reached(authority: Authority) -> None:
    """In a tunnel whose bytes are not looked at, and by an absolute address without our mark."""
    with setting(authority) as there, there.client() as client:
        assert client.get(f"http://{FRIEND}/x").text == "fine"
        with there.connect() as tunnel:
            tunnel.sendall(
                f"CONNECT {FRIEND}:443 HTTP/1.1\r\nHost: {FRIEND}:443\r\n\r\nGET / X\r\n\r\n".encode()
            )
            received = b""
            while not received.endswith(b"fine"):
                received += tunnel.recv(1000)
        assert received.startswith(b"HTTP/1.1 200 ")
        assert there.upstream.heads[1] == b"GET / X"
        assert MARK.encode() not in b"".join(there.upstream.heads)
        assert there.traffic.through == {FRIEND: 2}


def test_bodies_pass_whole_both_ways(authority: Authority) -> None:
    """With a length or in chunks, some megabytes of them."""
    sent = bytes(range(256)) * 20_000

    def echo(connection: socket.socket) -> None:
        with connection.makefile("rb") as file:
            head = b"".join(iter(file.readline, b"\r\n")).lower()
            if b"transfer-encoding: chunked" in head:
                body = b""
                while size := int(file.readline(), 16):
                    body += file.read(size)
                    file.readline()
            else:
                body = file.read(int(head.partition(b"content-length: ")[2].splitlines()[0]))
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(body), 100_000):
            part = body[start : start + 100_000]
            connection.sendall(b"%x\r\n%b\r\n" % (len(part), part))
        connection.sendall(b"0\r\n\r\n")

    with setting(authority, echo) as there, there.client() as client:
        assert client.post(f"https://{VENDOR}/", content=sent).content == sent
        chunks = (sent[at : at + 70_000] for at in range(0, len(sent), 70_000))
        assert client.post(f"https://{VENDOR}/", content=chunks).content == sent


def test_a_client_that_waits_to_send_its_body_is_told_to(authority: Authority) -> None:
    """Curl waits a second for it otherwise."""
    with setting(authority) as there, there.connect() as connection:
        head = f"POST / HTTP/1.1\r\nHost: {VENDOR}\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"ab")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


def test_what_is_no_http_is_refused(authority: Authority) -> None:
    """In one line, and the connection closed."""
    with setting(authority) as there, there.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nno header\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(1000), b""))
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"reportmocks: what was sent is no HTTP" in answer


def test_an_answer_that_breaks_off_breaks_off_for_the_client(authority: Authority) -> None:
    """A truncated download must not look whole."""

    def half(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(ok(b"whole")[:-2])

    with (
        setting(authority, half) as there,
        there.client() as client,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        client.get(f"https://{VENDOR}/")


def test_a_server_that_says_nothing_is_heard_as_such(authority: Authority) -> None:
    """A fault on purpose reaches the client as it is: closed without an answer, and not tried again."""

    def silent(connection: socket.socket) -> None:
        connection.recv(65536)

    with setting(authority, silent) as there, there.client() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(f"https://{VENDOR}/")
        assert there.upstream.connections == 1


def test_a_reset_reaches_the_client_as_a_reset(authority: Authority) -> None:
    """Clients tell it from an orderly end."""

    def reset(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with setting(authority, reset) as there, there.client() as client, pytest.raises(httpx.ReadError):
        client.get(f"http://{VENDOR}/")


def test_stop_ends_connections_that_are_open(authority: Authority) -> None:
    """No thread stays behind a run."""
    with setting(authority) as there:
        kept = [there.connect() for _ in range(5)]
        for connection in kept:
            connection.sendall(f"GET http://{VENDOR}/ HTTP/1.1\r\nHost: {VENDOR}\r\n\r\n".encode())
            while not connection.recv(1000).endswith(b"fine"):
                pass
    for connection in kept:
        with connection:
            assert connection.recv(1) == b""
    assert not [thread for thread in threading.enumerate() if thread.name in ("proxy", "proxied")]
