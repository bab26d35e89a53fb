"""Rows of the user's own, on their way from a file or a control call into a sandbox's dials."""

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

from reportcontracts.catalogue import Catalogue, Report, load_catalogue
from reportcontracts.errors import UnknownName
from reportcontracts.names import VENDORS
from reportfixtures import PinError
from reportfixtures.pins import Row, checked_rows, read_rows
from reportmocks.settings import Pin

MODES: Final[tuple[Literal["instead", "beside"], ...]] = ("instead", "beside")
FORM: Final = "{vendor: {report: [rows]}}, or {vendor: {report: {mode: instead or beside, rows: [rows]}}}"


def rows_in(report: Report, text: str) -> list[Row]:
    """The rows that a text holds: a JSON array of objects if it begins like one, else CSV.

    Raises:
        PinError: It holds no rows of this report.
    """
    if text.lstrip()[:1] not in ("[", "{"):
        return read_rows(report, text)
    try:
        return checked_rows(report, json.loads(text))
    except PinError:
        raise
    except (ValueError, RecursionError) as error:
        raise PinError(report.name, None, None, f"no JSON: {error}") from None


def read_pins(path: str, catalogue: Callable[[str], Catalogue] = load_catalogue) -> dict[str, Pin]:
    """The pins in a file of TOML or JSON, by vendor and report with a slash between.

    `catalogue` has the reports of a vendor, which they must fit into.

    Raises:
        ValueError: The file is none, names what there is not, or holds a row that does not fit.
    """
    pins = {}
    for vendor, reports in _members(_read(Path(path)), "the file"):
        if vendor not in VENDORS:
            raise ValueError(f"unknown vendor {vendor!r}; there are {', '.join(VENDORS)}")
        from reportmocks.app import load_vendor  # noqa: PLC0415 - only this option needs it so early

        alone = load_vendor(vendor).traits.alone
        for name, given in _members(reports, vendor):
            pin = pins[f"{vendor}/{name}"] = _pin(catalogue(vendor), name, given)
            why = alone.get(catalogue(vendor)[name].base)
            if pin.mode == "beside" and why is not None:
                raise ValueError(f"{vendor}.{name}: rows can only be instead of the generated ones: {why}")
    return pins


def _read(path: Path) -> object:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        form = "JSON" if path.suffix == ".json" else "TOML"
        raise ValueError(f"{path} is not {form}: {error}") from None


def _members(given: object, what: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(given, dict):
        raise ValueError(f"{what} is no table; write {FORM}")  # noqa: TRY004 - the user's mistake, not a type
    yield from given.items()


def _pin(catalogue: Catalogue, name: str, given: object) -> Pin:
    vendor = catalogue.vendor
    try:
        report = catalogue.report(name)
    except UnknownName as error:
        raise ValueError(str(error)) from None
    table = given if isinstance(given, dict) else {"rows": given}
    strange = [key for key in table if key not in ("mode", "rows")]
    if strange or "rows" not in table:
        raise ValueError(f"{vendor}.{name}: {strange[0] if strange else 'no rows'}; write {FORM}")
    mode = table.get("mode", MODES[0])
    if mode not in MODES:
        raise ValueError(f"{vendor}.{name}: mode {mode!r} is not one of {', '.join(MODES)}")
    return Pin(mode, json.dumps(checked_rows(report, table["rows"])))
