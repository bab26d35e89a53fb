"""The walk-through of the vendor's guide with curl against a real server, as written but for host and key."""

import csv
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from reportcontracts.validation import violations
from support.serving import Server, running_server

FULL: Final = (
    "https://analytics-api.app.lithium.com/api/public/reports/report/conversation"
    "?reportFormat=csv&locale=en_US&companyKey=put_your_company_key_here&startTime=1551441600000&endTime=1556712000000"
)
"""The request of the guide, character by character."""
SUBSET: Final = (
    f"{FULL}&reportMetrics=CONVERSATION_ID&reportMetrics=STATUS&reportMetrics=ASSIGNED_AGENT_DISPLAY_ID"
)
HOST: Final = "https://analytics-api.app.lithium.com"
USER: Final = "analytics@example.com:my-password"

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")


@pytest.fixture(scope="module", params=["prefix", "host"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[Server, str]]:
    """A server as a user starts it, and how it is reached: below its own address, or as the vendor."""
    with running_server("khoros", "--report-time", "300ms") as server:
        yield server, str(request.param)


def curl(server: tuple[Server, str], *arguments: str) -> str:
    """What curl prints; the vendor's host leads to the server where the guide's own address is used."""
    running, way = server
    _, port = running.address
    route = ["--connect-to", f"analytics-api.app.lithium.com:80:127.0.0.1:{port}"] if way == "host" else []
    done = subprocess.run(  # noqa: S603 - as a user would
        ["curl", "--silent", "--show-error", "--max-time", "20", *route, *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def address(server: tuple[Server, str], url: str, key: str) -> str:
    """An address of the guide with another host and key; nothing else is changed."""
    running, way = server
    host = HOST.replace("https", "http") if way == "host" else running.url("khoros")
    return url.replace(HOST, host).replace("put_your_company_key_here", key)


def result(text: str, schema: str) -> Any:
    """The result of an answer, which must be a PASS."""
    body = json.loads(text)
    assert body["status"] == "PASS"
    assert violations("khoros", schema, body) == []
    return body["result"]


def run(server: tuple[Server, str], url: str, method: tuple[str, ...] = ("-X", "POST")) -> str:
    """Run the export, check whether it has finished until it has, and return the `downloadUrl`."""
    status_url = result(curl(server, "-u", USER, *method, url), "submitted")["statusUrl"]
    for _ in range(50):
        told = result(curl(server, "-u", USER, status_url), "status")
        if told["result"]["runnerState"] == "CLOSED" and told["jobInfo"]["downloadUrl"]:
            assert told["result"]["detail"] == "COMPLETED"
            return str(told["jobInfo"]["downloadUrl"])
        assert (told["result"]["detail"], told["jobInfo"]["downloadUrl"]) == ("", "")
        time.sleep(0.3)
    raise AssertionError("the export did not finish")


def saved(server: tuple[Server, str], url: str, path: Path) -> list[list[str]]:
    """Download the file as the vendor's samples do: `curl -L -u ... -o report.csv`."""
    told = curl(server, "-L", "-u", USER, "-o", str(path), "-w", "%{http_code} %{num_redirects}", url)
    assert told == "200 1"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def test_the_walk_through(server: tuple[Server, str], tmp_path: Path, name: str) -> None:
    """khoros.completed: the full export, and then the same with three columns, each to a file on disk."""
    everything = saved(server, run(server, address(server, FULL, name)), tmp_path / "report.csv")
    three = saved(server, run(server, address(server, SUBSET, name)), tmp_path / "subset.csv")
    assert three[0] == ["Conversation ID", "Status", "Assignee ID"]
    assert len(everything[0]) == 17
    assert len(everything) == len(three) > 10
    places = [everything[0].index(label) for label in three[0]]
    assert three == [[row[place] for place in places] for row in everything]


def test_the_same_with_get(server: tuple[Server, str], tmp_path: Path, name: str) -> None:
    """khoros.submit-methods: beginners shall select GET for the exports of actions and of users."""
    for export in ("conversation_actions", "user"):
        url = address(server, FULL.replace("/conversation?", f"/{export}?"), name)
        assert len(saved(server, run(server, url, ()), tmp_path / f"{export}.csv")) > 10


def test_a_form_as_in_the_reference(server: tuple[Server, str], tmp_path: Path, name: str) -> None:
    """khoros.parameter-places: `curl -d 'a=b&c=d'`, with the company key alone in the query."""
    path, _, query = address(server, FULL.replace("/conversation?", "/user?"), name).partition("?")
    form = query.replace(f"companyKey={name}&", "")
    url = run(server, f"{path}?companyKey={name}", ("-d", form))
    assert len(saved(server, url, tmp_path / "user.csv")) > 10


def test_credentials_that_are_sent_on_are_refused(server: tuple[Server, str], name: str) -> None:
    """khoros.storage-authorization: what curl does only where it is told to trust every host."""
    url = run(server, address(server, SUBSET, name))
    assert "InvalidArgument" in curl(server, "--location-trusted", "-u", USER, url)


def test_an_address_that_the_shell_cut_off(server: tuple[Server, str], name: str) -> None:
    """khoros.company-key: without quotes around it the first parameter is all that is sent."""
    refused = json.loads(
        curl(server, "-u", USER, "-X", "POST", address(server, FULL, name).partition("&")[0])
    )
    assert (refused["status"], "companyKey" in refused["result"]) == ("FAIL", True)


def test_without_a_user_there_is_nothing(server: tuple[Server, str], name: str) -> None:
    """khoros.credentials: the guide's Authorization tab, forgotten."""
    told = curl(server, "-X", "POST", "-w", "%{http_code}", address(server, FULL, name))
    assert told.endswith("401")
