"""The wheel where others install it: a bare environment, a project with folders of our names."""

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from reportcontracts.names import VENDORS
from reportmocks.version import VERSION
from support.serving import PATIENCE, clean_environment, running_server

ROOT = Path(__file__).resolve().parents[1]
DEPENDENCIES = next(path for path in sys.path if path.endswith("site-packages"))


def call(*command: object, cwd: Path = ROOT) -> str:
    """The output of a command that succeeds, in an environment that says nothing of our packages."""
    env = {name: text for name, text in clean_environment().items() if not name.startswith("PYTHON")}
    done = subprocess.run(  # noqa: S603 - our own
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE * 5,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with wheel and sdist, built now."""
    target = tmp_path_factory.mktemp("dist")
    call(sys.executable, "-m", "hatchling", "build", "--directory", target)
    return target


@pytest.fixture(scope="module")
def bare(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel installed by pip, and of everything else only what it needs.

    What it needs is taken from where the tests have it, since nothing is fetched; an editable install that
    is there is not seen.
    """
    env = tmp_path_factory.mktemp("bare")
    call(sys.executable, "-m", "venv", env)
    call(env / "bin" / "pip", "install", "--no-index", "--no-deps", *dist.glob("*.whl"))
    (site,) = env.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(f"{DEPENDENCIES}\n")
    return env


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A client's project that owns packages called like our folders."""
    for name in ("mocks", "contracts", "fixtures", "tests", "scripts"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"OWNER = 'the project: {name}'\n")
    return tmp_path


def test_sdist_has_what_builds_and_tests_the_package(dist: Path) -> None:
    """Distributions build from it, and want to run the tests."""
    with tarfile.open(dist / f"reportmocks-{VERSION}.tar.gz") as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "scripts/constraints.txt"} <= names
    assert {f"contracts/reportcontracts/{vendor}/rules.toml" for vendor in VENDORS} <= names
    assert "tests/conftest.py" in names
    assert not any("__pycache__" in name or name.startswith(".venv") for name in names)


def test_an_installed_wheel_serves(bare: Path, tmp_path: Path) -> None:
    """With the command that pip made, from somewhere else."""
    assert call(bare / "bin" / "reportmocks", "--version", cwd=tmp_path) == f"reportmocks {VERSION}\n"
    with running_server(executable=[str(bare / "bin" / "reportmocks")]) as server:
        assert server.is_well()
        assert server.get("/saferme/api/v4/analytics/reports_over_time").startswith(b"HTTP/1.1 401 ")


def test_an_installed_wheel_is_a_pytest_plugin(bare: Path, project: Path) -> None:
    """In a project with folders `mocks`, `contracts` and `fixtures` of its own, which stay its own."""
    (project / "test_theirs.py").write_text(
        "import contracts, fixtures, mocks\n\n"
        "def test_it(hapyak_mock):\n"
        "    assert mocks.OWNER == 'the project: mocks'\n"
        "    assert contracts.OWNER and fixtures.OWNER.endswith('fixtures')\n"
        "    assert hapyak_mock.call('GET', 'ready') == {'status': 'ready'}\n"
    )
    told = call(bare / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
    assert "1 passed" in told


def test_the_package_called_fixtures_stays_itself(bare: Path, tmp_path: Path) -> None:
    """There is a well-known `fixtures` for tests; both are installed and neither is the other."""
    code = "import fixtures, reportfixtures; print(hasattr(fixtures, 'TempDir'), reportfixtures.__name__)"
    assert call(bare / "bin" / "python", "-c", code, cwd=tmp_path) == "True reportfixtures\n"


def test_contracts_are_of_use_without_a_server(bare: Path, tmp_path: Path) -> None:
    """Whoever only validates loads neither Flask nor NumPy."""
    code = (
        "import sys\nfrom reportcontracts.validation import violations\n"
        "violations('echo360', 'error', {})\n"
        "print(sorted({'flask', 'numpy', 'faker', 'reportmocks'} & sys.modules.keys()))"
    )
    assert call(bare / "bin" / "python", "-c", code, cwd=tmp_path) == "[]\n"
