"""What an OpenAPI document says of a call's parameters, in the query or in the body, and of its token."""

from typing import Any

import pytest

from reportcontracts.openapi import openapi


def call(report: str, method: str) -> dict[str, Any]:
    """A submission to Khoros as its document has it."""
    paths = openapi("khoros", server="http://localhost", version="1")["paths"]
    told: dict[str, Any] = paths[f"/api/public/reports/report/{report}"][method]
    return told


def demanded(told: dict[str, Any]) -> set[str]:
    """The parameters without which a generated client would not call."""
    return {parameter["name"] for parameter in told["parameters"] if parameter.get("required")}


@pytest.mark.parametrize(
    ("report", "needed"),
    [
        ("user", {"startTime", "endTime"}),
        ("team_performance_interval", {"startTime", "endTime", "timeInterval"}),
    ],
)
def test_what_may_be_in_the_body_is_not_demanded_of_the_query(report: str, needed: set[str]) -> None:
    """The vendor asks for a form: a client made from the document must be able to send one."""
    assert demanded(call(report, "post")) == {"companyKey"}
    assert demanded(call(report, "get")) == {"companyKey", *needed}


def test_what_is_in_the_query_alone_is_not_in_the_body() -> None:
    """khoros.parameter-places: the key of the company there would not be seen."""
    contents = call("conversation_history_action", "post")["requestBody"]["content"]
    assert len(contents) == 2
    for content in contents.values():
        names = content["schema"]["properties"].keys()
        assert {"startTime", "endTime", "reportMetrics"} <= names
        assert names.isdisjoint({"companyKey", "raiselimit"})


def test_what_a_token_must_be_good_for_is_told() -> None:
    """brightcove.operation: the API reference has one operation for all four, though they only read."""
    document = openapi("brightcove", server="http://localhost", version="1")
    needed = {
        path: call["get"]["security"] for path, call in document["paths"].items() if path.startswith("/v1/")
    }
    assert len(needed) == 4
    assert all(security == [{"token": ["video-cloud/interactivity/all"]}] for security in needed.values())
    flow = document["components"]["securitySchemes"]["token"]["flows"]["clientCredentials"]
    assert flow["scopes"].keys() == {"video-cloud/interactivity/read", "video-cloud/interactivity/all"}
