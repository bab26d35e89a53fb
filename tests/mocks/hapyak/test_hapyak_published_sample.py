"""The Python sample of HapYak's page, against a real server."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from reportcontracts.catalogue import load_catalogue
from reportcontracts.rows import typed_row
from reportcontracts.validation import header_violations, row_validator
from support.engagement import PROJECTS
from support.serving import PATIENCE, Server, clean_environment, running_server

SAMPLE: Final = Path(__file__).with_name("published_sample.py.txt")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server whose clock is the wall's, and whose reports take two polls of the sample."""
    with running_server("--report-time", "150ms", "--size", "tiny", "hapyak") as server:
        yield server


def run_sample(server: Server, path: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    """Run the sample with the mock's URL and a shorter wait, and with whatever else is to be changed."""
    text = SAMPLE.read_text(encoding="utf-8")
    url = server.url("hapyak")
    for old, new in {"https://www.hapyak.com": url, "time.sleep (10)": "time.sleep (0.1)", **changed}.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    environment = clean_environment({"NO_PROXY": "*", "PYTHONIOENCODING": "utf-8"})
    return subprocess.run(  # noqa: S603 - our own file
        [sys.executable, str(path)],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def test_the_published_sample_gets_its_report(server: Server, tmp_path: Path) -> None:
    """hapyak.running: waits at 202, ends at 200, and prints CSV for the months that the page uses.

    The sample is the page's, but for three places where it cannot run as it was published:
    the end of a comment, `minutes`, had slipped into the next line, in front of `processing = True`;
    `print('Result: ...')` stood on one line with the request, without anything between the two;
    and from the request on the loop's body was not indented, so that the loop would never end.
    Blanks at the ends of lines are left out. Changed for the test: the URL's host, and the seconds of sleep.
    """
    run = run_sample(server, tmp_path / "sample.py")
    assert (run.returncode, run.stderr) == (0, "")
    told = run.stdout.split("\n")
    waits = told.index("Result: 200")
    assert told[:waits] == ["Result: 202", "sleep/recheck"] * (waits // 2)
    assert waits
    header, *lines = csv.reader(line for line in told[waits + 1 :] if line)
    assert header_violations("hapyak", PROJECTS, header) == []
    report = load_catalogue("hapyak").report(PROJECTS)
    assert lines
    assert all(row_validator("hapyak", PROJECTS).is_valid(typed_row(report, line)) for line in lines)


def test_the_published_sample_sees_that_a_key_is_refused(server: Server, tmp_path: Path) -> None:
    """hapyak.key: whatever is neither 200 nor 202 is a failure for the page's own client."""
    run = run_sample(server, tmp_path / "sample.py", **{"YOUR-KEY-HERE": "invalid-key"})
    assert run.returncode == 254  # what an exit of -2 is to a parent
    assert run.stdout == "Result: 403\nSomething went wrong\n"
