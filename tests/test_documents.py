"""The documents are run: what stands in them works as it stands, on another port."""

import json
import re
import shlex
import shutil
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest
from ruamel.yaml import YAML

from reportmocks import options
from reportmocks.check import check
from reportmocks.config import Arguments, load
from reportmocks.judging.config import read_clients
from support.documents import DOCUMENTS, ROOT, assert_shown, block, blocks, blocks_of, run_commands
from support.plugin import ARGUMENTS
from support.serving import running_server

ELSEWHERE: Final = ("docs/recipes.md",)
"""Documents whose blocks another module runs or checks, each by the title that it stands under."""

RUN: Final = tuple(
    document for document in DOCUMENTS if document not in ELSEWHERE and blocks_of(document, "sh")
)
"""Documents with commands."""

OPTIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"docs/faults.md": ("--faults", "on")})
"""What a document's server is started with besides."""

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
    "docs/faults.md": ("fault ", "503", "x-mock-fault: status"),
    "docs/journal.md": ("became done", '"status": 202', "10 s apart"),
    "docs/judge.md": ("echo360: passed", '"task"', '"findings"', "204", '"verdict"', '"forgotten"'),
    "docs/overrides.md": ("2 rows of CSV", "[[hapyak.report]]", "/_mock"),
    "docs/run.md": ("HTTP/1.1 202",),
    "docs/scenarios.md": ('"id": "khoros', "429", "scenario: none", "/_mock", "planned: failed"),
}
"""What the output of a document's commands holds, in this order."""

LANGUAGES: Final = {
    "README.md": {"sh", "text", "python", "toml"},
    "docs/data.md": {"sh", "toml"},
    "docs/judge.md": {"sh", "toml", "json", "yaml", "python"},
    "docs/overrides.md": {"sh", "text", "toml"},
}
"""The languages of a document's blocks that a test here looks at; in any other, commands and their output."""

MY_CLIENT: Final = """#!/bin/sh
exec {python} {clients}/echo360.py "$4" "$6" "$8" "${{10}}" --base-url "$2"
"""
"""The reader's own program in docs/judge.md: `./my-client --url U --report R --from D --to D --csv FILE`."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a reader stands: beside the clients of this checkout, and with a program of their own."""
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    client = tmp_path / "my-client"
    client.write_text(MY_CLIENT.format(python=sys.executable, clients=ROOT / "tests" / "clients" / "python"))
    client.chmod(client.stat().st_mode | stat.S_IXUSR)
    return tmp_path


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
@pytest.mark.parametrize("document", RUN)
def test_every_command_of_a_document_works(document: str, folder: Path) -> None:
    """From top to bottom in one shell, without a step that is not written there, and as it is shown."""
    more = OPTIONS.get(document, ())
    with running_server("--report-time", "200ms", "--now", "2026-03-20", *more) as server:
        told = run_commands(document, server, folder)
    for shown in blocks_of(document, "text"):
        if not shown.startswith(("READY ", "HTTP ->")):
            assert_shown(shown, told)
    place = 0
    for word in SEEN[document]:
        assert word in told[place:], f"{word} is not in what follows:\n{told[place:]}"
        place = told.index(word, place)


@pytest.mark.parametrize("document", [each for each in DOCUMENTS if each not in ELSEWHERE])
def test_no_block_of_a_document_goes_unread(document: str) -> None:
    """A block in another language would be shown without anybody having tried it."""
    assert {language for language, _ in blocks(document)} <= LANGUAGES.get(document, {"sh", "text"})
    fences = re.findall(r"^ *```", (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fences) == 2 * len(blocks(document)), "a block without a language, or without an end"


def test_the_example_of_a_test_passes(pytester: pytest.Pytester) -> None:
    """Copied into a project it runs as it is."""
    pytester.makepyfile(block("README.md", "python"))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *ARGUMENTS)
    result.assert_outcomes(passed=1)


def test_the_example_of_a_judging_class_passes(pytester: pytest.Pytester) -> None:
    """With a client of the reader's own, on the first of its stories."""
    clients = ROOT / "tests" / "clients" / "python"
    found = f"import sys\nsys.path.insert(0, {str(clients)!r})\nfrom echo360 import Echo360Client as MyClient"
    code = block("docs/judge.md", "python")
    pytester.makepyfile(f"{found}\n{code}\n    only = ('echo360.ordinary',)\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *ARGUMENTS, "-k", "ordinary")
    result.assert_outcomes(passed=1, deselected=1)


def test_the_file_of_options_is_taken(tmp_path: Path) -> None:
    """With the values that it sets."""
    path = tmp_path / "mocks.toml"
    path.write_text(block("README.md", "toml"))
    launch = load(Arguments(options={}, config=str(path)), {})
    assert (launch.settings.clock, launch.settings.report_time) == ("auto", 7_200_000)
    assert launch.settings.rules["hapyak"].number("hapyak.row-cap") == 100
    assert launch.settings.rules["echo360"].number("echo360.in-flight", "status") == 409


def test_the_file_of_overrides_is_followed(tmp_path: Path) -> None:
    """The header is the one that the document tells, and a report of one's own is there."""
    path = tmp_path / "mine.toml"
    path.write_text(block("docs/overrides.md", "toml"))
    header = '"project_id";"Session";"Key";"Cohort";"Score"'
    assert header in (ROOT / "docs/overrides.md").read_text(encoding="utf-8")
    with (
        running_server("hapyak", "--overrides", str(path), "--clock", "auto", "--size", "tiny") as server,
        server.client(headers={"X-Hapyak-API-Key": "my-key"}) as client,
    ):
        reports = f"{server.url('hapyak')}/api/reports/v2"
        for name, first in (("poll_widget_detail", header), ("my_polls", "question")):
            client.get(f"{reports}/{name}")
            assert first in client.get(f"{reports}/{name}").text.splitlines()[0]


def test_the_file_of_data_is_taken(tmp_path: Path) -> None:
    """Its row is in the report, in any sandbox."""
    path = tmp_path / "data.toml"
    path.write_text(block("docs/data.md", "toml"))
    with running_server("hapyak", "--data", str(path), "--size", "tiny") as server, server.client() as client:
        query = {"vendor": "hapyak", "start": "2026-03-01", "end": "2026-03-01"}
        rows = client.get(f"{server.control}/expected/poll_widget_detail", params=query).json()
        assert "Because" in [row["response"] for row in rows]


def test_the_file_of_clients_is_taken(tmp_path: Path) -> None:
    """With the baseline that is shown beside it, and columns that the vendor has."""
    baseline, columns = blocks_of("docs/judge.md", "json")
    (tmp_path / "known.json").write_text(baseline)
    path = tmp_path / "clients.toml"
    path.write_text(block("docs/judge.md", "toml"))
    (client,) = read_clients(path)
    assert (client.name, client.vendor, client.command[0]) == ("nightly", "echo360", "./my-client")
    assert [known.rule for known in client.baseline] == ["client.resumes"]
    with running_server("--size", "tiny") as server, server.client() as control:
        for told in (client.columns, json.loads(columns)):
            order = {"vendor": client.vendor, "columns": told}
            answer = control.post(f"{server.control}/judge", json=order)
            assert answer.status_code == 201, answer.text


def test_the_step_of_a_job_is_yaml_with_options_that_exist() -> None:
    """A step that names an option that is none fails where it costs most."""
    (step,) = YAML(typ="safe").load(block("docs/judge.md", "yaml"))
    program, command, *words = shlex.split(step["run"])
    assert (program, command) == ("reportmocks", check.name)
    assert check.make_context(command, words).params["summary"] is True


def test_the_line_for_programs_is_as_shown() -> None:
    """`READY` and JSON, which names the vendors that are served and the control API."""
    shown = next(text for text in blocks_of("README.md", "text") if text.startswith("READY "))
    with running_server("hapyak", "echo360") as server:
        addresses = json.loads(shown.removeprefix("READY "))
        assert list(addresses) == list(server.addresses)
        host = addresses["control"].removesuffix("/_mock")
        assert {name: url.removeprefix(host) for name, url in addresses.items()} == {
            name: url.removeprefix(server.control.removesuffix("/_mock"))
            for name, url in server.addresses.items()
        }
    assert host.endswith(f":{options.PORT.default}")
