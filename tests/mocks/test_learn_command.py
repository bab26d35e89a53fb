"""`reportmocks learn`, and the way round: from an export to overrides to the same export."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from reportcontracts.catalogue import load_catalogue
from reportcontracts.learning import learn
from reportcontracts.overrides import Overrides, parse_overrides, read_overrides
from reportmocks.app import create_app
from reportmocks.commands import run
from reportmocks.kernel.clock import parse_instant
from reportmocks.settings import Settings

POLLS = "poll_widget_detail"
OPEN = [
    (vendor, report, form)
    for vendor in ("hapyak", "brightcove", "echo360", "khoros")
    for report, its in load_catalogue(vendor).items()
    for form in ("csv", "json")
    if "csv" in its.formats and all(form in (column.formats or (form,)) for column in its.columns)
]
"""Reports that can be overridden, in the forms that have all of their columns."""
REAL = (
    '"Begun (UTC)";"Project ID";"Play Session";"Score";"Sure"\n'
    '"03.02.2026 10:20";"17";"abc";"1,50";"yes"\n'
    '"13.02.2026 10:20";"18";"abd";"2,25";"no"\n'
)


@contextmanager
def served(overrides: Overrides) -> Iterator[httpx.Client]:
    """A server with these overrides."""
    settings = Settings(
        clock="frozen",
        now=parse_instant("2026-03-04T12:00:00Z"),
        size="tiny",
        catalogues=overrides.catalogues,
    )
    app = create_app(settings)
    with httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://127.0.0.1") as client:
        yield client
    app.kernel.store.close()


@pytest.fixture(scope="module")
def plain() -> Iterator[httpx.Client]:
    """A server without overrides."""
    with served(parse_overrides("", origin="f")) as client:
        yield client


def expected(client: httpx.Client, vendor: str, report: str, form: str) -> bytes:
    """The rows of a report of February."""
    query = {"vendor": vendor, "format": form, "start": "2026-02-01", "end": "2026-02-28"}
    answer = client.get(f"/_mock/expected/{report}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.parametrize(("vendor", "report", "form"), OPEN)
def test_the_mock_s_own_exports_teach_nothing_new(
    plain: httpx.Client, vendor: str, report: str, form: str
) -> None:
    """A difference would be one between the catalogue and the mock."""
    data = expected(plain, vendor, report, form)
    found = learn(vendor, report, data, "export")
    assert found.table == {}, found.toml


def test_what_is_learned_is_what_the_mock_then_delivers(tmp_path: Path) -> None:
    """A hand-made export with other names, order and forms; what comes back teaches the same once more."""
    file, output = tmp_path / "real.csv", tmp_path / "mine.toml"
    file.write_text(REAL, encoding="utf-8")
    assert run(["learn", "hapyak", POLLS, str(file), "--output", str(output)]) == 0
    text = output.read_text(encoding="utf-8")
    assert "abc" not in text
    with served(read_overrides(output)) as client:
        data = expected(client, "hapyak", POLLS, "csv").decode()
    assert data.splitlines()[0] == REAL.splitlines()[0]
    assert "\r" not in data
    for begun, project, session, score, sure in list(csv.reader(io.StringIO(data), delimiter=";"))[1:]:
        assert parse_instant(f"{begun[6:10]}-{begun[3:5]}-{begun[:2]}T{begun[11:]}:00Z")
        assert project.isdigit()
        assert len(session) == 9
        assert score[-3] == ","
        assert sure in ("yes", "no")
    file.write_text(data, encoding="utf-8")
    again = tmp_path / "again.toml"
    assert run(["learn", "hapyak", POLLS, str(file), "--output", str(again)]) == 0
    assert again.read_text(encoding="utf-8") == text


def test_without_an_output_the_overrides_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fit for a file; what was found goes beside it."""
    file = tmp_path / "real.csv"
    file.write_text(REAL, encoding="utf-8")
    assert run(["learn", "hapyak", POLLS, str(file)]) == 0
    out, err = capsys.readouterr()
    assert "hapyak" in parse_overrides(out, origin="out").catalogues
    assert err.startswith("2 rows of CSV; it differs from the catalogue:\n")
    assert "added, with cells that are drawn: Score (number)" in err
    assert "abc" not in out + err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["hapyk", POLLS, "{file}"], "unknown vendor 'hapyk'"),
        (["hapyak", "polls", "{file}"], "unknown report 'polls'"),
        (["hapyak", POLLS, "{file}.gone"], "No such file"),
        (["hapyak", POLLS, "{file}", "--output", "{file}/x"], "--output"),
        (["hapyak", POLLS], "FILE"),
        (["saferme", "reports_per_user", "{file}"], "documented form"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And exit code 2."""
    file = tmp_path / "real.csv"
    file.write_text(REAL, encoding="utf-8")
    assert run(["learn", *(argument.format(file=file) for argument in arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert err.count("\n") == 1
