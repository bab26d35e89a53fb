"""The artefact that others install: what is in it, and that it works without the checkout."""

import configparser
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from reportcontracts.names import VENDORS
from reportmocks.version import VERSION
from support.serving import PATIENCE, running_server

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"reportmocks": "mocks", "reportcontracts": "contracts", "reportfixtures": "fixtures"}
INFO = f"reportmocks-{VERSION}.dist-info"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel, built now from the checkout with the builder that the constraints name."""
    target = tmp_path_factory.mktemp("dist")
    subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(target)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=PATIENCE * 3,
    )
    (path,) = target.iterdir()
    assert path.name == f"reportmocks-{VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(path) as opened:
        yield opened


def test_wheel_has_our_three_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    """A stray `tests` or `mocks` at the top would land in everybody's site-packages."""
    assert {name.partition("/")[0] for name in wheel.namelist()} == {*PACKAGES, INFO}


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_has_every_file_of_a_package(wheel: zipfile.ZipFile, package: str) -> None:
    """Schemas and rulebooks are files that no import would miss until somebody asks for them."""
    root = ROOT / PACKAGES[package]
    there = {
        path.relative_to(root).as_posix()
        for path in (root / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in wheel.namelist() if name.startswith(f"{package}/")}
    assert packed == there
    assert f"{package}/py.typed" in packed


@pytest.mark.parametrize("vendor", VENDORS)
def test_wheel_has_the_contracts_of_every_vendor(wheel: zipfile.ZipFile, vendor: str) -> None:
    """Rulebook, catalogue and at least one schema."""
    names = [name for name in wheel.namelist() if name.startswith(f"reportcontracts/{vendor}/")]
    assert {f"reportcontracts/{vendor}/rules.toml", f"reportcontracts/{vendor}/reports.toml"} <= set(names)
    assert any(name.endswith(".schema.json") for name in names)


def test_wheel_brings_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    """`pip install` makes `reportmocks` a command."""
    entries = configparser.ConfigParser()
    entries.read_string(wheel.read(f"{INFO}/entry_points.txt").decode())
    assert entries["console_scripts"]["reportmocks"] == "reportmocks.cli:main"
    assert f"{INFO}/licenses/LICENSE" in wheel.namelist()


def test_wheel_alone_serves(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Unpacked anywhere it answers, with nothing of the checkout on the path."""
    wheel.extractall(tmp_path)
    with running_server(env={"PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"}) as server:
        assert server.is_well()
    assert imported_files(tmp_path) == [str(tmp_path / package / "__init__.py") for package in PACKAGES]


def imported_files(path: Path) -> list[str]:
    """Where a process with this path finds our packages."""
    code = f"import {', '.join(PACKAGES)}\n" + "\n".join(f"print({package}.__file__)" for package in PACKAGES)
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(path), "PYTHONSAFEPATH": "1"},
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.stdout.splitlines()
