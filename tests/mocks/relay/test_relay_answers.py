"""Where answers begin and end in what a server sends, however it is cut into pieces."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportmocks.relay.answers import Answers, End, Event, Head
from reportmocks.relay.orders import Order

MARK = "x-0123456789abcdef"
ORDER = Order(wait=5, cut=3)


def head(*lines: str, order: Order | None = None, status: str = "200 OK") -> bytes:
    """A head, with an order in its midst if there is one."""
    marked = [f"{MARK}: {order.dumps()}"] if order else []
    return "\r\n".join([f"HTTP/1.1 {status}", *marked, *lines, "", ""]).encode()


LENGTH = "content-length: 5"
CHUNKED = b"5\r\nhello\r\n10;x=y\r\n0123456789abcdef\r\n0\r\n\r\n"
STREAM = b"".join(
    [
        head(LENGTH) + b"hello",
        head("server: x", status="100 Continue"),
        head("Content-Length: 5", order=ORDER) + b"world",
        head("transfer-encoding: chunked", "a: b") + CHUNKED,
        head("content-length: 1000", order=Order(bare=True)),
        head("content-length: 1000", status="304 Not Modified"),
        head("content-length: 0", order=Order(reset=True)),
        head(status="204 No Content"),
        head("connection: close") + b"to the end",
    ]
)


def read(pieces: list[bytes]) -> list[tuple[Order | None, bytes, bytes, bool]]:
    """Each answer: its order, head, body, and whether its end was seen."""
    answers, found = Answers(MARK), list[list[object]]()
    events: list[Event] = [event for piece in pieces for event in answers.feed(piece)]
    for event in events:
        if isinstance(event, Head):
            found.append([event.order, event.data, b"", False])
        elif isinstance(event, End):
            found[-1][3] = True
        else:
            found[-1][2] += event  # type: ignore[operator]
    return [(order, data, body, over) for order, data, body, over in found]  # type: ignore[misc]


def test_answers_are_told_apart() -> None:
    """By length, in chunks, without a body, interim, and to the end of the connection."""
    found = read([STREAM])
    bodies = [b"hello", b"", b"world", CHUNKED, b"", b"", b"", b"", b"to the end"]
    assert [body for _, _, body, _ in found] == bodies
    assert [over for _, _, _, over in found] == [True] * 8 + [False]
    assert [order for order, _, _, _ in found] == [
        None,
        None,
        ORDER,
        None,
        None,
        None,
        Order(reset=True),
        None,
        None,
    ]


def test_an_order_goes_no_further() -> None:
    """Clients see the head as it would be without one."""
    assert MARK.encode() not in b"".join(data for _, data, _, _ in read([STREAM]))
    assert read([STREAM])[2][1] == head("Content-Length: 5")


@given(st.lists(st.integers(0, len(STREAM)), max_size=30))
def test_pieces_make_no_difference(cuts: list[int]) -> None:
    """TCP cuts a stream wherever it likes."""
    edges = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[start:end] for start, end in pairwise(edges)]
    assert read(pieces) == read([STREAM])


@given(st.binary(max_size=300))
def test_what_is_no_http_passes_as_it_is(data: bytes) -> None:
    """Nothing is lost, whatever it is."""
    answers = Answers(MARK)
    out = b"".join(
        event.data if isinstance(event, Head) else event
        for event in answers.feed(b"SSH-2.0" + data)
        if not isinstance(event, End)
    )
    assert out == b"SSH-2.0" + data


@pytest.mark.parametrize(
    "order", [Order(), Order(bare=True), Order(wait=1, reset=True, cut=0, size=2, interval=3)]
)
def test_an_order_survives_its_journey(order: Order) -> None:
    """As the value of a header."""
    assert Order.loads(order.dumps()) == order
    assert order.dumps().isascii()
