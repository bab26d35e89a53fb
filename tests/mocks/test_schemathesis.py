"""Schemathesis, which others wrote, against every API: what it sends follows our OpenAPI documents.

A few examples for each call. For many, and every phase:
`SCHEMATHESIS_EXAMPLES=100 scripts/test tests/mocks/test_schemathesis.py`.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from reportcontracts.names import OWNERS
from support.serving import Server, running_server

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES")
PATIENCE = 600.0 if EXAMPLES is None else 7200.0

EXCLUDED = {
    "ignored_auth": "any credential is good here that does not begin with invalid",
    "positive_data_acceptance": "how two values fit, such as start and end, is more than a schema says",
}
"""Checks that are left out everywhere, with why."""

MORE_EXCLUDED = {
    "brightcove": {"missing_required_header": "OAuth refuses a client with 400"},
    "echo360": {
        "missing_required_header": "client id and secret may also be in the form",
        "allow_header_conformance": "reports to submit and requests to look at share their path",
    },
    "saferme": {"negative_data_rejection": "unknown headers are ignored"},
    "khoros": {"negative_data_rejection": "what is in the query and in the form counts as in the query"},
}
"""Those that are left out for one API besides."""

FULL = ("hapyak", "echo360")
"""APIs with few enough calls and parameters to go through all their boundary values in seconds."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server without limits, that answers other methods as it would be usual."""
    with running_server(
        "--limits", "off", "--size", "tiny", "--clock", "auto", "--rule", "saferme.method.status=405"
    ) as running:
        yield running


def authorization(server: Server, owner: str) -> list[str]:
    """What a client of the API sends to be let in."""
    if owner == "hapyak":
        return ["-H", "X-Hapyak-API-Key: fuzzed"]
    if owner in ("echo360", "brightcove"):
        path = {"echo360": "oauth2/access_token", "brightcove": "v4/access_token"}[owner]
        answer = httpx.post(
            f"{server.url(owner)}/{path}",
            data={"grant_type": "client_credentials"},
            auth=("fuzzed", "my-secret"),
            timeout=PATIENCE,
        )
        return ["-H", f"Authorization: Bearer {answer.json()['access_token']}"]
    words = {"saferme": "Token token=fuzzed", "khoros": "Basic YTpi"}
    return ["-H", f"Authorization: {words[owner]}"] if owner in words else []


@pytest.mark.parametrize("owner", OWNERS)
def test_nothing_is_answered_that_is_not_documented(server: Server, owner: str, tmp_path: Path) -> None:
    """No failure of the server, and no status, header, type or body that the document does not have."""
    address = server.control if owner == "control" else server.url(owner)
    phases = "coverage,fuzzing" if owner in FULL or EXAMPLES else "fuzzing"
    excluded = ",".join((*EXCLUDED, *MORE_EXCLUDED.get(owner, ())))
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json"]
    command += ["--checks", "all", "--exclude-checks", excluded, "--phases", phases, "--seed", "1"]
    command += ["--max-examples", EXAMPLES or "3", "--generation-database", "none", "--no-color"]
    done = subprocess.run(  # noqa: S603 - our own
        command + authorization(server, owner),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    assert " passed" in done.stdout
