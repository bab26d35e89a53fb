"""The clients of tests/clients that are programs: each passes, in its own language."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from reportcontracts.names import VENDORS
from reportmocks.check import check as check_command
from reportmocks.judging import words
from reportmocks.judging.client import Client, can_be_shimmed
from reportmocks.judging.config import read_clients
from support.checked import CLIENTS, ROOT, check, needed
from support.serving import PATIENCE, running_server

KNOWN = {client.name: client for client in read_clients(CLIENTS / "clients.toml")}
OTHERS = {
    "echo360 in Node": set(),
    "hapyak in shell": {"client.notices-row-cap", "client.reads-formats"},
}
"""Clients in other languages, each with the rules that it gives no occasion for."""
IN_PYTHON = {f"{vendor} in Python" for vendor in VENDORS} | {"saferme in Python, signed in"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a server that judges, so that not each test starts one."""
    with running_server("--size", "tiny", "--faults", "on", "--quiet") as server:
        yield server.control


def judged(client: Client, *options: str) -> "subprocess.CompletedProcess[str]":
    """The judgement of a client of the file."""
    program = sys.executable if client.command[0] == "python" else needed(client.command[0])
    able = [word for need in sorted(client.can) for word in ("--can", need)]
    return check(client.vendor, *able, *options, client=(program, *client.command[1:]))


@pytest.mark.parametrize("name", OTHERS)
def test_a_client_of_another_language_passes_in_every_story(url: str, name: str) -> None:
    """Its waiting moves the mock's clock, and so it takes seconds."""
    needed("curl")
    done = judged(KNOWN[name], "--strict", "--url", url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "waits by the mock's time" in done.stdout
    assert {line.split()[1] for line in done.stdout.splitlines() if line.startswith("-")} == OTHERS[name]


def test_every_client_of_the_file_is_judged() -> None:
    """A new one has its place in one of the tests."""
    assert set(KNOWN) == IN_PYTHON | set(OTHERS)


@pytest.mark.parametrize("name", sorted(IN_PYTHON))
def test_a_client_in_python_passes_as_a_program(url: str, name: str) -> None:
    """The adapters lead it through every story; here it is only that it can be started."""
    done = judged(KNOWN[name], "--url", url, "--only", "finishes")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_program_can_drive_the_judge_by_itself(url: str) -> None:
    """In Node, over HTTP, by the wall clock."""
    script = str(CLIENTS / "node" / "judged.mjs")
    done = subprocess.run(  # noqa: S603 - our own
        [needed("node"), script, url],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE * 6,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "echo360: passed"


def test_programs_that_wait_by_the_mocks_time_are_known_by_name_or_first_line() -> None:
    """Any other waits by the wall clock unless somebody says otherwise."""
    script = CLIENTS / "shell" / "hapyak.sh"
    assert can_be_shimmed(script)
    for name in ("python3.13", "node", "sh", "NPX.exe"):
        assert can_be_shimmed(CLIENTS / name)
    for name in ("shuf", "java", "nodes", "pythonic"):
        assert not can_be_shimmed(CLIENTS / name)


def test_the_document_tells_of_every_option_and_placeholder() -> None:
    """Whoever reads it needs nothing else."""
    told = (ROOT / "docs" / "judge.md").read_text(encoding="utf-8")
    for option in check_command.params:
        assert all(f"`{name}" in told for name in option.opts if name.startswith("-")), option.opts
    for vendor in VENDORS:
        assert all(f"{{{name}}}" in told for name in words.known(vendor))
