"""What is knowingly not emulated: parts of a vendor's API that no mock here has, each with the reason.

They are data, in `<vendor>/omissions.toml`, so that nobody takes the silence of the rulebook for a promise.
"""

from dataclasses import dataclass
from functools import cache

from reportcontracts.strict import Table, duplicate, read_toml, vendor_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """One thing that the vendor's service does and the mock does not.

    `instead` says what a client meets where it tries.
    """

    what: str
    reason: str
    instead: str
    source: str

    def as_dict(self) -> dict[str, object]:
        """This omission for JSON."""
        return {"what": self.what, "reason": self.reason, "instead": self.instead, "source": self.source}


@cache
def load_omissions(vendor: str) -> tuple[Omission, ...]:
    """What is not emulated of a vendor, in the order of its file, read once.

    Raises:
        ContractError: There is no such vendor, or its file has a mistake.
    """
    text, origin = vendor_file(vendor, "omissions.toml")
    return parse_omissions(text, origin=origin)


def parse_omissions(text: str, *, origin: str) -> tuple[Omission, ...]:
    """The omissions that a TOML text holds; `origin` is what errors call it.

    Raises:
        ContractError: A key is unknown, missing or of the wrong type, or something stands there twice.
    """
    root = read_toml(text, origin)
    omissions = tuple(_omission(table) for table in root.tables("omission", "what"))
    root.close()
    twice = duplicate(omission.what for omission in omissions)
    if twice:
        raise root.error("omission", f"there are two of {twice!r}")
    return omissions


def _omission(table: Table) -> Omission:
    omission = Omission(
        what=table.text("what"),
        reason=table.text("reason"),
        instead=table.text("instead"),
        source=table.text("source"),
    )
    table.close()
    return omission
