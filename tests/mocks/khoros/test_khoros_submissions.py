"""Submissions to Khoros: where they go, where their parameters are, and what they are answered with."""

import base64
import uuid
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import httpx
import pytest

from support.answers import rules_of
from support.khoros import API, CATALOGUE, EXPORTS, WEEK, Khoros, assert_refused, needed, passed, path_of

BODIES: Final = ("conversation_actions", "conversation_history_action", "user")
"""The exports whose documentation has their parameters in the body."""


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("export", EXPORTS)
def test_every_export_is_submitted_with_post_and_get(khoros: Khoros, export: str, method: str) -> None:
    """khoros.submit-methods, khoros.submitted, khoros.envelope, khoros.content-type: asked in the query."""
    result = passed(khoros.submit(export, method), "submitted")
    assert result["downloadUrl"] == ""
    (job,) = khoros.mock.jobs()
    assert (job["id"], job["report"], job["status"]) == (result["runId"], export, "RUNNING")
    assert khoros.last_request["job"] == result["runId"]


@pytest.mark.parametrize("export", EXPORTS)
def test_every_export_takes_its_parameters_in_a_form(khoros: Khoros, export: str) -> None:
    """khoros.parameter-places: in the body of a POST, with the company key alone in the query."""
    answer = khoros.call("POST", path_of(export), data=needed(export) | {"reportFormat": "csv"})
    passed(answer, "submitted")
    assert khoros.mock.jobs()[0]["request"]["format"] == "csv"


@pytest.mark.parametrize("export", EXPORTS)
def test_marketing_exports_have_a_path_of_their_own(khoros: Khoros, export: str) -> None:
    """khoros.marketing-path: raw_brand_posts is there, and nothing else is."""
    folder = "" if "/marketing/" in path_of(export) else "marketing/"
    refused = khoros.call("POST", f"/reports/report/{folder}{export}", needed(export))
    assert_refused(refused, 404, "khoros.marketing-path")


@pytest.mark.parametrize(
    "export", ["conversations", "Conversation", "CONVERSATION", "report", "jobs", "%20", "\u00e9"]
)
def test_an_export_that_there_is_not_is_refused(khoros: Khoros, export: str) -> None:
    """khoros.unknown-report, khoros.error-body: names are those of the list, to the letter."""
    for folder in ("", "marketing/"):
        refused = khoros.call("POST", f"/reports/report/{folder}{export}", dict(WEEK))
        assert_refused(refused, 404, "khoros.unknown-report")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/reports",
        "/reports/report",
        "/reports/report/report/conversation",
        "/report/reports/a/b/status",
        "/reports/report/sales/conversation",
        "/reports/report//conversation",
        "/teams/1",
        "/config",
        "/Teams",
    ],
)
def test_other_paths_are_none_of_the_api(khoros: Khoros, path: str) -> None:
    """khoros.unknown-path: also those that the reference misprints."""
    for method in ("GET", "POST"):
        assert_refused(khoros.call(method, path, dict(WEEK)), 404, "khoros.unknown-path")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_other_methods_are_refused_with_those_there_are(khoros: Khoros, method: str) -> None:
    """khoros.method: a HEAD starts no run either, and is not told to be one of them."""
    refused = khoros.submit("author", method)
    assert refused.status_code == 405
    assert rules_of(refused) == ["khoros.method"]
    assert refused.headers["Allow"] == "GET, POST"
    assert khoros.mock.jobs() == []


@pytest.mark.parametrize("path", ["/teams", "/config/timezones", "/reports/jobs"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_look_ups_are_asked_for_with_get(khoros: Khoros, path: str, method: str) -> None:
    """khoros.method: and with nothing else."""
    assert_refused(khoros.call(method, path), 405, "khoros.method")


def test_statuses_are_asked_for_with_get(khoros: Khoros) -> None:
    """khoros.method: a POST to a statusUrl is no poll."""
    url = khoros.submitted()["statusUrl"]
    for method in ("POST", "PUT", "DELETE"):
        refused = khoros.client.request(method, url, auth=("me", "secret"))
        assert_refused(refused, 405, "khoros.method")


def test_the_query_goes_before_the_form(khoros: Khoros) -> None:
    """khoros.parameter-places, khoros.repeated-parameter: the first value holds, which is the query's."""
    khoros.call(
        "POST",
        "/reports/report/author",
        needed("author") | {"reportFormat": "csv"},
        data={"reportFormat": "json"},
    )
    assert khoros.mock.jobs()[0]["request"]["format"] == "csv"


@pytest.mark.parametrize("action", ["first", "last", "refuse"])
def test_a_repeated_parameter_has_one_value(khoros: Khoros, action: str) -> None:
    """khoros.repeated-parameter: which one is a switch; what may be repeated is never refused for it."""
    khoros.mock.rule("repeated-parameter", action=action)
    answer = khoros.submit("author", reportFormat=["csv", "json", "csv", "json"])
    if action == "refuse":
        assert_refused(answer, 400, "khoros.repeated-parameter")
    else:
        passed(answer, "submitted")
        assert khoros.mock.jobs()[0]["request"]["format"] == {"first": "csv", "last": "json"}[action]
    passed(
        khoros.submit("user", teamId=["1", "2"], agentId=["1", "3"], reportMetrics=["ROLE", "STATUS"]),
        "submitted",
    )


@pytest.mark.parametrize(
    "body", [{"startTime": 1, "endTime": 2}, {"startTime": "1", "endTime": ["2"], "x": None}]
)
def test_a_body_of_json_is_read_like_a_form(khoros: Khoros, body: dict[str, Any]) -> None:
    """khoros.parameter-places: its description has JSON where its pages ask for a form."""
    more = {"includeDisabled": True, "reportMetrics": ["USER_ID", "ROLE"]}
    passed(khoros.call("POST", "/reports/report/user", json=body | more), "submitted")
    request = khoros.mock.jobs()[0]["request"]
    assert (request["start"], request["end"], request["columns"]) == (1, 2, ["USER_ID", "ROLE"])
    assert request["filters"]["disabled"] is True


@pytest.mark.parametrize("number", ["1.50", "1e3", "NaN", "9" * 5000])
def test_numbers_in_a_body_of_json_are_taken_as_they_were_sent(khoros: Khoros, number: str) -> None:
    """khoros.bad-parameter: and refused as the same text in a form is, not in words of a parser."""
    path, sent = "/reports/report/user", f'{{"startTime": {number}, "endTime": 1}}'
    by_json = khoros.call("POST", path, content=sent, headers={"Content-Type": "application/json"})
    by_form = khoros.call("POST", path, data={"startTime": number, "endTime": "1"})
    assert_refused(by_json, 400, "khoros.bad-parameter")
    assert by_json.json() == by_form.json()


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "1",
        '"x"',
        "null",
        '{"a": {"b": 1}}',
        '{"a": [[1]]}',
        "[" * 5000,
        "\ud83d",
    ],
)
def test_a_body_of_json_that_cannot_be_read_is_refused(khoros: Khoros, body: str) -> None:
    """khoros.bad-body: with what is wrong with it."""
    refused = khoros.call(
        "POST",
        "/reports/report/user",
        dict(WEEK),
        content=body.encode("utf-8", "surrogatepass"),
        headers={"Content-Type": "application/json; charset=utf-8"},
    )
    assert_refused(refused, 400, "khoros.bad-body")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "multipart/form-data; boundary=x", "", "application/xml"]
)
def test_a_body_of_another_type_says_nothing(khoros: Khoros, content_type: str) -> None:
    """khoros.parameter-places: what is neither in the query nor in a form is not there."""
    body = "&".join(f"{name}={value}" for name, value in WEEK.items())
    headers = {"Content-Type": content_type}
    refused = khoros.call("POST", "/reports/report/user", content=body, headers=headers)
    assert_refused(refused, 400, "khoros.missing-parameter")


def test_a_get_has_no_body(khoros: Khoros) -> None:
    """khoros.parameter-places: a form sent with GET is not looked at."""
    refused = khoros.client.request(
        "GET", f"{API}/reports/report/user?companyKey={khoros.company}", data=dict(WEEK), auth=("me", "x")
    )
    assert_refused(refused, 400, "khoros.missing-parameter")


@pytest.mark.parametrize("export", EXPORTS)
def test_what_must_be_there_is_asked_for(khoros: Khoros, export: str) -> None:
    """khoros.missing-parameter: each by its name, missing or empty."""
    for name in needed(export):
        for value in (None, ""):
            refused = khoros.submit(export, **{name: value})
            assert_refused(refused, 400, "khoros.missing-parameter")
            assert name in refused.json()["result"]
    assert khoros.mock.jobs() == []


@pytest.mark.parametrize("name", ["starttime", "StartTime", "START_TIME", " startTime"])
def test_names_of_parameters_are_case_sensitive(khoros: Khoros, name: str) -> None:
    """khoros.name-case: another spelling is another parameter."""
    refused = khoros.submit("author", **{"startTime": None, name: "1"})
    assert_refused(refused, 400, "khoros.missing-parameter")


def test_parameters_that_an_export_does_not_know_are_ignored(khoros: Khoros) -> None:
    """khoros.unknown-parameter: as in the vendor's samples, one of which has a blank before a name."""
    strange = {"timeInterval": "x", " enableBusinessHour": "true", "teamId": ["1", "2"], "priorities ": "9"}
    passed(khoros.submit("combined", **strange), "submitted")
    passed(khoros.submit("user", timezone="nowhere", priorities="9", raiselimit="?"), "submitted")
    assert khoros.mock.jobs()[1]["request"]["zone"] == "UTC"


# Identifiers and addresses


def test_a_workflow_is_the_same_for_the_same_question(khoros: Khoros, other: Khoros) -> None:
    """khoros.workflow-id: a UUID of version 3 of company, export and parameters, however they were sent."""
    first = khoros.submitted("combined", priorities="1,2", reportFormat="csv")
    assert uuid.UUID(first["workflowId"]).version == 3
    same = [
        khoros.submitted("combined", priorities="2,1", reportFormat="CSV", unknown="x"),
        passed(khoros.submit("combined", "GET", priorities="1, 2", reportFormat="csv"), "submitted"),
        passed(
            khoros.call(
                "POST",
                "/reports/report/combined",
                data=needed("combined") | {"priorities": "1,2", "reportFormat": "csv"},
            ),
            "submitted",
        ),
    ]
    different = [
        other.submitted("combined", priorities="1,2", reportFormat="csv"),
        khoros.submitted("incoming_post", priorities="1,2", reportFormat="csv"),
        khoros.submitted("combined", priorities="1,3", reportFormat="csv"),
        khoros.submitted("combined", priorities="1,2"),
        khoros.submitted("combined", priorities="1,2", reportFormat="csv", startTime="1"),
        khoros.submitted("combined", priorities="1,2", reportFormat="csv", reportMetrics="POST_ID"),
        khoros.submitted("combined", priorities="1,2", reportFormat="csv", locale="de"),
    ]
    assert {run["workflowId"] for run in same} == {first["workflowId"]}
    assert len({run["workflowId"] for run in [first, *different]}) == len(different) + 1
    assert len({run["runId"] for run in [first, *same, *different]}) == len(same) + len(different) + 1


def test_a_run_has_an_identifier_of_46_characters(khoros: Khoros) -> None:
    """khoros.run-id, khoros.encoded-ids: 23 and 32 bytes in Base64, whose marks are encoded in addresses."""
    khoros.unlimited()
    marks = set()
    for _ in range(60):
        run = khoros.submitted()
        assert len(run["runId"]) == 46
        assert run["runId"].startswith("23")
        assert len(base64.b64decode(run["runId"][2:], validate=True)) == 32
        *_, workflow, encoded, last = urlsplit(run["statusUrl"]).path.split("/")
        assert (workflow, unquote(encoded), last) == (run["workflowId"], run["runId"], "status")
        assert encoded.isascii()
        assert set("+/=").isdisjoint(encoded)
        marks |= set(run["runId"]) & set("+/")
        assert khoros.poll(run)["jobInfo"]["runId"] == run["runId"]
    assert marks == {"+", "/"}


def test_addresses_work_with_their_marks_encoded_or_not(khoros: Khoros) -> None:
    """khoros.encoded-ids: in any case of the digits; who decodes what was given is understood."""
    khoros.unlimited()
    for _ in range(20):
        url = khoros.submitted()["statusUrl"]
        raw = url.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
        lower = url.replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d")
        for spelled in (url, raw, lower):
            passed(khoros.open(spelled), "status")


@pytest.mark.parametrize("action", ["new-run", "attach"])
def test_the_same_again_while_it_runs(khoros: Khoros, action: str) -> None:
    """khoros.same-again: a run of its own or the one that runs, and a new one once that is over."""
    khoros.mock.rule("same-again", action=action)
    first, second = khoros.submitted(), khoros.submitted()
    assert first["workflowId"] == second["workflowId"]
    assert (first["runId"] == second["runId"]) is (action == "attach")
    assert khoros.submitted(priorities="1")["runId"] != first["runId"]
    khoros.mock.advance("2s")
    assert khoros.submitted()["runId"] not in {first["runId"], second["runId"]}


@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize("export", EXPORTS)
def test_a_download_url_at_once_is_for_users_alone(inside: Khoros, export: str, filled: bool) -> None:  # noqa: FBT001
    """khoros.early-download-url: two samples have it, which is switched on for that export."""
    inside.mock.rule("early-download-url", filled=filled)
    run = inside.submitted(export)
    assert bool(run["downloadUrl"]) is (filled and export == "user")
    if run["downloadUrl"]:
        assert_refused(inside.open(run["downloadUrl"]), 404, "khoros.download-early")
        inside.mock.advance("2s")
        assert inside.open(run["downloadUrl"]).status_code == 307


def test_addresses_come_back_in_the_clients_own_form(in_process: httpx.Client, name: str) -> None:
    """khoros.submitted: by the prefix, by the vendor's hosts, or by a name below localhost."""
    query = {"companyKey": name} | dict(WEEK)
    forms = {
        "http://127.0.0.1:8080/khoros": f"{API}/reports/report/author",
        **{
            f"http://{host}": "/api/public/reports/report/author"
            for host in (*CATALOGUE.api.hosts, "khoros.localhost:8080", "ANALYTICS-api.app.lithium.com:99")
        },
    }
    for base, path in forms.items():
        headers = {"Host": urlsplit(base).netloc}
        answer = in_process.post(path, params=query, headers=headers, auth=("me", "secret"))
        status = passed(answer, "submitted")["statusUrl"]
        assert status.startswith(f"{base.lower()}/api/public/reports/report/")
        path_again = status.removeprefix(base.lower())
        if base.endswith("/khoros"):
            path_again = f"/khoros{path_again}"
        passed(in_process.get(path_again, headers=headers, auth=("me", "secret")), "status")


def test_days_may_have_any_number_of_digits(khoros: Khoros) -> None:
    """khoros.time-form: a sample of the vendor ends in the year 2503, and another begins after its end."""
    for start, end in (
        ("1668000000000", "16823555400000"),
        ("-5", "1" * 300),
        ("1470614400000", "1461104100000"),
    ):
        passed(khoros.submit("author", startTime=start, endTime=end), "submitted")
    assert [job["request"]["start"] for job in khoros.mock.jobs()] == [1668000000000, -5, 1470614400000]
