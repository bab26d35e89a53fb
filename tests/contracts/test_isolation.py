"""The contracts are worth having without the mocks: what they load, and what they do not."""

import subprocess
import sys

import reportcontracts

PROBE = """
import sys
from reportcontracts import load_catalogue, load_rulebook
for vendor in ("hapyak", "echo360"):
    load_rulebook(vendor), load_catalogue(vendor)
light = set(sys.modules)
from reportcontracts.validation import row_validator, violations
assert violations("echo360", "error", {}) and row_validator("hapyak", "user_stream_raw")
for names in (light, set(sys.modules)):
    print(*{name.partition(".")[0] for name in names})
"""


def loaded() -> tuple[set[str], set[str]]:
    """The top-level modules of a fresh process: after reading the data, and after validating."""
    command = [sys.executable, "-c", PROBE]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - it is ours
    light, heavy = out.splitlines()
    return set(light.split()), set(heavy.split())


def test_contracts_never_load_what_serves_or_invents() -> None:
    """A team that only validates what the real vendor sends installs no server and no generator."""
    light, heavy = loaded()
    for unwanted in ("flask", "werkzeug", "faker", "numpy", "reportmocks", "reportfixtures"):
        assert unwanted not in heavy
    assert "jsonschema" in heavy
    assert not light & {"jsonschema", "referencing", "json", "importlib_resources"}


def test_public_names_are_sorted_and_there() -> None:
    """The package's face is small, and every name on it works."""
    names = reportcontracts.__all__
    assert names == sorted(names, key=lambda name: (not name.isupper(), name))
    assert all(hasattr(reportcontracts, name) for name in names)
