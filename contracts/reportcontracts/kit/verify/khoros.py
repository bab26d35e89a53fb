"""Checks of Khoros Care: submissions, statuses, downloads by way of storage."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from reportcontracts.kit.verify.probe import Check, DiffersError, Probe, expect, same, tells_wait
from reportcontracts.kit.verify.rows import in_order, none_after, table
from reportcontracts.kit.verify.wire import Reply, basic
from reportcontracts.rules import RuleValues, load_rulebook

API: Final = "/api/public"
RULES: Final = RuleValues(load_rulebook("khoros"))
DAY: Final = 86_400_000
START: Final = 1_767_571_200_000
"""2026-01-05, in milliseconds."""
RUN: Final = 600
"""Seconds that a planned run takes here."""


def head(probe: Probe) -> dict[str, str]:
    """The header of every call."""
    return {"Authorization": basic(probe.credentials["username"], probe.credentials["password"])}


def call(probe: Probe, method: str, path: str, asked: Mapping[str, object] | None = None) -> Reply:
    """A call of the API."""
    query = {"companyKey": probe.credentials["company_key"]} | dict(asked or {})
    return probe.call(method, f"{API}{path}", query, head(probe))


def submit(probe: Probe, export: object = "author", **asked: object) -> Reply:
    """Submit an export of a week."""
    week = {"startTime": START, "endTime": START + 7 * DAY, "reportFormat": "json"}
    return call(probe, "POST", f"/reports/report/{export}", week | asked)


def submitted(probe: Probe, **asked: object) -> str:
    """Submit an export that must be accepted; return its status URL."""
    reply = expect(submit(probe, **asked), 200, what="a submission")
    return str(reply.json["result"]["statusUrl"])


def status(probe: Probe, url: str) -> dict[str, Any]:
    """What has become of a run."""
    result = expect(probe.follow(url, head(probe)), 200, what="a status").json["result"]
    told: dict[str, Any] = result[0] if isinstance(result, list) else result
    return told


def finished(probe: Probe, **asked: object) -> str:
    """Submit an export and wait for it; return its download URL."""
    probe.plan(time="1s")
    url = submitted(probe, **asked)
    probe.advance("1s")
    told = status(probe, url)
    same(told["result"]["runnerState"], "CLOSED", "runnerState of a run that has ended")
    download = str(told["jobInfo"]["downloadUrl"])
    if not download:
        raise DiffersError("a run that is CLOSED and COMPLETED has no downloadUrl")
    return download


def fetched(probe: Probe, **asked: object) -> list[Any]:
    """The rows of an export in JSON."""
    reply = expect(probe.follow(finished(probe, **asked), head(probe)), 307, what="a download")
    file = expect(probe.follow(reply.headers["location"]), 200, what="the file of a download")
    held = file.json
    if not isinstance(held, list):
        raise DiffersError("the file is no JSON array")
    return held


def checks() -> Iterator[Check]:
    """Every check, those that a real service can stand first."""
    yield Check(rule="khoros.credentials", what="call without credentials", see=_credentials)
    yield Check(rule="khoros.company-key", what="call without a company key", see=_company_key)
    yield Check(rule="khoros.unknown-report", what="submit no export", see=_unknown_report)
    yield Check(rule="khoros.missing-parameter", what="submit without a range", see=_missing_parameter)
    yield Check(rule="khoros.bucket-cap", what="submit forty buckets, and more", see=_buckets, runs=1)
    yield Check(rule="khoros.timezones", what="list time zones", see=_timezones)
    yield Check(rule="khoros.teams", what="list teams", see=_teams)
    yield Check(rule="khoros.running", what="follow a run up to its end", see=_running, steers=True)
    yield Check(rule="khoros.completed", what="download a finished export", see=_completed, steers=True)
    yield Check(rule="khoros.time-bounds", what="fetch two days, and both", see=_bounds, steers=True)
    yield Check(rule="khoros.lagging", what="wait for a downloadUrl", see=_lagging, steers=True)
    yield Check(rule="khoros.failed", what="follow a run that fails", see=_failed, steers=True)
    yield Check(rule="khoros.download-early", what="download too early", see=_early, steers=True)
    yield Check(rule="khoros.download-life", what="download to the end", see=_download_life, steers=True)
    yield Check(rule="khoros.presigned-life", what="use a signed address late", see=_presigned, steers=True)
    yield Check(rule="khoros.link-tampered", what="change a signed address", see=_tampered, steers=True)
    yield Check(
        rule="khoros.storage-authorization", what="send the password to storage", see=_forwarded, steers=True
    )
    yield Check(rule="khoros.download", what="download twice", see=_download, steers=True)
    yield Check(rule="khoros.same-again", what="submit the same twice", see=_same_again, runs=2)
    yield Check(rule="khoros.wrong-company", what="look as another company", see=_others, steers=True)
    yield Check(rule="khoros.row-order", what="look at the times of rows", see=_order, steers=True)
    yield Check(rule="khoros.snapshot", what="download late what is not over", see=_snapshot, steers=True)
    yield Check(rule="khoros.csv", what="fetch the same rows in both formats", see=_csv, steers=True)
    yield Check(rule="khoros.retry-after", what="look at how long to wait", see=_told_wait, steers=True)
    yield Check(rule="khoros.rate-minute", what="make one call too many", see=_rate, steers=True)


def _credentials(probe: Probe) -> None:
    query = {"companyKey": probe.credentials["company_key"]}
    expect(probe.call("GET", f"{API}/teams", query), 401, what="no credentials")


def _company_key(probe: Probe) -> None:
    reply = probe.call("GET", f"{API}/teams", headers=head(probe))
    expect(reply, 400, 401, 403, what="no companyKey")


def _unknown_report(probe: Probe) -> None:
    expect(submit(probe, "no_such_export"), 404, what="an export that there is not")


def _missing_parameter(probe: Probe) -> None:
    expect(submit(probe, startTime=None), 400, what="a submission without startTime")


def _buckets(probe: Probe) -> None:
    most = RULES.number("khoros.bucket-cap")
    hour = 3_600_000
    for count, wanted in ((most, 400), (most - 1, 200)):
        asked = {"timeInterval": hour, "startTime": START, "endTime": START + count * hour}
        reply = submit(probe, "team_performance_interval", **asked)
        expect(reply, wanted, what=f"a range of {count} intervals, and one more")


def _timezones(probe: Probe) -> None:
    expect(call(probe, "GET", "/config/timezones"), 200, what="the time zones")


def _teams(probe: Probe) -> None:
    expect(call(probe, "GET", "/teams"), 200, what="the teams")


def _running(probe: Probe) -> None:
    probe.plan(time=f"{RUN}s")
    url = submitted(probe)
    probe.advance(f"{RUN * 1000 - 1}ms")
    told = status(probe, url)
    same(told["result"]["runnerState"], "RUNNING", "runnerState a millisecond too early")
    same(told["jobInfo"]["downloadUrl"], "", "downloadUrl of a run that is RUNNING")
    probe.advance("1ms")
    same(status(probe, url)["result"]["runnerState"], "CLOSED", "runnerState at the end")


def _completed(probe: Probe) -> None:
    if not fetched(probe):
        raise DiffersError("an export of a whole week has no rows")


def _bounds(probe: Probe) -> None:
    name = {"export": "incoming_post"}
    first = fetched(probe, **name, startTime=START, endTime=START + DAY)
    second = fetched(probe, **name, startTime=START + DAY, endTime=START + 2 * DAY)
    both = fetched(probe, **name, startTime=START, endTime=START + 2 * DAY)
    if not first or not second:
        raise DiffersError("a whole day asked for by itself has no rows")
    same(both, first + second, "two days together, against one after the other")


def _lagging(probe: Probe) -> None:
    probe.plan("lagging", time="1s")
    url = submitted(probe)
    probe.advance("1s")
    told = status(probe, url)
    same(told["result"]["detail"], "COMPLETED", "detail of a run that has ended")
    same(told["jobInfo"]["downloadUrl"], "", "downloadUrl before it is filled")
    probe.advance(f"{RULES.number('khoros.lagging')}s")
    if not status(probe, url)["jobInfo"]["downloadUrl"]:
        raise DiffersError("downloadUrl is never filled")


def _failed(probe: Probe) -> None:
    probe.plan("failed", time="1s")
    url = submitted(probe)
    probe.advance("1s")
    told = status(probe, url)
    same(told["result"]["detail"], "FAILED", "detail of a run that failed")
    same(told["jobInfo"]["downloadUrl"], "", "downloadUrl of a run that failed")


def _early(probe: Probe) -> None:
    probe.plan(time=f"{RUN}s")
    url = submitted(probe)
    early = url.replace("/status", "/download")
    expect(probe.follow(early, head(probe)), 404, what="a download of a run that is RUNNING")


def _download_life(probe: Probe) -> None:
    url = finished(probe)
    probe.advance(f"{RULES.number('khoros.download-life') * 3_600_000 - 1}ms")
    expect(probe.follow(url, head(probe)), 307, what="a download at the end of its day")
    probe.advance("1ms")
    expect(probe.follow(url, head(probe)), 404, what="a download after its day")


def _signed(probe: Probe) -> str:
    reply = expect(probe.follow(finished(probe), head(probe)), 307, what="a download")
    return reply.headers["location"]


def _presigned(probe: Probe) -> None:
    address = _signed(probe)
    probe.advance(f"{RULES.number('khoros.presigned-life') - 1}s")
    expect(probe.follow(address), 200, what="a signed address a second before its end")
    probe.advance("2s")
    expect(probe.follow(address), 403, what="a signed address a second after its end")


def _tampered(probe: Probe) -> None:
    changed = _signed(probe).replace("Expires=", "Expires=9")
    expect(probe.follow(changed), 403, what="a signed address with another Expires")


def _forwarded(probe: Probe) -> None:
    address = _signed(probe)
    expect(probe.follow(address, head(probe)), 400, what="a signed address together with Authorization")


def _download(probe: Probe) -> None:
    url = finished(probe)
    first = expect(probe.follow(url, head(probe)), 307, what="a download").headers["location"]
    probe.advance("1s")
    second = expect(probe.follow(url, head(probe)), 307, what="a download").headers["location"]
    if first == second:
        raise DiffersError("a second later a download leads to the same signed address")


def _same_again(probe: Probe) -> None:
    first, second = (expect(submit(probe), 200, what="a submission").json["result"] for _ in range(2))
    same(second["workflowId"], first["workflowId"], "the workflowId of an equal submission")
    if second["runId"] == first["runId"]:
        raise DiffersError("two submissions have one runId")


def _others(probe: Probe) -> None:
    url = submitted(probe)
    mine, theirs = probe.credentials["company_key"], probe.another().credentials["company_key"]
    reply = probe.follow(url.replace(f"companyKey={mine}", f"companyKey={theirs}"), head(probe))
    expect(reply, 404, what="a run of another company")


def _order(probe: Probe) -> None:
    in_order(fetched(probe, export="incoming_post"), "postReceivedDate")


def _snapshot(probe: Probe) -> None:
    """Nothing that was not yet at the submission, however late the file is made."""
    now = probe.now
    start = int(datetime.fromisoformat(now).timestamp() * 1000) - 7 * DAY
    probe.plan(time="1s")
    url = submitted(probe, export="incoming_post", startTime=start, endTime=start + 9 * DAY)
    probe.advance("23h")
    reply = probe.follow(status(probe, url)["jobInfo"]["downloadUrl"], head(probe))
    file = probe.follow(expect(reply, 307, what="a download").headers["location"])
    none_after(expect(file, 200, what="the file of a download").json, "postReceivedDate", now)


def _csv(probe: Probe) -> None:
    day = {"export": "incoming_post", "startTime": START, "endTime": START + DAY}
    as_json = [list(row.values()) for row in fetched(probe, **day)]
    reply = expect(
        probe.follow(finished(probe, **day, reportFormat="csv"), head(probe)), 307, what="a download"
    )
    file = expect(probe.follow(reply.headers["location"]), 200, what="the file of a download")
    header, *lines = table(file) or [[]]
    same(len(header), len(as_json[0]), "the columns of the CSV")
    same(lines, as_json, "the rows as CSV and as JSON")


def _told_wait(probe: Probe) -> None:
    for _ in range(RULES.number("khoros.rate-minute")):
        expect(call(probe, "GET", "/teams"), 200, what="a request")
    for passed, left in (("0s", 60), ("29500ms", 31), ("30s", 1)):
        probe.advance(passed)
        tells_wait(expect(call(probe, "GET", "/teams"), 429, what="a request more"), left, "a request more")


def _rate(probe: Probe) -> None:
    most = RULES.number("khoros.rate-minute")
    for number in range(most):
        expect(call(probe, "GET", "/teams"), 200, what=f"request {number + 1} of {most} in a minute")
    expect(call(probe, "GET", "/teams"), 429, what="one request more")
    probe.advance("59999ms")
    for _ in range(most):
        expect(call(probe, "GET", "/teams"), 429, what="a millisecond before it frees")
    probe.advance("1ms")
    expect(call(probe, "GET", "/teams"), 200, what="a minute later")
