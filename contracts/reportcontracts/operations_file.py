"""How an `operations.toml` is read, strictly: first what its operations refer to, then the operations."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeVar

from reportcontracts.calls import (
    ALWAYS,
    Body,
    Content,
    Header,
    Operation,
    Origin,
    Response,
    Security,
    SecurityKind,
)
from reportcontracts.catalogue import Catalogue, Report
from reportcontracts.errors import ContractError, near
from reportcontracts.parameters import Api, Parameter, Place, read_api, read_parameters
from reportcontracts.rules import Rulebook
from reportcontracts.schemas import schema_names
from reportcontracts.strict import Table, duplicate, read_toml
from reportcontracts.switches import Evidence, Switch

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
REPORT: Final = "report"
"""The name in a path that stands for a report."""
IN_PATH: Final = re.compile(r"\{(\+?)([a-z_]+)\}")
"""A name in a path; with a plus before it, as in RFC 6570, what it stands for may hold slashes."""

_NO_REPORTS: Final[Mapping[str, Report]] = MappingProxyType({})
_ID: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

Named = TypeVar("Named")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds."""

    api: Api
    operations: Mapping[str, Operation]
    security: tuple[Security, ...]
    elsewhere: Mapping[Origin, tuple[Response, ...]]


def read_operations(
    text: str, owner: str, origin: str, catalogue: Catalogue | None, rulebook: Rulebook | None
) -> Contents:
    """What a TOML text holds; without a catalogue it has an `api` of its own.

    Raises:
        ContractError: Anything at all is wrong with it.
    """
    root = read_toml(text, origin)
    api = read_api(root.table("api")) if catalogue is None else catalogue.api
    found = _Reader(owner, api, catalogue or {}, rulebook).read(root)
    root.close()
    return found


class _Reader:
    """Reads one file: first what operations refer to, then the operations."""

    def __init__(
        self, owner: str, api: Api, catalogue: Mapping[str, Report], rulebook: Rulebook | None
    ) -> None:
        self._owner = owner
        self._api = api
        self._catalogue = catalogue
        self._rulebook = rulebook
        self._formats = {form for report in catalogue.values() for form in report.formats}
        self._schemas = schema_names(owner)

    def read(self, root: Table) -> Contents:
        """The whole document."""
        self._security = _by_name(root, "security", (_security(row) for row in root.tables("security", "id")))
        self._parameters = {parameter.name: parameter for parameter in read_parameters(root)}
        self._headers = _by_name(root, "header", map(_header, root.tables("header")), "name")
        responses = (self._response(row) for row in root.tables("response", "id"))
        self._responses = _by_name(root, "response", responses)
        self._everywhere = self._named(root, "everywhere", self._responses)
        elsewhere = {
            Origin.API: self._named(root, "elsewhere", self._responses),
            Origin.STORAGE: self._named(root, "elsewhere_in_storage", self._responses),
        }
        operations = (self._operation(row) for row in root.tables("operation", "id"))
        found = _by_name(root, "operation", operations)
        _check_routes(root, found)
        self._check_unused(
            root,
            {
                *elsewhere[Origin.API],
                *elsewhere[Origin.STORAGE],
                *(each for its in found.values() for each in its.responses),
            },
        )
        return Contents(self._api, found, tuple(self._security.values()), elsewhere)

    def _named(self, table: Table, key: str, known: Mapping[str, Named]) -> tuple[Named, ...]:
        """What the names under a key of a table stand for."""
        names = table.texts(key)
        strange = next((name for name in names if name not in known), None)
        if strange is not None:
            close = near(strange, known)
            meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(known) or 'none'}"
            raise table.error(key, f"there is no {strange}; {meant}")
        return tuple(known[name] for name in names)

    def _response(self, table: Table) -> Response:
        sources = tuple(self._source(table, given) for given in _one_or_more(table, "status"))
        named = [source.rule for source in sources if isinstance(source, Switch)]
        response = Response(
            id=_id(table),
            meaning=table.text("meaning"),
            sources=sources,
            rules=tuple(dict.fromkeys([*named, *self._rules(table)])),
            contents=tuple(self._content(row) for row in table.tables("content", "type")),
            headers=self._named(table, "headers", self._headers),
            optional_headers=self._named(table, "optional_headers", self._headers),
        )
        table.close()
        return response

    def _source(self, table: Table, given: object) -> int | Switch:
        """A status: a number, or the switch of a rule that a text names."""
        if isinstance(given, int) and 200 <= given < 600:
            return given
        if not isinstance(given, str) or self._rulebook is None:
            raise table.error("status", f"{given!r} is no status, nor the switch of a rule")
        try:
            switch = self._rulebook.resolve(given)
        except ContractError as error:
            raise table.error("status", error.reason) from None
        if type(switch.default) is not int or not switch.choices:
            raise table.error("status", f"{given} does not switch between statuses")
        return switch

    def _rules(self, table: Table) -> tuple[str, ...]:
        names = table.texts("rules")
        for name in names:
            if self._rulebook is None or name not in self._rulebook:
                raise table.error("rules", f"there is no rule {name!r}")
        return names

    def _content(self, table: Table) -> Content:
        content = Content(
            type=table.text("type"),
            schema=self._schema(table),
            many=table.flag("many", default=False),
            partial=table.optional_text("partial"),
            rows=table.optional_text("rows"),
            empty=table.flag("empty", default=False),
        )
        table.close()
        if content.partial not in (None, ALWAYS, *self._parameters):
            raise table.error("partial", f"{content.partial} is neither a parameter nor {ALWAYS}")
        if content.rows is not None and content.rows not in self._formats:
            raise table.error("rows", f"the catalogue has no format {content.rows}")
        return content

    def _schema(self, table: Table) -> str | None:
        name = table.optional_text("schema")
        if name is None or name in self._schemas:
            return name
        if name == f"{{{REPORT}}}":
            return name
        close = near(name, self._schemas)
        meant = f"; did you mean {close[0]}?" if close else ""
        raise table.error("schema", f"there is no file {self._owner}/{name}.schema.json{meant}")

    def _operation(self, table: Table) -> Operation:
        path, origin = _path(table), table.word("origin", Origin, Origin.API)
        body = self._body(table.table("body")) if table.has("body") else None
        operation = Operation(
            id=_id(table),
            methods=_methods(table),
            path=path,
            origin=origin,
            host=self._host(table),
            summary=table.text("summary"),
            source=table.text("source"),
            evidence=table.word("evidence", Evidence, Evidence.DOCUMENTED),
            security=self._named(table, "security", self._security),
            scopes=table.texts("scopes"),
            parameters=self._parameters_of(table, path),
            body=body,
            responses=self._named(table, "responses", self._responses)
            + (self._everywhere if origin is Origin.API else ()),
            reports=self._reports(table, path),
            closed=table.flag("closed", default=False),
        )
        table.close()
        self._check_report_schemas(table, operation)
        _check_places(table, operation)
        _check_scopes(table, operation)
        return operation

    def _host(self, table: Table) -> str | None:
        host = table.optional_text("host")
        if host is not None and host not in self._api.hosts:
            raise table.error("host", f"{host} is none of the hosts: {', '.join(self._api.hosts)}")
        return host

    def _reports(self, table: Table, path: str) -> Mapping[str, Report]:
        """The reports of the catalogue that are at a path."""
        alike = table.optional_text("reports_at") or path
        if REPORT not in _names(path):
            return _NO_REPORTS
        at = IN_PATH.sub(lambda part: "{}" if part[2] == REPORT else part[0], alike)
        found = {
            name: report for name, report in self._catalogue.items() if report.path == at.replace("{}", name)
        }
        if not found and self._catalogue:
            raise table.error("path", "no report of the catalogue is there")
        return MappingProxyType(found)

    def _parameters_of(self, table: Table, path: str) -> tuple[Parameter, ...]:
        """The parameters that are named, and before them those in the path, but for what is a report's."""
        there = [name for name in _names(path) if name != REPORT or not self._catalogue]
        of_reports = {
            parameter.name for report in self._catalogue.values() for parameter in report.parameters
        }
        in_path = []
        for name in there:
            if name in self._parameters:
                in_path.append(self._parameters[name])
            elif name not in of_reports:
                raise table.error("path", f"there is no parameter {name}")
        named = self._chosen(table)
        strange = [parameter.name for parameter in in_path if parameter.place is not Place.PATH]
        strange += [parameter.name for parameter in named if parameter.place is Place.PATH]
        if strange:
            raise table.error("parameters", f"{strange[0]} is not where it says that it is")
        return (*in_path, *named)

    def _chosen(self, table: Table) -> tuple[Parameter, ...]:
        """The parameters that are named; one with a question mark after its name need not be given."""
        optional = {
            f"{name}?": replace(parameter, required=False) for name, parameter in self._parameters.items()
        }
        return self._named(table, "parameters", self._parameters | optional)

    def _body(self, table: Table) -> Body:
        body = Body(
            types=table.texts("types"),
            schema=self._schema(table),
            parameters=table.optional_text("parameters"),
            required=table.flag("required", default=False),
            gathered=table.flag("gathered", default=False),
            query=table.texts("query"),
        )
        table.close()
        if not body.types:
            raise table.error("types", "missing; at least one is needed")
        return body

    def _check_report_schemas(self, table: Table, operation: Operation) -> None:
        """See that each report of an operation has the schema that is named by it."""
        contents = [content for response in operation.responses for content in response.contents]
        for content in contents:
            for report in operation.reports.values():
                name = content.schema_of(report)
                if name is not None and name not in self._schemas:
                    raise table.error("responses", f"there is no file {self._owner}/{name}.schema.json")

    def _check_unused(self, root: Table, used: set[Response]) -> None:
        """Refuse what no operation refers to: it would be believed, and mean nothing."""
        unused = [name for name, response in self._responses.items() if response not in used]
        if unused:
            raise root.error(f"response ({unused[0]})", "no operation is answered so")


def _one_or_more(table: Table, name: str) -> tuple[object, ...]:
    """What a key holds: the elements of an array, or one value by itself."""
    value = table.take(name)
    values = tuple(value) if isinstance(value, list) else (value,)
    if not values or None in values:
        raise table.error(name, "missing")
    return values


def _names(path: str) -> tuple[str, ...]:
    """The names in a path."""
    return tuple(name for _, name in IN_PATH.findall(path))


def _id(table: Table) -> str:
    name = table.text("id")
    if not _ID.fullmatch(name):
        raise table.error("id", f"{name!r} is not lower-case words joined by hyphens")
    return name


def _path(table: Table) -> str:
    path = table.text("path")
    left = IN_PATH.sub("", path)
    if not path.startswith("/") or "{" in left or "}" in left:
        raise table.error("path", f"{path!r} does not begin with a slash, or has braces around no name")
    return path


def _methods(table: Table) -> tuple[str, ...]:
    methods = table.texts("methods")
    strange = [method for method in methods if method not in METHODS]
    if strange or not methods:
        raise table.error(
            "methods", f"{strange[0]} is none of {', '.join(METHODS)}" if strange else "missing"
        )
    return methods


def _check_scopes(table: Table, operation: Operation) -> None:
    known = [scope for security in operation.security for scope in security.scopes]
    strange = next((scope for scope in operation.scopes if scope not in known), None)
    if strange is not None:
        raise table.error("scopes", f"{strange} is none of its security's: {', '.join(known) or 'none'}")


def _security(table: Table) -> Security:
    kind = table.word("type", SecurityKind)
    key, http, oauth = (kind is its for its in SecurityKind)
    security = Security(
        id=_id(table),
        kind=kind,
        place=table.text("in") if key else "",
        name=table.text("name") if key else "",
        scheme=table.text("scheme") if http else "",
        token_path=table.text("token_path") if oauth else "",
        scopes=dict(map(_scope, table.tables("scope"))) if oauth else {},
        meaning=table.text("meaning"),
    )
    table.close()
    if security.place not in ("", "header", "query"):
        raise table.error("in", "one of: header, query")
    return security


def _scope(table: Table) -> tuple[str, str]:
    name, meaning = table.text("name"), table.text("meaning")
    table.close()
    return name, meaning


def _header(table: Table) -> Header:
    header = Header(
        name=table.text("name"), pattern=table.optional_text("pattern") or "", meaning=table.text("meaning")
    )
    table.close()
    try:
        re.compile(header.pattern)
    except re.error as error:
        raise table.error("pattern", f"no regular expression: {error}") from None
    return header


def _by_name(root: Table, kind: str, things: Iterable[Named], key: str = "id") -> dict[str, Named]:
    """Things by their names, each of which comes once."""
    listed = list(things)
    names = [str(getattr(thing, key)) for thing in listed]
    twice = duplicate(names)
    if twice:
        raise root.error(kind, f"there are two of the {key} {twice}")
    return dict(zip(names, listed, strict=True))


def _check_routes(root: Table, operations: Mapping[str, Operation]) -> None:
    """Refuse two operations of one method and path, and none at all."""
    routes = [f"{method} {its.origin} {its.path}" for its in operations.values() for method in its.methods]
    twice = duplicate(routes)
    if twice or not routes:
        raise root.error("operation", f"there are two of {twice}" if twice else "there is none")


def _check_places(table: Table, operation: Operation) -> None:
    """See that what a body leaves to the query is a parameter of some report."""
    body, reports = operation.body, operation.reports.values()
    for name in () if body is None else body.query:
        if reports and all(report.parameter(name) is None for report in reports):
            raise table.error("body", f"no report has the parameter {name}, which is to be in the query")
