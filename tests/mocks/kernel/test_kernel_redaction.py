"""No secret reaches a log or the journal, in whatever form and however mangled it was sent."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportmocks.kernel import redaction

MARK = "hunter2"

NAMES = [
    "access_token", "refresh_token", "client_secret", "password", "secret", "api_key", "apikey", "api-key",
    "key", "token", "Signature", "sig", "X-Amz-Signature", "AnalyticsAccessToken", "ACCESS_TOKEN",
    "accessToken",
]  # fmt: skip
"""What the five vendors, OAuth and S3 call their secrets, and how clients misspell them."""

secret_names = st.sampled_from(NAMES)
secrets = st.text(max_size=20).map(lambda text: f"{MARK}{text}")
plain_names = st.sampled_from(["client_id", "grant_type", "start", "report", "Expires", "keys", "tokens"])
plain = st.text(st.characters(codec="utf-8"), max_size=10)


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """JSON with secrets at any depth."""
    leaves = st.none() | st.booleans() | st.integers() | plain
    nested = st.recursive(
        leaves, lambda more: st.lists(more) | st.dictionaries(plain_names, more), max_leaves=6
    )
    inner: Any = draw(nested)
    for _ in range(draw(st.integers(1, 3))):
        value = draw(secrets | st.lists(secrets, min_size=1) | st.dictionaries(plain, secrets, min_size=1))
        inner = {draw(plain_names): inner, draw(secret_names): value, "after": draw(plain)}
        inner = draw(st.sampled_from([inner, [inner]]))
    return inner


@given(documents(), st.sampled_from([None, 2]), st.booleans(), st.integers(0, 200))
def test_no_secret_survives_in_json(document: Any, indent: int | None, ascii_only: bool, cut: int) -> None:  # noqa: FBT001
    """At any depth, with any spacing, and also where the body was cut off in the middle."""
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    assert MARK not in redaction.body(text)
    assert MARK not in redaction.body(text[: len(text) - cut])


@given(st.lists(st.tuples(plain_names, plain) | st.tuples(secret_names, secrets), min_size=1), st.booleans())
def test_no_secret_survives_in_a_query_or_a_form(pairs: list[tuple[str, str]], spaced: bool) -> None:  # noqa: FBT001
    """Encoded as it should be."""
    text = urlencode(pairs) if spaced else urlencode(pairs, quote_via=quote)
    assert MARK not in redaction.query(text)
    assert MARK not in redaction.body(text)


@given(secret_names, st.text("abc;, \n+/=?'\"{}<>\\", max_size=12), plain)
def test_no_secret_survives_in_a_form_that_was_not_encoded(name: str, odd: str, before: str) -> None:
    """`curl -d` sends what it is given, spaces and semicolons included."""
    text = f"client_id={quote(before)}&{name}={MARK}{odd}{MARK}&start=2026-01-01"
    assert MARK not in redaction.query(text)
    assert redaction.query(text).endswith("&start=2026-01-01")


@pytest.mark.parametrize(
    "text",
    [
        f"access%5Ftoken={MARK}",
        f"%61ccess_token={MARK}",
        f"a=1;token={MARK}",
        f"client_id=a\r\npassword={MARK}",
        f"?access_token={MARK}",
        f"token={MARK}" + "&x=1" * 5000,
        "x=1&" * 5000 + f"token={MARK}",
    ],
)
def test_no_disguise_keeps_a_name_from_being_seen(text: str) -> None:
    """What the mock, or a person, would read as the secret's name is read so here too."""
    assert MARK not in redaction.query(text)
    assert MARK not in redaction.body(text)


@pytest.mark.parametrize(
    "text",
    [
        f'{{"access\\u005ftoken": "{MARK}"}}',
        f'{{"password" : {MARK}}}',
        f"{{'password': '{MARK}'}}",
        f'{{"password": 1{MARK}}}',
        f'{{"password": "{MARK}\n{MARK}"}}',
        f'{{"password": "a\\"{MARK}\\\\{MARK}',
        f'  [{{"a": "b", "token": "{MARK}"}}]',
        f'{{"signedAssets": ["http://localhost/a?Expires=5&Signature={MARK}&x=1"]}}',
        f'{{"url": "http://localhost/a?Expires=5\\u0026Signature={MARK}"}}',
        f"<Url>http://localhost/a?Expires=5&amp;Signature={MARK}</Url>",
        f'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n{MARK}\r\n{MARK}\r\n--b--\r\n',
        f"--b\nContent-Type: text/plain\nContent-Disposition: form-data; name=password\nX: y\n\n{MARK}",
    ],
)
def test_no_secret_survives_in_odd_bodies(text: str) -> None:
    """Malformed JSON is what newcomers send, links are what the mock answers, and forms come in parts too."""
    assert MARK not in redaction.body(text)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", f"Bearer {MARK}", "Bearer ***"),
        ("authorization", f"basic {MARK} {MARK}", "basic ***"),
        ("Authorization", f"Token token={MARK}", "Token token=***"),
        ("Authorization", f'Token token="{MARK}", nonce="{MARK}"', "Token token=***"),
        ("Authorization", f"Token {MARK} token={MARK}", "Token ***"),
        ("Authorization", MARK, "***"),
        ("Authorization", f"{MARK} {MARK}", "***"),
        ("Authorization", f"hunter {MARK}", "***"),
        ("Proxy-Authorization", f"Basic {MARK}", "Basic ***"),
        ("X-Hapyak-Api-Key", MARK, "***"),
        ("X-Hapyak-API-Key", f"{MARK} x", "***"),
        ("Cookie", f"session={MARK}", "***"),
        ("Set-Cookie", f"session={MARK}; Path=/", "***"),
        ("X-Api-Key", MARK, "***"),
        ("Api-Key", MARK, "***"),
        ("X-Auth-Token", MARK, "***"),
        ("X-Amz-Security-Token", MARK, "***"),
        ("Referer", f"http://localhost/a?access_token={MARK}&b=1", "http://localhost/a?access_token=***&b=1"),
        ("Location", f"/a?Expires=5&Signature={MARK}", "/a?Expires=5&Signature=***"),
        ("Link", f'<http://a/?b=1&token={MARK}>; rel="x"', '<http://a/?b=1&token=***>; rel="x"'),
    ],
)
def test_no_secret_survives_in_headers(name: str, value: str, shown: str) -> None:
    """By the names of the vendors, the usual ones, and in addresses; the scheme of a credential stays."""
    assert redaction.headers([(name, value)]) == {name: shown}


@given(st.text(max_size=5), st.text(max_size=5))
def test_no_credential_survives_in_authorization(before: str, after: str) -> None:
    """However it is spelled."""
    value = f"{before}{MARK}{after}"
    assert MARK not in redaction.headers([("Authorization", value)])["Authorization"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "start=2026-01-01&end=2026-01-08&format=csv",
        "keyword=x&tokens=3&secretary=y",
        '{"parameters": {"start": "2026-01-01"}, "output": {"delimiter": "|"}, "keys": ["token"]}',
        "UserId,Name\r\n1,Ann\r\n",
        "plain text: with a colon, and a word like token",
    ],
)
def test_what_is_no_secret_is_shown_as_it_is(text: str) -> None:
    """A journal that hides too much is of no use."""
    assert redaction.query(text) == text
    assert redaction.body(text) == text


def test_everything_but_the_secret_is_shown() -> None:
    """The one who debugs sees which parameter was there."""
    assert redaction.query("a=1&access_token=x&b=2") == "a=1&access_token=***&b=2"
    assert redaction.body('{"a": 1, "password": "x", "b": 2}') == '{"a": 1, "password": "***", "b": 2}'
    assert redaction.body('{"token_type": "Bearer", "access_token": "x", "expires_in": 3600}') == (
        '{"token_type": "Bearer", "access_token": "***", "expires_in": 3600}'
    )


def test_other_headers_are_shown_as_they_are() -> None:
    """And one that came twice is one line, as HTTP has it."""
    pairs = [("Accept", "text/csv"), ("X-Mock-Rule", "a"), ("X-Mock-Rule", "b"), ("Host", "127.0.0.1:8080")]
    shown = {"Accept": "text/csv", "X-Mock-Rule": "a, b", "Host": "127.0.0.1:8080"}
    assert redaction.headers(pairs) == shown


@pytest.mark.parametrize(
    ("text", "shown"), [("", "…"), ("a", "…"), ("ab", "a…"), ("abcdefgh", "abcd…"), ("x" * 99, "xxxx…")]
)
def test_a_name_that_is_a_secret_is_shown_in_part(text: str, shown: str) -> None:
    """Enough to tell two apart, and never more than half."""
    assert redaction.name(text) == shown
