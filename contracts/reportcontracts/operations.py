"""The calls of an API, each with everything that can be sent and answered.

They are data, in `<vendor>/operations.toml`; reports and their parameters come from the catalogue, statuses
that a rule can switch come from the rulebook. Those of the control API are in `control/operations.toml`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from reportcontracts.calls import Match, Operation, Origin, Response, Security
from reportcontracts.catalogue import Catalogue, load_catalogue
from reportcontracts.errors import UnknownName
from reportcontracts.names import CONTROL
from reportcontracts.operations_file import IN_PATH, METHODS, REPORT, Contents, read_operations
from reportcontracts.parameters import Api
from reportcontracts.rules import Rulebook, load_rulebook
from reportcontracts.strict import vendor_file

__all__ = [
    "Match",
    "Operation",
    "Operations",
    "Origin",
    "Response",
    "load_operations",
    "operations_with",
    "parse_operations",
]

_EMPTY: Final[Mapping[str, str]] = MappingProxyType({})


class Operations(Mapping[str, Operation]):
    """The calls of an API by id, in the order of the file.

    `elsewhere` are, by origin, the responses to what is none of them: another path, or another method.
    """

    def __init__(self, owner: str, contents: Contents) -> None:
        self.owner = owner
        self.api: Api = contents.api
        self.security: tuple[Security, ...] = contents.security
        self.elsewhere: Mapping[Origin, tuple[Response, ...]] = contents.elsewhere
        self._operations = MappingProxyType(dict(contents.operations))
        self._routes = {
            origin: _Routes(its for its in self.values() if its.origin is origin) for origin in Origin
        }

    def __getitem__(self, operation_id: str) -> Operation:
        return self._operations[operation_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._operations)

    def __len__(self) -> int:
        return len(self._operations)

    def __repr__(self) -> str:
        return f"<Operations {self.owner}: {', '.join(self)}>"

    def operation(self, operation_id: str) -> Operation:
        """The operation of this id.

        Raises:
            UnknownName: There is none; the error names the nearest ones.
        """
        if operation_id not in self._operations:
            raise UnknownName(f"{self.owner}'s operations", "operation", operation_id, self)
        return self._operations[operation_id]

    def find(self, method: str, path: str, origin: Origin = Origin.API) -> Match | None:
        """The call that a request is, or `None` where it is none.

        `path` is decoded and begins where the documented paths begin; for storage it is what comes after
        the address of the vendor's objects.
        """
        return self._routes[origin].find(method, path)

    def methods(self, path: str, origin: Origin = Origin.API) -> tuple[str, ...]:
        """The methods that a path has; none where there is no such path."""
        return tuple(method for method in METHODS if self._routes[origin].find(method, path))

    def answers(self, match: Match | None, status: int, origin: Origin = Origin.API) -> tuple[Response, ...]:
        """The responses with a status to a call, or to what is none; empty where there can be none such."""
        if match is not None:
            return match.operation.answers(status)
        return tuple(response for response in self.elsewhere[origin] if status in response.statuses)


class _Routes:
    """Finds the operation of a path: by the path itself, or by patterns where names stand in it."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._fixed: dict[tuple[str, str], Match] = {}
        self._patterns: dict[str, list[tuple[re.Pattern[str], Operation]]] = {}
        for operation in operations:
            for method in operation.methods:
                if "{" in operation.path:
                    pattern = re.compile(_pattern(operation))
                    self._patterns.setdefault(method, []).append((pattern, operation))
                else:
                    self._fixed[method, operation.path] = Match(operation, _EMPTY, None)

    def find(self, method: str, path: str) -> Match | None:
        """The operation of a method and path, with what stands in the path."""
        found = self._fixed.get((method, path))
        if found is not None:
            return found
        for pattern, operation in self._patterns.get(method, ()):
            match = pattern.fullmatch(path)
            if match is None:
                continue
            values = match.groupdict()
            report = operation.reports.get(values.get(REPORT, ""))
            if report is not None or not operation.closed:
                return Match(operation, values, report)
        return None


def _pattern(operation: Operation) -> str:
    """The path as a regular expression; what has a plus before its name may hold slashes."""
    text, place = "", 0
    for part in IN_PATH.finditer(operation.path):
        wide, name = part.groups()
        text += re.escape(operation.path[place : part.start()]) + f"(?P<{name}>{'.+' if wide else '[^/]+'})"
        place = part.end()
    return text + re.escape(operation.path[place:])


@cache
def load_operations(owner: str) -> Operations:
    """The operations of a vendor, or of the control API, read once.

    Raises:
        ContractError: There is no such vendor, or its file has a mistake.
    """
    text, origin = vendor_file(owner, "operations.toml")
    if owner == CONTROL:
        return parse_operations(text, owner=owner, origin=origin)
    return operations_with(load_catalogue(owner))


def operations_with(catalogue: Catalogue) -> Operations:
    """The operations of a vendor whose reports are as a catalogue has them.

    Raises:
        ContractError: The vendor's file has a mistake.
    """
    owner = catalogue.vendor
    text, origin = vendor_file(owner, "operations.toml")
    return parse_operations(
        text, owner=owner, origin=origin, catalogue=catalogue, rulebook=load_rulebook(owner)
    )


def parse_operations(
    text: str,
    *,
    owner: str,
    origin: str,
    catalogue: Catalogue | None = None,
    rulebook: Rulebook | None = None,
) -> Operations:
    """The operations that a TOML text holds; `origin` is what errors call it.

    A text without a catalogue has an `api` of its own.

    Raises:
        ContractError: Anything at all is wrong with it: a key unknown, missing or of the wrong type, an id
            that comes twice, or the name of a schema, rule, parameter, header or response that there is not.
    """
    return Operations(owner, read_operations(text, owner, origin, catalogue, rulebook))
