"""Every scenario and every boundary case: what is printed for a user is done here, call by call."""

import httpx
import pytest

from reportcontracts.boundaries import SIDES, Case
from reportcontracts.names import VENDORS
from reportcontracts.rules import Kind, load_rulebook
from reportcontracts.scenarios import Scenario, ScenarioBook, load_scenarios
from reportcontracts.steps import Ask, Control, Slots
from reportmocks.kernel.clock import parse_instant
from support.steps import Player

NOW = parse_instant("2026-03-04T12:00:00Z")
BOOKS = [load_scenarios(vendor) for vendor in VENDORS]
SCENARIOS = [
    pytest.param(book, scenario, id=name) for book in BOOKS for name, scenario in book.scenarios.items()
]
CASES = [
    pytest.param(book, case, id=case.id)
    for book in BOOKS
    for boundary in book.boundaries
    for case in boundary.cases(NOW, {})
]
NEEDED = {
    "hapyak": [
        "minute-limit",
        "hour-limit",
        "day-limit",
        "row-cap",
        "six-months",
        "cache-expiry",
        "never-ends",
    ],
    "brightcove": ["minute-limit", "hour-limit", "day-limit", "row-cap", "six-months", "cache-expiry"],
    "echo360": [
        "fourth-in-flight",
        "late-data",
        "eighth-day",
        "a-year-back",
        "failed",
        "missing",
        "call-121",
    ],
    "saferme": ["missing-channel-id", "missing-start-date", "missing-end-date", "missing-field-id"],
    "khoros": ["failed", "completed-without-link", "download-after-24-hours", "presigned-late", "call-21"],
}
"""Some that were there from the start and that users go by."""


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Latencies are told and not waited for."""
    monkeypatch.setattr("reportmocks.faulty.pause", lambda _seconds: None)


def a_player(
    client: httpx.Client, book: ScenarioBook, name: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[Player, Slots]:
    """A client of the vendor with a sandbox of its own."""
    return Player(client, book.vendor, name, monkeypatch), Slots(NOW, {"sandbox": name})


@pytest.mark.parametrize(("book", "scenario"), SCENARIOS)
def test_a_scenario_is_what_it_says(
    in_process: httpx.Client,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    book: ScenarioBook,
    scenario: Scenario,
) -> None:
    """One command puts the sandbox there, and each call of its script is answered as the script tells."""
    player, slots = a_player(in_process, book, name, monkeypatch)
    player.control("scenario", scenario.id)
    player.play(scenario.steps, slots)
    assert scenario.id in player.control("scenario")


@pytest.mark.parametrize(
    ("book", "scenario"), [param for param in SCENARIOS if param.values[1].setup.only_refuses]
)
def test_a_refusal_made_for_every_call_is_the_one_that_its_cause_has(
    in_process: httpx.Client,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    book: ScenarioBook,
    scenario: Scenario,
) -> None:
    """Without the scenario the last call of its script, which makes the mistake itself, is refused alike."""
    player, slots = a_player(in_process, book, name, monkeypatch)
    *first, last = scenario.steps
    needed = [step for step in first if isinstance(step, Control) or step.call.save]
    assert isinstance(last, Ask)
    alone = player.play((*needed, last), slots)[-1]
    player.control("scenario", scenario.id)
    forced = player.play((*needed, last), slots)[-1]
    assert (forced.status_code, forced.headers["Content-Type"]) == (
        alone.status_code,
        alone.headers["Content-Type"],
    )
    if alone.headers["Content-Type"] == "application/json":
        assert type(forced.json()) is type(alone.json())
        assert forced.json().keys() == alone.json().keys() if isinstance(alone.json(), dict) else True


@pytest.mark.parametrize(("book", "case"), CASES)
def test_a_boundary_is_where_the_rulebook_has_it(
    in_process: httpx.Client, name: str, monkeypatch: pytest.MonkeyPatch, book: ScenarioBook, case: Case
) -> None:
    """One below the number, at it, and one above it."""
    player, slots = a_player(in_process, book, name, monkeypatch)
    player.play(case.steps, slots.with_(case.slots.values | {"sandbox": name}))


@pytest.mark.parametrize("book", BOOKS, ids=VENDORS)
def test_every_limit_is_met_from_both_sides(book: ScenarioBook) -> None:
    """Or the file says why it is not."""
    limits = {rule.id for rule in load_rulebook(book.vendor).values() if rule.kind is Kind.LIMIT}
    met = {boundary.rule for boundary in book.boundaries}
    assert met | {f"{book.vendor}.{name}" for name in book.without} == limits
    assert all(tuple(boundary.sides) == SIDES for boundary in book.boundaries)


@pytest.mark.parametrize("book", BOOKS, ids=VENDORS)
def test_no_scenario_that_users_go_by_is_missing(book: ScenarioBook) -> None:
    """All vendors can be slow, flaky and down besides."""
    needed = {f"{book.vendor}.{name}" for name in (*NEEDED[book.vendor], "slow", "flaky", "down")}
    assert needed <= book.scenarios.keys()


def test_late_data_comes_in(in_process: httpx.Client, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report of yesterday is shorter today than in two days, when the day is complete."""
    book = load_scenarios("echo360")
    scenario = book.scenario("echo360.late-data")
    player, slots = a_player(in_process, book, name, monkeypatch)
    player.control("reset")
    player.control("scenario", scenario.id)
    answers = player.play(scenario.steps, slots)
    sizes = [int(answer.headers["Content-Length"]) for answer in answers if answer.request.method == "HEAD"]
    assert sizes[0] < sizes[1]


@pytest.fixture
def player(in_process: httpx.Client, name: str, monkeypatch: pytest.MonkeyPatch) -> Player:
    """A client of Echo360."""
    return Player(in_process, "echo360", name, monkeypatch)


def test_out_of_a_scenario_all_is_as_before(player: Player) -> None:
    """Switches, plans, slots and faults; what time has passed stays."""
    player.control("rule", "echo360.in-flight", "status=409")
    before = [player.control("rule", "echo360.late-data"), player.control("plans"), player.control("faults")]
    for name in ("late-data", "failed", "fourth-in-flight", "down", "link-after-7-days"):
        player.control("scenario", f"echo360.{name}")
    player.control("scenario", "--off")
    after = [player.control("rule", "echo360.late-data"), player.control("plans"), player.control("faults")]
    assert after == before
    assert "409" in player.control("rule", "echo360.in-flight")
    assert "Pending" not in player.control("jobs")
    assert "echo360." not in player.control("scenario")
