"""Echo360's mock against a model in a few lines of what its page promises, in any order of steps."""

from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, consumes, initialize, invariant, precondition, rule

from reportmocks.kernel.clock import DAY, HOUR, MINUTE
from support.answers import rules_of
from support.echo360 import Echo360, day
from support.machines import TIME, Machine, Window, play

CALLS, IN_FLIGHT = 12, 3
RETENTION, LINK_LIFE, TOKEN_LIFE = 14 * DAY, 7 * DAY, HOUR
Answer = tuple[int, str | None]
"""A status, and the rule that comes first in its header."""


class Course(Machine):
    """Submissions, polls, lists and downloads, tokens that end, limits that are used up."""

    vendor = "echo360"
    spans = (TIME - 1, TIME, MINUTE, HOUR, 7 * DAY - HOUR, 7 * DAY, 14 * DAY - 1, 14 * DAY)
    jobs: "Bundle[dict[str, Any]]" = Bundle("jobs")
    links: "Bundle[dict[str, Any]]" = Bundle("links")

    def __init__(self, client: httpx.Client) -> None:
        super().__init__(client)
        self.echo360 = Echo360(client, self.name)
        self.round = 0
        self.begin()

    def begin(self) -> None:
        """No job, no call, a new token; jobs and links of before are of another round."""
        self.round += 1
        self.mock.rule("rate-minute", value=CALLS)
        self.calls = Window(CALLS, MINUTE)
        self.made: list[tuple[int, int]] = []  # of each request, when it was submitted and how long it takes
        self.sign_in()

    @initialize()
    def first(self) -> None:
        """The machine is ready as it is."""

    @rule()
    def sign_in(self) -> None:
        """A token lives for an hour, and to get one is no call of the API."""
        self.echo360.sign_in()
        self.signed_in = self.now

    def admitted(self) -> Answer | None:
        """What becomes of any call, before it is looked at; `None` where it goes on."""
        if self.now >= self.signed_in + TOKEN_LIFE:
            return 401, "echo360.token-life"
        if self.calls.full(self.now):
            return 429, "echo360.rate-minute"
        self.calls.taken.append(self.now)
        return None

    def in_flight(self) -> int:
        """How many reports are being made."""
        return sum(self.now < at + time for at, time in self.made)

    @rule(target=jobs, length=st.integers(1, 8))
    def submit(self, length: int) -> dict[str, Any]:
        """A range of a week at most, and three in flight."""
        asked = {"start": day(-9), "end": day(length - 9)}
        answer = self.echo360.submit("notes", asked)
        expected = self.admitted()
        if expected is None and length > 7:
            expected = (400, "echo360.range")
        if expected is None and self.in_flight() >= IN_FLIGHT:
            expected = (400, "echo360.in-flight")
        if expected:
            assert (answer.status_code, *rules_of(answer)[:1]) == expected
            return {"round": 0}
        assert answer.status_code == 200, answer.text
        self.made.append((self.now, TIME))
        return {"round": self.round, "id": answer.json()["requestId"], "at": self.now}

    def state(self, at: int, time: int = TIME) -> str:
        """What the status of a request is now."""
        age = self.now - at
        return "Pending" if age < time else "Available" if age < RETENTION else "Expired"

    @rule(target=links, job=jobs)
    def poll(self, job: dict[str, Any]) -> dict[str, Any]:
        """Pending, then Available with a link, and two weeks after the submission Expired."""
        if job["round"] != self.round:
            return {"round": 0}
        answer = self.echo360.call("GET", f"/requests/{job['id']}")
        expected = self.admitted()
        if expected:
            assert (answer.status_code, *rules_of(answer)[:1]) == expected
            return {"round": 0}
        body = answer.json()
        assert (answer.status_code, body["status"]) == (200, self.state(job["at"]))
        assert ("signedAssets" in body) is (self.state(job["at"]) == "Available")
        if "signedAssets" not in body:
            return {"round": 0}
        return {"round": self.round, "url": body["signedAssets"][0], "job": job, "at": self.now}

    @rule(link=links)
    def download(self, link: dict[str, Any]) -> None:
        """A link is good for a week, and not longer than its asset; no token is needed."""
        if link["round"] != self.round:
            return
        answer = self.echo360.download(link["url"])
        if self.now >= link["at"] + LINK_LIFE:
            assert (answer.status_code, rules_of(answer)) == (403, ["echo360.link-life"])
        elif self.state(link["job"]["at"]) == "Expired":
            assert (answer.status_code, rules_of(answer)) == (404, ["echo360.object-gone"])
        else:
            assert answer.status_code == 200

    @rule(link=consumes(links))
    def tamper(self, link: dict[str, Any]) -> None:
        """No link is good that was not given out."""
        if link["round"]:
            url = link["url"].replace("Signature=", "Signature=x")
            assert self.echo360.download(url).status_code == 403

    @rule()
    def listing(self) -> None:
        """The list has all requests of this client, in the order of their submission."""
        answer = self.echo360.call("GET", "/requests")
        expected = self.admitted()
        if expected:
            assert (answer.status_code, *rules_of(answer)[:1]) == expected
        else:
            told = [entry["status"] for entry in answer.json()["requests"]]
            assert told == [self.state(at, time) for at, time in reversed(self.made)]

    @precondition(lambda self: self.waits >= 2)
    @rule()
    def crash(self) -> None:
        """A run that crashed has left all places taken, for an hour."""
        missing = max(IN_FLIGHT - self.in_flight(), 0)
        told = self.mock.call("POST", "limits/echo360.in-flight/exhaust", {})
        assert len(told["jobs"]) == missing
        self.made += [(self.now, HOUR)] * missing

    @invariant()
    def the_limit_is_told(self) -> None:
        """What the control API says is used is what is in flight."""
        assert self.mock.limits()["in-flight"]["used"] == self.in_flight()


def test_any_course_of_steps_goes_as_the_model_says(in_process: httpx.Client) -> None:
    """echo360.pending, echo360.available, echo360.expired, echo360.link-life, echo360.in-flight together."""
    play(lambda: Course(in_process))
