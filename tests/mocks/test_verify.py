"""`reportmocks verify`: our own mocks keep their contracts, and one that does not is told so."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reportcontracts.catalogue import load_catalogue
from reportcontracts.kit.verify import Server as ServerUnderTest
from reportcontracts.kit.verify import Word, checks_of, is_real
from reportcontracts.kit.verify import verify as made
from reportcontracts.names import VENDORS
from reportcontracts.rules import Kind, load_rulebook
from support.serving import PATIENCE, Server, clean_environment, running_server

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server as its user starts it."""
    with running_server("--size", "tiny") as running:
        yield running


def verify(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run the command."""
    return subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "reportmocks", "verify", *arguments],
        env=clean_environment(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE * 3,
    )


@pytest.mark.parametrize("vendor", VENDORS)
def test_our_own_mock_passes_completely(server: Server, vendor: str) -> None:
    """No rule differs, and none is left out: time is moved by the control API that answers beside it."""
    done = verify(vendor, "--base-url", server.url(vendor))
    assert done.returncode == 0, done.stdout + done.stderr
    rules = len({check.rule for check in checks_of(vendor)})
    assert done.stdout.splitlines()[-1] == f"{rules} rules: {rules} agrees, 0 differs, 0 not exercised"
    there = server.get(f"/_mock/sandboxes?vendor={vendor}")
    assert b"verify-" not in there, "every check lets go of its sandboxes"


@pytest.mark.parametrize("vendor", VENDORS)
def test_checks_stand_on_rules(vendor: str) -> None:
    """Each is of a rule that there is, and the limits that are documented have one."""
    rulebook, checked = load_rulebook(vendor), {check.rule for check in checks_of(vendor)}
    assert checked <= set(rulebook)
    limits = {its.id for its in rulebook.values() if its.kind is Kind.LIMIT and its.evidence == "documented"}
    assert limits - checked <= {f"{vendor}.action-cap"}


def broken(server: Server, vendor: str, rule: str, **fields: object) -> None:
    """Have all new sandboxes of a vendor go by another value of a rule."""
    body = json.dumps(fields).encode()
    head = f"PUT /_mock/rules/{vendor}.{rule} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    answer = server.ask(head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert b" 200 " in answer.split(b"\r\n")[0], answer


@pytest.mark.parametrize(
    ("vendor", "rule", "fields"),
    [
        ("hapyak", "cache-life", {"value": 86_399}),
        ("hapyak", "rate-day", {"value": 101}),
        ("echo360", "rate-minute", {"value": 121}),
        ("brightcove", "token-life", {"value": 600}),
        ("echo360", "in-flight", {"value": 4}),
        ("echo360", "range", {"value": 8}),
        ("khoros", "download-life", {"value": 25}),
        ("khoros", "storage-authorization", {"enabled": False}),
    ],
)
def test_a_server_that_differs_is_told_by_the_rule(
    vendor: str, rule: str, fields: dict[str, object], tmp_path: Path
) -> None:
    """Documented, seen and differing, for people and as JSON and JUnit; exit code 1."""
    report, cases = tmp_path / "drift.json", tmp_path / "junit.xml"
    with running_server("--size", "tiny", vendor) as other:
        broken(other, vendor, rule, **fields)
        done = verify(vendor, "--base-url", other.url(vendor), "--json", str(report), "--junit", str(cases))
    assert done.returncode == 1, done.stdout + done.stderr
    told = json.loads(report.read_text())
    assert told["rules"][f"{vendor}.{rule}"] == "differs"
    assert load_rulebook(vendor)[f"{vendor}.{rule}"].statement in done.stdout
    failed = ET.parse(cases).findall(".//testcase[failure]")  # noqa: S314 - it is ours
    assert f"{vendor}.{rule}" in {case.get("classname") for case in failed}


def test_without_a_control_api_what_needs_one_is_not_exercised(server: Server) -> None:
    """A server that is no mock of ours is asked little, and told how little."""
    its = ServerUnderTest(vendor="echo360", base_url=server.url("echo360"))
    findings = list(made(its, checks_of("echo360"), name="alone", budget=0))
    words = {finding.rule: finding.word for finding in findings}
    assert words["echo360.token-answer"] is Word.AGREES
    assert words["echo360.range"] is words["echo360.in-flight"] is Word.NOT_EXERCISED
    told = {finding.rule: finding.seen for finding in findings}
    assert "budget" in told["echo360.range"]
    assert "control API" in told["echo360.in-flight"]
    assert Word.DIFFERS not in words.values()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_real_service_is_asked_only_on_purpose(vendor: str) -> None:
    """Nobody spends a quota by a slip; nothing is sent before that is said."""
    for host in load_catalogue(vendor).api.hosts:
        assert is_real(vendor, f"https://{host}/")
        assert is_real(vendor, f"https://{host.upper()}.:443/x")
        done = verify(vendor, "--base-url", f"https://{host}")
        assert done.returncode == 2
        assert "--yes-this-is-the-real-service" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("echo361", "--base-url", NOBODY), "echo361"),
        (("echo360",), "--base-url"),
        (("echo360", "--base-url", NOBODY), "does not answer"),
        (("echo360", "--base-url", "ftp://x"), "--base-url: 'ftp://x' is not the address of a server"),
        (("echo360", "--base-url", NOBODY, "--only", "no-such"), "no-such"),
        (("echo360", "--base-url", NOBODY, "--control-url", NOBODY), "--control-url"),
        (("echo360", "--base-url", NOBODY, "--control-url", "nonsense"), "--control-url: 'nonsense' is not"),
        (("echo360", "--base-url", NOBODY, "--json", "no/such/file"), "there is no directory 'no/such'"),
        (("echo360", "--base-url", "http://192.0.2.1"), "ECHO360_CLIENT_ID"),
    ],
)
def test_what_cannot_be_asked_is_one_line(arguments: tuple[str, ...], told: str) -> None:
    """And exit code 2: no verdict is not a bad one."""
    done = verify(*arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_secrets_are_not_told(server: Server) -> None:
    """What differs is shown with the calls that show it, and without what they carried."""
    done = verify("khoros", "--base-url", server.url("khoros"), "--json", "-", "--only", "presigned-life")
    told = json.loads(done.stdout)
    assert told["rules"] == {"khoros.presigned-life": "agrees"}
    assert "a-password" not in done.stdout


def test_a_control_api_that_wants_its_token_is_no_verdict() -> None:
    """Nothing could be exercised, and that must not look like success."""
    with running_server("--control-token", "abc", "--size", "tiny", "hapyak") as server:
        done = verify("hapyak", "--base-url", server.url("hapyak"), "--only", "key")
    assert done.returncode == 2
    assert "set REPORTMOCKS_CONTROL_TOKEN" in done.stderr
