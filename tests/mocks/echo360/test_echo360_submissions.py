"""What a submission may hold: parameters, output, members that nobody knows, and JSON that is none."""

import json
from typing import Any

import pytest

from reportcontracts.validation import violations
from support.echo360 import RANGED, WEEK, Echo360, allowed, assert_refused

RANGE = {"start": WEEK[0], "end": WEEK[1]}
NO_DATES: list[Any] = [
    "",
    " ",
    "yesterday",
    "2026-2-25",
    "2026-02-30",
    "2025-02-29",
    "2026-13-01",
    "2026-00-10",
    "2026-01-00",
    "0000-01-01",
    "10000-01-01",
    "-001-01-01",
    "20260225",
    "2026-W09-3",
    "2026/02/25",
    "25-02-2026",
    " 2026-02-25",
    "2026-02-25 ",
    "2026-02-25\n",
    "2026-02-25T00:00:00Z",
    "\N{FULLWIDTH DIGIT TWO}026-02-25",
    "2026-02-25\u0000",
    20260225,
    1772000000000,
    1.5,
    True,
    None,
    ["2026-02-25"],
    {"date": "2026-02-25"},
]


def post(echo360: Echo360, body: bytes, report: str = "notes") -> Any:
    """Submit a body as it is."""
    return echo360.call("POST", f"/requests/{report}", content=body)


@pytest.mark.parametrize("report", RANGED)
@pytest.mark.parametrize("name", ["start", "end"])
def test_a_required_parameter_must_be_there(echo360: Echo360, report: str, name: str) -> None:
    """echo360.missing-parameter: both, in each report that has a range."""
    answer = echo360.submit(report, {key: value for key, value in RANGE.items() if key != name})
    assert_refused(answer, 400, "echo360.missing-parameter", "BadRequest")
    assert name in answer.json()["message"]


@pytest.mark.parametrize("body", [b"", b"  ", b"{}", b'{"parameters": {}}', b'{"output": {}}'])
def test_a_body_without_parameters_will_do_for_the_asset_report_only(echo360: Echo360, body: bytes) -> None:
    """echo360.missing-parameter: an empty body is an empty object."""
    assert allowed(post(echo360, body, "asset"), "submitted")["parameters"] == {}
    assert_refused(post(echo360, body), 400, "echo360.missing-parameter")


@pytest.mark.parametrize("value", NO_DATES)
@pytest.mark.parametrize("name", ["start", "end"])
def test_what_is_no_date_is_refused(echo360: Echo360, name: str, value: object) -> None:
    """echo360.bad-parameter: one form, and days that there are."""
    answer = echo360.submit(parameters=RANGE | {name: value})
    assert_refused(answer, 400, "echo360.bad-parameter", "BadRequest")
    assert name in answer.json()["message"]


@pytest.mark.parametrize("value", [None, [], "start", 1, True])
def test_parameters_that_are_no_object_are_refused(echo360: Echo360, value: object) -> None:
    """echo360.bad-parameter: for the report without any too."""
    for report in ("notes", "asset"):
        answer = echo360.call("POST", f"/requests/{report}", json={"parameters": value})
        assert_refused(answer, 400, "echo360.bad-parameter", "BadRequest")


def test_leap_days_are_days(echo360: Echo360) -> None:
    """echo360.bad-parameter: 29 February, in a year that has it."""
    assert allowed(echo360.submit(parameters={"start": "2024-02-29", "end": "2024-03-01"}), "submitted")
    assert_refused(
        echo360.submit(parameters={"start": "2023-02-29", "end": "2023-03-01"}), 400, "echo360.bad-parameter"
    )


def test_the_asset_report_ignores_dates(echo360: Echo360) -> None:
    """echo360.unused-parameters: a client that works sends a range with every report, of any length."""
    sent = {"start": "2001-01-01", "end": "2000-01-01"}
    assert allowed(echo360.submit("asset", sent), "submitted")["parameters"] == sent
    assert echo360.fetch("asset", sent) == echo360.fetch("asset")


def test_the_asset_report_takes_no_nonsense_for_dates(echo360: Echo360) -> None:
    """echo360.bad-parameter: what the answers repeat are dates in any case."""
    assert_refused(echo360.submit("asset", {"start": 5}), 400, "echo360.bad-parameter")
    both = echo360.submit("asset", {"end": 6, "start": 5})
    assert "start" in both.json()["message"], "the first of the two, in every run of the server"


def test_unknown_members_are_ignored_at_every_level(echo360: Echo360) -> None:
    """echo360.unknown-members: the public client of this API sends `reportName` and `output.output`."""
    body = {
        "reportName": "asset",
        "parameters": RANGE | {"timezone": "UTC", "more": {"deep": [1, None, "x"]}},
        "output": {"output": "json", "compression": False},
        "callback": "https://example.edu",
    }
    answer = allowed(echo360.call("POST", "/requests/notes", json=body), "submitted")
    assert answer["reportName"] == "notes"


def test_parameters_are_repeated_as_they_were_given(echo360: Echo360) -> None:
    """echo360.submitted, echo360.request-entry: in the answer, the list and the single request."""
    sent = RANGE | {"Extra": ["ü", 1.5, 12345678901234567890, {"a": None}], "": ""}
    request_id = echo360.submitted(parameters=sent)
    assert echo360.poll(request_id)["parameters"] == sent
    assert echo360.listing()[0]["parameters"] == sent


@pytest.mark.parametrize("output", [None, [], "csv", 1, True])
def test_an_output_that_is_no_object_is_refused(echo360: Echo360, output: object) -> None:
    """echo360.bad-output: the member itself."""
    assert_refused(echo360.submit(output=output), 400, "echo360.bad-output", "BadRequest")


@pytest.mark.parametrize("compression", [None, 0, 1, "true", "false", "", [], {}])
def test_compression_is_true_or_false(echo360: Echo360, compression: object) -> None:
    """echo360.bad-output: 1 is not true."""
    answer = echo360.submit(output={"compression": compression})
    assert_refused(answer, 400, "echo360.bad-output", "BadRequest")


@pytest.mark.parametrize("delimiter", [None, "", ";", " ", ",,", "\\t", "tab", "\n", 44, [","], {}, True])
def test_there_are_three_delimiters(echo360: Echo360, delimiter: object) -> None:
    """echo360.bad-output: a tab is one character, not the two that stand for it in JSON."""
    answer = echo360.submit(output={"delimiter": delimiter})
    assert_refused(answer, 400, "echo360.bad-output", "BadRequest")


@pytest.mark.parametrize("output", [{}, {"compression": True}, {"delimiter": "\t"}, {"more": 1}])
def test_every_member_of_an_output_may_be_left_out(echo360: Echo360, output: dict[str, object]) -> None:
    """echo360.compression, echo360.delimiter: each has its default."""
    body = {"parameters": RANGE, "output": output}
    assert violations("echo360", "submit", body) == []
    allowed(echo360.call("POST", "/requests/notes", json=body), "submitted")


NO_JSON = [
    b"{",
    b"nonsense",
    b"{'parameters': {}}",
    b'{"parameters": {},}',
    b"start=2026-02-25&end=2026-03-04",
    b"[]",
    b"null",
    b"1",
    b'"text"',
    b"[[]]",
    b"{} {}",
    b"\xef\xbb\xbf{}",
    b'{"parameters": "\xff"}',
    b'{"\xc3\x28": 1}',
    b"\x00",
    '{"parameters": {}}'.encode("utf-16"),
    b'{"parameters": {"x": NaN}}',
    b'{"parameters": {"x": -Infinity}}',
    b'{"parameters": {"x": 1e400}}',
    b'{"parameters": {"x": -1e999999}}',
    b'{"parameters": {"x": %s}}' % (b"9" * 5000),
    b'{"parameters": {"x": 01}}',
    b'{"parameters": {"x": "\x01"}}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
]


@pytest.mark.parametrize("body", NO_JSON, ids=range(len(NO_JSON)))
def test_a_body_that_is_no_json_object_is_refused(echo360: Echo360, body: bytes) -> None:
    """echo360.body-json: also numbers that JSON has not, and text that is not UTF-8."""
    for report in ("notes", "asset"):
        answer = post(echo360, body, report)
        assert_refused(answer, 400, "echo360.body-json", "InvalidJson")
        assert answer.json()["message"].startswith("Invalid json")


@pytest.mark.parametrize("number", [b"9" * 5000, b"1e400", b"-" + b"9" * 400 + b".0"])
def test_a_number_that_is_too_large_is_named_in_short(echo360: Echo360, number: bytes) -> None:
    """echo360.body-json: it is JSON, so the refusal says what is the matter, without the number itself."""
    answer = post(echo360, b'{"more": %s}' % number, "asset")
    assert_refused(answer, 400, "echo360.body-json", "InvalidJson")
    assert answer.json()["message"] == "Invalid json: a number in it is too large"


@pytest.mark.parametrize("place", [b'{"parameters": {"x": %s}}', b'{"output": %s}', b'{"more": %s}'])
def test_nesting_has_an_end(echo360: Echo360, place: bytes) -> None:
    """echo360.body-json: a hundred levels are read, more are refused wherever they are."""
    levels = 100 - place.count(b"{")
    fits, one_more = (place % (b"[" * count + b"]" * count) for count in (levels, levels + 1))
    assert_refused(post(echo360, one_more, "asset"), 400, "echo360.body-json")
    answer = post(echo360, fits, "asset")
    if b"output" in place:
        assert_refused(answer, 400, "echo360.bad-output")
    else:
        assert (
            echo360.poll(allowed(answer, "submitted")["requestId"])["parameters"]
            == answer.json()["parameters"]
        )


REPEATED = [
    b'{"parameters": {"start": "2026-02-25", "start": "2026-02-25", "end": "2026-03-04"}}',
    b'{"parameters": {}, "parameters": {"start": "2026-02-25", "end": "2026-03-04"}}',
    b'{"output": {"delimiter": ",", "delimiter": "|"}, "parameters": {}}',
    b'{"x": 1, "x": 1}',
    b'{"deep": [{"y": [{"z": 1, "z": 2}]}]}',
]


@pytest.mark.parametrize("body", REPEATED, ids=range(len(REPEATED)))
def test_a_member_given_twice_is_refused(echo360: Echo360, body: bytes) -> None:
    """echo360.repeated-parameter: at any level, equal values or not."""
    assert_refused(post(echo360, body), 400, "echo360.repeated-parameter", "BadRequest")


def test_one_member_twice_among_very_many_is_found_at_once(echo360: Echo360) -> None:
    """echo360.repeated-parameter: it must not take the mock a minute to tell."""
    members = ",".join(f'"{number}":0' for number in range(90_000))
    answer = post(echo360, f'{{{members},"89999":1}}'.encode())
    assert_refused(answer, 400, "echo360.repeated-parameter")
    assert answer.elapsed.total_seconds() < 5


def test_the_first_mistake_is_told_without_the_whole_value(echo360: Echo360) -> None:
    """echo360.bad-parameter: a message fits on a line, however long what was sent."""
    answer = echo360.submit(parameters=RANGE | {"start": "9" * 500_000})
    assert_refused(answer, 400, "echo360.bad-parameter")
    assert len(answer.json()["message"]) < 300


def test_a_refused_submission_leaves_nothing_behind(echo360: Echo360) -> None:
    """echo360.bad-parameter: no request, nothing in flight."""
    echo360.submit(parameters={"start": "x", "end": "y"})
    assert echo360.listing() == []
    assert echo360.mock.limits()["in-flight"]["used"] == 0


def test_json_is_checked_after_the_token(echo360: Echo360) -> None:
    """echo360.token, echo360.body-json: a stranger learns nothing of bodies; the client's call is its own."""
    post(echo360, b"{")
    assert echo360.mock.requests()[-1]["status"] == 400
    echo360.token = "nonsense"
    assert_refused(post(echo360, b"{"), 401, "echo360.token")


def test_the_pages_own_example_is_accepted(echo360: Echo360) -> None:
    """echo360.submitted: the page's body as it is printed, which needs its range to be in reach."""
    body = {
        "parameters": {"start": "2020-01-01", "end": "2020-01-02"},
        "output": {"compression": True, "delimiter": "|"},
    }
    assert violations("echo360", "submit", json.loads(json.dumps(body))) == []
    allowed(echo360.call("POST", "/requests/presentation", json=body), "submitted")
