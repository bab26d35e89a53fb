"""The vendors' JSON Schemas (2020-12), read strictly, and those that follow from the catalogue.

A schema file is `<vendor>/<name>.schema.json`; it refers to others of its vendor by their file names. The
keyword `x-rule` names the rule that a part of a schema stands for. Nothing here needs a validator.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from reportcontracts.catalogue import Column, ColumnType, Report, TimestampFormat, load_catalogue
from reportcontracts.errors import ContractError, UnknownName, near
from reportcontracts.names import CONTROL, OWNERS, VENDORS
from reportcontracts.parameters import Parameter, ParameterType
from reportcontracts.rules import load_rulebook
from reportcontracts.strict import vendor_file

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SUFFIX: Final = ".schema.json"

_SUBSCHEMA: Final = frozenset({"additionalProperties", "else", "if", "items", "not", "propertyNames", "then"})
_SUBSCHEMAS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED_SUBSCHEMAS: Final = frozenset({"$defs", "dependentSchemas", "patternProperties", "properties"})
_PLAIN: Final = frozenset(
    {
        "$ref",
        "$schema",
        "const",
        "dependentRequired",
        "description",
        "enum",
        "examples",
        "exclusiveMaximum",
        "exclusiveMinimum",
    }
    | {
        "format",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "pattern",
        "required",
    }
    | {"title", "type", "uniqueItems", "x-rule"}
)
_KEYWORDS: Final = _SUBSCHEMA | _SUBSCHEMAS | _NAMED_SUBSCHEMAS | _PLAIN

_TIMESTAMPS: Final = {
    TimestampFormat.ISO: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$",
    TimestampFormat.SPACED: "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$",
}
_TYPES: Final[Mapping[ColumnType, Mapping[str, object]]] = {
    ColumnType.UUID: {"type": "string", "format": "uuid"},
    ColumnType.STRING: {"type": "string"},
    ColumnType.INTEGER: {"type": "integer"},
    ColumnType.NUMBER: {"type": "number"},
    ColumnType.FLAG: {"type": "integer", "minimum": 0, "maximum": 1},
    ColumnType.BOOLEAN: {"type": "boolean"},
    ColumnType.DATE: {"type": "string", "format": "date"},
    ColumnType.JSON: {"type": "string", "format": "json"},
}


@cache
def schema_names(vendor: str) -> tuple[str, ...]:
    """The names of a vendor's schema files, sorted.

    Raises:
        UnknownName: There is no such vendor.
    """
    if vendor not in OWNERS:
        raise UnknownName("reportcontracts", "vendor", vendor, VENDORS)
    files = Path(__file__).with_name(vendor).glob(f"*{SUFFIX}")
    return tuple(sorted(file.name.removesuffix(SUFFIX) for file in files))


@cache
def load_schema(vendor: str, name: str) -> Mapping[str, object]:
    """A schema of a vendor, read once; not to be changed.

    Raises:
        UnknownName: There is no such vendor or schema.
        ContractError: The file has a mistake.
    """
    if name not in schema_names(vendor):
        raise UnknownName(f"{vendor}'s schemas", "schema", name, schema_names(vendor))
    text, origin = vendor_file(vendor, f"{name}{SUFFIX}")
    rules = () if vendor == CONTROL else load_rulebook(vendor)
    return parse_schema(text, origin=origin, rules=rules)


def parse_schema(text: str, *, origin: str, rules: Iterable[str]) -> Mapping[str, object]:
    """The schema that a text holds; `rules` are the ids that its `x-rule` may name.

    Raises:
        ContractError: It is no JSON object, says something twice, is of another dialect, has a keyword that
            is unknown here, refers to a definition that it has not, or names an unknown rule.
    """
    schema = _read_json(text, origin)
    if schema.get("$schema") != DIALECT:
        raise ContractError(origin, "$schema", f"{schema.get('$schema')!r} is not {DIALECT}")
    known = frozenset(rules)
    for path, part in walk(schema):
        _check_part(part, origin, path, known)
        target = part.get("$ref")
        if isinstance(target, str) and target.startswith("#") and not _has(schema, target):
            raise ContractError(origin, f"{path}/$ref", f"there is no {target}")
    return MappingProxyType(schema)


def walk(schema: Mapping[str, object], path: str = "#") -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every part of a schema that is a schema itself, with its JSON pointer; `true` and `false` are not."""
    yield path, schema
    for keyword, value in schema.items():
        for step, part in _below(keyword, value):
            if isinstance(part, dict):
                yield from walk(part, f"{path}/{step}")


def row_schema(vendor: str, report: str | Report) -> dict[str, object]:
    """The schema of one row: an object of JSON, or a line of CSV whose cells were made typed values.

    A report's name stands for the vendor's own; one that a user has overridden is given itself.

    Raises:
        UnknownName: There is no such vendor or report.
    """
    asked = load_catalogue(vendor).report(report) if isinstance(report, str) else report
    return {
        "$schema": DIALECT,
        "title": f"One row of {asked.name}",
        "type": "object",
        **_rule(vendor, "column-names"),
        "properties": {
            column.name: _cell_schema(vendor, column, asked.timestamps) for column in asked.columns
        },
        "required": list(asked.column_names),
        "additionalProperties": False,
    }


def parameters_schema(vendor: str, report: str) -> dict[str, object]:
    """The schema of a report's parameters as an object of strings.

    A parameter that may be repeated is an array of them; those that the report does not know are allowed.

    Raises:
        UnknownName: There is no such vendor or report.
    """
    parameters = load_catalogue(vendor).report(report).parameters
    return {
        "$schema": DIALECT,
        "title": f"The parameters of {report}",
        "type": "object",
        "properties": {parameter.name: parameter_schema(vendor, parameter) for parameter in parameters},
        **required_schema(vendor, parameters),
    }


def required_schema(vendor: str, parameters: Iterable[Parameter]) -> dict[str, object]:
    """Which parameters must be there, and the rule by which a request without them is refused."""
    required = [parameter for parameter in parameters if parameter.required]
    rule = _rule(vendor, "missing-parameter")
    if not rule and required and required[0].rule:
        rule = {"x-rule": required[0].rule}
    return {"required": [parameter.name for parameter in required], **rule}


def rule_named(vendor: str, name: str) -> str | None:
    """The id of a vendor's rule, if the vendor has one of this name."""
    rule = f"{vendor}.{name}"
    return rule if vendor != CONTROL and rule in load_rulebook(vendor) else None


def _rule(vendor: str, name: str) -> dict[str, object]:
    """The keyword that names a vendor's rule, if the vendor has it."""
    rule = rule_named(vendor, name)
    return {"x-rule": rule} if rule else {}


def _cell_schema(vendor: str, column: Column, timestamps: TimestampFormat) -> dict[str, object]:
    schema: dict[str, object]
    if column.format is not None:
        usual = str(_TYPES.get(column.type, {"type": "string"})["type"])
        schema = {"type": "string" if usual == "string" else [usual, "string"]}
    elif column.type is ColumnType.TIMESTAMP:
        schema = {
            "type": "string",
            "pattern": _TIMESTAMPS[timestamps],
            "format": "instant",
        }
        schema |= _rule(vendor, "timestamp-format")
    else:
        schema = dict(_TYPES[column.type])
    if column.nullable:
        kinds = schema["type"]
        schema["type"] = [*(kinds if isinstance(kinds, list) else [kinds]), "null"]
    return schema | {"description": column.meaning}


def parameter_schema(vendor: str, parameter: Parameter) -> dict[str, object]:
    """The schema of one parameter as a string, or as an array of them where it may be repeated."""
    schema: dict[str, object] = {"type": "string", "description": parameter.meaning}
    schema |= {"x-rule": parameter.rule} if parameter.rule else _rule(vendor, "bad-parameter")
    if parameter.type is ParameterType.DATE:
        schema["format"] = "date"
    if parameter.type is ParameterType.TIMESTAMP:
        schema["format"] = "date-time"
    if parameter.type is ParameterType.INTEGER:
        schema["pattern"] = "^-?[0-9]+$"
    if parameter.type is ParameterType.STRING and (parameter.required or vendor == CONTROL):
        schema["minLength"] = 1
    choices = ("true", "false") if parameter.type is ParameterType.BOOLEAN else parameter.choices
    schema |= {"enum": list(choices)} if choices else {}
    return {"type": "array", "items": schema} if parameter.repeatable else schema


def _read_json(text: str, origin: str) -> dict[str, object]:
    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            raise ContractError(
                origin, next(n for n in names if names.count(n) > 1), "this member comes twice"
            )
        return found

    try:
        schema = json.loads(text, object_pairs_hook=members)
    except json.JSONDecodeError as error:
        raise ContractError(origin, f"line {error.lineno}", error.msg) from None
    if not isinstance(schema, dict):
        raise ContractError(origin, None, "not a JSON object")
    return schema


def _below(keyword: str, value: object) -> Iterator[tuple[str, object]]:
    if keyword in _SUBSCHEMA:
        yield keyword, value
    elif keyword in _SUBSCHEMAS and isinstance(value, list):
        yield from ((f"{keyword}/{place}", part) for place, part in enumerate(value))
    elif keyword in _NAMED_SUBSCHEMAS and isinstance(value, dict):
        yield from ((f"{keyword}/{name}", part) for name, part in value.items())


def _check_part(part: Mapping[str, object], origin: str, path: str, rules: frozenset[str]) -> None:
    for keyword in part.keys() - _KEYWORDS:
        close = near(keyword, _KEYWORDS)
        meant = f"; did you mean {close[0]}?" if close else ""
        raise ContractError(origin, f"{path}/{keyword}", f"unknown keyword{meant}")
    rule = part.get("x-rule")
    if rule is not None and rule not in rules:
        raise ContractError(origin, f"{path}/x-rule", f"there is no rule {rule!r}")


def _has(schema: Mapping[str, object], pointer: str) -> bool:
    """Whether the schema has something where a local reference points."""
    found: object = schema
    for step in pointer.removeprefix("#").split("/")[1:]:
        if not isinstance(found, dict) or step not in found:
            return False
        found = found[step]
    return True
