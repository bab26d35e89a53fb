"""Mistakes in rows: which there are, in which order, under which names, up to how many."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mutants.edited import Edit, Edited, Table
from mutants.registry import mutant
from reportfixtures import Encoding
from reportfixtures.encoding import Cell
from reportmocks import worlds
from reportmocks.echo360 import reports as echo360
from reportmocks.engagement import runs
from reportmocks.kernel.clock import DAY
from reportmocks.kernel.jobs import Job
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.khoros import files as khoros


def edited(patch: pytest.MonkeyPatch, edit: Edit, *formats: str) -> None:
    """Have what clients get edited, in all places where it is made."""
    which = formats or ("csv", "json")
    for module, name in ((runs, "capped_rows"), (echo360, "rows_of"), (khoros, "rows_asked")):
        made: Callable[..., Any] = getattr(module, name)

        def rows(*given: Any, made: Callable[..., Any] = made, **more: Any) -> Edited:
            return Edited(made(*given, **more), edit, which)

        patch.setattr(module, name, rows)


@mutant("hapyak", "end-inclusive", "row-cap", "snapshot")
@mutant("echo360", "end-exclusive")
@mutant("khoros", "time-bounds")
def last_row_twice(patch: pytest.MonkeyPatch) -> None:
    """The last row is there twice."""
    edited(patch, lambda header, lines: (header, lines + lines[-1:]))


@mutant("hapyak", "end-inclusive", "row-cap")
@mutant("echo360", "end-exclusive")
@mutant("khoros", "time-bounds")
def last_row_lost(patch: pytest.MonkeyPatch) -> None:
    """The last row is not there."""
    edited(patch, lambda header, lines: (header, lines[:-1]))


def swapped(header: list[str], lines: list[list[Cell]]) -> Table:
    """Rows whose first and last have changed places."""
    return header, [*lines[-1:], *lines[1:-1], *lines[:1]] if len(lines) > 1 else lines


@mutant("hapyak", "row-order", "end-inclusive", "row-cap", "snapshot")
@mutant("brightcove", "row-order", "end-inclusive", "row-cap", "snapshot")
@mutant("echo360", "row-order", "end-exclusive")
@mutant("khoros", "row-order", "time-bounds")
def unsorted(patch: pytest.MonkeyPatch) -> None:
    """The last row comes first."""
    edited(patch, swapped)


@mutant("hapyak", "csv", "*")
@mutant("echo360", "column-names", "*")
@mutant("khoros", "csv")
def no_header(patch: pytest.MonkeyPatch) -> None:
    """A CSV has no header row."""
    edited(patch, lambda _header, lines: ([], lines), "csv")


@mutant("hapyak", "csv", "*")
@mutant("echo360", "column-names", "*")
def header_in_another_order(patch: pytest.MonkeyPatch) -> None:
    """Two names of the header have changed places, and their cells have not."""
    edited(patch, lambda header, lines: ([header[1], header[0], *header[2:]], lines), "csv")


@mutant("hapyak", "csv", "*")
@mutant("echo360", "column-names", "*")
@mutant("khoros", "csv")
def column_missing(patch: pytest.MonkeyPatch) -> None:
    """The last column is not there."""
    edited(patch, lambda header, lines: (header[:-1], [line[:-1] for line in lines]), "csv")


@mutant("echo360", "column-names", "*")
def names_in_lower_case(patch: pytest.MonkeyPatch) -> None:
    """Columns are named in lower case, all of them."""
    edited(patch, lambda header, lines: ([name.lower() for name in header], lines), "csv")


@mutant("hapyak", "json", "column-names")
def numbers_as_texts(patch: pytest.MonkeyPatch) -> None:
    """In JSON numbers are texts."""

    def texts(header: list[str], lines: list[list[Cell]]) -> Table:
        return header, [[str(cell) if isinstance(cell, int) else cell for cell in line] for line in lines]

    edited(patch, texts, "json")


@mutant("hapyak", "csv")
@mutant("brightcove", "csv")
def bare_line_feeds(patch: pytest.MonkeyPatch) -> None:
    """Lines end with LF alone."""
    encoding = runs.csv_encoding
    patch.setattr(runs, "csv_encoding", lambda *given: replace(encoding(*given), newline="\n"))


@mutant("hapyak", "future", "snapshot")
@mutant("brightcove", "future", "snapshot")
@mutant("echo360", "future")
@mutant("khoros", "snapshot")
def rows_of_the_future(patch: pytest.MonkeyPatch) -> None:
    """Reports tell of what has not happened yet."""
    between, ask = worlds.rows_between, khoros.question_of

    def ahead(*given: Any, as_of: int, **more: Any) -> Any:
        return between(*given, as_of=as_of + DAY, **more)

    def asked(*told: Any) -> Any:
        question = ask(*told)
        return replace(question, as_of=question.as_of + DAY)

    patch.setattr(worlds, "rows_between", ahead)
    patch.setattr(khoros, "question_of", asked)


@mutant("hapyak", "snapshot")
@mutant("brightcove", "snapshot")
@mutant("echo360", "snapshot")
@mutant("khoros", "snapshot")
def rows_as_of_the_download(patch: pytest.MonkeyPatch) -> None:
    """A report that is fetched late has rows of after its submission."""
    rows_of, ask = worlds.rows_of, khoros.question_of

    def late(sandbox: Sandbox, job: Job, **more: Any) -> Any:
        return rows_of(sandbox, replace(job, submitted=sandbox.now), **more)

    def asked(sandbox: Sandbox, *told: Any) -> Any:
        return replace(ask(sandbox, *told), as_of=sandbox.now)

    for module in (worlds, echo360):
        patch.setattr(module, "rows_of", late)
    patch.setattr(echo360, "_tag", lambda sandbox, job, _encoding: f"{job.id}-{sandbox.now}")
    patch.setattr(khoros, "question_of", asked)


def capped(patch: pytest.MonkeyPatch, cut: Callable[[Any, int], Any]) -> None:
    """Have the row cap done in another way."""

    def rows(_call: Any, sandbox: Sandbox, job: Job, rule: str, told: Any) -> Any:
        found, cap = worlds.rows_of(sandbox, job, telling=told), sandbox.rules.number(rule)
        return cut(found, cap) if found.count > cap else found

    patch.setattr(runs, "capped_rows", rows)


@mutant("hapyak", "row-cap")
@mutant("brightcove", "row-cap")
def no_cap(patch: pytest.MonkeyPatch) -> None:
    """A report has all its rows, however many."""
    capped(patch, lambda rows, _cap: rows)


@mutant("hapyak", "row-cap")
@mutant("brightcove", "row-cap")
def cap_off_by_one(patch: pytest.MonkeyPatch) -> None:
    """A report that is too long has one row less than the cap."""
    capped(patch, lambda rows, cap: rows.head(cap - 1))


@mutant("hapyak", "row-cap")
@mutant("brightcove", "row-cap")
def cap_of_the_last_rows(patch: pytest.MonkeyPatch) -> None:
    """Of a report that is too long the first rows are left out."""
    capped(patch, lambda rows, cap: Edited(rows, lambda header, lines: (header, lines[-cap:])))


@mutant("hapyak", "content-type", "*")
@mutant("brightcove", "content-type", "*")
def csv_is_called_text(patch: pytest.MonkeyPatch) -> None:
    """CSV comes with the content type of any text."""
    patch.setitem(runs.CONTENT_TYPES, "csv", "text/plain; charset=utf-8")


@mutant("hapyak", "content-type", "*")
def json_is_called_html(patch: pytest.MonkeyPatch) -> None:
    """JSON comes with the content type of a page."""
    patch.setitem(runs.CONTENT_TYPES, "json", "text/html; charset=utf-8")


@mutant("echo360", "compression", "*")
def file_is_called_text(patch: pytest.MonkeyPatch) -> None:
    """A gzipped file comes as plain text."""
    stored = echo360.Stored

    def text(**given: Any) -> Any:
        return stored(**{**given, "content_type": "text/plain"})

    patch.setattr(echo360, "Stored", text)


@mutant("khoros", "csv", "*")
def khoros_labels_missing(patch: pytest.MonkeyPatch) -> None:
    """CSV lacks its header row of labels."""
    encoding = khoros.encoding_of

    def bare(*given: Any) -> Encoding:
        return replace(encoding(*given), header=False)

    patch.setattr(khoros, "encoding_of", bare)
