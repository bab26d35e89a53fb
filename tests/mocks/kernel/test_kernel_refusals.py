"""Refusals: values with their numbers, each with a sentence, and each rendered by every vendor."""

import inspect
import io
from collections.abc import Iterator
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from werkzeug.wrappers import Response

from reportcontracts.errors import shorten
from reportcontracts.names import VENDORS
from reportcontracts.operations import Origin, load_operations
from reportcontracts.rules import Kind, RuleValues, Switch, Value, load_rulebook
from reportcontracts.validation import violations
from reportmocks.answers import CALL
from reportmocks.app import load_vendor
from reportmocks.kernel import refusals
from reportmocks.kernel.call import Call
from reportmocks.kernel.limits import Window
from reportmocks.kernel.refusals import Refusal
from support.kernels import START, World

KINDS: dict[str, type[Refusal]] = {
    name: kind
    for name, kind in inspect.getmembers(refusals, inspect.isclass)
    if issubclass(kind, Refusal) and kind is not Refusal
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "Unauthenticated": {"reason": "the key is not valid"},
    "Forbidden": {"reason": "not this company's"},
    "BadGrant": {"code": "invalid_client", "reason": "Invalid client_id"},
    "NotFound": {"kind": "Report", "name": "vews", "known": ("views", "users")},
    "WrongMethod": {"method": "PUT", "allowed": ("GET", "HEAD")},
    "BadParameter": {"name": "start", "given": "31.1.", "expected": "a date"},
    "MissingParameter": {"name": "start", "expected": "a date"},
    "BadBody": {"reason": "Expecting value"},
    "BodyTooLarge": {"limit": 1_048_576},
    "RangeTooLong": {"start": START, "end": START + 1, "allowed": "7 days"},
    "RangeTooOld": {"start": START, "earliest": START + 1},
    "RateLimited": {"limit": 4, "unit": "reports", "window": 60_000, "frees": START + 9_000, "now": START},
    "TooManyInFlight": {"limit": 3, "running": ("7", "8", "9"), "frees": START + 1},
    "JobFailed": {"job": "7"},
    "LinkExpired": {"expired": START, "now": START + 1},
    "LinkTampered": {},
    "TwoCredentials": {},
    "ObjectGone": {"key": "7/a.csv"},
    "Overloaded": {"limit": 10_000},
}
"""What each kind of refusal is made of."""

VARIANTS: dict[str, tuple[dict[str, Any], ...]] = {
    "Unauthenticated": ({"missing": True},),
    "NotFound": ({"known": ()}, {"name": ""}, {"name": "\n" * 50}),
    "BadParameter": ({"given": "x" * 10_000}, {"given": None}, {"given": {"a": [1]}}, {"given": "\ud800"}),
    "RateLimited": ({"frees": START - 1}, {"limit": 0}),
    "TooManyInFlight": ({"running": (), "frees": None},),
}
"""The same with what is out of the ordinary."""

SHAPES = {
    ("brightcove", "BadGrant"): "token-error",
    ("saferme", "MissingParameter"): "missing-parameter",
    ("saferme", "BadParameter"): "invalid",
    ("saferme", "RangeTooLong"): "invalid",
    ("saferme", "RangeTooOld"): "invalid",
}
"""The schema that a vendor's refusal of a kind satisfies, where that is not the one called `error`."""

NEVER = {("echo360", "JobFailed"), ("saferme", "RateLimited"), ("saferme", "TooManyInFlight")}
"""What a vendor renders as any other, but has no call to refuse: its statuses are not in the contract."""

CASES = [
    pytest.param(name, example, id=f"{name}-{number}")
    for name, usual in EXAMPLES.items()
    for number, example in enumerate([usual, *(usual | other for other in VARIANTS.get(name, ()))])
]


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_refusal_has_an_example_here(name: str) -> None:
    """A new one cannot be forgotten: it would reach a client without ever having been rendered."""
    assert name in EXAMPLES


@pytest.mark.parametrize(("name", "example"), CASES)
def test_every_refusal_has_a_sentence(name: str, example: dict[str, Any]) -> None:
    """Made from its fields, and the same as what an exception prints."""
    refusal = KINDS[name](**example)
    assert refusal.text
    assert str(refusal) == refusal.text
    assert refusal.rule == ""
    assert refusal.hint is None or refusal.hint


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("RateLimited", "4 reports in 1 min"),
        ("TooManyInFlight", "at most 3"),
        ("RangeTooLong", "from 2026-03-04T12:00:00.000Z to 2026-03-04T12:00:00.001Z is longer than 7 days"),
        ("RangeTooOld", "goes back to 2026-03-04T12:00:00.001Z"),
        ("BadParameter", "start: '31.1.'; expected a date"),
        ("BodyTooLarge", "1048576 bytes"),
        ("WrongMethod", "PUT is not allowed; allowed: GET, HEAD"),
        ("Overloaded", "10000 sandboxes"),
    ],
)
def test_a_refusal_tells_its_numbers(name: str, part: str) -> None:
    """They are what the one who is refused asks first."""
    assert part in KINDS[name](**EXAMPLES[name]).text


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("RateLimited", "free again in 9 s"),
        ("TooManyInFlight", "in flight: 7, 8, 9"),
        ("NotFound", "known: views, users"),
        ("RangeTooLong", "ask for at most 7 days at a time"),
        ("RangeTooOld", "start at 2026-03-04T12:00:00.001Z or later"),
    ],
)
def test_a_refusal_hints_at_what_would_work(name: str, hint: str) -> None:
    """Where that can be told."""
    assert KINDS[name](**EXAMPLES[name]).hint == hint


@pytest.mark.parametrize("given", ["x" * 10_000, ["x"] * 10_000, 10**300, "a\nb"])
def test_a_given_value_fits_into_a_line(given: object) -> None:
    """Whatever somebody sent."""
    assert len(shorten(given)) <= 83
    assert "\n" not in shorten(given)


def test_a_huge_number_can_be_told() -> None:
    """Python refuses to write out integers of more than 4300 digits."""
    assert shorten(10**5000)


LIMITED = [
    vendor
    for vendor in VENDORS
    if any(isinstance(limit, Window) for limit in load_vendor(vendor).traits.limits)
]
"""The vendors that have a limit in time."""


@pytest.fixture(params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> str:
    """Each vendor whose mock there is."""
    return str(request.param)


@pytest.fixture
def call(world: World) -> Iterator[Call]:
    """A request being answered, in a sandbox."""
    found = Call({"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO()}, START, sandbox=world.open())
    with Flask("test").test_request_context(environ_overrides={CALL: found}):
        yield found


@pytest.mark.parametrize(("name", "example"), CASES)
@pytest.mark.usefixtures("call")
def test_every_refusal_is_rendered_by_every_vendor(vendor: str, name: str, example: dict[str, Any]) -> None:
    """In the vendor's own shape, whether or not that vendor can come to refuse it."""
    rules = RuleValues(load_rulebook(vendor))
    response = load_vendor(vendor).render(KINDS[name](**example), rules)
    check(vendor, name, response)


@pytest.mark.usefixtures("call")
def test_every_refusal_is_rendered_by_each_of_a_vendor_s_rules(vendor: str) -> None:
    """With the rule named as in real answers: its switches shape the answer, at every choice they have."""
    values = RuleValues(load_rulebook(vendor))
    render = load_vendor(vendor).render
    for switch in refusing_switches(values):
        for choice in switch.choices or (switch.default,):
            switched = values.with_(switch.rule, switch.name, choice)
            for name, example in EXAMPLES.items():
                check(vendor, name, render(KINDS[name](rule=switch.rule, **example), switched), choice)


def refusing_switches(values: RuleValues) -> list[Switch]:
    """The switches of those rules by which something is refused."""
    rules = [rule for rule in values.rulebook.values() if rule.kind in (Kind.ERROR, Kind.LIMIT)]
    return [switch for rule in rules for switch in rule.switches.values()]


@cache
def documented(vendor: str) -> frozenset[int]:
    """Every status that the contract of a vendor has, wherever, whatever its rules are switched to."""
    operations = load_operations(vendor)
    lost = (status for its in operations.elsewhere[Origin.API] for status in its.statuses)
    return frozenset(lost).union(*(its.statuses for its in operations.values()))


def check(vendor: str, name: str, response: Response, chosen: Value | None = None) -> None:
    """An error by its status, unless another one was chosen, and by its body if that is JSON."""
    assert 400 <= response.status_code < 600 or response.status_code == chosen
    if (vendor, name) not in NEVER:
        assert response.status_code in documented(vendor), f"{vendor}: {name} is {response.status_code}"
    if response.mimetype == "application/json":
        schema = SHAPES.get((vendor, name), "error")
        assert violations(vendor, schema, response.get_json()) == []
    elif response.mimetype == "application/xml":
        ET.fromstring(response.get_data())  # noqa: S314 - our own
    else:
        assert response.mimetype == "text/plain"


@pytest.mark.parametrize("vendor", LIMITED)
def test_a_wait_in_a_refusal_reaches_the_clock(vendor: str, call: Call) -> None:
    """Whatever is limited in time moves an automatic clock, or the client would never get through."""
    refusal = KINDS["RateLimited"](**EXAMPLES["RateLimited"])
    load_vendor(vendor).render(refusal, RuleValues(load_rulebook(vendor)))
    assert call.wait_until == START + 9_000
