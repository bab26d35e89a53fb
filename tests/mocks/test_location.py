"""Where commands look for a running server."""

from pathlib import Path

import pytest

from reportmocks.location import LocationError, locate


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A ready file and a port."""
    ready = tmp_path / "ready.json"
    told = '{"control": "https://127.0.0.1:7/_mock", "hapyak": "https://h/x", "ca": "/ca", "pid": 1}'
    ready.write_text(told, encoding="utf-8")
    return {"REPORTMOCKS_READY_FILE": str(ready), "REPORTMOCKS_PORT": "9"}


def test_the_server_is_found(environment: dict[str, str]) -> None:
    """By what was typed, the URL, the ready file, the port, or where it is by default, in this order."""
    assert locate("http://localhost:1/", environment).control == "http://localhost:1/_mock"
    told = {"REPORTMOCKS_URL": "http://localhost:5"} | environment
    assert locate(None, told).control == "http://localhost:5/_mock"
    assert locate(None, environment).control == "https://127.0.0.1:7/_mock"
    assert locate(None, {"REPORTMOCKS_PORT": "9"}).control == "http://127.0.0.1:9/_mock"
    assert locate(None, {}).control == "http://127.0.0.1:8080/_mock"
    assert not locate(None, {}).told


def test_a_ready_file_tells_addresses_and_whom_to_trust(environment: dict[str, str]) -> None:
    """A vendor that it does not name is where it would be."""
    at = locate(None, {}, environment["REPORTMOCKS_READY_FILE"])
    assert (at.url("hapyak"), at.url("khoros"), at.ca) == ("https://h/x", "https://127.0.0.1:7/khoros", "/ca")


@pytest.mark.parametrize(
    ("url", "variables"),
    [
        ("localhost:8080", {}),
        ("http://x:99999", {}),
        (None, {"REPORTMOCKS_PORT": "x"}),
        (None, {"REPORTMOCKS_READY_FILE": "/none"}),
    ],
)
def test_what_is_no_address_is_refused(url: str | None, variables: dict[str, str]) -> None:
    """In one line, which says so."""
    with pytest.raises(LocationError, match=r"is not|tells no address"):
        locate(url, variables)
