"""Khoros' mock against a model in a few lines of what its guide promises, in any order of steps."""

from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, precondition, rule

from reportmocks.kernel.clock import DAY, MINUTE
from support.answers import rules_of
from support.khoros import Khoros
from support.machines import TIME, Machine, Window, play

CALLS = 12
OUTCOMES = ("completed", "failed", "never", "no-download")


class Course(Machine):
    """Submissions, statuses and downloads, with a limit of calls and all that can become of a run."""

    vendor = "khoros"
    spans = (TIME - 1, TIME, MINUTE, DAY - 1, DAY)
    runs: "Bundle[dict[str, Any]]" = Bundle("runs")
    downloads: "Bundle[dict[str, Any]]" = Bundle("downloads")

    def __init__(self, client: httpx.Client) -> None:
        super().__init__(client)
        self.khoros = Khoros(client, self.name)
        self.round = 0
        self.begin()

    def begin(self) -> None:
        """No run and no call; runs of before are of another round."""
        self.round += 1
        self.planned: list[str] = []
        self.mock.rule("rate-minute", value=CALLS)
        self.calls = Window(CALLS, MINUTE)

    def refused(self, answer: httpx.Response) -> bool:
        """Whether a call is one too many in its minute; the answer must say the same."""
        full = self.calls.full(self.now)
        if not full:
            self.calls.taken.append(self.now)
        assert (answer.status_code == 429) is full, answer.text
        assert not full or rules_of(answer)[:1] == ["khoros.rate-minute"]
        return full

    @rule(target=runs, outcome=st.sampled_from(OUTCOMES))
    def submit(self, outcome: str) -> dict[str, Any]:
        """Every submission is a run of its own; what it comes to is planned before."""
        if not self.planned:
            self.mock.plan(outcome=outcome)
            self.planned.append(outcome)
        answer = self.khoros.submit()
        if self.refused(answer):
            return {"round": 0}
        assert answer.status_code == 200, answer.text
        url = answer.json()["result"]["statusUrl"]
        return {"round": self.round, "url": url, "at": self.now, "outcome": self.planned.pop()}

    def state(self, run: dict[str, Any]) -> tuple[str, str | None]:
        """The state of a run, and what is told of its end."""
        if run["outcome"] == "never" or self.now < run["at"] + TIME:
            return "RUNNING", None
        return "CLOSED", "FAILED" if run["outcome"] == "failed" else "COMPLETED"

    @rule(target=downloads, run=runs)
    def poll(self, run: dict[str, Any]) -> dict[str, Any]:
        """RUNNING, then CLOSED with how it ended, and an address where there is a file."""
        if run["round"] != self.round:
            return {"round": 0}
        answer = self.khoros.open(run["url"])
        if self.refused(answer):
            return {"round": 0}
        result = answer.json()["result"]
        told = result[0] if isinstance(result, list) else result
        state, end = self.state(run)
        assert told["result"]["runnerState"] == state
        assert state == "RUNNING" or told["result"]["detail"] == end
        url = told["jobInfo"]["downloadUrl"]
        assert bool(url) is (end == "COMPLETED" and run["outcome"] == "completed")
        return {"round": self.round if url else 0, "url": url, "run": run}

    @rule(download=downloads)
    def fetch(self, download: dict[str, Any]) -> None:
        """A file can be had for a day after the run's end, by way of storage."""
        if download["round"] != self.round:
            return
        answer = self.khoros.open(download["url"])
        if self.refused(answer):
            return
        if self.now >= download["run"]["at"] + TIME + DAY:
            assert rules_of(answer)[:1] == ["khoros.download-life"]
            assert answer.status_code >= 400
        else:
            assert answer.status_code == 307, answer.text
            assert self.client.get(answer.headers["Location"]).status_code == 200

    @precondition(lambda self: self.waits >= 2)
    @rule()
    def use_up(self) -> None:
        """No call is left in this minute."""
        missing = max(CALLS - sum(self.now - MINUTE < at <= self.now for at in self.calls.taken), 0)
        told = self.mock.call("POST", "limits/khoros.rate-minute/exhaust", {})
        assert told["uses"] == missing
        self.calls.taken += [self.now] * missing


def test_any_course_of_steps_goes_as_the_model_says(in_process: httpx.Client) -> None:
    """khoros.running, khoros.completed, khoros.failed, khoros.download-life, khoros.rate-minute together."""
    play(lambda: Course(in_process))
