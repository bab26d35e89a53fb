"""No rule of Khoros without a test; which tests are about a rule, their docstrings say."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from reportcontracts.rules import load_rulebook


def named_rules() -> Iterator[str]:
    """The ids of rules in the docstrings of this folder's tests, and of what they are made with."""
    here = Path(__file__)
    for path in (*here.parent.glob("test_khoros_*.py"), here.parents[2] / "support" / "khoros.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                yield from re.findall(r"\bkhoros\.[a-z][a-z-]*", ast.get_docstring(function) or "")


def test_every_rule_is_named_by_a_test() -> None:
    """A rule that no test is about is one that nobody has looked at; a name that is no rule is a slip."""
    assert set(named_rules()) == set(load_rulebook("khoros"))
