"""The world of a sandbox: told, and changed to another one."""

from typing import Any

import httpx
import pytest

from reportcontracts.names import VENDORS
from reportfixtures import Dials, world, world_mark
from reportmocks.kernel.clock import parse_instant
from support.mocks import Mocks
from support.problems import problem_of

DAYS = {"start": "2026-02-01", "end": "2026-02-20"}
REPORT = "user_stream_raw"


def where(name: str) -> dict[str, str]:
    """A sandbox of HapYak's."""
    return {"vendor": "hapyak", "sandbox": name}


def told(client: httpx.Client, name: str) -> list[dict[str, Any]]:
    """What is expected of a client."""
    found: list[dict[str, Any]] = client.get(f"/_mock/expected/{REPORT}", params=where(name) | DAYS).json()
    return found


def test_a_sandbox_gets_a_world_of_its_own(client: httpx.Client, name: str) -> None:
    """The one of the seed and size that were asked for, to the cell; its neighbour keeps the server's."""
    before = told(client, f"{name}-two")
    answer = client.put("/_mock/world", params=where(name), json={"seed": 77, "size": "small"})
    assert answer.json() == where(name) | {
        "fingerprint": world_mark("hapyak", 77, Dials()),
        "seed": 77,
        "size": "small",
        "rows": {},
        "history_start": "2016-01-01",
        "empty": False,
        "text": "plain",
        "locale": ["en_US"],
        "pinned": [],
    }
    start, end = parse_instant("2026-02-01"), parse_instant("2026-02-21")
    its = world("hapyak", 77, size="small").rows(REPORT, start=start, end=end, as_of=end)
    assert told(client, name) == list(its.records())
    assert told(client, f"{name}-two") == before


@pytest.mark.parametrize(
    "dials",
    [
        {"seed": 5},
        {"size": "small"},
        {"size": 700},
        {"rows": {"user_stream_raw": 500_001}},
        {"rows": {"experience_stream_raw": "7@2026-01-01..2026-01-31"}},
        {"history_start": "2020-02-29"},
        {"empty": True},
        {"text": "nasty"},
        {"locale": ["de_DE", "ja_JP"]},
    ],
)
def test_a_dial_that_is_not_named_stays(client: httpx.Client, name: str, dials: dict[str, Any]) -> None:
    """One can be turned without knowing the others."""
    before = client.get("/_mock/world", params=where(name)).json()
    client.put("/_mock/world", params=where(name), json=dials)
    after = client.get("/_mock/world", params=where(name)).json()
    assert after.pop("fingerprint") != before.pop("fingerprint")
    assert after == before | dials


def test_without_a_sandbox_it_is_for_all_and_those_to_come(mocks: Mocks) -> None:
    """A reset returns to the server's own world."""
    mocks.use("hapyak", "one")
    mocks.send("PUT", "world", {"seed": 9})
    for name in ("one", "new"):
        assert mocks.get("world", **where(name))["seed"] == 9
    mocks.send("POST", "reset", **where("one"))
    assert mocks.get("world", **where("one"))["seed"] == 1


def test_every_vendor_has_worlds(mocks: Mocks) -> None:
    """And what is told without a sandbox is what new ones start with."""
    rows = mocks.get("world")
    assert {row["vendor"] for row in rows} <= set(VENDORS)
    assert {(row["sandbox"], row["seed"], row["size"]) for row in rows} == {(None, 1, "tiny")}


def test_pinned_reports_are_told(client: httpx.Client, name: str) -> None:
    """They are a part of what the world is, and stay where it changes."""
    client.put(f"/_mock/data/{REPORT}", params=where(name), json=[])
    answer = client.put("/_mock/world", params=where(name), json={"seed": 3}).json()
    assert answer["pinned"] == [REPORT]
    assert told(client, name) == []


@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        ({"seed": -1}, "from 0 to 9223372036854775807"),
        ({"seed": 2**63}, "from 0 to 9223372036854775807"),
        ({"seed": True}, "a whole number"),
        ({"seed": "7"}, "a whole number"),
        ({"seed": 1.0}, "a whole number"),
        ({"size": "huge"}, "tiny, small, large"),
        ({"size": ["tiny"]}, "tiny, small, large"),
        ({"size": None}, "tiny, small, large"),
        ({"size": 49}, "rows a day from 50 to 100000"),
        ({"size": 100_001}, "rows a day from 50 to 100000"),
        ({"size": 70.5}, "rows a day from 50 to 100000"),
        ({"size": True}, "rows a day from 50 to 100000"),
        ({"history_start": "2015-12-31"}, "a day from 2016-01-01 to 2035-12-31"),
        ({"history_start": "2036-01-01"}, "a day from 2016-01-01 to 2035-12-31"),
        ({"history_start": "2021-02-29"}, "a day from 2016-01-01 to 2035-12-31"),
        ({"history_start": 2020}, "a day from 2016-01-01 to 2035-12-31"),
        ({"rows": {"user_stream_raw": 1_000_001}}, "from 0 to 1000000"),
        ({"rows": {"user_stream_raw": True}}, "from 0 to 1000000"),
        ({"rows": {"poll_widget_summary": 5}}, "one of hapyak.user_stream_raw, "),
        ({"rows": {"echo360.videoview": 5}}, "one of hapyak.user_stream_raw, "),
        ({"rows": {"user_stream_raw": 5, "project_stream_raw": 5}}, "from the same events"),
        ({"rows": {"user_stream_raw": 5, "hapyak.user_stream_raw": 5}}, "not named before"),
        ({"rows": [5]}, "an object of reports"),
        ({"empty": "on"}, "true or false"),
        ({"empty": 1}, "true or false"),
        ({"text": "ugly"}, "one of plain, nasty"),
        ({"text": ["nasty"]}, "one of plain, nasty"),
        ({"locale": "de_DX"}, "near it: de_DE"),
        ({"locale": []}, "a locale such as de_DE"),
        ({"locale": ["de_DE", "de_DE"]}, "not named before"),
        ({"locale": ["de_DE", 4]}, "a locale such as de_DE"),
        ({"colour": "red"}, "seed, size"),
        ({}, "seed, size"),
    ],
)
def test_a_dial_out_of_range_is_refused(
    client: httpx.Client, name: str, body: dict[str, Any], allowed: str
) -> None:
    """With what is allowed, and nothing is changed."""
    before = client.get("/_mock/world", params=where(name)).json()
    answer = client.put("/_mock/world", params=where(name), json=body)
    assert allowed in problem_of(answer, 422, "bad-value")["detail"]
    assert client.get("/_mock/world", params=where(name)).json() == before


@pytest.mark.parametrize("rows", [499_999, 500_000, 500_001])
def test_a_report_can_stand_at_its_row_cap(client: httpx.Client, name: str, rows: int) -> None:
    """Just below it, on it and just above it, whatever range is asked for; and back again."""
    client.put("/_mock/world", params=where(name), json={"rows": {REPORT: rows}})
    asked = where(name) | DAYS | {"format": "csv"}
    assert client.get(f"/_mock/expected/{REPORT}", params=asked).content.count(b"\r\n") == rows + 1
    client.put("/_mock/world", params=where(name), json={"rows": {}})
    assert client.get(f"/_mock/expected/{REPORT}", params=asked).content.count(b"\r\n") < 5000
