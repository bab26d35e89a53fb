"""Using tokens: in one header, for five minutes, for what the client may do, at the right host."""

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from support.brightcove import (
    ACCOUNT,
    ANALYTICS,
    ENGAGEMENT,
    ROOT,
    SUMMARY,
    Brightcove,
    assert_denied,
    assert_refused,
)
from support.engagement import PROJECTS

CALLS: dict[str, Callable[[Brightcove], httpx.Response]] = {
    "engagement": lambda brightcove: brightcove.ask(),
    "analytics": lambda brightcove: brightcove.analytics(SUMMARY),
}
each_family = pytest.mark.parametrize("family", CALLS)


@each_family
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_bearer_is_taken(brightcove: Brightcove, family: str, scheme: str) -> None:
    """brightcove.token: the scheme has no case."""
    path = {"engagement": f"/api/reports/v2/{PROJECTS}", "analytics": ANALYTICS[SUMMARY]}[family]
    sent = {"Authorization": f"{scheme} {brightcove.token}"}
    answer = brightcove.send("GET", path.replace("{account_id}", ACCOUNT), headers=sent)
    assert answer.status_code == 200


@each_family
@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer x",
        "Bearer {token}x",
        "Bearer x{token}",
        "Bearer {token} {token}",
        "{token}",
        "Token {token}",
        "Basic {token}",
        'Bearer "{token}"',
    ],
)
def test_what_is_no_token_is_refused(brightcove: Brightcove, family: str, header: str) -> None:
    """brightcove.token, brightcove.error-body: with the gateway's array, in both families."""
    path = {"engagement": f"/api/reports/v2/{PROJECTS}", "analytics": ANALYTICS[SUMMARY]}[family]
    sent = {"Authorization": header.format(token=brightcove.token)}
    answer = brightcove.client.get(f"{ROOT}{path.replace('{account_id}', ACCOUNT)}", headers=sent)
    assert_denied(answer, "token")


@each_family
def test_a_token_elsewhere_is_none(brightcove: Brightcove, family: str) -> None:
    """brightcove.token: the page has it in the header alone."""
    path = {"engagement": f"/api/reports/v2/{PROJECTS}", "analytics": ANALYTICS[SUMMARY]}[family]
    url = f"{ROOT}{path.replace('{account_id}', ACCOUNT)}"
    assert_denied(brightcove.client.get(url, params={"access_token": brightcove.token}), "token")
    assert_denied(brightcove.client.get(url, headers={"X-Api-Key": brightcove.token}), "token")


@each_family
def test_a_token_works_for_five_minutes(visitor: Brightcove, family: str) -> None:
    """brightcove.token-life: to the millisecond; a new one goes on."""
    visitor.mock.advance("4m59s999ms")
    assert CALLS[family](visitor).is_success
    visitor.mock.advance("1ms")
    assert_denied(CALLS[family](visitor), "token-life")
    visitor.sign_in()
    assert CALLS[family](visitor).is_success


def test_a_run_outlives_the_token_that_started_it(visitor: Brightcove) -> None:
    """brightcove.token-life: a client fetches with another token what it asked for with an older one."""
    visitor.mock.plan(time="10m")
    visitor.ask()
    visitor.mock.advance("10m")
    visitor.sign_in()
    assert visitor.ask().status_code == 200
    assert len(visitor.mock.jobs()) == 1


def test_older_tokens_live_on(visitor: Brightcove) -> None:
    """brightcove.tokens-together: the vendor advises a token for each call, so that many are in use."""
    first = visitor.token
    visitor.mock.advance("2m")
    visitor.sign_in()
    older = replace(visitor, token=first)
    for client in (visitor, older):
        assert client.ask().status_code == 202
    visitor.mock.advance("3m")
    assert_denied(older.ask(), "token-life")
    assert visitor.ask().status_code == 200


def test_a_clock_that_jumps_expires_no_token(visitor: Brightcove) -> None:
    """brightcove.token-life: a report of two hours is fetched with the one token; a control call is time."""
    visitor.mock.call("POST", "clock", {"mode": "auto"})
    visitor.mock.plan(time="2h")
    assert [visitor.ask().status_code for _ in range(2)] == [202, 200]
    assert visitor.mock.now >= "2026-03-04T14:00:00"
    visitor.mock.advance("5m")
    assert_denied(visitor.ask(), "token-life")


def test_another_vendors_token_is_none(brightcove: Brightcove) -> None:
    """brightcove.token: tokens are signed for the one who gives them."""
    form = {"grant_type": "client_credentials", "client_id": brightcove.name, "client_secret": "s"}
    token = brightcove.client.post("/echo360/oauth2/access_token", data=form).json()["access_token"]
    for other in (token, token.replace(".", "")):
        assert_denied(replace(brightcove, token=other).ask(), "token")


def test_clients_have_runs_and_limits_of_their_own(brightcove: Brightcove) -> None:
    """brightcove.scope: whatever account they ask about."""
    other = Brightcove(brightcove.client, f"{brightcove.name}-2")
    other.sign_in()
    brightcove.start(4)
    assert brightcove.start(1)[0].status_code == 429
    assert other.ask().status_code == 202
    assert len(other.mock.jobs()) == 1


# What a client may do


@pytest.mark.parametrize(
    ("granted", "refused"),
    [("all", {}), ("read", {"analytics"}), ("none", {"analytics", "engagement"})],
)
def test_scopes_can_be_narrowed(brightcove: Brightcove, granted: str, refused: set[str]) -> None:
    """brightcove.operation, brightcove.engagement-operation: for a token that was given before as well."""
    brightcove.mock.rule("operation", granted=granted)
    for family, rule in (("engagement", "engagement-operation"), ("analytics", "operation")):
        answer = CALLS[family](brightcove)
        if family in refused:
            assert_denied(answer, rule)
        else:
            assert answer.is_success


@pytest.mark.parametrize("account", ["invalid", "-1", "1.0", "0x1", "1" * 21, "\N{ARABIC-INDIC DIGIT FOUR}"])
def test_an_account_that_is_no_number_is_not_covered(brightcove: Brightcove, account: str) -> None:
    """brightcove.wrong-account: in the query as well as in the path."""
    assert_denied(brightcove.ask(account_id=account), "wrong-account")
    assert_denied(brightcove.analytics(SUMMARY, account=account), "wrong-account")
    assert brightcove.mock.jobs() == []


def test_an_empty_account_is_not_covered(brightcove: Brightcove) -> None:
    """brightcove.wrong-account: an unset variable in a client's configuration."""
    assert_denied(brightcove.ask(account_id=""), "wrong-account")


@pytest.mark.parametrize("account", ["1", "6415650835001", "0", "9" * 20])
def test_every_number_is_an_account(brightcove: Brightcove, account: str) -> None:
    """brightcove.wrong-account: and another one makes another run."""
    assert brightcove.ask(account_id=account).status_code == 202
    assert brightcove.analytics(SUMMARY, account=account).status_code == 200
    assert brightcove.ask().status_code == 202
    assert len(brightcove.mock.jobs()) == (1 if account == ACCOUNT else 2)


def test_the_account_may_be_left_out(brightcove: Brightcove) -> None:
    """brightcove.account: the page's own sample does."""
    assert brightcove.ask(account_id=None).status_code == 202


# Hosts

HOSTS = {
    "interactivity-reporting.api.brightcove.com": f"/api/reports/v2/{PROJECTS}",
    "interactivity.api.brightcove.com": ANALYTICS[SUMMARY].replace("{account_id}", ACCOUNT),
    "oauth.brightcove.com": "/v4/access_token",
}


def at_host(brightcove: Brightcove, host: str, path: str) -> httpx.Response:
    """A request by a host's name, with what it needs there."""
    headers = {"Host": host}
    if "access_token" in path:
        auth = httpx.BasicAuth(brightcove.name, "s")
        query = {"grant_type": "client_credentials"}
        return brightcove.client.post(path, params=query, auth=auth, headers=headers)
    return brightcove.client.get(path, headers=headers | {"Authorization": f"Bearer {brightcove.token}"})


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("suffix", ["", ":443", "."])
def test_each_family_is_at_its_host(brightcove: Brightcove, host: str, suffix: str) -> None:
    """brightcove.host: a client whose address cannot be changed is led here by the name."""
    assert at_host(brightcove, f"{host}{suffix}", HOSTS[host]).status_code == 200
    for other in HOSTS.keys() - {host}:
        refused = at_host(brightcove, f"{host.upper()}{suffix}", HOSTS[other])
        assert_refused_anywhere(refused, "host")
        assert brightcove.last_request["rule"] == "brightcove.host"


@pytest.mark.parametrize("host", HOSTS)
def test_the_methods_of_a_path_are_told_at_its_host_alone(brightcove: Brightcove, host: str) -> None:
    """brightcove.host: OPTIONS is a call as any other, so there is nothing to tell at another host."""
    options = {path: brightcove.client.options(path, headers={"Host": host}) for path in HOSTS.values()}
    assert options.pop(HOSTS[host]).status_code == 200
    for answer in options.values():
        assert_refused_anywhere(answer, "host")


def assert_refused_anywhere(answer: httpx.Response, rule: str) -> None:
    """Not found, in the form of the API that the path is of."""
    analytics = answer.request.url.path.startswith("/v1/")
    assert_refused(answer, 404, rule, schema="analytics-error" if analytics else "error")


@pytest.mark.parametrize("host", ["brightcove.localhost", "brightcove.localhost:8080"])
def test_all_of_them_are_at_the_name_of_the_mock(brightcove: Brightcove, host: str) -> None:
    """brightcove.host: one address for all three, as under the prefix."""
    for path in HOSTS.values():
        assert at_host(brightcove, host, path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/_mock/health", "/hapyak/api/reports/v2/x", "/", "/brightcove/v4/access_token"]
)
def test_nothing_else_is_at_the_vendors_hosts(brightcove: Brightcove, path: str) -> None:
    """brightcove.unknown-path: not the prefix, not the control API, no other vendor."""
    for host in HOSTS:
        answer = brightcove.client.get(path, headers={"Host": host})
        assert_refused(answer, 404, "unknown-path", "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("report", ENGAGEMENT)
def test_the_documented_engagement_reports_are_there(brightcove: Brightcove, report: str) -> None:
    """brightcove.unknown-report: all twelve that the page lists."""
    assert len(ENGAGEMENT) == 12
    assert brightcove.ask(report).status_code == 202
