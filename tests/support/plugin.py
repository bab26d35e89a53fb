"""How a run of pytest gets our plugin, where this checkout is only on the path and not installed."""

from importlib.metadata import entry_points
from typing import Final

import pytest

INSTALLED: Final = "reportmocks" in {point.name for point in entry_points(group="pytest11")}
ARGUMENTS: Final = () if INSTALLED else ("-p", "reportmocks.pytest_plugin")
"""What has pytest load the plugin."""


def run(pytester: pytest.Pytester, code: str, *arguments: str) -> pytest.RunResult:
    """Run tests of a project that has nothing but these, on a small world."""
    pytester.makepyfile(code)
    fixed = ("-p", "no:cacheprovider", *ARGUMENTS, "--reportmocks-size", "tiny")
    return pytester.runpytest_subprocess(*fixed, *arguments)
