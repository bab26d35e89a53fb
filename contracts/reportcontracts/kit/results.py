"""What a driver hands in, read from the body of its call."""

from collections.abc import Mapping
from typing import Any, Final

from reportcontracts.errors import ContractError, UnknownName, shorten
from reportcontracts.kit.decoding import FORMATS, MEDIA, Undecodable, checked, rows_of
from reportcontracts.kit.evidence import Result

MEMBERS: Final = (
    "rows", "text", "format", "error", "warnings", "exit_code", "output", "timed_out",
    "stopped", "killed",
)  # fmt: skip
MOST_OUTPUT: Final = 1024 * 1024
"""Characters of a client's output that are looked at."""


def read_result(body: Mapping[str, Any]) -> Result:
    """The result that a JSON object holds.

    `rows` is an array of objects; or `text` holds them in a `format` of `FORMATS`. What cannot be read as
    rows is the client's fault and part of the result; what cannot be read as a result is the driver's.

    Raises:
        ContractError: It has a member that there is not, or a value of another type.
    """
    for name in body:
        if name not in MEMBERS:
            raise UnknownName("the result", "member", name, MEMBERS)
    rows, unreadable = _rows(body)
    warnings = body.get("warnings", [])
    if not isinstance(warnings, list):
        raise ContractError("the result", "warnings", f"{shorten(warnings)} is no array of strings")
    return Result(
        rows=rows,
        unreadable=unreadable,
        error=_error(body.get("error")),
        warnings=tuple(map(str, warnings)),
        exit_code=_typed(body, "exit_code", int, None),
        output=str(_typed(body, "output", str, ""))[:MOST_OUTPUT],
        timed_out=bool(_typed(body, "timed_out", bool, default=False)),
        stopped=_typed(body, "stopped", str, None),
        killed=bool(_typed(body, "killed", bool, default=False)),
    )


def read_rows(text: str, media_type: str) -> Result:
    """The result of a client whose rows are the whole body of a call.

    Raises:
        UnknownName: No format has this media type.
    """
    if media_type not in MEDIA:
        raise UnknownName("the result", "media type", media_type, MEDIA)
    return _decoded(text, MEDIA[media_type])


def _decoded(text: str, form: str) -> Result:
    try:
        return Result(rows=rows_of(text, form))
    except Undecodable as error:
        return Result(unreadable=str(error))


def _rows(body: Mapping[str, Any]) -> tuple[Any, str | None]:
    if body.get("rows") is not None and body.get("text") is not None:
        raise ContractError("the result", "text", "not with rows")
    if body.get("text") is not None:
        form = body.get("format", "csv")
        if form not in FORMATS:
            raise UnknownName("the result", "format", form, FORMATS)
        result = _decoded(str(_typed(body, "text", str, "")), form)
        return result.rows, result.unreadable
    if body.get("rows") is None:
        return None, None
    try:
        return checked(body["rows"]), None
    except Undecodable as error:
        return None, str(error)


def _error(given: object) -> str | None:
    """An error as a text, or as an object of message and kind."""
    if isinstance(given, dict) and given.keys() <= {"message", "kind"}:
        kind, message = given.get("kind"), given.get("message", "")
        return f"{kind}: {message}" if kind else str(message)
    if given is not None and not isinstance(given, str):
        raise ContractError(
            "the result", "error", f"{shorten(given)} is no string, nor an object of message and kind"
        )
    return given


def _typed(body: Mapping[str, Any], name: str, kind: type, default: object) -> Any:
    given = body.get(name)
    if given is None:
        return default
    if type(given) is not kind:
        raise ContractError("the result", name, f"{shorten(given)} is no {kind.__name__}")
    return given
