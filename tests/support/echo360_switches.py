"""How to see that a switch of Echo360's rules is gone by, switch by switch."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import httpx

from reportcontracts.switches import Value
from support.echo360 import BASE, TOKENS, WEEK, Echo360, allowed, assert_refused, day
from support.switched import Check, Checks

CHECKS: Final = Checks()
shows: Final = CHECKS.shows

# The statuses of refusals


def used_token(echo360: Echo360) -> httpx.Response:
    """A request with a refresh token that was used before."""
    token = echo360.grant().json()["refresh_token"]
    echo360.grant("refresh_token", refresh_token=token)
    return echo360.grant("refresh_token", refresh_token=token)


def sized(echo360: Echo360, size: int) -> httpx.Response:
    """A submission with a body of so many bytes."""
    return echo360.call("POST", "/requests/asset", content=b" " * size)


def one_too_many(echo360: Echo360) -> httpx.Response:
    """A call where none is allowed any more."""
    echo360.mock.rule("rate-minute", value=0)
    return echo360.call("GET", "/reports")


def one_more_in_flight(echo360: Echo360) -> httpx.Response:
    """A submission where none may be in flight."""
    echo360.mock.rule("in-flight", value=0)
    return echo360.submit()


def after_an_hour(echo360: Echo360) -> httpx.Response:
    """A call with a token that has expired."""
    echo360.mock.advance("1h")
    return echo360.call("GET", "/reports")


def switched_off(echo360: Echo360) -> httpx.Response:
    """A password grant where an administrator has switched it off."""
    echo360.mock.rule("password-grant", enabled=False)
    return echo360.grant("password", username="somebody", password="word")


def asked_by_another(echo360: Echo360) -> httpx.Response:
    """A request of another client's."""
    other = replace(echo360, name=f"other-{echo360.name}")
    other.sign_in()
    return echo360.call("GET", f"/requests/{other.submitted()}")


def days(report: str, start: str, end: str) -> Callable[[Echo360], httpx.Response]:
    """Makes a submission for a range."""
    return lambda echo360: echo360.submit(report, {"start": start, "end": end})


REFUSED: Final[dict[str, Callable[[Echo360], httpx.Response]]] = {
    "grant": lambda echo360: echo360.grant("implicit"),
    "credentials": lambda echo360: echo360.grant(client_secret="invalid"),
    "refresh-once": used_token,
    "password-grant": switched_off,
    "rate-minute": one_too_many,
    "body-size": lambda echo360: sized(echo360, 1024 * 1024 + 1),
    "wrong-institution": asked_by_another,
    "unknown-report": lambda echo360: echo360.submit("visit"),
    "missing-parameter": lambda echo360: echo360.submit(parameters={}),
    "bad-parameter": days("notes", "yesterday", "today"),
    "bad-output": lambda echo360: echo360.submit(output={"delimiter": ";"}),
    "in-flight": one_more_in_flight,
    "end-before-start": days("notes", WEEK[1], WEEK[0]),
    "range": days("notes", day(-8), day(0)),
    "assetbydate-age": days("assetbydate", day(-366), day(-365)),
}
"""By rule: how to be refused by it."""


def status_of(rule: str) -> Check:
    """The refusal by this rule comes with the status that it was switched to."""
    return lambda echo360, value: assert_refused(REFUSED[rule](echo360), value, f"echo360.{rule}")


CHECKS.update({f"{rule}.status": status_of(rule) for rule in REFUSED})


@shows("token.status")
def status_of_a_token(echo360: Echo360, value: Value) -> None:
    """A token that has expired is its client's, which is steered by name."""
    assert_refused(after_an_hour(echo360), int(value), "echo360.token-life", "NotAuthenticated")


@shows("token.challenge")
def challenge_of_a_refusal(echo360: Echo360, value: Value) -> None:
    """A token that has expired is refused with the header, or without."""
    refused = after_an_hour(echo360)
    assert refused.status_code == 401
    assert refused.headers.get("WWW-Authenticate") == ("Bearer" if value else None)


@shows("submit-status.status")
def status_of_a_submission(echo360: Echo360, value: Value) -> None:
    """The same body with another status."""
    answer = echo360.submit()
    assert answer.status_code == value
    assert answer.json()["status"] == "Pending"


# Tokens and calls


@shows("password-grant.enabled")
def password_grant(echo360: Echo360, value: Value) -> None:
    """Given, or not."""
    answer = echo360.grant("password", username="somebody", password="word")
    assert answer.status_code == (200 if value else 400)


@shows("token-life.value")
def token_life(echo360: Echo360, value: int) -> None:
    """Works for so many seconds, to the millisecond; for none, never."""
    assert allowed(echo360.grant(), "token")["expires_in"] == value
    echo360.sign_in()
    if value:
        echo360.mock.advance(f"{value * 1000 - 1}ms")
        assert echo360.call("GET", "/reports").status_code == 200
        echo360.mock.advance("1ms")
    assert echo360.call("GET", "/reports").status_code == 401


@shows("token-life.enabled")
def token_for_good(echo360: Echo360, value: Value) -> None:
    """Ends after an hour, or works for decades."""
    echo360.sign_in()
    echo360.mock.advance("30000d")
    assert echo360.call("GET", "/reports").status_code == (401 if value else 200)


@shows("rate-minute.value")
def rate(echo360: Echo360, value: int) -> None:
    """So many calls, and not one more."""
    statuses = [echo360.call("GET", "/reports").status_code for _ in range(value + 1)]
    assert statuses == [200] * value + [429]


@shows("rate-minute.enabled")
def rate_is_limited(echo360: Echo360, value: Value) -> None:
    """A number of none, or no limit."""
    assert one_too_many(echo360).status_code == (429 if value else 200)


@shows("rate-minute.retry-after")
def retry_after(echo360: Echo360, value: Value) -> None:
    """The header is there, or is not."""
    assert ("Retry-After" in one_too_many(echo360).headers) is value


@shows("rate-minute.count-refused")
def refused_calls(echo360: Echo360, value: Value) -> None:
    """A refusal in the middle of the minute is in the way at its end, or is not."""
    echo360.mock.rule("rate-minute", value=1)
    echo360.listing()
    for status in (429, 429 if value else 200):
        echo360.mock.advance("30s")
        assert echo360.call("GET", "/reports").status_code == status


@shows("rate-minute.count-tokens")
def counted_tokens(echo360: Echo360, value: Value) -> None:
    """A token uses the only call up, or does not."""
    echo360.mock.rule("rate-minute", value=1)
    echo360.sign_in()
    assert echo360.call("GET", "/reports").status_code == (429 if value else 200)


@shows("body-size.value")
def largest_body(echo360: Echo360, value: int) -> None:
    """A body of so many bytes is taken, one byte more is not."""
    assert sized(echo360, value).status_code != 413
    assert_refused(sized(echo360, value + 1), 413, "echo360.body-size", "RequestTooLarge")


@shows("repeated-parameter.action")
def repeated(echo360: Echo360, value: Value) -> None:
    """Refused, or one of the two is gone by: in JSON, in the query, and in a token request."""
    in_json = b'{"parameters": {"x": "first"}, "parameters": {"x": "last"}}'
    answers = [
        echo360.call("POST", "/requests/asset", content=in_json),
        echo360.client.get(f"{BASE}/reports", params={"access_token": [echo360.token, "nonsense"]}),
        echo360.client.post(
            TOKENS,
            params={"grant_type": ["password", "client_credentials"]},
            data={"client_id": echo360.name, "client_secret": "secret"},
        ),
    ]
    if value == "refuse":
        for answer in answers:
            assert_refused(answer, 400, "echo360.repeated-parameter")
    else:
        assert answers[0].json()["parameters"] == {"x": value}
        statuses = [answer.status_code for answer in answers[1:]]
        assert statuses == {"first": [200, 400], "last": [401, 200]}[str(value)]


# Reports, submissions and requests


@shows("report-list.wrapper")
def wrapper(echo360: Echo360, value: Value) -> None:
    """An object around the list, or the list alone."""
    body = echo360.call("GET", "/reports").json()
    entries = body["reports"] if value == "reports" else body
    assert entries[0]["name"] == "asset"


@shows("in-flight.value")
def in_flight(echo360: Echo360, value: int) -> None:
    """So many requests, and not one more."""
    assert [echo360.submit().status_code for _ in range(value + 1)] == [200] * value + [400]


@shows("in-flight.enabled")
def in_flight_is_limited(echo360: Echo360, value: Value) -> None:
    """A number of none, or no limit."""
    assert one_more_in_flight(echo360).status_code == (400 if value else 200)


@shows("range.value")
def longest_range(echo360: Echo360, value: int) -> None:
    """So many days, and not one more; there is no range of none."""
    if value:
        allowed(echo360.submit(parameters={"start": day(-value), "end": day(0)}), "submitted")
    assert_refused(days("notes", day(-value), day(1))(echo360), 400, "echo360.range")


@shows("range.enabled")
def range_is_limited(echo360: Echo360, value: Value) -> None:
    """A week, or all history."""
    assert days("notes", "2016-01-01", day(0))(echo360).status_code == (400 if value else 200)


@shows("assetbydate-age.value")
def oldest_start(echo360: Echo360, value: int) -> None:
    """So many days before today, and not one more."""
    allowed(days("assetbydate", day(-value), day(-value + 1))(echo360), "submitted")
    refused = days("assetbydate", day(-value - 1), day(-value))(echo360)
    assert_refused(refused, 400, "echo360.assetbydate-age")


@shows("assetbydate-age.enabled")
def start_is_limited(echo360: Echo360, value: Value) -> None:
    """A year, or all history."""
    answer = days("assetbydate", "2016-01-01", "2016-01-02")(echo360)
    assert answer.status_code == (400 if value else 200)


@shows("request-path.value")
def request_path(echo360: Echo360, value: Value) -> None:
    """At the plural, the singular, or both."""
    request_id = echo360.submitted()
    for path, spelling in (("requests", "plural"), ("request", "singular")):
        answer = echo360.call("GET", f"/{path}/{request_id}")
        if value in ("both", spelling):
            allowed(answer, "request")
        else:
            assert_refused(answer, 404, "echo360.request-path", "NotFound")


@shows("listing-order.order")
def listing_order(echo360: Echo360, value: Value) -> None:
    """By the instant of submission, one way or the other."""
    ids = [echo360.submitted(), echo360.submitted()]
    found = [entry["requestId"] for entry in echo360.listing()]
    assert found == (ids if value == "oldest-first" else ids[::-1])


@shows("missing.after")
def missing_after(echo360: Echo360, value: int) -> None:
    """Pending for so many seconds, to the millisecond."""
    echo360.mock.rule("token-life", enabled=False)
    echo360.sign_in()
    echo360.mock.plan(outcome="missing")
    request_id = echo360.submitted()
    if value:
        echo360.mock.advance(f"{value * 1000 - 1}ms")
        assert echo360.status(request_id) == "Pending"
        echo360.mock.advance("1ms")
    assert echo360.status(request_id) == "Missing"


@shows("retention.value")
def retention(echo360: Echo360, value: int) -> None:
    """Kept for so many days, to the millisecond; for none, gone when it is built."""
    echo360.mock.rule("token-life", enabled=False)
    echo360.sign_in()
    request_id = echo360.submitted()
    if value:
        echo360.mock.advance(f"{value * 86_400_000 - 1}ms")
        assert echo360.status(request_id) == "Available"
    echo360.mock.advance("2s")
    assert echo360.status(request_id) == "Expired"


@shows("retention.enabled")
def kept_for_good(echo360: Echo360, value: Value) -> None:
    """Expired after decades, or not even then."""
    request_id = echo360.submitted()
    echo360.mock.advance("30000d")
    echo360.sign_in()
    assert echo360.status(request_id) == ("Expired" if value else "Available")
