"""Writes what documents say of the rulebooks: the README's fidelity table, and a page for each vendor."""

import re
from pathlib import Path

from reportcontracts import fidelity
from reportcontracts.names import VENDORS

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"(<!-- fidelity:[^>]*-->\n).*?(<!-- end of fidelity -->)", re.DOTALL)


def main() -> None:
    """Write them all."""
    readme = ROOT / "README.md"
    table = fidelity.summary(VENDORS)
    text = readme.read_text(encoding="utf-8")
    readme.write_text(BLOCK.sub(lambda found: found[1] + table + found[2], text), encoding="utf-8")
    for vendor in VENDORS:
        page = ROOT / "docs" / "rules" / f"{vendor}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(fidelity.page(vendor), encoding="utf-8")


if __name__ == "__main__":
    main()
