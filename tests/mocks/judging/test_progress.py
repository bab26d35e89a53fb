"""What is told while stories are, and what may help at the end."""

import io
from pathlib import Path
from typing import Any

import pytest

from reportcontracts.kit.explain import NOTHING_SEEN
from reportmocks.judging.bounded import Run
from reportmocks.judging.session import Ended
from reportmocks.judging.telling import Progress, told

CLEAR = "\r\033[K"
ON_TERMINAL = (
    f"{CLEAR}c: 1/2 stories, 0 failed; saferme.story-1{CLEAR}c: 2/2 stories, 1 failed; saferme.story-2{CLEAR}"
)


class Terminal(io.StringIO):
    """What a terminal is to who writes to it."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def ended(number: int, *, passed: bool = True, run: Run | None = None, waited: bool = True) -> Ended:
    """A story that has ended."""
    finding = {"rule": "client.finishes", "passed": passed}
    return Ended(
        story=f"saferme.story-{number}",
        number=number,
        now="2026-03-01T00:00:00Z",
        point=None,
        findings=(finding,),
        run=run or Run(exit_code=0, seconds=0.25),
        folder=Path("nowhere"),
        waited=waited,
    )


@pytest.mark.parametrize(
    ("out", "expected"),
    [
        (io.StringIO(), "c: 1/2  pass    0.2 s  saferme.story-1\nc: 2/2  FAIL    0.2 s  saferme.story-2\n"),
        (
            Terminal(),
            ON_TERMINAL,
        ),
    ],
    ids=["piped", "terminal"],
)
def test_progress_is_a_line_that_changes_on_a_terminal_only(out: io.StringIO, expected: str) -> None:
    """In a log of CI it would be one line without end."""
    progress = Progress(out, 2, "c")
    progress.told(ended(1))
    progress.told(ended(2, passed=False))
    progress.done()
    assert out.getvalue() == expected


def verdict(*requests: str) -> dict[str, Any]:
    """A verdict of one rule that failed."""
    failure = {
        "rule": "client.finishes",
        "case": 1,
        "story": "saferme.story-1",
        "title": "A report is asked for",
        "what": "no rows",
        "requests": list(requests),
        "replay": [],
        "reproduce": "again",
    }
    rule = {
        "rule": "client.finishes",
        "severity": "error",
        "evidence": "observed",
        "verdict": "failed",
        "known": None,
        "fails_verdict": True,
        "stories": 1,
        "failures": [failure],
    }
    return {
        "vendor": "saferme",
        "passed": False,
        "counts": {"failed": 1},
        "not_run": {},
        "open": 0,
        "rules": [
            rule,
            rule | {"verdict": "not exercised", "rule": "client.other", "failures": [], "stories": 0},
        ],
    }


def lines(its: dict[str, Any], one: Ended, *, brief: bool = False) -> str:
    """The verdict as it is told."""
    return "\n".join(told(its, {1: one}, verbose=True, shimmed=True, brief=brief))


def test_a_client_that_asked_nothing_is_told_how_to_be_pointed_here() -> None:
    """The most frequent slip of the first try."""
    assert "hint: no request" in lines(verdict(NOTHING_SEEN), ended(1, passed=False))
    assert "hint" not in lines(verdict("GET /"), ended(1, passed=False))


def test_a_client_whose_waiting_moves_no_clock_is_told_of_the_other_way() -> None:
    """A program in Go below a shell script, say."""
    hung = ended(1, passed=False, run=Run(exit_code=-9, timed_out=True), waited=False)
    assert "hint: in 1 story the client ran out of time" in lines(verdict("GET /"), hung)


def test_a_brief_verdict_leaves_out_what_was_not_exercised() -> None:
    """Whoever asks for one story does not want thirty rules."""
    assert "client.other" in lines(verdict("GET /"), ended(1))
    assert "client.other" not in lines(verdict("GET /"), ended(1), brief=True)
