"""`reportmocks env` and `reportmocks ready`."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from reportcontracts.names import VENDORS
from reportmocks import commands
from reportmocks.setup import env, ready
from support.serving import PATIENCE, clean_environment, running_server

SANDBOX = 'it\'s a "key" of $mine'


def printed(*arguments: str) -> str:
    """What `env` prints where nothing tells of a server."""
    result = CliRunner().invoke(env, arguments, env={}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_every_vendor_has_an_address_and_credentials() -> None:
    """As JSON, for programs; the control API has an address too."""
    told = json.loads(printed("--format", "json", "--sandbox", "s"))
    assert {f"{vendor.upper()}_BASE_URL" for vendor in VENDORS} <= told.keys()
    assert told["HAPYAK_BASE_URL"] == "http://127.0.0.1:8080/hapyak"
    assert told["HAPYAK_API_KEY"] == told["ECHO360_CLIENT_ID"] == told["KHOROS_COMPANY_KEY"] == "s"
    assert told["REPORTMOCKS_URL"] == "http://127.0.0.1:8080/_mock"


def test_a_shell_reads_it_as_it_was_meant() -> None:
    """Whatever is in a name."""
    lines = printed("hapyak", "--sandbox", SANDBOX)
    done = subprocess.run(  # noqa: S603 - our own
        ["sh", "-c", f'{lines}\nprintf %s "$HAPYAK_API_KEY"'],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == SANDBOX


def test_other_formats_quote_in_their_own_way() -> None:
    """PowerShell doubles its quotes, dotenv escapes them."""
    assert "$env:HAPYAK_API_KEY = 'it''s'\n" in printed(
        "hapyak", "--format", "powershell", "--sandbox", "it's"
    )
    assert "HAPYAK_API_KEY=plain\n" in printed("hapyak", "--format", "dotenv", "--sandbox", "plain")
    text = printed("hapyak", "--format", "dotenv", "--sandbox", SANDBOX)
    assert 'HAPYAK_API_KEY="it\'s a \\"key\\" of \\$mine"\n' in text


def test_named_vendors_alone_are_printed() -> None:
    """And an unknown one is refused."""
    assert "ECHO360" not in printed("hapyak", "khoros")
    done = subprocess.run(
        [sys.executable, "-m", "reportmocks", "env", "hapjak"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 2
    assert "did you mean hapyak?" in done.stderr


@pytest.mark.parametrize("tls", [(), ("--tls",)])
def test_a_server_that_starts_is_waited_for(tmp_path: Path, tls: tuple[str, ...]) -> None:
    """By the ready file, which is not there at first; over TLS as well."""
    file = tmp_path / "ready"
    results = []

    def wait() -> None:
        results.append(CliRunner().invoke(ready, ["--ready-file", str(file)]))

    waiting = threading.Thread(target=wait)
    waiting.start()
    with running_server(*tls, "--ready-file", str(file), "hapyak") as server:
        waiting.join(PATIENCE)
        (result,) = results
        assert (result.exit_code, result.output) == (0, f"{server.control}\n")
        told = json.loads(printed("--ready-file", str(file), "--format", "json"))
        assert told["HAPYAK_BASE_URL"] == server.url("hapyak")
        assert ("REPORTMOCKS_CA" in told) is bool(tls)
        assert "ECHO360_BASE_URL" not in told


def test_a_server_that_does_not_come_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """And fails the script."""
    assert commands.run(["ready", "--url", "http://127.0.0.1:9", "--timeout", "100ms"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "no mock answers at http://127.0.0.1:9/_mock" in line


def test_somebody_else_is_not_ready() -> None:
    """What answers there is no control API."""
    with running_server("hapyak") as server:
        wrong = server.url("hapyak")
        assert commands.run(["ready", "--url", wrong, "--timeout", "100ms"]) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ready", "--url", "nonsense"], "--url: 'nonsense' is not the address of a server"),
        (["ready", "--url", ""], "--url: '' is not the address of a server"),
        (["env", "--url", "nonsense"], "--url: 'nonsense' is not the address of a server"),
        (["env", "--sandbox", ""], "--sandbox: '' is no credential"),
        (["env", "--sandbox", "a\nb"], "--sandbox: 'a\\nb' is no credential"),
    ],
)
def test_what_never_can_be_is_told_at_once(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody waits half a minute for an address that is none."""
    assert commands.run(arguments) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("written", ["", "[]", "{}", '{"control": 3}', '{"control": "nonsense"}'])
def test_another_file_is_no_ready_file(
    tmp_path: Path, written: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told in words about the file, and not about what Python makes of it."""
    file = tmp_path / "ready"
    file.write_text(written)
    assert commands.run(["env", "--ready-file", str(file)]) == 1
    assert "tells no address (it is not what a server writes); is the server up?" in capsys.readouterr().err


@pytest.mark.parametrize("file", ["no-such-file", __file__])
def test_an_authority_that_cannot_be_read_is_told(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anybody is asked, and by the variable that names it."""
    monkeypatch.setenv("REPORTMOCKS_CA", file)
    at = ["--url", "https://127.0.0.1:9"]
    for command in (["ctl", *at, "clock"], ["ready", *at]):
        assert commands.run(command) == 2
        assert f"REPORTMOCKS_CA: {file} is no certificate to trust it by" in capsys.readouterr().err
