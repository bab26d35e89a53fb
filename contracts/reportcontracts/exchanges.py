"""Whole requests and responses held against the operations of an API: what `validation` does for one schema.

Everything is prepared once; a response to a poll is then checked in some tens of microseconds.
"""

import csv
import io
import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import islice
from typing import Any, Final

from reportcontracts.calls import Content, Header, Match, Origin, Response
from reportcontracts.catalogue import Catalogue, Report, load_catalogue
from reportcontracts.names import CONTROL
from reportcontracts.operations import Operations, load_operations, operations_with
from reportcontracts.parameters import Place
from reportcontracts.rows import typed_row
from reportcontracts.schemas import rule_named
from reportcontracts.shapes import body_schema, content_schema, query_parameters, query_schema
from reportcontracts.validation import (
    Validator,
    Violation,
    header_violations,
    prepare_with,
    row_validator,
    shortened,
)
from reportcontracts.wire import (
    GZIP_MAGIC,
    basic_members,
    charset,
    form,
    media_type,
    members,
    parsed_json,
    report_of_header,
    text_of,
    xml_members,
)

FORM: Final = "application/x-www-form-urlencoded"
MOST: Final = 20
"""Violations of one exchange that are told."""
ROWS: Final = 1000
"""Rows of a report that are checked unless another number is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request as it was sent.

    `path` is decoded, as `Operations.find` has it; the names of headers are in lower case.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str]
    body: bytes = b""
    origin: Origin = Origin.API


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A response as it came; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Exchanges:
    """Holds the requests and responses of one API against its operations."""

    def __init__(self, operations: Operations, catalogue: Catalogue | None = None) -> None:
        """`catalogue` has the reports that are answered with; the control API has none."""
        self.operations = operations
        self.catalogue: Final[Mapping[str, Report]] = catalogue or {}
        self.owner = operations.owner
        self._repeated = rule_named(self.owner, "repeated-parameter")
        self._body = lru_cache(maxsize=None)(self._body_validator)
        self._query = lru_cache(maxsize=None)(self._query_validator)
        self._content = lru_cache(maxsize=None)(self._content_validator)

    def find(self, sent: Sent) -> Match | None:
        """The call that a request is, or `None` where it is none."""
        return self.operations.find(sent.method, sent.path, sent.origin)

    def request(self, sent: Sent, match: Match | None) -> list[Violation]:
        """What the contract does not allow in a request; one to no call violates it as a whole."""
        if match is None:
            return [Violation("path", f"no call {sent.method} {sent.path}", None)]
        query = members(sent.query)
        found = self._query_violations(match, query) + _missing_headers(sent, match)
        return (found + self._body_violations(sent, match, query))[:MOST]

    def response(
        self,
        sent: Sent,
        answered: Answered,
        match: Match | None,
        *,
        report: Report | None = None,
        rows: int = ROWS,
        switched: Container[str] = (),
    ) -> list[Violation]:
        """What the contract does not allow in a response; empty if it is one of those that it has.

        `report` is the one whose rows are in it, where the request does not tell; of the rows so many at most
        are checked. A mock that goes by other values of the rules `switched` cannot violate these.
        """
        candidates = self.operations.answers(match, answered.status, sent.origin)
        if not candidates:
            call = f"{sent.method} {sent.path}" if match is None else match.operation.id
            return [Violation("status", f"{answered.status} is no answer to {call}", None)]
        body = _Body(self, sent, answered, report or (match.report if match else None), rows)
        found: list[list[Violation]] = []
        for response in candidates:
            wrong = [its for its in body.held_against(response) if its.rule not in switched]
            if not wrong:
                return []
            found.append(wrong)
        return min(found, key=_distance)[:MOST]

    def body_validator(self, match: Match) -> Validator | None:
        """The prepared validator of what a call's body holds, or `None` where it has none."""
        body = match.operation.body
        return None if body is None else self._body(match.operation.id, _name(match.report))

    def content_validator(self, content: Content, report: Report | None, *, whole: bool = True) -> Validator:
        """The prepared validator of a form of a response's body, for JSON, and for XML by its children."""
        return self._content(content, _name(report), whole)

    def _query_violations(self, match: Match, query: Mapping[str, list[str]]) -> list[Violation]:
        validator = self._query(match.operation.id, _name(match.report))
        properties: Any = validator.schema["properties"]
        given: dict[str, object] = {}
        found = []
        for name, values in query.items():
            many = properties.get(name, {}).get("type") == "array"
            given[name] = values if many else values[0]
            if name in properties and len(values) > 1 and not many:
                found.append(Violation(f"query {name}", "given more than once", self._repeated))
        return found + [
            replace(violation, path=f"query {violation.path.removeprefix('$.')}")
            for violation in validator.violations(given)
        ]

    def _body_violations(self, sent: Sent, match: Match, query: Mapping[str, list[str]]) -> list[Violation]:
        body, validator = match.operation.body, self.body_validator(match)
        if body is None or validator is None:
            return []
        kind = media_type(sent.headers)
        if not sent.body.strip() and not body.gathered:
            return [Violation("$", "the body is missing", None)] if body.required else []
        if sent.body and kind not in body.types:
            allowed = " or ".join(body.types)
            return [Violation("header content-type", f"{kind or 'none'} is not {allowed}", None)]
        try:
            as_json = kind == "application/json" and sent.body.strip()
            held = parsed_json(sent.body) if as_json else form(sent.body)
        except ValueError as error:
            return [Violation("$", f"the body is no JSON: {error}", None)]
        if body.gathered and isinstance(held, dict):
            held = _gathered(sent, validator, query, held)
        return validator.violations(held)

    def _body_validator(self, operation_id: str, report: str | None) -> Validator:
        operation = self.operations[operation_id]
        assert operation.body is not None, operation_id  # noqa: S101 - for the type checker
        schema = body_schema(self.owner, operation.body, operation.reports.get(report or ""))
        return prepare_with(self.owner, schema)

    def _query_validator(self, operation_id: str, report: str | None) -> Validator:
        operation = self.operations[operation_id]
        parameters = query_parameters(operation, operation.reports.get(report or ""))
        return prepare_with(self.owner, query_schema(self.owner, parameters))

    def _content_validator(self, content: Content, report: str | None, whole: bool) -> Validator:  # noqa: FBT001
        its = None if report is None else self.catalogue[report]
        return prepare_with(self.owner, content_schema(self.owner, content, its, whole=whole))


@dataclass(frozen=True, slots=True)
class _Body:
    """An answer on its way past the responses that the contract has."""

    exchanges: Exchanges
    sent: Sent
    answered: Answered
    report: Report | None
    rows: int

    def held_against(self, response: Response) -> list[Violation]:
        """What differs from one response."""
        found = list(_header_violations(response, self.answered.headers))
        if self.sent.method == "HEAD":
            return found
        rule = response.rules[0] if response.rules else None
        return found + [
            violation if violation.rule else replace(violation, rule=rule)
            for violation in self._content(response)
        ]

    def _content(self, response: Response) -> list[Violation]:
        body = self.answered.body
        if not response.contents:
            return [Violation("$", "there is a body", None)] if body else []
        given = self.answered.headers.get("content-type", "")
        content = response.content(given.partition(";")[0].strip().lower())
        if content is None or charset(given) not in ("", charset(content.type)):
            allowed = " or ".join(content.type for content in response.contents)
            return [Violation("header content-type", f"{given or 'none'} is not {allowed}", None)]
        if not body:
            known = content.schema is not None or content.rows is not None
            return [Violation("$", "there is no body", None)] if known and not content.empty else []
        return self._read(content)

    def _read(self, content: Content) -> list[Violation]:
        """The body by its type; one of which the contract knows no more than that can be anything."""
        if content.rows == "csv":
            return list(islice(self._csv(content), MOST))
        if content.schema is None and content.rows is None:
            return []
        try:
            read = xml_members if content.media_type.endswith("xml") else parsed_json
            held: Any = read(self.answered.body)
        except ValueError as error:
            return [Violation("$", f"the body cannot be read: {shortened(str(error))}", None)]
        if content.rows is not None and isinstance(held, list):
            held = held[: self.rows]
        whole = content.partial is None or f"{content.partial}=" not in self.sent.query
        if content.schema_of(self.report) is None and content.rows is None:
            return []
        return self.exchanges.content_validator(content, self.report, whole=whole).violations(held)

    def _csv(self, content: Content) -> Iterator[Violation]:
        """The header and rows of a report; where the report is not known, of the one that has the header."""
        try:
            body = self.answered.body
            packed = content.media_type == "application/gzip" or body.startswith(GZIP_MAGIC)
            text = text_of(body, gzipped=packed)
        except ValueError as error:
            yield Violation("$", f"the body cannot be read: {error}", None)
            return
        report, delimiter = report_of_header(self.exchanges.catalogue.values(), self.report, text)
        lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter)
        bare = report is not None and report.shape is not None and not report.shape.header
        header = list(report.column_names) if report and bare else next(lines, [])
        if report is None:
            yield Violation("$", f"no report has the header {shortened(', '.join(header))}", None)
            return
        wrong = header_violations(self.exchanges.owner, report, header)
        yield from wrong
        validator = row_validator(self.exchanges.owner, report)
        for number, cells in enumerate(islice(lines, 0 if wrong else self.rows)):
            row = typed_row(report, cells)
            if not validator.is_valid(row):
                for violation in validator.violations(row):
                    yield replace(violation, path=f"$[{number}]{violation.path.removeprefix('$')}")


@cache
def load_exchanges(owner: str) -> Exchanges:
    """The exchanges of a vendor, or of the control API, made once.

    Raises:
        ContractError: There is no such vendor, or one of its files has a mistake.
    """
    return Exchanges(load_operations(owner)) if owner == CONTROL else exchanges_with(load_catalogue(owner))


@cache
def exchanges_with(catalogue: Catalogue) -> Exchanges:
    """The exchanges of a vendor whose reports are as a catalogue has them, a user's overrides included.

    Raises:
        ContractError: One of the vendor's files has a mistake.
    """
    return Exchanges(operations_with(catalogue), catalogue)


def _distance(wrong: list[Violation]) -> tuple[bool, int]:
    """How unlike a response an answer is: not even of its type, or else by the number of differences."""
    return any(violation.path in ("$", "header content-type") for violation in wrong), len(wrong)


def _name(report: Report | None) -> str | None:
    return None if report is None else report.name


def _gathered(
    sent: Sent, validator: Validator, query: Mapping[str, list[str]], held: dict[str, Any]
) -> dict[str, Any]:
    """What a call carries in all of its places; a member that the schema has once, by its first value."""
    together: dict[str, Any] = {**basic_members(sent.headers), **held, **query}
    properties: Any = _properties(validator)
    return {
        name: values
        if properties.get(name, {}).get("type") == "array" or not isinstance(values, list) or not values
        else values[0]
        for name, values in together.items()
    }


def _properties(validator: Validator) -> Any:
    return validator.schema.get("properties", {})


def _missing_headers(sent: Sent, match: Match) -> list[Violation]:
    return [
        Violation(f"header {parameter.name.lower()}", "missing", None)
        for parameter in match.operation.parameters
        if parameter.place is Place.HEADER
        and parameter.required
        and parameter.name.lower() not in sent.headers
    ]


@cache
def _pattern(header: Header) -> Callable[[str], object]:
    return re.compile(header.pattern or ".*", re.DOTALL).fullmatch


def _header_violations(response: Response, given: Mapping[str, str]) -> Iterator[Violation]:
    """Headers of a response that are missing, or of another form."""
    for header in response.headers:
        if header.name.lower() not in given:
            yield Violation(f"header {header.name.lower()}", "missing", None)
    for header in (*response.headers, *response.optional_headers):
        value = given.get(header.name.lower())
        if value is not None and not _pattern(header)(value):
            yield Violation(f"header {header.name.lower()}", f"{value!r} is not {header.pattern}", None)
