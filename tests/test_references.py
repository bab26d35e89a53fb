"""What the documents refer to is there: links, sections, files, and command lines in sentences."""

import re
from collections.abc import Iterator

import click
import pytest

from reportcontracts.names import VENDORS
from reportmocks.commands import commands as every
from support.documents import DOCUMENTS, ROOT

MADE = tuple(f"docs/rules/{vendor}.md" for vendor in VENDORS)
FOLDERS = "contracts|fixtures|mocks|tests|scripts|docs"


def prose(document: str) -> str:
    """A document without its blocks of code."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)


def spans(document: str) -> list[str]:
    """What stands between backticks in a document."""
    return [re.sub(r"\s+", " ", code) for code in re.findall(r"`([^`]+)`", prose(document))]


def anchors(document: str) -> set[str]:
    """The sections of a document, as links name them."""
    titles = re.findall(r"^#+ (.*)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", [*DOCUMENTS, *MADE, "CHANGELOG.md"])
def test_every_link_leads_somewhere(document: str) -> None:
    """To a file of this checkout, or to a section."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        if target.startswith("https://"):
            continue
        name, _, section = target.partition("#")
        path = (ROOT / document).parent / name if name else ROOT / document
        assert path.exists(), target
        if section:
            assert section in anchors(str(path.resolve().relative_to(ROOT))), target


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_is_named_is_there(document: str) -> None:
    """Of every vendor, where it is named for all of them."""
    for span in spans(document):
        if not re.fullmatch(rf"({FOLDERS})/[\w/<>.*-]+", span):
            continue
        names = {span.replace("<vendor>", vendor) for vendor in VENDORS} if "<vendor>" in span else {span}
        for name in names:
            assert list(ROOT.glob(name.rstrip("/"))), name


def said() -> Iterator[str]:
    """The command lines in sentences."""
    for document in DOCUMENTS:
        yield from (span for span in spans(document) if re.match(r"(reportmocks|ctl) [a-z-]", span))


@pytest.mark.parametrize("line", sorted(set(said())))
def test_a_command_in_a_sentence_has_what_it_names(line: str) -> None:
    """The command, and each of its options; a client's own command after `--` is its own."""
    words = line.removeprefix("reportmocks ").partition(" -- ")[0].split()
    command: click.Command = every
    offered: set[str] = set()
    while words and isinstance(command, click.Group):
        word = words.pop(0)
        if word.startswith("-"):
            continue
        found = command.get_command(click.Context(command), word)
        if found is None:
            assert offered, f"there is no command {word}"  # the value of an option before it
            continue
        command = found
        offered |= {
            name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)
        }
    asked = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", line.partition(" -- ")[0]))
    assert asked <= offered, asked - offered
