"""Brightcove's mock against a model in a few lines of what its page promises, in any order of steps."""

from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, precondition, rule

from reportmocks.kernel.clock import DAY, HOUR, MINUTE
from support.answers import rules_of
from support.brightcove import SUMMARY, Brightcove
from support.machines import TIME, Machine, Window, play

LIMITS = {"rate-minute": (2, MINUTE), "rate-hour": (3, HOUR), "rate-day": (5, DAY)}
"""How many runs in how many milliseconds: fewer than documented, so that all three are met."""
TOKEN_LIFE = 5 * MINUTE
REPORTS = 4


class Course(Machine):
    """Tokens, engagement reports that are their own poll, and analytics that no limit meets."""

    vendor = "brightcove"
    spans = (TIME - 1, TIME, MINUTE - 1, MINUTE, 299_000, 300_000, HOUR - 1, HOUR, DAY - 1, DAY)
    tokens: "Bundle[dict[str, Any]]" = Bundle("tokens")

    def __init__(self, client: httpx.Client) -> None:
        super().__init__(client)
        self.round = 0
        self.begin()

    def begin(self) -> None:
        """No run and no token; tokens of before work on, since they carry their own end."""
        self.round += 1
        self.windows = {name: Window(*limit) for name, limit in LIMITS.items()}
        self.submitted: dict[int, int] = {}
        for name, (number, _) in LIMITS.items():
            self.mock.rule(name, value=number)

    @initialize()
    def first(self) -> None:
        """The machine is ready as it is."""

    @rule(target=tokens)
    def sign_in(self) -> dict[str, Any]:
        """A token lives for five minutes, beside those before it."""
        its = Brightcove(self.client, self.name)
        its.sign_in()
        return {"round": self.round, "at": self.now, "client": its}

    def lives(self, token: dict[str, Any]) -> bool:
        """Whether a token is good now."""
        return bool(self.now < token["at"] + TOKEN_LIFE)

    @rule(token=tokens, report=st.integers(0, REPORTS - 1))
    def ask(self, token: dict[str, Any], report: int) -> None:
        """The request starts a run, polls it, or has its kept rows."""
        if token["round"] != self.round:
            return
        answer = token["client"].ask(run=str(report))
        expected = self.expected(token, report)
        assert answer.status_code == expected, answer.text
        if expected == 429:
            free = max(its.frees(self.now) for its in self.windows.values() if its.full(self.now))
            assert int(answer.headers["Retry-After"]) == -(-(free - self.now) // 1000)

    def expected(self, token: dict[str, Any], report: int) -> int:
        """The status of the answer, and what comes of the request."""
        if not self.lives(token):
            return 401
        begun = self.submitted.get(report)
        if begun is not None and self.now < begun + TIME + DAY:
            return 202 if self.now < begun + TIME else 200
        if any(its.full(self.now) for its in self.windows.values()):
            return 429
        self.submitted[report] = self.now
        for its in self.windows.values():
            its.taken.append(self.now)
        return 202

    @rule(token=tokens)
    def analyse(self, token: dict[str, Any]) -> None:
        """Analytics are there at once, as often as they are asked for."""
        if token["round"] != self.round:
            return
        answer = token["client"].analytics(SUMMARY)
        if self.lives(token):
            assert answer.status_code == 200, answer.text
        else:
            assert (answer.status_code, rules_of(answer)[:1]) == (401, ["brightcove.token-life"])

    @precondition(lambda self: self.waits >= 2)
    @rule(name=st.sampled_from(sorted(LIMITS)))
    def use_up(self, name: str) -> None:
        """No run is left in one of the windows, as far as it goes back."""
        number, span = LIMITS[name]
        window = self.windows[name]
        missing = max(number - sum(self.now - span < at <= self.now for at in window.taken), 0)
        told = self.mock.call("POST", f"limits/brightcove.{name}/exhaust", {})
        assert told["uses"] == missing
        shorter = max((other for _, other in LIMITS.values() if other < span), default=0)
        for its in self.windows.values():
            its.taken = sorted([*its.taken, *[self.now - shorter] * missing])


def test_any_course_of_steps_goes_as_the_model_says(in_process: httpx.Client) -> None:
    """brightcove.running, brightcove.cache-life, brightcove.token-life, brightcove.rate-limited together."""
    play(lambda: Course(in_process))
