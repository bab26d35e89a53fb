"""The documents as tests read them: their code blocks, and a shell in which their commands work."""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from textwrap import dedent
from typing import Final

from support.plugin import ARGUMENTS
from support.serving import PATIENCE, Server, clean_environment

ROOT: Final = Path(__file__).resolve().parents[2]
DOCUMENTS: Final = ("README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
"""All that is written by hand; what `docs/rules` holds is made, and held by tests of its own."""

_BIN: Final = Path(sys.executable).parent
_FENCED: Final = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_VARYING: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"  # an instant
    r"|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # an id
)

_PRELUDE: Final = """
reportmocks() {
    if [ "$1" != serve ]; then
        command reportmocks "$@"
        return
    fi
    command reportmocks "$@" --port 0 --ready-file ready.json --quiet &
    command reportmocks ready --ready-file ready.json --timeout 20s
    kill $!
    wait $!
}
"""
"""A server of a document's own gets a free port, and ends once it has answered."""


def blocks(document: str) -> list[tuple[str, str]]:
    """Language and text of each code block of a document, in order, without the indentation of a list."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [(language, dedent(code)) for _, language, code in _FENCED.findall(text)]


def blocks_of(document: str, language: str) -> list[str]:
    """The code blocks of a language."""
    return [code for kind, code in blocks(document) if kind == language]


def block(document: str, language: str) -> str:
    """The only code block of a language."""
    (code,) = blocks_of(document, language)
    return code


def environment(**more: str) -> dict[str, str]:
    """The environment of a terminal in which the package is installed."""
    clean = clean_environment(more)
    path = f"{_BIN}{os.pathsep}{clean['PATH']}"
    return clean | {"PATH": path, "PYTEST_ADDOPTS": " ".join(ARGUMENTS), "NO_PROXY": "*"}


def run_shell(script: str, folder: Path, **more: str) -> str:
    """The output of a shell script that succeeds; whatever it leaves running is ended."""
    process = subprocess.Popen(  # noqa: S603 - our own documents
        ["/bin/sh", "-e", "-c", script],
        cwd=folder,
        env=environment(**more),
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
    return told


def run_commands(document: str, server: Server, folder: Path) -> str:
    """The output of all commands of a document, from top to bottom in one shell, with a server there."""
    code = "\n".join(each for each in blocks_of(document, "sh") if not each.startswith("scripts/"))
    code = code.replace(". .venv/bin/activate\n", "").replace("sleep 2\n", "sleep 0.4\n")
    code = code.replace("8080", str(server.address[1]))
    return run_shell(_PRELUDE + code, folder, REPORTMOCKS_URL=server.control)


def assert_shown(shown: str, told: str) -> None:
    """See that what a document shows was printed; `...` is lines left out, and instants may differ."""
    text = steady(told + "\n")
    for part in re.split(r"^\.\.\.\n", steady(shown), flags=re.MULTILINE):
        assert part in text, f"{part}\nis not in what follows, of:\n{told}"
        text = text[text.index(part) + len(part) :]


def steady(text: str) -> str:
    """A text without what is another each time, and without the ends of lines of HTTP."""
    return _VARYING.sub("<varying>", text.replace("\r\n", "\n"))
