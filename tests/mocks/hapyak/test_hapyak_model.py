"""HapYak's mock against a model of twenty lines, over any course of requests and waits."""

from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

import httpx
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from reportmocks.kernel.clock import DAY, HOUR, MINUTE, duration_text
from support.hapyak import HapYak
from support.laws import examples

TIME: Final = 2000
LIMITS: Final = {"rate-minute": (2, MINUTE), "rate-hour": (3, HOUR), "rate-day": (5, DAY)}
"""How many runs in how many milliseconds: fewer than documented, so that all three are met."""

WAITS: Final = [0, 1, TIME - 1, TIME, MINUTE - 1, MINUTE, HOUR - 1, HOUR, DAY - 1, DAY, DAY + TIME]


@dataclass
class Model:
    """What a key's sandbox must answer: a status, and the seconds of `Retry-After`."""

    now: int = 0
    submitted: dict[int, int] = field(default_factory=dict)
    runs: list[int] = field(default_factory=list)

    def ask(self, report: int) -> tuple[int, int | None]:
        """The answer to a request for one of the reports, and what comes of it."""
        begun = self.submitted.get(report)
        if begun is not None and self.now < begun + TIME + DAY:
            return (202 if self.now < begun + TIME else 200), None
        free = max(self._free(*limit) for limit in LIMITS.values())
        if free > self.now:
            return 429, -(-(free - self.now) // 1000)
        self.submitted[report] = self.now
        self.runs.append(self.now)
        return 202, None

    def _free(self, number: int, span: int) -> int:
        """When one more run fits into a window."""
        return self.runs[-number] + span if len(self.runs) >= number else self.now


@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    course=st.lists(st.one_of(st.integers(0, 6), st.sampled_from(WAITS).map(lambda by: (by,))), max_size=40)
)
def test_any_course_of_requests_goes_as_the_model_says(
    client: httpx.Client, course: list[int | tuple[int]]
) -> None:
    """hapyak.running, hapyak.cache-life, hapyak.rate-limited, hapyak.retry-after: together, in any order."""
    hapyak, model = HapYak(client, f"model-{uuid4()}"), Model()
    for rule, (number, _) in LIMITS.items():
        hapyak.mock.rule(rule, value=number)
    for step in course:
        if isinstance(step, tuple):
            model.now += step[0]
            hapyak.mock.advance(duration_text(step[0]))
        else:
            answer = hapyak.ask(report=str(step))
            told = answer.headers.get("Retry-After")
            assert (answer.status_code, told and int(told)) == model.ask(step)
