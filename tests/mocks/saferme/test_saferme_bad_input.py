"""Whatever comes in, an answer in the vendor's words comes out: never a 500, and the server stays well."""

import json
import string
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reportcontracts.validation import violations
from support.laws import examples
from support.saferme import BASE, CALLS, PAGE, SaferMe

pytestmark = pytest.mark.wire

FEW: Final = examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])

NUMBERS: Final = st.one_of(
    st.integers(-5, 30).map(str),
    st.integers(-(10**60), 10**60).map(str),
    st.sampled_from(["", "1.5", "NaN", "\u0661", "0" * 50 + "1", "1e9", "true", "[1]"]),
)
DATES: Final = st.one_of(
    st.datetimes().map(lambda at: at.isoformat() + "Z"),
    st.datetimes().map(lambda at: at.strftime("%Y%m%dT%H%M%S%z")),
    st.dates().map(str),
    st.sampled_from(
        ["0000-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00", "2015-02-29"]
    ),
    st.text(alphabet="0123456789-:TZ+. ", max_size=30),
)
TEXTS: Final = st.one_of(st.text(max_size=40), st.text(alphabet=string.printable, max_size=40))
VALUES: Final = st.one_of(NUMBERS, DATES, TEXTS)
NAMES: Final = st.one_of(
    st.sampled_from(["channel_id", "start_date", "end_date", "field_id", "fields", "ids[]"]), TEXTS
)
JSON: Final = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def assert_answered(answer: httpx.Response) -> None:
    """An answer as documented, or a refusal in the vendor's shape."""
    assert answer.status_code in {200, 400, 401, 403, 404, 422}, answer.text
    if answer.status_code != 200:
        assert violations("saferme", "error", answer.json()) == []


@FEW
@given(
    call=st.sampled_from(CALLS),
    given=st.dictionaries(NAMES, st.one_of(VALUES, st.lists(VALUES, max_size=3)), max_size=6),
)
def test_any_query_is_answered(saferme: SaferMe, call: str, given: dict[str, Any]) -> None:
    """Names, values, and names given several times."""
    assert_answered(saferme.ask(call, **given))


@FEW
@given(call=st.sampled_from(CALLS), start=DATES, end=DATES)
@example(call="reports_over_time", start="0001-01-01T00:00:00Z", end="9999-12-31T23:59:59Z")
def test_any_dates_are_answered(saferme: SaferMe, call: str, start: str, end: str) -> None:
    """The whole calendar, and what is none of it."""
    answer = saferme.ask(call, start_date=start, end_date=end)
    assert_answered(answer)
    if answer.status_code == 200:
        assert violations("saferme", call.replace("_", "-"), answer.json()) == []


@settings(FEW, max_examples=10)
@given(start=DATES, end=DATES)
@example(start="0001-01-01T00:00:00Z", end="0001-01-01T00:00:00Z")
@example(start="0001-01-01T00:00:00+14:00", end="9999-12-31T23:59:59-14:00")
@example(start="9999-12-31", end="9999-12-31T23:59:59.999999Z")
def test_any_dates_are_answered_with_every_step_listed(saferme: SaferMe, start: str, end: str) -> None:
    """The same where steps without reports have rows, in the zone that is ahead of UTC."""
    saferme.switch("zero-rows", action="list")
    saferme.switch("utc", zone="Pacific/Auckland")
    saferme.switch("date-forms", zone="Pacific/Auckland")
    answer = saferme.ask("reports_over_time", start_date=start, end_date=end)
    assert_answered(answer)
    if answer.status_code == 200:
        rows = answer.json()
        assert violations("saferme", "reports-over-time", rows[:9] + rows[-9:]) == []


@FEW
@given(
    query=st.binary(max_size=60).map(lambda raw: "".join(f"%{byte:02X}" for byte in raw)),
    raw=st.text("&=%;+[]#?", max_size=20),
)
def test_any_bytes_in_a_query_are_answered(saferme: SaferMe, query: str, raw: str) -> None:
    """In names and in values, encoded or torn."""
    headers = {"Authorization": f"Token token={saferme.token}"}
    for text in (f"{query}={query}", f"channel_id={query}&{query}", raw.replace("#", "%23")):
        assert_answered(saferme.client.get(f"{BASE}/analytics/reports_read?{text}", headers=headers))
        assert_answered(
            saferme.client.get(
                f"{BASE}/analytics/reports_read?{httpx.QueryParams(dict(PAGE))}&{text}", headers=headers
            )
        )


@FEW
@given(
    path=st.sampled_from(["forms", "channels", "channels/1/users", "report_states", "channels/1/categories"]),
    given=st.dictionaries(NAMES, VALUES, max_size=4),
    asked=TEXTS,
)
def test_any_look_up_is_answered(saferme: SaferMe, path: str, given: dict[str, Any], asked: str) -> None:
    """Filters, fields and pages."""
    header = "".join(c for c in asked if c.isascii() and c.isprintable()).strip()
    assert_answered(saferme.send("GET", path, given, {"Range": header}))


@FEW
@given(
    kind=st.sampled_from(["forms", "channels", "users", "report_states", "channels/1/categories"]),
    thing=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
)
def test_any_identifier_in_a_path_is_answered(saferme: SaferMe, kind: str, thing: str) -> None:
    """Numbers of any size, and other letters."""
    assert_answered(saferme.get(f"{kind}/{quote(thing, safe='')}"))


@FEW
@given(body=st.one_of(JSON, st.fixed_dictionaries({"session": JSON})))
@example(body={"session": {"app_bundle_id": "\ud800", "email": "\ud800", "password": "\udfff"}})
@example(body={"session": {"app_bundle_id": "\ud800", "email": "a", "password": "b"}})
@example(body={"session": {"app_bundle_id": "\x00", "email": "a\x00\nb", "password": "\x00"}})
@example(body={"access_token": "\ud800", "refresh_token": "smt_.."})
@example(body={"session": {"access_token": "smt_a.b.c", "refresh_token": "a.b.c"}})
def test_any_json_is_answered(saferme: SaferMe, body: Any) -> None:
    """Wrong types, halves of characters, and control characters in an e-mail address."""
    for method in ("POST", "PATCH"):
        assert_answered(saferme.client.request(method, f"{BASE}/session", content=json.dumps(body).encode()))


@FEW
@given(body=st.binary(max_size=200))
def test_any_bytes_in_a_body_are_answered(saferme: SaferMe, body: bytes) -> None:
    """Whatever they were meant to be."""
    for method, path in (("POST", "session"), ("PATCH", "session"), ("GET", "forms/1")):
        headers = {"Authorization": f"Token token={saferme.token}", "Content-Type": "application/json"}
        assert_answered(saferme.client.request(method, f"{BASE}/{path}", content=body, headers=headers))


@FEW
@given(value=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
@example(value='Token token="')
@example(value='Token token="a\\"b"')
@example(value="Token token=smt_e30.e30.")
def test_any_authorization_is_answered(saferme: SaferMe, value: str) -> None:
    """A header of any form is a token, or is refused."""
    answer = saferme.client.get(f"{BASE}/users/1", headers={"Authorization": value.strip()})
    assert answer.status_code in {200, 401}
    assert_answered(answer)


def test_the_server_is_well_after_all_this(saferme: SaferMe) -> None:
    """The next one who asks is answered."""
    assert saferme.ask().json()
    assert saferme.client.get("/_mock/health").json()["status"] == "ok"
