"""The operations of an API as an OpenAPI 3.1 document, made from the same data as everything else here."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from reportcontracts.calls import Body, Content, Operation, Origin, Response, Security, SecurityKind
from reportcontracts.catalogue import Catalogue, Report
from reportcontracts.names import CONTROL
from reportcontracts.operations import Operations, load_operations, operations_with
from reportcontracts.operations_file import IN_PATH, REPORT
from reportcontracts.parameters import Parameter, ParameterType
from reportcontracts.rules import RuleValues
from reportcontracts.schemas import SUFFIX, load_schema, parameter_schema, schema_names
from reportcontracts.shapes import all_parameters, body_schema, content_schema

VERSION: Final = "3.1.0"
REPORTS: Final = "Reports"
CALLS: Final = "Calls"
"""Under which headings a page has the calls that are made for each report, and all others."""
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""Those that are shown; HEAD and OPTIONS tell nothing that these do not."""

Object = dict[str, Any]


def openapi(
    owner: str,
    *,
    server: str,
    version: str,
    values: RuleValues | None = None,
    catalogue: Catalogue | None = None,
) -> Object:
    """The document of a vendor's API, or of the control API, as JSON.

    `server` is the address that the paths come after. Statuses are those of the rules' `values`, or of their
    defaults; reports are those of the `catalogue`, a user's overrides included, or the vendor's own. Calls to
    storage are left out: signed links are used as they are given.

    Raises:
        ContractError: There is no such vendor, or one of its files has a mistake.
    """
    operations = load_operations(owner) if catalogue is None else operations_with(catalogue)
    builder = _Builder(operations, values)
    return {
        "openapi": VERSION,
        "info": {
            "title": operations.api.title,
            "version": version,
            "description": _described(owner, operations.api.docs),
        },
        "servers": [{"url": server}],
        "paths": builder.paths(),
        "components": {
            "schemas": {name: _object(load_schema(owner, name), name) for name in schema_names(owner)},
            "securitySchemes": {its.id: _security(its, server) for its in operations.security},
        },
    }


class _Builder:
    """Builds the paths of one document."""

    def __init__(self, operations: Operations, values: RuleValues | None) -> None:
        self._operations = operations
        self._owner = operations.owner
        self._values = values
        self._first: dict[tuple[str, str], str] = {}

    def paths(self) -> Object:
        """Every path with its methods; a call for reports has a path for each of them."""
        found: Object = {}
        for operation in self._operations.values():
            if operation.origin is not Origin.API:
                continue
            for path, report in _paths(operation):
                for method in (method for method in operation.methods if method in _METHODS):
                    calls = found.setdefault(path, {})
                    calls[method.lower()] = self._operation(operation, method, report)
        return found

    def _operation(self, operation: Operation, method: str, report: Report | None) -> Object:
        name = operation.id if report is None else f"{operation.id}-{report.name}"
        told: Object = {
            "operationId": f"{method.lower()}-{name}".replace("/", "-"),
            "tags": [CALLS if report is None else REPORTS],
            "summary": self._summary(operation, method, report),
            "description": _about(operation, report),
            "parameters": [self._parameter(its) for its in all_parameters(operation, report)],
            "responses": self._responses(operation, report),
            "x-evidence": str(operation.evidence),
            "x-rules": list(operation.rules),
        }
        if operation.body is not None:
            told["requestBody"] = self._body(operation.body, report)
        if operation.security:
            told["security"] = [
                {its.id: [scope for scope in operation.scopes if scope in its.scopes]}
                for its in operation.security
            ]
        return told

    def _summary(self, operation: Operation, method: str, report: Report | None) -> str:
        """What a page shows beside a path; a further one of a report says what is particular of it."""
        if report is None:
            return operation.summary
        first = self._first.setdefault((method, report.name), operation.id)
        return report.description if first == operation.id else operation.summary

    def _parameter(self, parameter: Parameter) -> Object:
        schema = parameter_schema(self._owner, parameter)
        schema.pop("description", None)
        if parameter.type is ParameterType.INTEGER and not parameter.repeatable:
            schema = {"type": "integer"}
        told: Object = {
            "name": parameter.name,
            "in": str(parameter.place),
            "description": _default(parameter),
            "schema": _object(schema),
        }
        if parameter.required:
            told["required"] = True
        if parameter.example is not None:
            told["example"] = _example(parameter)
        if parameter.repeatable:
            told |= {"style": "form", "explode": True}
        return told

    def _body(self, body: Body, report: Report | None) -> Object:
        schema = _object(body_schema(self._owner, body, report))
        if body.gathered:
            schema = _without_required(schema)
        told: Object = {"schema": schema}
        if body.parameters is not None and report is not None and not body.gathered:
            told["example"] = _filled(body.parameters, report)
        return {
            "required": body.required or (not body.gathered and _demands(schema)),
            "content": {kind: {"schema": {}} if kind.startswith("text/") else told for kind in body.types},
        }

    def _responses(self, operation: Operation, report: Report | None) -> Object:
        """The responses by status; several with one status are told together."""
        by_status: dict[int, list[Response]] = {}
        for response in operation.responses:
            for status in sorted(response.statuses_by(self._values)):
                by_status.setdefault(status, []).append(response)
        return {str(status): self._response(by_status[status], report) for status in sorted(by_status)}

    def _response(self, responses: list[Response], report: Report | None) -> Object:
        told: Object = {
            "description": " Or: ".join(response.meaning for response in responses),
            "x-rules": list(dict.fromkeys(rule for response in responses for rule in response.rules)),
        }
        headers = self._headers(responses)
        if headers:
            told["headers"] = headers
        contents = [content for response in responses for content in response.contents]
        if contents:
            told["content"] = self._contents(contents, report)
        return told

    def _headers(self, responses: list[Response]) -> Object:
        """Headers of responses with one status; one is required if all of them have it always."""
        known = {its.name: its for each in responses for its in (*each.headers, *each.optional_headers)}
        return {
            name: {
                "description": header.meaning,
                "required": all(header in each.headers for each in responses),
                "schema": {
                    "type": "string",
                    **({"pattern": f"^({header.pattern})$"} if header.pattern else {}),
                },
            }
            for name, header in known.items()
        }

    def _contents(self, contents: Iterable[Content], report: Report | None) -> Object:
        """What bodies can be, by media type."""
        found: dict[str, list[Object]] = {}
        for content in contents:
            schemas = found.setdefault(content.media_type, [])
            schema = self._schema(content, report)
            if schema not in schemas:
                schemas.append(schema)
        return {
            kind: {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}
            for kind, schemas in found.items()
        }

    def _schema(self, content: Content, report: Report | None) -> Object:
        if content.media_type.startswith("text/") or content.media_type == "application/gzip":
            return {"type": "string"}
        schema = content_schema(self._owner, content, report, whole=content.partial is None)
        return _object(schema, content.schema_of(report) or "")


def _described(owner: str, docs: str) -> str:
    """What the document is about, in its first lines."""
    return (
        f"Steers the mocks. See {docs}."
        if owner == CONTROL
        else f"A mock. The vendor documents it in: {docs}."
    )


def _paths(operation: Operation) -> Iterator[tuple[str, Report | None]]:
    """The paths of an operation as OpenAPI has them, each with the report that it is for."""
    if not operation.reports:
        yield IN_PATH.sub(r"{\2}", operation.path), None
    for name, report in operation.reports.items():
        yield (
            IN_PATH.sub(
                lambda part, name=name: name if part[2] == REPORT else f"{{{part[2]}}}",  # type: ignore[misc]
                operation.path,
            ),
            report,
        )


def _about(operation: Operation, report: Report | None) -> str:
    parts = [operation.summary] if report is None else [operation.summary, f"{report.note}: {report.rows}."]
    host = [f"At {operation.host} alone."] if operation.host else []
    return " ".join([*parts, *host, f"Source: {operation.source}."])


def _default(parameter: Parameter) -> str:
    return parameter.meaning + (f"; without it {parameter.default}" if parameter.default else "")


def _example(parameter: Parameter) -> object:
    """A value that works, of the type that the schema says."""
    text = parameter.example
    return int(text) if text and parameter.type is ParameterType.INTEGER else text


def _filled(place: str, report: Report) -> Object:
    """A body with a report's parameters, where all of them are."""
    return {place: {its.name: _example(its) for its in report.parameters if its.example is not None}}


def _security(security: Security, server: str) -> Object:
    told: Object = {"type": str(security.kind), "description": security.meaning}
    if security.kind is SecurityKind.API_KEY:
        return told | {"in": security.place, "name": security.name}
    if security.kind is SecurityKind.HTTP:
        return told | {"scheme": security.scheme}
    flow = {"tokenUrl": f"{server}{security.token_path}", "scopes": dict(security.scopes)}
    return told | {"flows": {"clientCredentials": flow}}


def _relocated(part: Any, home: str = "") -> Any:
    """A schema, of the file `home` if of any, with what it refers to among the components."""
    if isinstance(part, list):
        return [_relocated(each, home) for each in part]
    if not isinstance(part, Mapping):
        return part
    found = {key: _relocated(value, home) for key, value in part.items() if key != "$schema"}
    target = found.get("$ref")
    if isinstance(target, str):
        name, _, inside = target.rpartition("#") if "#" in target else (target, "", "")
        found["$ref"] = f"#/components/schemas/{name.removesuffix(SUFFIX) or home}{inside}"
    return found


def _object(schema: Mapping[str, object], home: str = "") -> Object:
    found: Object = _relocated(schema, home)
    return found


def _without_required(schema: Object) -> Object:
    """A schema that asks for nothing itself, because what it asks for can be elsewhere."""
    return {key: value for key, value in schema.items() if key != "required"}


def _demands(schema: Object) -> bool:
    """Whether a body must have something in it."""
    parts = [schema, *schema.get("allOf", ())]
    return any(part.get("required") for part in parts)
