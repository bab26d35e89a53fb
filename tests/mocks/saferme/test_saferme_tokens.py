"""Who asks: the header Authorization, the sandbox that its token names, and the other headers."""

import httpx
import pytest

from support.answers import rules_of
from support.saferme import APP, BASE, CALLS, PAGE, SaferMe, assert_refused, log_in, session


def with_header(client: httpx.Client, value: str | None, **other: str) -> httpx.Response:
    """A call with this header Authorization and nothing else."""
    headers = other if value is None else {"Authorization": value, **other}
    return client.get(f"{BASE}/analytics/reports_per_state", params=dict(PAGE), headers=headers)


@pytest.mark.parametrize(
    "form",
    [
        "Token token={}",
        'Token token="{}"',
        "token token={}",
        "Token  token={}",
        'Token token="{}", nonce="def"',
        "Token token={},x=1",
    ],
)
def test_the_token_may_be_quoted(client: httpx.Client, name: str, form: str) -> None:
    """saferme.token-form: and followed by more; it names the same sandbox in every form."""
    assert with_header(client, form.format(name)).status_code == 200
    assert len(SaferMe(client, name).mock.requests()) == 1


@pytest.mark.parametrize(
    "value",
    [
        None, "", "Token", "Token token=", 'Token token=""', "Token abc", "Basic YTpi", "token=abc", "abc",
        "Tokentoken=abc", "Token Token=abc", "Token key=abc", "Digest token=abc",
    ],
)  # fmt: skip
def test_without_a_token_nothing_is_answered(client: httpx.Client, value: str | None) -> None:
    """saferme.token: no header, another scheme, or a header without a token in it."""
    assert_refused(with_header(client, value), 401, "saferme.token", "bad_credentials")


def test_bearer_is_another_scheme(client: httpx.Client, name: str) -> None:
    """saferme.token-form: no credential, but the sandbox is known, so that it can be switched to be one."""
    answer = with_header(client, f"Bearer {name}")
    assert_refused(answer, 401, "saferme.token-form", "bad_credentials")
    its = SaferMe(client, name)
    its.switch("token-form", bearer=True)
    assert with_header(client, f"Bearer {name}").status_code == 200
    assert with_header(client, "Bearer").status_code == 401


@pytest.mark.parametrize("token", ["invalid", "invalid-token", "smt_a.b.c"])
def test_a_token_that_is_not_valid(client: httpx.Client, token: str) -> None:
    """saferme.token: whatever begins with invalid, or only looks like a session's."""
    assert_refused(with_header(client, f"Token token={token}"), 401, "saferme.token", "bad_credentials")


def test_a_token_of_other_letters_is_not_valid(served: httpx.Client) -> None:
    """saferme.token: headers are of plain letters, and whoever sends others has taken the wrong thing."""
    value = "Token token=t\u00f6ken"
    for encoding in ("utf-8", "latin-1"):
        sent = [(b"Authorization", value.encode(encoding))]
        assert_refused(served.get(f"{BASE}/analytics/reports_read", headers=sent), 401, "saferme.token")


def test_the_refusal_is_the_one_of_a_bad_log_in(client: httpx.Client) -> None:
    """saferme.token: the three members that the vendor's own client reads, and no challenge."""
    answer = with_header(client, "Token token=invalid")
    assert answer.json() == {
        "errors": ["Bad credentials"],
        "failures": {"base": ["Bad credentials"]},
        "error_codes": {"base": [{"error": "bad_credentials"}]},
    }
    assert "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize("call", CALLS)
def test_every_call_wants_a_token_before_anything_else(client: httpx.Client, call: str) -> None:
    """saferme.token: what is missing or wrong besides is not told to strangers."""
    assert_refused(client.get(f"{BASE}/analytics/{call}"), 401, "saferme.token")


@pytest.mark.parametrize(
    "path", ["forms", "channels/1", "report_states", "users/1", "channels/1/users", "session"]
)
def test_every_look_up_wants_a_token(client: httpx.Client, path: str) -> None:
    """saferme.token: as any other request."""
    assert_refused(client.get(f"{BASE}/{path}"), 401, "saferme.token")


def test_no_other_header_is_needed(client: httpx.Client, name: str) -> None:
    """saferme.app-id, saferme.team-id and saferme.other-headers: with or without them it is the same."""
    bare = with_header(client, f"Token token={name}")
    every = {"X-AppID": APP, "X-TeamId": "9999", "X-InstallationId": "something-unique"}
    assert with_header(client, f"Token token={name}", **every).json() == bare.json() != []
    assert with_header(client, f"Token token={name}", **{"X-TeamId": "no number"}).json() == bare.json()


@pytest.mark.parametrize(("rule", "header"), [("app-id", "X-AppId"), ("team-id", "X-TeamId")])
def test_a_header_that_is_switched_to_be_needed(saferme: SaferMe, rule: str, header: str) -> None:
    """saferme.app-id and saferme.team-id: its name is told, in the shape of a missing parameter."""
    saferme.switch(rule, required=True)
    value = f"Token token={saferme.token}"
    for other in ({}, {header: ""}):
        answer = with_header(saferme.client, value, **other)
        assert_refused(answer, 400, f"saferme.{rule}")
        assert answer.json() == {"message": "client error", "param": header}
    assert with_header(saferme.client, value, **{header: "1"}).status_code == 200


def test_each_token_is_a_sandbox(client: httpx.Client, name: str) -> None:
    """saferme.session-sandbox: with its own clock, switches and journal."""
    one, other = SaferMe(client, f"{name}-1"), SaferMe(client, f"{name}-2")
    one.switch("unknown-channel", action="empty")
    one.mock.advance("1d")
    assert one.ask(channel_id=99).status_code == 200
    assert other.ask(channel_id=99).status_code == 404
    assert (len(one.mock.requests()), len(other.mock.requests())) == (1, 1)
    assert one.mock.now > other.mock.now


def test_a_session_is_in_the_sandbox_of_its_e_mail_address(client: httpx.Client, name: str) -> None:
    """saferme.session-sandbox: all of its tokens are, also after it was renewed."""
    email = f"{name}@example.org"
    first, again = session(log_in(client, email)), session(log_in(client, email))
    assert first["access_token"] != again["access_token"]
    sandbox = SaferMe(client, email)
    sandbox.switch("unknown-channel", action="empty")
    for told in (first, again):
        answer = SaferMe(client, told["access_token"]).ask(channel_id=99)
        assert rules_of(answer) == ["saferme.unknown-channel"]
        assert answer.json() == []
    assert len(sandbox.mock.requests()) == 4


def test_a_token_is_not_told_in_the_journal(saferme: SaferMe) -> None:
    """Nor are the tokens and passwords of sessions."""
    log_in(saferme.client, saferme.token, password="my-password")
    saferme.ask()
    told = str([{**entry, "sandbox": ""} for entry in saferme.mock.requests()])
    assert saferme.token not in told.replace(f"'email': '{saferme.token}'", "").replace(
        f'"email":"{saferme.token}"', ""
    )
    assert "my-password" not in told
    assert "'Authorization': 'Token token=***'" in told


def test_what_is_not_valid_makes_no_sandbox(client: httpx.Client, name: str) -> None:
    """But it can be steered, so that its refusal can be looked at."""
    bad = SaferMe(client, f"invalid-{name}")
    assert bad.ask().status_code == 401
    known = client.get("/_mock/sandboxes", params={"vendor": "saferme"}).json()
    assert bad.token not in [sandbox["sandbox"] for sandbox in known]
    bad.switch("token", status=403)
    assert bad.ask().status_code == 403
