"""Clients from a file, and what else of a judgement comes in files: columns and known failures."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from reportcontracts.errors import ContractError
from reportcontracts.kit.columns import CASTS
from reportcontracts.kit.decoding import FORMATS
from reportcontracts.kit.stories import Need
from reportcontracts.kit.verdict import Known, read_baseline
from reportcontracts.names import VENDORS
from reportcontracts.strict import Table, duplicate, read_toml
from reportmocks.judging.client import Client, full_name
from reportmocks.judging.words import used

ABLE: Final = tuple(
    need.value for need in (Need.OPTIONS, Need.ROW_CAP, Need.TIMEOUT, Need.ANALYTICS, Need.SESSIONS)
)
"""What a client can do that its placeholders need not tell."""
LEAST_PATIENCE: Final = 1
MOST_PATIENCE: Final = 3600
"""Seconds for one run of a client."""


def read_clients(path: Path) -> tuple[Client, ...]:
    """The clients that a TOML file tells of, each a table `[[client]]`.

    Raises:
        ContractError: Anything at all is wrong with it.
    """
    root = read_toml(read_text(path), str(path))
    clients = tuple(_client(table, path.parent) for table in root.tables("client"))
    root.close()
    if not clients:
        raise root.error("client", "there is none; each client is a table [[client]]")
    twice = duplicate(client.name for client in clients)
    if twice:
        raise root.error("client", f"two are called {twice!r}; give each a name")
    return clients


def _client(table: Table, folder: Path) -> Client:
    vendor = _one_of(table, "vendor", VENDORS, None)
    command = _command(table, vendor)
    baseline = table.optional_text("baseline")
    client = Client(
        name=table.optional_text("name") or vendor,
        vendor=vendor,
        command=command,
        decode=_one_of(table, "decode", tuple(FORMATS), "auto"),
        columns=_columns(table.table("map")),
        only=tuple(full_name(vendor, name) for name in table.texts("only")),
        skip=tuple(full_name(vendor, name) for name in table.texts("skip")),
        strict=table.flag("strict", default=False),
        seed=_within(table, "seed", 1, 0, 2**63 - 1),
        examples=_within(table, "examples", 0, 0, 1000),
        now=table.optional_text("now"),
        shimmed=table.flag("time-shim", default=True) if table.has("time-shim") else None,
        patience=_within(table, "patience", 30, LEAST_PATIENCE, MOST_PATIENCE),
        can=frozenset(_able(table)),
        baseline=() if baseline is None else read_known(folder / baseline, vendor),
    )
    table.close()
    return client


def _command(table: Table, vendor: str) -> tuple[str, ...]:
    """A command as an array of words, or as a string that is parted as a shell would."""
    given = table.take("command")
    if isinstance(given, str):
        try:
            given = shlex.split(given)
        except ValueError as error:
            raise table.error("command", f"cannot be parted into words: {error}") from None
    if not isinstance(given, list) or not given or not all(isinstance(word, str) for word in given):
        raise table.error("command", "a string or an array of strings is needed")
    used(given, vendor)
    return tuple(given)


def _one_of(table: Table, name: str, words: Sequence[str], default: str | None) -> str:
    given = table.optional_text(name)
    if given is None and default is not None:
        return default
    if given not in words:
        raise table.error(name, f"{given!r} is none of: {', '.join(words)}")
    return str(given)


def _within(table: Table, name: str, default: int, least: int, most: int) -> int:
    given = table.optional_number(name)
    if given is None:
        return default
    if not least <= given <= most:
        raise table.error(name, f"{given} is not from {least} to {most}")
    return given


def _able(table: Table) -> Iterator[Need]:
    for word in table.texts("can"):
        if word not in ABLE:
            raise table.error("can", f"{word!r} is none of: {', '.join(ABLE)}")
        yield Need(word)


def _columns(table: Table) -> dict[str, Any]:
    """Columns by the vendor's names; TOML has no null, so an empty name says that one is left out."""
    return {name: _told(table.take(name)) for name in table.keys()}  # noqa: SIM118 - a table is no mapping


def _told(value: object) -> object:
    return None if value == "" else value


def read_columns(given: Sequence[str]) -> dict[str, Any]:
    """What `--map` says: `OLD=NEW`, `OLD=NEW:CAST`, `OLD=` for one that is left out, or files of them.

    Raises:
        ContractError: A file cannot be read, or is of another form.
    """
    columns: dict[str, Any] = {}
    for text in given:
        old, equals, new = text.partition("=")
        columns |= {old: _named(new)} if equals else _columns_of(Path(text))
    return columns


def _named(new: str) -> object:
    name, colon, cast = new.rpartition(":")
    if colon and cast in CASTS:
        return {"name": name, "cast": cast}
    return new or None


def _columns_of(path: Path) -> dict[str, Any]:
    if path.suffix == ".toml":
        return _columns(read_toml(read_text(path), str(path)))
    told = read_json(path)
    if not isinstance(told, Mapping):
        raise ContractError(str(path), None, "no object of columns by the vendor's names")
    return dict(told)


def read_known(path: Path, vendor: str) -> tuple[Known, ...]:
    """The known failures that a file of JSON holds.

    Raises:
        ContractError: It cannot be read, or is of another form.
    """
    try:
        return read_baseline(read_json(path), vendor)
    except ContractError as error:
        if error.origin == str(path):
            raise
        raise ContractError(str(path), error.key, str(error)) from None


def read_json(path: Path) -> Any:
    """What a file of JSON holds; `ContractError` if it is none."""
    try:
        return json.loads(read_text(path))
    except ValueError as error:
        raise ContractError(str(path), None, f"no JSON: {error}") from None


def read_text(path: Path) -> str:
    """The text of a file; `ContractError` if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ContractError(str(path), None, error.strerror or str(error)) from None
    except UnicodeDecodeError as error:
        raise ContractError(str(path), None, f"not UTF-8: {error}") from None


def parse_point(text: str) -> dict[str, Any]:
    """What a drawn story is made of, as JSON; `ContractError` if it is no object."""
    try:
        point = json.loads(text)
    except ValueError as error:
        raise ContractError("--point", None, f"no JSON: {error}") from None
    if not isinstance(point, dict):
        raise ContractError("--point", None, "no object")
    return point
