"""`reportmocks rules`: the rulebook on the command line."""

import json
import os
import pty
import re
import subprocess
import sys

import pytest

from reportcontracts import fidelity
from reportcontracts.names import VENDORS
from reportcontracts.rules import Evidence, load_rulebook
from reportmocks.commands import run
from support.serving import PATIENCE, clean_environment


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command prints."""
    assert run(["rules", *arguments]) == 0
    return capsys.readouterr().out


def test_json_is_every_rule_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """An array of objects, in the order of the vendors and their files."""
    told = json.loads(printed(capsys, "--format", "json"))
    assert told == [rule.as_dict() for vendor in VENDORS for rule in load_rulebook(vendor).values()]
    assert {"id", "statement", "source", "evidence", "kind", "switches"} == set(told[0])


@pytest.mark.parametrize("word", Evidence)
def test_evidence_chooses(word: Evidence, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the rules that are so sure."""
    told = json.loads(printed(capsys, "khoros", "--evidence", word, "--format", "json"))
    assert [rule["id"] for rule in told] == [
        rule.id for rule in load_rulebook("khoros").values() if rule.evidence is word
    ]


def test_evidence_may_be_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    """Those of any of the words."""
    told = json.loads(
        printed(capsys, "hapyak", "--evidence", "assumed", "--evidence", "inferred", "--format", "json")
    )
    assert {rule["evidence"] for rule in told} == {"assumed", "inferred"}


def test_a_pipe_gets_a_plain_line_for_each_rule(capsys: pytest.CaptureFixture[str]) -> None:
    """So that grep and cut work: id, evidence, sentence and switches, with tabs between."""
    lines = printed(capsys, "echo360").splitlines()
    rules = load_rulebook("echo360")
    assert [line.split("\t")[:3] for line in lines] == [
        [rule.id, str(rule.evidence), rule.statement] for rule in rules.values()
    ]
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("columns", ["60", "100"])
def test_a_terminal_gets_lines_that_fit(columns: str) -> None:
    """Wrapped to its width, none lost, with source and switches."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "reportmocks", "rules", "hapyak"],
        stdout=theirs,
        env=clean_environment() | {"COLUMNS": columns, "TERM": "xterm"},
    ) as process:
        os.close(theirs)
        told = b""
        while piece := _read(ours):
            told += piece
        assert process.wait(PATIENCE) == 0
    os.close(ours)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", told.decode())
    assert max(map(len, plain.splitlines())) <= int(columns)
    words = " ".join(plain.split())
    for rule in load_rulebook("hapyak").values():
        assert rule.id in words
        assert " ".join(rule.statement.split()) in words
        assert " ".join(rule.source.split()) in words


def _read(terminal: int) -> bytes:
    """A piece of what a terminal shows; a closed one is an error on Linux, and at its end elsewhere."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_markdown_is_the_page_of_the_documentation(capsys: pytest.CaptureFixture[str]) -> None:
    """As docs/rules has it."""
    assert printed(capsys, "saferme", "--format", "markdown") == fidelity.page("saferme")


def test_the_summary_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """In each of the formats."""
    told = json.loads(printed(capsys, "--summary", "--format", "json"))
    for its in told:
        assert sum(its["rules"].values()) == len(load_rulebook(its["vendor"]))
    table = printed(capsys, "--summary").splitlines()
    assert table[0].split() == ["vendor", "rules", *Evidence, "not", "emulated"]
    assert [line.split()[0] for line in table[1:]] == list(VENDORS)
    assert printed(capsys, "--summary", "--format", "markdown") == fidelity.summary(VENDORS)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["hapyk"], "unknown vendor 'hapyk'; did you mean hapyak?"),
        (["--evidence", "asumed"], "did you mean assumed?"),
        (["--format", "yaml"], "'yaml' is not one of table, json, markdown"),
        (["--evidnce", "assumed"], "--evidnce"),
    ],
)
def test_what_there_is_not_is_one_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the nearest of what there is, and exit code 2."""
    assert run(["rules", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert err.count("\n") == 1


def test_help_says_what_the_words_mean(capsys: pytest.CaptureFixture[str]) -> None:
    """Who does not know the words of evidence finds them there."""
    assert run(["rules", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    for word in Evidence:
        assert f"{word} (" in told or f"{word}," in told
    assert "--rule ID.field=VALUE" in told
