"""The effective values of a rulebook: defaults with overrides on top, and never changed."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportcontracts import RuleValues, Switch, SwitchError, UnknownRule, load_rulebook
from reportcontracts.rules import Kind, Value

BOOKS: Final = {vendor: load_rulebook(vendor) for vendor in ("hapyak", "echo360")}
SWITCHES: Final = [
    switch for book in BOOKS.values() for rule in book.values() for switch in rule.switches.values()
]


def allowed(switch: Switch) -> st.SearchStrategy[Value]:
    """Everything that a switch takes."""
    if switch.choices:
        return st.sampled_from(switch.choices)
    if isinstance(switch.default, bool):
        return st.booleans()
    return st.integers(switch.minimum, switch.maximum)


SET: Final = st.sampled_from(SWITCHES).flatmap(lambda switch: st.tuples(st.just(switch), allowed(switch)))


def values_of(vendor: str) -> RuleValues:
    """A vendor's values by default."""
    return RuleValues(BOOKS[vendor])


def test_without_overrides_every_value_is_the_default(vendor: str) -> None:
    """A server started without options goes by the rulebook."""
    book = load_rulebook(vendor)
    values = RuleValues(book)
    for rule in book.values():
        assert dict(values.of(rule.id)) == {name: switch.default for name, switch in rule.switches.items()}
    assert not values.overrides


@given(SET)
def test_setting_one_switch_changes_that_one_alone(change: tuple[Switch, Value]) -> None:
    """No other rule, and not the values that it was made from."""
    switch, value = change
    before = values_of(switch.rule.partition(".")[0])
    after = before.with_(switch.rule, switch.name, value)
    assert after(switch.rule, switch.name) == value
    assert before(switch.rule, switch.name) == switch.default
    for rule in before.rulebook.values():
        for name in rule.switches:
            if (rule.id, name) != (switch.rule, switch.name):
                assert after(rule.id, name) == before(rule.id, name)


@given(st.lists(SET, max_size=6))
def test_overrides_alone_make_the_same_values_again(changes: list[tuple[Switch, Value]]) -> None:
    """A state on disk needs to keep no more than the overrides."""
    values = values_of("hapyak")
    for switch, value in changes:
        if switch.rule.startswith("hapyak."):
            values = values.with_(switch.rule, switch.name, value)
    assert RuleValues(values.rulebook, values.overrides) == values


@given(SET)
def test_command_line_and_json_set_the_same(change: tuple[Switch, Value]) -> None:
    """`--rule ID.field=VALUE` and `PUT /_mock/rules/ID` are two spellings of one thing."""
    switch, value = change
    start = values_of(switch.rule.partition(".")[0])
    typed = start.parsed(f"{switch.rule}.{switch.name}", str(value))
    assert typed == start.with_(switch.rule, switch.name, value)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("echo360.in-flight", "value"),
        ("echo360.in-flight.value", "value"),
        ("echo360.password-grant", "enabled"),
    ],
)
def test_rule_alone_names_its_main_switch(path: str, field: str) -> None:
    """`--rule echo360.in-flight=5` is what one types first."""
    assert BOOKS["echo360"].resolve(path).name == field


@pytest.mark.parametrize(
    "path", ["echo360.in-flight.cap", "echo360.pending", "echo360.report-list", "echo360.pending.x"]
)
def test_switch_that_a_rule_has_not_is_refused_with_those_it_has(path: str) -> None:
    """A misspelt switch is never ignored."""
    with pytest.raises(SwitchError) as caught:
        values_of("echo360").parsed(path, "1")
    has = BOOKS["echo360"][caught.value.rule].switches
    assert all(name in caught.value.allowed for name in has)
    assert has or "no switch" in caught.value.allowed


@pytest.mark.parametrize(
    "rule_id", ["echo360.inflight", "echo360.in-flght", "in-flight", "", "hapyak.range", "echo360"]
)
def test_unknown_rule_is_refused(rule_id: str) -> None:
    """Every way to a rule refuses an id that there is not."""
    values = values_of("echo360")
    for attempt in (
        lambda: values.with_(rule_id, "value", 1),
        lambda: values.of(rule_id),
        lambda: values.parsed(rule_id, "1"),
    ):
        with pytest.raises(UnknownRule) as caught:
            attempt()
        assert caught.value.rule_id == rule_id
    with pytest.raises(UnknownRule):
        RuleValues(values.rulebook, {rule_id: {"value": 1}})


def test_unknown_rule_names_the_nearest() -> None:
    """The reader sees what was probably meant."""
    with pytest.raises(UnknownRule, match=r"nearest: echo360\.in-flight") as caught:
        BOOKS["echo360"].rule("echo360.inflight")
    assert caught.value.near[0] == "echo360.in-flight"


def test_value_that_a_switch_cannot_take_is_refused_at_the_start() -> None:
    """Overrides from a file are checked like any others."""
    with pytest.raises(SwitchError, match=r"echo360\.in-flight\.value"):
        RuleValues(BOOKS["echo360"], {"echo360.in-flight": {"value": -1}})


def test_without_limits_switches_off_the_limits_and_nothing_else(vendor: str) -> None:
    """`--limits off` is for those who test something else."""
    before = RuleValues(load_rulebook(vendor))
    after = before.without_limits()
    for rule in before.rulebook.values():
        expected = dict(before.of(rule.id)) | ({"enabled": False} if rule.kind is Kind.LIMIT else {})
        assert dict(after.of(rule.id)) == expected


def test_typed_look_ups_give_the_type_and_refuse_another() -> None:
    """A route that asks for a number never gets `True`."""
    values = values_of("hapyak")
    assert values.number("hapyak.rate-minute") == 4
    assert values.text("hapyak.range", "action") == "clamp"
    assert values.flag("hapyak.range") is True
    for look in (
        lambda: values.number("hapyak.range", "enabled"),
        lambda: values.text("hapyak.range"),
        lambda: values.flag("hapyak.range", "value"),
    ):
        with pytest.raises(TypeError, match=r"hapyak\.range"):
            look()


def test_look_up_of_what_there_is_not_is_a_key_error() -> None:
    """Inside the mock a wrong id is a mistake of the programmer, not of a user."""
    with pytest.raises(KeyError):
        values_of("hapyak")("hapyak.nothing")
    with pytest.raises(KeyError):
        values_of("hapyak").number("hapyak.range", "nothing")


def test_values_cannot_be_changed_from_outside() -> None:
    """Requests of all sandboxes share them."""
    values = values_of("hapyak").with_("hapyak.range", "value", 9)
    with pytest.raises(TypeError):
        values.of("hapyak.range")["value"] = 1  # type: ignore[index]
    with pytest.raises(TypeError):
        values.overrides["hapyak.range"] = {}  # type: ignore[index]
    given = {"hapyak.range": {"value": 5}}
    kept = RuleValues(BOOKS["hapyak"], given)
    given["hapyak.range"]["value"] = 7
    assert kept.number("hapyak.range") == 5
    assert kept.overrides == {"hapyak.range": {"value": 5}}
