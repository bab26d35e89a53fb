"""A list of operations with a mistake is refused, and the refusal tells file, key and reason."""

import pytest

from reportcontracts import ContractError, UnknownName, load_catalogue, load_rulebook
from reportcontracts.operations import Operations, Origin, load_operations, parse_operations

TEXT = """
everywhere = []
elsewhere = ["lost"]
[[security]]
id = "key"
type = "apiKey"
in = "header"
name = "X-Key"
meaning = "who calls"
[[header]]
name = "Allow"
pattern = "[A-Z, ]+"
meaning = "methods"
[[parameter]]
name = "day"
type = "date"
meaning = "of the rows"
[[response]]
id = "rows"
meaning = "The rows."
status = 200
rules = ["hapyak.csv"]
content = [{ type = "text/csv; charset=utf-8", rows = "csv" }]
[[response]]
id = "lost"
meaning = "No such path."
status = [404, "hapyak.key.status"]
content = [{ type = "application/json", schema = "error" }]
headers = ["Allow"]
[[operation]]
id = "report"
methods = ["GET"]
path = "/api/reports/v2/{report}"
summary = "Run a report."
source = "the page"
security = ["key"]
parameters = ["day"]
responses = ["rows"]
"""


def parse(text: str) -> Operations:
    """The operations of a text that errors call mine.toml."""
    return parse_operations(
        text,
        owner="hapyak",
        origin="mine.toml",
        catalogue=load_catalogue("hapyak"),
        rulebook=load_rulebook("hapyak"),
    )


def test_operations_are_read_with_all_their_parts() -> None:
    """What the file says is what the operations hold."""
    operations = parse(TEXT)
    report, lost = operations["report"], operations.elsewhere[Origin.API][0]
    assert [parameter.name for parameter in report.parameters] == ["day"]
    assert list(report.reports) == list(load_catalogue("hapyak"))
    assert report.security == operations.security
    assert lost.statuses == {404, 401, 403}
    assert lost.statuses_by(None) == {404, 403}
    assert lost.rules == ("hapyak.key",)


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('id = "rows"', 'ids = "rows"', "response[1].id", "missing or empty"),
        ('meaning = "The rows."', 'meaning = "The rows."\nmeanings = 1', "response[1] (rows).meanings",
         "unknown key; did you mean meaning?"),
        ("status = 200", "status = 20", "response[1] (rows).status", "20 is no status"),
        ("status = 200", 'status = "hapyak.key.stats"', "response[1] (rows).status", "'stats' is not"),
        ("status = 200", 'status = "hapyak.range"', "response[1] (rows).status", "between statuses"),
        ('security = ["key"]', 'security = ["key"]\nscopes = ["all"]', "operation[1] (report).scopes",
         "all is none of its security's: none"),
        ("status = 200", "status = []", "response[1] (rows).status", "missing"),
        ('["hapyak.csv"]', '["hapyak.cvs"]', "response[1] (rows).rules", "there is no rule 'hapyak.cvs'"),
        ('rows = "csv"', 'rows = "xls"', "content[1] (text/csv; charset=utf-8).rows", "no format xls"),
        ('schema = "error"', 'schema = "error", partial = "dai"', "partial", "dai is neither a parameter"),
        ('schema = "error"', 'schema = "eror"', "schema", "eror.schema.json; did you mean error?"),
        ('headers = ["Allow"]', 'headers = ["Alow"]', "headers", "there is no Alow; did you mean Allow?"),
        ('pattern = "[A-Z, ]+"', 'pattern = "[A-"', "header[1] (Allow).pattern", "no regular expression"),
        ('in = "header"', 'in = "cookie"', "security[1] (key).in", "one of: header, query"),
        ('type = "apiKey"', 'type = "key"', "security[1] (key).type", "one of: apiKey, http, oauth2"),
        ('["GET"]', '["FETCH"]', "operation[1] (report).methods", "FETCH is none of"),
        ('"/api/reports/v2/{report}"', '"api/{report}"', "operation[1] (report).path", "does not begin"),
        ('"/api/reports/v2/{report}"', '"/api/{report}"', "operation[1] (report).path", "no report"),
        ('"/api/reports/v2/{report}"', '"/api/{thing}"', "operation[1] (report).path", "no parameter thing"),
        ('parameters = ["day"]', 'parameters = ["dag"]', "(report).parameters", "did you mean day?"),
        ('responses = ["rows"]', 'body = { types = ["text/plain"], query = ["dya"] }\nresponses = ["rows"]',
         "operation[1] (report).body", "no report has the parameter dya"),
        ('responses = ["rows"]', 'responses = ["lost"]', "response (rows)", "no operation is answered so"),
        ('elsewhere = ["lost"]', 'elsewhere = ["rows"]', "response (lost)", "no operation is answered so"),
    ],
)  # fmt: skip
def test_mistake_is_refused_with_its_place(old: str, new: str, key: str, reason: str) -> None:
    """Whoever edits the file is told where to look."""
    assert TEXT.count(old) >= 1
    with pytest.raises(ContractError) as caught:
        parse(TEXT.replace(old, new, 1))
    assert caught.value.origin == "mine.toml"
    assert key in str(caught.value.key)
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ('[[header]]\nname = "Allow"\nmeaning = "again"\n', "two of the name Allow"),
        ('[[parameter]]\nname = "day"\ntype = "date"\nmeaning = "again"\n', "two of the name day"),
        (TEXT[TEXT.index("[[operation]]") :], "two of the id report"),
        (TEXT[TEXT.index("[[operation]]") :].replace('"report"', '"other"'), "two of GET api /api"),
    ],
)
def test_what_comes_twice_is_refused(more: str, reason: str) -> None:
    """One of the two would be read by nobody."""
    with pytest.raises(ContractError, match=reason):
        parse(TEXT + more)


def test_a_call_is_found_by_method_and_path() -> None:
    """What stands in the path is told, and the report that it names."""
    khoros = load_operations("khoros")
    match = khoros.find("GET", "/api/public/reports/report/88cf/23a/b+c=/status")
    assert match is not None
    assert match.operation is khoros["status"]
    assert match.path_parameters == {"workflow": "88cf", "run": "23a/b+c="}
    submit = khoros.find("POST", "/api/public/reports/report/response")
    assert submit is not None
    assert submit.report is load_catalogue("khoros")["response"]


def test_a_closed_list_of_reports_has_no_other_path() -> None:
    """Analytics reports are paths of their own; another name there is a path that there is not."""
    brightcove = load_operations("brightcove")
    found = brightcove.find("GET", "/v1/accounts/1/reports/gradebook/users/answers")
    assert found is not None
    assert found.report is not None
    assert brightcove.find("GET", "/v1/accounts/1/reports/gradebook") is None
    assert brightcove.methods("/v4/access_token") == ("POST", "OPTIONS")
    assert brightcove.methods("/v5/access_token") == ()


def test_an_operation_that_there_is_not_is_refused() -> None:
    """With the names most like it."""
    with pytest.raises(UnknownName, match="nearest: request"):
        load_operations("echo360").operation("reqest")


def test_every_report_can_be_asked_for(vendor: str) -> None:
    """A report that no operation gives could not be had at all."""
    operations = load_operations(vendor).values()
    assert {name for its in operations for name in its.reports} == set(load_catalogue(vendor))
