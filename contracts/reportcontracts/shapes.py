"""What requests carry and responses bring as JSON Schemas, put together from schema files and the catalogue.

A schema here refers to schema files by their names, as those do to each other.
"""

from collections.abc import Container, Iterable
from dataclasses import replace
from typing import Any

from reportcontracts.calls import ALWAYS, Body, Content, Operation
from reportcontracts.catalogue import Report
from reportcontracts.parameters import Parameter, Place
from reportcontracts.schemas import (
    DIALECT,
    SUFFIX,
    load_schema,
    parameter_schema,
    parameters_schema,
    required_schema,
    row_schema,
    rule_named,
)


def body_schema(owner: str, body: Body, report: Report | None) -> dict[str, object]:
    """The schema of a request's body; what can be elsewhere as well is not required of it here."""
    parts: list[dict[str, object]] = []
    if body.schema is not None:
        parts.append({"$ref": f"{body.schema}{SUFFIX}"})
    if body.parameters is not None and report is not None:
        parts.append(_with_parameters(owner, body, report))
    schema = parts[0] if len(parts) == 1 else {"type": "object", **({"allOf": parts} if parts else {})}
    return {"$schema": DIALECT, **schema}


def _with_parameters(owner: str, body: Body, report: Report) -> dict[str, object]:
    """What a body must be like because it holds the parameters of a report."""
    own = parameters_schema(owner, report.name)
    own.pop("$schema")
    if body.parameters == ".":
        return _without(own, body.query)
    required = [body.parameters] if own["required"] else []
    return {"type": "object", "properties": {body.parameters: own}, "required": required}


def _without(schema: dict[str, Any], names: Container[str]) -> dict[str, object]:
    """The schema of an object without some of its members."""
    properties = {name: its for name, its in schema["properties"].items() if name not in names}
    return schema | {
        "properties": properties,
        "required": [name for name in schema["required"] if name not in names],
    }


def query_schema(owner: str, parameters: Iterable[Parameter]) -> dict[str, object]:
    """The schema of what a query holds, as an object of strings, or of arrays of them."""
    own = [parameter for parameter in parameters if parameter.place is Place.QUERY]
    return {
        "$schema": DIALECT,
        "type": "object",
        "properties": {parameter.name: parameter_schema(owner, parameter) for parameter in own},
        **required_schema(owner, own),
    }


def content_schema(owner: str, content: Content, report: Report | None, *, whole: bool) -> dict[str, object]:
    """The schema of a response's body in JSON, or of the children of its root in XML.

    Without `whole` members may be missing that a parameter can take away. A body of which nothing is known
    but its type can be anything.
    """
    if content.rows is not None:
        rows = {} if report is None else _told_as_objects(owner, row_schema(owner, report))
        rows.pop("$schema", None)
        return {"$schema": DIALECT, "type": "array", "items": rows}
    name = content.schema_of(report)
    if name is None:
        return {"$schema": DIALECT}
    schema: dict[str, object] = {"$ref": f"{name}{SUFFIX}"}
    if content.partial == ALWAYS or (content.partial and not whole):
        schema = {key: value for key, value in load_schema(owner, name).items() if key != "required"}
    if content.many:
        schema.pop("$schema", None)
        schema = {"type": "array", "items": schema}
    return {"$schema": DIALECT} | schema


def _told_as_objects(owner: str, row: dict[str, object]) -> dict[str, object]:
    """The schema of a row, in which the rule on JSON, if there is one, has that it is an object."""
    rule = rule_named(owner, "json")
    return {"x-rule": rule, "type": row.pop("type"), "allOf": [row]} if rule else row


def all_parameters(operation: Operation, report: Report | None) -> tuple[Parameter, ...]:
    """The parameters of a call outside its body; those that may be in it as well need not be given here."""
    outside = tuple(its for its in operation.parameters_of(report) if its.place is not Place.BODY)
    body = operation.body
    if body is None or not body.gathered:
        return outside
    return tuple(its if its.name in body.query else replace(its, required=False) for its in outside)


def query_parameters(operation: Operation, report: Report | None) -> tuple[Parameter, ...]:
    """The parameters of a call that are in its query and nowhere else."""
    body = operation.body
    return tuple(
        its
        for its in all_parameters(operation, report)
        if its.place is Place.QUERY and (body is None or not body.gathered or its.name in body.query)
    )
