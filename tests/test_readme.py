"""What the README says is so."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from werkzeug.exceptions import HTTPException

from reportcontracts.names import VENDORS
from reportcontracts.operations import load_operations
from reportcontracts.rules import RuleValues, load_rulebook
from reportmocks.app import create_app, load_vendor
from reportmocks.kernel.core import Kernel
from reportmocks.lean import LeanFlask
from reportmocks.settings import Settings
from support.wsgi import transport

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL))
ANSWERED = (ROOT / "docs" / "calls.md").read_text(encoding="utf-8")
NAMED = re.compile(rf"`((?:{'|'.join(VENDORS)})\.[a-z0-9-]+)`")
CALL = re.compile(r"`(GET|POST|PUT|DELETE|PATCH) (/[^`]*)`")


def calls() -> Iterator[tuple[str, str, str]]:
    """Vendor, method and path of each call that `docs/calls.md` says is answered."""
    for part in ANSWERED.split("\n**")[1:]:
        (vendor,) = set(re.findall(r"reportcontracts/(\w+)/rules", part))
        for method, path in CALL.findall(part):
            yield vendor, method, path


@pytest.fixture(scope="module")
def routes() -> Iterator[dict[str, LeanFlask]]:
    """Each vendor's application."""
    vendors = {vendor: load_vendor(vendor) for vendor in VENDORS}
    rules = {vendor: RuleValues(load_rulebook(vendor)) for vendor in vendors}
    kernel = Kernel(Settings(), {vendor: its.traits for vendor, its in vendors.items()}, rules)
    apps = {vendor: LeanFlask(vendor) for vendor in vendors}
    for vendor, app in apps.items():
        vendors[vendor].routes(app, kernel)
    yield apps
    kernel.store.close()


def test_the_first_code_comes_soon() -> None:
    """Somebody in a hurry sees the two commands."""
    first = README[: README.index("```")].count("\n")
    assert first < 20
    assert "scripts/serve" in README.split("```")[1]
    assert "scripts/test" in README.split("```")[1]


def test_every_vendor_that_is_served_has_its_table() -> None:
    """And no other."""
    assert {vendor for vendor, _, _ in calls()} == set(VENDORS)


@pytest.mark.parametrize(("vendor", "method", "path"), list(calls()))
def test_every_call_of_the_tables_is_routed(
    routes: dict[str, LeanFlask], vendor: str, method: str, path: str
) -> None:
    """A call that is only in the README would be found out by a user."""
    url = re.sub(r"<\w+>", "x", path)
    try:
        routes[vendor].url_map.bind("mock").match(url, method)
    except HTTPException as error:
        pytest.fail(f"{vendor} has no {method} {url}: {error}")


def test_every_route_of_a_vendor_is_in_its_table(routes: dict[str, LeanFlask]) -> None:
    """By its first words: look-ups stand there as a family."""
    told = {(vendor, re.sub(r"<\w+>", "<>", path)) for vendor, _, path in calls()}
    for vendor, app in routes.items():
        for rule in app.url_map.iter_rules():
            path = re.sub(r"<[^>]+>", "<>", rule.rule)
            known = any(vendor == of and path.startswith(start.partition("<>")[0]) for of, start in told)
            assert known, f"{vendor}: {path}"


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_host_of_a_vendor_is_told(vendor: str) -> None:
    """Whose name in `Host` is answered for."""
    missing = [host for host in load_operations(vendor).api.hosts if host not in ANSWERED]
    assert not missing


@pytest.mark.parametrize(
    "rule", sorted(set(re.findall(rf"`((?:{'|'.join(VENDORS)})\.[a-z0-9-]+)`", README + ANSWERED)))
)
def test_every_rule_that_is_named_is_in_a_rulebook(rule: str) -> None:
    """With its sentence and its source."""
    assert rule in load_rulebook(rule.partition(".")[0])


@pytest.fixture
def fresh() -> Iterator[httpx.Client]:
    """A client of a server that nobody has used yet, and which so has little to tell."""
    app = create_app(Settings(size="tiny"))
    with httpx.Client(transport=transport(app), base_url="http://127.0.0.1:8080") as client:
        yield client
    app.kernel.store.close()


def test_every_control_call_answers(fresh: httpx.Client) -> None:
    """Those that only look, as they stand in the table."""
    for method, path in CALL.findall(SECTIONS["The control API"]):
        if method == "GET":
            answer = fresh.get(path.replace("<rule>", "hapyak.row-cap").replace("<report>", "videoview"))
            assert answer.status_code == 200, f"{path}: {answer.text}"


def shown() -> Iterator[tuple[str, str, str]]:
    """Method, path and body of each example in the table of the control API."""
    for row in SECTIONS["The control API"].splitlines():
        changes = [(method, path) for method, path in CALL.findall(row) if method in ("POST", "PUT")]
        for body in re.findall(r"`(\{.*?\})`", row):
            yield *changes[0], body


@pytest.mark.parametrize(("method", "path", "body"), list(shown()))
def test_every_example_of_the_control_api_is_taken(
    fresh: httpx.Client, method: str, path: str, body: str
) -> None:
    """By the call that it stands beside."""
    where = {"vendor": "echo360", "sandbox": "my-client"}
    fresh.put("/_mock/world", params=where, json={"seed": 1})  # there is a sandbox of this name
    answer = fresh.request(method, path.replace("<rule>", "echo360.in-flight"), params=where, content=body)
    assert answer.status_code < 300, answer.text


def test_the_table_of_the_control_api_has_examples() -> None:
    """Or the test above would have none."""
    assert len(list(shown())) >= 12
