"""How the file of a report that a user has overridden is written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a report that a user has overridden is written as CSV; `None` is as the vendor does it.

    `newline` is `crlf` or `lf`, `quote` as the vendor's rule on CSV has it.
    """

    delimiter: str | None = None
    quote: str | None = None
    newline: str | None = None
    header: bool = True
    bom: bool = False
