"""What a user knows better: an overrides file, and the catalogues and switches that it makes.

The file is TOML. `[rules]` sets switches by their paths. Each `[[<vendor>.report]]` says of one report how it
really is, or adds one `of` another's rows: its `columns` in their order (a string is a column as it stands, a
table has a `name`, and is made `of` another column or drawn), columns to `rename`, how cells are written, and
how the file is. Whatever is not said stays as the vendor's catalogue has it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from reportcontracts import cellforms
from reportcontracts.catalogue import Catalogue, Column, ColumnType, Report, ReportKind, load_catalogue
from reportcontracts.errors import ContractError, near
from reportcontracts.filestyle import Shape
from reportcontracts.names import VENDORS
from reportcontracts.strict import Table, duplicate, each_once, read_toml
from reportcontracts.switches import Evidence

QUOTES: Final = ("minimal", "nonnumeric", "all")
NEWLINES: Final = ("crlf", "lf")
DELIMITERS: Final = (",", "\t", "|", ";")

_FORMATS: Final[Mapping[str, tuple[ColumnType, ...]]] = MappingProxyType(
    {
        "timestamps": (ColumnType.TIMESTAMP,),
        "dates": (ColumnType.DATE,),
        "numbers": (ColumnType.NUMBER,),
        "truths": (ColumnType.BOOLEAN, ColumnType.FLAG),
    }
)
"""Keys of a report that say how all cells of some types are written."""

_MEANING: Final = "as an overrides file has it"
_VALUES: Final[Mapping[ColumnType, tuple[type, ...]]] = MappingProxyType(
    {ColumnType.INTEGER: (int,), ColumnType.FLAG: (int,), ColumnType.NUMBER: (int, float),
     ColumnType.BOOLEAN: (bool,)}
)  # fmt: skip
"""What the values of a column of each type are; texts where it is not here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A switch that the file sets: the path of it, and its value."""

    key: str
    path: str
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What an overrides file says: whole catalogues by vendor, of those it mentions, and switches."""

    origin: str
    catalogues: Mapping[str, Catalogue]
    settings: tuple[Setting, ...]

    def catalogue(self, vendor: str) -> Catalogue:
        """A vendor's reports, with what the file says of them."""
        return self.catalogues.get(vendor) or load_catalogue(vendor)


NO_OVERRIDES: Final = Overrides(origin="", catalogues=MappingProxyType({}), settings=())
"""What holds where there is no file."""


def read_overrides(path: Path) -> Overrides:
    """What a file says.

    Raises:
        ContractError: It cannot be read, or anything at all is wrong with it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ContractError(str(path), None, error.strerror or str(error)) from None
    except UnicodeDecodeError as error:
        raise ContractError(str(path), None, f"not UTF-8: {error.reason}") from None
    return parse_overrides(text, origin=str(path))


def parse_overrides(text: str, *, origin: str) -> Overrides:
    """What a TOML text says; `origin` is what errors call it.

    Raises:
        ContractError: A vendor, report, column or key is unknown, twice, or of the wrong type, a column
            cannot be made of another, or a format is none.
    """
    root = read_toml(text, origin)
    settings = tuple(_settings(root.table("rules"), ()))
    catalogues = {vendor: _catalogue(root.table(vendor), vendor) for vendor in VENDORS if root.has(vendor)}
    for vendor in VENDORS:
        root.take(vendor)
    root.close()
    return Overrides(origin=origin, catalogues=MappingProxyType(catalogues), settings=settings)


def _settings(table: Table, path: tuple[str, ...]) -> Iterator[Setting]:
    """The switches in a table, which may be nested in any way."""
    for name in table.keys():  # noqa: SIM118 - a table is no mapping
        value = table.take(name)
        if isinstance(value, dict):
            yield from _settings(Table(value, table.origin, f"{table.key}.{name}"), (*path, name))
        else:
            yield Setting(key=f"{table.key}.{name}", path=".".join((*path, name)), value=value)


def _catalogue(table: Table, vendor: str) -> Catalogue:
    base = load_catalogue(vendor)
    reports = [_report(each, base) for each in table.tables("report")]
    table.close()
    each_once(table, "report", (report.name for report in reports))
    return base.with_reports({report.name: report for report in reports})


def _report(table: Table, catalogue: Catalogue) -> Report:
    name = table.text("name")
    origin = table.optional_text("of") or name
    if origin not in catalogue:
        key = "of" if origin != name else "name"
        hint = f"{_nearest(origin, catalogue)}; a new report says of which one its rows are"
        raise table.error(key, f"{catalogue.vendor} has no report {origin!r}; {hint}")
    if name in catalogue and origin != name:
        raise table.error("of", f"{name} is the vendor's own report; a new one needs a name of its own")
    base = catalogue[origin]
    if "csv" not in base.formats:
        raise table.error("name", f"{origin} comes as JSON of a documented form, of which nothing is open")
    if not name.replace("_", "").replace("-", "").isalnum():
        raise table.error("name", f"{name!r} is not made of letters, digits, hyphens and underscores")
    columns = _columns(table, base)
    report = replace(
        base,
        name=name,
        path=base.path if name == origin else base.path.removesuffix(origin) + name,
        description=table.optional_text("description") or base.description,
        columns=columns,
        identity=_identity(base, columns),
        of=origin,
        shape=_shape(table),
    )
    table.close()
    return report


def _shape(table: Table) -> Shape:
    return Shape(
        delimiter=_one(table, "delimiter", DELIMITERS),
        quote=_one(table, "quote", QUOTES),
        newline=_one(table, "newline", NEWLINES),
        header=table.flag("header", default=True),
        bom=table.flag("bom", default=False),
    )


def _one(table: Table, key: str, words: tuple[str, ...]) -> str | None:
    given = table.optional_text(key)
    if given is not None and given not in words:
        raise table.error(key, f"{given!r} is none of {', '.join(map(repr, words))}")
    return given


def _columns(table: Table, base: Report) -> tuple[Column, ...]:
    """The columns that a report is to have, each made of one of the base's or added."""
    formats = {key: table.optional_text(key) for key in _FORMATS}
    renamed = _renamed(table.table("rename"), base)
    given = table.items("columns")
    if given and renamed:
        raise table.error("rename", "not beside columns, which name them all")
    columns = [
        _column(_as_table(table, place, item), base)
        for place, item in enumerate(given or tuple(renamed.values()) or base.column_names, 1)
    ]
    twice = duplicate(column.name for column in columns)
    twice = twice or duplicate(column.of for column in columns if column.of is not None)
    if twice:
        raise table.error("columns", f"{twice} is there twice")
    return tuple(_formatted(table, column, formats) for column in columns)


def _renamed(table: Table, base: Report) -> dict[str, object]:
    """All columns of the base, some of them under other names; nothing where none is renamed."""
    names = table.keys()
    for name in names:
        if name not in base.column_names:
            raise table.error(name, f"{base.name} has no such column; {_nearest(name, base.column_names)}")
    if not names:
        return {}
    new = {name: table.text(name) for name in names}
    return {name: {"name": new.get(name, name), "of": name} for name in base.column_names}


def _as_table(table: Table, place: int, item: object) -> Table:
    key = f"{table.key}.columns[{place}]"
    if isinstance(item, str):
        return Table({"name": item, "of": item}, table.origin, f"{key} ({item})")
    if not isinstance(item, dict):
        raise ContractError(table.origin, key, f"{item!r} is neither the name of a column nor a table")
    said = item.get("name")
    return Table(item, table.origin, f"{key} ({said})" if isinstance(said, str) else key)


def _column(table: Table, base: Report) -> Column:
    name, of = table.text("name"), table.optional_text("of")
    if of is None and name in base.column_names and not table.has("values"):
        of = name
    if of is not None and of not in base.column_names:
        raise table.error("of", f"{base.name} has no column {of!r}; {_nearest(of, base.column_names)}")
    column = _added(table, name) if of is None else _made(table, name, base.column(of))
    table.close()
    return column


def _added(table: Table, name: str) -> Column:
    """A column that the vendor's report has not: its cells are drawn."""
    column = Column(
        name=name,
        label=table.optional_text("label") or name,
        type=table.word("type", ColumnType),
        meaning=table.optional_text("meaning") or _MEANING,
        nullable=table.flag("nullable", default=False),
        as_of=False,
        formats=(),
        evidence=Evidence.OBSERVED,
        format=_format(table),
        values=_values(table),
    )
    allowed = _VALUES.get(column.type, (str,))
    for value in column.values:
        if type(value) not in allowed:
            raise table.error("values", f"{value!r} is no {column.type}")
    return column


def _values(table: Table) -> tuple[str | int | float | bool, ...]:
    values = table.items("values")
    kept = tuple(value for value in values if isinstance(value, str | int | float))
    if len(kept) != len(values) or (table.has("values") and not values):
        raise table.error("values", "something in it is neither text, number, true nor false")
    return kept


def _made(table: Table, name: str, base: Column) -> Column:
    """A column made of one of the vendor's."""
    kind = table.word("type", ColumnType, base.type)
    if not castable(base.type, kind):
        raise table.error("type", f"{kind} cannot be made of {base.name}, which is {base.type}")
    return replace(
        base,
        name=name,
        label=table.optional_text("label") or (base.label if name == base.name else name),
        type=kind,
        meaning=table.optional_text("meaning") or base.meaning,
        nullable=table.flag("nullable", default=base.nullable) or base.nullable,
        evidence=Evidence.OBSERVED,
        of=base.name,
        format=_format(table),
    )


def _format(table: Table) -> str | None:
    return table.optional_text("format")


def _formatted(table: Table, column: Column, formats: Mapping[str, str | None]) -> Column:
    """A column with the format of its own or of its type, which is checked."""
    pattern = column.format or next(
        (formats[key] for key, kinds in _FORMATS.items() if column.type in kinds and formats[key]), None
    )
    if pattern is None:
        return column
    try:
        cellforms.check(column.type, pattern)
    except ValueError as error:
        raise table.error(f"columns ({column.name}).format", str(error)) from None
    return replace(column, format=pattern)


def castable(base: ColumnType, kind: ColumnType) -> bool:
    """Whether cells of one type can be made of those of another."""
    if kind in (base, ColumnType.STRING):
        return True
    identifiers = (ColumnType.STRING, ColumnType.UUID, ColumnType.INTEGER)
    numbers = (ColumnType.INTEGER, ColumnType.NUMBER)
    truths = (ColumnType.FLAG, ColumnType.BOOLEAN)
    times = (ColumnType.TIMESTAMP, ColumnType.DATE)
    return any(base in group and kind in group for group in (identifiers, numbers, truths, times))


def _identity(base: Report, columns: tuple[Column, ...]) -> tuple[str, ...]:
    """What tells rows from others, by the new names; all columns where part of it is dropped."""
    if base.kind is ReportKind.TOTAL:
        return ()
    new = {column.of: column.name for column in columns if column.of is not None}
    if all(name in new for name in base.identity):
        return tuple(new[name] for name in base.identity)
    return tuple(column.name for column in columns)


def _nearest(name: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    close = near(name, known)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
