"""What a user can touch is told in the README or in `docs/`: calls, commands, options, variables, members."""

import inspect
import re
import shlex
from collections.abc import Iterator
from inspect import getmembers

import click
import pytest

from reportcontracts.names import CONTROL, VENDORS
from reportcontracts.operations import load_operations
from reportcontracts.schemas import load_schema
from reportmocks import location, pytest_plugin
from reportmocks.commands import commands as every
from reportmocks.judging.words import known
from reportmocks.testing.mock import Mock
from reportmocks.testing.steering import Clock
from support.documents import DOCUMENTS, ROOT

TOLD = "\n".join((ROOT / document).read_text(encoding="utf-8") for document in DOCUMENTS)
CALLS = {
    (method, re.sub(r"<\w+>", "<>", path))
    for method, path in re.findall(r"`(GET|PUT|POST|DELETE) (/_mock/[^`?]*)", TOLD)
}
COMMON = {"--help", "--version"}


def below(group: click.Command, *path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command below one, with the words that lead to it."""
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            found = group.get_command(context, name)
            assert found
            yield from below(found, *path, name)
    yield " ".join(path), group


def help_of(name: str, command: click.Command) -> str:
    """What `--help` of a command prints on a narrow terminal."""
    context = click.Context(command, info_name=f"reportmocks {name}".strip(), terminal_width=NARROW)
    return command.get_help(context)


def examples(told: str) -> Iterator[str]:
    """The command lines that a help shows, without what is said of them beside."""
    for line in re.sub(r"\\\n\s*", "", told).splitlines():
        if line.startswith(("  reportmocks ", '  eval "$(reportmocks ')):
            plain = line.strip().removeprefix('eval "$(').removesuffix(')"')
            yield plain.partition("  ")[0]


NARROW = 80
COMMANDS = [(name, command) for name, command in below(every) if name]


@pytest.mark.parametrize("operation", list(load_operations(CONTROL).values()), ids=lambda its: its.id)
def test_every_call_of_the_control_api_is_told(operation: object) -> None:
    """Whoever drives the mocks from a language without a kit has nothing else."""
    path = re.sub(r"\{\+?\w+\}", "<>", f"/_mock{operation.path}")  # type: ignore[attr-defined]
    shown = {"GET", "PUT", "POST", "DELETE"} & set(operation.methods)  # type: ignore[attr-defined]
    assert {(method, path) for method in shown} <= CALLS


@pytest.mark.parametrize("name", [name for name, _ in COMMANDS])
def test_every_command_is_told(name: str) -> None:
    """As it is typed, or, of those of `ctl`, by its last word."""
    last = name.rpartition(" ")[2]
    assert re.search(rf"reportmocks {name}\b|ctl (--\S+ (\S+ )?)*{last}\b|`{last}[ `]", TOLD)


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_every_option_is_told(name: str, command: click.Command) -> None:
    """By its long name, wherever it is explained."""
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            long = {each for each in parameter.opts if each.startswith("--")} - COMMON
            assert all(re.search(rf"{each}(?![\w-])", TOLD) for each in long), f"{name} {long}"


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_help_fits_a_narrow_terminal(name: str, command: click.Command) -> None:
    """Lines that are broken by the terminal are hard to read, and examples cannot be pasted."""
    lines = help_of(name, command).splitlines()
    assert not [line for line in lines if len(line) > NARROW]
    assert not [line for line in lines if "[default:" in line]


@pytest.mark.parametrize("example", [line for name, its in COMMANDS for line in examples(help_of(name, its))])
def test_an_example_in_help_is_a_command_line(example: str) -> None:
    """Its command is there, and takes these arguments and options."""
    command, words = every, shlex.split(example)[1:]
    context = click.Context(command)
    while isinstance(command, click.Group):
        context = command.make_context(context.info_name, words, parent=context)
        words = [*context._protected_args, *context.args]
        found = command.get_command(context, words.pop(0))
        assert found, example
        command = found
    command.make_context(command.name, words, parent=context)


@pytest.mark.parametrize(
    "variable", [location.URL, location.CA, location.READY_FILE, location.PORT, location.TOKEN]
)
def test_every_variable_that_leads_to_a_server_is_told(variable: str) -> None:
    """Those of options are told with their options."""
    assert f"`{variable}`" in TOLD


@pytest.mark.parametrize("member", [name for name, _ in getmembers(Mock) if not name.startswith("_")])
def test_every_member_of_a_mock_is_told(member: str) -> None:
    """In the table of what a test can do."""
    assert f"`.{member}" in TOLD


@pytest.mark.parametrize("member", [name for name, _ in getmembers(Clock) if not name.startswith("_")])
def test_every_member_of_a_clock_is_told(member: str) -> None:
    """Beside that of the mock."""
    assert member == "sandbox" or f"`.{member}" in TOLD or f"clock.{member}" in TOLD


def test_every_argument_of_the_marker_is_told() -> None:
    """Those that a project's `--markers` lists."""
    listed = re.search(r"report_mock\(vendor=None, \*, ([a-z, ]+)\)", inspect.getsource(pytest_plugin))
    assert listed
    shown = TOLD[TOLD.index("@pytest.mark.report_mock(") :][:400]
    assert all(f"{name}=" in shown for name in listed[1].split(", "))


def test_every_fixture_is_told() -> None:
    """Those of the plugin; what begins with an underscore is its own."""
    fixtures = re.findall(r"@pytest\.fixture.*\ndef ([a-z]\w*)", inspect.getsource(pytest_plugin))
    assert "reportmocks_url" in fixtures
    assert all(f"`{name}" in TOLD for name in fixtures)


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_placeholder_is_told(vendor: str) -> None:
    """Those that `check VENDOR --placeholders` lists."""
    assert all(f"{{{name}}}" in TOLD for name in known(vendor))


BODIES = {its.body.schema for its in load_operations(CONTROL).values() if its.body and its.body.schema}


@pytest.mark.parametrize("name", sorted({*BODIES, "case", "verdict"}))
def test_every_member_of_a_body_is_told(name: str) -> None:
    """What the control API takes, and what the judge answers, whose readers are programs."""
    members = load_schema(CONTROL, name).get("properties", {})
    assert isinstance(members, dict)
    missing = [its for its in members if not re.search(rf"[`\"]{its}[`\":=]|{its}=", TOLD)]
    assert not missing
