"""Overrides: what a user knows better, read strictly, and the catalogues that it makes."""

import re

import pytest

from reportcontracts import cellforms
from reportcontracts.catalogue import ColumnType, load_catalogue
from reportcontracts.errors import ContractError
from reportcontracts.exchanges import exchanges_with
from reportcontracts.overrides import castable, parse_overrides
from reportcontracts.schemas import row_schema
from reportcontracts.validation import header_violations, row_validator

REPORT = '[[hapyak.report]]\nname = "poll_widget_detail"\n'


def of(text: str, report: str = "poll_widget_detail", vendor: str = "hapyak"):  # noqa: ANN201
    """A report as overrides make it."""
    return parse_overrides(text, origin="mine.toml").catalogue(vendor)[report]


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("[hapyk]\n", "hapyk", "did you mean hapyak?"),
        ("[hapyak]\nreprot = []\n", "hapyak.reprot", "did you mean report?"),
        ('[[hapyak.report]]\nname = "poll_detail"\n', "hapyak.report[1] (poll_detail).name", "poll_widget"),
        (f"{REPORT}\n{REPORT}", "hapyak.report", "two of the name poll_widget_detail"),
        (f'{REPORT}of = "user_stream_raw"\n', "of", "a new one needs a name of its own"),
        ('[[hapyak.report]]\nname = "a/b"\nof = "poll_widget_detail"\n', "name", "letters, digits"),
        (f'{REPORT}quote = "some"\n', "quote", "none of 'minimal', 'nonnumeric', 'all'"),
        (f'{REPORT}delimiter = "::"\n', "delimiter", "none of"),
        (f'{REPORT}newline = "cr"\n', "newline", "none of 'crlf', 'lf'"),
        (f"{REPORT}header = 1\n", "header", "neither true nor false"),
        (f'{REPORT}rename = {{ promt = "x" }}\n', "rename.promt", "did you mean prompt?"),
        (f'{REPORT}rename = {{ prompt = "response" }}\n', "columns", "response is there twice"),
        (f'{REPORT}columns = ["prompt"]\nrename = {{ prompt = "x" }}\n', "rename", "not beside columns"),
        (f"{REPORT}columns = [1]\n", "columns[1]", "neither the name of a column nor a table"),
        (f'{REPORT}columns = ["prompt", "prompt"]\n', "columns", "prompt is there twice"),
        (
            f'{REPORT}columns = [{{ name = "a", of = "promt" }}]\n',
            "columns[1] (a).of",
            "did you mean prompt?",
        ),
        (f'{REPORT}columns = ["nobody"]\n', "columns[1] (nobody).of", "there are session_start_time"),
        (f'{REPORT}columns = [{{ name = "a" }}]\n', "columns[1] (a).type", "missing"),
        (f'{REPORT}columns = [{{ name = "a", type = "text" }}]\n', "type", "none of the words"),
        (f'{REPORT}columns = [{{ name = "a", type = "integer", values = ["1"] }}]\n', "values", "no integer"),
        (f'{REPORT}columns = [{{ name = "a", type = "string", valus = ["1"] }}]\n', "valus", "mean values?"),
        (f'{REPORT}columns = [{{ name = "prompt", type = "integer", format = "x" }}]\n', "format", "0.00"),
        (
            f'{REPORT}columns = [{{ name = "session_start_time", type = "uuid" }}]\n',
            "type",
            "cannot be made of",
        ),
        (f'{REPORT}timestamps = "DD.MM."\n', "session_start_time).format", "%d.%m.%Y"),
        (f'{REPORT}timestamps = "%Q"\n', "session_start_time).format", "codes of strftime"),
        ('[[saferme.report]]\nname = "reports_per_user"\n', "name", "documented form"),
        ('[[brightcove.report]]\nname = "quiz/actions"\n', "name", "documented form"),
        ("[hapyak\n", "", "line 1"),
    ],
)
def test_a_mistake_is_refused_with_file_key_and_reason(text: str, key: str, reason: str) -> None:
    """A file that is half understood would be worse than none."""
    with pytest.raises(ContractError) as refused:
        parse_overrides(text, origin="mine.toml")
    assert refused.value.origin == "mine.toml"
    assert key in (refused.value.key or "")
    assert reason in refused.value.reason


def test_what_is_not_said_stays_as_it_is() -> None:
    """Other reports, and of an overridden one whatever is not mentioned."""
    base, catalogue = load_catalogue("hapyak"), parse_overrides(REPORT, origin="f").catalogue("hapyak")
    assert list(catalogue) == list(base)
    assert catalogue["poll_widget_detail"].column_names == base["poll_widget_detail"].column_names
    assert catalogue["user_stream_raw"] is base["user_stream_raw"]
    assert parse_overrides("", origin="f").catalogue("hapyak") is base


def test_a_report_is_added_beside_the_one_that_it_is_made_of() -> None:
    """Under a path of its own, which routes are made from."""
    its = of('[[khoros.report]]\nname = "brand"\nof = "raw_brand_posts"\n', "brand", "khoros")
    assert its.base == "raw_brand_posts"
    assert its.path == "/api/public/reports/report/marketing/brand"


def test_identity_follows_the_names() -> None:
    """And where part of it is dropped, whole rows are told apart."""
    summary = '[[hapyak.report]]\nname = "project_engagement_summary_raw"\n'
    renamed = of(f'{summary}rename = {{ project_id = "ID" }}\n', "project_engagement_summary_raw")
    assert renamed.identity == ("ID",)
    dropped = of(f'{summary}columns = ["tags", "loads"]\n', "project_engagement_summary_raw")
    assert dropped.identity == ("tags", "loads")


def test_schemas_follow() -> None:
    """Of a row and of its header."""
    its = of(
        f'{REPORT}timestamps = "%d.%m."\n'
        'columns = ["session_start_time", { name = "n", type = "integer" }]\n'
    )
    assert row_schema("hapyak", its)["required"] == ["session_start_time", "n"]
    valid = row_validator("hapyak", its)
    assert valid.violations({"session_start_time": "01.02.", "n": 5}) == []
    assert valid.violations({"session_start_time": "01.02.", "n": "5"})
    assert header_violations("hapyak", its, ["session_start_time", "n"]) == []
    assert header_violations("hapyak", its, ["n", "session_start_time"])
    assert exchanges_with(parse_overrides(REPORT, origin="f").catalogue("hapyak")).owner == "hapyak"


def test_switches_are_paths_and_values() -> None:
    """Nested in any way, as in a file of options."""
    its = parse_overrides('[rules]\nhapyak.row-cap.value = 7\n"echo360.in-flight.status" = 409\n', origin="f")
    assert [(each.path, each.value) for each in its.settings] == [
        ("hapyak.row-cap.value", 7), ("echo360.in-flight.status", 409),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "pattern", "cell", "text"),
    [
        (ColumnType.TIMESTAMP, "%d.%m.%Y %H:%M:%S", "2026-02-03T04:05:06.789Z", "03.02.2026 04:05:06"),
        (ColumnType.TIMESTAMP, "%Y-%m-%d %H:%M:%S.%f", "2026-02-03 04:05:06", "2026-02-03 04:05:06.000000"),
        (ColumnType.TIMESTAMP, "%-m/%-d/%y %-I:%M %p", "2026-02-03T16:05:06.789Z", "2/3/26 4:05 PM"),
        (ColumnType.TIMESTAMP, "%H:%M:%S.%3f", "2026-02-03T16:05:06.789Z", "16:05:06.789"),
        (ColumnType.TIMESTAMP, "%b %B %I%p", "2026-02-03T00:05:06.789Z", "Feb February 12AM"),
        (ColumnType.TIMESTAMP, "epoch", "2026-02-03 04:05:06", "1770091506"),
        (ColumnType.TIMESTAMP, "epoch-ms", "2026-02-03T04:05:06.789Z", "1770091506789"),
        (ColumnType.TIMESTAMP, "%d.%m.", "no instant", "no instant"),
        (ColumnType.DATE, "%m/%d/%Y", "2026-02-03", "02/03/2026"),
        (ColumnType.NUMBER, "0.00", 1234.5, "1234.50"),
        (ColumnType.NUMBER, "#.##0,00", 1234567.891, "1.234.567,89"),
        (ColumnType.NUMBER, "0.0%", 12.34, "12.3%"),
        (ColumnType.INTEGER, "#,##0", 1234567, "1,234,567"),
        (ColumnType.INTEGER, "# ##0", -1234, "-1 234"),
        (ColumnType.BOOLEAN, "yes/no", True, "yes"),
        (ColumnType.FLAG, "Y/N", 0, "N"),
    ],
)
def test_cells_are_written_by_patterns(kind: ColumnType, pattern: str, cell: object, text: str) -> None:
    """In no language but English, whatever the machine's is."""
    assert cellforms.writer(kind, pattern)(cell) == text


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        (ColumnType.TIMESTAMP, "%x"), (ColumnType.TIMESTAMP, "%"), (ColumnType.TIMESTAMP, "now"),
        (ColumnType.DATE, ""), (ColumnType.NUMBER, "0.0.0"), (ColumnType.NUMBER, "#,##0,00"),
        (ColumnType.INTEGER, "%d"), (ColumnType.BOOLEAN, "yes"), (ColumnType.STRING, "%Y"),
        (ColumnType.UUID, "0"),
    ],
)  # fmt: skip
def test_a_pattern_that_is_none_is_refused(kind: ColumnType, pattern: str) -> None:
    """With what would be one."""
    with pytest.raises(ValueError, match=re.compile("write|take no format")):
        cellforms.check(kind, pattern)


@pytest.mark.parametrize("kind", ColumnType)
def test_everything_can_be_text_and_stay_itself(kind: ColumnType) -> None:
    """The least that can be made of a cell."""
    assert castable(kind, ColumnType.STRING)
    assert castable(kind, kind)
