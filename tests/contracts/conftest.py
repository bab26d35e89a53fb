"""What the tests of the contracts share: the vendors that have one."""

from pathlib import Path

import pytest

import reportcontracts
from reportcontracts import VENDORS

HOME = Path(reportcontracts.__file__).parent
WRITTEN = tuple(vendor for vendor in VENDORS if (HOME / vendor / "rules.toml").exists())


@pytest.fixture(params=WRITTEN)
def vendor(request: pytest.FixtureRequest) -> str:
    """Each vendor whose contract is written, one after another."""
    return str(request.param)
