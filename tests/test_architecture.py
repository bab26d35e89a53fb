"""The layers and the habits that no single module shows: read from the sources, not from a document."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from reportcontracts.names import OWNERS, VENDORS

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {
    "reportcontracts": ROOT / "contracts" / "reportcontracts",
    "reportfixtures": ROOT / "fixtures" / "reportfixtures",
    "reportmocks": ROOT / "mocks" / "reportmocks",
}
MAY_IMPORT = {
    "reportcontracts": {"reportcontracts"},
    "reportfixtures": {"reportcontracts", "reportfixtures"},
    "reportmocks": {"reportcontracts", "reportfixtures", "reportmocks"},
}
ONLY_IN = {
    "flask": {"reportmocks"},
    "werkzeug": {"reportmocks"},
    "granian": {"reportmocks"},
    "click": {"reportmocks"},
    "faker": {"reportfixtures"},
    "numpy": {"reportfixtures"},
}
CLOCK = "reportmocks.kernel.clock"
CHANCE = "reportmocks.kernel.chance"
PRELOADS = "reportmocks.interception.preload."
"""What runs in the processes of clients, whose clocks it changes."""
WALL_CLOCK = {"time", "sched", "timeit"}
"""Modules that read the wall clock."""
RANDOM = {"random", "secrets"}
"""Modules that draw what cannot be foreseen."""
NOW = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
UNFORESEEN = {("uuid", "uuid1"), ("uuid", "uuid4"), ("os", "urandom"), ("np", "random"), ("numpy", "random")}


@dataclass(frozen=True, slots=True)
class Source:
    """A module of ours, as text and as a tree."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The distributed package that it is in."""
        return self.name.partition(".")[0]

    @property
    def vendor(self) -> str | None:
        """The vendor that it belongs to, if it belongs to one."""
        parts = self.name.split(".")[1:]
        return next(
            (vendor for vendor in VENDORS for part in parts if re.split("_", part)[0] == vendor), None
        )

    def imports(self) -> Iterator[str]:
        """What it imports, wherever in it: `package.module`, or `package.module.name` of a `from` import."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                yield from (f"{base}.{alias.name}" for alias in node.names)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every `name.attribute` in it."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute):
                owner = node.value
                if isinstance(owner, ast.Name):
                    yield owner.id, node.attr
                elif isinstance(owner, ast.Attribute):
                    yield owner.attr, node.attr

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        is_package = self.path.name == "__init__.py"
        parts = self.name.split(".")
        parts = parts[: len(parts) - node.level + is_package]
        return ".".join([*parts, *([node.module] if node.module else [])])


@cache
def sources() -> tuple[Source, ...]:
    """Every module of the three packages."""
    found = []
    for package, folder in PACKAGES.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            name = ".".join([package, *(part for part in parts if part != "__init__")])
            text = path.read_text(encoding="utf-8")
            found.append(Source(name, path, text, ast.parse(text)))
    return tuple(found)


def test_the_walk_finds_the_packages() -> None:
    """A walk that finds nothing would pass every test below."""
    names = {source.name for source in sources()}
    assert {"reportcontracts.rules", "reportfixtures.world", "reportmocks.app", CLOCK, CHANCE} <= names
    walked = {name for source in sources() for name in source.imports()}
    assert {"flask.Flask", "click", "reportcontracts.names.VENDORS"} <= walked


def test_packages_import_one_way() -> None:
    """Contracts stand alone, fixtures know contracts, mocks know both: each works without the next."""
    wrong = [
        f"{source.name} imports {name}"
        for source in sources()
        for name in source.imports()
        if (target := name.partition(".")[0]) in PACKAGES and target not in MAY_IMPORT[source.package]
    ]
    assert wrong == []


def test_big_libraries_stay_where_they_belong() -> None:
    """A contract that needs Flask, or a mock that draws with NumPy, is in the wrong folder."""
    wrong = [
        f"{source.name} imports {name}"
        for source in sources()
        for name in source.imports()
        if (top := name.partition(".")[0]) in ONLY_IN and source.package not in ONLY_IN[top]
    ]
    assert wrong == []


def test_no_vendor_imports_another() -> None:
    """What two vendors share has a name of its own; a vendor can be read, and taken out, alone."""
    wrong = [
        f"{source.name} imports {name}"
        for source in sources()
        for name in source.imports()
        for other in VENDORS
        if source.vendor and other != source.vendor and other in re.split(r"[._]", name)
    ]
    assert wrong == []


def test_the_kernel_knows_no_vendor() -> None:
    """Its rules are for any vendor; one that is for a single vendor belongs to that vendor."""
    kernel = [source for source in sources() if source.name.startswith("reportmocks.kernel")]
    assert kernel
    wrong = [
        f"{source.name} says {vendor}"
        for source in kernel
        for vendor in VENDORS
        if vendor in source.text.lower()
    ]
    assert wrong == []


def test_the_kernel_imports_nothing_above_it() -> None:
    """Gateway, control and vendors stand on it."""
    wrong = [
        f"{source.name} imports {name}"
        for source in sources()
        if source.name.startswith("reportmocks.kernel")
        for name in source.imports()
        if name.startswith("reportmocks.")
        and not name.startswith(("reportmocks.kernel", "reportmocks.settings"))
    ]
    assert wrong == []


def test_one_module_reads_the_wall_clock() -> None:
    """Everywhere else time is an argument; that is what makes a frozen clock whole."""
    wrong = [
        source.name
        for source in sources()
        if source.name != CLOCK
        and not source.name.startswith(PRELOADS)
        and (uses(source, WALL_CLOCK) or not NOW.isdisjoint(source.pairs()))
    ]
    assert wrong == []


def test_one_module_draws_at_random() -> None:
    """Rows come from the seed, and whatever else must not be foreseen comes from one place."""
    wrong = [
        source.name
        for source in sources()
        if source.name != CHANCE
        and (uses(source, RANDOM | {"uuid.uuid4", "os.urandom"}) or not UNFORESEEN.isdisjoint(source.pairs()))
    ]
    assert wrong == []


def uses(source: Source, modules: set[str]) -> bool:
    """Whether a module imports one of these, or something out of one."""
    return any(name in modules or name.partition(".")[0] in modules for name in source.imports())


@pytest.mark.parametrize("folder", ["mocks", "contracts", "fixtures", "tests", "scripts"])
def test_top_level_folders_are_no_packages(folder: str) -> None:
    """An `__init__.py` there would make `import mocks` ours, and break projects that own such a folder."""
    assert (ROOT / folder).is_dir()
    assert not (ROOT / folder / "__init__.py").exists()


def test_vendors_are_spelled_the_same_everywhere() -> None:
    """Who knows one folder of a vendor knows them all."""
    for vendor in VENDORS:
        assert vendor in VENDORS
        assert {"rules.toml", "reports.toml"} <= files(PACKAGES["reportcontracts"] / vendor)
        assert (PACKAGES["reportfixtures"] / f"{vendor}.py").is_file()
        assert {"routes.py", "reports.py", "errors.py"} <= files(PACKAGES["reportmocks"] / vendor)


def test_only_vendors_and_the_control_api_have_contracts() -> None:
    """A folder of data that is nobody's would be read by nothing."""
    folders = {path.parent.name for path in PACKAGES["reportcontracts"].glob("*/*.toml")} - {"kit"}
    assert folders == set(OWNERS)


def test_contracts_hold_data_in_the_vendors_folders() -> None:
    """A vendor's promise is data: no code that could make it mean something else."""
    found = {
        path.suffix for vendor in VENDORS for path in (PACKAGES["reportcontracts"] / vendor).glob("**/*.*")
    }
    assert found == {".toml", ".json"}


def test_contracts_work_where_nothing_else_is_installed() -> None:
    """Whoever judges a client needs none of what a server needs."""
    absent = sorted({*ONLY_IN, "isal", "reportmocks", "reportfixtures"})
    code = f"""
import importlib, pkgutil, sys
sys.modules.update(dict.fromkeys({absent!r}))
import reportcontracts
for module in pkgutil.walk_packages(reportcontracts.__path__, "reportcontracts."):
    importlib.import_module(module.name)
print(sorted(load for load in {absent!r} if sys.modules[load]))
"""
    path = str(PACKAGES["reportcontracts"].parent)
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", code], env={"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def files(folder: Path) -> set[str]:
    """The names of the files in a folder."""
    return {path.name for path in folder.iterdir() if path.is_file()}
