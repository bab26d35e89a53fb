"""The shape of calls: paths, methods, the list of reports, the list of requests, and whose they are."""

from typing import Any

import pytest

from support.echo360 import BASE, CATALOGUE, RANGED, REPORTS, TOKENS, WEEK, Echo360, allowed, assert_refused

UNKNOWN = "00000000-0000-4000-8000-000000000000"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def definitions(echo360: Echo360) -> dict[str, dict[str, Any]]:
    """What `GET /reports` tells, by name."""
    reports = allowed(echo360.call("GET", "/reports"), "report-list")["reports"]
    return {report["name"]: report for report in reports}


def test_the_list_names_every_report(echo360: Echo360) -> None:
    """echo360.report-list: all eight, each once, in an object as that of the requests."""
    reports = allowed(echo360.call("GET", "/reports"), "report-list")["reports"]
    assert [report["name"] for report in reports] == list(REPORTS)
    assert len(reports) == 8


def test_two_reports_are_described_as_the_page_does(echo360: Echo360) -> None:
    """echo360.report-texts: the two listings that the page prints, to the letter."""
    dates = [
        {"name": "start", "datatype": "date", "required": True},
        {"name": "end", "datatype": "date", "required": True},
    ]
    found = definitions(echo360)
    assert found["asset"] == {
        "name": "asset",
        "description": "Asset report",
        "note": "Engagement for all video assets",
        "parameters": [],
    }
    assert found["presentation"] == {
        "name": "presentation",
        "description": "Presentation slide views",
        "note": "Engagement for presentation slide views",
        "parameters": dates,
    }
    assert all(found[name]["parameters"] == dates for name in RANGED)


@pytest.mark.parametrize("report", REPORTS)
def test_every_report_has_texts_and_can_be_submitted(echo360: Echo360, report: str) -> None:
    """echo360.report-texts, echo360.submitted: what is listed is what can be had."""
    told = definitions(echo360)[report]
    assert told["description"]
    assert told["note"] == CATALOGUE.report(report).note
    body = allowed(echo360.submit(report), "submitted")
    assert body["reportName"] == report
    assert body["status"] == "Pending"


def test_a_submission_is_answered_as_the_page_shows(echo360: Echo360) -> None:
    """echo360.submitted, echo360.submit-status: these five members, the instant to the millisecond."""
    echo360.mock.advance("1ms")
    answer = echo360.submit("presentation", output={"compression": True, "delimiter": "|"})
    body = allowed(answer, "submitted")
    request_id = body.pop("requestId")
    assert body == {
        "status": "Pending",
        "reportName": "presentation",
        "parameters": {"start": WEEK[0], "end": WEEK[1]},
        "created": "2026-03-04T12:00:00.001Z",
    }
    assert echo360.poll(request_id) == body | {"requestId": request_id}


def test_ids_are_never_given_twice(echo360: Echo360) -> None:
    """echo360.submitted: also to equal requests of one instant."""
    echo360.unlimited()
    ids = {echo360.submitted() for _ in range(10)}
    assert len(ids) == 10


def test_the_list_of_requests_tells_each_as_it_stands(echo360: Echo360) -> None:
    """echo360.request-entry, echo360.assets: bare file names in the list, none while Pending."""
    assert echo360.listing() == []
    first = echo360.submitted("asset")
    echo360.mock.advance("2s")
    second = echo360.submitted("notes")
    newer, older = echo360.listing()
    assert newer == echo360.poll(second)
    assert older.pop("assets")[0].endswith(".csv.gz")
    single = echo360.poll(first)
    assert single.pop("signedAssets")
    assert older == single


def test_the_newest_request_is_listed_first(echo360: Echo360) -> None:
    """echo360.listing-order: also where several have one instant."""
    echo360.unlimited()
    ids = [echo360.submitted() for _ in range(5)]
    echo360.mock.advance("1d")
    echo360.sign_in()
    ids.append(echo360.submitted())
    assert [entry["requestId"] for entry in echo360.listing()] == ids[::-1]


@pytest.mark.parametrize("path", ["requests", "request"])
def test_a_request_is_at_either_path(echo360: Echo360, path: str) -> None:
    """echo360.request-path: the page has both spellings, and the same is at both."""
    request_id = echo360.submitted()
    body = allowed(echo360.call("GET", f"/{path}/{request_id}"), "request")
    assert body == echo360.poll(request_id)


@pytest.mark.parametrize("path", ["requests", "request"])
@pytest.mark.parametrize(
    "request_id", [UNKNOWN, "1", "nonsense", "%00", "%ff", "名", "a" * 2000, "..", "%20"]
)
def test_an_id_that_was_never_given_is_not_found(echo360: Echo360, path: str, request_id: str) -> None:
    """echo360.unknown-request: whatever it looks like."""
    answer = echo360.call("GET", f"/{path}/{request_id}" if request_id != ".." else f"/{path}/%2E%2E")
    assert_refused(answer, 404, "echo360.unknown-request", "NotFound")
    assert "not found" in answer.json()["message"]


def test_another_clients_request_is_not_there(echo360: Echo360, other: Echo360) -> None:
    """echo360.wrong-institution: answered as an unknown one is, but for the hint."""
    request_id = echo360.submitted()
    refused = other.call("GET", f"/requests/{request_id}")
    assert_refused(refused, 404, "echo360.wrong-institution", "NotFound")
    unknown = other.call("GET", f"/requests/{UNKNOWN}")
    assert refused.json() == {
        name: text.replace(UNKNOWN, request_id) for name, text in unknown.json().items()
    }
    assert other.listing() == []
    assert [entry["requestId"] for entry in echo360.listing()] == [request_id]


@pytest.mark.parametrize("report", ["visit", "Asset", "assets", "notes ", "%20", "pollingv2", "video%2Fview"])
def test_a_report_that_is_not_listed_is_not_found(echo360: Echo360, report: str) -> None:
    """echo360.unknown-report: names have one spelling."""
    answer = echo360.submit(report.replace(" ", "%20"), {})
    rule = "echo360.unknown-path" if "%2F" in report else "echo360.unknown-report"
    assert_refused(answer, 404, rule, "NotFound")


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/reports/asset",
        "/requests/a/b",
        "/request",
        "/Reports",
        "//reports",
        "/reports%00",
        "/%ff",
    ],
)
def test_a_path_there_is_not_is_not_found(echo360: Echo360, path: str) -> None:
    """echo360.unknown-path: below the prefix, with a token or without."""
    assert_refused(echo360.call("GET", path), 404, "echo360.unknown-path", "NotFound")
    echo360.token = "nonsense"
    assert_refused(echo360.call("GET", path), 404, "echo360.unknown-path", "NotFound")


@pytest.mark.parametrize("path", ["", "/", "/public/api/v1", "/oauth2", "/public/api/v2/reporting/reports"])
def test_a_path_above_the_prefix_is_not_found(echo360: Echo360, path: str) -> None:
    """echo360.unknown-path: at the root of the vendor's mock as well."""
    answer = echo360.client.get(f"/echo360{path}")
    assert_refused(answer, 404, "echo360.unknown-path", "NotFound")


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        (TOKENS, "POST"),
        (f"{BASE}/reports", "GET, HEAD"),
        (f"{BASE}/requests", "GET, HEAD"),
        (f"{BASE}/requests/asset", "GET, HEAD, POST"),
        (f"{BASE}/request/{UNKNOWN}", "GET, HEAD"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_a_method_there_is_not_is_refused(echo360: Echo360, path: str, methods: str, method: str) -> None:
    """echo360.method: with the list of those that there are."""
    answer = echo360.client.request(method, path, headers={"Authorization": f"Bearer {echo360.token}"})
    assert_refused(answer, 405, "echo360.method", "MethodNotAllowed")
    assert answer.headers["Allow"] == methods


def test_a_get_where_only_a_post_is_refused(echo360: Echo360) -> None:
    """echo360.method: the commonest mistake with tokens."""
    assert_refused(echo360.client.get(TOKENS), 405, "echo360.method", "MethodNotAllowed")


@pytest.mark.parametrize("path", ["/reports", "/requests"])
def test_head_is_a_get_without_a_body(echo360: Echo360, path: str) -> None:
    """echo360.method: the same headers, and nothing after them."""
    whole, head = echo360.call("GET", path), echo360.call("HEAD", path)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(whole.content))


@pytest.mark.parametrize(
    "content_type", [None, *FORM.values(), "text/plain", "application/json; charset=x", "-"]
)
def test_the_content_type_is_not_looked_at(echo360: Echo360, content_type: str | None) -> None:
    """echo360.content-type: a client of the vendor's own sends a form's with every GET."""
    headers = {"Content-Type": content_type} if content_type else {}
    assert echo360.call("GET", "/reports", headers=headers).status_code == 200
    answer = echo360.call("POST", "/requests/asset", content=b'{"parameters": {}}', headers=headers)
    allowed(answer, "submitted")


def test_answers_bear_the_time_of_the_sandbox(echo360: Echo360) -> None:
    """echo360.submitted: what a client reads off the Date header agrees with `created`."""
    echo360.mock.advance("10m")
    answer = echo360.submit()
    assert answer.headers["Date"] == "Wed, 04 Mar 2026 12:10:00 GMT"
    assert answer.json()["created"] == "2026-03-04T12:10:00.000Z"


def test_refusals_without_a_route_are_the_clients(echo360: Echo360) -> None:
    """echo360.unknown-path: whoever looks for their mistakes finds them in their own sandbox."""
    echo360.call("GET", "/nothing")
    echo360.client.get(TOKENS, params={"client_id": echo360.name})
    statuses = [request["status"] for request in echo360.mock.requests()]
    assert statuses[-2:] == [404, 405]
