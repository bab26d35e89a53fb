"""A schema with a mistake is refused, and the refusal tells file, place and reason."""

import json

import pytest

from reportcontracts import ContractError, UnknownName
from reportcontracts.names import OWNERS
from reportcontracts.schemas import DIALECT, load_schema, parse_schema, schema_names
from reportcontracts.validation import prepare, validator

RULES = ("echo360.token",)


def parse(**schema: object) -> object:
    """The schema of these keywords, which errors call mine.json."""
    return parse_schema(json.dumps({"$schema": DIALECT, **schema}), origin="mine.json", rules=RULES)


@pytest.mark.parametrize(
    ("schema", "key", "reason"),
    [
        ({"requird": ["a"]}, "#/requird", "did you mean required"),
        ({"properties": {"a": {"typ": "string"}}}, "#/properties/a/typ", "did you mean type"),
        ({"items": {"else": {"zzz": 1}}}, "#/items/else/zzz", "unknown keyword"),
        ({"anyOf": [{}, {"maxLen": 1}]}, "#/anyOf/1/maxLen", "did you mean maxLength"),
        ({"x-rule": "echo360.tokens"}, "#/x-rule", "no rule 'echo360.tokens'"),
        ({"items": {"$ref": "#/$defs/day"}}, "#/items/$ref", "no #/$defs/day"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "$schema", "2020-12"),
    ],
)
def test_mistake_is_refused_with_place_and_reason(schema: dict[str, object], key: str, reason: str) -> None:
    """A keyword that is misspelt checks nothing, and would never be missed."""
    with pytest.raises(ContractError) as caught:
        parse(**schema)
    assert (caught.value.origin, caught.value.key) == ("mine.json", key)
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{\n  'a': 1}", "mine.json: line 2"),
        ("[]", "mine.json: not a JSON object"),
        ('{"type": "object", "type": "array"}', "mine.json: type: this member comes twice"),
    ],
)
def test_text_that_is_no_schema_is_refused(text: str, message: str) -> None:
    """A slip of the pen is found where it is."""
    with pytest.raises(ContractError, match=message):
        parse_schema(text, origin="mine.json", rules=RULES)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "text"}, r"mine\.json: \$\.type"),
        ({"properties": {"a": {"format": "moment"}}}, "#/properties/a/format: unknown format 'moment'"),
        ({"items": {"$ref": "other.schema.json"}}, r"#/items/\$ref: there is no other\.schema\.json"),
    ],
)
def test_schema_that_cannot_be_prepared_is_refused(schema: dict[str, object], message: str) -> None:
    """A format that nobody checks, or a reference to nothing, would pass everything."""
    with pytest.raises(ContractError, match=message):
        prepare(schema, origin="mine.json")


def test_every_schema_can_be_prepared(vendor: str) -> None:
    """References between the files of a vendor all lead somewhere."""
    for name in schema_names(vendor):
        assert validator(vendor, name).schema["$schema"] == DIALECT


@pytest.mark.parametrize("owner", OWNERS)
def test_every_example_is_of_its_schema(owner: str) -> None:
    """It is what a page of the documentation has ready to be sent."""
    for name in schema_names(owner):
        prepared = validator(owner, name)
        for example in prepared.schema.get("examples", ()):
            assert prepared.is_valid(example), f"{owner}/{name}: {example}"


def test_unknown_schema_names_the_nearest() -> None:
    """The reader sees what was probably meant."""
    with pytest.raises(UnknownName, match=r"unknown schema 'requests'; nearest: request"):
        load_schema("echo360", "requests")
