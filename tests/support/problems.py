"""What every refusal of the control API must be."""

from typing import Any

import httpx


def problem_of(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """An RFC 9457 problem of a stable type, with its members."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["type"] == f"urn:reportmocks:problem:{kind}"
    assert found["status"] == status
    assert found["title"]
    assert found["detail"]
    return found
