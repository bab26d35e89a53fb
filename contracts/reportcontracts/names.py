"""The five vendors' ids, spelled once."""

from typing import Final

VENDORS: Final = ("hapyak", "brightcove", "echo360", "saferme", "khoros")
"""Every vendor of the project, in the order in which they are always listed."""

CONTROL: Final = "control"
"""What the control API of the mocks is called among those who own contracts."""

OWNERS: Final = (*VENDORS, CONTROL)
"""Everyone who has operations and schemas: the vendors, and the control API."""
