"""A catalogue with a mistake is refused, and the refusal tells file, key and reason."""

import pytest

from reportcontracts import ContractError, Evidence, UnknownName
from reportcontracts.catalogue import Catalogue, ColumnType, ReportKind, parse_catalogue
from reportcontracts.parameters import ParameterType

REPORTS = """
formats = ["csv"]
timestamps = "YYYY-MM-DD HH:MM:SS"
[api]
title = "Reporting"
hosts = ["www.hapyak.com"]
base_path = "/api"
docs = "the page"
[[parameter]]
name = "start"
type = "date"
required = true
meaning = "first day"
[[parameter]]
name = "format"
type = "string"
choices = ["csv"]
default = "csv"
meaning = "of the rows"
[[report]]
name = "visit"
description = "Visits"
note = "All of them"
rows = "one per visit"
kind = "stream"
source = "the page, Report Example"
identity = ["user"]
columns = [
  { name = "user", type = "string", meaning = "who" },
  { name = "date", type = "date", meaning = "when", nullable = true, as_of = true, evidence = "inferred" },
]
"""


def parse(text: str) -> Catalogue:
    """The catalogue of a text that errors call mine.toml."""
    return parse_catalogue(text, vendor="hapyak", origin="mine.toml")


def test_catalogue_is_read_with_all_its_parts() -> None:
    """What the file says is what the catalogue holds."""
    catalogue = parse(REPORTS)
    report = catalogue["visit"]
    assert catalogue.api.hosts == ("www.hapyak.com",)
    assert (report.kind, report.evidence) == (ReportKind.STREAM, Evidence.DOCUMENTED)
    assert report.column_names == ("user", "date")
    date = report.column("date")
    assert (date.type, date.nullable, date.as_of, date.evidence) == (
        ColumnType.DATE,
        True,
        True,
        Evidence.INFERRED,
    )


def test_report_takes_the_common_parameters_unless_it_names_some() -> None:
    """Most reports of a vendor take the same ones."""
    own = '[[report.parameter]]\nname = "project"\ntype = "integer"\nmeaning = "of whom"\n'
    assert [p.name for p in parse(REPORTS)["visit"].parameters] == ["start", "format"]
    chosen = REPORTS.replace('identity = ["user"]', 'identity = ["user"]\nparameters = ["format"]') + own
    assert [p.name for p in parse(chosen)["visit"].parameters] == ["format", "project"]
    project = parse(chosen)["visit"].parameter("project")
    assert project is not None
    assert (project.type, project.required, project.default) == (ParameterType.INTEGER, False, None)
    none = REPORTS.replace('identity = ["user"]', 'identity = ["user"]\nparameters = []')
    assert parse(none)["visit"].parameters == ()
    assert parse(none)["visit"].parameter("start") is None


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('formats = ["csv"]', 'formats = ["csv"]\nformat = "csv"', "format", "did you mean formats"),
        ('formats = ["csv"]', "", "formats", "at least one"),
        ('formats = ["csv"]', 'formats = "csv"', "formats", "not an array"),
        ('formats = ["csv"]', "formats = [1]", "formats", "not a string"),
        ('formats = ["csv"]', 'formats = ["csv", "csv"]', "formats", "twice"),
        ("YYYY-MM-DD HH:MM:SS", "DD.MM.YYYY", "timestamps", "YYYY-MM-DD HH:MM:SS"),
        ('title = "Reporting"', "", "api.title", "missing"),
        ('hosts = ["www.hapyak.com"]', "hosts = []", "api.hosts", "at least one"),
        ('base_path = "/api"', 'base_path = "/api/"', "api.base_path", "ends with one"),
        ('docs = "the page"', 'docs = "the page"\nurl = "x"', "api.url", "unknown key"),
        ("required = true", 'required = "yes"', "(start).required", "neither true nor false"),
        (
            "required = true",
            'required = true\ndefault = "x"',
            "(start).default",
            "required parameter has none",
        ),
        (
            'type = "date"\nrequired',
            'type = "time"\nrequired',
            "(start).type",
            "date, string, integer, boolean",
        ),
        ("required = true", 'choices = ["x"]', "(start).choices", "not with the type date"),
        ('name = "format"', 'name = "start"', "parameter", "two of the name start"),
        ('identity = ["user"]', 'identity = ["userid"]', "(visit).identity", "no such column: userid"),
        ('identity = ["user"]', "", "(visit).identity", "needed"),
        ('kind = "stream"', 'kind = "total"', "(visit).identity", "not by a total"),
        (
            'identity = ["user"]',
            'identity = ["user"]\nparameters = ["stop"]',
            "(visit).parameters",
            "stop is none",
        ),
        ('kind = "stream"', 'kind = "table"', "(visit).kind", "stream, summary, sheet, total"),
        ('kind = "stream"', 'kind = "stream"\nrow = "x"', "(visit).row", "did you mean rows"),
        ('name = "date", type', 'name = "user", type', "(visit).columns", "two of the name user"),
        (
            'type = "string", meaning',
            'type = "text", meaning',
            "(user).type",
            "uuid, string, integer, number",
        ),
        ('meaning = "who"', 'meaning = "who", null = true', "(user).null", "unknown key"),
        ("as_of = true", 'formats = ["json"]', "(visit).columns", "no format json"),
        ("as_of = true", "as_of = 1", "(date).as_of", "neither true nor false"),
    ],
)
def test_mistake_is_refused_with_key_and_reason(old: str, new: str, key: str, reason: str) -> None:
    """Whoever edits a catalogue learns from the error alone what to mend."""
    assert old in REPORTS
    with pytest.raises(ContractError) as caught:
        parse(REPORTS.replace(old, new, 1))
    assert caught.value.origin == "mine.toml"
    assert str(caught.value.key).endswith(key)
    assert reason in caught.value.reason


def test_catalogue_without_reports_is_refused() -> None:
    """An empty one is a mistake, not a vendor."""
    with pytest.raises(ContractError, match=r"mine\.toml: report: there is none"):
        parse(REPORTS.partition("[[report]]")[0])


def test_two_reports_of_one_name_are_refused() -> None:
    """The second would silently replace the first."""
    report = "[[report]]" + REPORTS.partition("[[report]]")[2]
    with pytest.raises(ContractError, match="two of the name visit"):
        parse(REPORTS + report)


def test_own_parameter_with_the_name_of_a_common_one_is_refused() -> None:
    """One name is one parameter."""
    own = '[[report.parameter]]\nname = "start"\ntype = "integer"\nmeaning = "x"\n'
    with pytest.raises(ContractError, match="two of the name start"):
        parse(REPORTS + own)


def test_report_has_its_own_path_formats_and_timestamps_if_it_says_so() -> None:
    """Some vendors have reports of more than one family."""
    plain = parse(REPORTS)["visit"]
    assert (plain.path, plain.formats, plain.timestamps) == ("/api/visit", ("csv",), "YYYY-MM-DD HH:MM:SS")
    own = 'path = "/v1/{id}/visit"\nformats = ["json"]\ntimestamps = "YYYY-MM-DDTHH:MM:SS.sssZ"\nkind'
    report = parse(REPORTS.replace("kind", own))["visit"]
    assert (report.path, report.formats) == ("/v1/{id}/visit", ("json",))
    assert report.timestamps == "YYYY-MM-DDTHH:MM:SS.sssZ"


def test_unknown_report_and_column_name_the_nearest() -> None:
    """The reader sees what was probably meant."""
    catalogue = parse(REPORTS)
    with pytest.raises(UnknownName, match="unknown report 'visits'; nearest: visit"):
        catalogue.report("visits")
    with pytest.raises(UnknownName, match="unknown column 'dat'; nearest: date"):
        catalogue.report("visit").column("dat")
