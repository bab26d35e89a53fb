"""The judge's protocol, driven as a program of any language would drive it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from clients.python.echo360 import ReportError
from clients.python.echo360_mistakes import WaitsForEver
from reportcontracts.kit.adapters import target_of
from reportcontracts.kit.driving import Judgement, OpenCase, control_at, plain
from reportcontracts.kit.running import rows_by
from reportcontracts.names import VENDORS
from reportcontracts.remote import Remote
from support.judged import make
from support.serving import PATIENCE

UNSEEN = {
    "hapyak": {"client.resumes"},
    "brightcove": {"client.resumes"},
    "echo360": {"client.resumes", "client.refresh-token-once"},
    "saferme": {"client.renews-token"},
    "khoros": {"client.resumes"},
}
"""Rules that the good clients give no occasion for: they are not killed, use no refresh tokens, and do not
sign in."""


@pytest.fixture
def control(reportmocks_url: str) -> Iterator[Remote]:
    """The control API of the server."""
    with control_at(reportmocks_url) as remote:
        yield remote


def order(control: Remote, vendor: str, **more: Any) -> Judgement:
    """A judgement by the sandbox's clock."""
    can = more.pop("can", ["options", "row-cap"])
    return Judgement.order(control, vendor=vendor, time="shim", can=can, **more)


def result(case: OpenCase) -> dict[str, Any]:
    """What the vendor's good client makes of a case's task."""
    task, target = case.task, target_of(case)
    client = make(task["vendor"], target)
    try:
        options = {**task["options"], **task["parameters"]}
        rows = rows_by(client, task["report"], task["start"], task["end"], options)
    except Exception as error:  # noqa: BLE001 - it is what the client says
        return {"error": str(error)}
    finally:
        target.control.close()
    return {"rows": rows}


def done(case: OpenCase) -> list[dict[str, Any]]:
    """The findings of a case that the good client has done."""
    findings = None
    while findings is None:
        findings = case.hand_in(result(case))
    return findings


@pytest.mark.filterwarnings("ignore:the last days are complete")
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_good_client_passes_every_rule(vendor: str, control: Remote) -> None:
    """Several cases at a time, each in its sandbox, until no story is left."""
    judgement = order(control, vendor, examples=4)
    cases = list(iter(judgement.next_case, None))
    with ThreadPoolExecutor(4) as pool:
        for findings in pool.map(done, cases):
            assert [finding for finding in findings if not finding["passed"]] == []
    verdict = judgement.verdict()
    assert verdict["passed"]
    assert verdict["open"] == 0
    assert {its["rule"] for its in verdict["rules"] if its["verdict"] == "not exercised"} == UNSEEN[vendor]
    assert judgement.next_case() is None


@pytest.mark.parametrize(
    ("vendor", "need", "told"), [("brightcove", "analytics", 8), ("saferme", "sessions", 2)]
)
def test_what_only_some_clients_can_is_told_to_those_alone(
    control: Remote, vendor: str, need: str, told: int
) -> None:
    """Others are not failed for it: it is among what was not run."""
    without, able = (order(control, vendor, can=can).told for can in ([], [need]))
    lacking = {story for story, needs in without["not_run"].items() if needs == [need]}
    assert lacking == {its["id"] for its in able["stories"]} - {its["id"] for its in without["stories"]}
    assert len(lacking) == told


def test_who_signs_in_has_no_access_token(control: Remote) -> None:
    """In no story: a client that can do both would not show that it can sign in."""
    case = order(control, "saferme", can=["sessions"]).case("saferme.ordinary")
    assert case.task["credentials"].keys() == {"email", "password", "app_id"}
    assert all(finding["passed"] for finding in done(case))


def test_a_client_that_is_killed_is_asked_again(control: Remote) -> None:
    """And has to end with every row once, whatever the first run had left behind."""
    judgement = order(control, "hapyak", can=["kill"])
    for copies, passes in ((1, True), (2, False)):
        case = judgement.case("hapyak.killed")
        assert not case.look()
        first = result(case)["rows"]
        assert case.look()
        assert case.hand_in({"killed": True}) is None
        assert case.task["attempt"] == 2
        findings = case.hand_in({"rows": first * copies})
        assert findings is not None
        assert {its["rule"]: its["passed"] for its in findings}["client.resumes"] is passes


@pytest.mark.parametrize(("can", "hours"), [([], 30), (["timeout"], 6)])
def test_a_client_that_never_gives_up_is_ended(control: Remote, can: list[str], hours: int) -> None:
    """Long after it ought to have, by its own time; sooner, where it was told how long it may take."""
    case = order(control, "echo360", can=can).case("echo360.never")
    target = target_of(case)
    client = make("echo360", target, client=WaitsForEver)
    client.poll = 1000
    with target.control, pytest.raises(ReportError, match="403"):
        client.fetch(case.task["report"], case.task["start"], case.task["end"])
    findings = case.hand_in({"error": "403"})
    assert findings is not None
    (finding,) = (finding for finding in findings if finding["rule"] == "client.gives-up")
    assert not finding["passed"]
    assert f"still at it after {hours} hours of its time" in finding["what"]


def test_rows_may_be_the_whole_body(control: Remote) -> None:
    """As CSV, an array, or a line of JSON each: what a shell has at hand."""
    judgement = order(control, "hapyak")
    with httpx.Client(timeout=PATIENCE) as client:
        for kind in ("text/csv", "application/json", "application/x-ndjson"):
            case = judgement.case("hapyak.ordinary")
            rows = result(case)["rows"]
            body = {
                "text/csv": csv_of(rows),
                "application/json": json.dumps(rows),
                "application/x-ndjson": "\n".join(map(json.dumps, rows)),
            }[kind]
            answer = client.post(case.told["links"]["result"], content=body, headers={"Content-Type": kind})
            assert all(finding["passed"] for finding in answer.json()["findings"]), kind


def csv_of(rows: list[dict[str, Any]]) -> str:
    """Rows as CSV with every cell quoted."""
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    return "\n".join(",".join('"' + str(cell).replace('"', '""') + '"' for cell in line) for line in lines)


def test_rows_that_cannot_be_read_are_the_clients_fault(control: Remote) -> None:
    """The driver did what it could; the client wrote garbage."""
    case = order(control, "saferme").case("saferme.ordinary")
    findings = case.hand_in({"text": "a,b\n1", "format": "csv"})
    assert findings is not None
    (finding,) = (its for its in findings if its["rule"] == "client.finishes")
    assert not finding["passed"]
    assert "line 2 has 1 cells, the header 2" in finding["what"]


@pytest.mark.parametrize(
    ("handed_in", "what"),
    [
        ({"timed_out": True}, "stopped"),
        ({"exit_code": 3}, "exit code 3"),
        ({"error": {"message": "no luck", "kind": "Sad"}}, "Sad: no luck"),
        ({}, "neither rows nor an error"),
        ({"rows": []}, "0 delivered"),
    ],
)
def test_how_a_client_can_end_without_its_rows(control: Remote, handed_in: dict[str, Any], what: str) -> None:
    """Each is said as what it is."""
    case = order(control, "saferme").case("saferme.ordinary")
    findings = case.hand_in(handed_in)
    assert findings is not None
    assert [what in finding["what"] for finding in findings if finding["rule"] == "client.finishes"] == [True]


def test_a_point_makes_the_story(control: Remote) -> None:
    """So that a failure can be repeated, and made smaller."""
    point = {"report": "notes", "days": 3, "back": 20, "outcome": "failed", "minutes": 7}
    case = order(control, "echo360").case("echo360.any", point)
    assert case.told["rule"] == "client.stops-at-failed"
    assert case.task["report"] == "notes"
    assert all(finding["passed"] for finding in done(case))


def test_the_same_seed_tells_the_same_stories(control: Remote) -> None:
    """With the same tasks, where the clock starts at the same instant."""

    def tasks() -> list[str]:
        judgement = order(control, "echo360", seed=7, examples=5, now="2031-05-05T12:00:00Z")
        cases = iter(judgement.next_case, None)
        tasks = [{**case.task, "credentials": None} for case in cases]
        return [json.dumps(task, default=plain) for task in tasks]

    assert tasks() == tasks()
