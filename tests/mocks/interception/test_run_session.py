"""What `reportmocks run` passes through, what it tells, and how it fails."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reportmocks.interception.fence import can_fence
from support.running import HAPYAK, command, run, run_python, told
from support.serving import PATIENCE, clean_environment

ASK = f"import requests; requests.get({HAPYAK!r}, headers={{'X-Hapyak-API-Key': 'k'}})"


def test_output_and_exit_code_are_passed_through() -> None:
    """A run in a pipeline is the command itself."""
    done = run_python(f"{ASK}; import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
    assert (done.stdout, done.returncode) == ("out\n", 7)
    assert done.stderr.splitlines()[0] == "err"


def test_arguments_reach_the_command_as_they_are() -> None:
    """Also those that look like ours, and a second `--`."""
    code = "import sys; print(sys.argv[1:])"
    done = run("--", sys.executable, "-c", code, "--port", "x", "--", "a b", "")
    assert done.stdout == "['--port', 'x', '--', 'a b', '']\n"


def test_a_run_in_which_nothing_was_asked_fails() -> None:
    """Its client found another way, or was never called: a green build would be a lie."""
    done = run("--", "true")
    assert done.returncode == 1
    assert told(done)[0].startswith("nothing was asked of any vendor")


def test_a_failed_command_that_asked_nothing_keeps_its_code() -> None:
    """The reason of a failure is the command's own."""
    assert run("--", "sh", "-c", "exit 9").returncode == 9


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_stopped_while_it_starts_leaves_nothing_behind(number: int, tmp_path: Path) -> None:
    """There is a key among its files; the exit code is that of what was stopped."""
    process = subprocess.Popen(  # noqa: S603 - our own
        command("--", "sleep", "60"),
        env=clean_environment({"TMPDIR": str(tmp_path)}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not list(tmp_path.iterdir()):
        assert process.poll() is None
    process.send_signal(number)
    said = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 128 + number
    assert "Traceback" not in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_are_passed_through(number: int) -> None:
    """Whoever stops the run stops the command, which may tidy up and choose its exit code."""
    code = (
        "import signal, sys\n"
        f"signal.signal({number:d}, lambda *_: sys.exit(5))\n"
        "print('there', flush=True)\n"
        "signal.pause()\n"
    )
    process = subprocess.Popen(  # noqa: S603 - our own
        command("--", sys.executable, "-c", code),
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # no terminal, which would send the command some of them by itself
    )
    with process:
        try:
            assert process.stdout
            assert process.stdout.readline() == b"there\n"
            process.send_signal(number)
            assert process.wait(PATIENCE) == 5
        finally:
            process.kill()  # which a test that fails must not wait for


def test_a_killed_command_is_told_as_a_shell_tells_it() -> None:
    """128 and the number of the signal."""
    assert run("--", "sh", "-c", "kill -KILL $$").returncode == 128 + signal.SIGKILL


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (("hapyak",), 2, "there is no command: write it after --"),
        (("--",), 2, "there is no command: write it after --"),
        (("nobody", "--", "true"), 2, "unknown vendor 'nobody'"),
        (("--", "no-such-command"), 127, "no-such-command: No such file or directory"),
        (("--", "/"), 126, "/: Permission denied"),
        (
            ("--allow-hosts", "x.example,api.safer.me", "--", "true"),
            2,
            "api.safer.me is saferme's, and is never let through",
        ),
        (("--allow-hosts", "https://x", "--", "true"), 2, "is not a host name"),
        (("--isolate", "--allow-hosts", "x.example", "--", "true"), 2, "of no use with --isolate"),
        (("--host", "::1", "--", "true"), 2, "No such option"),
    ],
)
def test_what_cannot_be_run_is_told_in_one_line(arguments: tuple[str, ...], code: int, line: str) -> None:
    """With the exit codes that shells have for it, and ours for a wrong command line."""
    done = run(*arguments)
    assert done.returncode == code
    (only,) = done.stderr.splitlines()
    assert line in only


def test_other_hosts_are_refused_with_a_clear_line() -> None:
    """The line says what to do; the summary says that it happened."""
    code = "import requests\ntry: requests.get('https://example.com')\nexcept OSError as error: print(error)"
    done = run_python(code)
    assert "403" in done.stdout
    assert told(done)[0] == (
        "example.com is not a host of the mocked vendors; --allow-hosts example.com would let it through"
    )
    assert "refused: example.com (once)" in told(done)


def test_other_hosts_are_refused_to_clients_that_ask_for_no_proxy() -> None:
    """By name and by address, and the exception says why."""
    code = """
import socket
for address in [("example.com", 443), ("93.184.215.14", 443), ("93.184.215.14", 5432)]:
    try:
        socket.create_connection(address, timeout=5)
    except OSError as error:
        print("--allow-hosts" in str(error))
"""
    done = run_python(code)
    assert done.stdout == "True\nTrue\nTrue\n", done.stderr
    assert {"refused: example.com (once)", "refused: 93.184.215.14 (twice)"} <= set(told(done))


def test_vendors_that_are_not_mocked_are_refused_to_everybody() -> None:
    """Whatever is let through: the real one is never asked, and the line says what to do instead."""
    code = f"""
import requests
for trust in (True, False):
    session = requests.Session()
    session.trust_env = trust
    try:
        session.get({HAPYAK!r})
    except requests.RequestException as error:
        print("name hapyak before the command" in str(error), "403" in str(error))
"""
    done = run_python(code, "--allow-hosts", "*", "echo360")
    assert done.stdout == "False True\nTrue False\n", done.stderr
    line = "www.hapyak.com is hapyak's, which this run does not mock: name hapyak before the command"
    assert told(done)[0] == line


def test_this_machine_is_not_a_foreign_host() -> None:
    """A client may have a database here."""
    code = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    for host in ("127.0.0.1", "localhost"):
        socket.create_connection((host, server.getsockname()[1])).close()
print("reached")
"""
    assert run_python(code).stdout == "reached\n"


@pytest.mark.skipif(not can_fence(), reason="this system has no fence (Landlock 4)")
def test_no_program_connects_to_the_ports_of_http_by_itself() -> None:
    """Whatever it is written in: here Python, which was told not to look at our preload."""
    code = """
import errno, socket
for port in (80, 443, 1):
    with socket.socket() as connection:
        print(errno.errorcode[connection.connect_ex(("127.0.0.1", port))])
"""
    done = run("--", sys.executable, "-I", "-c", code)
    assert done.stdout == "EACCES\nEACCES\nECONNREFUSED\n", done.stderr


@pytest.mark.skipif(not can_fence(), reason="this system has no fence (Landlock 4)")
def test_hosts_that_are_let_through_need_those_ports() -> None:
    """A fence would keep a client that asks for no proxy from them."""
    code = """
import errno, socket
with socket.socket() as connection:
    print(errno.errorcode[connection.connect_ex(("127.0.0.1", 443))])
"""
    done = run("--allow-hosts", "friend.example", "--", sys.executable, "-I", "-c", code)
    assert done.stdout == "ECONNREFUSED\n", done.stderr


@pytest.mark.parametrize(("missing", "extra"), [("h11", "run"), ("trustme", "tls")])
def test_without_its_extras_it_says_what_to_install(missing: str, extra: str) -> None:
    """In one line, and before anything is run."""
    code = f"import sys; sys.modules[{missing!r}] = None; from reportmocks.commands import run"
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", f"{code}; sys.exit(run(['run', '--', 'echo', 'was run']))"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    line = f"reportmocks: {missing} is not installed; pip install 'reportmocks[{extra}]' brings it\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line)


def test_the_summary_tells_calls_and_what_broke_a_rule() -> None:
    """One look says whether the client did what it should."""
    code = f"""
import requests
for key in ("invalid", "good", "good"):
    requests.get({HAPYAK!r}, headers={{"X-Hapyak-API-Key": key}})
requests.get("https://api.safer.me/api/v4/analytics/reports_read")
"""
    lines = told(run_python(code))
    assert lines[:4] == [
        "hapyak: 3 requests",
        "  1 x 403  GET /api/reports/v2/user_stream_raw",
        "  1 x 202  GET /api/reports/v2/user_stream_raw",
        "  1 x 200  GET /api/reports/v2/user_stream_raw",
    ]
    assert lines[4].startswith("  refused by hapyak.key (once): ")
    assert "saferme: 1 request" in lines


def test_what_the_contract_does_not_have_is_told() -> None:
    """Also where a mock lets it pass."""
    url = "https://api.safer.me/api/v4/analytics/reports_read?channel_id=1&end_date=soon"
    done = run_python(f"import requests; requests.get({url!r}, headers={{'Authorization': 'Token token=t'}})")
    assert any(line.startswith("  not in the contract (once): request, ") for line in told(done)), done.stderr


@pytest.mark.parametrize("options", [(), ("--faults", "on")])
def test_faults_reach_the_client(options: tuple[str, ...]) -> None:
    """A status from above the proxy; with the relay also a reset, through TLS and the proxy."""
    kind = "reset" if options else "status"
    code = f"""
import os, requests
fault = {{"kind": {kind!r}}} | ({{}} if {bool(options)} else {{"status": 503}})
made = requests.post(os.environ["REPORTMOCKS_URL"] + "/faults?vendor=hapyak", json=fault)
assert made.status_code == 201, made.text
try:
    print(requests.get({HAPYAK!r}, headers={{"X-Hapyak-API-Key": "k"}}).status_code)
except requests.ConnectionError:
    print("gone")
"""
    done = run_python(code, *options, "hapyak")
    assert done.stdout == ("gone\n" if options else "503\n"), done.stderr


def test_the_control_api_is_not_behind_a_vendors_name() -> None:
    """But the command finds it by its own address."""
    code = """
import os, requests
print(requests.get("https://www.hapyak.com/_mock/health").status_code)
print(requests.get("https://www.hapyak.com/hapyak/").status_code)
print(requests.get("https://reportmocks.s3.amazonaws.com/_mock/health").status_code)
print(requests.get(os.environ["REPORTMOCKS_URL"] + "/health").json()["status"])
"""
    assert run_python(code).stdout == "404\n404\n403\nok\n"


def test_another_sitecustomize_still_runs(tmp_path: Path) -> None:
    """Coverage, debuggers and distributions have one."""
    (tmp_path / "sitecustomize.py").write_text("import builtins; builtins.there = True\n")
    path = os.pathsep.join((str(tmp_path), *sys.path))
    done = run("--", sys.executable, "-c", "print(there)", env={"PYTHONPATH": path})
    assert done.stdout == "True\n", done.stderr


def test_options_of_serve_are_taken() -> None:
    """A limit, a seed, a clock: as for a server."""
    code = f"{ASK}\nprint(requests.get({HAPYAK!r}, headers={{'X-Hapyak-API-Key': 'k'}}).status_code)"
    assert run_python(code, "--clock", "frozen", "--rule", "hapyak.key.status=401").stdout == "202\n"


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """Certificates and keys of a run end with it."""
    run("--", sys.executable, "-c", ASK, env={"TMPDIR": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []
