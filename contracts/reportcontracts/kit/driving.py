"""The judge's HTTP protocol from the side of a driver: order a judgement, take cases, hand in results."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

from reportcontracts.kit.control import ControlRefused, Step

PATIENCE: Final = 60.0
"""Seconds that a call of the control API may take."""


class HttpControl:
    """The control API of a server at an address; no proxy stands between."""

    def __init__(self, url: str) -> None:
        """`url` is that of the server or of its control API: both `http://host:port` and `.../_mock` do."""
        self.url = f"{url.rstrip('/').removesuffix('/_mock')}/_mock"
        self._opener: OpenerDirector = build_opener(ProxyHandler({}))

    def call(self, step: Step) -> Any:
        """Make a call, and return what its answer's JSON holds, `None` for an answer without a body.

        Raises:
            ControlRefused: The answer is no success.
            OSError: There is no answer.
        """
        _, _, path = str(Step(step.method, step.path, None, step.query)).partition(" /_mock")
        data = None if step.body is None else json.dumps(step.body, default=plain).encode()
        request = Request(  # noqa: S310 - the address is the user's own
            self.url + path, data, {"Content-Type": "application/json"}, method=step.method
        )
        try:
            with self._opener.open(request, timeout=PATIENCE) as answer:
                body = answer.read()
        except HTTPError as error:
            with error:
                raise ControlRefused(step, error.code, _problem(error.read())) from None
        return json.loads(body) if body else None


@dataclass(slots=True)
class OpenCase:
    """A case as the server tells of it: `told` is the whole of that."""

    control: HttpControl
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
        self.told = self.control.call(Step("GET", self.path))
        return bool(self.told["kill"])

    def hand_in(self, result: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """Hand in what came of the client's run; return `findings`."""
        self.told = self.control.call(Step("POST", f"{self.path}/result", result))
        return self.findings


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judgement that a server keeps."""

    control: HttpControl
    told: Mapping[str, Any]

    @classmethod
    def order(cls, control: HttpControl, **order: Any) -> "Judgement":
        """Order a judgement: `vendor`, and what else docs/judge.md has."""
        return cls(control, control.call(Step("POST", "judge", order)))

    @property
    def path(self) -> str:
        """The judgement's path in the control API."""
        return f"judge/{self.told['id']}"

    def next_case(self) -> OpenCase | None:
        """The next case; `None` when all stories were told."""
        told = self.control.call(Step("POST", f"{self.path}/cases", {}))
        return None if told is None else self._open(told)

    def case(self, story: str, point: Mapping[str, Any] | None = None) -> OpenCase:
        """A case of a story, whether it was told before or not; `point` says what a drawn one is made of."""
        asked = {"story": story} | ({} if point is None else {"point": point})
        return self._open(self.control.call(Step("POST", f"{self.path}/cases", asked)))

    def _open(self, told: Mapping[str, Any]) -> OpenCase:
        return OpenCase(self.control, f"{self.path}/cases/{told['number']}", told)

    def verdict(self) -> Mapping[str, Any]:
        """The verdict so far."""
        verdict: Mapping[str, Any] = self.control.call(Step("GET", self.path))
        return verdict

    def forget(self) -> None:
        """Let the server forget the judgement."""
        self.control.call(Step("DELETE", self.path))


def plain(value: object) -> object:
    """What JSON has no form for, as JSON: dates and instants in ISO 8601, the rest as text."""
    iso = getattr(value, "isoformat", None)
    return iso() if callable(iso) else str(value)


def _problem(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
