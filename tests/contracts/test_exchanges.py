"""Whole exchanges held against the contract: what passes, and what is told of what does not."""

import gzip
import json

import pytest

from reportcontracts.calls import Origin
from reportcontracts.exchanges import Answered, Sent, load_exchanges

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
TEXT = {"content-type": "text/plain"}


def sent(method: str, path: str, **more: object) -> Sent:
    """A request without anything special."""
    return Sent(method=method, path=path, **({"headers": {}} | more))  # type: ignore[arg-type]


def answered(
    owner: str, request: Sent, status: int, headers: dict[str, str], body: object = b""
) -> list[str]:
    """What is wrong with an answer, each violation in one line."""
    exchanges = load_exchanges(owner)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = Answered(status=status, headers=headers, body=data)
    return [str(violation) for violation in exchanges.response(request, answer, exchanges.find(request))]


REPORT = sent("GET", "/api/reports/v2/user_engagement_summary_raw")
ASSET = sent("GET", "/a/b.csv", origin=Origin.STORAGE)
STORED = {"content-length": "1", "etag": '"a"', "last-modified": "x", "accept-ranges": "bytes"}
WRONG = {"error": "x", "message": "y"}


@pytest.mark.parametrize(
    ("owner", "request_", "status", "headers", "body"),
    [
        ("hapyak", REPORT, 202, JSON, {"status": "processing"}),
        ("hapyak", REPORT, 202, JSON | {"retry-after": "2"}, b""),
        ("hapyak", REPORT, 200, JSON, []),
        ("hapyak", REPORT, 429, {"content-type": "text/plain; charset=utf-8"}, b""),
        ("hapyak", REPORT, 401, JSON, WRONG),
        ("hapyak", sent("PUT", "/api/reports/v2/x"), 405, JSON | {"allow": "GET, HEAD"}, WRONG),
        ("hapyak", sent("HEAD", REPORT.path), 403, JSON, b""),
        ("saferme", sent("GET", "/api/v4/users/me"), 304, {"etag": 'W/"a"'}, b""),
        ("saferme", sent("GET", "/api/v4/channels/1", query="fields=-name"), 200, JSON, {"id": 1}),
    ],
)  # fmt: skip
def test_what_the_contract_has_passes(
    owner: str, request_: Sent, status: int, headers: dict[str, str], body: object
) -> None:
    """Any of the responses of the call, with a status that a rule can be switched to as well."""
    assert answered(owner, request_, status, headers, body) == []


@pytest.mark.parametrize(
    ("owner", "request_", "status", "headers", "body", "told"),
    [
        ("hapyak", REPORT, 418, JSON, {}, "status: 418 is no answer to report"),
        ("hapyak", REPORT, 405, JSON, {}, "status: 405 is no answer to report"),
        ("hapyak", sent("GET", "/x"), 200, JSON, {}, "status: 200 is no answer to GET /x"),
        ("hapyak", REPORT, 202, {"content-type": "text/html"}, b"", "header content-type: text/html is not"),
        ("hapyak", REPORT, 202, JSON | {"retry-after": "soon"}, b"", "header retry-after: 'soon' is not"),
        ("hapyak", REPORT, 404, JSON, b"no", "$: the body cannot be read: "),
        ("hapyak", REPORT, 404, JSON, b"", "$: there is no body"),
        ("hapyak", REPORT, 404, JSON, {"error": "x"}, "'message' is a required property [hapyak.error-body]"),
        ("hapyak", sent("PUT", REPORT.path), 405, JSON, WRONG, "header allow: missing"),
        ("hapyak", REPORT, 200, {"content-type": "text/csv; charset=latin-1"}, b"a", "header content-type"),
        ("hapyak", REPORT, 200, {"content-type": "text/csv"}, b"a,b\r\n", "$: not the header of user_eng"),
        ("hapyak", REPORT, 200, JSON, [{"user_id": 1}], "$[0]"),
        ("saferme", sent("GET", "/api/v4/users/me"), 304, {"etag": 'W/"a"'}, b"{}", "$: there is a body"),
        ("saferme", sent("GET", "/api/v4/channels/1"), 200, JSON, {"id": 1}, "$: 'uuid' is a required"),
        ("echo360", ASSET, 404, {"content-type": "application/xml"}, b"<E><Code>Oh</Code></E>", "$.Code"),
        ("echo360", ASSET, 404, {"content-type": "application/xml"}, b"<!DOCTYPE a><a/>", "document type"),
        ("echo360", ASSET, 200, STORED | {"content-type": "application/gzip"}, b"plain", "cannot be read"),
        ("echo360", ASSET, 200, STORED | {"content-type": "text/csv"}, b"a,b\r\n", "no report has the head"),
    ],
)  # fmt: skip
def test_what_the_contract_has_not_is_told(
    owner: str, request_: Sent, status: int, headers: dict[str, str], body: object, told: str
) -> None:
    """With its place, and its rule where one says so."""
    found = answered(owner, request_, status, headers, body)
    assert any(told in violation for violation in found), found


def test_rows_of_an_asset_are_read_by_their_header() -> None:
    """A signed link does not tell its report; the header does, whatever the delimiter and the compression."""
    columns = load_exchanges("echo360").operations["submit"].reports["confused"].column_names
    text = "|".join(columns) + "\r\n" + "|".join("x" for _ in columns) + "\r\n"
    found = answered(
        "echo360", ASSET, 200, STORED | {"content-type": "application/gzip"}, gzip.compress(text.encode())
    )
    assert found
    assert all(violation.startswith("$[0].") for violation in found)
    encoded = STORED | {"content-type": "text/csv", "content-encoding": "gzip"}
    assert answered("echo360", ASSET, 200, encoded, gzip.compress(text.encode())) == found


def test_a_switched_rule_is_not_violated() -> None:
    """A mock that was told to answer otherwise does what it was told."""
    exchanges = load_exchanges("hapyak")
    answer = Answered(status=404, headers=JSON, body=b"{}")
    match = exchanges.find(REPORT)
    assert exchanges.response(REPORT, answer, match)
    assert exchanges.response(REPORT, answer, match, switched={"hapyak.error-body"}) == []


SUBMIT = "/public/api/v1/reporting/requests/videoview"
GOOD = {"parameters": {"start": "2026-01-01", "end": "2026-01-02"}}


def asked(owner: str, request: Sent) -> list[str]:
    """What is wrong with a request."""
    exchanges = load_exchanges(owner)
    return [str(violation) for violation in exchanges.request(request, exchanges.find(request))]


@pytest.mark.parametrize(
    ("owner", "request_"),
    [
        ("echo360", sent("POST", SUBMIT, headers=JSON, body=json.dumps(GOOD).encode())),
        ("echo360", sent("POST", SUBMIT.replace("videoview", "asset"), headers=JSON, body=b"{}")),
        ("echo360", sent("POST", "/oauth2/access_token", query="grant_type=client_credentials&client_id=a",
                         headers=FORM, body=b"client_secret=b")),
        ("echo360", sent("POST", "/oauth2/access_token", query="grant_type=client_credentials",
                         headers={"authorization": "Basic YTpi"})),
        ("hapyak", sent("GET", REPORT.path, query="start=2026-01-01&send_status=true&mine=1")),
        ("khoros", sent("POST", "/api/public/reports/report/response", query="companyKey=a&startTime=1",
                        headers=FORM, body=b"endTime=2")),
        ("khoros", sent("GET", "/api/public/reports/report/response",
                        query="companyKey=a&startTime=1&endTime=2&reportMetrics=A&reportMetrics=B")),
    ],
)  # fmt: skip
def test_a_request_as_documented_passes(owner: str, request_: Sent) -> None:
    """Parameters count from wherever the vendor takes them."""
    assert asked(owner, request_) == []


@pytest.mark.parametrize(
    ("owner", "request_", "told"),
    [
        ("echo360", sent("POST", SUBMIT, headers=JSON, body=b"{}"), "'parameters' is a required"),
        ("echo360", sent("POST", SUBMIT, headers=JSON, body=b"{"), "$: the body is no JSON"),
        ("echo360", sent("POST", SUBMIT, headers=TEXT, body=b"x"), "header content-type"),
        ("echo360", sent("POST", "/oauth2/access_token", query="grant_type=password"), "'client_id' is a"),
        ("hapyak", sent("GET", REPORT.path, query="start=tomorrow"), "query start: 'tomorrow' is not"),
        ("hapyak", sent("GET", REPORT.path, query="end=2026-01-01&end=2026-01-02"), "query end: given more"),
        ("hapyak", sent("GET", "/api/reports/v3"), "path: no call GET /api/reports/v3"),
        ("saferme", sent("GET", "/api/v4/analytics/reports_read", query="channel_id=x"), "query channel_id"),
        ("saferme", sent("PATCH", "/api/v4/session"), "$: the body is missing"),
        ("khoros", sent("POST", "/api/public/reports/report/response", query="startTime=1"), "'companyKey'"),
        ("khoros", sent("POST", "/api/public/reports/report/user", query="startTime=1&endTime=2",
                        headers=FORM, body=b"companyKey=a"), "query $: 'companyKey' is a"),
        ("khoros", sent("POST", "/api/public/reports/report/user", query="companyKey=a",
                        headers=FORM, body=b"startTime=1"), "'endTime' is a required"),
    ],
)  # fmt: skip
def test_a_request_that_is_not_as_documented_is_told(owner: str, request_: Sent, told: str) -> None:
    """With the place of what is wrong."""
    found = asked(owner, request_)
    assert any(told in violation for violation in found), found
