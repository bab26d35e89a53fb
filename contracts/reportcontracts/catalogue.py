"""The catalogue: what reports a vendor has, with their columns, parameters and formats.

A vendor's catalogue is data, in `<vendor>/reports.toml`; routes, worlds, schemas and documentation are
derived from it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from reportcontracts.errors import UnknownName
from reportcontracts.filestyle import Shape
from reportcontracts.parameters import Api, Parameter, read_api, read_parameters
from reportcontracts.strict import Table, each_once, read_toml, vendor_file
from reportcontracts.switches import Evidence


class ColumnType(StrEnum):
    """What the cells of a column hold."""

    UUID = "uuid"
    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    """An integer or a decimal fraction."""
    FLAG = "flag"
    """0 or 1."""
    BOOLEAN = "boolean"
    """true or false."""
    TIMESTAMP = "timestamp"
    """An instant in UTC, in the vendor's format."""
    DATE = "date"
    """`YYYY-MM-DD`."""
    JSON = "json"
    """A text that is JSON."""


class TimestampFormat(StrEnum):
    """How the timestamps in rows are written; always in UTC."""

    ISO = "YYYY-MM-DDTHH:MM:SS.sssZ"
    SPACED = "YYYY-MM-DD HH:MM:SS"


class ReportKind(StrEnum):
    """How a report's rows come from events."""

    STREAM = "stream"
    """One row for each event, in order of time; ranges that meet add up."""
    SUMMARY = "summary"
    """One row for each thing, with what happened to it in the range."""
    SHEET = "sheet"
    """One row for each thing as it stands, whatever the range."""
    TOTAL = "total"
    """One row in all, which nothing has to tell from others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a report.

    `label` is what people read for it. With `nullable` a cell can be empty. With `as_of` its value depends on
    when the report was run, not on the range alone. `formats` names the only ones that have the column, and
    is empty where all have.

    In a report that a user has overridden, `of` is the vendor's column that it is made of, or `None` for one
    that was added and whose cells are drawn, among its `values` if it has any; `format` is how its cells are
    written (see `overrides`).
    """

    name: str
    label: str
    type: ColumnType
    meaning: str
    nullable: bool
    as_of: bool
    formats: tuple[str, ...]
    evidence: Evidence
    of: str | None = None
    format: str | None = None
    values: tuple[str | int | float | bool, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report: what its rows are, and the columns in their order.

    `identity` names the columns that together tell one row from another. `path` is where the report is asked
    for, `{}` around what stands for something. A column whose name has dots is nested that deep in JSON.

    One that a user has overridden has a `shape`, and the vendor's report that it is made `of`.
    """

    name: str
    path: str
    description: str
    note: str
    rows: str
    kind: ReportKind
    source: str
    evidence: Evidence
    identity: tuple[str, ...]
    formats: tuple[str, ...]
    timestamps: TimestampFormat
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    of: str | None = None
    shape: Shape | None = None

    @property
    def base(self) -> str:
        """The vendor's report whose rows these are: its own name, unless it was overridden."""
        return self.of or self.name

    @property
    def column_names(self) -> tuple[str, ...]:
        """The header of the report."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of this name.

        Raises:
            UnknownName: There is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise UnknownName(f"report {self.name}", "column", name, self.column_names)

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of this name, or `None` where the report takes none of it."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for each report of a vendor that does not say otherwise.

    `formats` are what rows can come in, `timestamps` says how instants are written in them.
    """

    path: str
    formats: tuple[str, ...]
    timestamps: TimestampFormat
    parameters: tuple[Parameter, ...]


class Catalogue(Mapping[str, Report]):
    """A vendor's reports by name, in the order of the file.

    `parameters` are those that all reports take unless they say otherwise.
    """

    def __init__(self, vendor: str, api: Api, defaults: "Defaults", reports: Mapping[str, Report]) -> None:
        self.vendor = vendor
        self.api = api
        self.formats = defaults.formats
        self.timestamps = defaults.timestamps
        self.parameters = defaults.parameters
        self._reports = MappingProxyType(dict(reports))

    def __getitem__(self, name: str) -> Report:
        return self._reports[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._reports)

    def __len__(self) -> int:
        return len(self._reports)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"<Catalogue {self.vendor}: {', '.join(self)}>"

    def with_reports(self, reports: Mapping[str, Report]) -> "Catalogue":
        """This catalogue with some reports in place of its own, or besides them."""
        defaults = Defaults(
            path=self.api.base_path,
            formats=self.formats,
            timestamps=self.timestamps,
            parameters=self.parameters,
        )
        return Catalogue(self.vendor, self.api, defaults, {**self._reports, **reports})

    def report(self, name: str) -> Report:
        """The report of this name.

        Raises:
            UnknownName: There is none; the error names the nearest ones.
        """
        try:
            return self._reports[name]
        except KeyError:
            raise UnknownName(f"{self.vendor}'s catalogue", "report", name, self._reports) from None


@cache
def load_catalogue(vendor: str) -> Catalogue:
    """The catalogue of a vendor, read once.

    Raises:
        ContractError: There is no such vendor, or its file has a mistake.
    """
    text, origin = vendor_file(vendor, "reports.toml")
    return parse_catalogue(text, vendor=vendor, origin=origin)


def parse_catalogue(text: str, *, vendor: str, origin: str) -> Catalogue:
    """The catalogue that a TOML text holds; `origin` is what errors call it.

    Raises:
        ContractError: Anything at all is wrong with it: a key unknown, missing or of the wrong type, a
            duplicate report or column, an identity of columns that are not there.
    """
    root = read_toml(text, origin)
    api = read_api(root.table("api"))
    defaults = _defaults(root, api)
    reports = [_report(table, defaults) for table in root.tables("report")]
    root.close()
    if not reports:
        raise root.error("report", "there is none")
    each_once(root, "report", (report.name for report in reports))
    return Catalogue(vendor, api, defaults, {report.name: report for report in reports})


def _defaults(root: Table, api: Api) -> Defaults:
    defaults = Defaults(
        path=api.base_path,
        formats=root.texts("formats"),
        timestamps=root.word("timestamps", TimestampFormat),
        parameters=read_parameters(root),
    )
    if not defaults.formats:
        raise root.error("formats", "missing; at least one is needed")
    return defaults


def _report(table: Table, defaults: Defaults) -> Report:
    evidence = table.word("evidence", Evidence, Evidence.DOCUMENTED)
    name = table.text("name")
    report = Report(
        name=name,
        path=table.optional_text("path") or f"{defaults.path}/{name}",
        description=table.text("description"),
        note=table.text("note"),
        rows=table.text("rows"),
        kind=table.word("kind", ReportKind),
        source=table.text("source"),
        evidence=evidence,
        identity=table.texts("identity"),
        formats=table.texts("formats") or defaults.formats,
        timestamps=table.word("timestamps", TimestampFormat, defaults.timestamps),
        parameters=_report_parameters(table, defaults.parameters),
        columns=tuple(_column(column, evidence) for column in table.tables("columns")),
    )
    table.close()
    _check_columns(table, report)
    return report


def _check_columns(table: Table, report: Report) -> None:
    if not report.columns:
        raise table.error("columns", "there is none")
    each_once(table, "columns", report.column_names)
    foreign = {name for column in report.columns for name in column.formats} - set(report.formats)
    if foreign:
        raise table.error("columns", f"the report has no format {', '.join(sorted(foreign))}")
    strange = [name for name in report.identity if name not in report.column_names]
    if strange or bool(report.identity) is (report.kind is ReportKind.TOTAL):
        raise table.error(
            "identity", f"no such column: {strange[0]}" if strange else "needed, but not by a total"
        )


def _column(table: Table, evidence: Evidence) -> Column:
    name = table.text("name")
    column = Column(
        name=name,
        label=table.optional_text("label") or name,
        type=table.word("type", ColumnType),
        meaning=table.text("meaning"),
        nullable=table.flag("nullable", default=False),
        as_of=table.flag("as_of", default=False),
        formats=table.texts("formats"),
        evidence=table.word("evidence", Evidence, evidence),
    )
    table.close()
    return column


def _report_parameters(table: Table, common: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
    """The common parameters, or those of them that `parameters` names, and then the report's own."""
    chosen = common
    if table.has("parameters"):
        known = {parameter.name: parameter for parameter in common}
        names = table.texts("parameters")
        strange = [name for name in names if name not in known]
        if strange:
            raise table.error("parameters", f"{strange[0]} is none of the common ones: {', '.join(known)}")
        chosen = tuple(known[name] for name in names)
    parameters = chosen + read_parameters(table)
    each_once(table, "parameter", (parameter.name for parameter in parameters))
    return parameters
