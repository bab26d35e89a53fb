"""The storage behind signed links: parts, conditions, HEAD, many readers, and refusals, as S3 does them."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest

from support.echo360 import Echo360, storage_error

pytestmark = pytest.mark.wire

COMMON: Final = ("Content-Type", "ETag", "Last-Modified", "Accept-Ranges")


@pytest.fixture
def echo360(client: httpx.Client, name: str) -> Echo360:
    """A client whose sandbox nobody else has."""
    its = Echo360(client, name)
    its.sign_in()
    return its


@pytest.fixture(params=[True, False], ids=["gzip", "plain"])
def link(request: pytest.FixtureRequest, echo360: Echo360) -> str:
    """A link to an object that is compressed and kept, or rendered each time."""
    return echo360.finished("videoview", output={"compression": request.param})


@pytest.fixture
def whole(echo360: Echo360, link: str) -> bytes:
    """All bytes of the object."""
    answer = echo360.download(link)
    assert answer.status_code == 200
    assert len(answer.content) > 1000
    return answer.content


def test_an_object_is_described(echo360: Echo360, link: str) -> None:
    """Length, type, ETag, time and ids: what clients of S3 look at."""
    answer = echo360.download(link)
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert answer.headers["Last-Modified"] == "Wed, 04 Mar 2026 12:00:02 GMT"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"].strip('"').isalnum()
    assert len(answer.headers["x-amz-request-id"]) == 16
    assert answer.headers["x-amz-id-2"]
    assert "Transfer-Encoding" not in answer.headers


def test_head_is_a_get_without_the_body(echo360: Echo360, link: str, whole: bytes) -> None:
    """echo360.link-head: a client asks for the length first."""
    head, get = echo360.client.head(link), echo360.download(link)
    assert head.status_code == 200
    assert head.content == b""
    assert int(head.headers["Content-Length"]) == len(whole)
    assert [head.headers[name] for name in COMMON] == [get.headers[name] for name in COMMON]


PARTS: Final = {
    "bytes=0-0": slice(0, 1),
    "bytes=0-9": slice(0, 10),
    "bytes=100-199": slice(100, 200),
    "bytes=-1": slice(-1, None),
    "bytes=-500": slice(-500, None),
    "bytes=-99999999": slice(None),
    "bytes=0-": slice(None),
    "bytes=700-": slice(700, None),
    "bytes=10-99999999": slice(10, None),
    f"bytes=0-{'9' * 60}": slice(None),
}


@pytest.mark.parametrize("asked", PARTS)
def test_a_part_can_be_had(echo360: Echo360, link: str, whole: bytes, asked: str) -> None:
    """echo360.link-range: first, middle, suffix and open end, with where it is in the whole."""
    answer = echo360.download(link, Range=asked)
    part = range(len(whole))[PARTS[asked]]
    assert answer.status_code == 206
    assert answer.content == whole[PARTS[asked]]
    assert answer.headers["Content-Range"] == f"bytes {part[0]}-{part[-1]}/{len(whole)}"
    assert int(answer.headers["Content-Length"]) == len(part)
    assert answer.headers["X-Mock-Rule"] == "echo360.link-range"


def test_a_download_can_be_resumed_at_any_byte(echo360: Echo360, link: str, whole: bytes) -> None:
    """echo360.link-range: parts put together are the whole, also across what is rendered in one piece."""
    cuts = [0, 1, 999, len(whole) // 2, len(whole) - 1, len(whole)]
    parts = [
        echo360.download(link, Range=f"bytes={first}-{end - 1}").content for first, end in pairwise(cuts)
    ]
    assert b"".join(parts) == whole


@pytest.mark.parametrize(
    "asked", ["bytes={length}-", "bytes=99999999-", "bytes={length}-{length}", "bytes=-0"]
)
def test_a_part_that_is_not_there_is_refused(echo360: Echo360, link: str, whole: bytes, asked: str) -> None:
    """echo360.link-range: 416 with the length, in XML."""
    answer = echo360.download(link, Range=asked.format(length=len(whole)))
    storage_error(answer, 416, "InvalidRange", "echo360.link-range")
    assert answer.headers["Content-Range"] == f"bytes */{len(whole)}"


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,4-5",
        "bytes=5-2",
        "items=0-1",
        "bytes=a-b",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes 0-1",
        "0-1",
        f"bytes={'9' * 5000}-",
        "bytes=0-1-2",
        "bytes=+0-1",
        "bytes= 0-1",
        "",
    ],
)
def test_a_range_that_is_not_understood_gets_the_whole(
    echo360: Echo360, link: str, whole: bytes, asked: str
) -> None:
    """echo360.link-range: several parts, other units, and what is no range, as with S3."""
    answer = echo360.download(link, Range=asked)
    assert answer.status_code == 200
    assert answer.content == whole
    assert "Content-Range" not in answer.headers


def test_head_of_a_part_tells_where_it_is(echo360: Echo360, link: str, whole: bytes) -> None:
    """echo360.link-range: S3 answers it with 206 too."""
    answer = echo360.client.head(link, headers={"Range": "bytes=5-9"})
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes 5-9/{len(whole)}"
    assert answer.content == b""


def test_if_range_guards_a_part(echo360: Echo360, link: str, whole: bytes) -> None:
    """echo360.link-range: the part if nothing has changed, else the whole."""
    described = echo360.client.head(link).headers
    same = (described["ETag"], described["Last-Modified"])
    others = ('"other"', f"W/{described['ETag']}", "Wed, 04 Mar 2026 12:00:01 GMT", "nonsense")
    for value in same:
        assert echo360.download(link, Range="bytes=0-4", If_Range=value).content == whole[:5]
    for value in others:
        answer = echo360.download(link, Range="bytes=0-4", If_Range=value)
        assert (answer.status_code, answer.content) == (200, whole)


BEFORE, AFTER = "Wed, 04 Mar 2026 12:00:01 GMT", "Wed, 04 Mar 2026 12:00:02 GMT"
CONDITIONS: Final = [
    ({"If-None-Match": "{etag}"}, 304),
    ({"If-None-Match": "W/{etag}"}, 304),
    ({"If-None-Match": '"other", {etag}'}, 304),
    ({"If-None-Match": "*"}, 304),
    ({"If-None-Match": '"other"'}, 200),
    ({"If-Modified-Since": AFTER}, 304),
    ({"If-Modified-Since": BEFORE}, 200),
    ({"If-Modified-Since": "nonsense"}, 200),
    ({"If-None-Match": '"other"', "If-Modified-Since": AFTER}, 200),
    ({"If-Match": "{etag}"}, 200),
    ({"If-Match": "*"}, 200),
    ({"If-Match": '"other"'}, 412),
    ({"If-Match": "W/{etag}"}, 412),
    ({"If-Unmodified-Since": AFTER}, 200),
    ({"If-Unmodified-Since": BEFORE}, 412),
    ({"If-Match": "{etag}", "If-Unmodified-Since": BEFORE}, 200),
    ({"If-None-Match": "{etag}", "Range": "bytes=0-1"}, 304),
    ({"If-Match": '"other"', "Range": "bytes=0-1"}, 412),
    ({"If-Match": "{etag}", "Range": "bytes=0-1"}, 206),
]


@pytest.mark.parametrize(("conditions", "status"), CONDITIONS, ids=range(len(CONDITIONS)))
def test_conditions_are_looked_at_in_their_order(
    echo360: Echo360, link: str, whole: bytes, conditions: dict[str, str], status: int
) -> None:
    """A cache asks again; RFC 9110 says what goes before what, and S3 does that."""
    etag = echo360.client.head(link).headers["ETag"]
    answer = echo360.download(link, **{name: value.format(etag=etag) for name, value in conditions.items()})
    if status == 412:
        storage_error(answer, 412, "PreconditionFailed", None)
        return
    assert answer.status_code == status
    assert answer.content == {200: whole, 206: whole[:2], 304: b""}[status]
    assert answer.headers["ETag"] == etag
    assert status != 304 or "Content-Type" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_an_object_can_only_be_read(echo360: Echo360, link: str, method: str) -> None:
    """Whoever uploads to a link that is for reading is told so, in XML."""
    answer = echo360.client.request(method, link, content=b"x" if method == "PUT" else None)
    storage_error(answer, 405, "MethodNotAllowed", None)
    assert answer.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "path", ["/_storage", "/_storage/", "/_storage/acme/x", "/_storage/hapyak/x", "/_storage/x"]
)
@pytest.mark.parametrize("query", ["", "?AWSAccessKeyId=x&Expires=1&Signature=x"])
def test_where_there_is_no_storage_access_is_denied(echo360: Echo360, path: str, query: str) -> None:
    """A vendor without signed links has none; nothing tells what there is."""
    storage_error(echo360.client.get(path + query), 403, "AccessDenied", None)


@pytest.mark.parametrize("key", ["x", "", "%00", "%ff", "a/b/c", "%3Cx%3E&amp;", "%2E%2E", "é" * 200])
def test_a_key_that_was_never_signed_is_refused(echo360: Echo360, key: str) -> None:
    """echo360.link-tampered: with XML that is well-formed whatever the key holds."""
    address = f"/_storage/echo360/{key}?AWSAccessKeyId=MOCKACCESSKEY&Expires=4000000000&Signature=x"
    answer = echo360.client.get(address)
    storage_error(answer, 403, "SignatureDoesNotMatch", "echo360.link-tampered")


def test_refusals_of_a_head_have_no_body(echo360: Echo360, link: str) -> None:
    """The status is all that a HEAD is told."""
    answer = echo360.client.head(link.replace("Signature=", "Signature=x"))
    assert answer.status_code == 403
    assert answer.content == b""
    assert answer.headers["Content-Type"] == "application/xml"


def test_another_vendors_storage_does_not_know_it(echo360: Echo360, link: str) -> None:
    """A signature is of one vendor."""
    storage_error(echo360.client.get(link.replace("/echo360/", "/hapyak/")), 403, "AccessDenied", None)


def test_many_readers_of_one_object_get_the_same(echo360: Echo360, link: str) -> None:
    """The first ones come before it is compressed; it is made once."""
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: echo360.download(link), range(24)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


def test_many_readers_of_parts_and_conditions_do_not_meet(echo360: Echo360, link: str, whole: bytes) -> None:
    """echo360.link-range: each reads the file by itself."""

    def part(first: int) -> bytes:
        return echo360.download(link, Range=f"bytes={first}-{first + 99}").content

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(part, range(0, 800, 20))) == [whole[n : n + 100] for n in range(0, 800, 20)]


def test_the_path_of_a_link_names_no_secret(link: str) -> None:
    """Its file name is what a client may store it under."""
    path = Path(urlsplit(link).path)
    assert path.suffix in (".gz", ".csv")
    assert path.parts[1:3] == ("_storage", "echo360")
