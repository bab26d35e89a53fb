"""Using tokens: where a call carries one, how long it works, and what is none."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from support.echo360 import BASE, WEEK, Echo360, allowed, assert_refused

UNKNOWN = "00000000-0000-4000-8000-000000000000"
CALLS = [
    ("GET", "/reports", 200),
    ("GET", "/requests", 200),
    ("GET", f"/requests/{UNKNOWN}", 404),
    ("GET", f"/request/{UNKNOWN}", 404),
    ("POST", "/requests/notes", 200),
]
"""Every call there is, with what it is answered when its token is good."""

PARAMETERS = {"start": WEEK[0], "end": WEEK[1]}
Ask = Callable[..., httpx.Response]


def bare(echo360: Echo360, method: str, path: str, **options: Any) -> httpx.Response:
    """A call with nothing but what it is given."""
    if method == "POST":
        options.setdefault("json", {"parameters": PARAMETERS})
    return echo360.client.request(method, f"{BASE}{path}", **options)


@pytest.mark.parametrize(("method", "path", "status"), CALLS)
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_bearer_is_taken_by_each_call(
    echo360: Echo360, method: str, path: str, status: int, scheme: str
) -> None:
    """echo360.token-places: most clients send the header; its scheme has no case."""
    answer = bare(echo360, method, path, headers={"Authorization": f"{scheme} {echo360.token}"})
    assert answer.status_code == status


@pytest.mark.parametrize(("method", "path", "status"), CALLS)
def test_the_query_parameter_is_taken_by_each_call(
    echo360: Echo360, method: str, path: str, status: int
) -> None:
    """echo360.token-places: several clients that work put the token into the address."""
    assert bare(echo360, method, path, params={"access_token": echo360.token}).status_code == status


def test_a_submission_may_carry_its_token_in_the_body(echo360: Echo360) -> None:
    """echo360.token-places: the one public client of this very API does."""
    body = {"access_token": echo360.token, "parameters": PARAMETERS}
    answer = bare(echo360, "POST", "/requests/notes", json=body)
    assert "access_token" not in allowed(answer, "submitted")["parameters"]


@pytest.mark.parametrize("path", [path for method, path, _ in CALLS if method == "GET"])
def test_the_body_of_a_get_carries_no_token(echo360: Echo360, path: str) -> None:
    """echo360.token-places: no client was seen to do that."""
    answer = bare(echo360, "GET", path, content=json.dumps({"access_token": echo360.token}))
    assert_refused(answer, 401, "echo360.token", "NotAuthenticated")


@pytest.mark.parametrize("value", [None, 1, True, {}, []])
def test_a_member_that_is_no_string_is_no_token(echo360: Echo360, value: object) -> None:
    """echo360.token: whatever JSON can hold."""
    answer = bare(echo360, "POST", "/requests/notes", json={"access_token": value, "parameters": PARAMETERS})
    assert_refused(answer, 401, "echo360.token", "NotAuthenticated")


def test_the_header_goes_before_query_and_body(echo360: Echo360) -> None:
    """echo360.token-places: a good token elsewhere does not help a bad one in the header."""
    answer = bare(
        echo360,
        "POST",
        "/requests/notes",
        params={"access_token": echo360.token},
        json={"access_token": echo360.token, "parameters": PARAMETERS},
        headers={"Authorization": "Bearer nonsense"},
    )
    assert_refused(answer, 401, "echo360.token")


def test_basic_is_no_token_and_stands_in_the_way_of_none(echo360: Echo360) -> None:
    """echo360.token: id and secret are for the token request; beside them a token in the query counts."""
    auth = httpx.BasicAuth(echo360.name, "secret")
    assert_refused(bare(echo360, "GET", "/reports", auth=auth), 401, "echo360.token")
    answer = bare(echo360, "GET", "/reports", auth=auth, params={"access_token": echo360.token})
    assert answer.status_code == 200


@pytest.mark.parametrize(("method", "path"), [call[:2] for call in CALLS])
def test_a_call_without_a_token_is_refused(echo360: Echo360, method: str, path: str) -> None:
    """echo360.token: every operation lists 401."""
    assert_refused(bare(echo360, method, path), 401, "echo360.token", "NotAuthenticated")


@pytest.mark.parametrize("header", ["Bearer", "Token x", "", "Bearer,x"])
def test_a_header_without_a_token_is_refused(echo360: Echo360, header: str) -> None:
    """echo360.token: an empty credential is none."""
    assert_refused(bare(echo360, "GET", "/reports", headers={"Authorization": header}), 401, "echo360.token")


def changed(text: str, place: int) -> str:
    """The text with another character at a place."""
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


TAMPERED: dict[str, Callable[[str], str]] = {
    "header": lambda token: changed(token, 5),
    "claims": lambda token: changed(token, token.index(".") + 20),
    "signature": lambda token: changed(token, token.rindex(".") + 10),
    "last character": lambda token: changed(token, len(token) - 1),
    "no signature": lambda token: token.rpartition(".")[0],
    "empty signature": lambda token: token.rpartition(".")[0] + ".",
    "two of three parts": lambda token: token.partition(".")[2],
    "twice": lambda token: token + token,
    "padded": lambda token: token + "==",
    "letters of another script": lambda token: token[:-1] + "é",
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_token_that_was_changed_is_refused(echo360: Echo360, how: str) -> None:
    """echo360.token: it is signed, each part of it."""
    token = TAMPERED[how](echo360.token)
    assert_refused(bare(echo360, "GET", "/reports", params={"access_token": token}), 401, "echo360.token")


@pytest.mark.parametrize("token", ["\\ud800", "\\ud800.x", "a.b.\\udfff", "\\u0000", "", "\\u00e9.é.ü"])
def test_a_token_that_no_header_could_hold_is_refused(echo360: Echo360, token: str) -> None:
    """echo360.token: JSON has strings, halves of characters included, that cannot be encoded."""
    answer = bare(echo360, "POST", "/requests/notes", content=f'{{"access_token": "{token}"}}'.encode())
    assert_refused(answer, 401, "echo360.token")


def test_a_refresh_token_opens_nothing(echo360: Echo360) -> None:
    """echo360.token: it is signed for refreshing only."""
    echo360.token = echo360.grant().json()["refresh_token"]
    assert_refused(echo360.call("GET", "/reports"), 401, "echo360.token")


def test_a_token_works_for_an_hour_to_the_millisecond(echo360: Echo360) -> None:
    """echo360.token-life: one below is good, at the hour it has ended."""
    echo360.mock.advance("59m59s999ms")
    assert echo360.call("GET", "/reports").status_code == 200
    echo360.mock.advance("1ms")
    assert_refused(echo360.call("GET", "/reports"), 401, "echo360.token-life", "NotAuthenticated")


def test_a_refreshed_client_goes_on_where_its_token_ended(echo360: Echo360) -> None:
    """echo360.token-life, echo360.refresh-once: what a client that lives longer than an hour does."""
    refresh = echo360.grant().json()["refresh_token"]
    request_id = echo360.submitted()
    echo360.mock.advance("1h")
    assert_refused(echo360.call("GET", f"/requests/{request_id}"), 401, "echo360.token-life")
    echo360.token = echo360.grant("refresh_token", refresh_token=refresh).json()["access_token"]
    assert echo360.status(request_id) == "Available"


def test_a_new_token_ends_no_other(echo360: Echo360) -> None:
    """echo360.token-life: two processes of one client do not lock each other out."""
    first = echo360.token
    echo360.mock.advance("30m")
    echo360.sign_in()
    echo360.token = first
    assert echo360.call("GET", "/reports").status_code == 200


def test_tokens_live_through_a_reset(echo360: Echo360) -> None:
    """echo360.token: a test that resets its sandbox need not make its client sign in again."""
    refresh = echo360.grant().json()["refresh_token"]
    echo360.submitted()
    echo360.mock.call("POST", "reset")
    assert echo360.listing() == []
    allowed(echo360.grant("refresh_token", refresh_token=refresh), "token")


def test_a_token_is_of_one_vendor(echo360: Echo360) -> None:
    """echo360.token: the same word as another vendor's key is no token here."""
    assert_refused(
        bare(echo360, "GET", "/reports", headers={"X-Hapyak-API-Key": "key"}), 401, "echo360.token"
    )


def test_the_journal_hides_tokens(echo360: Echo360) -> None:
    """echo360.token-places: wherever a token was sent, it is not in what the mock tells of the call."""
    body = {"access_token": echo360.token, "parameters": PARAMETERS}
    bare(echo360, "POST", "/requests/notes", json=body)
    bare(echo360, "GET", "/reports", params={"access_token": echo360.token})
    echo360.listing()
    told = json.dumps(echo360.mock.requests())
    assert told.count("***") >= 3
    assert echo360.token not in told
    assert echo360.token.rpartition(".")[2] not in told
