"""Requests, answers and rows are held against the contract, and each violation has place and rule."""

import json
import time
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportcontracts import load_catalogue
from reportcontracts.rows import typed_cell, typed_row
from reportcontracts.schemas import parameters_schema, row_schema
from reportcontracts.validation import (
    header_violations,
    parameters_validator,
    prepare,
    row_validator,
    validator,
    violations,
)

EXAMPLES: Final = sorted(Path(__file__).with_name("examples").glob("*/*.json"))
"""The samples of the vendors' pages, called SCHEMA.WHICH.json: verbatim, or made JSON where they are not."""

AVAILABLE: Final = {
    "requestId": "00000000-0000-0000-0000-000000000123",
    "status": "Available",
    "signedAssets": ["http://some.url/00000000-0000-0000-0000-000000000456.csv.gz?Signature=xxx"],
    "reportName": "asset",
    "parameters": {},
    "created": "2020-04-01T20:36:12.000Z",
}
PENDING: Final = {name: value for name, value in AVAILABLE.items() if name != "signedAssets"} | {
    "status": "Pending"
}
ENTRY: Final = PENDING | {"status": "Available", "assets": ["00000000-0000-0000-0000-000000000456.csv.gz"]}
TOKEN: Final = {"token_type": "Bearer", "access_token": "a.b.c", "expires_in": 3600, "refresh_token": "r"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_sample_of_a_vendors_page_validates(path: Path) -> None:
    """What a vendor publishes cannot break its own contract."""
    assert violations(path.parent.name, path.name.partition(".")[0], json.loads(path.read_text())) == []


def test_there_are_samples() -> None:
    """An empty folder would pass the test before."""
    assert len(EXAMPLES) == 15


@pytest.mark.parametrize(
    ("schema", "instance"),
    [
        ("request", PENDING),
        ("request", PENDING | {"status": "Missing"}),
        ("request-listing", {"requests": []}),
        ("report-list", []),
        ("report-list", {"reports": [], "more": False}),
        ("submit", {}),
        (
            "submit",
            {"parameters": {}, "output": {"delimiter": "\t", "output": "json"}, "reportName": "asset"},
        ),
        ("token", TOKEN),
        ("token-request", {"grant_type": "refresh_token", "client_id": "c", "refresh_token": "r"}),
        ("error", {"error": "NotFound", "message": "Report not found", "detail": 1}),
        ("storage-error", {"Code": "AccessDenied", "Message": "Request has expired", "RequestId": "1"}),
    ],
)
def test_what_echo360_allows_has_no_violation(schema: str, instance: object) -> None:
    """The contract is strict where the vendor documents, and open where it does not."""
    assert violations("echo360", schema, instance) == []


@pytest.mark.parametrize(
    ("schema", "instance", "path", "rule"),
    [
        ("request", AVAILABLE | {"status": "Ready"}, "$.status", "request-entry"),
        ("request", AVAILABLE | {"requestId": "123"}, "$.requestId", "request-entry"),
        ("request", AVAILABLE | {"created": "2020-04-01T20:36:12Z"}, "$.created", "request-entry"),
        ("request", AVAILABLE | {"created": "2020-02-30T20:36:12.000Z"}, "$.created", "request-entry"),
        ("request", AVAILABLE | {"signedAssets": ["file name.csv"]}, "$.signedAssets[0]", "assets"),
        ("request", AVAILABLE | {"signedAssets": []}, "$.signedAssets", "request-entry"),
        ("request", AVAILABLE | {"status": "Expired"}, "$.signedAssets", "assets"),
        ("request", PENDING | {"status": "Available"}, "$", "assets"),
        ("request", ENTRY, "$", "request-entry"),
        ("request", [], "$", "request-entry"),
        ("request-listing", {"requests": [ENTRY, AVAILABLE]}, "$.requests[1]", "request-entry"),
        ("request-listing", {"requests": [ENTRY | {"assets": ["a/b"]}]}, "$.requests[0].assets[0]", "assets"),
        ("request-listing", {"requests": [], "more": 1}, "$", "request-entry"),
        ("submitted", PENDING | {"output": {}}, "$", "submitted"),
        ("submitted", PENDING | {"status": "Available"}, "$.status", "submitted"),
        ("submit", {"parameters": {"start": "2020-02-30"}}, "$.parameters.start", "bad-parameter"),
        ("submit", {"parameters": {"end": 20200201}}, "$.parameters.end", "bad-parameter"),
        ("submit", {"parameters": []}, "$.parameters", "bad-parameter"),
        ("submit", {"output": {"delimiter": ";"}}, "$.output.delimiter", "bad-output"),
        ("submit", {"output": {"compression": "yes"}}, "$.output.compression", "bad-output"),
        ("submit", [], "$", "body-json"),
        ("report-list", {"reports": [{"name": "x"}]}, "$.reports[0]", "report-list"),
        ("report-definition", {"name": "x", "description": "", "note": ""}, "$", "report-list"),
        ("token", TOKEN | {"token_type": "MAC"}, "$.token_type", "token-answer"),
        ("token", TOKEN | {"expires_in": "3600"}, "$.expires_in", "token-answer"),
        ("token-request", {"grant_type": "password", "client_id": "c"}, "$", "grant"),
        ("token-request", {"grant_type": "code", "client_id": "c"}, "$.grant_type", "grant"),
        ("error", {"error": "not found", "message": "x"}, "$.error", "error-body"),
        ("error", {"error": "NotFound"}, "$", "error-body"),
    ],
)  # fmt: skip
def test_violation_of_echo360_tells_place_and_rule(
    schema: str, instance: object, path: str, rule: str
) -> None:
    """A verdict goes by rules, and a reader needs the place."""
    found = violations("echo360", schema, instance)
    assert (path, f"echo360.{rule}") in [(violation.path, violation.rule) for violation in found]


@pytest.mark.parametrize(
    ("schema", "instance", "fine"),
    [
        ("running", {"status": "processing"}, True),
        ("running", {}, False),
        ("error", {"error": "forbidden", "message": "x", "more": 1}, True),
        ("error", {"message": "x"}, False),
        ("error", "forbidden", False),
    ],
)
def test_hapyak_bodies(schema: str, instance: object, fine: bool) -> None:  # noqa: FBT001
    """The few bodies that HapYak has besides its reports."""
    assert validator("hapyak", schema).is_valid(instance) is fine


def test_violation_reads_as_one_short_line() -> None:
    """A violation quotes the instance, which may be huge."""
    (violation,) = violations("echo360", "request", PENDING | {"parameters": ["x" * 100_000]})
    assert str(violation).startswith("$.parameters: [")
    assert str(violation).endswith("is not of type 'object' [echo360.request-entry]")
    assert len(str(violation)) < 300


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        (
            "date",
            ["2020-02-29"],
            ["2021-02-29", "20200229", "2020-2-9", "0000-01-01", "2020-01-01\n", "٢٠٢٠-01-01"],
        ),
        (
            "date-time",
            ["2020-01-01T00:00:00Z", "2020-01-01t00:00:00.5+01:00"],
            ["2020-01-01", "2020-01-01T24:01:00Z"],
        ),
        (
            "uuid",
            ["00000000-0000-0000-0000-000000000abc"],
            ["0" * 32, "{00000000-0000-0000-0000-000000000abc}", ""],
        ),
        (
            "uri",
            ["https://a.example/b?c=%20", "urn:x:y"],
            ["/a", "http://", "http:///x", "a b:c", "http://x/%zz"],
        ),
        (
            "instant",
            ["2020-01-01 00:00:00", "2020-01-01T00:00:00.000Z"],
            ["2020-13-01 00:00:00", "2020-01-01"],
        ),
        ("json", ['{"a": 1}', "1"], ["", "{a}"]),
    ],
)
def test_formats_are_checked(form: str, good: list[str], bad: list[str]) -> None:
    """A format that a library checks only when another is installed is no check."""
    judge = prepare({"format": form}, origin="here")
    assert [text for text in good if not judge.is_valid(text)] == []
    assert [text for text in bad if judge.is_valid(text)] == []
    assert judge.is_valid(1)


def test_row_of_csv_is_typed_and_validates() -> None:
    """A line of a real export becomes what the schema of its rows describes."""
    report = load_catalogue("echo360")["presentation"]
    ident = "00000000-0000-0000-0000-000000000abc"
    cells = [ident, "Cells", ident, "1", ident, "BIO-1", "Biology", "2020-01-01T10:00:00.000Z", ident]
    row = typed_row(report, [*cells, "Ada", "L", "ada@uni.example", "Student", "12"])
    assert row["slide_count"] == 12
    assert row_validator("echo360", "presentation").violations(row) == []


@pytest.mark.parametrize(
    "change", [lambda cells: cells[:-1], lambda cells: [*cells, "x"], lambda cells: [*cells[:-1], "many"]]
)
def test_row_of_another_shape_is_a_violation(change: Any) -> None:
    """A cell too few, one too many, one of another type."""
    report = load_catalogue("hapyak")["poll_widget_summary"]
    cells = ["1", "2,2", "MultipleChoice", "Why?", "So", "3"]
    judge = row_validator("hapyak", report.name)
    assert judge.violations(typed_row(report, cells)) == []
    assert len(judge.violations(typed_row(report, change(cells)))) == 1


@given(st.text(max_size=30))
def test_any_cell_is_typed_or_left_as_it_is(cell: str) -> None:
    """What a server sends never makes the reader fail, only the judge."""
    for name in ("user_stream_raw", "project_engagement_summary_raw"):
        for column in load_catalogue("hapyak")[name].columns:
            value = typed_cell(column, cell)
            assert value is None or isinstance(value, bool | int | float) or value == cell


def test_header_must_be_the_reports_own() -> None:
    """Names, order and letter case."""
    names = load_catalogue("echo360")["notes"].column_names
    assert header_violations("echo360", "notes", names) == []
    assert (
        "missing: PresentationID; unknown: presentationID"
        in header_violations("echo360", "notes", ["presentationID", *names[1:]])[0].message
    )
    for header in (names[::-1], [*names, names[0]]):
        (violation,) = header_violations("echo360", "notes", header)
        assert "in this order: PresentationID" in violation.message
        assert violation.rule == "echo360.column-names"


def test_every_report_has_schemas_of_its_rows_and_parameters(vendor: str) -> None:
    """Both are derived from the catalogue, so a new report has them too."""
    for report in load_catalogue(vendor).values():
        assert row_schema(vendor, report.name)["required"] == list(report.column_names)
        assert row_validator(vendor, report.name).violations({})
        required = [parameter.name for parameter in report.parameters if parameter.required]
        assert parameters_schema(vendor, report.name)["required"] == required
        assert parameters_validator(vendor, report.name).is_valid({}) is not bool(required)


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        ({"start": "1/2/2020"}, "$.start"),
        ({"format": "xml"}, "$.format"),
        ({"send_status": "yes"}, "$.send_status"),
    ],
)
def test_parameters_of_hapyak_are_held_against_the_catalogue(parameters: dict[str, str], path: str) -> None:
    """The query of a request is judged by the same data as its answer."""
    (violation,) = parameters_validator("hapyak", "user_stream_raw").violations(parameters)
    assert (violation.path, violation.rule) == (path, "hapyak.bad-parameter")


def test_status_answer_is_checked_in_microseconds() -> None:
    """Every answer of a mock can be checked: the best of many rounds is far below a request's own time."""
    judge = validator("echo360", "request")
    judge.violations(AVAILABLE)
    rounds = []
    for _ in range(200):
        start = time.perf_counter()
        judge.violations(AVAILABLE)
        rounds.append(time.perf_counter() - start)
    assert min(rounds) < 200e-6
