"""No rule of Brightcove without a test; which tests are about a rule, their docstrings say."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from reportcontracts.rules import load_rulebook


def docstrings() -> Iterator[str]:
    """What this folder's tests say of themselves."""
    for path in Path(__file__).parent.glob("test_brightcove_*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
                yield ast.get_docstring(function) or ""


def test_every_rule_is_named_by_a_test() -> None:
    """A rule that no test is about is one that nobody has looked at; a name that is no rule is a slip."""
    named = {rule for text in docstrings() for rule in re.findall(r"\bbrightcove\.[a-z][a-z-]*", text)}
    assert named == set(load_rulebook("brightcove"))


def test_every_test_says_why() -> None:
    """One sentence each."""
    assert all(docstrings())
