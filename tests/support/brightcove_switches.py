"""How to see that a switch of Brightcove's rules is gone by, switch by switch."""

from typing import Final

import httpx

from reportcontracts.switches import Value
from reportmocks.kernel.clock import parse_instant
from support import engagement_switches
from support.answers import rules_of
from support.brightcove import (
    ACCOUNT,
    ANALYTICS,
    CHOICES,
    SUMMARY,
    Brightcove,
    assert_denied,
    assert_not_found_out,
    assert_not_granted,
    assert_refused,
)
from support.engagement import PROJECTS, lines
from support.switched import Checks

CHECKS: Final = Checks(engagement_switches.CHECKS)
shows: Final = CHECKS.shows


# Tokens


@shows("grant.status")
def status_of_a_grant(brightcove: Brightcove, value: int) -> None:
    """In OAuth's own form."""
    refused = brightcove.grant(data={"grant_type": "password"})
    assert_not_granted(refused, value, "grant", "unsupported_grant_type")


@shows("credentials.status")
def status_of_credentials(brightcove: Brightcove, value: int) -> None:
    """The older samples have 400, a client's test has 401."""
    assert_not_granted(brightcove.grant(secret="invalid"), value, "credentials", "invalid_client")


@shows("token-content-type.required")
def content_type(brightcove: Brightcove, value: Value) -> None:
    """Only a form is taken, or anything with a grant in it."""
    assert brightcove.grant().status_code == 200
    answer = brightcove.grant(params={"grant_type": "client_credentials"}, json={})
    if value:
        assert_not_granted(answer, 400, "token-content-type", "invalid_request")
    else:
        assert answer.status_code == 200


@shows("token-path.v3")
def older_path(brightcove: Brightcove, value: Value) -> None:
    """There, or not; the newer one is there in any case."""
    assert brightcove.grant().status_code == 200
    answer = brightcove.grant(path="/v3/access_token")
    if value:
        assert answer.status_code == 200
    else:
        assert_refused(answer, 404, "token-path", "RESOURCE_NOT_FOUND")


@shows("token-path.v3-status")
def status_at_the_older_path(brightcove: Brightcove, value: int) -> None:
    """Of a token that is given, and of nothing else."""
    assert brightcove.grant(path="/v3/access_token").status_code == value
    assert brightcove.grant().status_code == 200
    assert brightcove.grant(secret="invalid", path="/v3/access_token").status_code == 400


@shows("token-codes.code")
def code(brightcove: Brightcove, value: str) -> None:
    """Every request is refused with it, or none."""
    answer = brightcove.grant()
    if value == "none":
        assert answer.status_code == 200
    else:
        assert_not_granted(answer, 500 if value == "server_error" else 400, "token-codes", value)


@shows("token-life.value")
def token_life(brightcove: Brightcove, value: int) -> None:
    """Works for so many seconds, to the millisecond; for none, never."""
    brightcove.mock.rule("token-life", enabled=True)
    brightcove.sign_in()
    assert brightcove.grant().json()["expires_in"] == value
    if value:
        brightcove.mock.advance(f"{value * 1000 - 1}ms")
        assert brightcove.ask().is_success
        brightcove.mock.advance("1ms")
    assert_denied(brightcove.ask(), "token-life")


@shows("token-life.enabled")
def tokens_end(brightcove: Brightcove, value: Value) -> None:
    """After minutes, or not after decades."""
    brightcove.sign_in()
    brightcove.mock.advance("10000d")
    assert brightcove.ask().status_code == (401 if value else 202)


@shows("token.status")
def status_of_a_token(brightcove: Brightcove, value: int) -> None:
    """A token that has expired is its client's, which is steered by name."""
    brightcove.mock.rule("token-life", enabled=True)
    brightcove.sign_in()
    brightcove.mock.advance("5m")
    assert_denied(brightcove.ask(), "token-life", value)
    assert_denied(brightcove.analytics(SUMMARY), "token-life", value)


@shows("operation.granted")
def granted(brightcove: Brightcove, value: str) -> None:
    """The analytics reports need all, the engagement reports what is left."""
    assert brightcove.analytics(SUMMARY).status_code == (200 if value == "all" else 401)
    assert brightcove.ask().status_code == (401 if value == "none" else 202)


@shows("operation.status")
def status_of_an_operation(brightcove: Brightcove, value: int) -> None:
    """Of the analytics reports."""
    brightcove.mock.rule("operation", granted="none")
    assert_denied(brightcove.analytics(SUMMARY), "operation", value)
    assert_denied(brightcove.ask(), "engagement-operation")


@shows("engagement-operation.needs")
def needs(brightcove: Brightcove, value: str) -> None:
    """Each level is enough for itself, and the one below is not."""
    levels = ["none", "read", "all"]
    for level in levels:
        brightcove.mock.rule("operation", granted=level)
        enough = levels.index(level) >= levels.index(value)
        assert brightcove.ask().status_code == (202 if enough else 401)


@shows("engagement-operation.status")
def status_of_an_engagement_operation(brightcove: Brightcove, value: int) -> None:
    """Of the engagement reports."""
    brightcove.mock.rule("operation", granted="none")
    assert_denied(brightcove.ask(), "engagement-operation", value)
    assert_denied(brightcove.analytics(SUMMARY), "operation")


# Accounts, hosts and parameters


@shows("account.required")
def account(brightcove: Brightcove, value: Value) -> None:
    """Refused without one, or not."""
    assert brightcove.ask().status_code == 202
    answer = brightcove.ask(account_id=None)
    if value:
        assert_refused(answer, 400, "account", "BAD_REQUEST")
    else:
        assert answer.status_code == 202


@shows("wrong-account.status")
def status_of_an_account(brightcove: Brightcove, value: int) -> None:
    """In words that fit it, and in the form of either family."""
    codes = {400: "BAD_REQUEST", 401: "UNAUTHORIZED", 403: "NOT_AVAILABLE", 404: "RESOURCE_NOT_FOUND"}
    assert_refused(brightcove.ask(account_id="none"), value, "wrong-account", codes[value])
    answer = brightcove.analytics(SUMMARY, account="none")
    if value == 401:
        assert_denied(answer, "wrong-account")
    else:
        assert_not_found_out(answer, value, "wrong-account")


@shows("host.action")
def host(brightcove: Brightcove, value: str) -> None:
    """The client's own rule, be it known by its token or by its id."""
    headers = {"Host": "interactivity.api.brightcove.com"}
    path, query = f"/api/reports/v2/{PROJECTS}", {"send_status": "true"}
    token = {"Authorization": f"Bearer {brightcove.token}"}
    answer = brightcove.client.get(path, params=query, headers=headers | token)
    auth, grant = httpx.BasicAuth(brightcove.name, "s"), {"grant_type": "client_credentials"}
    granted = brightcove.client.post("/v4/access_token", params=grant, auth=auth, headers=headers)
    if value == "refuse":
        assert_refused(answer, 404, "host", "RESOURCE_NOT_FOUND")
        assert_refused(granted, 404, "host", "RESOURCE_NOT_FOUND")
    else:
        assert (answer.status_code, granted.status_code) == (202, 200)


@shows("doubled-path.action")
def doubled(brightcove: Brightcove, value: str) -> None:
    """Not found, or the same run as by the right path."""
    path = f"/api/reports/v2/api/reports/v2/{PROJECTS}"
    answer = brightcove.send("GET", path, {"send_status": "true", "account_id": ACCOUNT})
    if value == "refuse":
        assert_refused(answer, 404, "doubled-path", "RESOURCE_NOT_FOUND")
    else:
        assert answer.status_code == 202
        assert "brightcove.doubled-path" in rules_of(answer)
        brightcove.ask()
        assert len(brightcove.mock.jobs()) == 1


@shows("repeated-parameter.action")
def repeated(brightcove: Brightcove, value: str) -> None:
    """Refused, or one of the two is gone by: by reports of both families, and by tokens."""
    starts = {"start": ["2026-03-01", "2026-03-02"], "send_status": "true"}
    answer = brightcove.send("GET", f"/api/reports/v2/{PROJECTS}", starts)
    path = ANALYTICS["quiz/actions"].replace("{account_id}", ACCOUNT)
    ends = brightcove.send("GET", path, {"end_time": ["2016-01-01", "2026-01-01"]})
    twice = brightcove.grant(content="grant_type=client_credentials&grant_type=password")
    if value == "refuse":
        assert_refused(answer, 400, "repeated-parameter", "BAD_REQUEST")
        assert_not_found_out(ends, 400, "repeated-parameter")
        assert_not_granted(twice, 400, "repeated-parameter", "invalid_request")
    else:
        first = value == "first"
        assert brightcove.covered[0] == parse_instant("2026-03-01" if first else "2026-03-02")
        assert (ends.json()["result"] == []) is first
        assert (twice.status_code == 200) is first


@shows("unknown-parameter.action")
def unknown(brightcove: Brightcove, value: str) -> None:
    """Refused, or taken for another run over the same range."""
    brightcove.ask()
    answer, other = brightcove.ask(project="1"), brightcove.analytics(SUMMARY, project="1")
    if value == "refuse":
        assert_refused(answer, 400, "unknown-parameter", "BAD_REQUEST")
        assert_not_found_out(other, 400, "unknown-parameter")
    else:
        first, second = brightcove.mock.jobs()
        assert first["request"] == second["request"]
        assert other.status_code == 200


@shows("analytics-limits.enabled")
def analytics_limits(brightcove: Brightcove, value: Value) -> None:
    """Free of them, or under them like the others."""
    brightcove.mock.rule("rate-minute", value=0)
    answer = brightcove.analytics(CHOICES, project_id="x", start_time="2026-01-01")
    assert_not_found_out(answer, 404, "unknown-project")
    assert brightcove.analytics(SUMMARY, start_time="2026-01-01").status_code == (200 if value else 429)


# What comes


@shows("csv.quote")
def quotes(brightcove: Brightcove, value: str) -> None:
    """By a header's, a number's and a text's cell."""
    header, first, *_ = brightcove.fetch("chapter_summary", start="2026-01-01").text.split("\r\n")
    clicks = lines(brightcove.ask("chapter_summary", start="2026-01-01"))[1][-1]
    assert header.startswith('"') is (value != "minimal")
    assert first.startswith('"') is (value != "minimal")
    assert first.endswith(f',"{clicks}"' if value == "all" else f",{clicks}")
