"""`reportmocks ctl` against a real server."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from click.testing import CliRunner, Result

from reportmocks.ctl import ctl
from support.serving import PATIENCE, Server, running_server

Run = Callable[..., Result]
HAPYAK_RUN = "api/reports/v2/user_stream_raw?send_status=true"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server whose clocks stand still."""
    with running_server("--clock", "frozen", "--now", "2026-03-04", "--size", "tiny") as server:
        yield server


@pytest.fixture
def run(server: Server, name: str) -> Run:
    """Run `reportmocks ctl` on a sandbox of HapYak that has one run in work."""
    address = f"{server.url('hapyak')}/{HAPYAK_RUN}"
    answer = httpx.get(address, headers={"X-Hapyak-API-Key": name}, timeout=PATIENCE)
    assert answer.status_code == 202

    def run(*arguments: str) -> Result:
        fixed = ("--url", server.control, "--vendor", "hapyak", "--sandbox", name)
        return CliRunner().invoke(ctl, [*fixed, *arguments])

    return run


def test_clock_moves_and_tells_what_came_due(run: Run) -> None:
    """What a frozen server's log line advises works as it is written there."""
    result = run("clock", "+2s")
    assert result.exit_code == 0, result.output
    assert "job 1 became done" in result.output
    assert "2026-03-04T00:00:02.000Z" in result.output


@pytest.mark.parametrize("change", ["2026-03-05", "auto", "real", "frozen"])
def test_clock_takes_instants_and_modes(run: Run, change: str) -> None:
    """All that `POST clock` does can be typed."""
    assert run("clock", change).exit_code == 0


def test_clock_backwards_is_refused_in_one_line(run: Run) -> None:
    """The server's own words reach the terminal, and the exit code tells scripts."""
    result = run("clock", "2020-01-01")
    assert result.exit_code == 1
    assert "forward only" in result.output


def test_tables_name_jobs_limits_and_requests(run: Run) -> None:
    """A newcomer sees what there is without reading JSON."""
    assert "user_stream_raw" in run("jobs").output
    assert "hapyak.rate-minute" in run("limits").output
    assert "202" in run("requests").output


def test_json_is_what_the_server_says(run: Run) -> None:
    """Scripts get everything."""
    assert json.loads(run("--json", "jobs").output)[0]["report"] == "user_stream_raw"


def test_a_limit_changes(run: Run) -> None:
    """A row cap of 100 makes truncation cheap to try."""
    assert run("limit", "hapyak.row-cap", "100").exit_code == 0
    rows = json.loads(run("--json", "limits").output)
    assert next(row["value"] for row in rows if row["rule"] == "hapyak.row-cap") == 100


def test_an_unknown_outcome_is_refused_with_those_there_are(run: Run) -> None:
    """A slip is answered with the list."""
    result = run("plan", "expires")
    assert result.exit_code == 2
    assert "done, failed, expired, never" in result.output


def test_a_plan_and_a_reset(run: Run) -> None:
    """The last two things that can be asked."""
    assert run("plan", "never", "--report", "user_stream_raw").exit_code == 0
    assert run("reset").exit_code == 0
    assert json.loads(run("--json", "jobs").output) == []


def test_no_server_is_one_clear_line() -> None:
    """Not a traceback."""
    result = CliRunner().invoke(ctl, ["--url", "http://127.0.0.1:9", "jobs"])
    assert result.exit_code == 1
    assert "is `reportmocks serve` running?" in result.output


def test_a_fault_is_planned_listed_and_taken_back(run: Run) -> None:
    """Without writing JSON; numbers are numbers."""
    assert "status" in run("fault", "status", "status=502", "times=3", "probability=0.5").output
    (told,) = json.loads(run("--json", "faults").output)
    assert (told["status"], told["times"], told["probability"]) == (502, 3, 0.5)
    assert "status" in run("faults").output
    assert run("faults", "--clear").output == "1 taken back\n"


@pytest.mark.parametrize("arguments", [("oops",), ("status", "oops"), ("status", "oops=1"), ("reset",)])
def test_a_fault_that_there_is_not_is_refused_in_one_line(run: Run, arguments: tuple[str, ...]) -> None:
    """With what there is, or how to get it."""
    result = run("fault", *arguments)
    assert result.exit_code == (1 if arguments == ("reset",) else 2)
    assert len(result.output.splitlines()) == 1


def test_requests_are_filtered_and_archived(run: Run) -> None:
    """By hand as by HTTP."""
    assert "202" in run("requests", "--status", "202", "--path", "*_raw", "--limit", "1").output
    assert "202" not in run("requests", "--rule", "hapyak.key").output
    archive = json.loads(run("requests", "--har").output)
    assert archive["log"]["version"] == "1.2"
    assert run("requests", "--status", "many").exit_code == 2


def test_the_vendor_that_lacks_is_named_as_it_is_typed(server: Server) -> None:
    """Nobody types a query on a command line."""
    result = CliRunner().invoke(ctl, ["--url", server.control, "plan", "failed"])
    assert result.exit_code == 2
    assert "name the vendor with --vendor;" in result.output


class Agreeable(BaseHTTPRequestHandler):
    """A server that agrees to whatever it is told, as many a stub does."""

    def do_GET(self) -> None:
        """Agree."""
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 - names of the base class

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("arguments", [("clock",), ("jobs",), ("reset",), ("scenario", "hapyak.slow")])
def test_another_server_is_not_taken_for_ours(arguments: tuple[str, ...]) -> None:
    """What was never done must not be told as done."""
    with HTTPServer(("127.0.0.1", 0), Agreeable) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{other.server_port}"
        result = CliRunner().invoke(ctl, ["--url", url, *arguments])
        other.shutdown()
    assert result.exit_code == 1
    assert "what answers is no reportmocks" in result.output
