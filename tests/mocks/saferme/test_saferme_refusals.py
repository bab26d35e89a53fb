"""What is refused, in the vendor's own words: parameters, channels, fields, paths and methods."""

from collections.abc import Callable
from typing import Final

import httpx
import pytest

from support.answers import rules_of
from support.saferme import BASE, CALLS, CLOSED, SaferMe, assert_invalid, assert_missing, assert_refused

NEEDED: Final = ("channel_id", "start_date", "end_date")

every_call = pytest.mark.parametrize("call", CALLS)


@every_call
def test_each_parameter_is_needed(saferme: SaferMe, call: str) -> None:
    """saferme.missing-parameter: the first that is missing is named, also if it is there but empty."""
    for number, parameter in enumerate(NEEDED):
        without = dict.fromkeys(NEEDED[number:])
        assert_missing(saferme.ask(call, **without), parameter)
        assert_missing(saferme.ask(call, **{parameter: ""}), parameter)


def test_selections_need_a_field_last(saferme: SaferMe) -> None:
    """saferme.missing-parameter: field_id is asked for when everything else is there."""
    assert_missing(saferme.ask("reports_per_field_selection", field_id=None), "field_id")
    assert_missing(saferme.ask("reports_per_field_selection", field_id=None, end_date=None), "end_date")


@pytest.mark.parametrize(
    "given", ["one", "1.0", "1e3", "0x1", " 1", "1 ", "+1", "--1", "1,2", "\u0661", "-", "null"]
)
def test_an_identifier_is_an_integer(saferme: SaferMe, given: str) -> None:
    """saferme.bad-parameter: nothing else is taken for one."""
    assert_invalid(saferme.ask(channel_id=given), "channel_id")
    assert_invalid(saferme.ask("reports_per_field_selection", field_id=given), "field_id")


@pytest.mark.parametrize(
    "given",
    [
        "yesterday", "2016", "2016-01", "2016-13-01", "2015-02-29", "0000-01-01", "10000-01-01", "2016-001",
        "2016-01-01T24:00:00Z", "2016-01-01T00:00:60Z", "2016-01-01T00:00:00Q", "2016-01-01T00:00:00+25:00",
        "2016-01-01T", "2016-01-01Z", "20160101T", "2016-1-1", "-2016-01-01", "2016-01-01T00:00:00 13:00",
        "\u0662\u0660\u0661\u0666-01-01", "2016-01-01T00:00:00.Z", "01/02/2016", "1451606400",
    ],
)  # fmt: skip
def test_a_date_is_one_of_iso_8601(saferme: SaferMe, given: str) -> None:
    """saferme.bad-parameter: the parameter is told twice, as another call of the vendor's does it."""
    assert_invalid(saferme.ask(start_date=given), "start_date")
    assert_invalid(saferme.ask(end_date=given), "end_date")


def test_identifiers_are_looked_at_before_dates(saferme: SaferMe) -> None:
    """One at a time, in the order in which they are needed."""
    assert_invalid(saferme.ask(channel_id="x", start_date="y", end_date="z"), "channel_id")
    assert_invalid(saferme.ask(start_date="y", end_date="z"), "start_date")


def test_a_bare_plus_is_explained(saferme: SaferMe) -> None:
    """Whoever writes +13:00 into a query sends a space; the journal says so."""
    target = "/analytics/reports_read?channel_id=1&start_date=2016-01-01T00:00:00+13:00&end_date=2016-02-01"
    answer = saferme.client.get(BASE + target, headers={"Authorization": f"Token token={saferme.token}"})
    assert_invalid(answer, "start_date")
    assert "a + in a query means a space; write it as %2B" in saferme.mock.requests()[-1]["notes"]


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ("2018-02-01T13:00:00+13:00", "2018-02-01T00:00:00Z"),
        ("2018-01-31T19:00:00-0500", "2018-02-01T00:00:00Z"),
        ("2018-02-01T05:30:00.000000+05:30", "2018-02-01T00:00:00Z"),
        ("20180201T000000Z", "2018-02-01T00:00:00Z"),
        ("2018-02-01t00:00:00z", "2018-02-01T00:00:00Z"),
        ("2018-02-01T01+01", "2018-02-01T00:00:00Z"),
    ],
)
def test_every_form_of_iso_8601_is_taken(saferme: SaferMe, given: str, same: str) -> None:
    """With an offset, in the basic form, and with as many parts as it has."""
    for name in ("start_date", "end_date"):
        answer = saferme.ask(
            "reports_images", **{"end_date": "2018-06-01", "start_date": "2017-06-01", name: given}
        )
        assert answer.status_code == 200, answer.text
        expected = saferme.rows(
            "reports_images", **{"end_date": "2018-06-01", "start_date": "2017-06-01", name: same}
        )
        assert answer.json() == expected


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ("2018-02-01", "2018-02-01T00:00:00Z"),
        ("20180201", "2018-02-01T00:00:00Z"),
        ("2018-02-01T09:30", "2018-02-01T09:30:00Z"),
        ("2018-02-01 09:30:00.5", "2018-02-01T09:30:00.500Z"),
    ],
)
def test_a_date_without_an_offset_is_in_utc(saferme: SaferMe, given: str, same: str) -> None:
    """saferme.date-forms: and one without a time is its midnight."""
    answer = saferme.ask("reports_images", start_date=given, end_date="2018-06-01T00:00:00Z")
    assert rules_of(answer) == ["saferme.date-forms"]
    assert answer.json() == saferme.rows("reports_images", start_date=same, end_date="2018-06-01T00:00:00Z")


@pytest.mark.parametrize("channel", ["0", "99", "-1", "2147483648", "9" * 400, "-" + "9" * 30])
def test_a_channel_that_there_is_not(saferme: SaferMe, channel: str) -> None:
    """saferme.unknown-channel: whatever the number."""
    for call in CALLS:
        assert_refused(saferme.ask(call, channel_id=channel), 404, "saferme.unknown-channel", "not_found")


def test_a_channel_of_the_future_is_not_there_yet(make_saferme: Callable[..., SaferMe]) -> None:
    """Nothing of a channel can be had before it was made."""
    early = make_saferme("2016-02-01T00:00:00Z")
    assert early.ask().status_code == 200
    assert_refused(early.ask(channel_id=3), 404, "saferme.unknown-channel")
    assert [channel["id"] for channel in early.found("forms")] == [1, 2, 4]


@every_call
def test_a_channel_that_is_not_the_caller_s(saferme: SaferMe, call: str) -> None:
    """saferme.forbidden: the last channel of the team is one that the caller does not operate."""
    assert_refused(saferme.ask(call, channel_id=CLOSED), 403, "saferme.forbidden", "forbidden")


@pytest.mark.parametrize("field", ["0", "26", "99", "-2", "9" * 400])
def test_a_field_that_the_form_has_not(saferme: SaferMe, field: str) -> None:
    """saferme.unknown-field: nor one of another channel's form; the journal tells which there are."""
    answer = saferme.ask("reports_per_field_selection", field_id=field)
    assert_refused(answer, 404, "saferme.unknown-field", "not_found")
    assert "known: 1 (Category), 2 (RadioButton)" in saferme.mock.requests()[-1]["notes"][0]


def test_fields_of_other_types_have_no_selections(saferme: SaferMe) -> None:
    """saferme.unsupported-field and saferme.radio: Radio is RadioButton, and check boxes are none of it."""
    fields = saferme.found("channels/1/form")["fields"]
    assert "Radio" not in {field["field_type"] for field in fields}
    for field in fields:
        answer = saferme.ask("reports_per_field_selection", field_id=field["id"])
        if field["field_type"] in ("Category", "DropDown", "RadioButton"):
            assert answer.json()
        else:
            assert_invalid(answer, "field_id", "saferme.unsupported-field")


def test_of_a_repeated_parameter_the_last_value_holds(saferme: SaferMe) -> None:
    """saferme.repeated-parameter: as in Ruby on Rails; and the answer says that this was so."""
    answer = saferme.ask(channel_id=["x", "99", "2"])
    assert answer.json() == saferme.rows(channel_id=2)
    assert rules_of(answer) == ["saferme.repeated-parameter"]
    assert_invalid(saferme.ask(channel_id=["1", "x"]), "channel_id")


def test_other_parameters_are_ignored(saferme: SaferMe) -> None:
    """saferme.unknown-parameter: fields too, where a call has none."""
    expected = saferme.rows()
    assert (
        saferme.rows(fields="total_reads", field_id="x", page=7, **{"": "", "channel_id[]": "9"}) == expected
    )


def test_names_that_are_no_counts_are_ignored(saferme: SaferMe) -> None:
    """saferme.unknown-fields: among others, alone, and where fields is empty."""
    answer = saferme.ask("reports_read", fields="unique_reads,users_alerted")
    assert list(answer.json()) == ["unique_reads"]
    assert rules_of(answer) == ["saferme.unknown-fields"]
    assert saferme.rows("reports_read", fields="nothing") == {}
    assert set(saferme.rows("user_awareness", fields="nothing")[0]) == {"user_id", "first_name", "last_name"}
    assert list(saferme.rows("reports_read", fields="")) == ["total_reads"]
    assert list(saferme.rows("reports_read", fields=" , ")) == ["total_reads"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_other_methods_are_not_there(saferme: SaferMe, method: str) -> None:
    """saferme.method: no route is found, as in Ruby on Rails."""
    for path in ("analytics/reports_read", "forms", "users/1"):
        assert_refused(saferme.send(method, path), 404, "saferme.method", "not_found")
    if method not in ("POST", "PATCH", "DELETE"):
        assert_refused(saferme.send(method, "session"), 404, "saferme.method", "not_found")


def test_head_is_get_without_a_body(saferme: SaferMe) -> None:
    """With the same headers."""
    for call in ("reports_per_state", "reports_images"):
        got, head = saferme.ask(call, end_date="2026-01-01"), None
        head = saferme.send("HEAD", f"analytics/{call}", dict(got.request.url.params))
        assert (head.status_code, head.content) == (200, b"")
        same = ("Content-Type", "Content-Length", "ETag")
        assert [head.headers[name] for name in same] == [got.headers[name] for name in same]


@pytest.mark.parametrize(
    "path", ["", "analytics", "analytics/reports", "session/1", "teams", "reports/1", "users"]
)
def test_other_paths_are_not_there(saferme: SaferMe, path: str) -> None:
    """saferme.unknown-path: with or without a token."""
    assert_refused(saferme.send("GET", path), 404, "saferme.unknown-path", "not_found")
    bare = saferme.client.get(f"{BASE}/{path}")
    assert_refused(bare, 404, "saferme.unknown-path", "not_found")


def test_a_body_that_is_too_large(saferme: SaferMe) -> None:
    """saferme.body-size: whatever the path, and although no body is needed."""
    headers = {"Authorization": f"Token token={saferme.token}"}
    for method, path in (("POST", "session"), ("GET", "forms")):
        at, above = (
            saferme.client.request(method, f"{BASE}/{path}", headers=headers, content=b" " * size)
            for size in (1048576, 1048577)
        )
        assert at.status_code in (200, 422)
        assert_refused(above, 413, "saferme.body-size", "request_too_large")


def test_refusals_have_one_of_three_shapes(saferme: SaferMe) -> None:
    """saferme.error-body: with an object of messages by parameter, or a list of them and codes."""
    assert saferme.ask(channel_id=99).json() == {
        "errors": ["Not found"],
        "failures": {"base": ["Not found"]},
        "error_codes": {"base": [{"error": "not_found"}]},
    }
    told = {"start_date": ["is invalid"]}
    assert saferme.ask(start_date="x").json() == {"failures": told, "errors": told}


def test_refusals_have_no_header_of_reasons(saferme: SaferMe) -> None:
    """saferme.status-reason: unless it is switched on, when it says what the body says."""
    assert "X-Status-Reason" not in saferme.ask(channel_id=99).headers
    saferme.switch("status-reason", header=True)
    assert saferme.ask(channel_id=99).headers["X-Status-Reason"] == "Not found"
    assert saferme.ask(start_date="x").headers["X-Status-Reason"] == "start_date is invalid"
    assert saferme.ask(start_date=None).headers["X-Status-Reason"] == "start_date is missing"


def test_a_name_cannot_break_the_header_of_reasons(saferme: SaferMe) -> None:
    """Whatever a parameter is called, the header is one line of plain characters."""
    saferme.switch("status-reason", header=True)
    saferme.switch("repeated-parameter", action="refuse")
    answer = saferme.ask(**{"a\r\nSet-Cookie: b\u20ac": ["1", "2"]})
    assert answer.headers["X-Status-Reason"] == "a??Set-Cookie: b? is given more than once"
    assert "Set-Cookie" not in answer.headers


def test_there_is_no_limit(saferme: SaferMe) -> None:
    """saferme.no-limits: many calls at once, and one for all time; and no page of anything."""
    statuses = {saferme.ask("reports_read").status_code for _ in range(150)}
    everything = {"start_date": "0001-01-01T00:00:00Z", "end_date": "9999-12-31T23:59:59.999999Z"}
    answer = saferme.send(
        "GET", "analytics/reports_images", {"channel_id": 1, **everything}, {"Range": "objects=0-9"}
    )
    assert statuses == {answer.status_code} == {200}
    assert len(answer.json()) > 5000
    assert "Content-Range" not in answer.headers
    assert saferme.mock.limits() == {}


def test_jobs_are_not_planned_where_there_are_none(saferme: SaferMe) -> None:
    """Every call is answered at once; a plan for a job would be kept for ever."""
    answer: httpx.Response = saferme.client.post("/_mock/plans", params={"vendor": "saferme"}, json={})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "saferme answers every call at once, and has no jobs to plan"
