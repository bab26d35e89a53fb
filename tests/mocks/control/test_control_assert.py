"""What was expected of a client, from any language: it holds, or the answer names the near misses."""

import json
from typing import Any

import httpx
import pytest

from support.hapyak import BASE, HapYak
from support.mocks import Mocks
from support.problems import problem_of

NOTES = {"path": "*/poll_widget_detail"}


@pytest.fixture
def user(client: httpx.Client, name: str) -> HapYak:
    """A client that has polled one report three times, 5 and 20 seconds apart, and asked for nonsense."""
    user = HapYak(client, name)
    user.ask("poll_widget_detail")
    user.mock.advance("5s")
    user.ask("poll_widget_detail", format="csv")
    user.ask("nonsense")
    user.mock.advance("20s")
    user.ask("poll_widget_detail")
    return user


def expected(user: HapYak, body: object) -> httpx.Response:
    """The answer to an expectation."""
    query = {"vendor": "hapyak", "sandbox": user.key}
    return user.client.post("/_mock/requests/assert", params=query, json=body)


def numbers(user: HapYak) -> list[int]:
    """The numbers of all requests."""
    return [entry["number"] for entry in user.mock.requests()]


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({"request": NOTES}, [0, 1, 3]),
        ({"request": NOTES, "exactly": 3}, [0, 1, 3]),
        ({"request": NOTES, "at_least": 3, "at_most": 3}, [0, 1, 3]),
        ({"request": NOTES, "apart": "5s"}, [0, 1, 3]),
        ({"request": NOTES | {"query": {"format": "csv"}}, "exactly": 1}, [1]),
        ({"request": {"query": {"format": "*"}}, "exactly": 1}, [1]),
        ({"request": {"headers": {"x-hapyak-api-key": "*"}}, "exactly": 4}, [0, 1, 2, 3]),
        ({"request": {"status": [404, 500]}, "exactly": 1}, [2]),
        ({"request": {"rule": "hapyak.unknown-report"}}, [2]),
        ({"request": {"method": "POST"}, "never": True}, []),
        ({"request": {"method": "POST"}, "apart": "1h"}, []),
        ({"in_order": [NOTES, {"status": 404}, NOTES]}, [0, 2, 3]),
        ({"in_order": [NOTES, NOTES, NOTES]}, [0, 1, 3]),
    ],
    ids=json.dumps,
)
def test_what_holds_is_told_with_its_requests(user: HapYak, body: dict[str, Any], places: list[int]) -> None:
    """Counts, never, order and distance."""
    all_of_them = numbers(user)
    answer = expected(user, body)
    assert answer.status_code == 200, answer.text
    found = [all_of_them[place] for place in places]
    assert answer.json() == {"holds": True, "count": len(places), "requests": found}


@pytest.mark.parametrize(
    ("body", "count", "says"),
    [
        ({"request": NOTES, "exactly": 2}, 3, "3 requests are of that kind, not exactly 2"),
        ({"request": NOTES, "at_most": 1}, 3, "3 requests are of that kind, not at most 1"),
        ({"request": NOTES, "at_least": 4}, 3, "3 requests are as expected, not at least 4"),
        ({"request": NOTES, "never": True}, 3, "3 requests are of that kind, not none"),
        ({"request": {"method": "POST"}}, 0, "no request is as expected, not at least 1"),
        ({"request": NOTES, "apart": "10s"}, 3, "are 5 s apart, not at least 10 s"),
        ({"in_order": [{"status": 404}, NOTES, NOTES]}, 2, "no request is as the third in order"),
        ({"in_order": [{"method": "POST"}]}, 0, "no request is as the first in order"),
    ],
    ids=json.dumps,
)
def test_what_does_not_hold_is_refused_with_what_is(
    user: HapYak, body: dict[str, Any], count: int, says: str
) -> None:
    """An error status, so that `curl --fail` is a test."""
    found = problem_of(expected(user, body), 409, "assertion-failed")
    assert says in found["detail"]
    assert found["count"] == count


def test_the_near_misses_are_named_with_what_differs(user: HapYak) -> None:
    """The nearest first: that one differs in its status alone."""
    wanted = {"path": f"{BASE}/nonsense", "method": "GET", "status": 410}
    found = problem_of(expected(user, {"request": wanted}), 409, "assertion-failed")
    nearest = found["near_misses"][0]
    assert nearest["number"] == numbers(user)[2]
    assert nearest["differs"] == [{"condition": "status", "expected": 410, "found": 404}]
    assert "status is 404, not 410" in found["detail"]
    assert [len(miss["differs"]) for miss in found["near_misses"]] == [1, 2, 2, 2]


def test_a_header_or_parameter_that_is_missing_is_named(user: HapYak) -> None:
    """By its name, with what was there instead."""
    wanted = NOTES | {"query": {"format": "xml"}, "headers": {"Accept-Language": "de"}}
    found = problem_of(expected(user, {"request": wanted}), 409, "assertion-failed")
    differs = {one["condition"]: one["found"] for miss in found["near_misses"] for one in miss["differs"]}
    assert "query.format" in differs
    assert differs["headers.Accept-Language"] is None


def test_too_many_are_listed(user: HapYak) -> None:
    """Whoever expected none wants to know which ones there were."""
    found = problem_of(expected(user, {"request": NOTES, "never": True}), 409, "assertion-failed")
    told = numbers(user)
    assert [line["number"] for line in found["requests"]] == [told[0], told[1], told[3]]
    assert found["near_misses"] == []


def test_only_what_came_after_a_number_is_looked_at(user: HapYak) -> None:
    """One step of a longer test."""
    after = numbers(user)[1]
    assert expected(user, {"request": NOTES, "exactly": 1, "after": after}).status_code == 200


def test_a_struck_request_is_found_by_its_fault(client: httpx.Client, name: str) -> None:
    """Three tries, of which the first two were in vain."""
    user = HapYak(client, name)
    user.mock.call("POST", "faults", {"kind": "status", "times": 2})
    for _ in range(3):
        user.ask()
    order = [{"fault": "status"}, {"fault": "status", "status": 503}, {"status": 202}]
    assert expected(user, {"in_order": order}).status_code == 200


def test_an_expectation_wants_a_sandbox(mocks: Mocks) -> None:
    """Of all together nothing could be said that another test does not change."""
    answer = mocks.client.post("/_mock/requests/assert", json={"request": NOTES})
    assert problem_of(answer, 422, "missing-sandbox")["field"] == "sandbox"


def test_an_expectation_wants_a_sandbox_that_there_is(mocks: Mocks) -> None:
    """Anything never happened in a sandbox whose name is a slip."""
    mocks.use("hapyak", "one")
    body = {"request": NOTES, "never": True}
    query = {"vendor": "hapyak", "sandbox": "two"}
    answer = mocks.client.post("/_mock/requests/assert", params=query, json=body)
    assert problem_of(answer, 404, "unknown-sandbox")["allowed"] == ["hapyak/one"]
    for there in ("one", "-"):
        query = {"vendor": "hapyak", "sandbox": there}
        assert mocks.client.post("/_mock/requests/assert", params=query, json=body).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"request": NOTES, "in_order": [NOTES]},
        {"request": {}},
        {"request": []},
        {"request": {"verb": "GET"}},
        {"request": {"status": "200"}},
        {"request": {"status": []}},
        {"request": {"method": 5}},
        {"request": {"query": "a=b"}},
        {"request": {"query": {"a": 1}}},
        {"request": NOTES, "exactly": -1},
        {"request": NOTES, "exactly": True},
        {"request": NOTES, "exactly": 1, "at_most": 2},
        {"request": NOTES, "at_least": 3, "at_most": 2},
        {"request": NOTES, "never": False},
        {"request": NOTES, "never": True, "at_least": 1},
        {"request": NOTES, "apart": 5},
        {"request": NOTES, "after": "x"},
        {"request": NOTES, "exactlly": 1},
        {"in_order": []},
        {"in_order": [NOTES], "exactly": 1},
    ],
    ids=json.dumps,
)
def test_an_expectation_that_says_nothing_is_refused(user: HapYak, body: dict[str, Any]) -> None:
    """A slip in its words must not pass as a test."""
    problem_of(expected(user, body), 422, "bad-value")
