"""The documents are run: what stands in them works as it stands, on another port."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from reportmocks import options
from reportmocks.config import Arguments, load
from support.plugin import ARGUMENTS
from support.serving import PATIENCE, clean_environment, running_server

ROOT: Final = Path(__file__).resolve().parents[1]
BIN: Final = Path(sys.executable).parent
DOCUMENTS: Final = ("README.md", "docs/data.md", "docs/run.md")
FENCED: Final = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)

SEEN: Final = {
    "README.md": (
        "HTTP/1.1 202",
        "HTTP/1.1 200",
        '"result"',
        '"VideoId"',
        '"report_count"',
        '"authorId"',
        "TooManyInFlightRequests",
        "expired",
        "hapyak: passed",
        "client.backs-off (error)",
        "hapyak: FAILED",
        "there is work to do",
        "project_id,",
        "agrees, 0 differs, 0 not exercised",
    ),
    "docs/data.md": ('"VideoId"', '"nasty"', '"pinned"'),
    "docs/run.md": ("HTTP/1.1 202",),
}
"""What the output of a document's commands holds, in this order."""


def blocks(document: str, language: str) -> list[str]:
    """The code blocks of a language."""
    return [
        code
        for kind, code in FENCED.findall((ROOT / document).read_text(encoding="utf-8"))
        if kind == language
    ]


def script(document: str, port: int) -> str:
    """All commands of a document as one script, which ends at the first that fails."""
    code = "\n".join(each for each in blocks(document, "sh") if not each.startswith("scripts/"))
    code = code.replace(". .venv/bin/activate\n", "").replace("sleep 2\n", "sleep 0.4\n")
    return "set -e\n" + code.replace("8080", str(port))


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_of_a_document_works(document: str, tmp_path: Path) -> None:
    """From top to bottom in one shell, without a step that is not written there, and as it is shown."""
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    with running_server("--report-time", "200ms", "--now", "2026-03-20") as server:
        port = server.address[1]
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        process = subprocess.Popen(  # noqa: S603 - our own documents
            ["/bin/sh", "-c", script(document, port)],
            cwd=tmp_path,
            env=clean_environment({"PATH": path, "REPORTMOCKS_URL": server.control}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            out, _ = process.communicate(timeout=PATIENCE * 4)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    told = out.decode("utf-8", "replace")
    assert process.returncode == 0, told
    for shown in blocks(document, "text"):
        if not shown.startswith(("READY ", "HTTP ->")):
            assert shown in told, f"{shown} is not in:\n{told}"
    place = 0
    for word in SEEN[document]:
        assert word in told[place:], f"{word} is not in what follows:\n{told[place:]}"
        place = told.index(word, place)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_expected_of_a_document_is_in_it(document: str) -> None:
    """A document without commands would pass the test above."""
    assert blocks(document, "sh")


def test_the_example_of_a_test_passes(pytester: pytest.Pytester) -> None:
    """Copied into a project it runs as it is."""
    (code,) = blocks("README.md", "python")
    pytester.makepyfile(code)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *ARGUMENTS)
    result.assert_outcomes(passed=1)


def test_the_file_of_options_is_taken(tmp_path: Path) -> None:
    """With the values that it sets."""
    (text,) = blocks("README.md", "toml")
    path = tmp_path / "mocks.toml"
    path.write_text(text)
    launch = load(Arguments(options={}, config=str(path)), {})
    assert (launch.settings.clock, launch.settings.report_time) == ("auto", 7_200_000)
    assert launch.settings.rules["hapyak"].number("hapyak.row-cap") == 100
    assert launch.settings.rules["echo360"].number("echo360.in-flight", "status") == 409


def test_the_line_for_programs_is_as_shown() -> None:
    """`READY` and JSON, which names the vendors that are served and the control API."""
    shown = next(text for text in blocks("README.md", "text") if text.startswith("READY "))
    with running_server("hapyak", "echo360") as server:
        addresses = json.loads(shown.removeprefix("READY "))
        assert list(addresses) == list(server.addresses)
        host = addresses["control"].removesuffix("/_mock")
        assert {name: url.removeprefix(host) for name, url in addresses.items()} == {
            name: url.removeprefix(server.control.removesuffix("/_mock"))
            for name, url in server.addresses.items()
        }
    assert host.endswith(f":{options.PORT.default}")
