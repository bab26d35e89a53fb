"""Whatever is sent, HapYak's mock answers in HapYak's words: never a 500, never a traceback."""

from datetime import date, timedelta
from typing import Final
from urllib.parse import quote, quote_from_bytes

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reportcontracts.rules import load_rulebook
from reportcontracts.validation import violations
from reportmocks.kernel.clock import DAY, parse_instant
from support.answers import rules_of
from support.engagement import PROJECTS
from support.hapyak import BASE, KEY, REPORTS, HapYak
from support.laws import examples

pytestmark = pytest.mark.wire

RULES: Final = frozenset(load_rulebook("hapyak"))

many = examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])

near_dates = st.one_of(
    st.dates().map(str),
    st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True),
    st.from_regex(r"-?\d{1,6}[-/. ]\d{1,3}[-/. ]\d{1,3}[TZ ]?", fullmatch=True),
    st.sampled_from(["0000-00-00", "0001-01-01", "9999-12-31", "2023-02-29", "2024-02-29", "now", "null"]),
)
names = st.one_of(st.sampled_from(["start", "end", "format", "send_status", "key", ""]), st.text(max_size=20))
values = st.one_of(
    near_dates,
    st.sampled_from(["csv", "json", "true", "false", "", "None", "NaN", "9" * 1000]),
    st.integers().map(str),
    st.text(max_size=50),
)
queries = st.lists(st.tuples(names, values), max_size=6).map(
    lambda pairs: "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
)
raw_queries = st.binary(max_size=60).map(lambda data: quote_from_bytes(data, safe="&=;+%?/"))
tokens = st.text("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=1)
visible = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60)


def send(hapyak: HapYak, target: str, method: str = "GET", key: str | None = None) -> httpx.Response:
    """A request whose target is sent as it is written."""
    request = hapyak.client.build_request("GET", "/", headers={KEY: hapyak.key if key is None else key})
    request.url = request.url.copy_with(raw_path=target.encode("ascii"))
    request.method = method
    return hapyak.client.send(request)


def assert_in_hapyak_s_words(answer: httpx.Response) -> None:
    """An answer is a report, the news that it is not there yet, or a refusal by a rule."""
    assert answer.status_code in (200, 202, 400, 403, 404, 405, 429), answer.text
    assert RULES.issuperset(rules_of(answer))
    if answer.status_code >= 400:
        assert rules_of(answer)
        assert answer.request.method == "HEAD" or violations("hapyak", "error", answer.json()) == []


@many
@given(query=st.one_of(queries, raw_queries), report=st.sampled_from(REPORTS))
def test_any_query_is_answered(hapyak: HapYak, query: str, report: str) -> None:
    """hapyak.bad-parameter, hapyak.repeated-parameter: names and values of any sort, in any number."""
    hapyak.unlimited()
    for _ in range(2):
        answer = send(hapyak, f"{BASE}/{report}?{query}")
        assert_in_hapyak_s_words(answer)
        assert answer.status_code in (200, 202, 400)


@many
@given(query=queries)
def test_the_answer_to_a_poll_is_that_to_the_submission(hapyak: HapYak, query: str) -> None:
    """hapyak.identity: while a run is in work, asking again changes nothing, whatever was asked."""
    hapyak.unlimited()
    first, second = (send(hapyak, f"{BASE}/{PROJECTS}?{query}") for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)


@many
@given(path=st.one_of(tokens, st.text(st.characters(max_codepoint=0x7F), max_size=30)), base=st.booleans())
def test_any_path_is_answered(hapyak: HapYak, path: str, base: bool) -> None:  # noqa: FBT001
    """hapyak.unknown-report, hapyak.unknown-path: also `..`, empty segments and control characters."""
    quoted = quote(path, safe="/.;")
    assert_in_hapyak_s_words(send(hapyak, f"{BASE}/{quoted}" if base else f"/hapyak/{quoted}"))


@many
@given(method=tokens)
def test_any_method_is_answered(hapyak: HapYak, method: str) -> None:
    """hapyak.method: every method that HTTP allows to be invented."""
    answer = send(hapyak, f"{BASE}/{PROJECTS}", method=method)
    assert_in_hapyak_s_words(answer)
    assert (answer.status_code == 405) is (method not in ("GET", "HEAD"))


@many
@given(key=visible)
def test_any_key_is_answered(hapyak: HapYak, key: str) -> None:
    """hapyak.key: quotes, percents, commas and brackets are a key like any other."""
    answer = send(hapyak, f"{BASE}/{PROJECTS}", key=key and f"{key}-{hapyak.key}")
    assert_in_hapyak_s_words(answer)
    assert (answer.status_code == 403) is (not key or key.startswith("invalid"))


@pytest.mark.parametrize(
    "header",
    [
        "Accept",
        "Accept-Encoding",
        "Authorization",
        "Cache-Control",
        "Content-Type",
        "Cookie",
        "Host",
        "If-Modified-Since",
        "If-None-Match",
        "Range",
        "User-Agent",
        "X-Forwarded-Host",
        "X-Http-Method-Override",
    ],
)
@settings(many, max_examples=10)
@given(value=visible)
@example(value="gzip")
@example(value="bytes=0-0")
@example(value="Wed, 04 Mar 2099 12:00:00 GMT")
@example(value="DELETE")
def test_other_headers_change_nothing(hapyak: HapYak, header: str, value: str) -> None:
    """hapyak.identity: libraries and proxies add what they like; report and parameters are the request."""
    for _ in range(2):
        answer = hapyak.send("GET", headers={header: value})
        assert answer.status_code == 202
        assert answer.headers["Content-Type"] == "application/json"
    assert len(hapyak.mock.jobs()) == 1


@many
@given(text=near_dates)
def test_a_date_is_taken_if_and_only_if_the_calendar_has_it(hapyak: HapYak, text: str) -> None:
    """hapyak.bad-parameter: year 0, month 13 and 29 February of a common year are no dates."""
    hapyak.unlimited()
    try:
        real = str(date.fromisoformat(text)) == text
    except ValueError:
        real = False
    answer = hapyak.ask(start=text, end="9999-12-31")
    assert answer.status_code == (202 if real else 400), text


@many
@given(start=st.dates(), days=st.integers(-3, 400))
def test_any_range_is_covered_from_its_end_backwards(hapyak: HapYak, start: date, days: int) -> None:
    """hapyak.range, hapyak.end-before-start: exactly where it is short enough, and never more than asked."""
    hapyak.unlimited()
    end = date.fromordinal(min(max(start.toordinal() + days, 1), date.max.toordinal() - 1))
    answer = hapyak.ask(start=str(start), end=str(end))
    if end < start:
        assert rules_of(answer) == ["hapyak.end-before-start"]
        return
    covers = hapyak.last_job["request"]
    asked = [moment(start), moment(end + timedelta(days=1))]
    assert asked[0] <= covers["start"] <= covers["end"] == asked[1]
    cut = "hapyak.range" in rules_of(answer)
    assert cut is (covers["start"] > asked[0])
    length = (covers["end"] - covers["start"]) // DAY
    assert 181 <= length <= 184 if cut else length <= 184


def moment(day: date) -> int:
    """The first millisecond of a day, before 1970 as well."""
    return parse_instant("1970-01-01") + (day - date(1970, 1, 1)).days * DAY


@pytest.mark.parametrize("count", [1, 10, 1000])
def test_any_number_of_parameters_is_answered(hapyak: HapYak, count: int) -> None:
    """hapyak.unknown-parameter: all of them are part of what identifies the run."""
    hapyak.unlimited()
    query = "&".join(f"p{number}=v" for number in range(count))
    for _ in range(2):
        assert send(hapyak, f"{BASE}/{PROJECTS}?send_status=true&{query}").status_code == 202
    assert len(hapyak.mock.jobs()) == 1
