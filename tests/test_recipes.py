"""The recipes in `docs/recipes.md` and the Dockerfile: checked by their formats, and run as far as possible.

No container engine runs here, so the steps of the Dockerfile are done one by one in a directory.
"""

import io
import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from dockerfile_parse import DockerfileParser
from ruamel.yaml import YAML

from reportmocks import options
from support.documents import ROOT, environment, run_shell
from support.serving import PATIENCE, Server, running_server

RECIPES = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
BLOCKS = {
    title: re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for title, text in re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", RECIPES, re.MULTILINE | re.DOTALL)
}
DOCKERFILE = ROOT / "Dockerfile"
BIN = Path(sys.executable).parent


def block(title: str, language: str) -> str:
    """The code block of this language under this title."""
    (code,) = (code for kind, code in BLOCKS[title] if kind == language)
    return str(code)


def free_port() -> str:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A client's project with one test."""
    (tmp_path / "test_client.py").write_text("def test_it(khoros_mock):\n    assert khoros_mock.jobs == []\n")
    return tmp_path


@pytest.mark.parametrize(
    ("title", "schema"),
    [("A job of GitHub Actions", "vendor.github-workflows"), ("Docker", "vendor.compose-spec")],
)
def test_yaml_is_what_it_claims_to_be(title: str, schema: str, tmp_path: Path) -> None:
    """A member that does not exist would be refused, or worse, ignored."""
    path = tmp_path / "recipe.yaml"
    path.write_text(block(title, "yaml"))
    run_shell(f"check-jsonschema --builtin-schema {schema} {path}", tmp_path)


def steps() -> Iterator[str]:
    """What the job's steps run, but for the installation."""
    job: dict[str, Any] = YAML(typ="safe").load(block("A job of GitHub Actions", "yaml"))["jobs"]["test"]
    for step in job["steps"]:
        if "run" in step and not step["run"].startswith("pip install"):
            yield step["run"]


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_the_steps_of_the_job_run(project: Path) -> None:
    """One after the other, each with the variables that those before it have set."""
    variables = project / "variables"
    variables.touch()
    port = free_port()
    script = "".join(f"set -a; . {variables}; set +a\n{step}\n" for step in steps())
    told = run_shell(script, project, GITHUB_ENV=str(variables), REPORTMOCKS_PORT=port)
    assert "1 passed" in told
    assert f"HAPYAK_BASE_URL=http://127.0.0.1:{port}/hapyak" in variables.read_text().replace('"', "")


ENGINE = """
docker() {
    [ "$1 $2" = "run --rm" ] || return 0
    [ "$3" = -p ] && [ "${4#*:}" = "$REPORTMOCKS_PORT" ]
    shift 4
    set -- "$@" --ready-file ready.json --quiet
    if [ "$1" = -e ]; then export "$2"; shift 2; fi
    [ "$1" = reportmocks ]
    shift
    case $1 in --*) set -- serve "$@" ;; esac
    reportmocks "$@" &
    reportmocks ready --timeout 20s
    kill $!
    wait $!
}
"""
"""What an engine does with the image, without one: its entry point, its command, variables and the port."""


def test_the_containers_listen_where_they_are_published(tmp_path: Path) -> None:
    """Each line of the block, with another port for the one that the image has."""
    port = free_port()
    script = block("Docker", "sh").replace("8080", port)
    told = run_shell(ENGINE + script, tmp_path, REPORTMOCKS_PORT=port)
    assert told.count("READY {") == script.count("docker run") == 3


def test_xdist_shares_a_server(project: Path) -> None:
    """The lines as they stand, on another port."""
    port = free_port()
    script = block("pytest-xdist", "sh").replace("8080", port)
    told = run_shell(script, project, REPORTMOCKS_PORT=port)
    assert "1 passed" in told


class StandIn:
    """A container as the library has it, for which there is no engine: a server of ours."""

    def __init__(self, server: Server) -> None:
        self._host, self._port = server.address

    def with_exposed_ports(self, port: int) -> "StandIn":
        """Say which port is to be reached."""
        assert port == 8080
        return self

    def with_env(self, name: str, value: str) -> "StandIn":
        """Set a variable; a server that took another value would not have started."""
        assert (name, value) == (options.CLOCK.variable, "auto")
        return self

    def waiting_for(self, strategy: object) -> "StandIn":
        """Say when it is ready."""
        assert strategy
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def get_container_host_ip(self) -> str:
        """Where it is."""
        return self._host

    def get_exposed_port(self, port: int) -> int:
        """The port outside for the one inside."""
        return {8080: self._port}[port]


def test_a_container_gives_the_address() -> None:
    """The recipe's imports are the library's, and so is all that it calls."""
    with running_server() as server:
        names: dict[str, Any] = {}
        exec(block("Testcontainers", "python"), names)  # noqa: S102 - our own document
        real, names["DockerContainer"] = names["DockerContainer"], lambda _image: StandIn(server)
        assert {name for name in vars(StandIn) if not name.startswith("_")} <= set(dir(real))
        assert list(names["echo360_url"].__wrapped__()) == [server.url("echo360")]


def test_the_dockerfile_follows_the_rules() -> None:
    """Those of hadolint: versions, caches, users, shells."""
    subprocess.run([BIN / "hadolint", DOCKERFILE], check=True, timeout=PATIENCE)  # noqa: S603


def instructions(name: str) -> list[str]:
    """The values of an instruction of the Dockerfile, in order."""
    parser = DockerfileParser(fileobj=io.BytesIO(DOCKERFILE.read_bytes()))
    return [found["value"] for found in parser.structure if found["instruction"] == name]


def test_what_the_image_is_built_from_is_enough(tmp_path: Path) -> None:
    """What it copies, and `.dockerignore` lets through, makes the same wheel as the checkout."""
    context, out = tmp_path / "context", tmp_path / "out"
    let_through = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"]
    for value in instructions("COPY"):
        if value.startswith("--from"):
            continue
        *sources, target = value.split()
        for source in sources:
            assert source in let_through
            copy(ROOT / source, context / target)
    run_shell(f"{sys.executable} -m hatchling build --target wheel --directory {out}/image", context)
    run_shell(f"{sys.executable} -m hatchling build --target wheel --directory {out}/checkout", ROOT)
    image, checkout = (listed(next((out / where).iterdir())) for where in ("image", "checkout"))
    assert image == checkout


def copy(source: Path, target: Path) -> None:
    """What COPY does with one source."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        into = target if target.suffix else target / source.name
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, into)


def listed(wheel: Path) -> set[str]:
    """The names of the files in a wheel."""
    told = subprocess.run(  # noqa: S603 - the standard library's own
        [sys.executable, "-m", "zipfile", "-l", wheel], check=True, capture_output=True, text=True
    ).stdout
    return {line.split()[0] for line in told.splitlines()[1:]}


def test_what_the_image_runs_answers_its_health_check() -> None:
    """Its command with its environment serves on every address, and its health check finds it."""
    command, entry = (json.loads(*instructions(name)) for name in ("CMD", "ENTRYPOINT"))
    (check,) = instructions("HEALTHCHECK")
    variables = dict(pair.split("=", 1) for pair in " ".join(instructions("ENV")).split())
    assert command == ["serve"]
    assert entry == ["reportmocks"]
    with running_server(env={"REPORTMOCKS_HOST": variables["REPORTMOCKS_HOST"]}) as server:
        port = str(server.address[1])
        health = json.loads(check[check.index("[") :])
        host = variables["REPORTMOCKS_HOST"]
        run_shell(" ".join(health), ROOT, REPORTMOCKS_HOST=host, REPORTMOCKS_PORT=port)
    failed = subprocess.run(  # noqa: S603 - our own
        [BIN / health[0], "ready", "--timeout", "100ms"],
        env=environment(REPORTMOCKS_PORT=port),
        check=False,
        capture_output=True,
        timeout=PATIENCE,
    )
    assert failed.returncode == 1


def test_the_image_does_not_run_as_root() -> None:
    """The last user is one of its own."""
    assert instructions("USER") == ["10001"]
    assert "EXPOSE" in DOCKERFILE.read_text()
