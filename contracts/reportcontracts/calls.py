"""What a call of an API is made of, as values: its parameters, its body, and every response to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reportcontracts.catalogue import Report
from reportcontracts.parameters import Parameter
from reportcontracts.rules import RuleValues
from reportcontracts.switches import Evidence, Switch

ALWAYS: Final = "always"
"""What stands in place of a parameter's name where members may be missing in any case."""


class Origin(StrEnum):
    """Which server a call goes to."""

    API = "api"
    """The vendor's own."""
    STORAGE = "storage"
    """The one that signed links lead to."""


class SecurityKind(StrEnum):
    """What sort of credential a call carries, in the words of OpenAPI."""

    API_KEY = "apiKey"
    """A value by itself, in a header or the query."""
    HTTP = "http"
    """The header `Authorization` with a scheme such as Basic."""
    OAUTH = "oauth2"
    """A Bearer token that another call of the API gives for client credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """One way to show who calls.

    `place` and `name` are of an API key: `header` or `query`, and what it is called there. `scheme` is of
    HTTP, `token_path` and `scopes` of OAuth: what a token can be good for, with its meaning. What a kind has
    not is empty.
    """

    id: str
    kind: SecurityKind
    place: str
    name: str
    scheme: str
    token_path: str
    scopes: Mapping[str, str]
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header of a response; `pattern` is what its whole value matches, empty where it can be anything."""

    name: str
    pattern: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One form that a response's body can have.

    `type` is its `Content-Type`. `schema` is the name of the schema of its JSON, or of the children of its
    root in XML; with `many` the JSON is an array of such. `partial` names the parameter that may take members
    away, or is `always`. `rows` is the format of the catalogue that it has the rows of a report in. `empty`
    says that there may be no body at all.
    """

    type: str
    schema: str | None = None
    many: bool = False
    partial: str | None = None
    rows: str | None = None
    empty: bool = False

    @property
    def media_type(self) -> str:
        """The type without its parameters, in lower case."""
        return self.type.partition(";")[0].strip().lower()

    def schema_of(self, report: Report | None) -> str | None:
        """The name of the schema, which may be that of a report."""
        if self.schema != "{report}":
            return self.schema
        return None if report is None else report.name.replace("_", "-").replace("/", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One response: its status, what its body can be, its headers, and the rules behind it.

    `sources` are where its status comes from: a number, or the switch of a rule. Without `contents` it has
    no body. `headers` are there always, `optional_headers` where there is something to say in them.
    """

    id: str
    meaning: str
    sources: tuple[int | Switch, ...]
    rules: tuple[str, ...]
    contents: tuple[Content, ...]
    headers: tuple[Header, ...]
    optional_headers: tuple[Header, ...]

    @property
    def statuses(self) -> frozenset[int]:
        """Every status that it can have, whatever the rules are switched to."""
        return frozenset(self._possible())

    def statuses_by(self, values: RuleValues | None) -> frozenset[int]:
        """The statuses that it has by these values of the rules, or by the defaults."""
        return frozenset(_number(source, values) for source in self.sources)

    def content(self, media_type: str) -> Content | None:
        """The form of its body with this media type, or `None` where it has none of it."""
        return next((content for content in self.contents if content.media_type == media_type), None)

    def _possible(self) -> Iterator[int]:
        for source in self.sources:
            if isinstance(source, int):
                yield source
            else:
                yield from (int(choice) for choice in source.choices or (source.default,))


def _number(source: int | Switch, values: RuleValues | None) -> int:
    if isinstance(source, int):
        return source
    value = source.default if values is None else values(source.rule, source.name)
    return int(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a request carries.

    `types` are the media types that it may have, best first. `schema` names the schema of its members.
    `parameters` says where in it those of a report stand: `.` for the body itself, the name of a member, or
    `None` where it has none of them. With `gathered` any of it may be in the query instead, and a client's id
    and secret in HTTP Basic; `query` names the report's parameters that are in the query all the same.
    """

    types: tuple[str, ...]
    schema: str | None
    parameters: str | None
    required: bool
    gathered: bool
    query: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call: methods, path, credentials, parameters, body, and everything that it can be answered with.

    `path` has names in braces; `{report}` stands for one of `reports`, whose own parameters come on top.
    With `closed` a path with another name there is no path at all. `host` is the only host of the vendor that
    has the call, or `None` where all have it. `security` lists ways to call, any one of which will do; none
    is needed where it is empty. `scopes` are what its token must be good for, if that is documented.
    """

    id: str
    methods: tuple[str, ...]
    path: str
    origin: Origin
    host: str | None
    summary: str
    source: str
    evidence: Evidence
    security: tuple[Security, ...]
    scopes: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: tuple[Response, ...]
    reports: Mapping[str, Report]
    closed: bool

    def __repr__(self) -> str:
        return f"<Operation {self.id}: {', '.join(self.methods)} {self.path}>"

    @property
    def statuses(self) -> frozenset[int]:
        """Every status that the call can be answered with, whatever the rules are switched to."""
        return frozenset(status for response in self.responses for status in response.statuses)

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules behind its responses, in their order."""
        return tuple(dict.fromkeys(rule for response in self.responses for rule in response.rules))

    def answers(self, status: int) -> tuple[Response, ...]:
        """The responses with a status; empty where the call can have none such."""
        return tuple(response for response in self.responses if status in response.statuses)

    def parameters_of(self, report: Report | None) -> tuple[Parameter, ...]:
        """All parameters: the call's own, and those of the report that it is made for."""
        return self.parameters + (() if report is None else report.parameters)


@dataclass(frozen=True, slots=True)
class Match:
    """The call that a request is: what stands in its path, and the report that it is for, if there is one."""

    operation: Operation
    path_parameters: Mapping[str, str]
    report: Report | None
