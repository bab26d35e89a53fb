"""The scripts' promise: the first run makes the environment, every later one starts at once."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from support.serving import PATIENCE

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the scripts are for a POSIX shell")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the real scripts, whose commands in `.venv` only say what they were called with."""
    root = tmp_path / "a checkout"
    shutil.copytree(ROOT / "scripts", root / "scripts")
    shutil.copy(ROOT / "pyproject.toml", root)
    make_command(root / ".venv" / "bin" / "reportmocks", 'echo "reportmocks $*"')
    make_command(root / ".venv" / "bin" / "python", 'echo "python $*"')
    return root


def make_command(path: Path, line: str) -> None:
    """A shell script of one line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def run(script: Path, *args: str, python: str) -> subprocess.CompletedProcess[str]:
    """Run a script from another directory, with `python` as the Python to make environments with."""
    return subprocess.run(  # noqa: S603 - our own
        [script, *args],
        cwd="/",
        env={"PATH": os.defpath, "PYTHON": python},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def preparer(root: Path) -> str:
    """A stand-in for Python that writes down what it is asked to prepare, and the stamp for it."""
    path = root / "preparer"
    stamp = '"$(dirname "$0")/.venv/.prepared-$2"'
    make_command(path, f'[ "$1" = -c ] || {{ echo "prepared $2" >&2; printf %s "$3" > {stamp}; }}')
    return str(path)


def test_a_first_run_prepares_and_later_ones_start_at_once(checkout: Path) -> None:
    """The second start costs no Python but the server's own."""
    first = run(checkout / "scripts" / "serve", "--port", "0", python=preparer(checkout))
    assert (first.stdout, first.stderr) == ("reportmocks serve --port 0\n", "prepared serve\n")
    second = run(checkout / "scripts" / "serve", "hapyak", python="/no/such/python")
    assert (second.stdout, second.stderr) == ("reportmocks serve hapyak\n", "")


@pytest.mark.parametrize("changed", ["pyproject.toml", "scripts/constraints.txt"])
def test_a_changed_project_is_prepared_again(checkout: Path, changed: str) -> None:
    """After a pull that moved a version nobody has to remember anything."""
    run(checkout / "scripts" / "serve", python=preparer(checkout))
    with (checkout / changed).open("a") as file:
        file.write("\n")
    assert run(checkout / "scripts" / "serve", python=preparer(checkout)).stderr == "prepared serve\n"


def test_a_moved_checkout_is_prepared_again(checkout: Path, tmp_path: Path) -> None:
    """An environment holds the path that it was made at."""
    run(checkout / "scripts" / "serve", python=preparer(checkout))
    moved = checkout.rename(tmp_path / "elsewhere")
    assert run(moved / "scripts" / "serve", python=preparer(moved)).stderr == "prepared serve\n"


def test_tests_have_an_environment_with_more_in_it(checkout: Path) -> None:
    """Serving needs no pytest; testing does, also where serving has been prepared."""
    run(checkout / "scripts" / "serve", python=preparer(checkout))
    done = run(checkout / "scripts" / "test", "-k", "x", python=preparer(checkout))
    assert done.stderr == "prepared dev\n"
    assert done.stdout == "python -m pytest -n auto --dist worksteal -k x\n"


def test_without_a_python_the_script_says_what_it_needs(checkout: Path) -> None:
    """A machine with an old Python is told so, and not by a traceback."""
    done = subprocess.run(  # noqa: S603 - our own
        [checkout / "scripts" / "serve"],
        env={"PATH": str(bare_tools(checkout))},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode != 0
    assert "needs Python 3.11 or later" in done.stderr
    assert done.stdout == ""


def bare_tools(root: Path) -> Path:
    """A directory with what the scripts use of a system, and no Python."""
    tools = root / "tools"
    tools.mkdir()
    for name in ("sh", "cat", "cksum", "dirname"):
        (tools / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    return tools


@pytest.fixture
def environment(checkout: Path) -> ModuleType:
    """The module that makes the environment, in a checkout of its own."""
    spec = importlib.util.spec_from_file_location("environment", checkout / "scripts" / "environment.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_failed_install_leaves_no_stamp(environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again, and what was ready before is not taken for ready any more."""
    environment.VENV.joinpath(".prepared-dev").write_text("old")

    def fail(project: str) -> None:
        raise subprocess.CalledProcessError(1, ["pip", "install", project])

    monkeypatch.setattr(environment, "sound", lambda: True)
    monkeypatch.setattr(environment, "install", fail)
    assert environment.main("serve", "new") == 1
    assert list(environment.VENV.glob(".prepared-*")) == []
    monkeypatch.setattr(environment, "install", lambda _: None)
    assert environment.main("serve", "new") == 0
    assert environment.VENV.joinpath(".prepared-serve").read_text() == "new"


def test_what_is_ready_for_tests_is_ready_to_serve(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever goes to and fro between serving and testing waits once, not each time."""
    installed: list[str] = []
    monkeypatch.setattr(environment, "sound", lambda: True)
    monkeypatch.setattr(environment, "install", installed.append)
    for purpose in ("serve", "dev", "serve", "dev"):
        assert environment.main(purpose, "wanted") == 0
    assert installed == [".[run]", ".[dev]"]
    installed.clear()
    for purpose in ("dev", "serve"):
        assert environment.main(purpose, "changed") == 0
    assert installed == [".[dev]"]


def test_two_at_once_prepare_one_after_the_other(checkout: Path) -> None:
    """Two terminals, one checkout: the second waits, and finds the work done."""
    code = f"""
import sys, time
sys.path.insert(0, {str(checkout / "scripts")!r})
import environment
environment.sound = lambda: True
def install(project):
    print("begin", flush=True)
    time.sleep(0.2)
    print("end", flush=True)
environment.install = install
sys.exit(environment.main("serve", "stamp"))
"""
    both = [begin(code), begin(code)]
    told = [process.communicate(timeout=PATIENCE)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(told) == ["", "begin\nend\n"]


def begin(code: str) -> subprocess.Popen[str]:
    """A Python process that runs some code."""
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603
