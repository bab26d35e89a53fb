"""What tests are told of SaferMe's data, and rows of their own in its calls."""

from typing import Any

import pytest

from reportcontracts.catalogue import ReportKind, load_catalogue
from support.problems import problem_of
from support.saferme import CALLS, CLOSED, COUNTS, LATER, SaferMe

CATALOGUE = load_catalogue("saferme")
DAYS = {"start": "2018-01-01T00:00:00Z", "end": "2018-06-01T00:00:00Z"}
ASKED = {"start_date": DAYS["start"], "end_date": DAYS["end"]}
SUMMARIES = [call for call, report in CATALOGUE.items() if report.kind is not ReportKind.STREAM]


def expected(saferme: SaferMe, call: str, **sent: object) -> list[dict[str, Any]]:
    """The rows that a perfect client would end up with."""
    query: dict[str, Any] = {"vendor": "saferme", "sandbox": saferme.token, **DAYS, **sent}
    answer = saferme.client.get(f"/_mock/expected/{call}", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def pinned(saferme: SaferMe, call: str, rows: list[dict[str, Any]], mode: str = "instead") -> Any:
    """The answer to rows of one's own."""
    query = {"vendor": "saferme", "sandbox": saferme.token, "mode": mode}
    return saferme.client.put(f"/_mock/data/{call}", params=query, json=rows)


@pytest.mark.parametrize("channel", [1, LATER])
@pytest.mark.parametrize("call", COUNTS)
def test_expected_rows_are_those_of_the_channel(saferme: SaferMe, call: str, channel: int) -> None:
    """By the name that the calls have for it, and of the same field and width of steps."""
    field = {"field_id": 25 * (channel - 1) + 3} if call == "reports_per_field_selection" else {}
    told = expected(saferme, call, channel_id=channel, **field)
    assert told == saferme.rows(call, channel_id=channel, **field, **ASKED) != []
    assert {row["account_id"] for row in told} == {channel}


def test_without_a_field_it_is_the_channels_second(saferme: SaferMe) -> None:
    """As it is field 2 of channel 1 on the vendor's page."""
    told = expected(saferme, "reports_per_field_selection", channel_id=LATER)
    assert {row["field_id"] for row in told} == {25 * (LATER - 1) + 2}


@pytest.mark.parametrize(
    ("call", "sent", "kind"),
    [
        ("reports_per_state", {"channel_id": "x"}, "bad-value"),
        ("reports_per_state", {"channel_id": "99"}, "bad-value"),
        ("reports_per_state", {"channel_id": str(CLOSED)}, "bad-value"),
        ("reports_per_state", {"field_id": "2"}, "unknown-parameter"),
        ("reports_per_field_selection", {"field_id": "999"}, "bad-value"),
        ("reports_per_field_selection", {"field_id": "7"}, "bad-value"),
    ],
)
def test_what_the_call_would_refuse_is_refused(
    saferme: SaferMe, call: str, sent: dict[str, str], kind: str
) -> None:
    """With the same rule, as a problem."""
    query = {"vendor": "saferme", "sandbox": saferme.token, **sent}
    found = problem_of(saferme.client.get(f"/_mock/expected/{call}", params=query), 422, kind)
    assert kind != "bad-value" or found["rule"].startswith("saferme.")


@pytest.mark.parametrize("call", COUNTS)
def test_counts_of_ones_own_are_those_of_their_channel(saferme: SaferMe, call: str) -> None:
    """Instead of the generated ones, and only where that channel is asked for."""
    own = [row | {"report_count": 1000} for row in expected(saferme, call)[:1]]
    assert pinned(saferme, call, own).status_code == 200
    assert saferme.rows(call, **ASKED) == expected(saferme, call) == own != []
    field = {"field_id": 25 * (LATER - 1) + 2} if call == "reports_per_field_selection" else {}
    assert saferme.rows(call, channel_id=LATER, **field, **ASKED) == []


def test_images_of_ones_own_stand_among_others(saferme: SaferMe) -> None:
    """saferme.compared-date: in order of their time, in the range, and with links as all have."""
    every = saferme.rows("reports_images", **ASKED)
    own = expected(saferme, "reports_images")[0] | {
        "report_image_id": 7,
        "report_id": 5,
        "created_at": "2018-03-01T10:00:00.000Z",
    }
    assert pinned(saferme, "reports_images", [own], "beside").status_code == 200
    found = saferme.rows("reports_images", **ASKED)
    (mine,) = (row for row in found if row["report_image_id"] == 7)
    assert mine["styles"] == {"thumb": own["styles"]["thumb"], "medium": own["styles"]["medium"]}
    assert [row for row in found if row != mine] == every
    assert found == sorted(found, key=lambda row: row["created_at"])
    assert mine not in saferme.rows("reports_images", end_date="2018-03-01T09:59:59Z")


def test_reads_and_alerts_of_ones_own_are_told(saferme: SaferMe) -> None:
    """The one row of the reads, and a row for each user."""
    reads = {"total_reads": 5, "reports_seen": 4, "report_readers": 3, "unique_reads": 4}
    pinned(saferme, "reports_read", [reads])
    assert saferme.rows("reports_read", fields=",".join(reads)) == reads
    user = expected(saferme, "user_awareness")[0] | {"total_alerts": 77}
    pinned(saferme, "user_awareness", [user])
    assert [row["total_alerts"] for row in saferme.rows("user_awareness")] == [77]


@pytest.mark.parametrize("call", SUMMARIES)
def test_rows_beside_counts_are_refused(saferme: SaferMe, call: str) -> None:
    """They would not add up with those of other calls."""
    assert "only instead" in problem_of(pinned(saferme, call, [], "beside"), 422, "bad-value")["detail"]


@pytest.mark.parametrize("call", CALLS)
def test_every_call_can_be_without_rows(saferme: SaferMe, call: str) -> None:
    """An empty list of rows is an answer, too."""
    assert pinned(saferme, call, []).status_code == 200
    field = {"field_id": 2} if call == "reports_per_field_selection" else {}
    found = saferme.rows(call, **field, **ASKED)
    assert found == [] or set(found.values()) == {0}
