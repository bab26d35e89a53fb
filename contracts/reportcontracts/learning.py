"""An overrides file learned from a real export: header, order, types and forms, and never a value."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from reportcontracts.catalogue import Column, ColumnType, Report, load_catalogue
from reportcontracts.errors import ContractError
from reportcontracts.exports import MOST, Cell, Export, read_export
from reportcontracts.guesses import Guess, ambiguous, fits, guess
from reportcontracts.overrides import castable, parse_overrides
from reportcontracts.rules import load_rulebook

_BARE: Final = re.compile(r"-?[0-9][0-9.,eE+-]*|true|false")
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_NUMBERS: Final = (ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.FLAG)
_NARROWER: Final = (
    (ColumnType.INTEGER, ColumnType.NUMBER),
    (ColumnType.INTEGER, ColumnType.FLAG),
    (ColumnType.BOOLEAN, ColumnType.FLAG),
)
"""Types that cells of another can all happen to be of."""

Table = dict[str, object]


@dataclass(kw_only=True)
class Learned:
    """What was found: the keys of a report's overrides, and remarks for whoever reads them.

    `table` is empty where the file is as the catalogue has it.
    """

    vendor: str
    report: str
    rows: int
    form: str
    table: Table = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def toml(self) -> str:
        """The overrides file; with a comment alone where there is nothing to override."""
        head = f"# {self.vendor} {self.report}, learned from an export: header and forms, no value of it.\n"
        if not self.table:
            return f"{head}# It is as the catalogue has it.\n"
        lines = [f"[[{self.vendor}.report]]", f"name = {json.dumps(self.report)}"]
        lines += [f"{key} = {_toml(value)}" for key, value in self.table.items()]
        return head + "\n".join(lines) + "\n"


def learn(vendor: str, report: str, data: bytes, origin: str, *, header: bool = True) -> Learned:
    """What a real export of a report shows.

    Raises:
        ContractError: The vendor or report is unknown, the report takes no overrides, or the file is none.
    """
    base = load_catalogue(vendor).report(report)
    parse_overrides(f"[[{vendor}.report]]\nname = {json.dumps(report)}\n", origin=vendor)
    export = read_export(data, origin, header=header)
    learned = _Learning(vendor, base, export, origin).learned()
    parse_overrides(learned.toml, origin=f"what was learned from {origin}")
    return learned


class _Learning:
    """One export held against the report that it is of."""

    def __init__(self, vendor: str, base: Report, export: Export, origin: str) -> None:
        self._base = base
        self._export = export
        self._origin = origin
        rule = load_rulebook(vendor).get(f"{vendor}.csv")
        self._switches = {} if rule is None else rule.switches
        self._labelled = "header" in self._switches
        form = export.form
        self._there = [column for column in base.columns if not column.formats or form in column.formats]
        self._known = _spellings(base)
        self._names = self._header()
        self._learned = Learned(vendor=vendor, report=base.name, rows=export.rows, form=form)

    def learned(self) -> Learned:
        """Everything that was found."""
        columns = [self._column(place, name) for place, name in enumerate(self._names)]
        self._say_dropped(columns)
        table = self._file() if self._export.form == "csv" else {}
        if columns != [column.name for column in self._there]:
            table["columns"] = columns
        self._learned.table = table
        if not self._export.names and self._export.form == "csv":
            self._remark("no header: the names are the catalogue's")
        elif not any(self._column_of(name) for name in self._names):
            self._remark("no name of the header is known; if it is a row already, say --no-header")
        if self._export.rows == MOST:
            self._remark(f"only the first {MOST} rows were looked at")
        return self._learned

    def _header(self) -> Sequence[str]:
        """The header; without one, that of the catalogue."""
        if self._export.names:
            return self._export.names
        found, wanted = len(self._export.columns), len(self._there)
        if found != wanted:
            reason = f"{found} columns without names, where the catalogue has {wanted}"
            raise ContractError(self._origin, None, reason)
        return [column.label if self._labelled else column.name for column in self._there]

    def _column_of(self, name: str) -> Column | None:
        """The catalogue's column of a name, however it is spelled, or of a label."""
        return self._known.get(name) or self._known.get(_plain(name))

    def _column(self, place: int, name: str) -> object:
        """What stands for a column in the overrides: a name alone where it is as the catalogue has it."""
        cells, base = self._export.columns[place], self._column_of(name)
        texts = [_text(cell) for cell in cells if cell is not None]
        kind, form = self._kind(base, cells, texts)
        if base is not None and kind is not None and not castable(base.type, kind):
            self._remark(f"{name}: {kind} cannot be made of {base.name}, which is {base.type}")
            base = None
        if form is not None and ambiguous(texts, form):
            self._remark(f"{name}: day or month first cannot be told; taken for {form}")
        empty = len(texts) < len(cells)
        if base is None:
            return self._added(name, kind or ColumnType.STRING, form, nullable=empty)
        said = {
            "type": None if kind is None else str(kind),
            "format": form,
            "nullable": True if empty and not base.nullable else None,
        }
        return self._made(name, base, {key: value for key, value in said.items() if value is not None})

    def _kind(
        self, base: Column | None, cells: Sequence[Cell], texts: Sequence[str]
    ) -> tuple[ColumnType | None, str | None]:
        """The type and form of cells; no type where it is the catalogue's."""
        timestamps = self._base.timestamps
        if base is not None and fits(base, timestamps, texts):
            return None, None
        time = base is not None and base.type is ColumnType.TIMESTAMP
        kind, form = _json_guess(cells) or guess(texts, timestamps, time=time)
        if base is not None and (kind is base.type or (kind, base.type) in _NARROWER):
            return None, form
        return kind, form

    def _added(self, name: str, kind: ColumnType, form: str | None, *, nullable: bool) -> Table:
        added: Table = {"name": self._own(name)}
        added |= {"label": name} if self._labelled and self._export.form == "csv" else {}
        added |= {"type": str(kind)}
        added |= {"format": form} if form else {}
        added |= {"nullable": True} if nullable else {}
        self._remark(f"added, with cells that are drawn: {name} ({kind})")
        return added

    def _made(self, name: str, base: Column, said: Mapping[str, object]) -> object:
        renamed = self._renamed(name, base)
        if renamed:
            self._remark(f"renamed: {base.name} is {name}")
        for key, value in said.items():
            self._remark(f"{name}: {key} {_toml(value)}")
        made = {"name": base.name, **renamed}
        if made["name"] != base.name:
            made["of"] = base.name
        return {**made, **said} if said or renamed else base.name

    def _renamed(self, name: str, base: Column) -> Table:
        if not self._labelled:
            return {} if name == base.name else {"name": name}
        return {"label": name} if self._export.form == "csv" and name not in (base.label, base.name) else {}

    def _own(self, name: str) -> str:
        """What an added column is called: where headers are labels, the way of the vendor's names."""
        return ("_".join(_WORDS.findall(name)).upper() or name) if self._labelled else name

    def _say_dropped(self, columns: Sequence[object]) -> None:
        kept = {item.get("of", item["name"]) if isinstance(item, dict) else item for item in columns}
        gone = [column.name for column in self._there if column.name not in kept]
        if gone:
            self._remark(f"dropped, since the file has them not: {', '.join(gone)}")

    def _file(self) -> Table:
        """How the file differs from what the vendor's rule on CSV has."""
        export = self._export
        newline, quote = self._switches.get("newline"), self._quote()
        found: Table = {}
        if export.delimiter != ",":
            found["delimiter"] = export.delimiter
        if export.newline and newline is not None and export.newline != newline.default:
            found["newline"] = export.newline
        if quote is not None:
            found["quote"] = quote
        if not export.names:
            found["header"] = False
        if export.bom:
            found["bom"] = True
        for key, value in found.items():
            self._remark(f"{key} {_toml(value)}")
        return found

    def _quote(self) -> str | None:
        """Which cells are quoted, if not those of the vendor's rule."""
        usual = self._switches.get("quote")
        possible = [mode for mode, holds in self._quotes() if holds]
        if usual is None or usual.default in possible:
            return None
        if not possible:
            self._remark("quotes follow no rule that is known; taken for minimal")
        mode = possible[0] if possible else "minimal"
        return None if mode == usual.default else mode

    def _quotes(self) -> Iterator[tuple[str, bool]]:
        """Each way to quote, and whether it is that of every cell."""
        marks = (self._export.delimiter, '"', "\r", "\n")
        pairs = list(self._quoted())
        yield "minimal", all(quoted == any(mark in text for mark in marks) for text, quoted in pairs if text)
        yield "all", all(quoted for _, quoted in pairs)
        bare = all(quoted or not text or _BARE.fullmatch(text) for text, quoted in pairs)
        yield "nonnumeric", bare and not self._numbers_quoted()

    def _quoted(self) -> Iterator[tuple[str, bool]]:
        """Every cell and name, with whether it was quoted."""
        yield from zip(self._export.names, self._export.header_quoted, strict=True)
        for cells, quoted in zip(self._export.columns, self._export.quoted, strict=True):
            yield from zip(("" if cell is None else _text(cell) for cell in cells), quoted, strict=True)

    def _numbers_quoted(self) -> bool:
        """Whether some column of numbers stands in quotes."""
        columns = zip(self._names, self._export.columns, self._export.quoted, strict=True)
        return any(
            (base := self._column_of(name)) is not None
            and base.type in _NUMBERS
            and any(mark for cell, mark in zip(cells, quoted, strict=True) if cell is not None)
            for name, cells, quoted in columns
        )

    def _remark(self, text: str) -> None:
        self._learned.remarks.append(text)


def _spellings(base: Report) -> dict[str, Column]:
    """The columns by their names, and by what is left of names and labels without case and signs."""
    found = {column.name: column for column in base.columns}
    for column in base.columns:
        found.setdefault(_plain(column.name), column)
    for column in base.columns:
        found.setdefault(_plain(column.label), column)
    return found


def _json_guess(cells: Sequence[Cell]) -> Guess | None:
    """The type of cells that JSON itself tells; nothing for texts."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {bool}:
        return ColumnType.BOOLEAN, None
    if kinds == {int}:
        return ColumnType.INTEGER, None
    return (ColumnType.NUMBER, None) if kinds and kinds <= {int, float} else None


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else json.dumps(cell)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _toml(value: object) -> str:
    """A value in TOML: a text, a truth, or columns one below the other."""
    if isinstance(value, list):
        return "[\n" + "".join(f"  {_toml(item)},\n" for item in value) + "]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(item)}' for key, item in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)
