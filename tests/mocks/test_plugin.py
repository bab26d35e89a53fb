"""The pytest plugin as a client project's tests meet it."""

import json
import sys

import pytest

from reportmocks.testing import ServerProcess
from support.plugin import run
from support.serving import clean_environment


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No run inherits what configures this one."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"):
        monkeypatch.delenv(name, raising=False)


def test_every_vendor_has_a_fixture(pytester: pytest.Pytester) -> None:
    """One name for each, an address that answers, and credentials that are let in."""
    code = """
        import json, urllib.request, pytest

        @pytest.mark.parametrize("vendor", ["hapyak", "brightcove", "echo360", "saferme", "khoros"])
        def test_it(vendor, request):
            mock = request.getfixturevalue(f"{vendor}_mock")
            assert mock.vendor == vendor
            assert mock.url.endswith(f"/{vendor}")
            assert mock.name in mock.credentials.values()
            assert mock.environ[f"{vendor.upper()}_BASE_URL"] == mock.url
            assert mock.clock.mode == "auto"
    """
    run(pytester, code).assert_outcomes(passed=5)


def test_a_report_is_finished_at_the_second_poll(pytester: pytest.Pytester) -> None:
    """The clock is `auto`: a report of hours is there in milliseconds, with an unmodified client."""
    code = """
        import json, urllib.request

        def fetch(mock):
            query = "send_status=true&format=json&start=2026-01-01&end=2026-01-07"
            url = f"{mock.url}/api/reports/v2/project_stream_raw?{query}"
            key = {"X-Hapyak-API-Key": mock.credentials["api_key"]}
            with urllib.request.urlopen(urllib.request.Request(url, headers=key)) as answer:
                return answer.status, answer.read()

        def test_it(hapyak_mock):
            hapyak_mock.plan(time="2h")
            before = hapyak_mock.clock.now
            assert fetch(hapyak_mock)[0] == 202
            status, body = fetch(hapyak_mock)
            assert status == 200
            assert json.loads(body) == hapyak_mock.expected("project_stream_raw", "2026-01-01", "2026-01-07")
            assert (hapyak_mock.clock.now - before).total_seconds() >= 7200
            assert [job["report"] for job in hapyak_mock.jobs] == ["project_stream_raw"]
            assert [entry["status"] for entry in hapyak_mock.requests] == [202, 200]
    """
    run(pytester, code, "--reportmocks-now", "2026-03-04").assert_outcomes(passed=1)


def test_each_test_has_a_sandbox_of_its_own(pytester: pytest.Pytester) -> None:
    """Limits, rules, clocks and rows of one test are not the next one's, in whatever order."""
    code = """
        import pytest

        @pytest.mark.parametrize("number", range(3))
        def test_it(hapyak_mock, number):
            assert hapyak_mock.limits["row-cap"]["value"] == 500000
            hapyak_mock.limits["row-cap"] = 7 + number
            assert hapyak_mock.limits["hapyak.row-cap"]["value"] == 7 + number
            hapyak_mock.rules["retry-after.enabled"] = False
            assert hapyak_mock.rules["hapyak.retry-after"]["enabled"] is False
            assert hapyak_mock.requests == hapyak_mock.violations == []
            now = hapyak_mock.clock.now
            hapyak_mock.clock.freeze()
            hapyak_mock.clock.advance(days=15)
            assert 15 <= (hapyak_mock.clock.now - now).days < 16
            hapyak_mock.reset()
            assert hapyak_mock.limits["row-cap"]["value"] == 500000
    """
    run(pytester, code).assert_outcomes(passed=3)


def test_tests_in_parallel_have_servers_of_their_own(pytester: pytest.Pytester) -> None:
    """One for each worker, and none is left behind."""
    code = """
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_it(echo360_mock, number):
            print("ADDRESS", echo360_mock.url)
            assert echo360_mock.jobs == []
    """
    result = run(pytester, code, "-n", "2", "-rP")
    result.assert_outcomes(passed=4)
    assert len({line for line in result.outlines if line.startswith("ADDRESS")}) <= 2


def test_a_failure_shows_what_was_asked(pytester: pytest.Pytester) -> None:
    """The journal stands beside the traceback, secrets hidden."""
    code = """
        import urllib.error, urllib.request

        def test_it(saferme_mock):
            url = f"{saferme_mock.url}/api/v4/analytics/reports_over_time?access_token=x"
            try:
                urllib.request.urlopen(f"{url}&secret=abc")
            except urllib.error.HTTPError as error:
                error.close()
            token = {"Authorization": f"Token token={saferme_mock.credentials['access_token']}"}
            try:
                urllib.request.urlopen(urllib.request.Request(url, headers=token))
            except urllib.error.HTTPError as error:
                error.close()
            assert False, "as it should"
    """
    result = run(pytester, code)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*requests to saferme*", "*GET /saferme/api/v4/analytics/reports_over_time*"]
    )


def test_a_marker_sets_the_stage(pytester: pytest.Pytester) -> None:
    """Seed, clock, limits and rules, of every mock or of one vendor's; the nearest marker wins."""
    code = """
        import pytest
        pytestmark = pytest.mark.report_mock(seed=7, limits={"rate-minute": 3}, size="tiny")

        @pytest.mark.report_mock("hapyak", clock="frozen", rules={"retry-after.enabled": False})
        @pytest.mark.report_mock("echo360", seed=9)
        def test_it(hapyak_mock, echo360_mock):
            assert hapyak_mock.clock.mode == "frozen"
            assert echo360_mock.clock.mode == "auto"
            assert hapyak_mock.call("GET", "world")["seed"] == 7
            assert echo360_mock.call("GET", "world")["seed"] == 9
            assert hapyak_mock.limits["rate-minute"]["value"] == 3
            assert hapyak_mock.rules["retry-after.enabled"] is False
    """
    run(pytester, code).assert_outcomes(passed=1)


def test_rows_of_the_users_own(pytester: pytest.Pytester) -> None:
    """What is pinned is what is expected."""
    code = """
        def test_it(hapyak_mock):
            row = {"session_start_time": "2026-03-01 10:00:00", "play_session": "abc", "user_id": "7",
                   "username": "Ann", "annotation_id": 5, "poll_type": "poll", "prompt": "Why?",
                   "response": "a", "project_id": 3}
            hapyak_mock.data("poll_widget_detail", [row])
            (found,) = hapyak_mock.expected("poll_widget_detail", "2026-03-01", "2026-03-02")
            assert found["username"] == "Ann"
            hapyak_mock.world(seed=4)
    """
    run(pytester, code, "--reportmocks-now", "2026-03-04").assert_outcomes(passed=1)


def test_requests_are_asserted(pytester: pytest.Pytester) -> None:
    """What holds passes; what does not fails with what came nearest, and with all that came."""
    code = """
        import urllib.error, urllib.request, pytest

        def ask(mock, report):
            query = "send_status=true"
            url = f"{mock.url}/api/reports/v2/{report}?{query}"
            key = {"X-Hapyak-API-Key": mock.credentials["api_key"]}
            try:
                urllib.request.urlopen(urllib.request.Request(url, headers=key)).close()
            except urllib.error.HTTPError as error:
                error.close()

        def test_it(hapyak_mock):
            ask(hapyak_mock, "project_stream_raw")
            ask(hapyak_mock, "no_such_report")
            hapyak_mock.assert_requested(status=202, exactly=1)
            hapyak_mock.assert_requested(method="GET", at_least=2, at_most=2, apart="1ms")
            hapyak_mock.assert_not_requested(rule="hapyak.rate-minute")
            hapyak_mock.assert_requested_in_order({"status": 202}, {"status": 404})
            with pytest.raises(AssertionError, match="nearest is request"):
                hapyak_mock.assert_requested(status=404, method="POST")
            with pytest.raises(Exception, match="verb"):
                hapyak_mock.assert_requested(verb="GET")
            hapyak_mock.assert_not_requested(status=404)
    """
    result = run(pytester, code)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*1 request is of that kind, not*", "*no_such_report*404*unknown-report*"])


def test_a_connection_can_break(pytester: pytest.Pytester) -> None:
    """The server that is started has the relay that it takes, and scenarios are one line."""
    code = """
        import http.client, urllib.parse, pytest

        def ask(mock):
            at = urllib.parse.urlsplit(mock.url)
            connection = http.client.HTTPConnection(at.hostname, at.port)
            path = f"{at.path}/api/reports/v2/project_stream_raw?send_status=true"
            try:
                connection.request("GET", path, headers={"X-Hapyak-API-Key": mock.credentials["api_key"]})
                return connection.getresponse().status
            finally:
                connection.close()

        def test_it(hapyak_mock):
            hapyak_mock.fault("reset", when="after", times=1)
            with pytest.raises((ConnectionError, http.client.HTTPException)):
                ask(hapyak_mock)
            assert len(hapyak_mock.jobs) == 1

        def test_scenario(hapyak_mock):
            hapyak_mock.scenario("minute-limit")
            assert ask(hapyak_mock) == 429

        @pytest.mark.report_mock(scenario="minute-limit")
        def test_marked(hapyak_mock):
            assert ask(hapyak_mock) == 429
    """
    run(pytester, code).assert_outcomes(passed=3)


def test_clients_are_judged_at_the_same_server(pytester: pytest.Pytester) -> None:
    """The kit's classes find the server by the plugin's fixture."""
    code = """
        import pytest
        from reportcontracts.kit import SafermeClientTests

        class TestMine(SafermeClientTests):
            only = ["saferme.refused"]
            @pytest.fixture
            def client(self):
                def make(target):
                    def fetch(report, start, end, **options):
                        raise PermissionError(f"no access to {report}")
                    return fetch
                return make
    """
    result = run(pytester, code, "-q")
    assert "fixture 'reportmocks_url' not found" not in result.stdout.str()
    assert result.parseoutcomes().get("errors", 0) == 0


def test_options_may_stand_in_the_ini_file(pytester: pytest.Pytester) -> None:
    """Whatever `serve` takes can be set for a project; the command line wins."""
    pytester.makeini("""
        [pytest]
        reportmocks_clock = frozen
        reportmocks_now = 2026-01-31
        reportmocks_options =
            limits=off
            report-time=7s
    """)
    code = """
        def test_it(echo360_mock):
            assert echo360_mock.clock.mode == "frozen"
            assert echo360_mock.clock.now.isoformat() == "2026-02-01T00:00:00+00:00"
            assert not echo360_mock.limits["in-flight"]["enabled"]
    """
    run(pytester, code, "--reportmocks-now", "2026-02-01").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--reportmocks-clock", "fast"), "'fast' is not one of real, frozen, auto"),
        (("--reportmocks-option", "limits"), "write NAME=VALUE"),
        (("--reportmocks-option", "no-such=1"), "no-such"),
        (("--reportmocks-option", "tls=maybe"), "tls: 'maybe' is neither on nor off"),
        (("--reportmocks-url", "http://127.0.0.1:9"), "no mock answers"),
    ],
)
def test_a_server_that_does_not_start_says_why(
    pytester: pytest.Pytester, arguments: tuple[str, ...], told: str
) -> None:
    """In the words of `serve`, and not as a time-out."""
    result = run(pytester, "def test_it(echo360_mock): pass", *arguments)
    assert result.ret != 0
    assert told in result.stdout.str() + result.stderr.str()


def test_a_running_server_can_be_used(pytester: pytest.Pytester) -> None:
    """One in a container, say: its sandboxes are put on the clock that tests want."""
    code = """
        def test_it(khoros_mock):
            assert khoros_mock.clock.mode == "auto"
            print("ADDRESS", khoros_mock.url)
    """
    with ServerProcess.start("--size", "tiny", "--clock", "real") as server:
        origin = server.control.removesuffix("/_mock")
        result = run(pytester, code, "--reportmocks-url", origin, "-rP")
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines([f"ADDRESS {origin}/khoros"])


def test_the_sandbox_of_a_test_that_passed_is_let_go(pytester: pytest.Pytester) -> None:
    """At its end, whatever the test has patched; that of a failed one can still be looked into."""
    code = """
        import http.client, socket

        def boom(*_given):
            raise RuntimeError("patched")

        def test_passed(monkeypatch, hapyak_mock):
            hapyak_mock.call("POST", "clock", {"mode": "frozen"})
            monkeypatch.setattr(http.client.HTTPConnection, "request", boom)
            monkeypatch.setattr(socket, "socket", boom)

        def test_failed(hapyak_mock):
            hapyak_mock.call("POST", "clock", {"mode": "frozen"})
            assert False

        def test_last(reportmocks_session, echo360_mock):
            there = reportmocks_session.remote.call("GET", "sandboxes", {"vendor": "hapyak"})
            assert [row["sandbox"][:11] for row in there] == ["test-failed"]
    """
    run(pytester, code).assert_outcomes(passed=2, failed=1)


def test_a_run_without_its_fixtures_imports_nothing_of_ours(pytester: pytest.Pytester) -> None:
    """The plugin is in every project that has it installed, and costs those nothing that do not use it."""
    code = """
        import sys

        def test_it():
            ours = {name for name in sys.modules if name.startswith(("report", "flask", "click"))}
            assert ours <= {"reportmocks", "reportmocks.pytest_plugin"}
    """
    run(pytester, code).assert_outcomes(passed=1)


def test_what_a_test_patches_does_not_reach_the_server(pytester: pytest.Pytester) -> None:
    """It is another process: neither its clock nor its sockets are this one's."""
    code = """
        import http.client, time

        def test_it(echo360_mock, monkeypatch):
            monkeypatch.setattr(time, "time", lambda: 0.0)
            monkeypatch.setattr(time, "time_ns", lambda: 0)
            monkeypatch.setattr(http.client, "HTTPConnection", None)  # as vcrpy does
            assert echo360_mock.clock.now.year > 2020
    """
    run(pytester, code).assert_outcomes(passed=1)


def test_a_server_ends_with_the_process_that_started_it() -> None:
    """Also where that process is killed: nobody finds servers of yesterday's tests."""
    code = (
        "import os, json\nfrom reportmocks.testing import ServerProcess\n"
        "print(ServerProcess.start('--size', 'tiny').control, flush=True)\nos._exit(9)"
    )
    import http.client  # noqa: PLC0415
    import subprocess  # noqa: PLC0415
    from urllib.parse import urlsplit  # noqa: PLC0415

    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", code], env=clean_environment(), capture_output=True, text=True, check=False
    )
    address = urlsplit(done.stdout.strip())
    assert address.port
    for _ in range(1000):
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
        try:
            connection.request("GET", "/_mock/ready")
            json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()
    raise AssertionError("the server still answers")


def test_an_answer_can_be_lost(pytester: pytest.Pytester) -> None:
    """The relay that breaks connections is always there; the journal is held against what was expected."""
    code = """
        import urllib.request, pytest

        def test_it(hapyak_mock):
            hapyak_mock.fault("reset", when="after", times=1)
            url = f"{hapyak_mock.url}/api/reports/v2/user_stream_raw?send_status=true"
            key = {"X-Hapyak-API-Key": hapyak_mock.credentials["api_key"]}
            with pytest.raises(ConnectionResetError):
                urllib.request.urlopen(urllib.request.Request(url, headers=key))
            assert len(hapyak_mock.jobs) == 1
            hapyak_mock.call("POST", "requests/assert", {"request": {"fault": "reset"}, "exactly": 1})
    """
    run(pytester, code).assert_outcomes(passed=1)
