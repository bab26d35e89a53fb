"""Where a vendor's API is, and what its calls take: read alike by catalogues and by lists of operations."""

from dataclasses import dataclass
from enum import StrEnum

from reportcontracts.strict import Table, each_once
from reportcontracts.switches import Evidence


class ParameterType(StrEnum):
    """What a parameter takes."""

    DATE = "date"
    """`YYYY-MM-DD`."""
    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    """An instant in ISO 8601."""


class Place(StrEnum):
    """Where in a request a parameter is."""

    QUERY = "query"
    PATH = "path"
    BODY = "body"
    HEADER = "header"


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Where a vendor's API is: real host names, what every path begins with, the page that says so."""

    title: str
    hosts: tuple[str, ...]
    base_path: str
    docs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a report; `default` says in words what its absence means.

    A repeatable one may be given several times, one value each time. `rule` is the id of that by which it is
    refused, where it is another than the vendor's on bad or missing parameters.
    """

    name: str
    place: Place
    type: ParameterType
    required: bool
    repeatable: bool
    default: str | None
    choices: tuple[str, ...]
    meaning: str
    evidence: Evidence
    rule: str | None = None
    example: str | None = None
    """A value with which a call works, for who has none at hand."""


def read_api(table: Table) -> Api:
    """Where an API is, by a table of its own."""
    api = Api(
        title=table.text("title"),
        hosts=table.texts("hosts"),
        base_path=table.text("base_path"),
        docs=table.text("docs"),
    )
    table.close()
    if not api.hosts:
        raise table.error("hosts", "missing; at least one is needed")
    if not api.base_path.startswith("/") or api.base_path.endswith("/"):
        raise table.error("base_path", f"{api.base_path!r} does not begin with a slash, or ends with one")
    return api


def read_parameters(table: Table) -> tuple[Parameter, ...]:
    """The parameters that a table lists, each name once."""
    parameters = tuple(_parameter(row) for row in table.tables("parameter"))
    each_once(table, "parameter", (parameter.name for parameter in parameters))
    return parameters


def _parameter(table: Table) -> Parameter:
    parameter = Parameter(
        name=table.text("name"),
        place=table.word("in", Place, Place.QUERY),
        type=table.word("type", ParameterType),
        required=table.flag("required", default=False),
        repeatable=table.flag("repeatable", default=False),
        default=table.optional_text("default"),
        choices=table.texts("choices"),
        meaning=table.text("meaning"),
        evidence=table.word("evidence", Evidence, Evidence.DOCUMENTED),
        rule=table.optional_text("rule"),
        example=table.optional_text("example"),
    )
    table.close()
    if parameter.required and parameter.default is not None:
        raise table.error("default", "a required parameter has none")
    if parameter.choices and parameter.type is not ParameterType.STRING:
        raise table.error("choices", f"not with the type {parameter.type}")
    return parameter
