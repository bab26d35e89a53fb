"""Whatever is sent, the answer is Echo360's own: never a 500, never a traceback, and the mock stays well."""

import json
import math
import socket
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reportcontracts.validation import violations
from support.echo360 import BASE, REPORTS, TOKENS, WEEK, Echo360, assert_refused

pytestmark = pytest.mark.wire

LAW: Final = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LIMIT: Final = 1024 * 1024

KNOWN: Final = ("parameters", "output", "access_token", "start", "end", "compression", "delimiter")
GOOD: Final = (*WEEK, "2026-02-30", ",", "\t", "|", "0000-00-00", "9999-12-31")
REFUSALS: Final = {400, 401, 404, 405, 413, 429}

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**400), max_value=10**400)
    | st.floats()
    | st.text(max_size=8)
    | st.text(st.characters(categories=["Cs", "Cc", "Lu"]), max_size=4)
    | st.sampled_from(GOOD)
)
finite = scalars.filter(lambda value: not isinstance(value, float) or math.isfinite(value))
members = st.sampled_from(KNOWN) | st.text(max_size=4)
values = st.recursive(
    scalars,
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(members, parts, max_size=5),
    max_leaves=12,
)
bodies = values.map(lambda value: json.dumps(value).encode())
texts = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)
paths = st.lists(
    st.sampled_from(["requests", "request", "reports", "asset", "", ".", "..", "%00", "%2F", "%ff"]) | texts,
    max_size=4,
).map(
    lambda parts: "/".join(
        part.replace("?", "%3F").replace("#", "%23").replace("\\", "%5C") for part in parts
    )
)


@pytest.fixture
def patient(echo360: Echo360) -> Echo360:
    """A client that no limit stops."""
    echo360.unlimited()
    return echo360


def assert_vendors_own(answer: httpx.Response, schema: str | None = "submitted") -> None:
    """An answer that the contract allows, refusal or not (echo360.error-body)."""
    if answer.status_code == 200 and schema:
        assert violations("echo360", schema, answer.json()) == []
    elif answer.status_code != 200:
        assert answer.status_code in REFUSALS, answer.text
        assert answer.headers["Content-Type"] == "application/json"
        assert set(answer.json()) == {"error", "message"}
        assert violations("echo360", "error", answer.json()) == []
        assert "Traceback" not in answer.text


@LAW
@given(body=bodies, report=st.sampled_from(REPORTS))
def test_any_json_is_answered(patient: Echo360, body: bytes, report: str) -> None:
    """echo360.error-body, echo360.body-json: wrong types at every level, NaN, numbers without end."""
    assert_vendors_own(patient.call("POST", f"/requests/{report}", content=body))


@LAW
@given(
    parameters=st.fixed_dictionaries({"start": scalars, "end": scalars}) | values,
    output=st.fixed_dictionaries({}, optional={"compression": scalars, "delimiter": scalars}) | values,
)
def test_any_values_of_the_known_members_are_answered(patient: Echo360, parameters: Any, output: Any) -> None:
    """echo360.error-body, echo360.bad-parameter, echo360.bad-output: whatever each of them holds."""
    body = json.dumps({"parameters": parameters, "output": output})
    for report in ("asset", "assetbydate"):
        assert_vendors_own(patient.call("POST", f"/requests/{report}", content=body))


@LAW
@given(start=st.dates(), end=st.dates())
def test_any_two_days_are_answered(patient: Echo360, start: Any, end: Any) -> None:
    """echo360.range, echo360.end-before-start: from the year 1 to 9999."""
    asked = {"start": start.isoformat(), "end": end.isoformat()}
    answer = patient.submit("videoview", asked)
    assert_vendors_own(answer)
    assert (answer.status_code == 200) is (0 < (end - start).days <= 7)


@LAW
@given(junk=st.binary(max_size=60), place=st.integers(0, 120), length=st.integers(0, 40))
def test_any_damage_to_a_body_is_answered(patient: Echo360, junk: bytes, place: int, length: int) -> None:
    """echo360.body-json, echo360.error-body: bytes that are no UTF-8, and halves of JSON."""
    whole = json.dumps(
        {"parameters": {"start": WEEK[0], "end": WEEK[1]}, "output": {"delimiter": "|"}}
    ).encode()
    body = whole[:place] + junk + whole[place + length :]
    assert_vendors_own(patient.call("POST", "/requests/notes", content=body))


@LAW
@given(token=st.text(st.characters(categories=["L", "N", "Cs", "Cc", "S"]), max_size=30) | finite)
def test_any_token_in_a_body_is_answered(patient: Echo360, token: Any) -> None:
    """echo360.token, echo360.error-body: as far as JSON goes."""
    body = json.dumps({"access_token": token, "parameters": {}})
    answer = patient.client.post(f"{BASE}/requests/asset", content=body)
    assert_refused(answer, 401, "echo360.token", "NotAuthenticated")


@LAW
@given(
    header=texts | texts.map("Bearer {}".format) | texts.map("Basic {}".format),
    query=st.lists(
        st.tuples(st.sampled_from(["access_token", "start", "x", ""]) | st.text(max_size=3), st.text()),
        max_size=4,
    ),
)
def test_any_header_and_query_is_answered(
    patient: Echo360, header: str, query: list[tuple[str, str]]
) -> None:
    """echo360.token, echo360.repeated-parameter, echo360.error-body: before anything else is looked at."""
    answer = patient.client.get(
        f"{BASE}/requests", params=httpx.QueryParams(tuple(query)), headers={"Authorization": header.strip()}
    )
    assert_vendors_own(answer, "request-listing")
    assert answer.status_code in (400, 401)


@LAW
@given(path=paths, method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PURGE"]))
def test_any_path_and_method_is_answered(patient: Echo360, path: str, method: str) -> None:
    """echo360.unknown-path, echo360.method, echo360.error-body: below the prefix."""
    answer = patient.client.request(
        method, f"{BASE}/{path}", headers={"Authorization": f"Bearer {patient.token}"}
    )
    if method != "HEAD":
        assert_vendors_own(answer, None)
    assert answer.status_code < 500


@LAW
@given(
    body=st.binary(max_size=200),
    kind=st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "multipart/form-data; boundary=" + "x" * 300,
            "application/x-www-form-urlencoded; charset=utf-16",
            "application/x-www-form-urlencoded; charset=nonsense",
            "application/json",
            ";",
        ]
    ),
    query=st.binary(max_size=60),
)
def test_any_token_request_is_answered(patient: Echo360, body: bytes, kind: str, query: bytes) -> None:
    """echo360.grant, echo360.error-body: forms that are broken or none, of any type."""
    address = httpx.URL(f"http://{patient.client.base_url.host}:{patient.client.base_url.port}{TOKENS}")
    sent = b"".join(
        b"%%%02X" % byte if byte < 33 or byte > 126 or byte in b'#"<>' else bytes([byte]) for byte in query
    )
    answer = patient.client.post(address.copy_with(query=sent), content=body, headers={"Content-Type": kind})
    assert_vendors_own(answer, "token")


@LAW
@given(
    fields=st.dictionaries(
        st.sampled_from(["grant_type", "client_id", "client_secret", "refresh_token"]), texts
    )
)
def test_any_form_is_answered(patient: Echo360, fields: dict[str, str]) -> None:
    """echo360.grant, echo360.refresh-once, echo360.error-body: any values of the known fields."""
    answer = patient.client.post(TOKENS, data=fields)
    assert_vendors_own(answer, "token")


PARTS: Final = b"".join(
    b"--x\r\nContent-Disposition: form-data; name=a%d\r\n\r\nv\r\n" % number for number in range(2000)
)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"&".join(b"a%d=b" % number for number in range(30_000)), "application/x-www-form-urlencoded"),
        (b"client_secret=" + b"x" * 900_000, "application/x-www-form-urlencoded"),
        (PARTS + b"--x--", "multipart/form-data; boundary=x"),
        (b"--x\r\n" * 100_000, "multipart/form-data; boundary=x"),
    ],
    ids=["many fields", "a long field", "many parts", "many boundaries"],
)
def test_a_large_form_is_read_like_any_other(echo360: Echo360, body: bytes, kind: str) -> None:
    """echo360.grant: within a mebibyte nothing but the grant decides."""
    answer = echo360.client.post(TOKENS, content=body, headers={"Content-Type": kind})
    assert_refused(answer, 400, "echo360.grant")


def chunks(size: int) -> Iterator[bytes]:
    """A body of blanks in pieces."""
    while size:
        yield b" " * min(size, 65_536)
        size -= min(size, 65_536)


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
@pytest.mark.parametrize("path", ["/requests/asset", "/requests/visit", "/nothing"])
def test_a_body_may_have_a_mebibyte(echo360: Echo360, path: str, *, chunked: bool) -> None:
    """echo360.body-size: one byte below and at the limit it is read; above it is not, at any path."""

    def post(size: int) -> httpx.Response:
        return echo360.call("POST", path, content=chunks(size) if chunked else b" " * size)

    status = 200 if path == "/requests/asset" else 404
    assert [post(size).status_code for size in (LIMIT - 1, LIMIT)] == [status] * 2
    for size in (LIMIT + 1, 3 * LIMIT):
        assert_refused(post(size), 413, "echo360.body-size", "RequestTooLarge")
    assert echo360.call("GET", "/reports").status_code == 200


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_a_token_request_has_the_same_limit(echo360: Echo360, *, chunked: bool) -> None:
    """echo360.body-size: and the same refusal."""
    content = chunks(LIMIT + 1) if chunked else b" " * (LIMIT + 1)
    answer = echo360.client.post(TOKENS, content=content)
    assert_refused(answer, 413, "echo360.body-size", "RequestTooLarge")


def test_a_body_that_is_announced_far_too_large_is_not_waited_for(served: httpx.Client) -> None:
    """echo360.body-size: nothing of it need be sent."""
    head = f"POST {TOKENS} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n".encode()
    with socket.create_connection(
        (served.base_url.host, served.base_url.port or 0), timeout=10
    ) as connection:
        connection.sendall(head)
        answer = connection.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"error": "RequestTooLarge"' in answer
    assert served.get("/_mock/health").is_success


@pytest.mark.parametrize(
    "lines",
    [
        b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhel",
        b"POST %b HTTP/1.1\r\nHost: \xff\xfe\r\nAuthorization: Bearer \xff\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"POST %b\r\n\r\n",
    ],
    ids=range(9),
)
def test_broken_http_leaves_the_server_well(served: httpx.Client, lines: bytes) -> None:
    """echo360.error-body: what never becomes a request is refused by the HTTP layer, or hung up on."""
    message = lines.replace(b"%b", TOKENS.encode())
    with socket.create_connection(
        (served.base_url.host, served.base_url.port or 0), timeout=10
    ) as connection:
        connection.sendall(message)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(65_536)
    assert not answer.startswith(b"HTTP/1.1 5")
    assert served.get("/_mock/health").is_success
