"""Checks of Echo360: tokens, submissions, what becomes of them, and signed links."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlsplit

from reportcontracts.catalogue import load_catalogue
from reportcontracts.kit.verify.probe import Check, DiffersError, Probe, expect, same, tells_wait
from reportcontracts.kit.verify.rows import Row, in_order, none_after, rows, table
from reportcontracts.kit.verify.wire import Reply
from reportcontracts.rules import RuleValues, load_rulebook

TOKENS: Final = "/oauth2/access_token"
BASE: Final = "/public/api/v1/reporting"
STREAM: Final = "videoview"
RULES: Final = RuleValues(load_rulebook("echo360"))
DAYS: Final = ("2026-01-05", "2026-01-06", "2026-01-07")
"""Days long complete."""
RUN: Final = 600
"""Seconds that a planned request takes here."""


def grant(probe: Probe, **more: str) -> Reply:
    """Ask for a token."""
    given = probe.credentials
    form = {"client_id": given["client_id"], "client_secret": given["client_secret"]}
    return probe.call("POST", TOKENS, form={"grant_type": "client_credentials"} | form | more)


def bearer(probe: Probe) -> dict[str, str]:
    """The header of a call, with a new token."""
    token = expect(grant(probe), 200, what="a token request").json["access_token"]
    return {"Authorization": f"Bearer {token}"}


def submit(probe: Probe, head: Mapping[str, str], start: str, end: str, report: str = STREAM) -> Reply:
    """Submit a request for a report."""
    body = {"parameters": {"start": start, "end": end}}
    return probe.call("POST", f"{BASE}/requests/{report}", headers=head, body=body)


def submitted(probe: Probe, head: Mapping[str, str], start: str = DAYS[0], end: str = DAYS[1]) -> str:
    """Submit a request that must be accepted; return its id."""
    reply = expect(submit(probe, head, start, end), 200, what="a submission")
    return str(reply.json["requestId"])


def status(probe: Probe, head: Mapping[str, str], request_id: str) -> Reply:
    """Look at one request."""
    return expect(probe.call("GET", f"{BASE}/requests/{request_id}", headers=head), 200, what="a status")


def finished(probe: Probe, head: Mapping[str, str], start: str = DAYS[0], end: str = DAYS[1]) -> str:
    """Submit a request and wait for it; return its signed link."""
    probe.plan(time="1s")
    request_id = submitted(probe, head, start, end)
    probe.advance("1s")
    told = status(probe, head, request_id).json
    same(told["status"], "Available", "the status of a request that is complete")
    return str(told["signedAssets"][0])


def fetched(probe: Probe, head: Mapping[str, str], start: str, end: str) -> list[Row]:
    """The rows of a range."""
    report = load_catalogue("echo360")[STREAM]
    link = finished(probe, head, start, end)
    return rows(report, expect(probe.follow(link, report=report), 200, what="a signed link"))


def checks() -> Iterator[Check]:
    """Every check, those that a real service can stand first."""
    yield Check(rule="echo360.token-answer", what="get a token", see=_token_answer)
    yield Check(rule="echo360.credentials", what="ask with a bad secret", see=_credentials)
    yield Check(rule="echo360.token", what="call without a token", see=_token)
    yield Check(rule="echo360.refresh-once", what="use a refresh token twice", see=_refresh_once)
    yield Check(rule="echo360.report-list", what="list the reports", see=_report_list)
    yield Check(rule="echo360.unknown-report", what="submit no report", see=_unknown_report)
    yield Check(rule="echo360.unknown-request", what="look at no request", see=_unknown_request)
    yield Check(rule="echo360.missing-parameter", what="submit without a range", see=_missing_parameter)
    yield Check(rule="echo360.range", what="submit seven days, and eight", see=_range, runs=1)
    yield Check(rule="echo360.assetbydate-age", what="submit a day of a year ago", see=_age, steers=True)
    yield Check(rule="echo360.token-life", what="use a token to its end", see=_token_life, steers=True)
    yield Check(rule="echo360.pending", what="poll a request up to its end", see=_pending, steers=True)
    yield Check(rule="echo360.end-exclusive", what="fetch two days, and both", see=_bounds, steers=True)
    yield Check(rule="echo360.in-flight", what="submit a fourth request", see=_in_flight, steers=True)
    yield Check(rule="echo360.rate-minute", what="make one call too many", see=_rate, steers=True)
    yield Check(rule="echo360.retention", what="look after two weeks", see=_retention, steers=True)
    yield Check(rule="echo360.link-life", what="use a link to its end", see=_link_life, steers=True)
    yield Check(rule="echo360.link-tampered", what="change a link", see=_tampered, steers=True)
    yield Check(
        rule="echo360.storage-authorization", what="send the token to storage", see=_forwarded, steers=True
    )
    yield Check(rule="echo360.failed", what="poll a request that fails", see=_failed, steers=True)
    yield Check(rule="echo360.missing", what="poll a request that goes missing", see=_missing, steers=True)
    yield Check(rule="echo360.submitted", what="submit twice", see=_submitted, runs=2)
    yield Check(rule="echo360.wrong-institution", what="look as another client", see=_others, steers=True)
    yield Check(rule="echo360.link-fresh", what="take two links of one request", see=_fresh, steers=True)
    yield Check(rule="echo360.object-gone", what="use a link of a deleted file", see=_gone, steers=True)
    yield Check(rule="echo360.row-order", what="look at the times of rows", see=_order, steers=True)
    yield Check(rule="echo360.future", what="fetch a range that is not over", see=_future, steers=True)
    yield Check(rule="echo360.snapshot", what="fetch a report late", see=_snapshot, steers=True)
    yield Check(rule="echo360.compression", what="fetch with and without", see=_compression, steers=True)
    yield Check(rule="echo360.delimiter", what="fetch with every delimiter", see=_delimiters, steers=True)


def _token_answer(probe: Probe) -> None:
    told = expect(grant(probe), 200, what="a token request").json
    same(told.get("expires_in"), RULES.number("echo360.token-life"), "expires_in")


def _credentials(probe: Probe) -> None:
    expect(grant(probe, client_secret="invalid"), 401, what="a secret that is not valid")  # noqa: S106


def _token(probe: Probe) -> None:
    expect(probe.call("GET", f"{BASE}/reports"), 401, what="no token")
    bad = {"Authorization": "Bearer nonsense"}
    expect(probe.call("GET", f"{BASE}/reports", headers=bad), 401, what="a token that was never given")


def _refresh_once(probe: Probe) -> None:
    token = expect(grant(probe), 200, what="a token request").json["refresh_token"]
    asked = {"grant_type": "refresh_token", "refresh_token": token}
    expect(grant(probe, **asked), 200, what="a refresh token")
    expect(grant(probe, **asked), 400, 401, what="a refresh token that was used before")


def _report_list(probe: Probe) -> None:
    reply = expect(probe.call("GET", f"{BASE}/reports", headers=bearer(probe)), 200, what="the list")
    listed = reply.json["reports"] if isinstance(reply.json, dict) else reply.json
    same(sorted(report["name"] for report in listed), sorted(load_catalogue("echo360")), "the reports")


def _unknown_report(probe: Probe) -> None:
    reply = submit(probe, bearer(probe), DAYS[0], DAYS[1], "no-such-report")
    expect(reply, 404, what="a report that there is not")


def _unknown_request(probe: Probe) -> None:
    path = f"{BASE}/requests/00000000-0000-4000-8000-000000000000"
    expect(probe.call("GET", path, headers=bearer(probe)), 404, what="a request that there is not")


def _missing_parameter(probe: Probe) -> None:
    reply = probe.call("POST", f"{BASE}/requests/{STREAM}", headers=bearer(probe), body={"parameters": {}})
    expect(reply, 400, what="a submission without start and end")


def _range(probe: Probe) -> None:
    head = bearer(probe)
    expect(submit(probe, head, "2026-01-05", "2026-01-13"), 400, what="a range of eight days")
    expect(submit(probe, head, "2026-01-05", "2026-01-12"), 200, what="a range of seven days")


def _age(probe: Probe) -> None:
    today = date.fromisoformat(str(probe.control("GET", "clock")["now"])[:10])
    oldest = today - timedelta(days=RULES.number("echo360.assetbydate-age"))
    head = bearer(probe)
    for first, wanted in ((oldest, 200), (oldest - timedelta(days=1), 400)):
        reply = submit(probe, head, first.isoformat(), (first + timedelta(days=1)).isoformat(), "assetbydate")
        expect(reply, wanted, what=f"assetbydate from {first}, on {today}")


def _token_life(probe: Probe) -> None:
    head, life = bearer(probe), RULES.number("echo360.token-life")
    probe.advance(f"{life - 1}s")
    expect(probe.call("GET", f"{BASE}/reports", headers=head), 200, what="a token a second before its end")
    probe.advance("2s")
    expect(probe.call("GET", f"{BASE}/reports", headers=head), 401, what="a token a second after its end")


def _pending(probe: Probe) -> None:
    head = bearer(probe)
    probe.plan(time=f"{RUN}s")
    request_id = submitted(probe, head)
    same(status(probe, head, request_id).json["status"], "Pending", "the status at first")
    probe.advance(f"{RUN * 1000 - 1}ms")
    same(status(probe, head, request_id).json["status"], "Pending", "the status a millisecond too early")
    probe.advance("1ms")
    same(status(probe, head, request_id).json["status"], "Available", "the status when it is complete")


def _bounds(probe: Probe) -> None:
    head = bearer(probe)
    first, second = (fetched(probe, head, *DAYS[at : at + 2]) for at in (0, 1))
    if not first or not second:
        raise DiffersError("a whole day asked for by itself has no rows")
    both = fetched(probe, head, DAYS[0], DAYS[2])
    same(both, first + second, "two days together, against one after the other")


def _in_flight(probe: Probe) -> None:
    head, most = bearer(probe), RULES.number("echo360.in-flight")
    for number in range(most):
        probe.plan(time=f"{RUN + number}s")
        submitted(probe, head)
    refused = RULES.number("echo360.in-flight", "status")
    expect(submit(probe, head, DAYS[0], DAYS[1]), refused, what=f"request {most + 1} in flight")
    probe.advance(f"{RUN * 1000 - 1}ms")
    expect(submit(probe, head, DAYS[0], DAYS[1]), refused, what="a millisecond before the first has ended")
    probe.advance("1ms")
    expect(submit(probe, head, DAYS[0], DAYS[1]), 200, what="when the first has ended")


def _rate(probe: Probe) -> None:
    head, most = bearer(probe), RULES.number("echo360.rate-minute")
    for number in range(most):
        reply = probe.call("GET", f"{BASE}/reports", headers=head)
        expect(reply, 200, what=f"call {number + 1} of {most} in a minute")
    reply = expect(probe.call("GET", f"{BASE}/reports", headers=head), 429, what="one call more")
    tells_wait(reply, 60, "one call more")
    probe.advance("59999ms")
    for _ in range(most):
        expect(probe.call("GET", f"{BASE}/reports", headers=head), 429, what="a millisecond before it frees")
    probe.advance("1ms")
    expect(probe.call("GET", f"{BASE}/reports", headers=head), 200, what="a minute later")


def _retention(probe: Probe) -> None:
    probe.plan(time="1s")
    request_id = submitted(probe, bearer(probe))
    probe.advance(f"{RULES.number('echo360.retention') * 86_400_000 - 1}ms")
    told = status(probe, bearer(probe), request_id).json["status"]
    same(told, "Available", "the status a millisecond before 14 days are over")
    probe.advance("1ms")
    told = status(probe, bearer(probe), request_id).json
    same(told["status"], "Expired", "the status after 14 days")
    same(told.get("signedAssets"), None, "the link of a request that has expired")


def _link_life(probe: Probe) -> None:
    link = finished(probe, bearer(probe))
    probe.advance(f"{RULES.number('echo360.link-life') * 86_400 - 1}s")
    expect(probe.follow(link), 200, what="a link a second before its end")
    probe.advance("2s")
    expect(probe.follow(link), 403, what="a link a second after seven days")


def _tampered(probe: Probe) -> None:
    link = finished(probe, bearer(probe))
    changed = link.replace("Expires=", "Expires=9")
    expect(probe.follow(changed), 403, what="a link with another Expires")


def _forwarded(probe: Probe) -> None:
    head = bearer(probe)
    expect(probe.follow(finished(probe, head), head), 400, what="a link together with Authorization")


def _failed(probe: Probe) -> None:
    _ends_as(probe, "failed", "Failed")
    head = bearer(probe)
    for _ in range(RULES.number("echo360.in-flight")):
        submitted(probe, head)


def _missing(probe: Probe) -> None:
    _ends_as(probe, "missing", "Missing")


def _ends_as(probe: Probe, outcome: str, word: str) -> None:
    head = bearer(probe)
    probe.plan(outcome, time="1s")
    request_id = submitted(probe, head)
    probe.advance("1s")
    told = status(probe, head, request_id).json
    same(told["status"], word, f"the status of a request that is planned to be {outcome}")
    same(told.get("signedAssets"), None, "its link")


def _submitted(probe: Probe) -> None:
    head = bearer(probe)
    if submitted(probe, head) == submitted(probe, head):
        raise DiffersError("two submissions have one requestId")


def _others(probe: Probe) -> None:
    request_id = submitted(probe, bearer(probe))
    other = probe.another()
    reply = other.call("GET", f"{BASE}/requests/{request_id}", headers=bearer(other))
    wanted = RULES.number("echo360.wrong-institution", "status")
    expect(reply, wanted, what="a request that another client submitted")


def _fresh(probe: Probe) -> None:
    head = bearer(probe)
    first = finished(probe, head)
    path = urlsplit(first).path.split("/")
    probe.advance("1s")
    second = str(status(probe, head, path[-2]).json["signedAssets"][0])
    if first == second:
        raise DiffersError("a second later the link of a request is the same")
    for link in (first, second):
        expect(probe.follow(link), 200, what="one of two links")


def _gone(probe: Probe) -> None:
    probe.plan(time="1s")
    request_id = submitted(probe, bearer(probe))
    probe.advance(f"{RULES.number('echo360.retention') - 1}d")
    link = status(probe, bearer(probe), request_id).json["signedAssets"][0]
    probe.advance("1d")
    expect(probe.follow(link), 404, what="a link of a day whose file is deleted")


def _order(probe: Probe) -> None:
    in_order(fetched(probe, bearer(probe), DAYS[0], DAYS[2]), "event_timestamp")


def _today(probe: Probe) -> tuple[str, str]:
    """A range of the last days that reaches into tomorrow."""
    today = date.fromisoformat(probe.now[:10])
    return str(today - timedelta(days=4)), str(today + timedelta(days=2))


def _future(probe: Probe) -> None:
    now = probe.now
    none_after(fetched(probe, bearer(probe), *_today(probe)), "event_timestamp", now)


def _snapshot(probe: Probe) -> None:
    link = finished(probe, bearer(probe), *_today(probe))
    report = load_catalogue("echo360")[STREAM]
    first = rows(report, expect(probe.follow(link), 200, what="a signed link"))
    probe.advance("2d")
    later = rows(report, expect(probe.follow(link), 200, what="a signed link"))
    same(later, first, "the rows of a report two days later, against those at first")


def _compression(probe: Probe) -> None:
    head = bearer(probe)
    for compressed, start in ((True, b"\x1f\x8b"), (False, b'"')):
        probe.plan(time="1s")
        asked = {"parameters": {"start": DAYS[0], "end": DAYS[1]}, "output": {"compression": compressed}}
        reply = probe.call("POST", f"{BASE}/requests/{STREAM}", headers=head, body=asked)
        request_id = expect(reply, 200, what="a submission with compression").json["requestId"]
        probe.advance("1s")
        told = status(probe, head, request_id).json
        body = expect(probe.follow(told["signedAssets"][0]), 200, what="a signed link").body
        same(body.startswith(start), True, f"whether a file with compression {compressed} is so")  # noqa: FBT003


def _delimiters(probe: Probe) -> None:
    head, found = bearer(probe), []
    for delimiter in (",", "\t", "|"):
        probe.plan(time="1s")
        asked = {"parameters": {"start": DAYS[0], "end": DAYS[1]}, "output": {"delimiter": delimiter}}
        reply = probe.call("POST", f"{BASE}/requests/{STREAM}", headers=head, body=asked)
        request_id = expect(reply, 200, what="a submission with a delimiter").json["requestId"]
        probe.advance("1s")
        link = status(probe, head, request_id).json["signedAssets"][0]
        found.append(table(probe.follow(link), delimiter))
    same(found[1:], [found[0]] * 2, "the cells with tabs and pipes, against those with commas")
