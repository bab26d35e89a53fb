"""Requests as bytes, which no HTTP library would send: over the socket alone."""

import socket
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from typing import Final

import httpx
import pytest

from reportcontracts.validation import violations
from support.engagement import PROJECTS
from support.hapyak import BASE, KEY
from support.steering import Steering

TARGET: Final = f"{BASE}/{PROJECTS}?send_status=true".encode()
PATIENCE: Final = 20.0
MIB: Final = 1_048_576


@dataclass(frozen=True)
class Wire:
    """Speaks bytes to the server, in the name of a key."""

    served: httpx.Client
    key: str

    def ask(
        self, line: bytes, *headers: bytes, body: bytes = b"", host: bytes = b"localhost"
    ) -> httpx.Response:
        """The answer to a request of these bytes."""
        url = self.served.base_url
        lines = (line, b"Host: " + host, b"Connection: close", *headers, b"", body)
        with socket.create_connection((url.host, url.port or 80), timeout=PATIENCE) as connection:
            connection.sendall(b"\r\n".join(lines))
            answer = HTTPResponse(connection, method=line.split(b" ")[0].decode("latin-1"))
            answer.begin()
            return httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())

    def get(self, target: bytes = TARGET, *headers: bytes, body: bytes = b"") -> httpx.Response:
        """The answer to a GET with the key."""
        return self.ask(b"GET %s HTTP/1.1" % target, self.credential, *headers, body=body)

    @property
    def credential(self) -> bytes:
        """The header with the key."""
        return f"{KEY}: {self.key}".encode()

    @property
    def mock(self) -> Steering:
        """The control API of the key's sandbox."""
        return Steering(self.served, "hapyak", self.key)

    def is_well(self) -> bool:
        """Whether the server answers others as before."""
        return self.served.get("/_mock/health").is_success


@pytest.fixture
def wire(served: httpx.Client, name: str) -> Wire:
    """A wire to the server, with a key of its own."""
    return Wire(served, name)


def assert_in_hapyak_s_words(answer: httpx.Response, status: int) -> None:
    """An answer is a refusal in the form that HapYak's have."""
    assert answer.status_code == status, answer.text
    assert violations("hapyak", "error", answer.json()) == []


@pytest.mark.parametrize("value", [b"", b" ", b"\t \t", b" \t"])
def test_a_blank_key_is_none(wire: Wire, value: bytes) -> None:
    """hapyak.key: blanks of any sort are no key."""
    answer = wire.ask(b"GET %s HTTP/1.1" % TARGET, KEY.encode() + b":" + value)
    assert_in_hapyak_s_words(answer, 403)


def test_blanks_around_a_key_are_not_part_of_it(wire: Wire) -> None:
    """hapyak.key: HTTP strips them, and so a key with a blank behind it is the same key."""
    answer = wire.ask(b"GET %s HTTP/1.1" % TARGET, f"{KEY}:  {wire.key} \t".encode())
    assert answer.status_code == 202
    assert len(wire.mock.jobs()) == 1


@pytest.mark.parametrize("value", [b"\xff\xfe", "ключ".encode(), b"k\x80", "é".encode("latin-1")])
def test_a_key_beyond_ascii_is_refused(wire: Wire, value: bytes) -> None:
    """hapyak.key: what no header may hold is no key."""
    assert_in_hapyak_s_words(wire.ask(b"GET %s HTTP/1.1" % TARGET, KEY.encode() + b": " + value), 403)


@pytest.mark.parametrize(
    "target",
    [
        TARGET + b"&start=%ff%fe",
        TARGET + b"&start=%00",
        TARGET + b"&start=%zz",
        TARGET + b"&start=" + b"9" * 20_000,
        TARGET + b"&format=%c3%28",
    ],
    ids=["bad-utf-8", "nul", "bad-escape", "long", "half-utf-8"],
)
def test_bytes_that_are_no_text_are_bad_values(wire: Wire, target: bytes) -> None:
    """hapyak.bad-parameter: not an error of the mock's own."""
    assert_in_hapyak_s_words(wire.get(target), 400)


@pytest.mark.parametrize(
    "query",
    [
        b"&%ff=%fe",
        b"&%00=%00",
        b"&&&",
        b"&=",
        b"&a",
        b"&a=1;b=2",
        b"&%",
        b"&x" + b"?" * 50,
        b"&" + b"a" * 20_000,
        "&é=€".encode(),
    ],
    ids=[
        "bad-utf-8",
        "nul",
        "nothing",
        "no-name",
        "no-value",
        "semicolon",
        "percent",
        "marks",
        "long",
        "raw-utf-8",
    ],
)
def test_parameters_that_nobody_knows_are_ignored(wire: Wire, query: bytes) -> None:
    """hapyak.unknown-parameter: whatever their names are made of."""
    assert wire.get(f"{BASE}/{PROJECTS}?format=csv".encode() + query).status_code == 200
    assert wire.get(f"{BASE}/{PROJECTS}?format=csv".encode() + query).status_code == 200
    assert len(wire.mock.jobs()) == 1


@pytest.mark.parametrize(
    "path",
    [b"%ff%fe", b"%00", b"..%2f..", b"%2e%2e", b"a" * 5000, b"%e2%82%ac", b"a;b", b"a+b", "é".encode(), b"*"],
)
def test_names_that_are_none_are_not_found(wire: Wire, path: bytes) -> None:
    """hapyak.unknown-report, hapyak.unknown-path: whatever bytes stand in a report's place."""
    assert_in_hapyak_s_words(wire.get(BASE.encode() + b"/" + path), 404)


@pytest.mark.parametrize("target", [TARGET + b"&x=\xff", b"/hapyak/\xff", b"/hapyak/<x>"])
def test_bytes_that_no_address_may_hold_are_refused(wire: Wire, target: bytes) -> None:
    """The HTTP layer does that by itself; the mock must be well afterwards."""
    assert wire.get(target).status_code == 400
    assert wire.is_well()


@pytest.mark.parametrize(
    "method", [b"PROPFIND", b"get", b"head", b"BREW", b"M-SEARCH", b"A" * 200, b"OPTIONS"]
)
def test_methods_are_refused_whatever_they_are(wire: Wire, method: bytes) -> None:
    """hapyak.method: known to HTTP or not, in capitals or not."""
    answer = wire.ask(b"%s %s HTTP/1.1" % (method, TARGET), wire.credential)
    assert_in_hapyak_s_words(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD"


def test_the_date_is_there_once(wire: Wire) -> None:
    """The server's own must not stand beside the sandbox's: clients take either."""
    answer = wire.get()
    assert answer.headers.get_list("Date") == ["Wed, 04 Mar 2026 12:00:00 GMT"]


def test_an_absolute_address_is_as_good(wire: Wire) -> None:
    """hapyak.unknown-path: clients that think they speak to a proxy send the whole URL."""
    target = f"http://www.hapyak.com/api/reports/v2/{PROJECTS}?send_status=true".encode()
    answer = wire.ask(b"GET %s HTTP/1.1" % target, wire.credential, host=b"www.hapyak.com")
    assert answer.status_code == 202


def test_old_clients_are_answered(wire: Wire) -> None:
    """hapyak.running: HTTP/1.0 knows neither chunks nor kept connections."""
    answer = wire.ask(b"GET %s HTTP/1.0" % TARGET, wire.credential)
    assert answer.status_code == 202
    wire.mock.advance("2s")
    done = wire.ask(b"GET %s HTTP/1.0" % TARGET, wire.credential)
    assert len(done.content) == int(done.headers["Content-Length"]) > 0


@pytest.mark.parametrize(("size", "status"), [(MIB - 1, 202), (MIB, 202), (MIB + 1, 413)])
def test_a_body_in_chunks_is_measured_too(wire: Wire, size: int, status: int) -> None:
    """hapyak.body-size: one below, at, and one above; nobody says beforehand how long it will be."""
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (size, b"a" * size)
    answer = wire.get(TARGET, b"Transfer-Encoding: chunked", body=body)
    assert answer.status_code == status
    assert wire.is_well()


@pytest.mark.parametrize(("size", "status"), [(MIB - 1, 202), (MIB, 202), (MIB + 1, 413), (5 * MIB, 413)])
def test_a_body_of_known_length_is_measured(served: httpx.Client, name: str, size: int, status: int) -> None:
    """hapyak.body-size: one below, at, and above; the client sees the refusal, and goes on."""
    for _ in range(5):
        answer = served.request("GET", TARGET.decode(), headers={KEY: name}, content=b"a" * size)
        assert answer.status_code == status


def test_a_connection_is_kept_after_a_body_that_is_too_large(served: httpx.Client, name: str) -> None:
    """hapyak.body-size: the next request on it must not meet the rest of the body, or a closed door."""
    url = served.base_url
    with closing(HTTPConnection(url.host, url.port, timeout=PATIENCE)) as connection:
        connection.connect()
        connection.auto_open = 0
        for size, status in ((3 * MIB, 413), (0, 202), (MIB + 1, 413), (1, 202)):
            connection.request("GET", TARGET.decode(), body=b"a" * size, headers={KEY: name})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status


def test_a_body_of_absurd_length_is_refused_before_it_is_sent(wire: Wire) -> None:
    """hapyak.body-size: nobody waits for what was announced and need not come."""
    assert_in_hapyak_s_words(wire.get(TARGET, b"Content-Length: 1000000000000"), 413)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((b"Transfer-Encoding: chunked",), b"zz\r\nabc\r\n0\r\n\r\n"),
        ((b"Transfer-Encoding: chunked", b"Content-Length: 3"), b"3\r\nabc\r\n0\r\n\r\n"),
        ((b"Content-Length: 99999999999999999999999",), b""),
        ((b"Content-Length: 3", b"Content-Length: 4"), b"abcd"),
        ((b"Content-Length: +3",), b"abc"),
        ((b"Expect: 100-continue", b"Content-Length: 0"), b""),
    ],
    ids=["bad-chunk", "both-lengths", "huge-length", "two-lengths", "signed-length", "expect"],
)
def test_odd_bodies_end_in_an_answer(wire: Wire, headers: tuple[bytes, ...], body: bytes) -> None:
    """Whoever refuses them, the mock is well afterwards and has not failed."""
    answer = wire.get(TARGET, *headers, body=body)
    assert answer.status_code < 500
    assert wire.is_well()
