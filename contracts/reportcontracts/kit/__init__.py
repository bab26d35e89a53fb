"""What any real client is judged by: stories, client rules, and adapters that drive a client through them."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reportcontracts.kit.adapters import (
        BrightcoveClientTests,
        ClientTests,
        Echo360ClientTests,
        HapyakClientTests,
        KhorosClientTests,
        SafermeClientTests,
        Target,
    )

__all__ = [
    "BrightcoveClientTests",
    "ClientTests",
    "Echo360ClientTests",
    "HapyakClientTests",
    "KhorosClientTests",
    "SafermeClientTests",
    "Target",
]


def __getattr__(name: str) -> Any:
    """The adapters, which bring pytest and hypothesis, only for those who use them."""
    if name in __all__:
        return getattr(importlib.import_module("reportcontracts.kit.adapters"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
