"""Every value of every switch of every rule of HapYak does what it says; none does nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import httpx
import pytest

from reportcontracts.rules import load_rulebook
from reportcontracts.switches import Switch, Value
from reportmocks.kernel.clock import parse_instant
from support.hapyak import (
    BASE,
    PROJECTS,
    RATES,
    SEND_STATUS,
    STREAM,
    HapYak,
    assert_refused,
    lines,
    rows,
    rules_of,
)

Check = Callable[[HapYak, Any], None]

RULEBOOK: Final = load_rulebook("hapyak")
SWITCHES: Final = {
    f"{rule.id}.{switch.name}": switch for rule in RULEBOOK.values() for switch in rule.switches.values()
}
CHECKS: Final[dict[str, Check]] = {}
"""By switch: how to see that a value of it is gone by."""


def shows(*paths: str) -> Callable[[Check], Check]:
    """Register what checks a switch."""

    def register(check: Check) -> Check:
        CHECKS.update(dict.fromkeys(paths, check))
        return check

    return register


def values(switch: Switch) -> tuple[Value, ...]:
    """The values of a switch to try: all that there are, or of numbers none, a few and the default."""
    if switch.choices:
        return switch.choices
    return (False, True) if isinstance(switch.default, bool) else (0, 3, switch.default)


CASES: Final = [(path, value) for path, switch in SWITCHES.items() for value in values(switch)]


@pytest.mark.parametrize(("path", "value"), CASES)
def test_a_switch_does_what_it_says(hapyak: HapYak, path: str, value: Value) -> None:
    """A switch that is taken and changes nothing would be believed."""
    switch = SWITCHES[path]
    hapyak.mock.call("PUT", f"rules/{switch.rule}", {switch.name: value})
    CHECKS[path](hapyak, value)


def test_every_switch_has_its_check() -> None:
    """A switch that is added, or renamed, is not forgotten here."""
    assert CHECKS.keys() == SWITCHES.keys()


# The statuses of refusals


def sized(hapyak: HapYak, size: int) -> httpx.Response:
    """A request with a body of so many bytes."""
    parameters, headers = dict(SEND_STATUS), {"X-Hapyak-API-Key": hapyak.key}
    url = f"{BASE}/{PROJECTS}"
    return hapyak.client.request("GET", url, params=parameters, headers=headers, content=b"a" * size)


def too_long(hapyak: HapYak) -> httpx.Response:
    """A request for a year, where that is refused."""
    hapyak.mock.rule("range", action="refuse")
    return hapyak.ask(start="2025-01-01", end="2025-12-31")


def failed(hapyak: HapYak) -> httpx.Response:
    """A request for a run that failed."""
    hapyak.mock.plan(outcome="failed", time="0s")
    return hapyak.ask()


def only(hapyak: HapYak, rule: str, **fields: Value) -> None:
    """Leave one of the rate limits on, with these switches."""
    for other in RATES:
        hapyak.mock.rule(other, **({"enabled": True} | fields if other == rule else {"enabled": False}))


def over(rule: str) -> Callable[[HapYak], httpx.Response]:
    """Makes a request beyond a rate limit."""

    def provoke(hapyak: HapYak) -> httpx.Response:
        only(hapyak, rule, value=0)
        return hapyak.ask()

    return provoke


REFUSED: Final[dict[str, Callable[[HapYak], httpx.Response]]] = {
    "unknown-report": lambda hapyak: hapyak.ask("no_such_report"),
    "bad-parameter": lambda hapyak: hapyak.ask(format="xml"),
    "end-before-start": lambda hapyak: hapyak.ask(start="2026-03-02", end="2026-03-01"),
    "body-size": lambda hapyak: sized(hapyak, 1048577),
    "range": too_long,
    "failed": failed,
    "rate-minute": over("rate-minute"),
    "rate-hour": over("rate-hour"),
    "rate-day": over("rate-day"),
}
"""By rule: how to be refused by it."""


def status_of(rule: str) -> Check:
    """The refusal by this rule comes with the status that it was switched to."""
    return lambda hapyak, value: assert_refused(REFUSED[rule](hapyak), value, f"hapyak.{rule}")


CHECKS.update({f"hapyak.{rule}.status": status_of(rule) for rule in REFUSED})


@pytest.mark.parametrize("switched", [400, 422])
def test_refusals_like_a_bad_value_go_by_its_status(hapyak: HapYak, switched: int) -> None:
    """hapyak.bad-parameter, hapyak.repeated-parameter, hapyak.unknown-parameter: one refusal, said thrice."""
    hapyak.mock.rule("bad-parameter", status=switched)
    hapyak.mock.rule("unknown-parameter", action="refuse")
    assert_refused(hapyak.ask(fromat="csv"), switched, "hapyak.unknown-parameter")
    twice = hapyak.send("GET", parameters={"format": ["csv", "csv"]})
    assert_refused(twice, switched, "hapyak.repeated-parameter")


# The key


@shows("hapyak.key.status")
def status_of_a_refused_key(hapyak: HapYak, value: Value) -> None:
    """A key that is refused is steered by its own name."""
    refused = replace(hapyak, key=f"invalid-{hapyak.key}")
    refused.mock.rule("key", status=value)
    assert refused.ask().status_code == value
    assert replace(hapyak, key=f"{refused.key}-2").ask().status_code == 403


@shows("hapyak.key.missing-status")
def status_without_a_key(hapyak: HapYak, value: Value) -> None:
    """A request without a key has no sandbox; it goes by what new ones start with."""
    address, new = "/_mock/rules/hapyak.key", {"vendor": "hapyak"}
    hapyak.client.put(address, params=new, json={"missing-status": value})
    try:
        assert hapyak.client.get(f"{BASE}/{PROJECTS}").status_code == value
    finally:
        hapyak.client.put(address, params=new, json={"missing-status": 403})


# Parameters and the range


def covered(hapyak: HapYak) -> tuple[int, int]:
    """The range of the newest run, in milliseconds."""
    request = hapyak.last_job["request"]
    return request["start"], request["end"]


@shows("hapyak.repeated-parameter.action")
def repeated(hapyak: HapYak, value: Value) -> None:
    """Refused, or one of the two is gone by."""
    answer = hapyak.send("GET", parameters={"start": ["2026-03-01", "2026-03-02"]} | SEND_STATUS)
    if value == "refuse":
        assert_refused(answer, 400, "hapyak.repeated-parameter")
    else:
        assert covered(hapyak)[0] == parse_instant({"first": "2026-03-01", "last": "2026-03-02"}[str(value)])


@shows("hapyak.unknown-parameter.action")
def unknown(hapyak: HapYak, value: Value) -> None:
    """Refused, or taken for another run over the same range."""
    hapyak.ask()
    answer = hapyak.ask(project="1")
    if value == "refuse":
        assert_refused(answer, 400, "hapyak.unknown-parameter")
    else:
        first, second = hapyak.mock.jobs()
        assert first["request"] == second["request"]


@shows("hapyak.body-size.value")
def largest_body(hapyak: HapYak, value: int) -> None:
    """A body of so many bytes is taken, one byte more is not."""
    assert sized(hapyak, value).status_code == 202
    assert_refused(sized(hapyak, value + 1), 413, "hapyak.body-size")


@shows("hapyak.end-inclusive.enabled")
def last_day(hapyak: HapYak, value: Value) -> None:
    """The day named by `end` belongs to the range, or ends it."""
    hapyak.ask(start="2026-03-01", end="2026-03-03")
    assert covered(hapyak)[1] == parse_instant("2026-03-04" if value else "2026-03-03")


@shows("hapyak.range.value", "hapyak.range.enabled")
def longest_range(hapyak: HapYak, value: Value) -> None:
    """So many months before the end; three of them where the limit is switched on or off."""
    if isinstance(value, bool):
        hapyak.mock.rule("range", value=3)
    hapyak.ask(start="2020-01-01", end="2026-01-31")
    first = {0: "2026-02-01", 3: "2025-11-01", 6: "2025-08-01"}[3 if value is True else int(value)]
    assert covered(hapyak)[0] == parse_instant("2020-01-01" if value is False else first)


@shows("hapyak.range.action")
def range_action(hapyak: HapYak, value: Value) -> None:
    """Moved up, or refused."""
    answer = hapyak.ask(start="2025-01-01", end="2025-12-31")
    if value == "refuse":
        assert_refused(answer, 400, "hapyak.range")
    else:
        assert rules_of(answer) == ["hapyak.running", "hapyak.range"]


# The run


@shows("hapyak.running.body")
def running_body(hapyak: HapYak, value: Value) -> None:
    """A word on the state, or nothing."""
    answer = hapyak.ask()
    assert answer.status_code == 202
    assert (answer.content == b"") is (value == "empty")


@shows("hapyak.no-send-status.status")
def status_of_the_trap(hapyak: HapYak, value: Value) -> None:
    """What a client meets that does not ask for the status; those that do get 202 in any case."""
    assert hapyak.ask(send_status=None).status_code == value
    assert hapyak.ask().status_code == 202


@shows("hapyak.cache-life.value")
def life(hapyak: HapYak, value: int) -> None:
    """Kept for so many seconds, to the millisecond; with none, gone before anybody can look."""
    hapyak.ask()
    hapyak.mock.advance("2s")
    if value:
        hapyak.mock.advance(f"{value * 1000 - 1}ms")
        assert hapyak.ask().status_code == 200
        hapyak.mock.advance("1ms")
    assert hapyak.ask().status_code == 202


@shows("hapyak.cache-life.enabled")
def kept_for_good(hapyak: HapYak, value: Value) -> None:
    """Gone after a day, or still there after years."""
    hapyak.fetch()
    hapyak.mock.advance("1000d")
    assert hapyak.ask().status_code == (202 if value else 200)


# Limits


def number_of_runs(rule: str) -> Check:
    """So many runs, and not one more."""

    def check(hapyak: HapYak, value: Value) -> None:
        only(hapyak, rule)
        assert {answer.status_code for answer in hapyak.start(int(value))} <= {202}
        assert_refused(hapyak.start(1)[0], 429, f"hapyak.{rule}")

    return check


def is_limited(rule: str) -> Check:
    """Two runs, or as many as one likes."""

    def check(hapyak: HapYak, value: Value) -> None:
        only(hapyak, rule, value=2, enabled=value)
        assert hapyak.start(3)[2].status_code == (429 if value else 202)

    return check


def refused_runs(rule: str, half: str) -> Check:
    """A refusal in the middle of the window is in the way at its end, or is not."""

    def check(hapyak: HapYak, value: Value) -> None:
        only(hapyak, rule, value=1)
        hapyak.start(1)
        hapyak.mock.advance(half)
        hapyak.start(1)
        hapyak.mock.advance(half)
        assert hapyak.start(1)[0].status_code == (429 if value else 202)

    return check


for _rule, _half in {"rate-minute": "30s", "rate-hour": "30m", "rate-day": "12h"}.items():
    CHECKS[f"hapyak.{_rule}.value"] = number_of_runs(_rule)
    CHECKS[f"hapyak.{_rule}.enabled"] = is_limited(_rule)
    CHECKS[f"hapyak.{_rule}.count-refused"] = refused_runs(_rule, _half)


@shows("hapyak.rate-limited.body")
def refused_body(hapyak: HapYak, value: str) -> None:
    """JSON, plain text, or nothing."""
    answer = over("rate-minute")(hapyak)
    assert answer.status_code == 429
    if value == "json":
        assert_refused(answer, 429, "hapyak.rate-minute")
    else:
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert (answer.text == "") is (value == "empty")


@shows("hapyak.retry-after.enabled")
def retry_after(hapyak: HapYak, value: Value) -> None:
    """The header is there, or is not; the answer while a run is in work has none."""
    assert ("Retry-After" in over("rate-minute")(hapyak).headers) is value


@shows("hapyak.retry-after.running")
def retry_after_while_running(hapyak: HapYak, value: Value) -> None:
    """The seconds until the run is complete, or no header; none where nobody knows."""
    hapyak.mock.plan(time="90500ms")
    assert hapyak.ask().headers.get("Retry-After") == ("91" if value else None)
    hapyak.mock.plan(outcome="never")
    assert "Retry-After" not in hapyak.ask(another="run").headers


@shows("hapyak.row-cap.value", "hapyak.row-cap.enabled")
def row_cap(hapyak: HapYak, value: Value) -> None:
    """So many rows at most; three of them where the cap is switched on or off."""
    if isinstance(value, bool):
        hapyak.mock.rule("row-cap", value=3)
    sent = len(rows(STREAM, hapyak.fetch(STREAM)))
    hapyak.mock.rule("row-cap", enabled=False)
    total = len(rows(STREAM, hapyak.ask(STREAM)))
    assert total > 3
    assert sent == (3 if value is True else total if value is False else min(int(value), total))


# What comes


@shows("hapyak.default-format.value")
def default_format(hapyak: HapYak, value: str) -> None:
    """A request without a format gets it; one with a format gets that."""
    assert hapyak.fetch().headers["Content-Type"].partition(";")[0].endswith(value)
    assert hapyak.fetch(format="json").headers["Content-Type"] == "application/json"


@shows("hapyak.csv.quote")
def quotes(hapyak: HapYak, value: str) -> None:
    """By a header's, a number's and a text's cell."""
    header, first, *_ = hapyak.fetch().content.split(b"\r\n")
    title = lines(hapyak.ask())[1][1].encode()
    bare = b'"%s"' % title if b"," in title else title
    number = first.partition(b",")[0].strip(b'"')
    begins = {"minimal": (b"%s", b"%s", bare), "nonnumeric": (b'"%s"', b"%s", b'"%s"' % title)}
    head, digits, text = begins.get(value, (b'"%s"', b'"%s"', b'"%s"' % title))
    assert header.startswith(head % b"project_id" + b",")
    assert first.startswith(digits % number + b"," + text + b",")


@shows("hapyak.csv.newline")
def newlines(hapyak: HapYak, value: str) -> None:
    """Each line ends so, the last one too."""
    content = hapyak.fetch().content
    end = {"crlf": b"\r\n", "lf": b"\n"}[value]
    assert content.endswith(end)
    assert content.count(b"\n") == len(content.split(end)) - 1 > 1
    assert (b"\r" in content) is (value == "crlf")
