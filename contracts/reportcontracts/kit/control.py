"""The control API of a server, which is all that the kit knows of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote


class ControlRefused(Exception):  # noqa: N818 - it says what happened in two words
    """The control API did not do what it was asked.

    Attributes:
        step: What it was asked.
        status: Its answer's status.
        problem: Its answer's body.
    """

    def __init__(self, step: "Step", status: int, problem: Any) -> None:
        super().__init__(step, status, problem)
        self.step = step
        self.status = status
        self.problem = problem

    def __str__(self) -> str:
        told = self.problem.get("detail") if isinstance(self.problem, dict) else self.problem
        return f"{self.step.method} /_mock/{self.step.path}: {self.status}: {told}"


@dataclass(frozen=True, slots=True)
class Step:
    """One call of the control API on a sandbox, which the one who makes it names in the query."""

    method: str
    path: str
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """The call in one line, as a person would note it."""
        query = "&".join(f"{name}={quote(value)}" for name, value in self.query.items())
        body = "" if self.body is None else f" {json.dumps(self.body)}"
        return f"{self.method} /_mock/{self.path}{'?' if query else ''}{query}{body}"


class Control(Protocol):
    """Makes calls of the control API, over HTTP or within the server."""

    def call(self, step: Step) -> Any:
        """Make a call, and return what its answer's JSON holds.

        Raises:
            ControlRefused: The answer is no success.
        """


@dataclass(frozen=True, slots=True)
class Sandboxed:
    """The control API of one sandbox."""

    control: Control
    vendor: str
    sandbox: str

    def call(self, step: Step) -> Any:
        """Make a call with the sandbox named; see `Control.call`."""
        named = {"vendor": self.vendor, "sandbox": self.sandbox}
        return self.control.call(Step(step.method, step.path, step.body, {**step.query, **named}))

    def expected(self, report: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """The rows that a perfect client ends up with."""
        rows: list[dict[str, Any]] = self.call(Step("GET", f"expected/{report}", None, query))
        return rows


def plan(outcome: str | None = None, **more: object) -> Step:
    """What the next job will do: `time="2h"`, `polls=4`, `times=3`, `report=...`."""
    planned = {"outcome": outcome} if outcome else {}
    return Step("POST", "plans", planned | more)


def switch(rule: str, **fields: object) -> Step:
    """Set switches of a vendor's rule; an underscore in a switch's name stands for its hyphen."""
    return Step("PUT", f"rules/{rule}", {name.replace("_", "-"): value for name, value in fields.items()})


def clock(**changes: object) -> Step:
    """Change the clock: `advance="15d"`, `mode="frozen"`, `set="2026-01-31"`."""
    return Step("POST", "clock", changes)


def pin(report: str, rows: list[dict[str, Any]]) -> Step:
    """Have a report hold these rows instead of invented ones."""
    return Step("PUT", f"data/{report}", rows, {"mode": "instead"})
