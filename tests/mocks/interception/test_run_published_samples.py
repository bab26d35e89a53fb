"""The Python samples of the vendors' pages under `reportmocks run`, with their host names and sleeps."""

import csv
import sys
from pathlib import Path
from typing import Final

from reportcontracts.catalogue import load_catalogue
from reportcontracts.rows import typed_row
from reportcontracts.validation import header_violations, row_validator
from support.running import Done, run, told

MOCKS: Final = Path(__file__).parents[1]
REPORT: Final = "project_engagement_summary_raw"

DRIVER: Final = """
import pathlib, requests, runpy, sys
given = {"grant_type": "client_credentials"}
token = requests.post("https://oauth.brightcove.com/v4/access_token", data=given, auth=("me", "x"))
text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
pathlib.Path(sys.argv[1]).write_text(
    text.replace("{Brightove Access Token}", token.json()["access_token"]), encoding="utf-8"
)
runpy.run_path(sys.argv[1])
"""


def sample(vendor: str, tmp_path: Path, **changed: str) -> str:
    """The path of a copy of a page's sample, with corrections."""
    text = (MOCKS / vendor / "published_sample.py.txt").read_text(encoding="utf-8")
    for old, new in changed.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / "sample.py"
    path.write_text(text, encoding="utf-8")
    return str(path)


def assert_has_report(done: Done, vendor: str) -> None:
    """The sample has waited once, and has printed a report with rows as the contract wants them."""
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    waited = lines.index("Result: 202")
    assert lines[waited : waited + 3] == ["Result: 202", "sleep/recheck", "Result: 200"]
    header, *rows = csv.reader(line for line in lines[waited + 3 :] if line)
    assert header_violations(vendor, REPORT, header) == []
    report, valid = load_catalogue(vendor).report(REPORT), row_validator(vendor, REPORT).is_valid
    assert rows
    assert all(valid(typed_row(report, row)) for row in rows)


def test_hapyaks_sample_gets_its_report(tmp_path: Path) -> None:
    """Corrected only where the page's text does not run, as the test of the mock itself says."""
    script = sample("hapyak", tmp_path)
    done = run("hapyak", "--clock", "real", "--report-time", "8s", "--", sys.executable, script)
    assert_has_report(done, "hapyak")
    assert told(done)[0] == "hapyak: 2 requests"


def test_brightcoves_sample_gets_its_report(tmp_path: Path) -> None:
    """With the path corrected, and a token from its real place where the page has a placeholder."""
    path = sample("brightcove", tmp_path, **{'BASE_DOMAIN+"api/reports/v2/': 'BASE_DOMAIN+"'})
    done = run("brightcove", "--", sys.executable, "-c", DRIVER, path)
    assert_has_report(done, "brightcove")
    assert "  1 x 200  POST /v4/access_token" in told(done)


def test_a_refused_key_fails_the_sample_and_the_run(tmp_path: Path) -> None:
    """Its exit code comes through, and the summary has the reason."""
    path = sample("hapyak", tmp_path, **{"YOUR-KEY-HERE": "invalid-key"})
    done = run("hapyak", "--", sys.executable, path)
    assert done.returncode == 254  # what an exit of -2 is to a parent
    assert any(line.startswith("  refused by hapyak.key (once)") for line in told(done))
