"""Make `.venv` in this checkout, or bring it up to date: `environment.sh` calls it after a change.

Two scripts started together are let in one after the other; the second finds the work done. What says
that it is done is written last, so that an attempt that failed is made again.
"""

import fcntl
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
VENV: Final = ROOT / ".venv"
PYTHON: Final = VENV / "bin" / "python"
CONSTRAINTS: Final = ROOT / "scripts" / "constraints.txt"
BUILDERS: Final = ("hatchling", "editables")
PROJECT: Final = {"serve": ".[run]", "dev": ".[dev]"}
READY_AFTER: Final = {"serve": ("serve",), "dev": ("serve", "dev")}
SOURCES: Final = ("mocks", "contracts", "fixtures")


def main(purpose: str, wanted: str) -> int:
    """Prepare `.venv` for a purpose; `wanted` is what its stamp says afterwards."""
    with one_at_a_time():
        if PYTHON.exists() and read_stamp(purpose) == wanted:
            return 0
        say(f"preparing {VENV} (only now, and when pyproject.toml or the constraints change)")
        forget(wanted)
        try:
            make_environment()
            install(PROJECT[purpose])
        except subprocess.CalledProcessError as error:
            say(f"that failed: {' '.join(map(str, error.cmd))} ended with {error.returncode}")
            return 1
        for ready in READY_AFTER[purpose]:
            write_stamp(ready, wanted)
    return 0


def stamp(purpose: str) -> Path:
    """The file that says what `.venv` was last made ready with, for a purpose."""
    return VENV / f".prepared-{purpose}"


def read_stamp(purpose: str) -> str:
    """What the stamp says, or nothing where there is none."""
    try:
        return stamp(purpose).read_text(encoding="utf-8")
    except OSError:
        return ""


def write_stamp(purpose: str, wanted: str) -> None:
    """Say that `.venv` is ready for a purpose; a reader sees all of it or nothing."""
    draft = stamp(purpose).with_suffix(".draft")
    draft.write_text(wanted, encoding="utf-8")
    draft.replace(stamp(purpose))


def forget(wanted: str) -> None:
    """Take back every stamp that says anything else than `wanted`."""
    for purpose in PROJECT:
        if read_stamp(purpose) != wanted:
            stamp(purpose).unlink(missing_ok=True)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait until no other process of this checkout is at it; one that dies lets go too."""
    lock = ROOT / ".cache" / "environment.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def make_environment() -> None:
    """Make the environment if there is none whose Python is of use."""
    if not sound():
        venv.create(VENV, clear=True, with_pip=True, symlinks=True)


def sound() -> bool:
    """Whether the environment's Python is there, runs, is new enough and has pip."""
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([PYTHON, "-c", check], check=False, capture_output=True).returncode == 0  # noqa: S603
    except OSError:
        return False


def install(project: str) -> None:
    """Install the project as it lies here, with the exact versions of the constraints, and compile it.

    What builds it is installed first and used in place, so that it too has an exact version.
    """
    pip = (
        PYTHON,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--constraint",
        CONSTRAINTS,
    )
    run(*pip, *BUILDERS)
    run(*pip, "--no-build-isolation", "--editable", project)
    run(PYTHON, "-m", "compileall", "-q", *SOURCES)


def run(*command: str | Path) -> None:
    """Run a command in the checkout's root; its standard output goes to standard error."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr, check=True)  # noqa: S603 - our own


def say(text: str) -> None:
    """Tell the person in front of it what takes so long."""
    print(f"reportmocks: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
