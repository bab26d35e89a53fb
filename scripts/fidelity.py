"""Writes what documents say of the rulebooks: two tables of the README, and a page for each vendor."""

import re
from pathlib import Path

from reportcontracts import fidelity
from reportcontracts.names import VENDORS

ROOT = Path(__file__).resolve().parents[1]
TABLES = {"fidelity": fidelity.summary, "limits": fidelity.limits}
"""The tables in the README, by the word in the comments around them."""


def main() -> None:
    """Write them all."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    for word, table in TABLES.items():
        block = rf"(<!-- {word}:[^>]*-->\n).*?(<!-- end of {word} -->)"
        text = re.sub(block, rf"\g<1>{table(VENDORS)}\g<2>", text, flags=re.DOTALL)
    readme.write_text(text, encoding="utf-8")
    for vendor in VENDORS:
        page = ROOT / "docs" / "rules" / f"{vendor}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(fidelity.page(vendor), encoding="utf-8")


if __name__ == "__main__":
    main()
