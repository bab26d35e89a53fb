"""What is behind a link: columns, cells, delimiters, compression, and what the rows say together."""

import csv
import gzip
import io
import itertools
import json
import re
from collections import Counter

import pytest

from reportcontracts.catalogue import ColumnType, ReportKind
from reportcontracts.validation import header_violations, row_validator
from reportfixtures import world
from reportmocks.kernel.clock import parse_instant
from support.answers import lines
from support.echo360 import CATALOGUE, DELIMITERS, RANGED, REPORTS, START, WEEK, Echo360, day, typed

NUMBERS = (ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.FLAG, ColumnType.BOOLEAN)
STREAMS = [name for name, report in CATALOGUE.items() if report.kind is ReportKind.STREAM]
ASSETS = [name for name in REPORTS if name.startswith("asset")]


def raw_cells(text: bytes, delimiter: str) -> list[list[str]]:
    """The cells of each line as they are written, quotes included: read by the rule alone."""
    sep = re.escape(delimiter)
    cell = re.compile(rf'("(?:[^"]|"")*"|[^"{sep}\r\n]*)({sep}|\r\n)')
    found: list[list[str]] = [[]]
    place, whole = 0, text.decode()
    while place < len(whole):
        match = cell.match(whole, place)
        assert match, whole[place : place + 80]
        found[-1].append(match[1])
        if match[2] == "\r\n":
            found.append([])
        place = match.end()
    assert found.pop() == []
    return found


@pytest.mark.parametrize("report", REPORTS)
def test_columns_and_cells_are_as_documented(echo360: Echo360, report: str) -> None:
    """echo360.column-names: order, letter case, and a type for each cell, of a week with rows."""
    text = echo360.fetch(report)
    header, *found = lines(text)
    assert header_violations("echo360", report, header) == []
    assert tuple(header) == CATALOGUE.report(report).column_names
    rows = typed(report, text)
    assert rows
    assert len(found) == len(rows)
    judge = row_validator("echo360", report)
    assert [violation for row in rows for violation in judge.violations(row)] == []


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("compression", [True, False])
@pytest.mark.parametrize("report", REPORTS)
def test_every_output_holds_the_same_rows(
    echo360: Echo360, report: str, delimiter: str, compression: object
) -> None:
    """echo360.delimiter, echo360.compression: six ways to have a report."""
    text = echo360.fetch(report, None, delimiter=delimiter, compression=compression)
    start, end = (None, None) if report == "asset" else map(parse_instant, WEEK)
    expected = world("echo360", 1, size="tiny").rows(report, start=start, end=end, as_of=START)
    assert typed(report, text, delimiter) == list(expected.records())


def test_comma_and_gzip_are_the_default(echo360: Echo360) -> None:
    """echo360.compression, echo360.delimiter: no output, an empty one, and one that says so are the same."""
    said = echo360.download(echo360.finished(output={"compression": True, "delimiter": ","}))
    silent = echo360.download(echo360.finished())
    assert gzip.decompress(said.content) == gzip.decompress(silent.content)
    assert silent.content[:2] == b"\x1f\x8b"
    assert "Content-Encoding" not in silent.headers


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("report", REPORTS)
def test_texts_are_quoted_and_numbers_are_not(echo360: Echo360, report: str, delimiter: str) -> None:
    """echo360.csv, echo360.empty-cells: as in the page's example; what is not there is not quoted."""
    header, *rows = raw_cells(echo360.fetch(report, delimiter=delimiter), delimiter)
    columns = CATALOGUE.report(report).columns
    assert header == [f'"{column.name}"' for column in columns]
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            bare = column.type in NUMBERS or not cell
            assert cell.startswith('"') != bare, (column.name, cell)
            assert cell or column.nullable, column.name


def test_there_are_cells_without_a_value(echo360: Echo360) -> None:
    """echo360.empty-cells: a video that no room captured, for one."""
    rooms = [row["room_name"] for row in typed("asset", echo360.fetch("asset"))]
    assert None in rooms
    assert any(rooms)


def test_lines_end_with_cr_lf_and_text_is_utf_8(echo360: Echo360) -> None:
    """echo360.csv: no byte order mark, no bare newline between rows, one at the end."""
    text = echo360.fetch("notes")
    assert text.startswith(b'"PresentationID"')
    assert text.endswith(b"\r\n")
    assert text.decode("utf-8").count("\n") == text.count(b"\r\n")


def test_quotes_within_a_cell_are_doubled(echo360: Echo360) -> None:
    """echo360.csv: cells that hold JSON cannot do without, and come out as JSON again."""
    text = echo360.fetch("notes", delimiter="|")
    assert b'""' in text
    assert all(json.loads(row["content"]) for row in typed("notes", text, "|"))


@pytest.mark.parametrize("report", REPORTS)
def test_instants_have_the_form_of_the_answers(echo360: Echo360, report: str) -> None:
    """echo360.timestamp-format: to the millisecond, in UTC."""
    form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
    instants = [
        column.name for column in CATALOGUE.report(report).columns if column.type is ColumnType.TIMESTAMP
    ]
    cells = [row[name] for row in typed(report, echo360.fetch(report)) for name in instants]
    assert any(cells)
    assert all(cell is None or form.fullmatch(cell) for cell in cells)


@pytest.mark.parametrize("report", REPORTS)
def test_no_two_rows_are_the_same_thing(echo360: Echo360, report: str) -> None:
    """echo360.column-names: the identity that the catalogue names tells rows apart."""
    identity = CATALOGUE.report(report).identity
    keys = Counter(tuple(row[name] for name in identity) for row in typed(report, echo360.fetch(report)))
    assert set(keys.values()) == {1}


def test_a_row_of_views_stands_for_half_a_minute(echo360: Echo360) -> None:
    """echo360.view-event: who watches on has a row every thirty seconds, and none sooner."""
    rows = sorted(typed("videoview", echo360.fetch("videoview")), key=lambda row: str(row["event_timestamp"]))
    by_viewer: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        by_viewer.setdefault((row["VideoId"], row["userid"]), []).append(
            parse_instant(row["event_timestamp"])
        )
    steps = [later - earlier for seen in by_viewer.values() for earlier, later in itertools.pairwise(seen)]
    assert steps.count(30_000) > len(steps) / 2
    assert min(steps) >= 30_000


def test_views_of_the_assets_add_up(echo360: Echo360) -> None:
    """echo360.view-sums: two ways to tell views apart, and the same number of them."""
    for report in ASSETS:
        rows = typed(report, echo360.fetch(report))
        assert any(row["view_count"] for row in rows)
        assert all(row["public"] + row["private"] == row["view_count"] for row in rows)
        assert all(row["live"] + row["on_demand"] == row["view_count"] for row in rows)


def test_minutes_watched_in_a_week_are_those_of_the_views(echo360: Echo360) -> None:
    """echo360.view-sums, echo360.view-event: a summary is the sum of its stream, half a minute a row."""
    watched = Counter(row["VideoId"] for row in typed("videoview", echo360.fetch("videoview")))
    told: Counter[str] = Counter()
    for row in typed("assetbydate", echo360.fetch("assetbydate")):
        told[row["mediaid"]] += row["view_duration_in_minutes"]
    assert {media: rows / 2 for media, rows in watched.items()} == {m: n for m, n in told.items() if n}


def test_a_changed_answer_is_a_row_of_its_own(echo360: Echo360) -> None:
    """echo360.updates: one answer at two instants, somewhere in a month."""
    found: Counter[str] = Counter()
    for start in range(-28, 0, 7):
        for report, name in (("polling", "answer_id"), ("qanda", "answerid")):
            found.update(row[name] for row in echo360.rows(report, day(start), day(start + 7)))
    assert max(found.values()) > 1


def test_every_question_of_the_report_has_an_answer(echo360: Echo360) -> None:
    """echo360.answered-questions: a question that nobody answered is no row."""
    rows = typed("qanda", echo360.fetch("qanda"))
    assert all(row["answerid"] and row["answer"] and row["answer_userid"] for row in rows)


def test_the_word_count_of_a_note_is_a_number_of_words(echo360: Echo360) -> None:
    """echo360.column-names: note_count counts words, whatever its name says."""
    assert all(row["note_count"] > 0 for row in typed("notes", echo360.fetch("notes")))


def test_an_empty_report_has_its_header_alone(echo360: Echo360) -> None:
    """echo360.empty: in each format."""
    for delimiter in DELIMITERS:
        text = echo360.fetch("polling", {"start": "2015-12-30", "end": "2015-12-31"}, delimiter=delimiter)
        names = CATALOGUE.report("polling").column_names
        assert text == (delimiter.join(f'"{name}"' for name in names) + "\r\n").encode()


@pytest.mark.parametrize("report", STREAMS)
def test_a_user_of_one_report_is_the_same_in_others(echo360: Echo360, report: str) -> None:
    """echo360.column-names: an id has one name, wherever it is met."""
    names: dict[str, set[str]] = {}
    for other in (report, "videoview"):
        user, mail = ("answer_userid", "answer_email") if other == "qanda" else ("userid", "email")
        for row in typed(other, echo360.fetch(other)):
            names.setdefault(row[user], set()).add(row[mail])
    assert all(len(mails) == 1 for mails in names.values())


def test_equal_requests_give_equal_bytes(echo360: Echo360, other: Echo360) -> None:
    """echo360.snapshot: also to different clients, who share a seed."""
    texts = {client.download(client.finished(output={})).content for client in (echo360, other)}
    assert len(texts) == 1


def test_the_csv_module_reads_it_in_its_own_dialect(echo360: Echo360) -> None:
    """echo360.csv: a client in Python needs nothing but `QUOTE_NONNUMERIC` to have numbers."""
    text = echo360.fetch("presentation").decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""), quoting=csv.QUOTE_NONNUMERIC)
    assert header[-1] == "slide_count"
    assert rows
    assert all(isinstance(row[-1], float) for row in rows)
    assert all(isinstance(cell, str) for row in rows for cell in row[:-1])


def test_ranged_reports_have_rows_in_the_week_that_tests_use() -> None:
    """What is checked of rows above is not checked of none."""
    its = world("echo360", 1, size="tiny")
    start, end = map(parse_instant, WEEK)
    counts = {name: its.rows(name, start=start, end=end, as_of=START).count for name in RANGED}
    assert min(counts.values()) > 0
