"""What the control API refuses: unknown names, bad bodies, wrong methods; always with a problem."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reportcontracts.names import VENDORS
from reportmocks.kernel import sandboxes as sandbox_module
from support.hapyak import HapYak
from support.mocks import Mocks
from support.problems import problem_of

LOOKS = [
    *("health", "ready", "clock", "sandboxes", "jobs", "limits", "requests", "faults", "plans", "rules"),
    "rules/hapyak.key",
]
CHANGES = [
    ("POST", "clock"),
    ("POST", "reset"),
    ("POST", "plans"),
    ("DELETE", "plans"),
    ("DELETE", "requests"),
    ("DELETE", "jobs/1"),
    ("POST", "limits/hapyak.rate-minute/exhaust"),
    ("POST", "requests/assert"),
    ("POST", "faults"),
    ("DELETE", "faults"),
    ("PUT", "rules/hapyak.rate-minute"),
    ("PUT", "limits/hapyak.rate-minute"),
]
CALLS = [*(("GET", path) for path in LOOKS), *CHANGES]
WITHOUT_BODY = [("POST", "reset"), ("DELETE", "requests"), ("DELETE", "faults")]
WITH_BODY = [call for call in CHANGES if call not in WITHOUT_BODY]
HERE = {"vendor": "hapyak", "sandbox": "nobody's"}


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("query", ["sandboxes=one", "Vendor=hapyak", "x", "vendor=hapyak&seed=1"])
def test_a_parameter_that_there_is_not_is_refused(
    client: httpx.Client, method: str, path: str, query: str
) -> None:
    """A slip in the name of `sandbox` must not change all of them."""
    found = problem_of(client.request(method, f"/_mock/{path}?{query}"), 422, "unknown-parameter")
    assert found["allowed"][:2] == ["vendor", "sandbox"]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("vendor", ["nobody", "", "HapYak", "-"])
def test_a_vendor_that_there_is_not_is_refused(
    client: httpx.Client, method: str, path: str, vendor: str
) -> None:
    """With those that are served."""
    answer = client.request(method, f"/_mock/{path}", params={"vendor": vendor})
    assert problem_of(answer, 422, "unknown-vendor")["allowed"] == list(VENDORS)


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_sandbox_without_a_name_is_refused(client: httpx.Client, method: str, path: str) -> None:
    """An empty variable in a script must not change all of them."""
    answer = client.request(method, f"/_mock/{path}?vendor=hapyak&sandbox=")
    assert problem_of(answer, 422, "bad-value")["field"] == "sandbox"


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_parameter_given_twice_is_refused(client: httpx.Client, method: str, path: str) -> None:
    """Nobody knows which one was meant."""
    answer = client.request(method, f"/_mock/{path}?vendor=hapyak&sandbox=a&sandbox=b")
    found = problem_of(answer, 422, "bad-value")
    assert (found["field"], found["given"]) == ("sandbox", ["a", "b"])


@pytest.mark.parametrize("path", ["clock", "jobs", "limits", "rules"])
def test_a_sandbox_that_was_never_used_is_refused_where_no_vendor_is_named(mocks: Mocks, path: str) -> None:
    """With those that were."""
    mocks.use("hapyak", "one")
    answer = mocks.client.get(f"/_mock/{path}?sandbox=two")
    assert problem_of(answer, 404, "unknown-sandbox")["allowed"] == ["hapyak/one"]


def test_a_sandbox_that_was_never_used_is_changed_only_with_its_vendor(mocks: Mocks) -> None:
    """Then it is made, so that a test can prepare it before its client comes."""
    problem_of(mocks.client.post("/_mock/clock?sandbox=one", json={"advance": "1d"}), 404, "unknown-sandbox")
    mocks.send("POST", "clock", {"advance": "1d"}, vendor="hapyak", sandbox="one")
    assert [row["sandbox"] for row in mocks.get("sandboxes")] == ["one"]


@pytest.mark.parametrize(("method", "path"), WITH_BODY)
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"advance=1d",
        b"[]",
        b"null",
        b'"advance"',
        b"1",
        b"\xff\xfe\x00",
        b'{"scale": NaN}',
        b'{"scale": Infinity}',
        b'{"scale": 1e400}',
        b'{"advance": "1s", "advance": "2s"}',
        b'{"value": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b" " * (1024 * 1024 + 1),
        b'{"advance": "' + b"1" * (1024 * 1024) + b'"}',
    ],
    ids=lambda body: f"{len(body)}-{body[:12].decode('latin-1').strip()}",
)
def test_a_body_that_is_no_object_in_json_is_refused(
    mocks: Mocks, method: str, path: str, body: bytes
) -> None:
    """Malformed, of another type, not UTF-8, with what JSON does not have, too deep, or too large."""
    problem_of(mocks.client.request(method, f"/_mock/{path}", params=HERE, content=body), 400, "bad-json")


@pytest.mark.parametrize(("method", "path"), [("POST", "reset"), ("DELETE", "requests")])
def test_a_call_that_takes_no_body_refuses_one(mocks: Mocks, method: str, path: str) -> None:
    """Somebody meant one sandbox, and would have emptied all."""
    mocks.use("hapyak", "one")
    HapYak(mocks.client, "one").ask()
    answer = mocks.client.request(method, f"/_mock/{path}", json={"sandbox": "two"})
    assert problem_of(answer, 422, "bad-value")["field"] == "sandbox"
    assert (len(mocks.get("jobs")), len(mocks.get("requests"))) == (1, 1)
    assert mocks.client.request(method, f"/_mock/{path}", json={}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "health", ["GET", "HEAD"]),
        ("PUT", "clock", ["GET", "HEAD", "POST"]),
        ("GET", "reset", ["POST"]),
        ("PUT", "plans", ["DELETE", "GET", "HEAD", "POST"]),
        ("POST", "requests", ["DELETE", "GET", "HEAD"]),
        ("POST", "rules/hapyak.key", ["GET", "HEAD", "PUT"]),
        ("OPTIONS", "clock", ["GET", "HEAD", "POST"]),
        ("BREW", "clock", ["GET", "HEAD", "POST"]),
    ],
)
def test_a_method_that_there_is_not_is_refused(
    client: httpx.Client, method: str, path: str, allowed: list[str]
) -> None:
    """With those that there are, in the header too."""
    answer = client.request(method, f"/_mock/{path}")
    assert problem_of(answer, 405, "method")["allowed"] == allowed
    assert answer.headers["Allow"] == ", ".join(allowed)


@pytest.mark.parametrize(
    "path",
    ["", "/", "/nonsense", "/clock/x", "/rules/a/b", "/%00", "/é", "/Clock", "/_mock/clock"],
)
def test_a_path_that_there_is_not_is_refused(mocks: Mocks, path: str) -> None:
    """Also the one that is nearly right."""
    problem_of(mocks.client.get(f"http://127.0.0.1:8080/_mock{path}"), 404, "no-such-path")


def test_a_server_without_room_says_so(
    make_mocks: Callable[..., Mocks], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """In a problem of its own, not as a failure; and what was used goes on."""
    monkeypatch.setattr(sandbox_module, "LIMIT", 1)
    mocks = make_mocks()
    mocks.use("hapyak", "one")
    answer = mocks.client.post("/_mock/clock?vendor=hapyak&sandbox=two", json={"advance": "1s"})
    assert "1 sandboxes" in problem_of(answer, 503, "overloaded")["detail"]
    mocks.send("POST", "clock", {"advance": "1s"}, vendor="hapyak", sandbox="one")
    assert capfd.readouterr().err == ""


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
members = st.sampled_from(
    [
        *("advance", "set", "mode", "scale", "carry"),
        *("outcome", "report", "parameters", "ordinal", "time", "polls", "times", "expires"),
        *("value", "enabled", "left"),
    ]
)


@given(st.sampled_from(CHANGES), st.dictionaries(members, json_values, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_object_is_taken_or_refused(mocks: Mocks, call: tuple[str, str], body: dict[str, Any]) -> None:
    """Whatever its members hold: never a failure of the mock."""
    method, path = call
    answer = mocks.client.request(method, f"/_mock/{path}", params=HERE, json=body)
    assert answer.status_code in (200, 201, 400, 404, 409, 422), answer.text
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["detail"]


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.sampled_from(CALLS))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_name_of_a_sandbox_is_taken_or_refused(mocks: Mocks, name: str, call: tuple[str, str]) -> None:
    """A credential is any text."""
    method, path = call
    query = {"vendor": "hapyak", "sandbox": name}
    answer = mocks.client.request(method, f"/_mock/{path}", params=query)
    assert answer.status_code in (200, 201, 404, 422), answer.text
