"""Requests, answers and rows held against the contract. The one module that needs jsonschema."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from reportcontracts.catalogue import Report, load_catalogue
from reportcontracts.errors import ContractError
from reportcontracts.formats import FORMATS
from reportcontracts.rules import load_rulebook
from reportcontracts.schemas import SUFFIX, load_schema, parameters_schema, row_schema, schema_names, walk

_LONGEST: Final = 200
_DEEPEST: Final = 20
_NOTES: Final = frozenset({"$schema", "title", "description", "x-rule"})
"""Keywords that allow and forbid nothing."""

_Registry = Registry[Any]


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that a contract does not allow: where (`$.requests[0].status`), what, and by which rule."""

    path: str
    message: str
    rule: str | None

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" + (f" [{self.rule}]" if self.rule else "")


@dataclass(frozen=True, slots=True)
class Validator:
    """A schema made ready, so that holding an instance of JSON against it costs microseconds."""

    schema: Mapping[str, object]
    prepared: Draft202012Validator

    def is_valid(self, instance: Any) -> bool:
        """Whether the schema allows the instance."""
        return self.prepared.is_valid(instance)

    def violations(self, instance: Any) -> list[Violation]:
        """What the schema does not allow in the instance, in the order of its places."""
        errors = sorted(self.prepared.iter_errors(instance), key=_place)
        return [self._violation(error) for error in errors]

    def _violation(self, error: ValidationError) -> Violation:
        deepest = best_match([error]) or error
        message = "not allowed here" if deepest.validator == "not" else shortened(deepest.message)
        return Violation(deepest.json_path, message, self._rule(deepest.absolute_schema_path))

    def _rule(self, path: Iterable[str | int]) -> str | None:
        """The innermost `x-rule` on the way to a keyword."""
        rule, part = None, self.schema
        for step in path:
            if isinstance(part, Mapping):
                rule = part.get("x-rule", rule)
            part = part[step]  # type: ignore[index, assignment]
        return str(rule) if rule else None


@cache
def validator(vendor: str, name: str) -> Validator:
    """The prepared validator of one of a vendor's schema files.

    Raises:
        UnknownName: There is no such vendor or schema.
        ContractError: A schema file has a mistake.
    """
    return prepare(load_schema(vendor, name), origin=f"{vendor}/{name}{SUFFIX}", registry=_registry(vendor))


@cache
def row_validator(vendor: str, report: str | Report) -> Validator:
    """The prepared validator of a report's rows, as `row_schema` has them."""
    name = report if isinstance(report, str) else report.name
    return prepare(row_schema(vendor, report), origin=f"{vendor}'s report {name}")


@cache
def parameters_validator(vendor: str, report: str) -> Validator:
    """The prepared validator of a report's parameters, as `parameters_schema` has them."""
    return prepare(parameters_schema(vendor, report), origin=f"{vendor}'s report {report}")


def violations(vendor: str, name: str, instance: Any) -> list[Violation]:
    """What one of a vendor's schema files does not allow in an instance of JSON.

    Raises:
        UnknownName: There is no such vendor or schema.
    """
    return validator(vendor, name).violations(instance)


def header_violations(vendor: str, report: str | Report, header: Sequence[str]) -> list[Violation]:
    """What is wrong with a report's header: columns missing, unknown, twice, or in another order."""
    asked = load_catalogue(vendor).report(report) if isinstance(report, str) else report
    expected = asked.column_names
    if tuple(header) == expected:
        return []
    differing = {
        "missing": [name for name in expected if name not in header],
        "unknown": [name for name in header if name not in expected],
    }
    said = [f"{word}: {', '.join(names)}" for word, names in differing.items() if names]
    message = "; ".join(said) or f"the columns are, in this order: {', '.join(expected)}"
    rule = f"{vendor}.column-names"
    return [
        Violation(
            "$", f"not the header of {asked.name}; {message}", rule if rule in load_rulebook(vendor) else None
        )
    ]


def prepare(schema: Mapping[str, object], *, origin: str, registry: _Registry | None = None) -> Validator:
    """A validator of a schema, which may refer to others that are in the registry.

    Raises:
        ContractError: It is no valid schema, asks for an unknown format, or refers to what there is not.
    """
    plain = dict(schema)
    try:
        Draft202012Validator.check_schema(plain)
    except SchemaError as error:
        raise ContractError(origin, error.json_path, shortened(error.message)) from None
    others = Registry() if registry is None else registry
    known = others.with_resource("", DRAFT202012.create_resource(plain))
    _check_parts(plain, origin, known)
    whole = _inlined(plain, known.resolver(), origin)
    return Validator(whole, Draft202012Validator(whole, format_checker=_format_checker()))


def prepare_with(owner: str, schema: Mapping[str, object]) -> Validator:
    """A validator of a schema that refers to schema files of a vendor, or of the control API."""
    return prepare(schema, origin=f"a schema of {owner}", registry=_registry(owner))


def shortened(message: str) -> str:
    """A message fit for one line, however big the instance that it quotes."""
    return (
        message if len(message) <= _LONGEST else f"{message[: _LONGEST // 2]} ... {message[-_LONGEST // 2 :]}"
    )


def _inlined(part: Any, resolver: Any, origin: str, depth: int = 0) -> Any:
    """A schema with what it refers to in place of its references, which cost a third of each validation."""
    if depth > _DEEPEST:
        raise ContractError(origin, "$ref", "refers to itself, or too deep")
    if isinstance(part, list):
        return [_inlined(each, resolver, origin, depth) for each in part]
    if not isinstance(part, dict):
        return part
    own = {
        key: _inlined(value, resolver, origin, depth)
        for key, value in part.items()
        if key not in ("$ref", "$defs")
    }
    target = part.get("$ref")
    if not isinstance(target, str):
        return own
    found = resolver.lookup(target)
    there = _inlined(found.contents, found.resolver, origin, depth + 1)
    if isinstance(there, dict) and own.keys() & there.keys() <= _NOTES:
        return own | there
    return own | {"allOf": [there, *own.get("allOf", ())]}


def _place(error: ValidationError) -> list[tuple[bool, int, str]]:
    """A key to sort errors by where they are; members before elements, elements by number."""
    return [
        (isinstance(step, int), step if isinstance(step, int) else 0, str(step))
        for step in error.absolute_path
    ]


def _check_parts(schema: Mapping[str, object], origin: str, registry: _Registry) -> None:
    resolver = registry.resolver()
    for path, part in walk(schema):
        form = part.get("format")
        if form is not None and form not in FORMATS:
            raise ContractError(
                origin, f"{path}/format", f"unknown format {form!r}; known: {', '.join(FORMATS)}"
            )
        try:
            resolver.lookup(str(part.get("$ref", "#")))
        except Unresolvable as error:
            raise ContractError(origin, f"{path}/$ref", f"there is no {error.ref}") from None


@cache
def _registry(vendor: str) -> _Registry:
    """All schema files of a vendor, by the file names with which they refer to each other."""
    return Registry[Any]().with_resources(_resources(vendor))


def _resources(vendor: str) -> Iterator[tuple[str, Resource[Any]]]:
    for name in schema_names(vendor):
        yield f"{name}{SUFFIX}", DRAFT202012.create_resource(dict(load_schema(vendor, name)))


@cache
def _format_checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, check in FORMATS.items():
        checker.checks(name, raises=ValueError)(_of_strings(check))
    return checker


def _of_strings(check: Callable[[str], object]) -> Callable[[object], bool]:
    """A format's check as jsonschema wants it: what is no string passes, as types are another keyword's."""

    def checked(instance: object) -> bool:
        if isinstance(instance, str):
            check(instance)
        return True

    return checked
