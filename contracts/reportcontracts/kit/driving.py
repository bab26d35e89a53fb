"""The judge's HTTP protocol from the side of a driver: order a judgement, take cases, hand in results."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reportcontracts.remote import Remote


def control_at(url: str) -> Remote:
    """The control API of a server, whose own address or that of its control API is given."""
    return Remote(f"{url.rstrip('/').removesuffix('/_mock')}/_mock")


@dataclass(slots=True)
class OpenCase:
    """A case as the server tells of it: `told` is the whole of that."""

    control: Remote
    path: str
    told: Mapping[str, Any]

    @property
    def task(self) -> Mapping[str, Any]:
        """What the client is to do."""
        task: Mapping[str, Any] = self.told["task"]
        return task

    @property
    def findings(self) -> list[dict[str, Any]] | None:
        """What was found, or `None` while the case is open: then its task is to be done once more."""
        findings: list[dict[str, Any]] | None = self.told["findings"]
        return findings

    def look(self) -> bool:
        """Ask how the case stands; return whether the client is to be killed now."""
        self.told = self.control.call("GET", self.path)
        return bool(self.told["kill"])

    def hand_in(self, result: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """Hand in what came of the client's run; return `findings`."""
        self.told = self.control.call("POST", f"{self.path}/result", body=_json(result))
        return self.findings


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judgement that a server keeps."""

    control: Remote
    told: Mapping[str, Any]

    @classmethod
    def order(cls, control: Remote, **order: Any) -> "Judgement":
        """Order a judgement: `vendor`, and what else docs/judge.md has."""
        return cls(control, control.call("POST", "judge", body=_json(order)))

    @property
    def path(self) -> str:
        """The judgement's path in the control API."""
        return f"judge/{self.told['id']}"

    def next_case(self) -> OpenCase | None:
        """The next case; `None` when all stories were told."""
        told = self.control.call("POST", f"{self.path}/cases", body={})
        return None if told is None else self._open(told)

    def case(self, story: str, point: Mapping[str, Any] | None = None) -> OpenCase:
        """A case of a story, whether it was told before or not; `point` says what a drawn one is made of."""
        asked = {"story": story} | ({} if point is None else {"point": point})
        return self._open(self.control.call("POST", f"{self.path}/cases", body=_json(asked)))

    def _open(self, told: Mapping[str, Any]) -> OpenCase:
        return OpenCase(self.control, f"{self.path}/cases/{told['number']}", told)

    def verdict(self) -> Mapping[str, Any]:
        """The verdict so far."""
        verdict: Mapping[str, Any] = self.control.call("GET", self.path)
        return verdict

    def forget(self) -> None:
        """Let the server forget the judgement."""
        self.control.call("DELETE", self.path)


def plain(value: object) -> object:
    """What JSON has no form for, as JSON: dates and instants in ISO 8601, the rest as text."""
    iso = getattr(value, "isoformat", None)
    return iso() if callable(iso) else str(value)


def _json(body: object) -> bytes:
    return json.dumps(body, default=plain).encode()
