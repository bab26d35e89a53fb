"""The pytest plugin where something is wrong: with a test, with its options, or with the server."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.plugin import ARGUMENTS, run
from support.serving import PATIENCE, clean_environment

KILLS = """
    def test_kills(hapyak_mock, reportmocks_session):
        process = reportmocks_session.server._process
        process.kill()
        process.wait()
"""


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No run inherits what configures this one."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"):
        monkeypatch.delenv(name, raising=False)


def test_a_server_that_dies_fails_its_tests_and_not_the_run(pytester: pytest.Pytester) -> None:
    """Every other test is run, and whoever wants a mock is told what has happened."""
    code = f"""{KILLS}
        assert hapyak_mock.jobs == []

    def test_wants_it(khoros_mock):
        pass

    def test_does_not():
        pass
    """
    result = run(pytester, code)
    result.assert_outcomes(passed=1, failed=1, errors=2)
    text = result.stdout.str()
    assert "INTERNALERROR" not in text
    assert "cannot be had: no mock answers" in text
    assert "the reportmocks server ended by itself, with code -9" in text


def test_a_server_that_dies_last_is_no_success(pytester: pytest.Pytester) -> None:
    """The last test may have passed without it."""
    run(pytester, KILLS).assert_outcomes(passed=1, errors=1)


def test_ctrl_c_ends_a_run_as_it_always_does(tmp_path: Path) -> None:
    """A terminal sends it to every process of the run; the server is asked to the last."""
    up = tmp_path / "up"
    code = "import time\ndef test_it(hapyak_mock):\n"
    code += f"    hapyak_mock.jobs\n    open({str(up)!r}, 'w').close()\n    time.sleep(60)\n"
    (tmp_path / "test_it.py").write_text(code)
    (tmp_path / "pytest.ini").write_text("[pytest]")
    process = subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *ARGUMENTS, "test_it.py"],
        cwd=tmp_path,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    while not up.exists():
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "Traceback" not in said


def test_a_test_that_forbids_sockets_fails_alone(pytester: pytest.Pytester) -> None:
    """As pytest-socket does it: the journal cannot be asked for, and the failure is told all the same."""
    code = """
        import socket, pytest

        class Forbidden(socket.socket):
            def __new__(cls, *args, **kwargs):
                raise RuntimeError("no sockets here")

        def test_it(hapyak_mock, reportmocks_session, monkeypatch):
            monkeypatch.setattr(socket, "socket", Forbidden)
            reportmocks_session.remote.close()
            hapyak_mock.jobs

        def test_other(hapyak_mock):
            assert hapyak_mock.jobs == []
    """
    result = run(pytester, code)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*requests to hapyak*", "cannot be had: no sockets here"])


def test_a_set_up_that_fails_shows_what_was_asked(pytester: pytest.Pytester) -> None:
    """It is there that many a client is called."""
    code = """
        import urllib.request, pytest

        @pytest.fixture
        def report(hapyak_mock):
            urllib.request.urlopen(f"{hapyak_mock.url}/api/reports/v2/no-such-report")

        def test_it(report):
            pass
    """
    result = run(pytester, code)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*requests to hapyak*", "no request has come"])


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("report_mock('hapjak')", "unknown vendor 'hapjak'"),
        ("report_mock('hapyak', 7)", "one vendor"),
        ("report_mock(limits=3)", "limits is a mapping"),
        ("report_mock(limits={'no-such': 1})", "there is no limit 'hapyak.no-such'"),
        ("report_mock(size='huge')", "'huge' is not one of tiny"),
        ("report_mock(sede=7)", "takes no sede"),
    ],
)
def test_a_wrong_marker_is_told_without_our_code(pytester: pytest.Pytester, marker: str, told: str) -> None:
    """A test on another stage would prove nothing; a traceback through the plugin would hide why."""
    code = f"""
        import pytest

        @pytest.mark.{marker}
        def test_it(hapyak_mock):
            pass
    """
    result = run(pytester, code)
    result.assert_outcomes(errors=1)
    text = result.stdout.str()
    assert told in text
    assert "session.py" not in text
    assert "remote.py" not in text


def test_a_refused_call_is_shown_where_the_test_made_it(pytester: pytest.Pytester) -> None:
    """The traceback ends in the line of the test."""
    code = """
        def test_it(hapyak_mock):
            hapyak_mock.plan("no-such-outcome")
    """
    result = run(pytester, code)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E *no outcome 'no-such-outcome'*", "test_a_refused_call*.py:2: RefusedError"]
    )
    assert "remote.py" not in result.stdout.str()


def test_the_clock_of_a_test_starts_on_any_day(pytester: pytest.Pytester) -> None:
    """By the marker or by hand, before or after the day on which the test is run: else it would rot."""
    code = """
        import datetime, pytest

        @pytest.mark.report_mock("hapyak", clock="frozen", now="2020-03-01")
        def test_past(hapyak_mock):
            assert str(hapyak_mock.clock.now) == "2020-03-01 00:00:00+00:00"

        @pytest.mark.report_mock(clock="frozen", now=datetime.date(2100, 3, 1))
        def test_day(echo360_mock):
            assert str(echo360_mock.clock.now) == "2100-03-01 00:00:00+00:00"

        def test_by_hand(khoros_mock):
            khoros_mock.clock.set(datetime.date(2020, 3, 1))
            assert khoros_mock.clock.now.year == 2020
    """
    run(pytester, code).assert_outcomes(passed=3)


def test_a_server_with_tls_and_a_token_can_be_started(pytester: pytest.Pytester) -> None:
    """Switches of `serve` are options as well, and the plugin shows the token and trusts the certificate."""
    code = """
        def test_it(hapyak_mock):
            assert hapyak_mock.url.startswith("https://")
            hapyak_mock.limits["row-cap"] = 3
    """
    more = ("--reportmocks-option", "tls=on", "--reportmocks-option", "control-token=abc")
    run(pytester, code, *more).assert_outcomes(passed=1)


@pytest.mark.parametrize("url", ["nonsense", "http://127.0.0.1:9/x?y"])
def test_an_address_that_is_none_is_refused(pytester: pytest.Pytester, url: str) -> None:
    """Before anybody is asked."""
    result = run(pytester, "def test_it(hapyak_mock): pass", "--reportmocks-url", url)
    result.assert_outcomes(errors=1)
    assert f"--reportmocks-url: {url!r} is not the address of a server" in result.stdout.str()


def test_modules_of_the_project_are_not_the_servers(tmp_path: Path) -> None:
    """A client may have a flask.py in its folder; the server is another program."""
    (tmp_path / "flask.py").write_text("raise RuntimeError('not for you')")
    code = "from reportmocks.testing import ServerProcess\nwith ServerProcess.start(): pass"
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(  # noqa: S603 - our own
        command, cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
