"""Reading TOML strictly: every key is of its type, and a key that nobody asked for is a mistake."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from reportcontracts.errors import ContractError, UnknownName, near, shorten
from reportcontracts.names import OWNERS, VENDORS

Kind = TypeVar("Kind", bound=StrEnum)


class Table:
    """One table of a TOML document while it is read: keys are taken, then `close` looks for others."""

    def __init__(self, data: Mapping[str, object], origin: str, key: str = "") -> None:
        self._data = dict(data)
        self._known: set[str] = set()
        self.origin = origin
        self.key = key

    def error(self, name: str | None, reason: str) -> ContractError:
        """The error that says what is wrong with the key `name` of this table, or with the whole of it."""
        return ContractError(self.origin, self._path(name), reason)

    def has(self, name: str) -> bool:
        """Whether the key is there and not taken yet."""
        return name in self._data

    def take(self, name: str) -> object:
        """The raw value of a key; `None` where it is not there, since TOML has no null."""
        self._known.add(name)
        return self._data.pop(name, None)

    def text(self, name: str) -> str:
        """A string that must be there and say something."""
        value = self.optional_text(name)
        if value is None or not value.strip():
            raise self.error(name, "missing or empty; a string is needed")
        return value

    def optional_text(self, name: str) -> str | None:
        """A string, or `None` where the key is missing."""
        value = self.take(name)
        if value is not None and not isinstance(value, str):
            raise self.error(name, f"{shorten(value)} is not a string")
        return value

    def optional_number(self, name: str) -> int | None:
        """An integer, or `None` where the key is missing; booleans are no integers."""
        value = self.take(name)
        if value is not None and type(value) is not int:
            raise self.error(name, f"{shorten(value)} is not an integer")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """A boolean, or `default` where the key is missing."""
        value = self.take(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.error(name, f"{shorten(value)} is neither true nor false")
        return value

    def word(self, name: str, kind: type[Kind], default: Kind | None = None) -> Kind:
        """One word of a fixed set; it must be there unless it has a default."""
        given = self.optional_text(name)
        if given is None and default is not None:
            return default
        words = {word.value: word for word in kind}
        if given is None or given not in words:
            what = "missing" if given is None else f"{shorten(given)} is none of the words there are"
            raise self.error(name, f"{what}; one of: {', '.join(words)}")
        return words[given]

    def items(self, name: str) -> tuple[object, ...]:
        """An array of anything; empty where the key is missing."""
        value = self.take(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self.error(name, f"{shorten(value)} is not an array")
        return tuple(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """An array of different strings; empty where the key is missing."""
        values = self.items(name)
        texts = tuple(value for value in values if isinstance(value, str))
        if len(texts) != len(values):
            raise self.error(name, f"{shorten(list(values))} holds something that is not a string")
        if len(set(texts)) != len(texts):
            raise self.error(name, f"{shorten(list(values))} says something twice")
        return texts

    def table(self, name: str) -> "Table":
        """A table within this one; empty where the key is missing."""
        value = self.take(name)
        if value is not None and not isinstance(value, dict):
            raise self.error(name, f"{shorten(value)} is not a table")
        return Table(value or {}, self.origin, self._path(name) or "")

    def tables(self, name: str, label: str = "name") -> Iterator["Table"]:
        """The tables of an array; each is called by its place and by what its key `label` says."""
        for place, value in enumerate(self.items(name), 1):
            path = f"{self._path(name)}[{place}]"
            if not isinstance(value, dict):
                raise ContractError(self.origin, path, f"{shorten(value)} is not a table")
            said = value.get(label)
            yield Table(value, self.origin, f"{path} ({said})" if isinstance(said, str) else path)

    def keys(self) -> tuple[str, ...]:
        """The keys not taken yet."""
        return tuple(self._data)

    def close(self) -> None:
        """Refuse the keys that were never asked for.

        Raises:
            ContractError: There is one; the reason names the nearest key that is known.
        """
        for name in self._data:
            close = near(name, self._known)
            meant = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(sorted(self._known))}"
            raise self.error(name, f"unknown key{meant}")

    def _path(self, name: str | None) -> str | None:
        return ".".join(part for part in (self.key, name) if part) or None


def read_toml(text: str, origin: str) -> Table:
    """The document's root table.

    Raises:
        ContractError: The text is not TOML; the reason tells line and column.
    """
    try:
        return Table(tomllib.loads(text), origin)
    except tomllib.TOMLDecodeError as error:
        raise ContractError(origin, None, str(error)) from None


def vendor_file(vendor: str, name: str) -> tuple[str, str]:
    """The text of one of a vendor's data files, and what to call the file in an error.

    Raises:
        UnknownName: There is no such vendor.
        ContractError: The vendor has no such file.
    """
    if vendor not in OWNERS:
        raise UnknownName("reportcontracts", "vendor", vendor, VENDORS)
    origin = f"{vendor}/{name}"
    try:
        return Path(__file__).with_name(vendor).joinpath(name).read_text(encoding="utf-8"), origin
    except FileNotFoundError:
        raise ContractError(origin, None, "there is no such file") from None


def duplicate(names: Iterable[str]) -> str | None:
    """The first name that comes twice, or `None`."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def each_once(table: Table, key: str, names: Iterable[str]) -> None:
    """Accept names of which none comes twice; `key` is where in the table they are.

    Raises:
        ContractError: One comes twice.
    """
    twice = duplicate(names)
    if twice:
        raise table.error(key, f"there are two of the name {twice}")
