"""The documented workflow by a client that knows nothing of mocks: plain `requests`, over a real socket."""

import csv
import gzip
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from reportcontracts.catalogue import load_catalogue
from support.serving import Server, running_server

DAY = ("2020-01-08", "2020-01-09")


@dataclass
class Client:
    """What a user writes after reading the vendor's page, the base address apart."""

    base: str
    session: requests.Session
    pause: float

    def sign_in(self) -> None:
        """Get a token as public clients do: everything in the query, no body."""
        answer = requests.post(
            f"{self.base}/oauth2/access_token",
            params={
                "grant_type": "client_credentials",
                "client_id": "my-client",
                "client_secret": "my-secret",
            },
            timeout=10,
        )
        answer.raise_for_status()
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def call(self, method: str, path: str, **options: Any) -> Any:
        """One call of the reporting API."""
        url = f"{self.base}/public/api/v1/reporting{path}"
        answer = self.session.request(method, url, timeout=10, **options)
        answer.raise_for_status()
        return answer.json()

    def report(self, name: str, start: str, end: str) -> list[dict[str, str]]:
        """Submit for a range, poll, download from the signed link, gunzip, and read."""
        body = {
            "parameters": {"start": start, "end": end},
            "output": {"compression": True, "delimiter": "|"},
        }
        request_id = self.call("POST", f"/requests/{name}", json=body)["requestId"]
        while (request := self.call("GET", f"/requests/{request_id}"))["status"] == "Pending":
            time.sleep(self.pause)
        assert request["status"] == "Available"
        (link,) = request["signedAssets"]
        download = requests.get(link, timeout=10)
        download.raise_for_status()
        text = gzip.decompress(download.content).decode("utf-8")
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter="|"))


PATHS = ("/echo360/public/api/v1/reporting/requests/", "/_storage/echo360/")
"""What the log's lines of a poll and of a download name."""

OPTIONS = {"real": ("--report-time", "300ms"), "auto": ("--clock", "auto", "--report-time", "2h")}


@pytest.fixture(scope="module", params=OPTIONS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server as a user starts it: on the real clock with a short report, or on one that jumps."""
    with running_server("echo360", *OPTIONS[request.param]) as server:
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """The user's client, signed in."""
    with requests.Session() as session:
        client = Client(server.url("echo360"), session, pause=0.1)
        client.sign_in()
        yield client


def test_the_documented_walk_through(client: Client) -> None:
    """Token, list, a day with pipes, poll, signed link, gunzip, csv: as the page tells it."""
    reports = client.call("GET", "/reports")["reports"]
    assert "presentation" in {report["name"] for report in reports}
    started = time.monotonic()
    rows = client.report("presentation", *DAY)
    assert time.monotonic() - started < 10
    assert rows
    assert tuple(rows[0]) == load_catalogue("echo360").report("presentation").column_names
    assert all(row["event_timestamp"].startswith(DAY[0]) for row in rows)
    assert all(int(row["slide_count"]) > 0 for row in rows)
    assert client.call("GET", "/requests")["requests"][0]["status"] == "Available"


def test_a_link_is_fetched_without_the_session(client: Client) -> None:
    """echo360.storage-authorization: with the session's own header the storage refuses it."""
    body = {"parameters": {"start": DAY[0], "end": DAY[1]}}
    request_id = client.call("POST", "/requests/notes", json=body)["requestId"]
    while "signedAssets" not in (request := client.call("GET", f"/request/{request_id}")):
        time.sleep(client.pause)
    (link,) = request["signedAssets"]
    assert client.session.get(link, timeout=10).status_code == 400
    assert requests.get(link, timeout=10).status_code == 200


def test_the_log_names_the_rules_and_hides_the_secrets(client: Client, server: Server) -> None:
    """echo360.pending, echo360.available: one line a request, with its vendor, sandbox, job and rule."""
    client.report("qanda", *DAY)
    found: dict[str, str] = {}
    for _ in range(200):  # the line of a download is written when it has ended
        found = {path: line for line in server.stderr for path in PATHS if f" my-client GET {path}" in line}
        if len(found) == len(PATHS):
            break
        time.sleep(0.05)
    assert "rule=echo360.available" in found[PATHS[0]]
    assert all(
        " echo360 my-client " in line and " 200 " in line and "job=" in line for line in found.values()
    )
    token = str(client.session.headers["Authorization"]).removeprefix("Bearer ")
    told = "\n".join(server.stderr)
    assert "my-secret" not in told
    assert token not in told
