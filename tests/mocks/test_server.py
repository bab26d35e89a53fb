"""`reportmocks serve` as its user meets it: a process, its sockets, its output, its end."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from reportcontracts.names import VENDORS
from reportmocks.server import GRACE
from support.echo360 import Echo360
from support.serving import PATIENCE, Server, clean_environment, command, refused_start, running_server, start

HEALTH = b"GET /_mock/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
REPORT = "/hapyak/api/reports/v2/project_engagement_summary_raw"

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for the tests that leave it as it was."""
    with running_server() as running:
        yield running


def test_ready_line_names_every_vendor_and_control(server: Server) -> None:
    """Whoever starts the server learns from one line where everything is."""
    assert [line for line in server.stdout if line.startswith("READY ")] == server.stdout[-1:]
    assert list(server.addresses) == [*VENDORS, "control"]
    assert server.is_well()


def test_banner_has_a_line_to_paste_for_each_vendor(server: Server) -> None:
    """The first thing a newcomer does is to copy a line from the terminal."""
    for vendor in VENDORS:
        pasted = next(line for line in server.stdout if line.split()[:1] == [vendor])
        assert " curl " in pasted
        assert server.url(vendor) in pasted
    assert any(f"curl {server.control}/clock" in line for line in server.stdout)


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_pasted_lines_work(server: Server) -> None:
    """A line of the banner that answers with an error would be a poor welcome."""
    for line in server.stdout:
        if line.split()[1:2] == ["curl"]:
            pasted = line[line.index("curl") :]
            run = subprocess.run(["sh", "-c", f"{pasted} -sfo /dev/null"], check=False, timeout=PATIENCE)  # noqa: S603, S607
            assert run.returncode == 0, pasted


def test_quiet_leaves_the_ready_line_alone() -> None:
    """Scripts read standard output; `--quiet` gives them nothing else to read."""
    with running_server("--quiet", "hapyak") as quiet:
        quiet.get("/_mock/health")
        quiet.stop()
    assert len(quiet.stdout) == 1
    assert quiet.stderr == []
    assert list(quiet.addresses) == ["hapyak", "control"]


def test_ready_file_comes_with_readiness_and_goes_with_the_server(tmp_path: Path) -> None:
    """A start-up script waits for the file, and a later one must not find a dead server's."""
    path = tmp_path / "ready.json"
    with running_server("--ready-file", str(path)) as server:
        assert json.loads(path.read_text()) == {**server.addresses, "pid": server.process.pid}
        assert server.stop() == 0
    assert list(tmp_path.iterdir()) == []


def test_ready_file_of_another_server_is_left_alone(tmp_path: Path) -> None:
    """Two servers told the same file: the first to end must not take away the other's address."""
    path = tmp_path / "ready.json"
    with (
        running_server("--ready-file", str(path)) as first,
        running_server("--ready-file", str(path)) as second,
    ):
        first.stop()
        assert json.loads(path.read_text())["pid"] == second.process.pid


def test_a_closed_standard_output_does_not_end_the_server(tmp_path: Path) -> None:
    """A parent may close the pipe as soon as it has seen enough."""
    path = tmp_path / "ready.json"
    read, write = os.pipe()
    os.close(read)
    with subprocess.Popen(  # noqa: S603 - our own
        command("--port", "0", "--ready-file", str(path)),
        env=clean_environment(),
        stdout=write,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(write)
        wait_until(path.exists)
        process.terminate()
        _, told = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert b"Traceback" not in told


def test_a_taken_port_is_one_clear_line(server: Server) -> None:
    """The most common failed start says what to do about it."""
    _, port = server.address
    refused = refused_start("--port", str(port))
    assert refused.process.returncode == 2
    assert refused.stdout == []
    why = f"port {port} is taken; choose another with --port, or 0 for any free one"
    assert refused.stderr == [f"reportmocks: cannot listen on 127.0.0.1:{port}: {why}"]


@pytest.mark.skipif(not hasattr(socket, "SO_REUSEPORT"), reason="ports cannot be shared here")
def test_a_port_that_another_server_would_share_counts_as_taken() -> None:
    """Half of the requests would go to the other server, and nobody would know why."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        refused = refused_start("--port", str(other.getsockname()[1]))
    assert refused.process.returncode == 2
    assert "is taken" in refused.stderr[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_end_the_server_cleanly(number: signal.Signals) -> None:
    """Ctrl-C, a container's stop and a closed terminal are ordinary ends, not failures."""
    with running_server() as server:
        assert server.stop(number) == 0
    assert not any("Traceback" in line for line in server.stderr)


def test_a_reader_that_does_not_read_does_not_hold_up_the_end() -> None:
    """A client stopped in a debugger, in the middle of a download far bigger than any buffer."""
    stream = "/hapyak/api/reports/v2/project_stream_raw?send_status=true&start=2026-01-01&end=2026-06-30"
    key = "X-Hapyak-API-Key: mine"
    with running_server("--clock", "auto", "--now", "2026-07-01", "--size", "large") as server:
        assert server.get(stream, key).startswith(b"HTTP/1.1 202 ")
        with server.connect() as reader:
            reader.sendall(f"GET {stream} HTTP/1.1\r\nHost: localhost\r\n{key}\r\n\r\n".encode())
            assert reader.recv(100).startswith(b"HTTP/1.1 200 ")
            assert server.is_well()
            told = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - told < GRACE + 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_what_was_downloaded(number: signal.Signals, tmp_path: Path) -> None:
    """However it ends: a week of views is too much to stay in memory, and is in a file."""
    week = {"start": "2025-03-01", "end": "2025-03-08"}
    with running_server("echo360", "--size", "large", env={"TMPDIR": str(tmp_path)}) as server:
        with server.client() as client:
            echo360 = Echo360(client, "mine")
            echo360.mock.call("POST", "clock", {"mode": "auto"})
            echo360.sign_in()
            assert len(echo360.fetch("videoview", week)) > 10**6
        server.stop(number)
    assert list(tmp_path.iterdir()) == []


def test_a_server_can_end_with_its_input() -> None:
    """Whoever starts it from a program, and is killed, leaves none behind."""
    with subprocess.Popen(  # noqa: S603 - our own
        command("--port", "0", "--quiet", "--until-eof"),
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline().startswith(b"READY ")
        process.stdin.close()
        assert process.wait(PATIENCE) == 0


@on_linux
def test_a_signal_in_the_middle_of_the_start_ends_it_cleanly() -> None:
    """A supervisor may change its mind at once; no traceback out of an import, no exit code of a failure."""
    server, _ = start("--port", "0")
    wait_until(lambda: catches(server.process.pid, signal.SIGTERM))
    assert server.stop() == 0
    assert server.stdout == server.stderr == []


@on_linux
def test_the_server_is_one_process(server: Server) -> None:
    """Killed, it leaves nothing behind that would hold the port."""
    children = Path(f"/proc/{server.process.pid}/task").glob("*/children")
    assert [path.read_text() for path in children if path.read_text()] == []


def test_a_killed_server_leaves_its_port() -> None:
    """After `kill -9` the next start must not find the port taken by an orphan."""
    with running_server() as server:
        _, port = server.address
        assert server.stop(signal.SIGKILL) == -signal.SIGKILL
        again, lines = start("--port", str(port))
        assert lines.get(timeout=PATIENCE)
        assert again.stop() == 0


def test_nothing_of_the_environment_becomes_a_header() -> None:
    """A variable that looks like a header of CGI must not authenticate anybody."""
    with running_server(
        env={"HTTP_X_HAPYAK_API_KEY": "from-the-environment", "HTTP_HOST": "evil.example"}
    ) as server:
        assert server.get(f"{REPORT}?send_status=true").startswith(b"HTTP/1.1 403 ")
        assert server.get(f"{REPORT}?send_status=true", "X-Hapyak-API-Key: mine").startswith(b"HTTP/1.1 202 ")


def test_300_idle_connections_leave_room_for_more(server: Server) -> None:
    """A test suite's clients keep connections open; the next one must not wait for them."""
    with ExitStack() as stack:
        idle = [stack.enter_context(server.connect()) for _ in range(300)]
        for connection in idle:
            connection.sendall(HEALTH)
        for connection in idle:
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert server.is_well()
        idle[0].sendall(HEALTH)
        assert idle[0].recv(65536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "half",
    [
        HEALTH[:-2],
        b"POST /echo360/oauth2/access_token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\ngrant",
    ],
    ids=["head", "body"],
)
def test_50_half_sent_requests_leave_room_for_more(server: Server, half: bytes) -> None:
    """Clients that hang in the middle of a request hang alone."""
    with ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(server.connect()).sendall(half)
        assert server.is_well()


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"garbage\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(512),  # a TLS greeting
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Big: " + b"a" * 2_000_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n"
        + b"".join(b"X-%d: a\r\n" % i for i in range(5000))
        + b"\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["garbage", "tls", "version", "length", "big-header", "many-headers", "long-path"],
)
def test_what_is_no_request_is_refused_and_leaves_the_server_well(
    server: Server, request_bytes: bytes
) -> None:
    """The HTTP layer's own refusals have nothing to do with the mocks, and cost them nothing."""
    answer = server.ask(request_bytes)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert server.is_well()


def wait_until(true: Callable[[], bool]) -> None:
    """Wait until something is true, as told by looking again and again."""
    for _ in range(int(PATIENCE / 0.005)):
        if true():
            return
        time.sleep(0.005)
    raise AssertionError("it never became true")


def catches(pid: int, number: int) -> bool:
    """Whether a process has a handler of its own for a signal."""
    status = Path(f"/proc/{pid}/status").read_text()
    mask = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(mask.split()[1], 16) & 1 << (number - 1))
