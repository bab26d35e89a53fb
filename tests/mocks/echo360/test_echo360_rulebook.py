"""The rulebook and the tests agree: no rule without a test, no test of a rule that there is not."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from reportcontracts.rules import load_rulebook

RULEBOOK = load_rulebook("echo360")
NAMED = re.compile(r"\becho360\.[a-z][a-z0-9-]*")


def all_tests() -> Iterator[tuple[str, str]]:
    """Each test of Echo360 and of storage with what its docstring says."""
    here = Path(__file__).parent
    for file in (*here.glob("test_*.py"), here.with_name("test_storage.py")):
        for part in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(part, ast.FunctionDef) and part.name.startswith("test_"):
                yield f"{file.name}::{part.name}", ast.get_docstring(part) or ""


@cache
def named() -> dict[str, list[str]]:
    """The tests by the rules that they name."""
    found: dict[str, list[str]] = {}
    for test, docstring in all_tests():
        for rule in NAMED.findall(docstring):
            found.setdefault(rule, []).append(test)
    return found


@pytest.mark.parametrize("rule", RULEBOOK)
def test_every_rule_is_named_by_a_test(rule: str) -> None:
    """A behaviour that nobody has seen might as well not be there."""
    assert named().get(rule), f"no test names {rule}"


def test_every_rule_that_is_named_is_there() -> None:
    """A rule that is renamed leaves no test of its old name."""
    assert {rule: its for rule, its in named().items() if rule not in RULEBOOK} == {}


def test_every_test_says_why() -> None:
    """One sentence each."""
    assert [test for test, docstring in all_tests() if not docstring] == []
