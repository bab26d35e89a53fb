"""What a client leaves behind, as the judge takes it."""

import signal
from pathlib import Path

import pytest

from reportcontracts.kit.decoding import Undecodable, guess, rows_of
from reportmocks.judging.bounded import Run
from reportmocks.judging.rows import MOST_ROWS, MOST_SAID, result_of
from reportmocks.judging.smaller import smaller


def left(folder: Path, **files: str) -> Path:
    """A folder with what a client has written."""
    for name, text in {"stdout": "", "stderr": "", **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_rows_are_those_of_the_file_or_what_was_printed(tmp_path: Path) -> None:
    """With a file, what was printed is output."""
    printed = result_of(Run(exit_code=0), left(tmp_path, stdout="a,b\n"), "csv")
    assert (printed["text"], printed["output"]) == ("a,b\n", "")
    written = result_of(Run(exit_code=0), left(tmp_path, stdout="done", rows="a,b\n"), "csv")
    assert (written["text"], written["output"]) == ("a,b\n", "done")


def test_a_client_that_failed_says_so_by_its_last_line(tmp_path: Path) -> None:
    """Its rows are none, and all that it printed is output."""
    folder = left(tmp_path, stdout="a,b\n", stderr="Traceback\nReportError: it is Failed\n\n")
    result = result_of(Run(exit_code=1), folder, "auto")
    assert result["error"] == "exit code 1: ReportError: it is Failed"
    assert "text" not in result
    assert "a,b" in result["output"]
    crashed = result_of(Run(exit_code=-signal.SIGSEGV), left(tmp_path), "auto")
    assert crashed["error"] == "ended by SIGSEGV"


@pytest.mark.parametrize("run", [{"timed_out": True}, {"killed": True}, {"stopped": "memory"}], ids=str)
def test_one_that_was_stopped_has_neither_rows_nor_an_error(tmp_path: Path, run: dict[str, object]) -> None:
    """Its driver ended it, and it said nothing of that."""
    result = result_of(Run(exit_code=-9, **run), left(tmp_path, rows="a\n"), "csv")  # type: ignore[arg-type]
    assert "text" not in result
    assert "error" not in result
    assert {name: result[name] for name in run} == run


def test_warnings_are_lines_that_say_so(tmp_path: Path) -> None:
    """Whatever its language's logger puts around them."""
    folder = left(tmp_path, stderr="INFO start\n[WARN] rows are missing\nUserWarning: late\n")
    assert result_of(Run(exit_code=0), folder, "csv")["warnings"] == [
        "[WARN] rows are missing",
        "UserWarning: late",
    ]


def test_garbage_is_handed_in_as_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are seen to be none."""
    left(tmp_path)
    (tmp_path / "rows").write_bytes(b"\xff\xfe\x00")
    assert result_of(Run(exit_code=0), tmp_path, "csv")["text"] == "\ufffd\ufffd\0"


def test_too_much_is_not_handed_in(tmp_path: Path) -> None:
    """Rows of no end are the client's fault; of what it printed beginning and end are kept."""
    folder = left(tmp_path, rows="x" * (MOST_ROWS + 1), stderr="a" + "x" * 3 * MOST_SAID + "z")
    result = result_of(Run(exit_code=0), folder, "csv")
    assert "no report is so long" in result["stopped"]
    assert len(result["output"]) < 2 * MOST_SAID + 10
    assert (result["output"][0], result["output"][-1]) == ("a", "z")


FORMS = {
    "csv": "a,b|c\n1,2\n",
    "tsv": "a\tb\n1\t2\n",
    "psv": "a|b\n1|2\n",
    "json": '[{"a": 1}]',
    "ndjson": '{"a": 1, "type": "view"}\n{"a": 2}\n',
    "singer": """{"type": "SCHEMA", "stream": "s", "schema": {}}
{"type": "RECORD", "stream": "s", "record": {"a": 1}}
""",
    "airbyte": """{"type": "LOG", "log": {}}
{"type": "RECORD", "record": {"stream": "s", "data": {"a": 1}}}
""",
}


@pytest.mark.parametrize("form", FORMS)
def test_formats_are_told_by_their_looks(form: str) -> None:
    """And read the same as by their name."""
    assert guess(FORMS[form]) == form
    assert rows_of(FORMS[form], "auto") == rows_of(FORMS[form], form)


def test_a_document_over_several_lines_is_json() -> None:
    """And nothing at all is no rows."""
    assert rows_of('{\n "rows": [{"a": 1}]\n}', "auto") == [{"a": 1}]
    assert rows_of('{"rows": [{"a": 1}]}', "auto") == [{"a": 1}]
    assert rows_of("\n", "auto") == []
    with pytest.raises(Undecodable):
        rows_of("{nonsense", "auto")


def test_smaller_points_come_nearer_to_the_simplest() -> None:
    """One part at a time, and never the point itself."""
    space = {"days": range(1, 22), "outcome": ("available", "failed")}
    points = list(smaller(space, {"days": 9, "outcome": "failed"}))
    assert points == [
        {"days": 1, "outcome": "failed"},
        {"days": 5, "outcome": "failed"},
        {"days": 8, "outcome": "failed"},
        {"days": 9, "outcome": "available"},
    ]
    assert list(smaller(space, {"days": 1, "outcome": "available"})) == []
