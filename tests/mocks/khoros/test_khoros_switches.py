"""Every value of every switch of every rule of Khoros does what it says; none does nothing."""

from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest

from reportcontracts.rules import load_rulebook
from reportcontracts.switches import Value
from support.answers import lines, rules_of
from support.khoros import DAY, FROM, RUN, UNTIL, Khoros, needed, objects, passed
from support.khoros_refused import bad_json, calls, early, expired, foreign, limited, sized, wrong_token
from support.switched import Check, Checks, cases, switches

RULEBOOK: Final = load_rulebook("khoros")
CHECKS: Final = Checks()
shows: Final = CHECKS.shows
INTERVAL: Final = "team_performance_interval"


@pytest.mark.parametrize(("path", "value"), cases("khoros"))
def test_a_switch_does_what_it_says(inside: Khoros, path: str, value: Value) -> None:
    """A switch that is taken and changes nothing would be believed."""
    CHECKS.see(inside, path, value)


def test_every_switch_has_its_check() -> None:
    """A switch that is added, or renamed, is not forgotten here."""
    assert CHECKS.keys() == switches("khoros").keys()


# The statuses of refusals


REFUSALS: Final[dict[str, Callable[[Khoros], httpx.Response]]] = {
    "credentials.status": lambda khoros: khoros.call("GET", "/teams", auth=("invalid", "x")),
    "access-token.status": wrong_token,
    "rate-minute.status": limited,
    "wrong-company.status": foreign,
    "unknown-report.status": lambda khoros: khoros.submit("nothing"),
    "bad-body.status": bad_json,
    "body-size.status": lambda khoros: sized(khoros, 1_048_577),
    "missing-parameter.status": lambda khoros: khoros.submit(startTime=None),
    "bad-parameter.status": lambda khoros: khoros.submit(priorities="x"),
    "business-hours.status": lambda khoros: khoros.submit(businessHourType="true"),
    "interval.status": lambda khoros: khoros.submit(INTERVAL, timeInterval="1"),
    "bucket-cap.status": lambda khoros: khoros.submit(INTERVAL, endTime=str(FROM + 90 * DAY)),
    "unknown-run.status": lambda khoros: khoros.call("GET", "/reports/report/a/b/status"),
    "download-early.status": early,
    "download-life.status": expired,
    "unknown-metric.status": lambda khoros: khoros.submit(reportMetrics="X"),
}


def refused_by(path: str) -> Check:
    """What checks that the refusal has the status, and is that of its rule."""

    def check(khoros: Khoros, status: Any) -> None:
        answer = REFUSALS[path](khoros)
        assert answer.status_code == status
        assert rules_of(answer)[0] == f"khoros.{path.partition('.')[0]}"
        assert answer.json()["status"] == "FAIL"

    return check


for _path in REFUSALS:
    shows(_path)(refused_by(_path))


@shows("company-key.status", "company-key.missing-status")
def _(khoros: Khoros, status: Any) -> None:
    """The refusals of a key that is not valid, or not there, by what new sandboxes start with."""
    for key, field in ((f"invalid-{khoros.company}", "status"), ("", "missing-status")):
        switched = Khoros(khoros.client, key or "-")
        if key:
            switched.mock.rule("company-key", **{field: status})
        answer = khoros.call("GET", "/teams", {"companyKey": key})
        expected = status if key else RULEBOOK["khoros.company-key"].switches[field].default
        assert answer.status_code == expected
        assert rules_of(answer) == ["khoros.company-key"]


# Limits


@shows("rate-minute.value")
def _(khoros: Khoros, value: Any) -> None:
    assert calls(khoros, value + 1) == [200] * value + [429]


@shows("rate-minute.enabled")
def _(khoros: Khoros, enabled: Any) -> None:
    assert calls(khoros, 21)[-1] == (429 if enabled else 200)


@shows("rate-minute.count-refused")
def _(khoros: Khoros, counted: Any) -> None:
    khoros.mock.rule("rate-minute", value=1)
    calls(khoros, 1)
    khoros.mock.advance("40s")
    calls(khoros, 1)
    khoros.mock.advance("20s")
    assert calls(khoros, 1) == [429 if counted else 200]


@shows("retry-after.enabled")
def _(khoros: Khoros, enabled: Any) -> None:
    assert ("Retry-After" in limited(khoros).headers) is enabled


@shows("body-size.value")
def _(khoros: Khoros, value: Any) -> None:
    assert [sized(khoros, size).status_code for size in (value, value + 1)] == [200, 413]


@shows("bucket-cap.value")
def _(khoros: Khoros, value: Any) -> None:
    ends = (FROM + (value - 1) * DAY, FROM + value * DAY)
    assert [khoros.submit(INTERVAL, endTime=str(end)).status_code for end in ends] == [200, 400]


@shows("bucket-cap.enabled")
def _(khoros: Khoros, enabled: Any) -> None:
    assert khoros.submit(INTERVAL, endTime=str(FROM + 90 * DAY)).status_code == (400 if enabled else 200)


def most_actions(khoros: Khoros, raised: str) -> int:
    """How many actions the conversation with the most of them has, over a quarter."""
    asked = {"startTime": str(UNTIL - 95 * DAY), "endTime": str(UNTIL), "raiselimit": raised}
    rows = khoros.rows("conversation_history_action", reportMetrics="CONVERSATION_ID", **asked)
    cases = [row["CONVERSATION_ID"] for row in rows]
    return max(map(cases.count, set(cases)), default=0)


@shows("action-cap.value")
def _(khoros: Khoros, value: Any) -> None:
    assert most_actions(khoros, "false") == value


@shows("action-cap.raised")
def _(khoros: Khoros, value: Any) -> None:
    khoros.mock.rule("action-cap", enabled=False)
    everything = most_actions(khoros, "true")
    khoros.mock.rule("action-cap", enabled=True)
    assert most_actions(khoros, "true") == min(value, everything)


@shows("action-cap.enabled")
def _(khoros: Khoros, enabled: Any) -> None:
    assert (most_actions(khoros, "false") > 500) is not enabled


@shows("download-life.value")
def _(khoros: Khoros, hours: Any) -> None:
    url = khoros.finished() if hours else early(khoros).request.url
    if not hours:
        khoros.mock.advance(RUN)
        assert rules_of(khoros.open(str(url))) == ["khoros.download-life"]
        return
    khoros.mock.advance(f"{hours * 3_600_000 - 1}ms")
    assert khoros.open(str(url)).status_code == 307
    khoros.mock.advance("1ms")
    assert khoros.open(str(url)).status_code == 404


@shows("download-life.enabled")
def _(khoros: Khoros, enabled: Any) -> None:
    url = khoros.finished()
    khoros.mock.advance("900d")
    assert khoros.open(url).status_code == (404 if enabled else 307)


@shows("presigned-life.value")
def _(khoros: Khoros, seconds: Any) -> None:
    link = khoros.link(khoros.finished())
    if seconds:
        khoros.mock.advance(f"{seconds * 1000 - 1}ms")
        assert khoros.client.get(link).status_code == 200
        khoros.mock.advance("1ms")
    assert khoros.client.get(link).status_code == 403


@shows("presigned-life.enabled")
def _(khoros: Khoros, enabled: Any) -> None:
    link = khoros.link(khoros.finished())
    khoros.mock.advance("23h")
    assert khoros.client.get(link).status_code == (403 if enabled else 200)


@shows("storage-authorization.enabled")
def _(khoros: Khoros, enabled: Any) -> None:
    assert khoros.open(khoros.link(khoros.finished())).status_code == (400 if enabled else 200)


@shows("lagging.value")
def _(khoros: Khoros, seconds: Any) -> None:
    khoros.mock.plan(outcome="lagging")
    run = khoros.submitted()
    khoros.mock.advance("2s")
    if seconds:
        khoros.mock.advance(f"{seconds * 1000 - 1}ms")
        assert khoros.poll(run)["jobInfo"]["downloadUrl"] == ""
        khoros.mock.advance("1ms")
    assert khoros.poll(run)["jobInfo"]["downloadUrl"]


# What is asked, and how it is told


@shows("submit-methods.get")
def _(khoros: Khoros, get: Any) -> None:
    for export in ("conversation_actions", "user", "conversation", INTERVAL):
        answer = khoros.submit(export, "GET")
        allowed = get == "all" or export in {"conversation_actions", "user"}
        assert answer.status_code == (200 if allowed else 405)
        assert allowed or (answer.headers["Allow"], rules_of(answer)) == ("POST", ["khoros.submit-methods"])


@shows("parameter-places.form")
def _(khoros: Khoros, form: Any) -> None:
    in_query = khoros.submit("user")
    assert in_query.status_code == (400 if form == "required" else 200)
    raised = {"raiselimit": "true"}
    path = "/reports/report/conversation_history_action"
    answer = khoros.call("POST", path, raised, data=needed("conversation_history_action"))
    passed(answer, "submitted")
    assert khoros.mock.jobs()[-1]["request"]["filters"]["raised"] is True
    assert khoros.submit("author").status_code == khoros.submit("user", "GET").status_code == 200


@shows("parameter-places.json")
def _(khoros: Khoros, json: Any) -> None:
    answer = khoros.call("POST", "/reports/report/user", json=needed("user"))
    assert answer.status_code == (200 if json == "accept" else 400)


@shows("repeated-parameter.action")
def _(khoros: Khoros, action: Any) -> None:
    answer = khoros.submit(reportFormat=["csv", "json"])
    assert answer.status_code == (400 if action == "refuse" else 200)
    if action != "refuse":
        assert khoros.mock.jobs()[0]["request"]["format"] == {"first": "csv", "last": "json"}[action]


@shows("value-case.action")
def _(khoros: Khoros, action: Any) -> None:
    for asked in ({"reportFormat": "CSV"}, {"reportMetrics": "posts"}):
        assert khoros.submit(**asked).status_code == (400 if action == "refuse" else 200)


@shows("time-bounds.end")
def _(khoros: Khoros, end: Any) -> None:
    khoros.submitted()
    assert khoros.mock.jobs()[0]["request"]["end"] == UNTIL + (end == "inclusive")


@shows("end-before-start.action")
def _(khoros: Khoros, action: Any) -> None:
    answer = khoros.submit(startTime="2", endTime="1")
    assert answer.status_code == (400 if action == "refuse" else 200)


@shows("teams-and-agents.together")
def _(khoros: Khoros, together: Any) -> None:
    ids = {row["USER_ID"] for row in khoros.rows("user", teamId="77", agentId="1")}
    assert ids == (set() if together == "both" else {"1"})


@shows("error-body.word")
def _(khoros: Khoros, word: Any) -> None:
    assert khoros.submit("nothing").json()["status"] == word


@shows("early-download-url.filled")
def _(khoros: Khoros, filled: Any) -> None:
    assert bool(khoros.submitted("user")["downloadUrl"]) is filled


@shows("same-again.action")
def _(khoros: Khoros, action: Any) -> None:
    assert (khoros.submitted()["runId"] == khoros.submitted()["runId"]) is (action == "attach")


@shows("status-shape.shape")
def _(khoros: Khoros, shape: Any) -> None:
    result = passed(khoros.open(khoros.submitted()["statusUrl"]), "status")
    assert isinstance(result, list) is (shape == "array")


@shows("jobs.enabled")
def _(khoros: Khoros, enabled: Any) -> None:
    assert khoros.call("GET", "/reports/jobs").status_code == (200 if enabled else 404)


# Rows


def row(khoros: Khoros, **asked: Any) -> dict[str, Any]:
    """The first row of the states of agents in JSON."""
    first: dict[str, Any] = objects(khoros.fetch("raw_agent_states", **asked).content)[0]
    return first


@shows("json-strings.missing")
def _(khoros: Khoros, missing: Any) -> None:
    assert row(khoros)["stateReason"] == ("" if missing == "empty" else None)


@shows("json-keys.style")
def _(khoros: Khoros, style: Any) -> None:
    key = {"camelCase": "agentId", "UPPER_SNAKE": "AGENT_ID", "snake_case": "agent_id"}[style]
    assert next(iter(row(khoros))) == key


@shows("csv.header", "csv.quote", "csv.newline")
def _(khoros: Khoros, chosen: Any) -> None:
    """One of the three was chosen; the other two are as they were."""
    text = khoros.fetch("author", reportFormat="csv", reportMetrics=["AUTHOR_ID", "POSTS"]).text
    head = "AUTHOR_ID,POSTS" if chosen == "names" else "Author ID,Posts"
    if chosen in ("nonnumeric", "all"):
        head = f'"{head.replace(",", chr(34) + "," + chr(34))}"'
    assert text.startswith(head + ("\n" if chosen == "lf" else "\r\n"))
    assert (text.rstrip().rpartition(",")[2].startswith('"')) is (chosen == "all")


@shows("unknown-metric.action")
def _(khoros: Khoros, action: Any) -> None:
    assert khoros.submit(reportMetrics="X").status_code == (400 if action == "refuse" else 200)


@shows("locale.unknown")
def _(khoros: Khoros, unknown: Any) -> None:
    assert khoros.submit(locale="xx").status_code == (400 if unknown == "refuse" else 200)


@shows("timestamp-format.style")
def _(khoros: Khoros, style: Any) -> None:
    header, first, *_ = lines(khoros.fetch("raw_agent_states", reportFormat="csv", locale="de").content)
    start = first[header.index("Beginn des Zustands")]
    assert start.startswith("25.02.2026 " if style == "locale" else "2026-02-25 ")


@shows("timezone.first")
def _(khoros: Khoros, first: Any) -> None:
    zone = row(khoros, timezone="Asia/Tokyo", timezoneOffset="3600000")["timeZone"]
    assert zone == {"timezone": "Asia/Tokyo", "timezoneOffset": "GMT+01:00"}[first]
