"""Whatever is sent, Brightcove's mock answers in Brightcove's words: never a 500, never a traceback."""

from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, quote_from_bytes

import httpx
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from reportcontracts.rules import load_rulebook
from reportcontracts.validation import violations
from support.answers import rules_of
from support.brightcove import ANALYTICS, BASE, ENGAGEMENT, ROOT, SUMMARY, TOKENS, Brightcove
from support.engagement import PROJECTS
from support.laws import examples

pytestmark = pytest.mark.wire

RULES: Final = frozenset(load_rulebook("brightcove"))
ERRORS: Final = ("error", "analytics-error", "token-error")

many = examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])

near_times = st.one_of(
    st.datetimes().map(datetime.isoformat),
    st.dates().map(str),
    st.from_regex(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]?[0-9]{0,2}:?[0-9]{0,2}(\.[0-9]{1,9})?[Zz+-]?[0-9]{0,4}",
        fullmatch=True,
    ),
    st.sampled_from(["0000-00-00", "9999-12-31T23:59:59.999Z", "2023-02-29T00:00:00Z", "now", "null"]),
)
names = st.one_of(
    st.sampled_from(["start", "end", "format", "send_status", "account_id", "project_id", "user_id"]),
    st.sampled_from(["start_time", "end_time", "show_details", "grant_type", ""]),
    st.text(max_size=20),
)
values = st.one_of(
    near_times,
    st.sampled_from(["csv", "json", "true", "false", "", "None", "9" * 1000, "client_credentials"]),
    st.text(max_size=50),
)
queries = st.lists(st.tuples(names, values), max_size=6).map(
    lambda pairs: "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
)
raw_queries = st.binary(max_size=60).map(lambda data: quote_from_bytes(data, safe="&=;+%?/"))
any_query = st.one_of(queries, raw_queries)
tokens = st.text("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=1)
visible = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60)
paths = st.one_of(tokens, st.text(st.characters(max_codepoint=0x7F), max_size=30))


def send(brightcove: Brightcove, target: str, method: str = "GET", **headers: str) -> httpx.Response:
    """A request whose target is sent as it is written, with the token unless the headers say otherwise."""
    sent = {"Authorization": f"Bearer {brightcove.token}"} | headers
    request = brightcove.client.build_request("GET", "/", headers=sent)
    request.url = request.url.copy_with(raw_path=target.encode("ascii"))
    request.method = method
    return brightcove.client.send(request)


def assert_in_brightcoves_words(answer: httpx.Response) -> None:
    """An answer is a report, the news that it is not there yet, or a refusal by a rule."""
    assert answer.status_code in (200, 202, 400, 401, 404, 405), answer.text
    assert RULES.issuperset(rules_of(answer))
    if answer.status_code >= 400:
        assert rules_of(answer)
        if answer.request.method != "HEAD":
            assert [] in [violations("brightcove", error, answer.json()) for error in ERRORS]


@many
@given(query=any_query, report=st.sampled_from(ENGAGEMENT))
def test_any_query_for_an_engagement_report_is_answered(
    brightcove: Brightcove, query: str, report: str
) -> None:
    """brightcove.bad-parameter, brightcove.repeated-parameter: names and values of any sort and number."""
    brightcove.unlimited()
    for _ in range(2):
        assert_in_brightcoves_words(send(brightcove, f"{BASE}/{report}?{query}"))


@many
@given(query=any_query, report=st.sampled_from(sorted(ANALYTICS)), account=paths)
@example(query="start_time=0001-01-01T00:00:00%2B23:59", report=SUMMARY, account="1")
def test_any_query_for_an_analytics_report_is_answered(
    brightcove: Brightcove, query: str, report: str, account: str
) -> None:
    """brightcove.bad-time, brightcove.wrong-account: whatever the account."""
    for number in ("1", quote(account, safe="")):
        path = ANALYTICS[report].replace("{account_id}", number)
        assert_in_brightcoves_words(send(brightcove, f"{ROOT}{path}?{query}"))


@many
@given(start=near_times, end=near_times)
def test_an_instant_is_taken_if_and_only_if_there_is_one(
    brightcove: Brightcove, start: str, end: str
) -> None:
    """brightcove.bad-time, brightcove.end-before-start: a range is refused for one of its three reasons."""
    answer = brightcove.analytics(SUMMARY, start_time=start, end_time=end)
    assert_in_brightcoves_words(answer)
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert instant(start) <= instant(end)


def instant(text: str) -> datetime:
    """What Python's own reader makes of a time that was taken."""
    at = datetime.fromisoformat(text.upper())
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@many
@given(
    start=st.datetimes(min_value=datetime(2015, 1, 1), max_value=datetime(2027, 1, 1)),  # noqa: DTZ001
    length=st.timedeltas(timedelta(0), timedelta(days=900)),
    cut=st.floats(0, 1),
)
def test_ranges_that_meet_add_up(
    brightcove: Brightcove, start: datetime, length: timedelta, cut: float
) -> None:
    """brightcove.time-bounds: no action lies in two of them, or in none."""
    ends = [start, start + length * cut, start + length]
    first, middle, last = (each.isoformat(timespec="milliseconds") + "Z" for each in ends)

    def actions(begin: str, end: str) -> int:
        found = brightcove.result("quiz/actions", start_time=begin, end_time=end)
        return sum(each["actions"] for each in found)

    assert actions(first, last) == actions(first, middle) + actions(middle, last)


@many
@given(path=paths, base=st.sampled_from([ROOT, BASE, f"{ROOT}/v1/accounts", f"{ROOT}/v4", f"{BASE}/api"]))
def test_any_path_is_answered(brightcove: Brightcove, path: str, base: str) -> None:
    """brightcove.unknown-report, brightcove.unknown-path: also `..` and control characters."""
    assert_in_brightcoves_words(send(brightcove, f"{base}/{quote(path, safe='/.;')}"))


@many
@given(method=tokens)
def test_any_method_is_answered(brightcove: Brightcove, method: str) -> None:
    """brightcove.method: every method that HTTP allows to be invented."""
    for path, known in ((f"{BASE}/{PROJECTS}", ("GET", "HEAD", "OPTIONS")), (TOKENS, ("POST", "OPTIONS"))):
        answer = send(brightcove, path, method=method)
        assert_in_brightcoves_words(answer)
        assert (answer.status_code == 405) is (method not in known)


@many
@given(
    value=st.one_of(visible, visible.map(lambda text: f"Bearer x{text}"), tokens.map(lambda t: f"Basic {t}"))
)
def test_any_authorization_is_answered(brightcove: Brightcove, value: str) -> None:
    """brightcove.token, brightcove.credentials: what is no credential is none, for reports and tokens."""
    answer = send(brightcove, f"{BASE}/{PROJECTS}", Authorization=value)
    assert rules_of(answer) == ["brightcove.token"]
    assert_in_brightcoves_words(answer)
    assert_in_brightcoves_words(send(brightcove, TOKENS, method="POST", Authorization=value))


@many
@given(body=st.one_of(st.binary(max_size=200), queries.map(str.encode), st.text(max_size=99).map(str.encode)))
@example(body=b'{"grant_type": "client_credentials"}' + b" " * 9)
@example(body=b'{"grant_type": {"$": NaN}}')
@example(body=b"[" * 50_000)
@example(body=b'{"a":' * 50_000)
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "application/json", "multipart/form-data"]
)
def test_any_body_of_a_token_request_is_answered(brightcove: Brightcove, kind: str, body: bytes) -> None:
    """brightcove.token-content-type, brightcove.grant: as a token, or as a refusal in OAuth's form."""
    answer = brightcove.grant(content=body, headers={"Content-Type": kind})
    assert_in_brightcoves_words(answer)
    schema = "token" if answer.status_code == 200 else "token-error"
    assert violations("brightcove", schema, answer.json()) == []
