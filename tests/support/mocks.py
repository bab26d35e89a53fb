"""A server of a test's own, for control calls that change everything."""

from dataclasses import dataclass
from typing import Any

import httpx

from reportmocks.gateway import Gateway


@dataclass(frozen=True)
class Mocks:
    """A server of a test's own, called without a socket."""

    app: Gateway
    client: httpx.Client

    def get(self, path: str, **query: str) -> Any:
        """What the control API tells."""
        answer = self.client.get(f"/_mock/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """What the control API answers to a change."""
        answer = self.client.request(method, f"/_mock/{path}", params=query, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def use(self, vendor: str, *names: str) -> None:
        """Have sandboxes used for the first time."""
        for name in names:
            self.app.kernel.open(vendor, name)
