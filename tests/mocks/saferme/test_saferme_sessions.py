"""Sessions: logging in and out, tokens renewed, and what each of them is good for."""

import json
from typing import Any

import httpx
import pytest

from reportcontracts.validation import violations
from support.saferme import (
    APP,
    BASE,
    SaferMe,
    assert_invalid,
    assert_missing,
    assert_refused,
    log_in,
    session,
)


@pytest.fixture
def email(name: str) -> str:
    """An e-mail address that no other test uses, and so a sandbox of its own."""
    return f"{name}@example.org"


@pytest.fixture
def logged_in(client: httpx.Client, email: str) -> SaferMe:
    """A client with an access token of a session."""
    return SaferMe(client, session(log_in(client, email))["access_token"], email)


def renew(client: httpx.Client, tokens: dict[str, Any], **headers: str) -> httpx.Response:
    """A request for new tokens."""
    both = {name: tokens[name] for name in ("access_token", "refresh_token") if name in tokens}
    return client.patch(f"{BASE}/session", json={"session": both}, headers=headers)


def test_a_session_gives_two_tokens(client: httpx.Client, email: str) -> None:
    """saferme.session, saferme.session-status: the access token is in the form of the vendor's samples."""
    answer = log_in(client, email, app_bundle_id="com.example.client")
    told = session(answer)
    assert answer.status_code == 200
    assert told["access_token"].startswith("smt_")
    assert told["app_bundle_id"] == "com.example.client"
    assert told["token_expire_at"] == "2027-03-05T01:00:00.000+13:00"
    assert answer.headers["Cache-Control"] == "no-store"
    assert SaferMe(client, told["access_token"]).ask().status_code == 200


def test_a_session_is_told_without_its_tokens(client: httpx.Client, email: str) -> None:
    """saferme.session: and otherwise as it was told when it began."""
    told = session(log_in(client, email))
    shown = SaferMe(client, told["access_token"]).found("session")
    assert violations("saferme", "session", shown) == []
    assert {**told, **shown["session"]} == told
    assert told.keys() - shown["session"].keys() == {"access_token", "refresh_token"}


def test_new_tokens_replace_the_old(client: httpx.Client, email: str) -> None:
    """saferme.session-refresh: the old pair no longer works, neither for calls nor for another renewal."""
    first = session(log_in(client, email))
    second = session(renew(client, first))
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert_refused(
        SaferMe(client, first["access_token"]).ask(), 401, "saferme.session-end", "bad_credentials"
    )
    assert_refused(renew(client, first), 401, "saferme.session-refresh", "bad_credentials")
    assert SaferMe(client, second["access_token"]).ask().status_code == 200
    assert session(renew(client, second))


def test_tokens_of_two_sessions_do_not_go_together(client: httpx.Client, email: str) -> None:
    """saferme.session-refresh: both have to be those of one session, and of the right kind."""
    one, other = session(log_in(client, email)), session(log_in(client, email))
    mixed = {"access_token": one["access_token"], "refresh_token": other["refresh_token"]}
    twice = dict.fromkeys(("access_token", "refresh_token"), one["access_token"])
    swapped = {"access_token": one["refresh_token"], "refresh_token": one["access_token"]}
    for tokens in (mixed, twice, swapped, {"access_token": "a", "refresh_token": "b"}):
        assert_refused(renew(client, tokens), 401, "saferme.token", "bad_credentials")
    assert SaferMe(client, one["access_token"]).ask().status_code == 200


def test_tokens_may_stand_at_the_top_of_the_body(client: httpx.Client, email: str) -> None:
    """The docs do not say where in the body they are."""
    told = session(log_in(client, email))
    tokens = {name: told[name] for name in ("access_token", "refresh_token")}
    assert session(client.patch(f"{BASE}/session", json=tokens))


def test_a_session_ends(client: httpx.Client, email: str) -> None:
    """saferme.session-end: the answer is an empty object, and after it no token works."""
    told = session(log_in(client, email))
    its = SaferMe(client, told["access_token"])
    ended = its.send("DELETE", "session")
    assert (ended.status_code, ended.json()) == (200, {})
    assert_refused(its.ask(), 401, "saferme.session-end", "bad_credentials")
    assert_refused(its.send("DELETE", "session"), 401, "saferme.session-end")
    assert_refused(renew(client, told), 401, "saferme.session-refresh")


def test_another_session_goes_on(client: httpx.Client, email: str) -> None:
    """Whoever logs out on one device stays logged in on the other."""
    one, other = (SaferMe(client, session(log_in(client, email))["access_token"]) for _ in range(2))
    one.send("DELETE", "session")
    assert (one.ask().status_code, other.ask().status_code) == (401, 200)


def test_a_token_that_no_session_gave_has_one_too(saferme: SaferMe) -> None:
    """saferme.session-end: the fixed keys of former years; it can be told, and ended, but not renewed."""
    shown = saferme.found("session")
    assert violations("saferme", "session", shown) == []
    assert shown["session"]["app_bundle_id"] == APP
    assert shown["session"]["token_expire_at"] == "2200-01-01T13:00:00.000+13:00"
    assert_refused(
        renew(saferme.client, {"access_token": saferme.token, "refresh_token": "x"}), 401, "saferme.token"
    )
    assert saferme.send("DELETE", "session").json() == {}
    assert_refused(saferme.ask(), 401, "saferme.session-end")


def test_a_token_lives_a_year(client: httpx.Client, email: str) -> None:
    """saferme.session-life: until the last millisecond of it, on the sandbox's clock."""
    told = session(log_in(client, email))
    its = SaferMe(client, told["access_token"], email)
    its.mock.call("POST", "clock", {"set": "2027-03-04T11:59:59.999Z"})
    assert its.ask().status_code == 200
    its.mock.advance("1ms")
    assert_refused(its.ask(), 401, "saferme.session-life", "bad_credentials")


def test_a_session_can_be_renewed_late(client: httpx.Client, email: str) -> None:
    """saferme.session-refresh-late: with both tokens, and without the header that would be refused."""
    told = session(log_in(client, email))
    its = SaferMe(client, told["access_token"], email)
    its.mock.advance("400d")
    again = session(renew(client, told))
    assert again["token_expire_at"] > told["token_expire_at"]
    assert SaferMe(client, again["access_token"]).ask().status_code == 200


def test_the_caller_is_the_user_of_that_address(client: httpx.Client, saferme: SaferMe) -> None:
    """saferme.session-user and saferme.me: and otherwise the first one of the team."""
    third = saferme.found("users/3")
    told = session(log_in(client, third["email"]))
    assert told["profile"]["user_id"] == 3
    assert SaferMe(client, told["access_token"]).found("users/me") == third
    other = session(log_in(client, f"{saferme.token}@example.org"))
    assert other["profile"]["user_id"] == saferme.found("session")["session"]["profile"]["user_id"] == 1


@pytest.mark.parametrize("missing", ["app_bundle_id", "email", "password"])
@pytest.mark.parametrize("given", [None, ""])
def test_what_is_missing_is_named(client: httpx.Client, email: str, missing: str, given: str | None) -> None:
    """saferme.session-body: the first of them, in the order of the docs."""
    assert_missing(log_in(client, email, **{missing: given}), missing, "saferme.session-body")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"session": null}', b'{"session": []}', b'{"user": {}}'])
def test_a_body_without_a_session(client: httpx.Client, body: bytes) -> None:
    """saferme.session-body: the object itself is the first thing that can be missing."""
    assert_missing(client.post(f"{BASE}/session", content=body), "session", "saferme.session-body")


def test_tokens_that_are_missing_are_named(client: httpx.Client) -> None:
    """saferme.session-body: for a renewal too."""
    assert_missing(renew(client, {}), "access_token", "saferme.session-body")
    assert_missing(renew(client, {"access_token": "a"}), "refresh_token", "saferme.session-body")


@pytest.mark.parametrize("value", [1, True, ["a"], {"a": "b"}, "  ", "\ud800"])
def test_what_is_no_text_is_invalid(client: httpx.Client, email: str, value: object) -> None:
    """saferme.bad-parameter: a number, a list, blanks, half a character."""
    session_of = {"app_bundle_id": APP, "email": email, "password": "secret"}
    for name in session_of:
        answer = client.post(f"{BASE}/session", content=json.dumps({"session": {**session_of, name: value}}))
        assert_invalid(answer, name)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b'"a"',
        b"{",
        b"{'session': 1}",
        b"session[email]=a",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": NaN}',
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_body_that_is_no_json_object(client: httpx.Client, method: str, body: bytes) -> None:
    """saferme.body-json: nor one in another encoding, or too deep."""
    answer = client.request(method, f"{BASE}/session", content=body)
    assert_refused(answer, 400, "saferme.body-json", "bad_request")


@pytest.mark.parametrize(
    ("address", "password"), [("invalid-{}", "secret"), ("{}", "invalid"), ("j\u00f6-{}", "secret")]
)
def test_credentials_that_are_not_valid(
    client: httpx.Client, email: str, address: str, password: str
) -> None:
    """saferme.session-credentials: whatever begins with invalid, in either of them."""
    answer = log_in(client, address.format(email), password=password)
    assert_refused(answer, 401, "saferme.session-credentials", "bad_credentials")
    assert answer.json()["errors"] == ["Bad credentials"]


def test_an_account_that_is_locked(client: httpx.Client, email: str) -> None:
    """saferme.session-locked: the code that the vendor's client knows."""
    answer = log_in(client, f"locked-{email}")
    assert_refused(answer, 403, "saferme.session-locked", "account_locked")


@pytest.mark.parametrize("place", [6, 60, -2])
def test_a_token_that_was_changed_is_not_valid(client: httpx.Client, email: str, place: int) -> None:
    """saferme.token: what looks like a session's token and is none is no sandbox of its own either."""
    token = list(session(log_in(client, email))["access_token"])
    token[place] = "A" if token[place] != "A" else "B"
    assert_refused(SaferMe(client, "".join(token)).ask(), 401, "saferme.token", "bad_credentials")


def test_a_reset_forgets_what_has_ended(logged_in: SaferMe) -> None:
    """A sandbox at its start knows of no session that has ended."""
    logged_in.send("DELETE", "session")
    assert logged_in.ask().status_code == 401
    logged_in.mock.call("POST", "reset")
    assert logged_in.ask().status_code == 200


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_nesting_has_an_end(client: httpx.Client, method: str) -> None:
    """saferme.body-json: a hundred levels are read, one more is not, whatever the interpreter takes."""
    deepest, one_more = (b'{"more": %s}' % (b"[" * count + b"]" * count) for count in (99, 100))
    answer = client.request(method, f"{BASE}/session", content=deepest)
    assert_refused(answer, 422, "saferme.session-body")
    answer = client.request(method, f"{BASE}/session", content=one_more)
    assert_refused(answer, 400, "saferme.body-json", "bad_request")
