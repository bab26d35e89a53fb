"""What a vendor consists of, and which parts of it are not there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reportcontracts.identities import IDENTITIES
from reportcontracts.names import VENDORS

ROOT = Path(__file__).resolve().parents[2]

CALLS = ROOT / "docs" / "calls.md"
PLUGIN = ROOT / "mocks" / "reportmocks" / "pytest_plugin.py"
WORLD = ROOT / "fixtures" / "reportfixtures" / "world.py"
GUIDE = ROOT / "docs" / "adding-a-vendor.md"


@dataclass(frozen=True, slots=True)
class Part:
    """A part that every vendor has: where it is, what it is for, and whether it is there."""

    where: str
    """With `{vendor}` for the id."""
    what: str
    there: Callable[[str], bool]

    def missing(self, vendor: str) -> str | None:
        """What to say where it is not there."""
        return None if self.there(vendor) else f"{self.where.format(vendor=vendor)}: {self.what}"


def file(where: str, what: str) -> Part:
    """A part that is a file."""
    return Part(where, what, lambda vendor: (ROOT / where.format(vendor=vendor)).is_file())


def word(where: Path, sought: str, what: str) -> Part:
    """A part that is a word in a file."""
    return Part(
        f"{where.relative_to(ROOT)}, {sought}",
        what,
        lambda vendor: sought.format(vendor=vendor) in where.read_text(encoding="utf-8"),
    )


PARTS = (
    Part("contracts/reportcontracts/names.py, {vendor}", "its id", lambda vendor: vendor in VENDORS),
    Part(
        "contracts/reportcontracts/identities.py, {vendor}",
        "what its clients identify themselves with",
        lambda vendor: vendor in IDENTITIES,
    ),
    file("contracts/reportcontracts/{vendor}/rules.toml", "its behaviours, each with source and evidence"),
    file("contracts/reportcontracts/{vendor}/reports.toml", "its reports with columns and parameters"),
    file("contracts/reportcontracts/{vendor}/operations.toml", "its calls with requests and answers"),
    file("contracts/reportcontracts/{vendor}/omissions.toml", "what is knowingly not emulated"),
    file("contracts/reportcontracts/{vendor}/error.schema.json", "the shape of its errors"),
    file("fixtures/reportfixtures/{vendor}.py", "its world: make(seed, size)"),
    word(WORLD, '"{vendor}"', "where its world is made"),
    file("mocks/reportmocks/{vendor}/__init__.py", "VENDOR, which the gateway asks for"),
    file("mocks/reportmocks/{vendor}/routes.py", "its routes"),
    file("mocks/reportmocks/{vendor}/reports.py", "its traits: outcomes, limits, and the words for phases"),
    file("mocks/reportmocks/{vendor}/errors.py", "how it words each refusal"),
    word(PLUGIN, "def {vendor}_mock(", "its fixture for tests"),
    file("tests/mocks/{vendor}/test_{vendor}_switches.py", "a check for every switch of its rules"),
    word(CALLS, "contracts/reportcontracts/{vendor}/rules.toml", "its table of calls"),
)
"""Every part of a vendor, in the order in which they are best written."""


def missing_parts(vendor: str) -> Iterator[str]:
    """What a vendor lacks, each with where it belongs and what it is."""
    return filter(None, (part.missing(vendor) for part in PARTS))
