"""Learning from real exports: header, order, types and forms, and never a value."""

import gzip
import json

import pytest

from reportcontracts.catalogue import ColumnType, TimestampFormat, load_catalogue
from reportcontracts.errors import ContractError
from reportcontracts.guesses import ambiguous, guess
from reportcontracts.learning import Learned, learn
from reportcontracts.overrides import parse_overrides

POLLS = "poll_widget_detail"
HEADER = list(load_catalogue("hapyak")[POLLS].column_names)
ROW = ["2026-02-03 10:20:30", "abc", "7", "Ann", "1000", "3", "poll", "Why?", "Because"]


def csv_of(*rows: list[str], mark: str = ",", end: str = "\r\n") -> bytes:
    """Rows of plain cells."""
    return "".join(mark.join(row) + end for row in rows).encode()


def learned(data: bytes, vendor: str = "hapyak", report: str = POLLS, **more: bool) -> Learned:
    """What there is to learn of a file."""
    return learn(vendor, report, data, "export.csv", **more)


@pytest.mark.parametrize(
    ("cells", "kind", "form"),
    [
        (["1", "-22"], ColumnType.INTEGER, None),
        (["1", "2.5"], ColumnType.NUMBER, None),
        (["1.50", "2.25"], ColumnType.NUMBER, "0.00"),
        (["1,50", "22,25"], ColumnType.NUMBER, "0,00"),
        (["1.234,50", "22,25"], ColumnType.NUMBER, "#.##0,00"),
        (["1,234", "12,345,678"], ColumnType.INTEGER, "#,##0"),
        (["12.5%", "3.0%"], ColumnType.NUMBER, "0.0%"),
        (["true", "false"], ColumnType.BOOLEAN, None),
        (["Yes", "No", "Yes"], ColumnType.BOOLEAN, "Yes/No"),
        (["2026-02-03"], ColumnType.DATE, None),
        (["03.02.2026"], ColumnType.DATE, "%d.%m.%Y"),
        (["02/13/2026", "02/03/2026"], ColumnType.DATE, "%m/%d/%Y"),
        (["13/02/2026", "02/03/2026"], ColumnType.DATE, "%d/%m/%Y"),
        (["2026-02-03 04:05:06"], ColumnType.TIMESTAMP, None),
        (["2026-02-03T04:05:06.789Z"], ColumnType.TIMESTAMP, "%Y-%m-%dT%H:%M:%S.%3fZ"),
        (["2026-02-03 04:05:06.000000"], ColumnType.TIMESTAMP, "%Y-%m-%d %H:%M:%S.%f"),
        (["02/13/2026 4:05 PM"], ColumnType.TIMESTAMP, "%m/%d/%Y %-I:%M %p"),
        (["7b0c1e3e-0d4c-4b7e-9a53-0a8b9c1d2e3f"], ColumnType.UUID, None),
        (['{"a": 1}', "[]"], ColumnType.JSON, None),
        (["1", "one"], ColumnType.STRING, None),
        (["31.02.2026"], ColumnType.STRING, None),
        ([], ColumnType.STRING, None),
    ],
)
def test_types_and_forms_are_guessed(cells: list[str], kind: ColumnType, form: str | None) -> None:
    """The narrowest that all cells are of."""
    assert guess(cells, TimestampFormat.SPACED) == (kind, form)


def test_whole_numbers_are_instants_only_where_instants_are() -> None:
    """Ten digits can be anything."""
    assert guess(["1770091506"], TimestampFormat.SPACED) == (ColumnType.INTEGER, None)
    assert guess(["1770091506"], TimestampFormat.SPACED, time=True) == (ColumnType.TIMESTAMP, "epoch")
    assert guess(["1770091506789"], TimestampFormat.SPACED, time=True) == (ColumnType.TIMESTAMP, "epoch-ms")


def test_day_or_month_first_is_said_where_it_cannot_be_told() -> None:
    """Only days after the twelfth tell."""
    assert ambiguous(["02/03/2026"], "%m/%d/%Y")
    assert not ambiguous(["02/13/2026"], "%m/%d/%Y")
    assert not ambiguous(["2026-02-03"], "%Y-%m-%d")


def test_a_file_as_the_catalogue_has_it_overrides_nothing() -> None:
    """However it came."""
    data = csv_of(HEADER, ROW)
    for form in (data, gzip.compress(data), csv_of(HEADER)):
        found = learned(form)
        assert (found.table, found.remarks) == ({}, [])
        assert parse_overrides(found.toml, origin="f").catalogues == {}
    as_json = json.dumps([dict(zip(HEADER, [*ROW[:4], 1000, 3, *ROW[6:]], strict=True))]).encode()
    assert learned(as_json).table == {}


@pytest.mark.parametrize(
    ("data", "key", "value"),
    [
        (csv_of(HEADER, ROW, end="\n"), "newline", "lf"),
        (csv_of(HEADER, ROW, mark=";"), "delimiter", ";"),
        (csv_of(HEADER, ROW, mark="\t"), "delimiter", "\t"),
        (csv_of(HEADER, ROW, mark="|"), "delimiter", "|"),
        (b"\xef\xbb\xbf" + csv_of(HEADER, ROW), "bom", True),
        (csv_of([f'"{cell}"' for cell in HEADER], [f'"{cell}"' for cell in ROW]), "quote", "all"),
        (csv_of([f'"{cell}"' for cell in HEADER],
                [cell if cell.isdigit() else f'"{cell}"' for cell in ROW]), "quote", "nonnumeric"),
    ],
)  # fmt: skip
def test_how_the_file_is_written_is_learned(data: bytes, key: str, value: object) -> None:
    """And nothing else of it is overridden."""
    assert learned(data).table == {key: value}


def test_columns_keep_the_file_s_order_and_names() -> None:
    """Names are known by their letters; others are added, and what the file has not is dropped."""
    found = learned(csv_of(["Project ID", "score", "Session Start Time"], ["3", "1.50", "03.02.2026 10:20"]))
    assert found.table["columns"] == [
        {"name": "Project ID", "of": "project_id"},
        {"name": "score", "type": "number", "format": "0.00"},
        {"name": "Session Start Time", "of": "session_start_time", "format": "%d.%m.%Y %H:%M"},
    ]
    said = "\n".join(found.remarks)
    assert "added, with cells that are drawn: score (number)" in said
    assert "dropped, since the file has them not: play_session, user_id" in said
    assert "renamed: project_id is Project ID" in said


def test_another_type_is_learned_where_it_can_be_made() -> None:
    """An identifier of another kind; and an empty cell where none was thought possible."""
    row = [*ROW[:5], "7b0c1e3e-0d4c-4b7e-9a53-0a8b9c1d2e3f", *ROW[6:]]
    empty = [*row[:1], "", *row[2:]]
    found = learned(csv_of(HEADER, row, empty)).table["columns"]
    assert isinstance(found, list)
    assert {"name": "project_id", "type": "uuid"} in found
    assert {"name": "play_session", "nullable": True} in found


def test_without_a_header_the_names_are_the_catalogue_s() -> None:
    """If there are as many columns."""
    assert learned(csv_of(ROW), header=False).table == {"header": False}
    with pytest.raises(ContractError, match="3 columns without names"):
        learned(csv_of(ROW[:3]), header=False)


def test_khoros_header_is_of_labels() -> None:
    """New ones get a name as the vendor makes them, and known ones keep theirs."""
    found = learned(csv_of(["Conversation ID", "How it went", "Status"], ["1", "well", "open"]), "khoros",
                    "conversation").table["columns"]  # fmt: skip
    assert isinstance(found, list)
    assert found == [
        "CONVERSATION_ID", {"name": "HOW_IT_WENT", "label": "How it went", "type": "string"}, "STATUS",
    ]  # fmt: skip


def test_no_value_is_ever_told() -> None:
    """Neither in the file nor in the remarks, nor in a refusal."""
    secret = "Rumpelstiltskin"
    rows = [[secret if place == 3 else cell for place, cell in enumerate(ROW)] for _ in range(3)]
    found = learned(csv_of([*HEADER[:3], "who", *HEADER[4:]], *rows))
    assert secret not in found.toml
    assert secret not in "".join(found.remarks)
    for broken in (
        csv_of(HEADER, ROW, [secret]),
        f'[{{"a": {secret}'.encode(),
        json.dumps([secret]).encode(),
    ):
        with pytest.raises(ContractError) as refused:
            learned(broken)
        assert secret not in str(refused.value)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "there is nothing in it"),
        (b"\xef\xbb\xbf \n", "there is nothing in it"),
        (b"a,b\r\n\xff,1\r\n", "line 2: not UTF-8"),
        (b"\x1f\x8b\x08xx", "no gzip"),
        (b"[]", "is no array of objects"),
        (b'{"rows": []}', "is no array of objects"),
        (b"[{", "begins like JSON, but is none"),
        (b'[{"a": {"b": 1}}]', "holds objects or arrays"),
        (b"a,a\r\n1,2\r\n", "is there twice"),
        (b"a,\r\n1,2\r\n", "has no name"),
        (b"a,b\r\n1\r\n", "line 2: 1 cells where the first has 2"),
    ],
)
def test_a_file_that_is_none_is_refused(data: bytes, told: str) -> None:
    """With its name, and what is wrong."""
    with pytest.raises(ContractError) as refused:
        learned(data)
    assert str(refused.value).startswith("export.csv")
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("vendor", "report", "told"),
    [("hapyak", "poll_detail", "poll_widget_detail"), ("saferme", "reports_per_user", "documented form")],
)
def test_a_report_that_cannot_be_learned_is_refused(vendor: str, report: str, told: str) -> None:
    """Since there is none, or nothing of it is open."""
    with pytest.raises(ContractError, match=told):
        learned(csv_of(HEADER, ROW), vendor, report)
