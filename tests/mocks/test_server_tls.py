"""`reportmocks serve --tls`, with a certificate made for it and with one that is given."""

import gzip
import json
import signal
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from reportmocks.certificates import make_authority
from support.serving import PATIENCE, Server, refused_start, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over TLS, with a certificate of its own making."""
    ready = tmp_path_factory.mktemp("tls") / "ready"
    options = (
        "--tls",
        "--size",
        "tiny",
        "--clock",
        "auto",
        "--now",
        "2026-03-04",
        "--ready-file",
        str(ready),
    )
    with running_server(*options) as server:
        assert json.loads(ready.read_text())["ca"] == server.addresses["ca"]
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client that trusts what the READY line names."""
    context = ssl.create_default_context(cafile=server.addresses["ca"])
    with httpx.Client(verify=context, timeout=PATIENCE) as client:
        yield client


def test_addresses_begin_with_https(server: Server, client: httpx.Client) -> None:
    """All of them, and they answer."""
    ca = server.addresses["ca"]
    assert all(url.startswith("https://127.0.0.1:") for url in server.addresses.values() if url != ca)
    assert client.get(f"{server.control}/health").json()["status"] == "ok"


def test_the_banner_can_be_pasted(server: Server) -> None:
    """Curl needs to be told whom to trust."""
    lines = [line for line in server.stdout if "curl" in line]
    assert lines
    assert all(f"curl --cacert {server.addresses['ca']} " in line for line in lines)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "hapyak.localhost", "www.hapyak.com"])
def test_the_certificate_has_every_name(server: Server, host: str) -> None:
    """Whichever way a client has here."""
    context = ssl.create_default_context(cafile=server.addresses["ca"])
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # the oldest that there is
    with server.connect() as plain, context.wrap_socket(plain, server_hostname=host) as secured:
        assert secured.version() == "TLSv1.2"


def test_signed_links_are_secure_too(server: Server, client: httpx.Client) -> None:
    """The whole way of a report; the storage's name is in the certificate as well."""
    base = server.url("echo360")
    given = {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}
    token = client.post(f"{base}/oauth2/access_token", data=given).json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    api = f"{base}/public/api/v1/reporting/requests"
    range_ = {"parameters": {"start": "2026-03-01", "end": "2026-03-02"}}
    number = client.post(f"{api}/videoview", json=range_).json()["requestId"]
    client.get(f"{api}/{number}")
    (link,) = client.get(f"{api}/{number}").json()["signedAssets"]
    assert link.startswith("https://localhost:")
    del client.headers["Authorization"]
    assert gzip.decompress(client.get(link).content)


def test_plain_http_is_not_spoken(server: Server) -> None:
    """A client that forgot the `s` hears nothing, and the server lives on."""
    assert b"HTTP/1.1 200" not in server.get("/_mock/health")
    assert server.process.poll() is None


def test_behind_the_relay_failed_handshakes_leave_nothing() -> None:
    """A client that does not trust the certificate is common, and no reason to end with an error."""
    with running_server("--tls", "--faults", "on", "hapyak") as server:
        assert b"HTTP/1.1 200" not in server.get("/_mock/health")
        with server.connect() as plain, pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
        context = ssl.create_default_context(cafile=server.addresses["ca"])
        assert httpx.get(f"{server.control}/health", verify=context).status_code == 200
        assert server.stop() == 0
    assert not any("Traceback" in line for line in server.stderr)


def test_the_files_end_with_the_server() -> None:
    """A key that nobody needs any more lies nowhere."""
    with running_server("--tls", "hapyak") as server:
        folder = Path(server.addresses["ca"]).parent
        assert {path.name for path in folder.iterdir()} == {"ca.pem", "cert.pem", "key.pem"}
        assert folder.stat().st_mode & 0o077 == 0
        assert server.stop() == 0
    assert not folder.exists()


@pytest.fixture
def given(tmp_path: Path) -> tuple[str, str, str]:
    """Certificate, key, and a key that is another's."""
    authority, other = make_authority(["127.0.0.1"]), make_authority(["127.0.0.1"])
    paths = tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "other.pem"
    paths[0].write_bytes(b"".join(pem.bytes() for pem in authority.leaf.cert_chain_pems))
    paths[1].write_bytes(authority.leaf.private_key_pem.bytes())
    paths[2].write_bytes(other.leaf.private_key_pem.bytes())
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    return str(paths[0]), str(paths[1]), str(paths[2])


def test_a_given_certificate_is_used(given: tuple[str, str, str], tmp_path: Path) -> None:
    """Without `--tls`: what else would it be for."""
    with running_server("--tls-cert", given[0], "--tls-key", given[1], "hapyak") as server:
        assert "ca" not in server.addresses
        context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        assert httpx.get(f"{server.control}/ready", verify=context, timeout=PATIENCE).status_code == 200


def test_certificates_that_cannot_be_used_are_told_in_one_line(given: tuple[str, str, str]) -> None:
    """Before anything listens."""
    chain, _, other = given
    for arguments, line in (
        (("--tls-cert", chain), "--tls-cert: needs --tls-key as well"),
        (("--tls-key", other), "--tls-key: needs --tls-cert as well"),
        (
            ("--tls-cert", chain, "--tls-key", other),
            "not a certificate and its key, without a password (KEY_VALUES_MISMATCH)",
        ),
        (("--tls-cert", other, "--tls-key", other), "not a certificate and its key"),
        (("--tls-cert", "/none", "--tls-key", other), "there is no file '/none'"),
    ):
        refused = refused_start("--port", "0", *arguments)
        assert refused.wait() == 2
        (only,) = refused.stderr
        assert line in only


def test_a_second_signal_leaves_no_key_behind(tmp_path: Path) -> None:
    """As `timeout` and an impatient Ctrl-C send it: the end waits for nobody, and tidies up all the same."""
    with running_server("--tls", "hapyak", env={"TMPDIR": str(tmp_path)}) as server:
        assert list(tmp_path.iterdir())
        while server.process.poll() is None:
            server.process.send_signal(signal.SIGTERM)
        assert server.process.returncode == 0
    assert not list(tmp_path.iterdir())


def test_nothing_is_sent_that_nobody_asked_for() -> None:
    """A ticket for another session looks like the beginning of an answer."""
    ours, theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
    authority = make_authority(["localhost"])
    context = ssl.create_default_context(cadata=authority.pem.decode())
    server = authority.server_context().wrap_bio(ours, theirs, server_side=True)
    client = context.wrap_bio(theirs, ours, server_hostname="localhost")
    for side in (client, server, client, server):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    assert client.version() == "TLSv1.3"
    assert theirs.pending == 0
