"""What the judge refuses: a mistake in a driver must not pass for one of the client."""

from typing import Any

import httpx
import pytest

from reportmocks.control.judges import MOST
from support.problems import problem_of

ORDER = {"vendor": "echo360"}


def assert_problem(answer: httpx.Response, status: int) -> None:
    """A refusal of the control API, in the form that all of them have."""
    assert answer.status_code == status, answer.text
    kind = answer.json()["type"].removeprefix("urn:reportmocks:problem:")
    problem_of(answer, status, kind)


def created(client: httpx.Client, **more: Any) -> str:
    """The path of a new judgement."""
    answer = client.post("/_mock/judge", json=ORDER | more)
    assert answer.status_code == 201, answer.text
    return f"/_mock/judge/{answer.json()['id']}"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "vendor"),
        ({"vendor": "nobody"}, "vendor"),
        ({"sed": 1}, "seed"),
        ({"seed": -1}, "seed"),
        ({"seed": True}, "seed"),
        ({"only": ["client.finish"]}, "client.finishes"),
        ({"only": "client.finishes"}, "only"),
        ({"skip": ["client.sends-send-status"]}, "rule or story"),
        ({"strict": 1}, "strict"),
        ({"time": "moon"}, "wall"),
        ({"examples": 1001}, "1000"),
        ({"can": ["fly"]}, "options"),
        ({"can": [1]}, "options"),
        ({"columns": {"videoid": "x"}}, "VideoId"),
        ({"columns": {"VideoId": {"cast": "magic"}}}, "cast"),
        ({"columns": {"VideoId": 7}}, "VideoId"),
        ({"columns": []}, "columns"),
        ({"now": "tomorrow"}, "now"),
    ],
)
def test_a_bad_order_is_refused(client: httpx.Client, body: dict[str, Any], told: str) -> None:
    """With what would be right."""
    answer = client.post("/_mock/judge", json=(ORDER | body) if body else {})
    assert_problem(answer, 422)
    assert told in answer.json()["detail"]


def test_an_order_names_the_stories(client: httpx.Client) -> None:
    """And where to go from there."""
    answer = client.post("/_mock/judge", json=ORDER | {"only": ["client.renews-token"]})
    told = answer.json()
    assert [story["id"] for story in told["stories"]] == ["echo360.token-expires"]
    assert answer.headers["Location"] == told["links"]["verdict"]
    verdict = client.get(told["links"]["verdict"]).json()
    assert [its["rule"] for its in verdict["rules"]] == ["client.renews-token"]
    assert verdict["rules"][0]["verdict"] == "not exercised"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"story": "echo360.nothing"}, "story"),
        ({"story": 7}, "story"),
        ({"point": {}}, "point"),
        ({"story": "echo360.any", "point": {"days": 0}}, "days"),
        ({"story": "echo360.any", "point": {"dys": 1}}, "days"),
        ({"story": "echo360.any", "point": {"days": True}}, "days"),
        ({"story": "echo360.killed"}, "kill"),
        ({"tale": 1}, "tale"),
    ],
)
def test_a_bad_case_is_refused(client: httpx.Client, body: dict[str, Any], told: str) -> None:
    """And nothing is told."""
    path = created(client)
    answer = client.post(f"{path}/cases", json=body)
    assert_problem(answer, 422)
    assert told in answer.json()["detail"]
    assert client.get(path).json()["rules"][0]["stories"] == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"raws": []}, 422),
        ({"rows": [], "text": "a"}, 422),
        ({"text": "a", "format": "xls"}, 422),
        ({"error": 7}, 422),
        ({"warnings": "x"}, 422),
        ({"exit_code": "0"}, 422),
        ({"timed_out": 1}, 422),
    ],
)
def test_a_bad_result_is_refused(client: httpx.Client, body: dict[str, Any], status: int) -> None:
    """And the case stays open for a good one."""
    case = client.post(f"{created(client)}/cases", json={"story": "echo360.ordinary"}).json()
    assert_problem(client.post(case["links"]["result"], json=body), status)
    assert client.get(case["links"]["case"]).json()["state"] == "open"


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [(b"\xff", "text/csv", 400), (b"a", "image/png", 422), (b"{", "application/json", 400)],
)
def test_a_body_that_is_no_result_is_refused(
    client: httpx.Client, content: bytes, kind: str, status: int
) -> None:
    """Whatever the driver meant by it."""
    case = client.post(f"{created(client)}/cases", json={"story": "echo360.ordinary"}).json()
    answer = client.post(case["links"]["result"], content=content, headers={"Content-Type": kind})
    assert_problem(answer, status)


def test_a_case_has_one_result(client: httpx.Client) -> None:
    """A second would be about another run."""
    case = client.post(f"{created(client)}/cases", json={"story": "echo360.ordinary"}).json()
    assert client.post(case["links"]["result"], json={"error": "x"}).json()["state"] == "closed"
    assert_problem(client.post(case["links"]["result"], json={"rows": []}), 409)


def test_what_is_not_there_is_not_found(client: httpx.Client) -> None:
    """Judgements that were forgotten, and cases that were never told."""
    path = created(client)
    assert_problem(client.get(f"{path}/cases/1"), 404)
    assert client.delete(path).status_code == 200
    for method, gone in (("GET", path), ("DELETE", path), ("POST", f"{path}/cases")):
        assert_problem(client.request(method, gone, json=None if method == "GET" else {}), 404)


def test_a_judgement_that_is_forgotten_leaves_no_sandbox(client: httpx.Client) -> None:
    """Nor the requests in it: a server that judges all day must not fill up."""
    path = created(client)
    cases = [client.post(f"{path}/cases", json={"story": "echo360.ordinary"}).json() for _ in range(2)]

    def there() -> set[str]:
        rows = client.get("/_mock/sandboxes", params={"vendor": "echo360"}).json()
        return {row["sandbox"] for row in rows} & {case["sandbox"] for case in cases}

    assert len(there()) == 2
    client.delete(path)
    assert there() == set()


def test_judgements_are_few(client: httpx.Client) -> None:
    """One that nobody asks about goes when its time has come, and no sooner."""
    paths = []
    while (answer := client.post("/_mock/judge", json=ORDER)).status_code == 201:
        paths.append(f"/_mock/judge/{answer.json()['id']}")
        assert len(paths) <= MOST
    assert_problem(answer, 409)
    assert len(client.get("/_mock/judge").json()) == MOST
    for told in client.get("/_mock/judge").json():
        client.delete(f"/_mock/judge/{told['id']}")
