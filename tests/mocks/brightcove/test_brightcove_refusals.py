"""What Brightcove refuses of reports, and how it says so: paths, methods, parameters."""

from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest

from support.answers import rules_of
from support.brightcove import (
    ACCOUNT,
    ANALYTICS,
    ANSWERS,
    BASE,
    CHOICES,
    ROOT,
    SUMMARY,
    Brightcove,
    assert_not_found_out,
    assert_refused,
)
from support.engagement import PROJECTS

DOUBLED: Final = "/api/reports/v2/api/reports/v2"


@pytest.mark.parametrize(
    "report",
    ["gradebook", "project_engagement_summary", "PROJECT_ENGAGEMENT_SUMMARY_RAW", "user-stream-raw", "%20"],
)
def test_other_reports_are_not_there(brightcove: Brightcove, report: str) -> None:
    """brightcove.unknown-report: in the gateway's array."""
    assert_refused(brightcove.ask(report), 404, "unknown-report", "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/api/reports/v2",
        "/api/reports/v1/user_stream_raw",
        "/api/reports/v2/gradebook/summary",
        "/api/reports/v2/quiz%2Factions",
        f"/api/reports/v2//{PROJECTS}",
        f"//api/reports/v2/{PROJECTS}",
        f"{DOUBLED}/api/reports/v2/{PROJECTS}",
        "/v2/accounts/1/reports/quiz/actions",
        "/_mock/health",
    ],
)
def test_other_paths_are_not_found(brightcove: Brightcove, path: str) -> None:
    """brightcove.unknown-path: an analytics report is none of the engagement host's."""
    answer = brightcove.send("GET", path)
    assert_refused(answer, 404, "unknown-path", "RESOURCE_NOT_FOUND")
    assert brightcove.last_request["rule"] == "brightcove.unknown-path"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/accounts/1/reports",
        "/v1/accounts/1/reports/gradebook",
        "/v1/accounts//reports/quiz/actions",
        "/v1/accounts/1/2/reports/quiz/actions",
        "/v1/accounts/1/projects",
        "/v1/accounts/1/reports/user_stream_raw",
    ],
)
def test_other_paths_of_accounts_are_not_found_in_their_own_form(brightcove: Brightcove, path: str) -> None:
    """brightcove.unknown-path, brightcove.analytics-error-body: with the sentence in result.message."""
    assert_not_found_out(brightcove.send("GET", path), 404, "unknown-path")


@pytest.mark.parametrize("report", [PROJECTS, "chapter_summary", "nothing"])
def test_the_doubled_path_of_the_pages_sample_is_not_found(brightcove: Brightcove, report: str) -> None:
    """brightcove.doubled-path: by a rule of its own, and the log tells what was meant."""
    refused = brightcove.send("GET", f"{DOUBLED}/{report}", {"send_status": "true"})
    assert_refused(refused, 404, "doubled-path", "RESOURCE_NOT_FOUND")
    assert any(f"/api/reports/v2/{report}" in note for note in brightcove.last_request["notes"])
    assert brightcove.mock.jobs() == []


def test_the_doubled_path_wants_a_token_too(brightcove: Brightcove) -> None:
    """brightcove.token: the gateway looks at it before any path."""
    brightcove.token = "nonsense"
    assert_refused(brightcove.send("GET", f"{DOUBLED}/{PROJECTS}"), 401, "token", "UNAUTHORIZED")


METHODS: Final = ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get", "Options"]
PATHS: Final = [
    f"/api/reports/v2/{PROJECTS}",
    f"{DOUBLED}/{PROJECTS}",
    *(path.replace("{account_id}", ACCOUNT) for path in ANALYTICS.values()),
]


@pytest.mark.parametrize("path", PATHS)
def test_other_methods_are_refused_with_those_allowed(brightcove: Brightcove, path: str) -> None:
    """brightcove.method: also a method that differs in nothing but its case."""
    for method in METHODS:
        request = brightcove.client.build_request("GET", f"{ROOT}{path}")
        request.method = method
        answer = brightcove.client.send(request)
        schema = "analytics-error" if path.startswith("/v1/") else "error"
        assert_refused(answer, 405, "method", schema=schema)
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert brightcove.mock.jobs() == []


@pytest.mark.parametrize("path", PATHS)
def test_options_are_told_to_anybody(brightcove: Brightcove, path: str) -> None:
    """brightcove.method: the API reference says that HEAD and OPTIONS are there."""
    answer = brightcove.client.options(f"{ROOT}{path}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", [PATHS[0], PATHS[2]])
def test_a_body_is_read_and_means_nothing(brightcove: Brightcove, path: str) -> None:
    """brightcove.body-size: up to a mebibyte; beyond it is refused in the form of its API."""
    for content in (b"", b"{}", b"\xff" * 1_048_576):
        assert brightcove.send("GET", path, content=content).status_code == 200
    refused = brightcove.send("GET", path, content=b"a" * 1_048_577)
    schema = "analytics-error" if path.startswith("/v1/") else "error"
    assert_refused(refused, 413, "body-size", schema=schema)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("start", ""),
        ("start", "yesterday"),
        ("start", "2026-3-4"),
        ("end", "2026-02-29"),
        ("end", "0000-01-01"),
        ("end", "2026-03-04T00:00:00Z"),
        ("end", "9" * 5000),
        ("format", "CSV"),
        ("format", "xml"),
        ("send_status", "True"),
        ("send_status", ""),
    ],
)
def test_what_cannot_be_read_is_refused(brightcove: Brightcove, name: str, value: str) -> None:
    """brightcove.bad-parameter: with a message that says which."""
    refused = brightcove.ask(**{name: value})
    assert_refused(refused, 400, "bad-parameter", "BAD_REQUEST")
    assert f"Invalid value for {name}" in refused.json()[0]["message"]
    assert len(refused.content) < 500


@pytest.mark.parametrize("name", ["start", "format", "account_id", "unknown"])
def test_a_repeated_parameter_is_refused(brightcove: Brightcove, name: str) -> None:
    """brightcove.repeated-parameter: known or not, equal or not."""
    for values in (["csv", "csv"], ["csv", "json"]):
        answer = brightcove.send("GET", f"/api/reports/v2/{PROJECTS}", {name: values})
        assert_refused(answer, 400, "repeated-parameter", "BAD_REQUEST")


@pytest.mark.parametrize("name", ["project_id", "start_time", "show_details", "unknown"])
def test_a_repeated_parameter_of_an_analytics_report_is_refused(brightcove: Brightcove, name: str) -> None:
    """brightcove.repeated-parameter: in that family's form."""
    path = ANALYTICS[ANSWERS].replace("{account_id}", ACCOUNT)
    assert_not_found_out(brightcove.send("GET", path, {name: ["1", "1"]}), 400, "repeated-parameter")


def test_an_unknown_parameter_changes_no_row(brightcove: Brightcove) -> None:
    """brightcove.unknown-parameter: in either family."""
    plain = brightcove.fetch(start="2026-03-01", end="2026-03-03")
    more = brightcove.fetch(start="2026-03-01", end="2026-03-03", project_ids="1,2", Format="json")
    assert more.content == plain.content
    assert brightcove.result(SUMMARY, page="2", user_id="nobody") == brightcove.result(SUMMARY)


REFUSALS: Final[dict[str, tuple[Callable[[Brightcove], httpx.Response], type, Any]]] = {
    "unknown-path": (lambda brightcove: brightcove.client.get(f"{ROOT}/nothing"), list, "message"),
    "bad-parameter": (lambda brightcove: brightcove.ask(start="x"), list, "message"),
    "rate-minute": (lambda brightcove: brightcove.start(5)[-1], list, "message"),
    "token": (lambda brightcove: brightcove.client.get(f"{BASE}/{PROJECTS}"), list, "message"),
    "bad-time": (lambda brightcove: brightcove.analytics(SUMMARY, start_time="x"), str, None),
    "missing-project": (lambda brightcove: brightcove.analytics(CHOICES), str, None),
    "unknown-project": (lambda brightcove: brightcove.analytics(SUMMARY, project_id="x"), dict, "message"),
}


@pytest.mark.parametrize("rule", REFUSALS)
def test_each_family_has_one_form_of_refusal(brightcove: Brightcove, rule: str) -> None:
    """brightcove.error-body, brightcove.analytics-error-body: an array, a sentence, or an object with one."""
    provoke, kind, member = REFUSALS[rule]
    refused = provoke(brightcove)
    assert rules_of(refused)[0] == f"brightcove.{rule}"
    body = refused.json() if kind is list else refused.json()["result"]
    assert isinstance(body, kind)
    told: Any = refused.json()[0] if kind is list else body
    sentence: str = told[member] if member else told
    assert len(sentence.split()) > 1
    assert int(refused.headers["Content-Length"]) == len(refused.content)
