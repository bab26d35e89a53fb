"""How to see that a switch of Brightcove's rules on engagement reports is gone by, switch by switch."""

from collections.abc import Callable
from typing import Final

import httpx

from reportcontracts.switches import Value
from reportmocks.kernel.clock import parse_instant
from support.brightcove import (
    CHOICES,
    PROJECTS,
    RATES,
    STREAM,
    SUMMARY,
    Brightcove,
    assert_not_found_out,
    assert_refused,
    lines,
    rows,
    rules_of,
)
from support.brightcove_switches import CHECKS, Check, shows

# The statuses of refusals


def too_long(brightcove: Brightcove) -> httpx.Response:
    """A request for a year, where that is refused."""
    brightcove.mock.rule("range", action="refuse")
    return brightcove.ask(start="2025-01-01", end="2025-12-31")


def failed(brightcove: Brightcove) -> httpx.Response:
    """A request for a run that failed."""
    brightcove.mock.plan(outcome="failed", time="0s")
    return brightcove.ask()


def sized(brightcove: Brightcove, size: int) -> httpx.Response:
    """A request with a body of so many bytes."""
    sent = {"send_status": "true"}
    return brightcove.send("GET", f"/api/reports/v2/{PROJECTS}", sent, content=b"a" * size)


def only(brightcove: Brightcove, rule: str, **fields: Value) -> None:
    """Leave one of the rate limits on, with these switches."""
    for other in RATES:
        brightcove.mock.rule(other, **({"enabled": True} | fields if other == rule else {"enabled": False}))


def over(rule: str) -> Callable[[Brightcove], httpx.Response]:
    """Makes a request beyond a rate limit."""

    def provoke(brightcove: Brightcove) -> httpx.Response:
        only(brightcove, rule, value=0)
        return brightcove.ask()

    return provoke


REFUSED: Final[dict[str, Callable[[Brightcove], httpx.Response]]] = {
    "unknown-report": lambda brightcove: brightcove.ask("no_such_report"),
    "bad-parameter": lambda brightcove: brightcove.ask(format="xml"),
    "end-before-start": lambda brightcove: brightcove.ask(start="2026-03-02", end="2026-03-01"),
    "body-size": lambda brightcove: sized(brightcove, 1048577),
    "wrong-account": lambda brightcove: brightcove.ask(account_id="none"),
    "range": too_long,
    "failed": failed,
    **{rule: over(rule) for rule in RATES},
}
"""By rule: how to be refused an engagement report by it."""


def status_of(rule: str) -> Check:
    """The refusal by this rule comes with the status that it was switched to."""
    return lambda brightcove, value: assert_refused(REFUSED[rule](brightcove), value, rule)


CHECKS.update({f"brightcove.{rule}.status": status_of(rule) for rule in REFUSED})


@shows("body-size.value")
def largest_body(brightcove: Brightcove, value: int) -> None:
    """A body of so many bytes is taken, one byte more is not."""
    assert sized(brightcove, value).status_code == 202
    assert_refused(sized(brightcove, value + 1), 413, "body-size")


# Ranges and runs


@shows("end-inclusive.enabled")
def last_day(brightcove: Brightcove, value: Value) -> None:
    """The day named by `end` belongs to the range, or ends it."""
    brightcove.ask(start="2026-03-01", end="2026-03-03")
    assert brightcove.covered[1] == parse_instant("2026-03-04" if value else "2026-03-03")


@shows("range.value", "range.enabled")
def longest_range(brightcove: Brightcove, value: Value) -> None:
    """So many months before the end; three of them where the limit is switched on or off."""
    if isinstance(value, bool):
        brightcove.mock.rule("range", value=3)
    brightcove.ask(start="2020-01-01", end="2026-01-31")
    first = {0: "2026-02-01", 3: "2025-11-01", 6: "2025-08-01"}[3 if value is True else int(value)]
    assert brightcove.covered[0] == parse_instant("2020-01-01" if value is False else first)


@shows("range.action")
def range_action(brightcove: Brightcove, value: str) -> None:
    """Moved up, or refused."""
    answer = brightcove.ask(start="2025-01-01", end="2025-12-31")
    if value == "refuse":
        assert_refused(answer, 400, "range", "BAD_REQUEST")
    else:
        assert rules_of(answer) == ["brightcove.running", "brightcove.range"]


@shows("running.body")
def running_body(brightcove: Brightcove, value: str) -> None:
    """A word on the state, or nothing."""
    answer = brightcove.ask()
    assert answer.status_code == 202
    assert (answer.content == b"") is (value == "empty")


@shows("no-send-status.status")
def status_of_the_trap(brightcove: Brightcove, value: int) -> None:
    """What a client meets that does not ask for the status."""
    assert brightcove.ask(send_status=None).status_code == value
    assert brightcove.ask().status_code == 202


@shows("cache-life.value")
def life(brightcove: Brightcove, value: int) -> None:
    """Kept for so many seconds, to the millisecond; with none, gone before anybody can look."""
    brightcove.ask()
    brightcove.mock.advance("2s")
    if value:
        brightcove.mock.advance(f"{value * 1000 - 1}ms")
        assert brightcove.ask().status_code == 200
        brightcove.mock.advance("1ms")
    assert brightcove.ask().status_code == 202


@shows("cache-life.enabled")
def kept_for_good(brightcove: Brightcove, value: Value) -> None:
    """Gone after a day, or still there after years."""
    brightcove.fetch()
    brightcove.mock.advance("1000d")
    assert brightcove.ask().status_code == (202 if value else 200)


# Limits


def number_of_runs(rule: str) -> Check:
    """So many runs, and not one more."""

    def check(brightcove: Brightcove, value: int) -> None:
        only(brightcove, rule)
        assert {answer.status_code for answer in brightcove.start(value)} <= {202}
        assert_refused(brightcove.start(1)[0], 429, rule)

    return check


def is_limited(rule: str) -> Check:
    """Two runs, or as many as one likes."""

    def check(brightcove: Brightcove, value: Value) -> None:
        only(brightcove, rule, value=2, enabled=value)
        assert brightcove.start(3)[2].status_code == (429 if value else 202)

    return check


def refused_runs(rule: str, half: str) -> Check:
    """A refusal in the middle of the window is in the way at its end, or is not."""

    def check(brightcove: Brightcove, value: Value) -> None:
        only(brightcove, rule, value=1)
        brightcove.start(1)
        brightcove.mock.advance(half)
        brightcove.start(1)
        brightcove.mock.advance(half)
        assert brightcove.start(1)[0].status_code == (429 if value else 202)

    return check


for _rule, _half in {"rate-minute": "30s", "rate-hour": "30m", "rate-day": "12h"}.items():
    CHECKS[f"brightcove.{_rule}.value"] = number_of_runs(_rule)
    CHECKS[f"brightcove.{_rule}.enabled"] = is_limited(_rule)
    CHECKS[f"brightcove.{_rule}.count-refused"] = refused_runs(_rule, _half)


@shows("rate-limited.body")
def refused_body(brightcove: Brightcove, value: str) -> None:
    """JSON, plain text, or nothing."""
    answer = over("rate-minute")(brightcove)
    assert answer.status_code == 429
    if value == "json":
        assert_refused(answer, 429, "rate-minute", "TOO_MANY_REQUESTS")
    else:
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert (answer.text == "") is (value == "empty")


@shows("retry-after.enabled")
def retry_after(brightcove: Brightcove, value: Value) -> None:
    """The header is there, or is not."""
    assert ("Retry-After" in over("rate-minute")(brightcove).headers) is value


@shows("retry-after.running")
def retry_after_while_running(brightcove: Brightcove, value: Value) -> None:
    """The seconds until the run is complete, or no header."""
    brightcove.mock.plan(time="90500ms")
    assert brightcove.ask().headers.get("Retry-After") == ("91" if value else None)


@shows("row-cap.value", "row-cap.enabled")
def row_cap(brightcove: Brightcove, value: Value) -> None:
    """So many rows at most; three of them where the cap is switched on or off."""
    if isinstance(value, bool):
        brightcove.mock.rule("row-cap", value=3)
    sent = len(rows(STREAM, brightcove.fetch(STREAM)))
    brightcove.mock.rule("row-cap", enabled=False)
    total = len(rows(STREAM, brightcove.ask(STREAM)))
    assert total > 3
    assert sent == (3 if value is True else total if value is False else min(int(value), total))


@shows("analytics-limits.enabled")
def analytics_limits(brightcove: Brightcove, value: Value) -> None:
    """Free of them, or under them like the others."""
    brightcove.mock.rule("rate-minute", value=0)
    answer = brightcove.analytics(CHOICES, project_id="x", start_time="2026-01-01")
    assert_not_found_out(answer, 404, "unknown-project")
    assert brightcove.analytics(SUMMARY, start_time="2026-01-01").status_code == (200 if value else 429)


# What comes


@shows("default-format.value")
def default_format(brightcove: Brightcove, value: str) -> None:
    """A request without a format gets it; one with a format gets that."""
    assert brightcove.fetch().headers["Content-Type"].partition(";")[0].endswith(value)
    assert brightcove.fetch(format="json").headers["Content-Type"] == "application/json"


@shows("csv.quote")
def quotes(brightcove: Brightcove, value: str) -> None:
    """By a header's, a number's and a text's cell."""
    header, first, *_ = brightcove.fetch("chapter_summary", start="2026-01-01").text.split("\r\n")
    clicks = lines(brightcove.ask("chapter_summary", start="2026-01-01"))[1][-1]
    assert header.startswith('"') is (value != "minimal")
    assert first.startswith('"') is (value != "minimal")
    assert first.endswith(f',"{clicks}"' if value == "all" else f",{clicks}")


@shows("csv.newline")
def newlines(brightcove: Brightcove, value: str) -> None:
    """Each line ends so, the last one too."""
    content = brightcove.fetch().content
    assert content.endswith({"crlf": b"\r\n", "lf": b"\n"}[value])
    assert (b"\r" in content) is (value == "crlf")
