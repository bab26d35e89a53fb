"""Rows of the user's own: pinned by a control call or a file, and then in everything that the mock tells."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from reportmocks.config import Arguments, load
from reportmocks.pins import read_pins
from support.echo360 import Echo360, typed
from support.hapyak import HapYak, rows
from support.mocks import Mocks
from support.problems import problem_of

REPORT = "poll_widget_detail"
DAYS = {"start": "2026-02-20", "end": "2026-02-26"}


def polled(time: str = "2026-02-22 10:00:00", **cells: object) -> dict[str, object]:
    """A row of the report."""
    return {
        "session_start_time": time,
        "play_session": "abcdef012",
        "user_id": "7",
        "username": 'Ann "A", B',
        "annotation_id": 5,
        "poll_type": "poll",
        "prompt": "=1+1?",
        "response": "two\r\nlines",
        "project_id": 3,
    } | cells


def pin(client: httpx.Client, name: str, content: object, **query: str) -> httpx.Response:
    """Pin rows, given as JSON or as a text."""
    text = content if isinstance(content, str) else json.dumps(content)
    where = {"vendor": "hapyak", "sandbox": name} | query
    return client.put(f"/_mock/data/{REPORT}", params=where, content=text.encode())


def told(client: httpx.Client, name: str) -> list[dict[str, object]]:
    """What is expected of a client."""
    where = {"vendor": "hapyak", "sandbox": name} | DAYS
    found: list[dict[str, object]] = client.get(f"/_mock/expected/{REPORT}", params=where).json()
    return found


def test_pinned_rows_appear_instead_of_the_generated_ones(client: httpx.Client, name: str) -> None:
    """Those of the range and of the past, in both formats, and in what is expected."""
    late, old, future = (polled(f"2026-{day} 10:00:00") for day in ("02-25", "01-10", "03-20"))
    pinned = [late, polled(), old, future]
    assert pin(client, name, pinned).json() == {"report": REPORT, "mode": "instead", "pinned": 4}
    hapyak = HapYak(client, name)
    for form in ("json", "csv"):
        assert rows(REPORT, hapyak.fetch(REPORT, format=form, **DAYS)) == [polled(), late]
    assert told(client, name) == [polled(), late]


def test_pinned_rows_appear_beside_the_generated_ones(client: httpx.Client, name: str) -> None:
    """In order of time, and the row cap counts them all."""
    before = told(client, name)
    pin(client, name, [polled()], mode="beside")
    hapyak = HapYak(client, name)
    after = rows(REPORT, hapyak.fetch(REPORT, format="json", **DAYS))
    assert (
        after == told(client, name) == sorted([*before, polled()], key=lambda row: row["session_start_time"])
    )
    hapyak.mock.rule("row-cap", value=len(before))
    assert rows(REPORT, hapyak.fetch(REPORT, format="csv", **DAYS)) == after[:-1]


def test_csv_is_taken_as_it_is_given_out(client: httpx.Client, name: str) -> None:
    """An export of one sandbox is the data of another."""
    exported = HapYak(client, f"{name}-one").fetch(REPORT, format="csv", **DAYS)
    assert pin(client, f"{name}-two", exported.text).is_success
    other = HapYak(client, f"{name}-two")
    other.mock.call("POST", "clock", {"advance": "1h"})
    assert other.fetch(REPORT, format="csv", **DAYS).content == exported.content


def test_echo360_delivers_pinned_rows_behind_its_links(client: httpx.Client, name: str) -> None:
    """The same dial, another vendor's way of delivery."""
    echo360 = Echo360(client, name)
    echo360.sign_in()
    echo360.mock.rule("range", enabled=False)
    days = {"start": "2026-01-01", "end": "2026-02-21"}
    row = typed("notes", echo360.fetch("notes", days, compression=False))[0]
    row |= {"content": '"mine"', "event_timestamp": "2026-02-20T00:00:00.000Z"}
    where = {"vendor": "echo360", "sandbox": name}
    answer = client.put("/_mock/data/notes", params=where, json=[row])
    assert answer.is_success, answer.text
    assert typed("notes", echo360.fetch("notes", days, compression=False)) == [row]


def test_pins_are_told_and_taken_back(client: httpx.Client, name: str) -> None:
    """After that everything is as it was."""
    before = told(client, name)
    where = {"vendor": "hapyak", "sandbox": name}
    pin(client, name, [polled()], mode="beside")
    found = client.get(f"/_mock/data/{REPORT}", params=where).json()
    assert found == where | {"report": REPORT, "mode": "beside", "rows": [polled()]}
    assert client.delete(f"/_mock/data/{REPORT}", params=where).is_success
    assert client.get(f"/_mock/data/{REPORT}", params=where).json()["mode"] is None
    assert told(client, name) == before


def test_a_pin_is_the_sandboxs_own(client: httpx.Client, name: str) -> None:
    """Tests that share a server do not meet."""
    before = told(client, f"{name}-two")
    pin(client, f"{name}-one", [])
    assert told(client, f"{name}-one") == []
    assert told(client, f"{name}-two") == before


def test_without_a_sandbox_it_is_for_all_and_those_to_come(mocks: Mocks) -> None:
    """A reset undoes it, since it was not there at the start."""
    mocks.use("hapyak", "one")
    mocks.client.put(f"/_mock/data/{REPORT}", params={"vendor": "hapyak"}, json=[polled()])
    for name in ("one", "new"):
        assert told(mocks.client, name) == [polled()]
    mocks.send("POST", "reset", vendor="hapyak", sandbox="one")
    assert told(mocks.client, "one") != [polled()]


@pytest.mark.parametrize(
    ("content", "query", "status", "kind"),
    [
        ([polled(project_id="3")], {}, 422, "bad-rows"),
        ({"rows": []}, {}, 422, "bad-rows"),
        ("[{", {}, 422, "bad-rows"),
        ("colour\nred", {}, 422, "bad-rows"),
        ([], {"mode": "over"}, 422, "bad-value"),
        ([], {"made": "up"}, 422, "unknown-parameter"),
        (" " * 1_100_000, {}, 413, "too-large"),
    ],
)
def test_what_cannot_be_pinned_is_refused(
    client: httpx.Client, name: str, content: object, query: dict[str, str], status: int, kind: str
) -> None:
    """And changes nothing."""
    before = told(client, name)
    problem_of(pin(client, name, content, **query), status, kind)
    assert told(client, name) == before


def test_the_refusal_names_row_and_column(client: httpx.Client, name: str) -> None:
    """So that they can be found in a long file."""
    found = problem_of(pin(client, name, [polled(), polled(project_id=1.5)]), 422, "bad-rows")
    assert (found["row"], found["column"]) == (2, "project_id")
    assert "integer" in found["reason"]


def test_rows_that_would_not_add_up_are_refused(client: httpx.Client) -> None:
    """Instead of counts there can be others, but not beside them; and there must be such a report."""
    beside = client.put("/_mock/data/reports_read", params={"mode": "beside"}, json=[])
    assert "only instead" in problem_of(beside, 422, "bad-value")["detail"]
    problem_of(client.put("/_mock/data/nothing", json=[]), 404, "unknown-report")


def toml(row: dict[str, object]) -> str:
    """A row as a TOML table."""
    return "{" + ", ".join(f"{name} = {json.dumps(value)}" for name, value in row.items()) + "}"


@pytest.mark.parametrize("form", ["json", "toml"])
def test_a_file_pins_rows_from_the_start(make_mocks: Callable[..., Mocks], tmp_path: Path, form: str) -> None:
    """In both forms, and a reset comes back to them."""
    path = tmp_path / f"data.{form}"
    if form == "json":
        path.write_text(json.dumps({"hapyak": {REPORT: {"mode": "instead", "rows": [polled()]}}}))
    else:
        path.write_text(f"[hapyak]\n{REPORT} = [{toml(polled())}]\n")
    launch = load(Arguments(options={"data": str(path)}), {})
    mocks = make_mocks(pins=launch.settings.pins)
    assert told(mocks.client, "any") == [polled()]
    pin(mocks.client, "any", [])
    mocks.send("POST", "reset", vendor="hapyak", sandbox="any")
    assert told(mocks.client, "any") == [polled()]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"acme": {}}', "unknown vendor 'acme'"),
        ('{"hapyak": {"nothing": []}}', "nothing"),
        ('{"hapyak": []}', "hapyak is no table"),
        ('{"hapyak": {"poll_widget_detail": {"mode": "over", "rows": []}}}', "instead, beside"),
        ('{"hapyak": {"poll_widget_detail": {"mode": "beside"}}}', "no rows"),
        ('{"hapyak": {"poll_widget_detail": [{"project_id": 1}]}}', "row 1, column session_start_time"),
        ('{"saferme": {"reports_read": {"mode": "beside", "rows": []}}}', "only be instead"),
        ("{", "is not JSON"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    """With what is wrong with it, before anything starts."""
    path = tmp_path / "data.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=reason):
        read_pins(str(path))
