"""The control API of one sandbox, for tests."""

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Steering:
    """Steers one sandbox of a vendor; every call must succeed."""

    client: httpx.Client
    vendor: str
    sandbox: str

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Ask the control API, with the sandbox named, and return what it says."""
        answer = self.client.request(
            method, f"/_mock/{path}", params={"vendor": self.vendor, "sandbox": self.sandbox}, json=body
        )
        assert answer.is_success, answer.text
        return answer.json()

    def advance(self, by: str) -> list[str]:
        """Move the clock; return what came due, in words and in order."""
        return [event["event"] for event in self.call("POST", "clock", {"advance": by})["events"]]

    def rule(self, rule: str, **fields: object) -> None:
        """Switch a rule; an underscore in a switch's name stands for its hyphen."""
        switches = {field.replace("_", "-"): value for field, value in fields.items()}
        self.call("PUT", f"rules/{self.vendor}.{rule}", switches)

    def plan(self, **planned: object) -> None:
        """Plan what the next job will do."""
        self.call("POST", "plans", planned)

    @property
    def now(self) -> str:
        """The sandbox's time."""
        now: str = self.call("GET", "clock")["now"]
        return now

    def jobs(self) -> list[dict[str, Any]]:
        """The sandbox's jobs."""
        jobs: list[dict[str, Any]] = self.call("GET", "jobs")
        return jobs

    def limits(self) -> dict[str, dict[str, Any]]:
        """The sandbox's limits, by rule without the vendor's name."""
        return {limit["rule"].partition(".")[2]: limit for limit in self.call("GET", "limits")}

    def requests(self) -> list[dict[str, Any]]:
        """The journal of the sandbox."""
        requests: list[dict[str, Any]] = self.call("GET", "requests")
        return requests
