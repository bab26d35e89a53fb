"""What a client's environment becomes, and which hosts are whose."""

import os
import ssl
from pathlib import Path

import pytest

from reportmocks.certificates import make_authority, system_bundle
from reportmocks.interception.environment import Files, client_environment, write_files
from reportmocks.interception.hosts import Hosts, hosts_of

HOSTS = Hosts(frozenset(["api.vendor.example"]), "storage.example", ("*.friends.example", "db"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The files of a run, with a system's bundle of one line."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "system.pem").write_text("theirs\n")
    names = {"SSL_CERT_FILE": str(folder / "system.pem")}
    return write_files(folder, make_authority(HOSTS.ours), names)


def test_proxies_are_set_in_both_cases_and_nothing_is_exempt(files: Files) -> None:
    """A vendor in the user's own NO_PROXY would be the real one."""
    before = {"no_proxy": "www.hapyak.com", "https_proxy": "http://corporate", "HOME": "/h"}
    environ = client_environment(before, 1234, files, HOSTS, "http://127.0.0.1:1/_mock")
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        assert environ[name] == environ[name.lower()] == "http://127.0.0.1:1234"
    assert environ["NO_PROXY"] == environ["no_proxy"] == "localhost,127.0.0.1,::1"
    assert environ["HOME"] == "/h"


def test_the_bundle_has_the_systems_authorities_and_ours(files: Files) -> None:
    """A host that is let through is checked as always."""
    environ = client_environment({}, 1234, files, HOSTS, "")
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        assert environ[name] == str(files.bundle)
    assert files.bundle.read_text().startswith("theirs\n-----BEGIN CERTIFICATE")
    assert environ["NODE_EXTRA_CA_CERTS"] == str(files.authority)
    assert ssl.create_default_context(cafile=files.authority).get_ca_certs()


def test_what_a_user_has_set_stays_beside_ours(files: Files) -> None:
    """Options of Node, Java and Python are added to."""
    before = {"NODE_OPTIONS": "--trace-warnings", "JAVA_TOOL_OPTIONS": "-Xmx1g", "PYTHONPATH": "/mine"}
    environ = client_environment(before, 1234, files, HOSTS, "")
    assert environ["NODE_OPTIONS"].startswith('--trace-warnings --require "')
    assert environ["JAVA_TOOL_OPTIONS"].startswith("-Xmx1g -D")
    ours, mine = environ["PYTHONPATH"].split(os.pathsep)
    assert mine == "/mine"
    assert (Path(ours) / "sitecustomize.py").is_file()


def test_no_private_key_is_on_disk(files: Files) -> None:
    """Whoever finds the files later can pretend to be nobody."""
    for path in files.bundle.parent.iterdir():
        assert b"PRIVATE" not in path.read_bytes()


def test_a_system_without_a_bundle_has_an_empty_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Then ours alone is trusted."""
    nowhere = str(tmp_path / "none")
    monkeypatch.setattr("reportmocks.certificates._USUAL", (nowhere,))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: ssl.DefaultVerifyPaths(*[None] * 6))
    assert system_bundle({"SSL_CERT_FILE": nowhere}) == b""


@pytest.mark.parametrize(
    ("host", "way"),
    [
        ("api.vendor.example", "mock"),
        ("API.Vendor.Example.", "mock"),
        ("storage.example", "mock"),
        ("a.friends.example", "through"),
        ("db", "through"),
        ("friends.example", "refused"),
        ("127.0.0.1", "through"),
        ("[::1]", "through"),
        ("localhost", "through"),
        ("sub.api.vendor.example", "refused"),
        ("10.0.0.1", "refused"),
    ],
)
def test_every_host_has_one_way(host: str, way: str) -> None:
    """The mocks', let through, or refused."""
    assert HOSTS.way(host) == way


def test_a_pattern_never_lets_a_vendor_through() -> None:
    """Whatever was allowed."""
    hosts = Hosts(hosts_of(["hapyak"]), "", ("*",))
    assert hosts.way("www.hapyak.com") == "mock"
    assert hosts.way("echo360.org") == "refused"
    assert hosts.way("other.example") == "through"
