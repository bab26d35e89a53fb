"""Rows as clients hand them over: decoded, made comparable, and compared."""

from datetime import UTC, datetime
from typing import Any

import pytest

from reportcontracts.catalogue import load_catalogue
from reportcontracts.errors import ContractError
from reportcontracts.kit.columns import Columns
from reportcontracts.kit.compare import difference
from reportcontracts.kit.decoding import Undecodable, rows_of

NOTES = load_catalogue("echo360")["confused"]
KNOWN = frozenset(NOTES.column_names)

Row = dict[str, Any]


def row(number: int = 1, **cells: Any) -> Row:
    """A row of the report, with these cells."""
    plain = {column.name: f"text {number}" for column in NOTES.columns}
    ids = {"PresentationID": f"00000000-0000-4000-8000-00000000000{number}", "userid": "ABC"}
    return plain | ids | {"event_timestamp": f"2026-03-0{number}T10:00:00.000Z"} | cells


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("csv", 'a,b\r\n1,"x, ""y"""\r\n'),
        ("csv", '\ufeffa,b\n1,"x, ""y"""'),
        ("tsv", 'a\tb\n1\t"x, ""y"""\n'),
        ("psv", 'a|b\n1|"x, ""y"""\n'),
        ("json", '[{"a": "1", "b": "x, \\"y\\""}]'),
        ("json", '{"rows": [{"a": "1", "b": "x, \\"y\\""}]}'),
        ("ndjson", '{"a": "1", "b": "x, \\"y\\""}\n\n'),
        ("singer", '{"type": "STATE"}\n{"type": "RECORD", "record": {"a": "1", "b": "x, \\"y\\""}}'),
        ("airbyte", '{"type": "LOG"}\n{"type": "RECORD", "record": {"data": {"a": "1", "b": "x, \\"y\\""}}}'),
    ],
)
def test_every_format_says_the_same(form: str, text: str) -> None:
    """One row, whatever it is written in."""
    assert rows_of(text, form) == [{"a": "1", "b": 'x, "y"'}]


@pytest.mark.parametrize(
    ("form", "text", "why"),
    [
        ("csv", "a,b\n1\n", "line 2 has 1 cells, the header 2"),
        ("csv", 'a\n"x', "line 2"),
        ("json", "[", "no JSON"),
        ("json", "7", "no array"),
        ("json", "[[]]", "row 1 is no object"),
        ("ndjson", "{}\n{", "line 2"),
        ("singer", '{"type": "RECORD"}', "no object"),
        ("airbyte", '{"type": "RECORD", "record": 1}', "no object"),
    ],
)
def test_what_is_no_row_is_said(form: str, text: str, why: str) -> None:
    """With where it is."""
    with pytest.raises(Undecodable, match=why):
        rows_of(text, form)


def test_no_text_is_no_rows() -> None:
    """An empty file, and one with a header alone."""
    assert rows_of("", "csv") == rows_of("a,b\n", "csv") == rows_of("", "ndjson") == []


@pytest.mark.parametrize(
    "cells",
    [
        {"event_timestamp": "2026-03-01 10:00:00"},
        {"event_timestamp": "2026-03-01T11:00:00+01:00"},
        {"event_timestamp": datetime(2026, 3, 1, 10, tzinfo=UTC)},
        {"PresentationID": "00000000-0000-4000-8000-000000000001".upper()},
    ],
)
def test_a_cell_may_be_written_in_any_way_of_its_type(cells: Row) -> None:
    """A client that parses timestamps has lost nothing."""
    assert difference(NOTES, [row()], [row(**cells)]) is None


def test_order_does_not_matter() -> None:
    """A client that fetches in parallel has lost nothing."""
    assert difference(NOTES, [row(1), row(2)], [row(2), row(1)]) is None


def test_a_missing_and_a_doubled_row_are_named() -> None:
    """Though the count is right."""
    found = difference(NOTES, [row(1), row(2)], [row(1), row(1)])
    assert found is not None
    assert (found.missing, found.doubled, found.extra) == (1, 1, 0)
    assert found.lines[0] == "2 rows expected, 2 delivered"
    assert "2026-03-02" in str(found)


def test_a_row_of_nobodys_is_named() -> None:
    """One that the report never had."""
    found = difference(NOTES, [row(1)], [row(1), row(3)])
    assert found is not None
    assert (found.missing, found.doubled, found.extra) == (0, 0, 1)


def test_a_cell_that_differs_is_shown() -> None:
    """With what it should have been; of many, some."""
    rows = [row(number) for number in range(1, 6)]
    found = difference(NOTES, rows, [each | {"role": "x"} for each in rows])
    assert found is not None
    assert found.cells == 5
    assert "role: 'text 1' expected, 'x' delivered" in str(found)
    assert "and 2 more that differ" in str(found)


def test_a_column_that_is_nowhere_is_named() -> None:
    """And what there is instead, with the way to tell."""
    found = difference(NOTES, [row()], [{"id": 1}])
    assert found is not None
    assert "the rows have no column PresentationID" in str(found)
    assert "they have id" in str(found)
    assert "`columns`" in str(found)


@pytest.mark.parametrize("name", ["\x1b[2J", "a\nb", "x" * 61])
def test_what_is_no_name_cannot_write_to_a_terminal(name: str) -> None:
    """A damaged file makes columns of anything."""
    found = difference(NOTES, [row()], [{name: 1}])
    assert found is not None
    assert all(line.isprintable() for line in str(found).split("\n"))
    assert repr(name)[:40] in str(found)


def test_columns_may_be_renamed_cast_and_left_out() -> None:
    """As the client says that it does."""
    columns = Columns.of(
        {"event_timestamp": {"name": "at", "cast": "epoch-seconds"}, "userid": "who", "role": None}, KNOWN
    )
    theirs = row()
    theirs["at"] = datetime(2026, 3, 1, 10, tzinfo=UTC).timestamp()
    theirs["who"] = theirs.pop("userid")
    for gone in ("event_timestamp", "role"):
        del theirs[gone]
    assert difference(NOTES, [row()], [theirs], columns) is None
    assert difference(NOTES, [row()], [theirs | {"at": 1}], columns) is not None


def test_an_empty_cell_is_nothing() -> None:
    """However a client writes it; but no zero, unless it says so."""
    polls = load_catalogue("hapyak")["user_stream_raw"]
    empty: Row = dict.fromkeys(polls.column_names)
    assert difference(polls, [empty], [dict.fromkeys(polls.column_names, "")]) is None
    zero = empty | {"annotation_id": 0}
    assert difference(polls, [empty], [zero]) is not None
    said = Columns.of({"annotation_id": {"cast": "zero-if-empty"}}, frozenset(polls.column_names))
    assert difference(polls, [empty], [zero], said) is None


@pytest.mark.parametrize(
    "given",
    [
        [],
        {"nothing": "x"},
        {"role": 7},
        {"role": {"nam": "x"}},
        {"role": {"name": 7}},
        {"role": {"cast": "x"}},
    ],
)
def test_a_mapping_that_says_nothing_is_refused(given: object) -> None:
    """A name mistyped would leave a column unmapped, and blame the client."""
    with pytest.raises(ContractError):
        Columns.of(given, KNOWN)


def test_nested_rows_are_as_good_as_flat_ones() -> None:
    """A client may hand over the vendor's JSON as it comes, or a row for each innermost thing."""
    report = load_catalogue("brightcove")["quiz/project/summary"]
    question = {"question": "Why?", "num_responses": 3, "num_correct": 1}
    answers = [{"answer": word, "correct": False, "num_responses": 1, "percent": 33.3} for word in "ab"]
    inner = [question | {"answers": answer} for answer in answers]
    flat = [
        question | {f"answers.{name}": cell for name, cell in answer.items()} for answer in reversed(answers)
    ]
    assert difference(report, inner, [question | {"answers": answers}]) is None
    assert difference(report, inner, flat) is None
    found = difference(report, inner, [question | {"answers": answers[:1]}])
    assert found is not None
    assert found.missing == 1


@pytest.mark.parametrize("strange", [None, [], {}, "text", [[1]], [None]])
def test_what_is_nested_in_no_way_of_the_vendors_is_a_difference(strange: object) -> None:
    """A client may hand in anything."""
    report = load_catalogue("brightcove")["gradebook/users/answers"]
    expected = [{"user_id": "a", "projects": {"project_id": "p", "questions": {"question": "Why?"}}}]
    assert difference(report, expected, [{"user_id": "a", "projects": strange}]) is not None
