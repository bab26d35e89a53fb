"""`reportmocks scenarios`: what it prints, and that it works when it is pasted into a shell."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reportcontracts.boundaries import SIDES
from reportcontracts.names import VENDORS
from reportcontracts.scenarios import load_scenarios
from reportmocks.scenario_list import scenarios
from support.serving import Server, clean_environment, running_server

PASTED = (
    "echo360.fourth-in-flight",
    "echo360.link-after-7-days",
    "brightcove.token-between-polls",
    "khoros.presigned-late",
    "saferme.missing-field-id",
    "hapyak.down",
)
BOUNDARIES = ("hapyak.row-cap/above", "echo360.retention/at", "khoros.bucket-cap/above", "echo360.range/at")


def listed(*arguments: str) -> Result:
    """What `reportmocks scenarios` prints."""
    return CliRunner().invoke(scenarios, arguments)


def told(*arguments: str) -> list[dict[str, str]]:
    """The same as JSON."""
    result = listed(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, str]] = json.loads(result.output)
    return found


def test_all_are_listed_with_a_sentence() -> None:
    """One line for each."""
    lines = listed().output.splitlines()
    for vendor in VENDORS:
        for name, scenario in load_scenarios(vendor).scenarios.items():
            assert any(line.startswith(f"{name} ") and line.endswith(scenario.statement) for line in lines)


def test_as_json_they_are_an_array_of_objects_with_ids() -> None:
    """Of all vendors, or of one."""
    assert len(told()) == sum(len(load_scenarios(vendor).scenarios) for vendor in VENDORS)
    assert {row["id"].partition(".")[0] for row in told("khoros")} == {"khoros"}


def test_one_is_printed_as_a_script() -> None:
    """Its sentence as a comment, and the lines."""
    lines = listed("echo360.failed").output.splitlines()
    assert lines[0].startswith("# echo360.failed: The next report runs")
    assert "reportmocks ctl --vendor echo360 --sandbox my-client scenario echo360.failed" in lines


def test_the_lines_lead_to_the_server_that_ctl_goes_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that steer one server and ask another would show nothing."""
    monkeypatch.setenv("REPORTMOCKS_URL", "http://127.0.0.1:9000/_mock")
    assert "base=http://127.0.0.1:9000/echo360" in listed("echo360.failed").output.splitlines()


def test_boundaries_have_three_sides_and_say_what_is_expected() -> None:
    """Of every vendor with limits; of a rule, or one side of it."""
    rows = told("--boundaries")
    assert len(rows) == 3 * len({row["rule"] for row in rows})
    assert {row["side"] for row in rows} == set(SIDES)
    assert all(row["expected"] and row["command"] for row in rows)
    assert [row["number"] for row in told("--boundaries", "echo360.in-flight")] == [2, 3, 4]
    assert "=> 400 by echo360.in-flight" in listed("--boundaries", "echo360.in-flight/above").output
    assert told("--boundaries", "saferme") == []


@pytest.mark.parametrize(
    "arguments",
    [("nobody",), ("echo360.fourth",), ("--boundaries", "nobody"), ("--boundaries", "hapyak.key")],
)
def test_what_there_is_not_is_one_clear_line(arguments: tuple[str, ...]) -> None:
    """And exit code 2."""
    result = listed(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server whose clocks stand still, as a user may start it."""
    with running_server("--clock", "frozen", "--size", "tiny", "--quiet") as server:
        yield server


def pasted(command: str, tmp_path: Path) -> str:
    """What a shell prints when the lines are pasted into it."""
    tool = tmp_path / "reportmocks"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reportmocks "$@"\n', encoding="utf-8")
    tool.chmod(0o755)
    environment = clean_environment({"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"})
    environment["NO_PROXY"] = "*"
    ended = subprocess.run(
        ["/bin/sh", "-e"],
        input=command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    return ended.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
@pytest.mark.parametrize("name", [*PASTED, *BOUNDARIES])
def test_the_lines_work_when_they_are_pasted(server: Server, tmp_path: Path, name: str) -> None:
    """In a shell with curl, against a server; every answer that they show is the one that they announce."""
    origin = server.control.removesuffix("/_mock")
    (row,) = told(*(["--boundaries"] if "/" in name else []), name, "--url", origin)
    lines = row["command"].splitlines()
    announced = [line.rpartition("  # ")[2].split()[0] for line in lines if line.startswith("curl ")]
    printed = pasted(row["command"], tmp_path).splitlines()
    shown = [line.split()[1] for line in printed if line.startswith("HTTP/1.1 ")]
    assert shown == announced
    assert announced
