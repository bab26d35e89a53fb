"""The kit as a project has it: a class, a fixture, and the pytest plugin's server."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]

PROJECT = """
import pytest
from clients.python.echo360_mistakes import FailedIsEmpty
from reportcontracts.kit import Echo360ClientTests


class TestMine(Echo360ClientTests):
    time = "shim"
    only = ("client.stops-at-failed", "client.stops-at-missing")

    @pytest.fixture
    def client(self):
        def make(target):
            return FailedIsEmpty(
                target.base_url, target.client_id, target.client_secret,
                poll=target.poll, timeout=target.timeout, sleep=target.sleep, clock=target.clock,
            )
        return make


class TestUnfinished(Echo360ClientTests):
    only = ("echo360.ordinary",)
"""


def test_a_project_sees_what_is_wrong_with_its_client(tmp_path: Path) -> None:
    """By story: the rule, why, what the vendor says, what the client did, and how to see it again."""
    (tmp_path / "test_mine.py").write_text(PROJECT)
    paths = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", "test_mine.py"]
    done = subprocess.run(  # noqa: S603 - our own
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    for told in (
        "FAILED test_mine.py::TestMine::test_story[echo360.failed]",
        "client.stops-at-failed (error): When a report has failed",
        "why: A failed report never becomes ready",
        "echo360.failed (documented): A request whose execution failed is Failed",
        "! the client ended with 0 rows and without an error",
        "POST /echo360/public/api/v1/reporting/requests/polling",
        "curl -i -H 'Accept: */*' -H \"Authorization: Bearer $TOKEN\"",
        "the same story: seed 1, story echo360.failed",
        "TestUnfinished has no fixture `client`",
    ):
        assert told in done.stdout, done.stdout
