"""What the applications serve and what the contract lists: the same calls, no more and no fewer."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from reportcontracts.calls import Origin
from reportcontracts.names import CONTROL, VENDORS
from reportcontracts.operations import load_operations
from reportmocks.app import create_app, load_vendor
from reportmocks.control.routes import control_app
from reportmocks.kernel.core import Kernel
from reportmocks.lean import LeanFlask
from reportmocks.settings import Settings

HOW = """
Every call that is served has an [[operation]] in contracts/reportcontracts/{owner}/operations.toml, with:
  id, methods, path ({{name}} for what stands in it, {{+name}} where that may hold slashes), summary, source,
  security, parameters (of [[parameter]]), body (types, schema) and responses (of [[response]], each with its
  status, meaning, rules, content and headers).
Schemas are files contracts/reportcontracts/{owner}/<name>.schema.json.
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    """A kernel that knows every vendor and serves none."""
    app = create_app(Settings())
    yield app.kernel
    app.kernel.store.close()


def served(app: Flask) -> set[str]:
    """The routes of an application, in the way of the contract: `GET /reports/{}`."""
    found = set()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<any\(([a-z]+)\):[a-z]+>", r"\1", rule.rule)
        for method in rule.methods or ():
            found.add(f"{method} {re.sub('<[^>]+>', '{}', path)}")
    return found


def difference(app: Flask, owner: str) -> str:
    """What is served and not promised, and the reverse; empty where there is nothing of either."""
    here, there = served(app), promised(owner)
    lines = [f"served, not in the contract: {call}" for call in sorted(here - there)]
    lines += [f"in the contract, not served: {call}" for call in sorted(there - here)]
    return "\n".join([*lines, HOW.format(owner=owner)] if lines else [])


def promised(owner: str) -> set[str]:
    """The calls that the contract lists in the same form; a closed list of reports is one route for each."""
    found = set()
    for operation in load_operations(owner).values():
        if operation.origin is not Origin.API:
            continue
        names = tuple(operation.reports) if operation.closed else ("{}",)
        for name in names:
            path = re.sub(r"\{\+?report\}", name, operation.path)
            path = re.sub(r"\{[^}]+\}", "{}", path)
            found |= {f"{method} {path}" for method in operation.methods}
    return found


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_route_is_in_the_contract_and_the_reverse(vendor: str, kernel: Kernel) -> None:
    """A call that nothing promises is judged by nobody; one that is promised only is a lie."""
    app = LeanFlask(vendor)
    load_vendor(vendor).routes(app, kernel)
    assert not (said := difference(app, vendor)), said


def test_every_route_of_the_control_api_is_in_the_contract_and_the_reverse(kernel: Kernel) -> None:
    """It is an API as well, and clients in any language are written after its contract."""
    assert not (said := difference(control_app(kernel), CONTROL)), said
