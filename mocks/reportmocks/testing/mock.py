"""A vendor's mock as a test sees it: an address, credentials, and a sandbox to steer and to look into."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from reportcontracts.identities import credentials, environment
from reportcontracts.remote import RefusedError, Remote
from reportmocks.testing.steering import Clock, Limits, Rules, Sandbox, duration, instant_text

__tracebackhide__ = True  # a failure in a test is shown in the lines of the test, not in ours

Row = dict[str, Any]


class Mock:
    """A sandbox of one vendor's mock.

    Attributes:
        vendor: The vendor's id.
        url: The base URL of the mock, to be used in place of the vendor's.
        name: The sandbox, which is one of the credentials.
        credentials: What the client is to send, by the names of the vendor's page.
        clock: The sandbox's clock.
        limits: The vendor's limits in this sandbox.
        rules: The vendor's rules in this sandbox.
    """

    def __init__(self, remote: Remote, vendor: str, url: str, name: str) -> None:
        self._sandbox = sandbox = Sandbox(remote, vendor, name)
        self.vendor = vendor
        self.url = url
        self.name = name
        self.credentials: Mapping[str, str] = credentials(vendor, name)
        self.clock = Clock(sandbox)
        self.limits = Limits(sandbox)
        self.rules = Rules(sandbox)

    def __repr__(self) -> str:
        return f"<mock of {self.vendor} at {self.url}, sandbox {self.name}>"

    @property
    def environ(self) -> dict[str, str]:
        """Address and credentials as environment variables, for a client that is a process of its own."""
        return environment(self.vendor, self.url, self.credentials)

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """What was submitted, oldest first."""
        return list(self.call("GET", "jobs"))

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The journal: what was asked and how it was answered, oldest first, secrets hidden."""
        return list(self.call("GET", "requests"))

    @property
    def violations(self) -> list[dict[str, Any]]:
        """Where requests broke the vendor's contract: the journal's entries that tell of one."""
        return [entry for entry in self.requests if entry.get("violations")]

    def call(self, method: str, path: str, body: object = None, **query: str | None) -> Any:
        """What the control API answers to any other call about this sandbox."""
        return self._sandbox.call(method, path, body, **query)

    def scenario(self, name: str) -> dict[str, Any]:
        """Put the sandbox into a named situation, with or without the vendor in front."""
        named: dict[str, Any] = self.call("PUT", "scenario", {"name": self._sandbox.rule_id(name)})
        return named

    def plan(self, outcome: str | None = None, **asked: object) -> dict[str, Any]:
        """Say what coming jobs will do: an outcome of this vendor's; `report`, `time`, `polls`, `times`."""
        body = asked if outcome is None else {"outcome": outcome, **asked}
        planned: dict[str, Any] = self.call("POST", "plans", body)
        return planned

    def fault(self, kind: str, **asked: object) -> dict[str, Any]:
        """Have calls go wrong on their way; which kinds there are, and what they take, is in the README."""
        fault: dict[str, Any] = self.call("POST", "faults", {"kind": kind, **asked})
        return fault

    def world(self, **dials: object) -> dict[str, Any]:
        """Turn dials of the sandbox's data, such as `seed` and `size`; return what they are then."""
        told: dict[str, Any] = self.call("PUT", "world", dials)
        return told

    def data(self, report: str, rows: Sequence[Row], *, mode: str = "instead") -> None:
        """Have a report hold these rows, `instead` of the generated ones or `beside` them."""
        self.call("PUT", f"data/{report}", list(rows), mode=mode)

    def expected(
        self, report: str, start: date | str | None = None, end: date | str | None = None, **more: str
    ) -> list[Row]:
        """The rows that a perfect client ends up with: no row cap, no longest range, no late data."""
        bounds = {
            name: None if bound is None else instant_text(bound)
            for name, bound in (("start", start), ("end", end))
        }
        return list(self.call("GET", f"expected/{report}", **bounds, **more))

    def assert_requested(
        self,
        *,
        exactly: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        apart: str | timedelta | None = None,
        **conditions: object,
    ) -> None:
        """See that requests came: at least one, or so many, and so far `apart` on the sandbox's clock.

        Conditions are `method`, `path`, `status`, `rule`, `job`, `fault`, `body`, `query` and `headers`.

        Raises:
            AssertionError: It is not so; the text names what came nearest, and all requests.
        """
        counts = {"exactly": exactly, "at_least": at_least, "at_most": at_most}
        given = {name: count for name, count in counts.items() if count is not None}
        between = {"apart": apart if isinstance(apart, str) else duration(apart)} if apart else {}
        self._assert({"request": conditions, **given, **between})

    def assert_not_requested(self, **conditions: object) -> None:
        """See that no request with these conditions came; see `assert_requested`."""
        self._assert({"request": conditions, "never": True})

    def assert_requested_in_order(self, *requests: Mapping[str, object]) -> None:
        """See that requests came one after the other, each given by its conditions; others may be between."""
        self._assert({"in_order": [dict(conditions) for conditions in requests]})

    def _assert(self, expected: dict[str, object]) -> None:
        try:
            self.call("POST", "requests/assert", expected)
        except RefusedError as error:
            if error.kind != "assertion-failed":
                raise
            raise AssertionError(f"{error}\n\n{self.log()}") from None

    def reset(self) -> None:
        """Start again: no jobs, no journal, clock, rules and data as at first."""
        self.call("POST", "reset", {})

    def log(self) -> str:
        """The journal as text, one line for each request."""
        lines = [
            f"{entry['clock'] or entry['time']}  {entry['method']} {entry['path']}"
            f"{'?' if entry['query'] else ''}{entry['query']}  {entry['status']}"
            f"{'  ' if entry['rule'] else ''}{entry['rule'] or ''}"
            for entry in self.requests
        ]
        return "\n".join(lines) or "no request has come"
