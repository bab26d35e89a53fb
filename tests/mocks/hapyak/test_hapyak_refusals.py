"""What HapYak refuses, and how it says so: keys, reports, methods, parameters."""

from collections.abc import Callable
from typing import Final

import httpx
import pytest
from werkzeug.test import Client

from reportmocks.app import create_app
from reportmocks.settings import Settings
from support.answers import rules_of
from support.engagement import PROJECTS, SEND_STATUS, START
from support.hapyak import BASE, KEY, REPORTS, HapYak, assert_refused

URL: Final = f"{BASE}/{PROJECTS}"


def with_headers(hapyak: HapYak, *headers: tuple[str, str]) -> httpx.Response:
    """A request with these headers and no key of its own."""
    return hapyak.client.get(URL, params=dict(SEND_STATUS), headers=list(headers))


# The key


@pytest.mark.parametrize("name", ["x-hapyak-api-key", "X-HAPYAK-API-KEY", "x-HapYak-Api-Key"])
def test_the_header_s_name_may_be_in_any_case(hapyak: HapYak, name: str) -> None:
    """hapyak.key: names of headers know no case, and libraries change it as they like."""
    assert with_headers(hapyak, (name, hapyak.key)).status_code == 202
    assert len(hapyak.mock.jobs()) == 1


def test_a_blank_key_is_none(hapyak: HapYak) -> None:
    """hapyak.key: an unset variable in a client's configuration must not look like a key."""
    assert_refused(with_headers(hapyak, (KEY, "")), 403, "hapyak.key")


@pytest.mark.parametrize(
    "header",
    ["HapYak-API-Key", "X-Hapyak-Key", "X-Hapyak-API-Keys", "X-API-Key", "Authorization", "Api-Key"],
)
def test_a_key_in_another_header_is_none(hapyak: HapYak, header: str) -> None:
    """hapyak.key: the header's name is the first thing that clients get wrong."""
    assert_refused(with_headers(hapyak, (header, hapyak.key)), 403, "hapyak.key")


def test_a_key_in_the_query_is_none(hapyak: HapYak) -> None:
    """hapyak.key: the vendor's older API took it there, this one does not."""
    answer = hapyak.client.get(URL, params={"key": hapyak.key, "send_status": "true"})
    assert_refused(answer, 403, "hapyak.key")


@pytest.mark.parametrize("start", ["invalid", "invalid-", "invalid key ", "invalidated"])
def test_a_key_that_begins_with_invalid_is_refused(hapyak: HapYak, start: str) -> None:
    """hapyak.key: so that a client's way with a wrong key can be tested."""
    refused = HapYak(hapyak.client, f"{start}{hapyak.key}")
    assert_refused(refused.ask(), 403, "hapyak.key")
    assert refused.mock.jobs() == []


@pytest.mark.parametrize("start", ["Invalid", "not-invalid", "in valid"])
def test_any_other_key_is_good(hapyak: HapYak, start: str) -> None:
    """hapyak.key: nobody has to register one."""
    assert HapYak(hapyak.client, f"{start}{hapyak.key}").ask().status_code == 202


@pytest.mark.parametrize(
    ("key", "status"),
    [("\xff", 403), ("sch\xfcssel", 403), ("k\xa0", 403), (" \t ", 403), (" invalid", 403), ("\t k ", 202)],
)
def test_a_key_that_a_server_left_as_it_came_is_read_right(key: str, status: int) -> None:
    """hapyak.key: bytes beyond ASCII and blanks, of which some servers let pass what others take away."""
    app = create_app(Settings(clock="frozen", now=START, size="tiny"))
    answer = Client(app).get(f"{URL}?send_status=true", headers={KEY: key})
    assert answer.status_code == status
    assert app.kernel.sandboxes.names("hapyak") == (["k"] if status == 202 else [])
    app.kernel.store.close()


def test_a_key_is_looked_at_before_the_request(hapyak: HapYak) -> None:
    """hapyak.key: nobody without one learns which reports there are."""
    refused = HapYak(hapyak.client, f"invalid-{hapyak.key}")
    assert_refused(refused.ask("no_such_report", format="xml"), 403, "hapyak.key")


def test_keys_are_hidden_in_the_journal(hapyak: HapYak) -> None:
    """hapyak.key: the journal is pasted into bug reports."""
    hapyak.ask(api_key=hapyak.key)
    entry = hapyak.last_request
    assert entry["headers"][KEY.title()] == "***"
    assert hapyak.key not in entry["query"]


def test_a_refused_key_is_in_the_journal_by_its_name(hapyak: HapYak) -> None:
    """hapyak.key: a test that sends a wrong key finds its own request among all others'."""
    refused = HapYak(hapyak.client, f"invalid-{hapyak.key}")
    refused.ask()
    assert refused.last_request["rule"] == "hapyak.key"
    assert refused.last_request["status"] == 403


# Reports, paths and methods


@pytest.mark.parametrize("report", REPORTS)
def test_the_documented_reports_are_there(hapyak: HapYak, report: str) -> None:
    """hapyak.unknown-report: all ten that the vendor's page lists."""
    assert len(REPORTS) == 10
    assert hapyak.ask(report).status_code == 202


@pytest.mark.parametrize(
    "report",
    [
        "chapter_summary",
        "project_engagement_summary",
        "PROJECT_ENGAGEMENT_SUMMARY_RAW",
        "user-stream-raw",
        "%20",
    ],
)
def test_other_reports_are_not(hapyak: HapYak, report: str) -> None:
    """hapyak.unknown-report: a report of the sister API, and slips of the pen."""
    assert_refused(hapyak.ask(report), 404, "hapyak.unknown-report")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/api",
        "/api/reports",
        BASE.removeprefix("/hapyak"),
        "/api/reports/v1/x",
        "/_mock/health",
        "/api/reports/v2//user_stream_raw",
        "//api/reports/v2/user_stream_raw",
    ],
)
def test_other_paths_are_not_found(hapyak: HapYak, path: str) -> None:
    """hapyak.unknown-path: in HapYak's own words, and in the key's journal."""
    answer = hapyak.client.get(f"/hapyak{path}", headers={KEY: hapyak.key})
    assert_refused(answer, 404, "hapyak.unknown-path")
    assert hapyak.last_request["rule"] == "hapyak.unknown-path"


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "Get"]
)
def test_other_methods_are_refused_with_those_allowed(hapyak: HapYak, method: str) -> None:
    """hapyak.method: also a method that differs from GET in nothing but its case."""
    answer = hapyak.client.send(raw_method(hapyak, method))
    assert_refused(answer, 405, "hapyak.method")
    assert answer.headers["Allow"] == "GET, HEAD"
    assert hapyak.mock.jobs() == []


def raw_method(hapyak: HapYak, method: str) -> httpx.Request:
    """A request whose method is sent as it is written."""
    request = hapyak.client.build_request("GET", URL, headers={KEY: hapyak.key})
    request.method = method
    return request


def test_a_body_does_not_matter(hapyak: HapYak) -> None:
    """hapyak.body-size: some libraries send one with GET; it is read and means nothing."""
    for content in (b"", b"{}", b"start=2026-01-01", b"\xff" * 1_048_576):
        answer = hapyak.client.request(
            "GET", URL, params=dict(SEND_STATUS), headers={KEY: hapyak.key}, content=content
        )
        assert answer.status_code == 202
    assert len(hapyak.mock.jobs()) == 1


# Parameters


@pytest.mark.parametrize("name", ["start", "end"])
@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "yesterday",
        "2026-3-4",
        "2026-03-04T00:00:00Z",
        "2026-03-04 ",
        "20260304",
        "04/03/2026",
        "2026-02-29",
        "2026-04-31",
        "2026-00-10",
        "2026-13-01",
        "0000-01-01",
        "10000-01-01",
        "-001-01-01",
        "2026-03-0\N{ARABIC-INDIC DIGIT FOUR}",
        "2026-03-04\0",
        "1772582400000",
        "9" * 5000,
    ],
)
def test_what_is_no_date_is_refused(hapyak: HapYak, name: str, value: str) -> None:
    """hapyak.bad-parameter: in each of the two, and with a message that says which."""
    refused = hapyak.ask(**{name: value})
    assert_refused(refused, 400, "hapyak.bad-parameter")
    assert f"Invalid value for {name}" in refused.json()["message"]
    assert len(refused.content) < 500


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", ""),
        ("format", "CSV"),
        ("format", "xml"),
        ("format", "csv,json"),
        ("send_status", ""),
        ("send_status", "True"),
        ("send_status", "1"),
        ("send_status", "yes"),
    ],
)
def test_other_words_are_refused(hapyak: HapYak, name: str, value: str) -> None:
    """hapyak.bad-parameter: `True`, as Python writes it, is the one that clients really send."""
    assert_refused(hapyak.ask(**{name: value}), 400, "hapyak.bad-parameter")


@pytest.mark.parametrize("name", ["start", "end", "format", "send_status", "unknown"])
def test_a_repeated_parameter_is_refused(hapyak: HapYak, name: str) -> None:
    """hapyak.repeated-parameter: equal or not, known or not."""
    good = {
        "start": "2026-03-01",
        "end": "2026-03-02",
        "format": "csv",
        "send_status": "true",
        "unknown": "1",
    }
    for values in ([good[name], good[name]], [good[name], "other"]):
        answer = hapyak.send("GET", parameters=good | {name: values})
        assert_refused(answer, 400, "hapyak.repeated-parameter")


def test_an_unknown_parameter_changes_no_row(hapyak: HapYak) -> None:
    """hapyak.unknown-parameter: names of filters that nobody has documented; also names in capitals."""
    plain = hapyak.fetch(start="2026-03-01", end="2026-03-03")
    more = hapyak.fetch(start="2026-03-01", end="2026-03-03", project_ids="1,2", Format="json")
    assert more.content == plain.content


REFUSALS: Final[dict[str, Callable[[HapYak], httpx.Response]]] = {
    "hapyak.key": with_headers,
    "hapyak.unknown-report": lambda hapyak: hapyak.ask("nothing"),
    "hapyak.unknown-path": lambda hapyak: hapyak.client.get("/hapyak/nothing"),
    "hapyak.method": lambda hapyak: hapyak.send("DELETE"),
    "hapyak.bad-parameter": lambda hapyak: hapyak.ask(start="x"),
    "hapyak.end-before-start": lambda hapyak: hapyak.ask(start="2026-03-02", end="2026-03-01"),
    "hapyak.rate-minute": lambda hapyak: hapyak.start(5)[-1],
}


@pytest.mark.parametrize("rule", REFUSALS)
def test_refusals_have_one_form(hapyak: HapYak, rule: str) -> None:
    """hapyak.error-body: a client reads the reason of any of them in the same way."""
    refused = REFUSALS[rule](hapyak)
    assert rules_of(refused)[0] == rule
    assert refused.json().keys() == {"error", "message"}
    assert len(refused.json()["error"].split()) == 1
    assert len(refused.json()["message"].split()) > 2
    assert int(refused.headers["Content-Length"]) == len(refused.content)
