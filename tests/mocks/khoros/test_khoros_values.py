"""Values of Khoros' parameters that are none, and whatever else somebody may send."""

import json
import string
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from support.khoros import API, CATALOGUE, EXPORTS, USER, Khoros, assert_refused, needed, path_of
from support.laws import examples
from support.serving import Server, running_server

BAD: Final[dict[str, tuple[str, ...]]] = {
    "startTime": ("x", "1.5", "1e3", "2019-03-01", "0x10", "\u0661", "+1", "--1", "1" * 5000, " 1"),
    "endTime": ("x", "1,2", "NaN", "\u2212" + "1"),
    "reportFormat": ("xml", "csv,json", "CSVS"),
    "timezone": ("Chicago", "America/chicago", "GMT+01:00", "../etc/passwd", "Factory", "\x00", "UTC "),
    "timezoneOffset": ("x", "64800001", "-64800001", "1.5", "9" * 30),
    "priorities": ("6", "-1", "1,,2", ",", "one", "0;1", "00", "\u0661"),
    "smartViewId": ("1,2", ","),
    "workqueueIds": (",", "1,,2", " , "),
    "enableBusinessHour": ("TRUE", "1", "yes", "True"),
    "businessHourType": ("TRUE", "0", "inside"),
    "includeDisabled": ("TRUE", "1"),
    "conversationReportType": ("open_at_end", "OPEN", "CLOSED,CREATED"),
    "timeInterval": ("x", "1h", "3600000.0"),
    "raiselimit": ("TRUE", "2000"),
    "teamIds": (",", "1,,2"),
}
CASES: Final = [(name, value) for name, values in BAD.items() for value in values]


@pytest.mark.parametrize(("name", "value"), CASES, ids=[f"{name}-{value[:20]!a}" for name, value in CASES])
def test_a_value_that_is_none_is_refused(inside: Khoros, name: str, value: str) -> None:
    """khoros.bad-parameter: in every export that knows the parameter, with its name and what would do."""
    inside.unlimited()
    for export in EXPORTS:
        if CATALOGUE[export].parameter(name) is not None:
            refused = inside.submit(export, **(needed(export) | {name: value}))
            assert_refused(refused, 400, "khoros.bad-parameter")
            assert name in refused.json()["result"]
    assert inside.mock.jobs() == []


@pytest.mark.parametrize("export", EXPORTS)
def test_an_empty_value_counts_as_none(inside: Khoros, export: str) -> None:
    """khoros.bad-parameter, khoros.workflow-id: with it the question is the same as without."""
    inside.unlimited()
    optional = [its.name for its in CATALOGUE[export].parameters if not its.required]
    with_them = inside.submitted(export, **dict.fromkeys(optional, ""))
    assert with_them["workflowId"] == inside.submitted(export)["workflowId"]


# Anything at all

FEW: Final = examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES: Final = sorted(
    {its.name for report in CATALOGUE.values() for its in report.parameters} - {"companyKey"}
)
ODD: Final = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=30),
    st.text(string.digits + "-,.", max_size=12),
    st.integers(-(10**30), 10**30).map(str),
    st.sampled_from(["true", "false", "csv", "json", "1", "0", "America/Chicago", "STATUS", "de", "300000"]),
)
PARAMETERS: Final = st.dictionaries(st.sampled_from(NAMES), st.lists(ODD, max_size=3), max_size=6)
JSON_VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD, inner, max_size=3),
    max_leaves=8,
)


def assert_an_answer(answer: httpx.Response) -> None:
    """An answer is one of the vendor's: accepted or refused, but never failed."""
    assert answer.status_code < 500, answer.text
    body = answer.json()
    assert body["status"] == ("PASS" if answer.status_code == 200 else "FAIL")
    assert set(body) == {"status", "request", "message", "result"}


@given(export=st.sampled_from(EXPORTS), asked=PARAMETERS, method=st.sampled_from(["GET", "POST"]))
@FEW
def test_any_query_has_an_answer(inside: Khoros, export: str, asked: dict[str, Any], method: str) -> None:
    """khoros.bad-parameter: and whatever is accepted becomes a file, of the length that is told."""
    inside.unlimited()
    answer = inside.submit(export, method, **asked)
    assert_an_answer(answer)
    if answer.status_code == 200 and answer.json()["result"]["workflowId"]:
        inside.mock.advance("2s")
        url = inside.poll(answer.json()["result"])["jobInfo"]["downloadUrl"]
        file = inside.client.get(inside.link(url))
        assert file.status_code == 200
        assert int(file.headers["Content-Length"]) == len(file.content)


@given(
    body=st.binary(max_size=200) | JSON_VALUES.map(json.dumps).map(str.encode),
    kind=st.sampled_from(["json", "form"]),
)
@FEW
def test_any_body_has_an_answer(inside: Khoros, body: bytes, kind: str) -> None:
    """khoros.bad-body: bytes that are no text, JSON that is no object, forms that are none."""
    inside.unlimited()
    types = {"json": "application/json", "form": "application/x-www-form-urlencoded"}
    asked = needed("user") | {"companyKey": inside.company}
    answer = inside.client.post(
        f"{API}/reports/report/user",
        params=asked,
        content=body,
        headers={"Content-Type": types[kind]},
        auth=USER,
    )
    assert_an_answer(answer)


@given(path=st.text(st.characters(exclude_categories=("Cs",)), max_size=40), query=st.binary(max_size=60))
@FEW
def test_any_path_and_query_have_an_answer(inside: Khoros, path: str, query: bytes) -> None:
    """khoros.unknown-path: also in the places where identifiers stand."""
    inside.unlimited()
    for where in (f"/{path}", f"/reports/report/{path}", f"/reports/report/{path}/23x/status"):
        address = f"{API}{quote(where, safe='/')}?companyKey={inside.company}&{quote(query)}"
        assert_an_answer(inside.client.get(address, auth=USER))


@pytest.fixture(scope="module")
def server() -> Any:
    """A server for requests that no library would send."""
    with running_server("khoros", "--size", "tiny") as server:
        yield server


@pytest.mark.parametrize(
    "line",
    [
        b"GET /khoros/api/public/teams?companyKey=\xff\xfe",
        b"GET /khoros/api/public/teams?companyKey=%ff%fe%00",
        b"GET /khoros/api/public/teams?companyKey=%ed%a0%80",
        b"GET /khoros/api/public/teams?companyKey=a;b&&&=&=x&%",
        b"GET /khoros/api/public/reports/report/%2F/%2F/status?companyKey=a",
        b"GET /khoros/api/public/reports/report/%ff/%00/download?analyticsAccessToken=%ff",
        b"GET /khoros/api/public/reports/report//23/status?companyKey=a",
        b"POST /khoros/api/public/reports/report/%e9?companyKey=a",
        b"POST /khoros/api/public/reports/report/author?companyKey=a&startTime=%00&endTime=%0a",
    ],
)
@pytest.mark.parametrize(
    "user", [b"Basic bTpw", b"Basic \xe9\xff", b"Basic /w==:", b"Basic bTpw, Basic bTpw"]
)
def test_odd_bytes_on_the_wire_have_an_answer(server: Server, line: bytes, user: bytes) -> None:
    """khoros.credentials, khoros.unknown-path: and the server is well afterwards."""
    head = (
        line + b" HTTP/1.1",
        b"Host: x",
        b"Authorization: " + user,
        b"Content-Length: 0",
        b"Connection: close",
    )
    answer = server.ask(b"\r\n".join((*head, b"", b"")))
    assert answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 4")), answer
    assert server.is_well()


def test_every_export_that_needs_an_interval_says_so() -> None:
    """khoros.missing-parameter: these tests send what the contract asks for."""
    assert [path_of(export) for export in EXPORTS if "timeInterval" in needed(export)] == [
        "/reports/report/team_performance_interval"
    ]
