"""The journal by filters, as lines and as an HTTP Archive, with the numbers of what was refused."""

import json
from typing import Any

import httpx
import pytest

from reportcontracts.names import CONTROL
from reportcontracts.validation import violations
from support.hapyak import BASE, HapYak
from support.mocks import Mocks
from support.problems import problem_of


@pytest.fixture
def user(client: httpx.Client, name: str) -> HapYak:
    """A client with five requests behind it: two reports, one of them twice, a slip, and one too many."""
    user = HapYak(client, name)
    user.mock.call("PUT", "limits/hapyak.rate-minute", {"value": 2})
    user.ask("poll_widget_detail")
    user.mock.advance("5s")
    user.ask("poll_widget_detail")
    user.ask("user_stream_raw", start="2026-03-01", end="2026-03-02")
    user.ask("nonsense")
    user.ask("user_stream_raw", start="2026-03-02", end="2026-03-03")
    return user


def chosen(user: HapYak, **filters: object) -> list[dict[str, Any]]:
    """The entries that the filters let through."""
    query = {"vendor": "hapyak", "sandbox": user.key} | {name: str(value) for name, value in filters.items()}
    answer = user.client.get("/_mock/requests", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


@pytest.mark.parametrize(
    ("filters", "places"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"method": "GET"}, [0, 1, 2, 3, 4]),
        ({"method": "get"}, []),
        ({"path": f"{BASE}/poll_widget_detail"}, [0, 1]),
        ({"path": "*_raw"}, [2, 4]),
        ({"path": "poll_widget"}, []),
        ({"status": 404}, [3]),
        ({"rule": "hapyak.rate-minute"}, [4]),
        ({"rule": "hapyak.running", "path": "*/poll_widget_detail"}, [0]),
        ({"since": "2026-03-04T12:00:05Z"}, [1, 2, 3, 4]),
        ({"since": "2026-03-05"}, []),
        ({"limit": 2}, [3, 4]),
        ({"limit": 1, "path": "*/poll_widget_detail"}, [1]),
        ({"fault": "reset"}, []),
    ],
)
def test_filters_choose_requests(user: HapYak, filters: dict[str, object], places: list[int]) -> None:
    """All of those that are given have to fit; a limit keeps the newest."""
    numbers = [entry["number"] for entry in chosen(user)]
    assert [entry["number"] for entry in chosen(user, **filters)] == [numbers[place] for place in places]


def test_a_job_is_followed(user: HapYak) -> None:
    """Its submission and its polls."""
    job = user.mock.jobs()[0]["id"]
    assert [entry["job"] for entry in chosen(user, job=job)] == [job, job]


def test_the_journal_is_read_in_pages(user: HapYak) -> None:
    """What came after a number, the oldest first: nothing is missed, however much comes meanwhile."""
    pages, after = [], chosen(user)[0]["number"] - 1
    while page := chosen(user, after=after, limit=2):
        pages.append(len(page))
        after = page[-1]["number"]
    assert pages == [2, 2, 1]


def test_an_entry_has_the_numbers_of_the_limit_that_refused(user: HapYak) -> None:
    """How many there may be in which time, and when the next one is allowed."""
    entry = chosen(user)[-1]
    assert entry["refused"] == {
        "kind": "RateLimited",
        "limit": 2,
        "unit": "reports",
        "window": 60_000,
        "now": entry["clock"],
        "frees": "2026-03-04T12:01:00.000Z",
    }
    assert chosen(user)[0]["refused"] is None


def test_lines_are_the_same_entries(user: HapYak) -> None:
    """One JSON object a line, for what reads logs; with the same filters."""
    query = {"vendor": "hapyak", "sandbox": user.key, "status": "202"}
    answer = user.client.get("/_mock/requests.ndjson", params=query)
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert [json.loads(line) for line in answer.text.splitlines()] == chosen(user, status=202)


def test_an_archive_is_what_the_format_says(user: HapYak) -> None:
    """HAR 1.2, as browsers import it; what is ours has an underscore."""
    query = {"vendor": "hapyak", "sandbox": user.key}
    archive = user.client.get("/_mock/requests.har", params=query).json()
    assert violations(CONTROL, "archive", archive) == []
    told = chosen(user)
    entries = archive["log"]["entries"]
    assert [entry["_number"] for entry in entries] == [entry["number"] for entry in told]
    last = entries[-1]
    address = user.client.base_url.join(f"{BASE}/user_stream_raw")
    assert last["request"]["url"] == f"{address}?{told[-1]['query']}"
    assert {"name": "start", "value": "2026-03-02"} in last["request"]["queryString"]
    assert (last["response"]["status"], last["_rule"]) == (429, "hapyak.rate-minute")
    assert json.loads(last["response"]["content"]["text"])


def test_an_archive_hides_secrets(client: httpx.Client, name: str) -> None:
    """As the journal does: in headers, forms and bodies."""
    form = {"grant_type": "client_credentials", "client_id": name, "client_secret": "hunter2"}
    client.post("/echo360/oauth2/access_token", data=form)
    query = {"vendor": "echo360", "sandbox": name}
    archive = client.get("/_mock/requests.har", params=query).json()
    assert violations(CONTROL, "archive", archive) == []
    (entry,) = archive["log"]["entries"]
    assert entry["request"]["postData"]["mimeType"] == "application/x-www-form-urlencoded"
    assert "hunter2" not in json.dumps(archive)


def test_an_archive_holds_no_key(client: httpx.Client, name: str) -> None:
    """A sandbox of HapYak's is named by its key, and an archive is what people attach to a ticket."""
    user = HapYak(client, name)
    user.ask()
    query = {"vendor": "hapyak", "sandbox": user.key}
    answer = client.get("/_mock/requests.har", params=query)
    assert [entry["_sandbox"][-1] for entry in answer.json()["log"]["entries"]] == ["\N{HORIZONTAL ELLIPSIS}"]
    assert user.key not in answer.text


@pytest.mark.parametrize("path", ["requests", "requests.ndjson", "requests.har"])
@pytest.mark.parametrize(
    ("filters", "kind"),
    [
        ({"status": "4xx"}, "bad-value"),
        ({"status": ""}, "bad-value"),
        ({"limit": "0"}, "bad-value"),
        ({"limit": "-1"}, "bad-value"),
        ({"after": "x"}, "bad-value"),
        ({"since": "yesterday"}, "bad-value"),
        ({"statuss": "200"}, "unknown-parameter"),
    ],
)
def test_a_filter_that_says_nothing_is_refused(
    mocks: Mocks, path: str, filters: dict[str, str], kind: str
) -> None:
    """A slip would show all requests, or none, and look like an answer."""
    problem_of(mocks.client.get(f"/_mock/{path}", params=filters), 422, kind)
