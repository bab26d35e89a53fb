"""The rulebooks and the tests agree: no rule without a test, no test of a rule that there is not."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from reportcontracts.names import VENDORS
from reportcontracts.rules import load_rulebook

HERE = Path(__file__).parent


def of_vendor(vendor: str) -> Iterator[tuple[str, str]]:
    """Each test of a vendor's mock and of storage, with what its docstring says."""
    for path in (*(HERE / vendor).glob("test_*.py"), HERE / "test_storage.py"):
        for part in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(part, ast.FunctionDef) and part.name.startswith("test_"):
                yield f"{path.name}::{part.name}", ast.get_docstring(part) or ""


@cache
def named(vendor: str) -> frozenset[str]:
    """The ids of rules that the tests' docstrings name."""
    rule = re.compile(rf"\b{vendor}\.[a-z][a-z0-9-]*")
    return frozenset(id_ for _, docstring in of_vendor(vendor) for id_ in rule.findall(docstring))


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_rule_is_named_by_a_test(vendor: str) -> None:
    """A behaviour that no test is about is one that nobody has looked at."""
    assert set(load_rulebook(vendor)) - named(vendor) == set()


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_rule_that_is_named_is_there(vendor: str) -> None:
    """A rule that is renamed leaves no test of its old name."""
    assert named(vendor) - set(load_rulebook(vendor)) == set()


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_test_says_why(vendor: str) -> None:
    """One sentence each."""
    assert [test for test, docstring in of_vendor(vendor) if not docstring] == []
