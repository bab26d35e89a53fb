"""`reportmocks check` in a process of its own, and small clients for it."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from support.serving import PATIENCE, clean_environment

ROOT: Final = Path(__file__).parent.parent.parent
CLIENTS: Final = ROOT / "tests" / "clients"

SAFERME: Final = """
import json, os, sys, urllib.parse, urllib.request
base, report, start, end, parameters = sys.argv[1:]
asked = {"start_date": start, "end_date": end, **json.loads(parameters)}
head = {"Authorization": "Token token=" + os.environ["SAFERME_ACCESS_TOKEN"],
        "X-AppId": os.environ["SAFERME_APP_ID"]}
url = base + "/api/v4/analytics/" + report + "?" + urllib.parse.urlencode(asked)
rows = json.load(urllib.request.urlopen(urllib.request.Request(url, headers=head)))
"""
"""A client of SaferMe's that gets its rows, and does nothing with them yet."""
TASK: Final = ("{base_url}", "{report}", "{start}", "{end}", "{parameters}")


def saferme(then: str = "print(json.dumps(rows))", *, first: str = "") -> tuple[str, ...]:
    """The command of a client of SaferMe's that does something with its rows; by default it prints them."""
    return (sys.executable, "-c", first + SAFERME + then, *TASK)


def python(vendor: str, *more: str) -> tuple[str, ...]:
    """The command of a good client in Python."""
    script = str(CLIENTS / "python" / f"{vendor}.py")
    asked = ("{report}", "{start}", "{end}", "{output}", "--base-url", "{base_url}")
    return (sys.executable, script, *asked, "--poll", "{poll}", "--timeout", "{timeout}", *more)


def words(vendor: str, *options: str, client: tuple[str, ...] = ()) -> list[str]:
    """The command line of a judgement."""
    end = ("--", *client) if client else ()
    return [sys.executable, "-m", "reportmocks", "check", *([vendor] if vendor else []), *options, *end]


def check(
    vendor: str, *options: str, client: tuple[str, ...] = (), **env: str
) -> "subprocess.CompletedProcess[str]":
    """Judge a client, to the end."""
    return subprocess.run(  # noqa: S603 - our own
        words(vendor, *options, client=client),
        cwd=ROOT,
        env=clean_environment({"PYTHONPATH": os.pathsep.join(sys.path), **env}),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE * 6,
    )


def failures(verdicts: str) -> list[dict[str, Any]]:
    """All that failed in a file of verdicts."""
    clients = json.loads(verdicts)["clients"]
    return [failure for client in clients for its in client["rules"] for failure in its["failures"]]


def again(failure: dict[str, Any]) -> list[str]:
    """The arguments of the command that a failure is told with."""
    ours, name, *arguments = shlex.split(failure["reproduce"])
    assert (ours, name) == ("reportmocks", "check")
    return arguments


def needed(program: str) -> str:
    """The path of a program that a client needs; without it a test is told as not run, and in CI it fails."""
    found = shutil.which(program)
    if found is None and os.environ.get("CI"):
        pytest.fail(f"{program} is not installed, and CI judges every client")
    if found is None:
        pytest.skip(f"not run: {program} is not installed")
    return found
