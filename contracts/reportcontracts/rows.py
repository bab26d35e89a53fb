"""Rows of CSV made typed values by their columns, so that a row's schema can judge them."""

import json
import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from reportcontracts.catalogue import Column, ColumnType, Report

_INTEGER: Final = re.compile(r"-?[0-9]{1,30}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,3})?")
_TRUTHS: Final = {"true": True, "false": False}


def typed_row(report: Report, cells: Sequence[str]) -> dict[str, object]:
    """The cells of one line of CSV by column name, typed; see `typed_cell`.

    A cell too many goes under the name `cell 15`, and one too few is left out: both violate the row's schema.
    """
    row: dict[str, object] = {}
    for place, (column, cell) in enumerate(zip_longest(report.columns, cells), 1):
        if column is None:
            row[f"cell {place}"] = cell
        elif cell is not None:
            row[column.name] = typed_cell(column, cell)
    return row


def typed_cell(column: Column, cell: str) -> object:
    """The value that a cell stands for; `None` for an empty one where the column allows that.

    A cell that stands for nothing of its column's type stays a text, for the schema to find.
    """
    if not cell and column.nullable:
        return None
    if column.type in (ColumnType.INTEGER, ColumnType.FLAG):
        return int(cell) if _INTEGER.fullmatch(cell) else cell
    if column.type is ColumnType.NUMBER and _NUMBER.fullmatch(cell):
        return int(cell) if _INTEGER.fullmatch(cell) else float(cell)
    if column.type is ColumnType.BOOLEAN:
        return _TRUTHS.get(cell.lower(), cell)
    return cell


def is_json(text: str) -> bool:
    """Whether a text is JSON, as the cells of a column of that type are."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
