"""The Python sample of Brightcove's page, against a real server."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from reportcontracts.rows import typed_row
from reportcontracts.validation import header_violations, row_validator
from support.brightcove import CATALOGUE
from support.engagement import PROJECTS
from support.serving import PATIENCE, Server, clean_environment, running_server

SAMPLE: Final = Path(__file__).with_name("published_sample.py.txt")
HOST: Final = "https://interactivity-reporting.api.brightcove.com"
PLACEHOLDER: Final = "{Brightove Access Token}"
DOUBLED: Final = 'BASE_DOMAIN+"api/reports/v2/'


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server whose clock is the wall's, and whose reports take two polls of the sample."""
    with running_server("--report-time", "150ms", "--size", "tiny", "brightcove") as server:
        yield server


@pytest.fixture
def token(server: Server, name: str) -> str:
    """A token of a client of its own, had as the guide says."""
    answer = httpx.post(
        f"{server.url('brightcove')}/v4/access_token",
        data={"grant_type": "client_credentials"},
        auth=httpx.BasicAuth(name, "secret"),
        timeout=PATIENCE,
    )
    given: str = answer.json()["access_token"]
    return given


def run_sample(server: Server, path: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    """Run the sample with the mock's URL and a shorter wait, and with whatever else is to be changed."""
    text = SAMPLE.read_text(encoding="utf-8")
    url = server.url("brightcove")
    for old, new in {HOST: url, "time.sleep (10)": "time.sleep (0.1)", **changed}.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return subprocess.run(  # noqa: S603 - our own file
        [sys.executable, str(path)],
        env=clean_environment({"NO_PROXY": "*", "PYTHONIOENCODING": "utf-8"}),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def test_the_published_sample_gets_its_report(server: Server, token: str, tmp_path: Path) -> None:
    """brightcove.running, brightcove.range: waits at 202, ends at 200, and prints CSV of six months.

    Two places are corrected: the path, which the page's sample makes of a base that ends in
    `/api/reports/v2/` and of a name that begins with it; and the token, whose place it holds.
    The end of a comment, `minutes`, stands in the next line there, where it does no harm, and it asks for
    nine months, of which the last six come. Changed for the test: the URL's host, and the seconds of sleep.
    """
    corrections = {DOUBLED: 'BASE_DOMAIN+"', PLACEHOLDER: token}
    run = run_sample(server, tmp_path / "sample.py", **corrections)
    assert (run.returncode, run.stderr) == (0, "")
    url, *told = run.stdout.split("\n")
    assert url == f"{server.url('brightcove')}/api/reports/v2/{PROJECTS}"
    waits = told.index("Result: 200")
    assert told[:waits] == ["Result: 202", "sleep/recheck"] * (waits // 2)
    assert waits
    header, *lines = csv.reader(line for line in told[waits + 1 :] if line)
    assert header_violations("brightcove", PROJECTS, header) == []
    assert lines
    valid = row_validator("brightcove", PROJECTS).is_valid
    assert all(valid(typed_row(CATALOGUE[PROJECTS], line)) for line in lines)


@pytest.mark.parametrize(
    ("corrected", "status"), [({}, 401), ({PLACEHOLDER: ""}, 404), ({DOUBLED: 'BASE_DOMAIN+"'}, 401)]
)
def test_the_published_sample_fails_as_it_is(
    server: Server, token: str, tmp_path: Path, corrected: dict[str, str], status: int
) -> None:
    """brightcove.doubled-path, brightcove.token: with one of the two corrections, or with none."""
    changed = {old: new or token for old, new in corrected.items()}
    run = run_sample(server, tmp_path / "sample.py", **changed)
    assert run.returncode == 254  # what an exit of -2 is to a parent
    assert run.stdout.split("\n")[1:3] == [f"Result: {status}", "Something went wrong"]
