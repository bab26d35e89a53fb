"""Getting tokens: three grants, three places, and everything that can be wrong with a request for one."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from reportcontracts.validation import violations
from support.echo360 import START, TOKENS, Echo360, allowed, assert_refused

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NEEDED = {
    "client_credentials": ("client_id", "client_secret"),
    "password": ("client_id", "client_secret", "username", "password"),
    "refresh_token": ("client_id", "refresh_token"),
}


def basic(user: str, password: str) -> dict[str, str]:
    """The header of HTTP Basic."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def refresh_token(echo360: Echo360) -> str:
    """A fresh refresh token."""
    token: str = allowed(echo360.grant(), "token")["refresh_token"]
    return token


def complete(echo360: Echo360, grant: str) -> dict[str, str]:
    """Everything that a grant needs, and nothing else."""
    values = {
        "client_id": echo360.name,
        "client_secret": "secret",
        "username": "somebody@example.edu",
        "password": "word",
    }
    if grant == "refresh_token":
        values["refresh_token"] = refresh_token(echo360)
    return {"grant_type": grant} | {name: values[name] for name in NEEDED[grant]}


def claims_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a JSON Web Token."""
    header, claims, _ = (part + "=" * (-len(part) % 4) for part in token.split("."))
    return json.loads(base64.urlsafe_b64decode(header)), json.loads(base64.urlsafe_b64decode(claims))


@pytest.mark.parametrize("grant", NEEDED)
def test_each_grant_gives_a_token_that_works(echo360: Echo360, grant: str) -> None:
    """echo360.token-answer: 200, a Bearer of an hour, and a refresh token, whatever the grant."""
    sent = complete(echo360, grant)
    answer = echo360.client.post(TOKENS, data=sent)
    body = allowed(answer, "token")
    assert violations("echo360", "token-request", sent) == []
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 3600
    assert isinstance(body["refresh_token"], str)
    assert answer.headers["Cache-Control"] == "no-store"
    echo360.token = body["access_token"]
    assert echo360.call("GET", "/reports").status_code == 200


@pytest.mark.parametrize("grant", NEEDED)
@pytest.mark.parametrize("place", ["query", "form", "both"])
def test_parameters_are_in_the_query_or_in_a_form(echo360: Echo360, grant: str, place: str) -> None:
    """echo360.credential-places: clients of the real service use either; some of each works too."""
    sent = list(complete(echo360, grant).items())
    cut = {"query": len(sent), "form": 0, "both": 2}[place]
    answer = echo360.client.post(
        f"{TOKENS}?{urlencode(sent[:cut])}", content=urlencode(sent[cut:]), headers=FORM
    )
    allowed(answer, "token")


@pytest.mark.parametrize("grant", ["client_credentials", "password"])
def test_id_and_secret_may_be_http_basic(echo360: Echo360, grant: str) -> None:
    """echo360.credential-places: a client that works sends Basic with a form of the grant alone."""
    sent = complete(echo360, grant)
    header = basic(sent.pop("client_id"), sent.pop("client_secret"))
    body = allowed(echo360.client.post(TOKENS, data=sent, headers=header), "token")
    assert claims_of(body["access_token"])[1]["content"]["clientId"] == echo360.name


def test_a_form_goes_before_basic(echo360: Echo360) -> None:
    """echo360.credential-places: who sends the id twice, as some libraries do, is the one of the form."""
    sent = complete(echo360, "client_credentials")
    answer = echo360.client.post(TOKENS, data=sent, headers=basic("somebody-else", "other"))
    assert claims_of(allowed(answer, "token")["access_token"])[1]["content"]["clientId"] == echo360.name


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Basic /////w==", "Digest x=y"]
)
def test_a_header_that_is_no_basic_is_no_credential(echo360: Echo360, header: str) -> None:
    """echo360.grant: half a credential is a missing one, not a failure of the mock."""
    answer = echo360.client.post(
        TOKENS, data={"grant_type": "client_credentials"}, headers={"Authorization": header}
    )
    assert_refused(answer, 400, "echo360.grant", "BadRequest")


@pytest.mark.parametrize("kind", [None, "", "implicit", "Client_Credentials", "client_credentials ", "\x00"])
def test_a_grant_there_is_not_is_refused(echo360: Echo360, kind: str | None) -> None:
    """echo360.grant: there are exactly three."""
    sent = {"client_id": echo360.name, "client_secret": "secret"} | (
        {} if kind is None else {"grant_type": kind}
    )
    assert_refused(echo360.client.post(TOKENS, data=sent), 400, "echo360.grant", "BadRequest")


@pytest.mark.parametrize("empty", [None, "", "  "])
@pytest.mark.parametrize(("grant", "name"), [(grant, name) for grant in NEEDED for name in NEEDED[grant]])
def test_what_a_grant_needs_must_be_there(echo360: Echo360, grant: str, name: str, empty: str | None) -> None:
    """echo360.grant: each grant has its own needs; an empty value is none."""
    sent = complete(echo360, grant)
    sent.pop(name)
    answer = echo360.client.post(TOKENS, data=sent | ({} if empty is None else {name: empty}))
    assert_refused(answer, 400, "echo360.grant", "BadRequest")
    assert name in answer.json()["message"]


def test_a_request_for_a_token_without_anything_is_refused(echo360: Echo360) -> None:
    """echo360.grant: no query, no body, no type."""
    assert_refused(echo360.client.post(TOKENS), 400, "echo360.grant", "BadRequest")


def test_a_json_body_is_no_form(echo360: Echo360) -> None:
    """echo360.grant: the reference names one content type for tokens, and no client sends another."""
    answer = echo360.client.post(TOKENS, json=complete(echo360, "client_credentials"))
    assert_refused(answer, 400, "echo360.grant")


@pytest.mark.parametrize(
    ("grant", "name"),
    [
        ("client_credentials", "client_id"),
        ("client_credentials", "client_secret"),
        ("password", "username"),
        ("password", "password"),
        ("refresh_token", "client_id"),
        ("refresh_token", "refresh_token"),
    ],
)
def test_a_credential_that_starts_with_invalid_is_refused(echo360: Echo360, grant: str, name: str) -> None:
    """echo360.credentials: any other one works, so that this one way to fail is left."""
    answer = echo360.client.post(TOKENS, data=complete(echo360, grant) | {name: "invalid-one"})
    assert_refused(answer, 401, "echo360.credentials", "NotAuthenticated")


def test_an_invalid_id_makes_no_sandbox(echo360: Echo360) -> None:
    """echo360.credentials: what was refused leaves nothing behind."""
    echo360.client.post(TOKENS, data=complete(echo360, "client_credentials") | {"client_id": "invalid-id"})
    told = echo360.client.get("/_mock/sandboxes", params={"vendor": "echo360"}).json()
    assert "invalid-id" not in {sandbox["sandbox"] for sandbox in told}


@pytest.mark.parametrize("name", ["ids with blanks", "Zoë-é", "名前", "a" * 300, "quote\"'<>&", "tab\there"])
def test_any_other_id_works(echo360: Echo360, name: str) -> None:
    """echo360.credentials: an id is what the client says, letters of all scripts included."""
    echo360.name = f"{name} {echo360.name}"
    echo360.sign_in()
    assert echo360.listing() == []
    assert claims_of(echo360.token)[1]["content"]["clientId"] == echo360.name


def test_the_password_grant_can_be_switched_off(echo360: Echo360) -> None:
    """echo360.password-grant: administrators do so for a client; the other grants go on."""
    echo360.mock.rule("password-grant", enabled=False)
    refused = echo360.client.post(TOKENS, data=complete(echo360, "password"))
    assert_refused(refused, 400, "echo360.password-grant", "BadRequest")
    allowed(echo360.grant(), "token")
    allowed(echo360.client.post(TOKENS, data=complete(echo360, "refresh_token")), "token")


def test_a_token_looks_as_those_of_the_real_service(echo360: Echo360) -> None:
    """echo360.token-answer: header and claims as in a token that public code has left behind."""
    header, claims = claims_of(echo360.token)
    assert header == {"typ": "JWT", "alg": "HS512"}
    assert claims["iss"] == "Echo360"
    assert claims["exp"] == START // 1000 + 3600
    content = claims["content"]
    assert content["clientId"] == echo360.name
    assert isinstance(content["authData"]["institutionId"], str)
    assert content["createdAt"] == {"year": 2026, "month": 3, "day": 4}


def test_two_tokens_are_never_the_same(echo360: Echo360) -> None:
    """echo360.token-answer: also of the same second."""
    one, another = (echo360.grant().json() for _ in range(2))
    assert one["access_token"] != another["access_token"]
    assert one["refresh_token"] != another["refresh_token"]


def test_refresh_tokens_rotate(echo360: Echo360) -> None:
    """echo360.refresh-once: each refresh gives the token for the next one, and needs no secret."""
    token = refresh_token(echo360)
    for _ in range(4):
        answer = echo360.grant("refresh_token", refresh_token=token, client_secret=None)
        token = allowed(answer, "token")["refresh_token"]


def test_a_refresh_token_works_once(echo360: Echo360) -> None:
    """echo360.refresh-once: a used one is refused, for good."""
    token = refresh_token(echo360)
    allowed(echo360.grant("refresh_token", refresh_token=token), "token")
    for _ in range(2):
        refused = echo360.grant("refresh_token", refresh_token=token)
        assert_refused(refused, 400, "echo360.refresh-once", "BadRequest")


def test_a_refresh_token_never_expires(echo360: Echo360) -> None:
    """echo360.refresh-once: ten years later it still works."""
    token = refresh_token(echo360)
    echo360.mock.advance("3650d")
    allowed(echo360.grant("refresh_token", refresh_token=token), "token")


def test_a_refresh_token_is_its_own_clients(echo360: Echo360, other: Echo360) -> None:
    """echo360.refresh-once: nobody else can use it, nor use it up."""
    token = refresh_token(echo360)
    assert_refused(other.grant("refresh_token", refresh_token=token), 400, "echo360.refresh-once")
    allowed(echo360.grant("refresh_token", refresh_token=token), "token")


def test_an_access_token_is_no_refresh_token(echo360: Echo360) -> None:
    """echo360.refresh-once: each is signed for its purpose."""
    refused = echo360.grant("refresh_token", refresh_token=echo360.token)
    assert_refused(refused, 400, "echo360.refresh-once")


def test_a_refused_request_uses_no_refresh_token_up(echo360: Echo360) -> None:
    """echo360.refresh-once: a client that was told to wait would be locked out otherwise."""
    token = refresh_token(echo360)
    echo360.mock.rule("rate-minute", value=0, count_tokens=True)
    assert_refused(echo360.grant("refresh_token", refresh_token=token), 429, "echo360.rate-minute")
    echo360.mock.rule("rate-minute", value=120)
    allowed(echo360.grant("refresh_token", refresh_token=token), "token")


def test_a_repeated_parameter_is_refused_across_query_and_form(echo360: Echo360) -> None:
    """echo360.repeated-parameter: which of two ids is meant cannot be told."""
    sent = complete(echo360, "client_credentials")
    answer = echo360.client.post(f"{TOKENS}?client_id={echo360.name}", data=sent)
    assert_refused(answer, 400, "echo360.repeated-parameter", "BadRequest")
