"""A rulebook with a mistake is refused, and the refusal tells file, key and reason."""

import pytest

from reportcontracts import ContractError
from reportcontracts.rules import Evidence, Kind, Rulebook, parse_rulebook

RULE = """
[[rule]]
id = "echo360.in-flight"
statement = "At most three reports are in flight."
source = "the page, Limitations"
evidence = "documented"
kind = "limit"
[rule.switch]
value = { default = 3, unit = "jobs", minimum = 0, maximum = 10 }
enabled = { default = true }
"""
VALUE = 'value = { default = 3, unit = "jobs", minimum = 0, maximum = 10 }'


def parse(text: str) -> Rulebook:
    """The rulebook of a text that errors call mine.toml."""
    return parse_rulebook(text, vendor="echo360", origin="mine.toml")


def test_rule_is_read_with_all_its_parts() -> None:
    """What the file says is what the rule holds, and a switch without its own evidence has its rule's."""
    rule = parse(RULE)["echo360.in-flight"]
    assert (rule.kind, rule.evidence, rule.vendor) == (Kind.LIMIT, Evidence.DOCUMENTED, "echo360")
    value = rule.switches["value"]
    assert (value.default, value.unit, value.minimum, value.maximum) == (3, "jobs", 0, 10)
    assert value.evidence is Evidence.DOCUMENTED


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        (
            'kind = "limit"',
            'kind = "limit"\nseverity = "high"',
            "(echo360.in-flight).severity",
            "unknown key",
        ),
        ('kind = "limit"', 'kind = "limit"\nsorce = "x"', "(echo360.in-flight).sorce", "did you mean source"),
        (
            'evidence = "documented"',
            'evidence = "certain"',
            ".evidence",
            "documented, observed, inferred, assumed",
        ),
        ('evidence = "documented"\n', "", ".evidence", "missing"),
        ('kind = "limit"', 'kind = "rule"', ".kind", "limit, behaviour, error, format"),
        ('statement = "At most three reports are in flight."\n', "", ".statement", "missing"),
        ('statement = "At most three reports are in flight."', 'statement = " "', ".statement", "empty"),
        ('source = "the page, Limitations"', "source = 1", ".source", "not a string"),
        ('id = "echo360.in-flight"', 'id = "hapyak.in-flight"', ".id", "echo360.some-name"),
        ('id = "echo360.in-flight"', 'id = "echo360.In_Flight"', ".id", "echo360.some-name"),
        ('id = "echo360.in-flight"', 'id = "in-flight"', ".id", "echo360.some-name"),
        (VALUE, "", ".switch", "value and enabled"),
        ("[rule.switch]", "[rule.switch]\nCap = { default = true }", ".switch.Cap", "not a name"),
        (VALUE, "value = 3", ".switch.value", "not a table"),
        ("default = 3,", "", ".switch.value.default", "missing"),
        ("default = 3", "default = 3.5", ".switch.value.default", "neither boolean, integer nor string"),
        ("default = 3", "default = 11", ".switch.value.default", "an integer from 0 to 10 jobs"),
        ("minimum = 0, ", "", ".switch.value", "go together"),
        (", minimum = 0, maximum = 10", "", ".switch.value", "needs choices, or minimum and maximum"),
        ("minimum = 0", "minimum = 12", ".switch.value.minimum", "more than the maximum"),
        ("minimum = 0", "minimum = true", ".switch.value.minimum", "not an integer"),
        ("minimum = 0, maximum = 10", "choices = [1, 2]", ".switch.value.default", "1, 2"),
        ("minimum = 0, maximum = 10", 'choices = [3, "four"]', ".switch.value.choices", "default's type"),
        ("minimum = 0, maximum = 10", "choices = [3, 4.5]", ".switch.value.choices", "neither boolean"),
        ("minimum = 0, maximum = 10", "choices = 3", ".switch.value.choices", "not an array"),
        (
            "{ default = true }",
            "{ default = true, choices = [true] }",
            ".enabled.choices",
            "a boolean has none",
        ),
        ("{ default = true }", "{ default = true, minimum = 0, maximum = 1 }", ".enabled", "go together"),
        ("{ default = true }", '{ default = "on" }', ".enabled.choices", "a string needs them"),
        (
            "{ default = true }",
            "{ default = true, meening = 'x' }",
            ".enabled.meening",
            "did you mean meaning",
        ),
    ],
)
def test_mistake_is_refused_with_key_and_reason(old: str, new: str, key: str, reason: str) -> None:
    """Whoever edits a rulebook learns from the error alone what to mend."""
    assert old in RULE
    with pytest.raises(ContractError) as caught:
        parse(RULE.replace(old, new))
    assert caught.value.origin == "mine.toml"
    assert key in str(caught.value.key)
    assert reason in caught.value.reason
    assert str(caught.value).startswith("mine.toml: rule[1]")


def test_two_rules_of_one_id_are_refused() -> None:
    """The second would silently replace the first."""
    with pytest.raises(ContractError, match=r"mine\.toml: echo360\.in-flight: there are two"):
        parse(RULE + RULE)


def test_key_beside_the_rules_is_refused() -> None:
    """A misspelt [[rules]] would otherwise be an empty rulebook."""
    with pytest.raises(ContractError, match=r"mine\.toml: rules: unknown key; did you mean rule"):
        parse(RULE.replace("[[rule]]", "[[rules]]").replace("[rule.switch]", "[rules.switch]"))


def test_rule_that_is_no_table_is_refused() -> None:
    """`rule` must be an array of tables."""
    with pytest.raises(ContractError, match="is not a table"):
        parse("rule = [1]")
    with pytest.raises(ContractError, match="is not an array"):
        parse("[rule]\nid = 'echo360.x'")


def test_text_that_is_no_toml_is_refused_with_its_line() -> None:
    """A slip of the pen is found where it is."""
    with pytest.raises(ContractError, match=r"mine\.toml: .*line 3"):
        parse("[[rule]]\nid = 'echo360.x'\nstatement = \n")
