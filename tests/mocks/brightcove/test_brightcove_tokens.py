"""Getting tokens: Basic, one grant, two places for it, and everything that can be wrong with a request."""

import base64
import re
from typing import Any

import httpx
import pytest

from reportcontracts.validation import violations
from support.answers import rules_of
from support.brightcove import ROOT, TOKENS, Brightcove, assert_not_granted, assert_refused

GRANT = {"grant_type": "client_credentials"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def token_of(answer: httpx.Response) -> str:
    """The token in an answer that the contract allows."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert violations("brightcove", "token", answer.json()) == []
    token: str = answer.json()["access_token"]
    return token


def test_a_token_is_given_for_five_minutes(brightcove: Brightcove) -> None:
    """brightcove.token-answer: a Bearer, its seconds as a number, and nothing to refresh it with."""
    answer = brightcove.grant()
    token_of(answer)
    assert answer.json() | {"access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 300,
    }


def test_a_token_looks_like_those_of_the_real_service(brightcove: Brightcove) -> None:
    """brightcove.token-answer: some hundred characters that are safe in an address, without dots."""
    token = token_of(brightcove.grant())
    assert re.fullmatch("[A-Za-z0-9_-]{150,600}", token)
    assert token != token_of(brightcove.grant())


@pytest.mark.parametrize(
    "sent",
    [
        {"params": GRANT},
        {"data": GRANT},
        {"params": GRANT, "data": GRANT},
        {"params": GRANT, "headers": {"Content-Type": "application/json"}},
        {"params": GRANT, "json": {}},
        {"params": GRANT, "content": b"{"},
        {"json": GRANT},
        {"content": "grant_type=client_credentials"},
        {"content": "grant_type=client_credentials", "headers": {"Content-Type": "text/plain"}},
        {"content": "grant_type=client_credentials", "headers": FORM},
        {"data": GRANT, "files": {"file": b""}},
    ],
    ids=str,
)
def test_the_grant_is_taken_from_where_clients_put_it(brightcove: Brightcove, sent: dict[str, Any]) -> None:
    """brightcove.credential-places, brightcove.token-content-type: in query or body, of whatever type."""
    brightcove.token = token_of(brightcove.grant(**sent))
    assert brightcove.ask().status_code == 202


@pytest.mark.parametrize(
    "sent",
    [
        {"content": b""},
        {"data": {"grant_type": ""}},
        {"data": {"grant_type": "password", "username": "u", "password": "p"}},
        {"data": {"grant_type": "Client_Credentials"}},
        {"data": {"grant_type": "client_credentials "}},
        {"data": {"grant": "client_credentials"}},
        {"json": {"grant_type": ["client_credentials"]}},
        {"json": {"grant_type": None}},
        {"json": ["grant_type"]},
        {"content": b'{"grant_type": "client_credentials"'},
        {"content": b'{"a":' * 100_000},
        {"content": b"\xff\xfe\x00"},
        {"params": {"grant_type": "refresh_token"}, "data": GRANT},
    ],
    ids=lambda sent: str(sent)[:60],
)
def test_another_grant_is_refused(brightcove: Brightcove, sent: dict[str, Any]) -> None:
    """brightcove.grant: there is one grant, and it has one spelling."""
    assert_not_granted(brightcove.grant(**sent), 400, "grant", "unsupported_grant_type")


def test_a_grant_given_twice_is_refused(brightcove: Brightcove) -> None:
    """brightcove.repeated-parameter: which of the two is meant cannot be told."""
    twice = "grant_type=client_credentials&grant_type=client_credentials"
    assert_not_granted(brightcove.grant(content=twice), 400, "repeated-parameter", "invalid_request")


def basic(text: str) -> dict[str, str]:
    """The header of HTTP Basic for any text."""
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic /////w=="},
        {"Authorization": "Bearer abc"},
        {"Authorization": "Digest x=y"},
        basic("no-colon"),
        basic(":secret"),
        basic("id:"),
        basic("  : "),
        basic("invalid-id:secret"),
        basic("id:invalid-secret"),
        basic("invalid:invalid"),
    ],
    ids=str,
)
@pytest.mark.parametrize("grant", ["client_credentials", "nonsense"])
def test_credentials_that_are_not_there_or_not_good_are_refused(
    client: httpx.Client, headers: dict[str, str], grant: str
) -> None:
    """brightcove.credentials, brightcove.token-error-body: before the grant is looked at."""
    answer = client.post(TOKENS, params={"grant_type": grant}, headers=headers)
    assert_not_granted(answer, 400, "credentials", "invalid_client")
    assert answer.json()["error_description"].startswith('The "client_id" parameter is missing')


def test_credentials_in_a_form_are_none(brightcove: Brightcove) -> None:
    """brightcove.credential-places: the reference has them as Basic alone."""
    form = GRANT | {"client_id": brightcove.name, "client_secret": "secret"}
    assert_not_granted(brightcove.client.post(TOKENS, data=form), 400, "credentials", "invalid_client")


@pytest.mark.parametrize(
    "name", ["ids with blanks", "Zoë-é", "名前", "a" * 300, "not-invalid", "quote\"'<>&"]
)
def test_any_other_id_is_good(brightcove: Brightcove, name: str) -> None:
    """brightcove.credentials: nobody has to register a client, and its id is the name of its sandbox."""
    brightcove.name = f"{name} {brightcove.name}"
    brightcove.sign_in()
    assert brightcove.ask().status_code == 202
    assert len(brightcove.mock.jobs()) == 1


def test_an_id_that_is_refused_makes_no_sandbox_and_can_be_steered(brightcove: Brightcove) -> None:
    """brightcove.credentials: what was refused leaves nothing behind but its line in the journal."""
    refused = Brightcove(brightcove.client, f"invalid-{brightcove.name}")
    assert_not_granted(refused.grant(), 400, "credentials", "invalid_client")
    told = brightcove.client.get("/_mock/sandboxes", params={"vendor": "brightcove"}).json()
    assert refused.name not in {sandbox["sandbox"] for sandbox in told}
    assert refused.last_request["rule"] == "brightcove.credentials"
    refused.mock.rule("credentials", status=401)
    assert_not_granted(refused.grant(), 401, "credentials", "invalid_client")


def test_the_older_path_gives_tokens_too(brightcove: Brightcove) -> None:
    """brightcove.token-path: public clients still use it; other versions there are none."""
    brightcove.token = token_of(brightcove.grant(path="/v3/access_token"))
    assert brightcove.ask().status_code == 202
    for path in ("/v2/access_token", "/access_token", "/v4/access_tokens", "/v4/access_token/x"):
        assert_refused(brightcove.grant(path=path), 404, "unknown-path", "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("path", ["/v4/access_token", "/v3/access_token"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "post"])
def test_tokens_are_posted_for(brightcove: Brightcove, path: str, method: str) -> None:
    """brightcove.method: in OAuth's own form, with what is allowed."""
    request = brightcove.client.build_request("POST", f"{ROOT}{path}", params=GRANT)
    request.method = method
    answer = brightcove.client.send(request)
    assert answer.status_code == 405
    assert rules_of(answer) == ["brightcove.method"]
    assert answer.headers["Allow"] == "OPTIONS, POST"
    if method != "HEAD":
        assert_not_granted(answer, 405, "method", "invalid_request")


@pytest.mark.parametrize("path", ["/v4/access_token", "/v3/access_token"])
def test_options_of_a_token_are_told(brightcove: Brightcove, path: str) -> None:
    """brightcove.method: without any credential."""
    answer = brightcove.client.options(f"{ROOT}{path}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Allow"] == "POST, OPTIONS"


def test_a_body_too_large_is_refused_in_oauths_form(brightcove: Brightcove) -> None:
    """brightcove.body-size: a mebibyte is read, and not a byte more."""
    padded = b"grant_type=client_credentials&x="
    fits = padded + b"a" * (1024 * 1024 - len(padded))
    token_of(brightcove.grant(content=fits, headers=FORM))
    refused = brightcove.grant(content=fits + b"a", headers=FORM)
    assert_not_granted(refused, 413, "body-size", "invalid_request")


def test_secrets_are_hidden_in_the_journal(brightcove: Brightcove) -> None:
    """brightcove.credentials: neither secret nor token gets into a bug report."""
    answer = brightcove.grant(secret="very-secret")
    entry = brightcove.last_request
    assert entry["headers"]["Authorization"] == "Basic ***"
    assert answer.json()["access_token"] not in str(entry)


@pytest.mark.parametrize(
    ("code", "status"), [("invalid_scope", 400), ("access_denied", 400), ("server_error", 500)]
)
def test_any_code_of_the_reference_can_be_met(brightcove: Brightcove, code: str, status: int) -> None:
    """brightcove.token-codes: those that the mock has no reason of its own for."""
    brightcove.mock.rule("token-codes", code=code)
    assert_not_granted(brightcove.grant(), status, "token-codes", code)
    assert_not_granted(brightcove.grant(secret="invalid"), 400, "credentials", "invalid_client")
