"""The command line: what it offers, and how it says that something is wrong."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from reportmocks import options
from reportmocks.commands import ELSEWHERE, commands, run
from reportmocks.options import OPTIONS
from reportmocks.version import VERSION
from support.serving import PATIENCE, clean_environment, command

ROOT = Path(__file__).resolve().parents[2]


def test_serve_help_lists_every_option_with_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    """What is not in the help is not there for most people."""
    assert run(["serve", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    for option in (*OPTIONS, options.RULE, options.CONFIG):
        assert f"{option.flag} " in told
        assert option.meaning in told
        if option.default and not option.switch:
            assert f"[{option.default}]" in told


def test_no_command_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Typing the bare name is how people ask for help."""
    assert run([]) == 0
    told = capsys.readouterr().out
    assert "serve" in told
    assert all(name in told for name in ELSEWHERE)


@pytest.mark.parametrize("group", [[], ["ctl"]], ids=["reportmocks", "ctl"])
def test_help_tells_whole_sentences_of_commands(group: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Three dots in the middle of a sentence hide what a command is for."""
    assert run([*group, "--help"]) == 0
    assert "..." not in capsys.readouterr().out.partition("Commands:")[2]


@pytest.mark.parametrize("name", ["rules", "learn"])
def test_examples_in_help_keep_their_lines(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An example that is filled up like a paragraph cannot be pasted."""
    assert run([name, "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert not any("\\b" in line for line in lines)
    examples = [line for line in lines if line.startswith("  reportmocks ")]
    assert len(examples) >= 2
    assert all(line.count("reportmocks ") == 1 for line in examples)


def test_run_help_has_the_defaults_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    """They are others than those of `serve`."""
    assert run(["run", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    for meaning, default in (
        (options.PORT.meaning, "0"), (options.CLOCK.meaning, "auto"), (options.VALIDATE.meaning, "warn"),
    ):  # fmt: skip
        assert f"{meaning} [{default}]" in told


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_commands_elsewhere_are_there(name: str) -> None:
    """A command that is named but cannot be imported would only show when it is used."""
    with commands.make_context("reportmocks", ["serve"]) as context:
        command = commands.get_command(context, name)
    assert command
    assert command.name == name


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    """The constant and the package's own say the same."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"reportmocks {VERSION}\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["serve", "--port", "http"], "--port: 'http' is not a port"),
        (["serve", "--prot", "1"], "--port"),
        (["serve", "--port"], "--port"),
        (["serve", "khorus"], "VENDOR: unknown vendor 'khorus'"),
        (["serve", "--rule", "echo360.in-flight.value=x\ny"], "--rule: echo360.in-flight.value"),
        (["srve"], "serve"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback and no page of usage: the line that helps, and nothing else."""
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("reportmocks: ")
    assert told in err
    assert err.count("\n") == 1


def test_python_dash_m_is_the_same_command() -> None:
    """Where scripts are not on the path there is always `python -m`."""
    done = subprocess.run(
        [sys.executable, "-m", "reportmocks", "serve", "--clock", "fast"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 2
    assert done.stderr == "reportmocks: --clock: 'fast' is not one of real, frozen, auto\n"


def test_a_mistake_costs_no_big_import() -> None:
    """Help and mistakes come at once; Flask, NumPy and Faker are for a server that starts."""
    code = (
        "import sys\nfrom reportmocks.commands import run\nrun(['serve', '--port', 'x'])\n"
        "print(sorted({'flask', 'werkzeug', 'numpy', 'faker', 'granian', 'jsonschema'} & sys.modules.keys()))"
    )
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", code],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("option", [*OPTIONS, options.RULE, options.CONFIG], ids=lambda option: option.name)
def test_readme_has_every_option_with_its_default(option: options.Option) -> None:
    """The table in the README is written by hand."""
    lines = (ROOT / "README.md").read_text().replace("\\|", "/").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| `-")]
    names, default, _ = next(row for row in rows if re.search(rf"{option.flag}\b(?!-)", row[0]))
    if not option.switch:
        assert names.endswith(f"{option.flag} {option.metavar.replace('|', '/')}`")
    if option.default:
        assert default == f"`{option.default}`"


def closing(redirection: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command by a shell that closes or redirects a stream of it."""
    line = shlex.join([sys.executable, "-m", "reportmocks", *arguments])
    return subprocess.run(  # noqa: S603 - our own
        ["sh", "-c", f"{line} {redirection}"],  # noqa: S607
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("arguments", [("rules", "hapyak"), ("env",), ("serve", "--help"), ("--help",)])
def test_a_full_disk_is_one_line(arguments: tuple[str, ...]) -> None:
    """Whoever reads the file must not take half of it for all."""
    done = closing("> /dev/full", *arguments)
    assert done.returncode == 2
    assert done.stderr == "reportmocks: standard output: No space left on device\n"


def test_a_server_that_cannot_say_where_it_is_does_not_start() -> None:
    """Who waits for its READY would wait for ever."""
    done = closing("> /dev/full", "serve", "--port", "0", "--quiet", "hapyak")
    assert done.returncode == 2
    assert done.stderr == "reportmocks: standard output: No space left on device\n"


@pytest.mark.parametrize("arguments", [("rules", "hapyak"), ("env",), ("serve", "--help")])
def test_no_standard_output_is_no_mistake(arguments: tuple[str, ...]) -> None:
    """Some programs start others without; what is said goes nowhere."""
    done = closing(">&- 2>&- <&-", *arguments)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_server_without_standard_streams_serves(tmp_path: Path) -> None:
    """Its sockets do not take their places."""
    ready = tmp_path / "ready"
    line = shlex.join(command("--port", "0", "--ready-file", str(ready), "hapyak"))
    code = f"{line} >&- 2>&- <&- & while ! test -f {ready}; do sleep 0.02; done; kill $!; wait $!"
    done = subprocess.run(  # noqa: S603 - our own
        ["sh", "-c", code],  # noqa: S607
        env=clean_environment(),
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0
