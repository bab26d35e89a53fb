"""A control API that wants a token: whom it lets in, and that nothing tells the token."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from reportmocks.ctl import ctl
from support.problems import problem_of
from support.serving import Server, refused_start, running_server

TOKEN = "s3cret-t0ken=="
VARIABLE = "REPORTMOCKS_CONTROL_TOKEN"


@pytest.fixture(scope="module")
def ready_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server says that it is ready."""
    return tmp_path_factory.mktemp("token") / "ready.json"


@pytest.fixture(scope="module")
def server(ready_file: Path) -> Iterator[Server]:
    """A server whose control API wants a token."""
    options = ("--clock", "frozen", "--size", "tiny", "--ready-file", str(ready_file))
    with running_server(*options, env={VARIABLE: TOKEN}) as server:
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client that knows no token."""
    with server.client() as client:
        yield client


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer \xe9",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "clock"), ("POST", "reset"), ("GET", "nonsense"), ("PUT", "clock")]
)
def test_who_does_not_know_the_token_is_told_nothing(
    client: httpx.Client, method: str, path: str, authorization: str | None
) -> None:
    """Not even which paths there are."""
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    answer = client.request(method, f"/_mock/{path}", headers=headers)
    problem_of(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="reportmocks"'
    assert client.head("/_mock/clock").content == b""


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_who_knows_the_token_may_steer(client: httpx.Client, scheme: str) -> None:
    """The scheme's name is of any case (RFC 9110, section 11.1)."""
    answer = client.get("/_mock/clock", headers={"Authorization": f"{scheme} {TOKEN}"})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["health", "ready"])
def test_start_up_scripts_need_no_token(client: httpx.Client, path: str) -> None:
    """Orchestrators ask whether the server is there, and need not be trusted for that."""
    assert client.get(f"/_mock/{path}").status_code == 200


def test_the_mocks_are_as_open_as_ever(client: httpx.Client) -> None:
    """The token is for steering: a vendor's credentials are another thing."""
    address = "/hapyak/api/reports/v2/user_stream_raw?send_status=true"
    assert client.get(address, headers={"X-Hapyak-API-Key": "me"}).status_code == 202


def test_ctl_takes_the_token_by_option_or_environment(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option wins, and without either the refusal says what is missing."""
    monkeypatch.delenv(VARIABLE, raising=False)
    at = ["--url", server.control]
    refused = CliRunner().invoke(ctl, [*at, "clock"])
    assert refused.exit_code == 1
    assert "token" in refused.output
    assert CliRunner().invoke(ctl, [*at, "--control-token", TOKEN, "clock"]).exit_code == 0
    assert CliRunner().invoke(ctl, [*at, "clock"], env={VARIABLE: TOKEN}).exit_code == 0
    wrong = CliRunner().invoke(ctl, [*at, "--control-token", "a b\nc", "clock"], env={VARIABLE: TOKEN})
    assert wrong.exit_code == 2
    assert "a b" not in wrong.output


def test_nothing_tells_the_token(server: Server, client: httpx.Client, ready_file: Path) -> None:
    """Banner, READY line, log, ready file and front page go everywhere."""
    client.get("/_mock/clock", headers={"Authorization": f"Bearer {TOKEN}"})
    said = [*server.stdout, *server.stderr, ready_file.read_text(), client.get("/").text]
    assert TOKEN not in "\n".join(said)


@pytest.mark.parametrize("token", ["two words", "é", 'a"b', "==="])
def test_a_token_that_cannot_be_sent_is_refused_without_being_told(token: str) -> None:
    """It would be a server that nobody can steer."""
    ended = refused_start("--port", "0", "--control-token", token)
    assert ended.process.returncode == 2
    (line,) = ended.stderr
    assert "--control-token" in line
    assert token not in line
