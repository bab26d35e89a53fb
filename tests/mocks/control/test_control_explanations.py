"""Where the `Link` of an answer leads: a rule, its numbers, and the nearest request that had worked."""

import base64
import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httpx
import pytest

from reportmocks.app import create_app
from reportmocks.kernel.clock import parse_instant
from reportmocks.settings import Settings
from support.wsgi import transport

NOW = "2026-03-04T12:00:00Z"
BASIC = f"Basic {base64.b64encode(b'me@example.com:a-password').decode()}"
HAPYAK = "/hapyak/api/reports/v2/project_engagement_summary_raw"
BRIGHTCOVE = "/brightcove/api/reports/v2/poll_widget_detail"
QUIZ = "/brightcove/v1/accounts/123/reports/quiz/project/summary"
ECHO360 = "/echo360/public/api/v1/reporting/requests"
SAFERME = "/saferme/api/v4/analytics/reports_per_field_selection"
KHOROS = "/khoros/api/public/reports/report"
DATES = "start_date=2026-01-01T00:00:00Z&end_date=2026-02-01T00:00:00Z"
MILLIS = "startTime=1772323200000&endTime=1772409600000"


@dataclass(frozen=True)
class Case:
    """A request that is refused, and by which rule."""

    vendor: str
    rule: str
    path: str
    method: str = "GET"
    body: str | None = None
    kind: str = "application/json"
    switches: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: bool = True
    """Whether credentials are sent."""

    @property
    def name(self) -> str:
        """What a failure calls it."""
        return f"{self.rule} {self.path.rpartition('/')[2]} {self.body or ''}"


REFUSE = {"action": "refuse"}
CASES = [
    Case("hapyak", "hapyak.key", HAPYAK, sent=False),
    Case("hapyak", "hapyak.unknown-report", "/hapyak/api/reports/v2/project_engagement"),
    Case("hapyak", "hapyak.bad-parameter", f"{HAPYAK}?format=xml"),
    Case("hapyak", "hapyak.bad-parameter", f"{HAPYAK}?send_status=1&format=xml&start=x&end=y"),
    Case("hapyak", "hapyak.bad-parameter", f"{HAPYAK}?start=2026-01-01&end=31.1."),
    Case("hapyak", "hapyak.end-before-start", f"{HAPYAK}?start=2026-02-01&end=2026-01-01"),
    Case("hapyak", "hapyak.end-before-start", f"{HAPYAK}?start=2027-02-01"),
    Case("hapyak", "hapyak.range", f"{HAPYAK}?start=2020-01-01&end=2026-01-01",
         switches={"range": REFUSE}),
    Case("hapyak", "hapyak.range", f"{HAPYAK}?start=2020-01-01&end=2026-01-01",
         switches={"range": REFUSE, "end-inclusive": {"enabled": False}}),
    Case("hapyak", "hapyak.unknown-parameter", f"{HAPYAK}?strat=2026-01-01&fromat=json",
         switches={"unknown-parameter": REFUSE}),
    Case("hapyak", "hapyak.repeated-parameter", f"{HAPYAK}?start=2026-01-01&start=2026-01-02",
         switches={"repeated-parameter": REFUSE}),
    Case("hapyak", "hapyak.method", HAPYAK, "DELETE"),
    Case("brightcove", "brightcove.account", BRIGHTCOVE, switches={"account": {"required": True}}),
    Case("brightcove", "brightcove.wrong-account", f"{BRIGHTCOVE}?account_id=x"),
    Case("brightcove", "brightcove.bad-parameter", f"{BRIGHTCOVE}?account_id=x&format=xml"),
    Case("brightcove", "brightcove.wrong-account", QUIZ.replace("123", "mine") + "?project_id=1"),
    Case("brightcove", "brightcove.missing-project", QUIZ),
    Case("brightcove", "brightcove.missing-project", f"{QUIZ}?start_time=never"),
    Case("brightcove", "brightcove.unknown-project", f"{QUIZ}?project_id=nobody"),
    Case("brightcove", "brightcove.bad-time", QUIZ.replace("project/summary", "actions") + "?end_time=x"),
    Case("brightcove", "brightcove.end-before-start", QUIZ.replace("project/summary", "actions")
         + "?start_time=2026-02-01T00:00:00Z&end_time=2026-01-01T00:00:00Z"),
    Case("brightcove", "brightcove.range", QUIZ.replace("project/summary", "actions"),
         switches={"range": REFUSE, "analytics-limits": {"enabled": False}}),
    Case("brightcove", "brightcove.grant", "/brightcove/v4/access_token", "POST", "grant_type=password",
         "application/x-www-form-urlencoded"),
    Case("brightcove", "brightcove.doubled-path",
         "/brightcove/api/reports/v2/api/reports/v2/poll_widget_detail", switches={"doubled-path": REFUSE}),
    Case("echo360", "echo360.unknown-report", f"{ECHO360}/videoviews", "POST",
         '{"parameters": {"start": "2026-01-01", "end": "2026-01-02"}}'),
    Case("echo360", "echo360.missing-parameter", f"{ECHO360}/notes", "POST", "{}"),
    Case("echo360", "echo360.missing-parameter", f"{ECHO360}/notes", "POST"),
    Case("echo360", "echo360.missing-parameter", f"{ECHO360}/notes", "POST",
         '{"parameters": {"end": "2026-01-02"}}'),
    Case("echo360", "echo360.bad-parameter", f"{ECHO360}/notes", "POST", '{"parameters": 7}'),
    Case("echo360", "echo360.bad-output", f"{ECHO360}/notes", "POST",
         '{"output": {"delimiter": ";", "compression": 1}, "parameters": {"start": "x"}}'),
    Case("echo360", "echo360.end-before-start", f"{ECHO360}/notes", "POST",
         '{"parameters": {"start": "2026-01-02", "end": "2026-01-01"}}'),
    Case("echo360", "echo360.range", f"{ECHO360}/notes", "POST",
         '{"parameters": {"start": "2026-01-01", "end": "2026-03-01"}}'),
    Case("echo360", "echo360.assetbydate-age", f"{ECHO360}/assetbydate", "POST",
         '{"parameters": {"start": "2020-01-01", "end": "2020-01-03"}}'),
    Case("echo360", "echo360.grant", "/echo360/oauth2/access_token", "POST",
         "client_id=one", "application/x-www-form-urlencoded"),
    Case("echo360", "echo360.credentials", "/echo360/oauth2/access_token?grant_type=client_credentials"
         "&client_id=invalid&client_secret=s", "POST"),
    Case("saferme", "saferme.token", f"{SAFERME}?channel_id=1&{DATES}&field_id=2", sent=False),
    Case("saferme", "saferme.missing-parameter", SAFERME),
    Case("saferme", "saferme.missing-parameter", f"{SAFERME}?channel_id=x&field_id=y&start_date=z"),
    Case("saferme", "saferme.bad-parameter", f"{SAFERME}?channel_id=1&field_id=2&start_date=x&end_date=y"),
    Case("saferme", "saferme.unknown-channel", f"{SAFERME}?channel_id=999999&field_id=2&{DATES}"),
    Case("saferme", "saferme.unknown-field", f"{SAFERME}?channel_id=1&field_id=999999&{DATES}"),
    Case("saferme", "saferme.unknown-fields", SAFERME.replace("reports_per_field_selection", "reports_read")
         + f"?channel_id=1&fields=total_reads,nonsense&{DATES}", switches={"unknown-fields": REFUSE}),
    Case("saferme", "saferme.end-before-start", f"{SAFERME}?channel_id=1&field_id=2"
         "&start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z",
         switches={"end-before-start": REFUSE}),
    Case("saferme", "saferme.date-forms", f"{SAFERME}?channel_id=1&field_id=2"
         "&start_date=2026-01-01&end_date=2026-02-01T00:00", switches={"date-forms": REFUSE}),
    Case("khoros", "khoros.credentials", f"{KHOROS}/response?companyKey=c&{MILLIS}", "POST", sent=False),
    Case("khoros", "khoros.company-key", f"{KHOROS}/response?{MILLIS}", "POST"),
    Case("khoros", "khoros.unknown-report", f"{KHOROS}/responses?companyKey={{name}}&{MILLIS}", "POST"),
    Case("khoros", "khoros.missing-parameter", f"{KHOROS}/response?companyKey={{name}}", "POST"),
    Case("khoros", "khoros.missing-parameter", f"{KHOROS}/user?companyKey={{name}}", "POST",
         "endTime=1772409600000&reportFormat=xml", "application/x-www-form-urlencoded"),
    Case("khoros", "khoros.bad-parameter",
         f"{KHOROS}/response?companyKey={{name}}&reportFormat=xml&timezone=Mars&{MILLIS}", "POST"),
    Case("khoros", "khoros.unknown-metric",
         f"{KHOROS}/conversation?companyKey={{name}}&reportMetrics=NO&reportMetrics=STATUS&{MILLIS}", "POST",
         switches={"unknown-metric": REFUSE}),
    Case("khoros", "khoros.business-hours",
         f"{KHOROS}/response?companyKey={{name}}&businessHourType=true&{MILLIS}", "POST"),
    Case("khoros", "khoros.interval",
         f"{KHOROS}/team_performance_interval?companyKey={{name}}&timeInterval=7&{MILLIS}", "POST"),
    Case("khoros", "khoros.bucket-cap", f"{KHOROS}/team_performance_interval?companyKey={{name}}"
         "&timeInterval=300000&startTime=1740000000000&endTime=1772409600000", "POST",
         switches={"bucket-cap": {"value": 60}}),
    Case("khoros", "khoros.submit-methods", f"{KHOROS}/response?companyKey={{name}}&{MILLIS}",
         switches={"submit-methods": {"get": "documented"}}),
]  # fmt: skip


@pytest.fixture(scope="module")
def mocks() -> Iterator[httpx.Client]:
    """A server whose clocks stand still."""
    app = create_app(Settings(clock="frozen", now=parse_instant(NOW), size="tiny"))
    with httpx.Client(transport=transport(app), base_url="http://127.0.0.1:8080") as client:
        yield client
    app.kernel.store.close()


def credentials(client: httpx.Client, case: Case, name: str) -> dict[str, str]:
    """The headers by which a client is known as the sandbox `name`."""
    if case.vendor == "brightcove" and "access_token" in case.path:
        return {"Authorization": BASIC}
    return headers_of(client, case.vendor, name)


def headers_of(client: httpx.Client, vendor: str, name: str) -> dict[str, str]:
    """The headers by which a client of a vendor's reports is known."""
    if vendor == "hapyak":
        return {"X-Hapyak-API-Key": name}
    if vendor == "saferme":
        return {"Authorization": f"Token token={name}"}
    if vendor == "khoros":
        return {"Authorization": BASIC}
    path = "/echo360/oauth2/access_token" if vendor == "echo360" else "/brightcove/v4/access_token"
    answer = client.post(path, auth=(name, "s"), data={"grant_type": "client_credentials"})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def refused(client: httpx.Client, case: Case, name: str) -> httpx.Response:
    """The answer to a case's request, refused by its rule."""
    for rule, fields in case.switches.items():
        its = {"vendor": case.vendor, "sandbox": name}
        assert client.put(f"/_mock/rules/{case.vendor}.{rule}", params=its, json=fields).is_success
    headers = credentials(client, case, name) if case.sent else {}
    if case.body is not None:
        headers["Content-Type"] = case.kind
    answer = client.request(case.method, case.path.format(name=name), content=case.body, headers=headers)
    assert answer.status_code >= 400, answer.text
    assert answer.headers["X-Mock-Rule"].split(", ")[0] == case.rule
    return answer


def followed(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """What the `Link` of an answer leads to."""
    url, relation = answer.headers["Link"].split("; ")
    assert relation == 'rel="describedby"'
    told = client.get(url.strip("<>"))
    assert told.status_code == 200, told.text
    found: dict[str, Any] = told.json()
    return found


def again(client: httpx.Client, nearest: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
    """The answer to the request that is said to work; hidden secrets are what the client knows."""
    shown = {name.lower(): text for name, text in nearest["headers"].items()}
    known = {name.lower(): text for name, text in headers.items()}
    sent = {name: known[name] if "***" in text else text for name, text in shown.items()}
    query = nearest["query"].replace("%2A%2A%2A", "s")
    body = nearest["body"].replace("%2A%2A%2A", "s").encode()
    return client.request(nearest["method"], f"{nearest['path']}?{query}", content=body, headers=sent)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_nearest_request_works(mocks: httpx.Client, name: str, case: Case) -> None:
    """However much is wrong with the refused one: what is said to work is asked for, and is answered."""
    told = followed(mocks, refused(mocks, case, name))
    assert told["id"] == case.rule
    assert told["refused"]["reason"]
    answer = again(mocks, told["nearest"], credentials(mocks, case, name))
    assert answer.status_code < 400, f"{told['nearest']}: {answer.text}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_curl_line_is_the_nearest_request(mocks: httpx.Client, name: str, case: Case) -> None:
    """Whoever pastes it sends what is told beside it."""
    nearest = followed(mocks, refused(mocks, case, name))["nearest"]
    words = shlex.split(nearest["curl"])
    assert words[:2] == ["curl", "-i"]
    url = httpx.URL(words[-1])
    assert (url.host, url.path) == ("127.0.0.1", nearest["path"])
    assert httpx.QueryParams(url.query) == httpx.QueryParams(nearest["query"])
    given = [word for flag, word in pairwise(words) if flag == "-H"]
    assert given == [f"{header}: {text}" for header, text in nearest["headers"].items()]
    method = words[words.index("-X") + 1] if "-X" in words else ("POST" if "--data" in words else "GET")
    assert method == nearest["method"]
    assert ("--data" in words) == bool(nearest["body"])


@pytest.mark.parametrize("vendor", ["hapyak", "saferme"])
def test_a_name_that_is_a_secret_is_in_no_link(mocks: httpx.Client, name: str, vendor: str) -> None:
    """Links are logged and shared; another name leads to the same sandbox, and to no other."""
    path = HAPYAK if vendor == "hapyak" else SAFERME
    headers = headers_of(mocks, vendor, name)
    link = mocks.get(f"{path}?format=xml", headers=headers).headers["Link"]
    assert name not in link
    assert mocks.get(link.partition(">")[0][1:]).json()["sandbox"] == name
    other = mocks.get(f"{path}?format=xml", headers=headers_of(mocks, vendor, f"{name}-two"))
    assert followed(mocks, other)["sandbox"] == f"{name}-two"


def test_another_name_for_nobody_is_refused(mocks: httpx.Client) -> None:
    """A sandbox that is gone is not taken for a new one."""
    alias = "~00000000-0000-0000-0000-000000000000"
    answer = mocks.get("/_mock/rules/hapyak.key", params={"vendor": "hapyak", "sandbox": alias})
    assert answer.status_code == 404
    assert answer.json()["type"].endswith("unknown-sandbox")


def test_a_limit_tells_its_numbers_and_when_to_come_again(mocks: httpx.Client, name: str) -> None:
    """hapyak.rate-minute: what is used and by whom, and the same request after the instant it frees."""
    its, headers = {"vendor": "hapyak", "sandbox": name}, headers_of(mocks, "hapyak", name)
    days = [{"start": f"2026-01-0{day}"} for day in range(1, 6)]
    answers = [mocks.get(HAPYAK, params=day | {"send_status": "true"}, headers=headers) for day in days]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 202, 429]
    told = followed(mocks, answers[-1])
    report = HAPYAK.rpartition("/")[2]
    assert told["limit"] == {
        "value": 4, "unit": "reports", "enabled": True, "used": 4, "used_by": [report] * 4,
        "frees": "2026-03-04T12:01:00.000Z",
    }  # fmt: skip
    assert told["now"] == "2026-03-04T12:00:00.000Z"
    nearest = told["nearest"]
    assert (nearest["after"], nearest["wait"]) == ("2026-03-04T12:01:00.000Z", "1m")
    assert again(mocks, nearest, headers).status_code == 429
    mocks.post("/_mock/clock", params=its, json={"set": nearest["after"]})
    assert again(mocks, nearest, headers).status_code == 202
    assert followed(mocks, answers[-1])["limit"]["used"] == 1


def test_in_flight_names_the_jobs(mocks: httpx.Client, name: str) -> None:
    """echo360.in-flight: the fourth waits for the first of three to end."""
    its, headers = {"vendor": "echo360", "sandbox": name}, headers_of(mocks, "echo360", name)
    answers = [mocks.post(f"{ECHO360}/asset", headers=headers) for _ in range(4)]
    told = followed(mocks, answers[-1])
    assert told["limit"]["used_by"] == [answer.json()["requestId"] for answer in answers[:3]]
    assert told["limit"]["frees"] == told["nearest"]["after"]
    mocks.post("/_mock/clock", params=its, json={"set": told["nearest"]["after"]})
    assert again(mocks, told["nearest"], headers).is_success


def test_what_no_time_ends_is_said(mocks: httpx.Client, name: str) -> None:
    """echo360.in-flight: jobs that never end free no place."""
    its, headers = {"vendor": "echo360", "sandbox": name}, headers_of(mocks, "echo360", name)
    mocks.post("/_mock/plans", params=its, json={"outcome": "never", "times": 3})
    answers = [mocks.post(f"{ECHO360}/asset", headers=headers) for _ in range(4)]
    nearest = followed(mocks, answers[-1])["nearest"]
    assert "after" not in nearest
    assert "ends" in nearest["needs"]


def test_each_sandbox_is_told_its_own_refusal(mocks: httpx.Client, name: str) -> None:
    """The last one by this rule, however many there were elsewhere since."""
    case = Case("hapyak", "hapyak.bad-parameter", f"{HAPYAK}?format=xml")
    answer = refused(mocks, case, name)
    refused(mocks, Case("hapyak", "hapyak.bad-parameter", f"{HAPYAK}?format=pdf"), f"{name}-two")
    told = followed(mocks, answer)
    assert told["refused"]["query"] == "format=xml"
    assert told["refused"]["status"] == 400


def test_a_rule_that_refused_nothing_has_no_nearest_request(mocks: httpx.Client, name: str) -> None:
    """hapyak.running: an answer that it shaped is no refusal."""
    answer = mocks.get(f"{HAPYAK}?send_status=true", headers=headers_of(mocks, "hapyak", name))
    told = followed(mocks, answer)
    assert (told["id"], told["refused"], told["nearest"]) == ("hapyak.running", None, None)
    assert "limit" not in told


def test_without_a_remedy_there_is_none(mocks: httpx.Client, name: str) -> None:
    """hapyak.range: where nothing at all is allowed, no request is said to work."""
    case = Case("hapyak", "hapyak.range", f"{HAPYAK}?start=2026-01-01",
                switches={"range": {"value": 0, "action": "refuse"}})  # fmt: skip
    told = followed(mocks, refused(mocks, case, name))
    assert told["refused"]["reason"]
    assert told["nearest"] is None


def test_secrets_stay_hidden(mocks: httpx.Client, name: str) -> None:
    """echo360.credentials: neither a secret that was sent nor a token is told again."""
    secret = f"invalid-{name}"
    form = {"grant_type": "client_credentials", "client_id": "invalid", "client_secret": secret}
    answer = mocks.post("/echo360/oauth2/access_token", data=form)
    headers = headers_of(mocks, "echo360", name)
    late = mocks.post(f"{ECHO360}/notes", headers=headers)
    for each in (answer, late):
        told = json.dumps(followed(mocks, each))
        assert secret not in told
        assert headers["Authorization"].partition(" ")[2] not in told


def test_a_browser_gets_a_page(mocks: httpx.Client, name: str) -> None:
    """With the same, and nothing that a client sent is taken for markup."""
    case = Case("hapyak", "hapyak.bad-parameter", f"{HAPYAK}?format=<script>alert(1)</script>")
    url = refused(mocks, case, name).headers["Link"].partition(">")[0][1:]
    answer = mocks.get(url, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "hapyak.bad-parameter" in answer.text
    assert "curl -i" in answer.text
    assert "<script>" not in answer.text
    assert mocks.get(url, headers={"Accept": "*/*"}).headers["Content-Type"] == "application/json"
