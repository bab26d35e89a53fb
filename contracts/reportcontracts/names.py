"""The five vendors' ids, spelled once."""

from typing import Final

VENDORS: Final = ("hapyak", "brightcove", "echo360", "saferme", "khoros")
"""Every vendor of the project, in the order in which they are always listed."""
