"""The vendor's page: its nine requests as they are written, and what it says of their answers."""

import json
from pathlib import Path
from typing import Final

import httpx
import pytest

from reportcontracts.validation import row_validator, violations
from support.answers import rules_of
from support.saferme import ALERTS, APP, CALLS, READS, ROOT, SaferMe, schema

RANGE: Final = "channel_id=1&start_date=2016-01-01T00:00:00Z&end_date=2016-11-11T00:00:00Z"
REQUESTS: Final = (
    f"/api/v4/analytics/reports_images?{RANGE}",
    f"/api/v4/analytics/reports_over_time?{RANGE}",
    f"/api/v4/analytics/reports_per_field_selection?field_id=2&{RANGE}",
    f"/api/v4/analytics/reports_per_state?{RANGE}",
    f"/api/v4/analytics/reports_per_user?{RANGE}",
    f"/api/v4/analytics/reports_per_day_hour?{RANGE}",
    f"/api/v4/analytics/reports_per_week_day?{RANGE}",
    f"/api/v4/analytics/reports_read?{RANGE}&fields={READS}",
    f"/api/v4/analytics/user_awareness?{RANGE}&fields={ALERTS}",
)
"""Path and query of every example, to the letter."""

every_request = pytest.mark.parametrize("target", REQUESTS, ids=CALLS)

SAMPLES: Final = Path(__file__).parents[2] / "contracts" / "examples" / "saferme"


def called(target: str) -> str:
    """The call that a request is for."""
    return target.partition("?")[0].rpartition("/")[2]


def as_written(client: httpx.Client, target: str, token: str) -> httpx.Response:
    """A request exactly as the page has it, with the headers that its documentation asks for."""
    headers = {"Authorization": f"Token token={token}", "X-AppId": APP}
    url = httpx.URL(f"{client.base_url}".rstrip("/") + ROOT + target)
    assert url.raw_path.decode() == ROOT + target
    return client.send(client.build_request("GET", url, headers=headers))


@every_request
def test_every_documented_request_is_answered(client: httpx.Client, name: str, target: str) -> None:
    """With rows, as documented: saferme.answer, saferme.column-names, saferme.timestamp-format."""
    answer = as_written(client, target, name)
    assert answer.status_code == 200, answer.text
    told, call = answer.json(), called(target)
    assert told
    assert violations("saferme", schema(call), told) == []
    rows = told if isinstance(told, list) else [told]
    for row in rows:
        flat = {name: value for name, value in row.items() if name != "styles"}
        flat |= {f"styles.{name}": link for name, link in row.get("styles", {}).items()}
        assert row_validator("saferme", call).violations(flat) == []


@every_request
def test_answers_are_strict_json(client: httpx.Client, name: str, target: str) -> None:
    """saferme.content-type: the page's samples have bare keys and commas too many, which no parser takes."""
    answer = as_written(client, target, name)

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    json.loads(answer.content.decode("utf-8"), object_pairs_hook=members)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert int(answer.headers["Content-Length"]) == len(answer.content)


@every_request
def test_rows_have_the_members_of_the_samples(client: httpx.Client, name: str, target: str) -> None:
    """By the names that they have there, and no others."""
    call = called(target)
    sample = json.loads((SAMPLES / f"{schema(call)}.page.json").read_text())
    told = as_written(client, target, name).json()
    assert isinstance(told, list) is isinstance(sample, list)
    one, other = (given[0] if isinstance(given, list) else given for given in (told, sample))
    assert one.keys() == other.keys()
    assert {key: type(value) for key, value in one.items()} == {k: type(v) for k, v in other.items()}


@pytest.mark.parametrize("host", ["api.safer.me", "public-api.thundermaps.com", "saferme.localhost"])
def test_the_service_s_own_hosts_lead_there(client: httpx.Client, name: str, host: str) -> None:
    """With the documented path at the root, so that a client need not even change its address."""
    headers = {"Authorization": f"Token token={name}", "X-AppId": APP, "Host": host}
    answer = client.get(REQUESTS[3], headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()


def test_account_id_is_the_channel(saferme: SaferMe) -> None:
    """saferme.account-id: another word for the same thing, in every row."""
    for call in CALLS[:7]:
        for row in saferme.rows(call, channel_id=2, field_id=27, end_date="2016-02-01T00:00:00Z"):
            assert row["account_id"] == 2


def test_without_fields_there_is_one_count(saferme: SaferMe) -> None:
    """saferme.fields: only the total is returned if none is selected."""
    assert list(saferme.rows("reports_read")) == ["total_reads"]
    assert list(saferme.rows("user_awareness")[0]) == ["total_alerts", "user_id", "first_name", "last_name"]


@pytest.mark.parametrize(
    "names", ["unique_reads", "reports_seen,total_reads", "report_readers, unique_reads"]
)
def test_reads_have_the_fields_asked_for(saferme: SaferMe, names: str) -> None:
    """saferme.fields: otherwise only what has been asked for will be returned, with the same numbers."""
    everything = saferme.rows("reports_read", fields=READS)
    wanted = {name.strip() for name in names.split(",")}
    assert saferme.rows("reports_read", fields=names) == {
        name: count for name, count in everything.items() if name in wanted
    }


@pytest.mark.parametrize("names", ["alerts_opened", "unique_alerts,total_alerts"])
def test_awareness_has_the_fields_asked_for(saferme: SaferMe, names: str) -> None:
    """saferme.fields and saferme.user-members: who it is of is there besides what was asked for."""
    who = {"user_id", "first_name", "last_name"}
    everything = saferme.rows("user_awareness", fields=ALERTS)
    asked = saferme.rows("user_awareness", fields=names)
    assert all(row.keys() == {*names.split(","), *who} for row in asked)
    assert [{**whole, **row} for whole, row in zip(everything, asked, strict=True)] == everything


def test_the_page_s_selection_is_there(saferme: SaferMe) -> None:
    """saferme.option-values: field 2 of channel 1 has the very option of the sample, whatever the seed."""
    first = saferme.rows("reports_per_field_selection")[0]
    assert (first["name"], first["value"]) == ("Resolved", "f_1_2_2_2_1")


def test_the_page_s_range_is_told_by_weeks(saferme: SaferMe) -> None:
    """saferme.bucket-width and saferme.bucket-start: 315 days, in steps that start on Mondays."""
    answer = saferme.ask("reports_over_time")
    rows = answer.json()
    assert {row["datetime_range_width"] for row in rows} == {"week"}
    assert "2016-11-07T00:00:00.000Z" in [row["datetime_range_start"] for row in rows]
    assert rules_of(answer) == ["saferme.bucket-width"]


def test_what_was_withdrawn_is_not_there(saferme: SaferMe) -> None:
    """saferme.unknown-path: calls that the page no longer has, and one that only a client ever had."""
    for path in ("awareness", "reports_made", "1/reports_over_time"):
        answer = saferme.send("GET", f"analytics/{path}", {"channel_id": 1})
        assert answer.status_code == 404
        assert rules_of(answer) == ["saferme.unknown-path"]
