"""The data of the contracts themselves: what every vendor's files have to have."""

import re

import pytest

from reportcontracts import ContractError, Evidence, UnknownName, load_catalogue, load_rulebook
from reportcontracts.catalogue import ColumnType, ReportKind
from reportcontracts.names import VENDORS
from reportcontracts.operations import load_operations
from reportcontracts.rules import Kind
from reportcontracts.schemas import load_schema, schema_names

LIMITS = {
    "hapyak": {
        "rate-minute": 4,
        "rate-hour": 20,
        "rate-day": 100,
        "row-cap": 500_000,
        "range": 6,
        "cache-life": 86_400,
    },
    "brightcove": {
        "token-life": 300,
        "rate-minute": 4,
        "rate-hour": 20,
        "rate-day": 100,
        "row-cap": 500_000,
        "range": 6,
        "cache-life": 86_400,
    },
    "echo360": {
        "in-flight": 3,
        "range": 7,
        "assetbydate-age": 365,
        "retention": 14,
        "link-life": 7,
        "token-life": 3600,
        "rate-minute": 120,
    },
    "saferme": {},
    "khoros": {
        "rate-minute": 20,
        "bucket-cap": 40,
        "action-cap": 500,
        "download-life": 24,
        "presigned-life": 60,
    },
}
"""The numbers of the vendors' pages, written once more by hand; two of Khoros are inferred or assumed."""

COLUMNS = {
    "asset": 25,
    "assetbydate": 25,
    "presentation": 14,
    "videoview": 14,
    "confused": 13,
    "polling": 20,
    "qanda": 20,
    "notes": 15,
}
"""How many columns the Echo360 page lists for each report."""


def test_every_statement_is_one_sentence(vendor: str) -> None:
    """Rules are read in tables, in log lines and in verdicts."""
    for rule in load_rulebook(vendor).values():
        assert rule.statement.endswith("."), rule.id
        assert rule.statement[0].isupper(), rule.id
        assert len(rule.statement) <= 280, rule.id
        assert not re.search(r"\.\s+[A-Z]", rule.statement), rule.id


def test_every_switch_says_what_it_does(vendor: str) -> None:
    """Nobody should have to read the code to use one."""
    for rule in load_rulebook(vendor).values():
        for switch in rule.switches.values():
            assert switch.meaning, f"{rule.id}.{switch.name}"


def test_statement_and_switch_name_the_same_status(vendor: str) -> None:
    """A statement that says 404 of a switch that is 400 would be believed."""
    for rule in load_rulebook(vendor).values():
        said = set(re.findall(r"\b[2-5][0-9]{2}\b", rule.statement))
        if said and "status" in rule.switches:
            assert str(rule.switches["status"].default) in said, rule.id


def test_what_is_assumed_says_so_in_its_source(vendor: str) -> None:
    """The source of an assumption is that there is none."""
    for rule in load_rulebook(vendor).values():
        if rule.evidence is Evidence.ASSUMED:
            assert "assumed" in rule.source, rule.id


@pytest.mark.parametrize("vendor", LIMITS)
def test_limits_have_their_documented_numbers(vendor: str) -> None:
    """A slip in the data would make every boundary test agree with the slip."""
    book = load_rulebook(vendor)
    limits = {rule.id: rule.switches["value"].default for rule in book.values() if rule.kind is Kind.LIMIT}
    assert limits == {f"{vendor}.{name}": number for name, number in LIMITS[vendor].items()}


def test_echo360_has_its_documented_reports_and_columns() -> None:
    """Eight reports, each as wide as the page has it."""
    assert {name: len(report.columns) for name, report in load_catalogue("echo360").items()} == COLUMNS


def test_echo360_keeps_the_letter_case_of_each_report() -> None:
    """The same thing is spelled differently from report to report, and clients depend on that."""
    catalogue = load_catalogue("echo360")
    first = {name: report.column_names[0] for name, report in catalogue.items()}
    assert first["presentation"] == "presentationID"
    assert first["confused"] == first["notes"] == "PresentationID"
    assert first["polling"] == "presentation_id"
    assert first["videoview"] == "VideoId"


def test_hapyak_has_its_ten_reports() -> None:
    """The ten end points of the page."""
    names = (
        "project_engagement_summary_raw",
        "user_engagement_summary_raw",
        "experience_engagement_summary_raw",
        "poll_widget_summary",
        "signin_widget_summary",
        "user_stream_raw",
        "project_stream_raw",
        "experience_stream_raw",
        "poll_widget_detail",
        "signin_widget_detail",
    )
    assert tuple(load_catalogue("hapyak")) == names


def test_brightcove_has_the_engagement_reports_of_hapyak_and_two_more() -> None:
    """They share their rows' columns, so that one client reads both."""
    hapyak, brightcove = load_catalogue("hapyak"), load_catalogue("brightcove")
    assert list(brightcove)[:10] == list(hapyak)
    assert list(brightcove)[10:12] == ["chapter_summary", "widget_user_sentiment_summary"]
    for name, report in hapyak.items():
        assert brightcove[name].column_names == report.column_names


def test_brightcove_has_every_engagement_rule_of_hapyak_but_the_key() -> None:
    """What both share is asked for by the same names."""
    own = {"key"}
    hapyak = {rule.partition(".")[2] for rule in load_rulebook("hapyak")} - own
    assert hapyak <= {rule.partition(".")[2] for rule in load_rulebook("brightcove")}


def test_khoros_has_its_fourteen_exports() -> None:
    """Thirteen of the guide's table, and the newer history of actions."""
    names = set(load_catalogue("khoros"))
    assert len(names) == 14
    assert {"conversation", "raw_agent_states", "raw_brand_posts", "conversation_history_action"} <= names
    assert load_catalogue("khoros")["conversation"].column("ASSIGNED_AGENT_DISPLAY_ID").label == "Assignee ID"


def test_saferme_has_its_nine_calls() -> None:
    """One for each heading of the page."""
    assert len(load_catalogue("saferme")) == 9


def test_streams_carry_the_time_of_their_events(vendor: str) -> None:
    """Rows in order of time have one to be ordered by."""
    for report in load_catalogue(vendor).values():
        if report.kind is ReportKind.STREAM:
            assert any(column.type is ColumnType.TIMESTAMP for column in report.columns), report.name


def test_identity_is_never_a_number_that_grows(vendor: str) -> None:
    """Rows are told apart by what stays the same."""
    for report in load_catalogue(vendor).values():
        assert not any(report.column(name).as_of for name in report.identity), report.name


def test_all_schemas_are_read(vendor: str) -> None:
    """Each file passes its own strict reading."""
    assert schema_names(vendor)
    for name in schema_names(vendor):
        assert load_schema(vendor, name)["title"]


def test_vendor_that_there_is_not_is_refused() -> None:
    """A misspelt vendor is never a file that happens to be missing."""
    for load in (load_rulebook, load_catalogue, schema_names):
        with pytest.raises(UnknownName, match="unknown vendor 'echo'; nearest: echo360"):
            load("echo")
    with pytest.raises(ContractError):
        load_schema("echo360", "../hapyak/error")


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_parameters_own_rule_is_one_of_the_vendors(vendor: str) -> None:
    """The contract refuses a bad value by it, so a name that is none would mislead."""
    rulebook = load_rulebook(vendor)
    mine = [its for report in load_catalogue(vendor).values() for its in report.parameters]
    calls = [its for operation in load_operations(vendor).values() for its in operation.parameters]
    strange = [its.rule for its in mine + calls if its.rule is not None and its.rule not in rulebook]
    assert strange == []
