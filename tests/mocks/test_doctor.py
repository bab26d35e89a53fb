"""`reportmocks doctor`: a sound setup passes, and each thing that is wrong is one line."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from reportmocks import doctor
from reportmocks.doctor import Finding, examine
from support.serving import PATIENCE, clean_environment, running_server

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def diagnose(*arguments: str, **variables: str) -> tuple[int, list[str]]:
    """Exit code and lines of a run with an environment that has these variables."""
    environ = {name: text for name, text in clean_environment().items() if name.lower() not in PROXIES}
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "reportmocks", "doctor", *arguments],
        env=environ | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def found(lines: list[str], subject: str) -> str:
    """The only line on a subject, its blanks made one."""
    (line,) = [" ".join(line.split()) for line in lines if line.split()[1] == subject]
    return line


def findings(environ: Mapping[str, str], subject: str) -> list[Finding]:
    """What is found on a subject in this process."""
    return [finding for finding in examine("http://127.0.0.1:9", environ) if finding.subject == subject]


def test_a_sound_setup_passes() -> None:
    """With a running server, whose clocks go."""
    with running_server("hapyak") as server:
        code, lines = diagnose("--url", server.control)
    assert code == 0, lines
    assert found(lines, "server").startswith("ok server http://127.0.0.1:")
    assert found(lines, "clock") == "ok clock real"
    assert found(lines, "proxies") == "ok proxies none"


def test_without_a_server_the_port_is_looked_at() -> None:
    """Free: nothing is wrong. Taken: by whom."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, lines = diagnose(REPORTMOCKS_PORT=str(port), REPORTMOCKS_HOST="127.0.0.1")
        assert code == 1
        line = found(lines, "port")
        assert line.startswith(f"problem port {port} ")
        if sys.platform.startswith("linux"):
            assert line.endswith(f"(process {os.getpid()}) has it, and is no reportmocks")


def test_a_named_server_that_is_not_there_is_a_problem() -> None:
    """Somebody counts on it."""
    code, lines = diagnose("--url", "http://127.0.0.1:9")
    assert code == 1
    assert found(lines, "server").startswith("problem server no mock answers at http://127.0.0.1:9/_mock")


def test_a_frozen_clock_is_told() -> None:
    """The commonest reason why a report never ends."""
    with running_server("--clock", "frozen", "hapyak") as server:
        code, lines = diagnose("--url", server.control)
    assert code == 0
    assert "nothing ends until it is moved" in found(lines, "clock")


def test_another_version_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of yesterday's checkout."""
    monkeypatch.setattr(doctor, "VERSION", "9.9.9")
    with running_server("hapyak") as server:
        (finding,) = [each for each in examine(server.control, {}) if each.subject == "server"]
    assert finding.verdict == "problem"
    assert "and this is 9.9.9: restart it" in finding.text


def test_proxies_that_would_take_requests_are_told() -> None:
    """And those that would not are fine."""
    code, lines = diagnose(http_proxy="http://proxy.example:1")
    assert code == 1
    assert "would get requests to 127.0.0.1 and localhost" in found(lines, "proxies")
    _, lines = diagnose(http_proxy="http://proxy.example:1", no_proxy="localhost,127.0.0.1")
    assert found(lines, "proxies") == "ok proxies http://proxy.example:1, but not for this machine"


def test_a_server_that_wants_its_token_is_one_of_ours() -> None:
    """What is missing is told, and not that somebody else has the port."""
    with running_server("--control-token", "abc", "hapyak") as server:
        code, lines = diagnose("--url", server.control)
        assert code == 1
        assert "set REPORTMOCKS_CONTROL_TOKEN" in found(lines, "server")
        code, _ = diagnose("--url", server.control, REPORTMOCKS_CONTROL_TOKEN="abc")
        assert code == 0


def test_options_of_the_environment_are_read(tmp_path: Path) -> None:
    """A bad value is a problem, an unknown name a warning, a bundle that is not there a problem."""
    code, lines = diagnose(REPORTMOCKS_CLOCK="wrong")
    assert code == 1
    assert "'wrong' is not one of real, frozen, auto" in found(lines, "options")
    code, lines = diagnose(REPORTMOCKS_CLOK="real")
    assert code == 1
    assert "did you mean REPORTMOCKS_CLOCK?" in found(lines, "options")
    _, lines = diagnose(REPORTMOCKS_TIDE="low", REPORTMOCKS_ROWS="hapyak.user_stream_raw=5")
    assert "REPORTMOCKS_TIDE is no option" in found(lines, "options")
    assert not any("REPORTMOCKS_ROWS" in line for line in lines)
    code, lines = diagnose(REQUESTS_CA_BUNDLE=str(tmp_path / "none"))
    assert code == 1
    assert found(lines, "trust").startswith("problem trust REQUESTS_CA_BUNDLE names ")


@pytest.mark.parametrize(
    ("addresses", "verdict"),
    [(["127.0.0.1"], "ok"), (["::1", "127.0.0.1"], "warning"), (["::1"], "problem"), ([], "problem")],
)
def test_localhost_must_be_this_address(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str], verdict: str
) -> None:
    """Signed links lead there."""

    def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(None, None, None, None, (address, 0)) for address in addresses]

    monkeypatch.setattr(doctor.socket, "getaddrinfo", resolve)  # type: ignore[attr-defined]
    assert [finding.verdict for finding in doctor._names()] == [verdict]


def test_missing_extras_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the line that brings them."""
    monkeypatch.setattr(doctor, "find_spec", lambda _: None)
    assert [finding.text for finding in findings({}, "[run]")] == [
        "h11 is not installed: pip install 'reportmocks[run]' brings it"
    ]
