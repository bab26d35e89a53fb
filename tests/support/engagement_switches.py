"""How to see that a switch of the rules on engagement reports is gone by, at HapYak and at Brightcove."""

from collections.abc import Callable
from typing import Final

import httpx

from reportcontracts.switches import Value
from reportmocks.kernel.clock import parse_instant
from support.answers import refusal, rules_of
from support.engagement import PROJECTS, RATES, SEND_STATUS, STREAM, Client, lines
from support.switched import Check, Checks

CHECKS: Final = Checks()
shows: Final = CHECKS.shows


def assert_refused(client: Client, answer: httpx.Response, status: int, rule: str) -> None:
    """An answer is the refusal by a rule of the client's vendor."""
    refusal(answer, status, f"{client.mock.vendor}.{rule}")


# The statuses of refusals


def sized(client: Client, size: int) -> httpx.Response:
    """A request with a body of so many bytes."""
    return client.request(PROJECTS, SEND_STATUS, content=b"a" * size)


def too_long(client: Client) -> httpx.Response:
    """A request for a year, where that is refused."""
    client.mock.rule("range", action="refuse")
    return client.ask(start="2025-01-01", end="2025-12-31")


def failed(client: Client) -> httpx.Response:
    """A request for a run that failed."""
    client.mock.plan(outcome="failed", time="0s")
    return client.ask()


def only(client: Client, rule: str, **fields: Value) -> None:
    """Leave one of the rate limits on, with these switches."""
    for other in RATES:
        client.mock.rule(other, **({"enabled": True} | fields if other == rule else {"enabled": False}))


def over(rule: str) -> Callable[[Client], httpx.Response]:
    """Makes a request beyond a rate limit."""

    def provoke(client: Client) -> httpx.Response:
        only(client, rule, value=0)
        return client.ask()

    return provoke


REFUSED: Final[dict[str, Callable[[Client], httpx.Response]]] = {
    "unknown-report": lambda client: client.ask("no_such_report"),
    "bad-parameter": lambda client: client.ask(format="xml"),
    "end-before-start": lambda client: client.ask(start="2026-03-02", end="2026-03-01"),
    "body-size": lambda client: sized(client, 1048577),
    "range": too_long,
    "failed": failed,
    **{rule: over(rule) for rule in RATES},
}
"""By rule: how to be refused by it."""


def status_of(rule: str) -> Check:
    """The refusal by this rule comes with the status that it was switched to."""
    return lambda client, value: assert_refused(client, REFUSED[rule](client), value, rule)


CHECKS.update({f"{rule}.status": status_of(rule) for rule in REFUSED})


@shows("body-size.value")
def largest_body(client: Client, value: int) -> None:
    """A body of so many bytes is taken, one byte more is not."""
    assert sized(client, value).status_code == 202
    assert_refused(client, sized(client, value + 1), 413, "body-size")


# Ranges and runs


@shows("end-inclusive.enabled")
def last_day(client: Client, value: Value) -> None:
    """The day named by `end` belongs to the range, or ends it."""
    client.ask(start="2026-03-01", end="2026-03-03")
    assert client.covered[1] == parse_instant("2026-03-04" if value else "2026-03-03")


@shows("range.value", "range.enabled")
def longest_range(client: Client, value: Value) -> None:
    """So many months before the end; three of them where the limit is switched on or off."""
    if isinstance(value, bool):
        client.mock.rule("range", value=3)
    client.ask(start="2020-01-01", end="2026-01-31")
    first = {0: "2026-02-01", 3: "2025-11-01", 6: "2025-08-01"}[3 if value is True else int(value)]
    assert client.covered[0] == parse_instant("2020-01-01" if value is False else first)


@shows("range.action")
def range_action(client: Client, value: str) -> None:
    """Moved up, or refused."""
    answer = client.ask(start="2025-01-01", end="2025-12-31")
    if value == "refuse":
        assert_refused(client, answer, 400, "range")
    else:
        vendor = client.mock.vendor
        assert rules_of(answer) == [f"{vendor}.running", f"{vendor}.range"]


@shows("running.body")
def running_body(client: Client, value: str) -> None:
    """A word on the state, or nothing."""
    answer = client.ask()
    assert answer.status_code == 202
    assert (answer.content == b"") is (value == "empty")


@shows("no-send-status.status")
def status_of_the_trap(client: Client, value: int) -> None:
    """What a client meets that does not ask for the status; those that do get 202 in any case."""
    assert client.ask(send_status=None).status_code == value
    assert client.ask().status_code == 202


@shows("no-send-status.required")
def asked_for_or_not(client: Client, value: Value) -> None:
    """The page has that it must be there; without it there is a refusal, or the trap."""
    for left_out in (None, "false"):
        answer = client.ask(send_status=left_out)
        if value:
            assert_refused(client, answer, 400, "no-send-status")
        else:
            assert answer.status_code == 200
    assert client.ask().status_code == 202


@shows("cache-life.value")
def life(client: Client, value: int) -> None:
    """Kept for so many seconds, to the millisecond; with none, gone before anybody can look."""
    client.ask()
    client.mock.advance("2s")
    if value:
        client.mock.advance(f"{value * 1000 - 1}ms")
        assert client.ask().status_code == 200
        client.mock.advance("1ms")
    assert client.ask().status_code == 202


@shows("cache-life.enabled")
def kept_for_good(client: Client, value: Value) -> None:
    """Gone after a day, or still there after years."""
    client.fetch()
    client.mock.advance("1000d")
    assert client.ask().status_code == (202 if value else 200)


# Limits


def number_of_runs(rule: str) -> Check:
    """So many runs, and not one more."""

    def check(client: Client, value: int) -> None:
        only(client, rule)
        assert {answer.status_code for answer in client.start(value)} <= {202}
        assert_refused(client, client.start(1)[0], 429, rule)

    return check


def is_limited(rule: str) -> Check:
    """Two runs, or as many as one likes."""

    def check(client: Client, value: Value) -> None:
        only(client, rule, value=2, enabled=value)
        assert client.start(3)[2].status_code == (429 if value else 202)

    return check


def refused_runs(rule: str, half: str) -> Check:
    """A refusal in the middle of the window is in the way at its end, or is not."""

    def check(client: Client, value: Value) -> None:
        only(client, rule, value=1)
        client.start(1)
        client.mock.advance(half)
        client.start(1)
        client.mock.advance(half)
        assert client.start(1)[0].status_code == (429 if value else 202)

    return check


for _rule, _half in {"rate-minute": "30s", "rate-hour": "30m", "rate-day": "12h"}.items():
    CHECKS[f"{_rule}.value"] = number_of_runs(_rule)
    CHECKS[f"{_rule}.enabled"] = is_limited(_rule)
    CHECKS[f"{_rule}.count-refused"] = refused_runs(_rule, _half)


@shows("rate-limited.body")
def refused_body(client: Client, value: str) -> None:
    """JSON, plain text, or nothing."""
    answer = over("rate-minute")(client)
    assert answer.status_code == 429
    if value == "json":
        assert_refused(client, answer, 429, "rate-minute")
    else:
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert (answer.text == "") is (value == "empty")


@shows("retry-after.enabled")
def retry_after(client: Client, value: Value) -> None:
    """The header is there, or is not."""
    assert ("Retry-After" in over("rate-minute")(client).headers) is value


@shows("retry-after.running")
def retry_after_while_running(client: Client, value: Value) -> None:
    """The seconds until the run is complete, or no header; none where nobody knows."""
    client.mock.plan(time="90500ms")
    assert client.ask().headers.get("Retry-After") == ("91" if value else None)
    client.mock.plan(outcome="never")
    assert "Retry-After" not in client.ask(another="run").headers


@shows("row-cap.value", "row-cap.enabled")
def row_cap(client: Client, value: Value) -> None:
    """So many rows at most; three of them where the cap is switched on or off."""
    if isinstance(value, bool):
        client.mock.rule("row-cap", value=3)
    sent = len(client.fetch(STREAM, format="json").json())
    client.mock.rule("row-cap", enabled=False)
    total = len(client.ask(STREAM, format="json").json())
    assert total > 3
    assert sent == (3 if value is True else total if value is False else min(int(value), total))


# What comes


@shows("bad-parameter.case")
def words(client: Client, value: str) -> None:
    """Words in capitals, and as Python writes its True, are refused, or mean the same."""
    shouted = {"format": "JSON", "send_status": "True"}
    if value == "exact":
        assert_refused(client, client.ask(**shouted), 400, "bad-parameter")
        assert_refused(client, client.ask(send_status="True"), 400, "bad-parameter")
    else:
        assert client.ask(**shouted).status_code == 202
        assert client.fetch(**shouted).headers["Content-Type"] == "application/json"
    assert_refused(client, client.ask(format="XML"), 400, "bad-parameter")


@shows("user-id.anonymous")
def nobody(client: Client, value: str) -> None:
    """A viewer without a name has an id or none, in both formats, and in what is expected of a client."""
    days = {"start": "2026-03-01", "end": "2026-03-02"}
    found = client.fetch(STREAM, **days, format="json").json()
    nameless = {row["user_id"] for row in found if row["username"] is None}
    assert (nameless == {None}) is (value == "empty")
    assert all(row["user_id"] for row in found if row["username"] is not None)
    header, *written = lines(client.fetch(STREAM, **days, format="csv"))
    place = header.index("user_id")
    assert [line[place] for line in written] == [row["user_id"] or "" for row in found]
    its = {"vendor": client.mock.vendor, "sandbox": client.mock.sandbox}
    assert client.client.get(f"/_mock/expected/{STREAM}", params=its | days).json() == found


@shows("json.rows")
def layout(client: Client, value: str) -> None:
    """An object for each row, or the header and each row as arrays; of no rows the header alone."""
    header, *written = lines(client.fetch(format="csv"))
    told, none = (
        client.fetch(format="json"),
        client.fetch(start="2026-04-01", end="2026-04-02", format="json"),
    )
    assert int(told.headers["Content-Length"]) == len(told.content)
    rows = told.json()
    if value == "arrays":
        assert none.json() == [header] == rows[:1]
        rows = [dict(zip(header, cells, strict=True)) for cells in rows[1:]]
    else:
        assert none.json() == []
    assert all(list(row) == header for row in rows)
    assert [str(row["project_id"]) for row in rows] == [line[0] for line in written] != []


@shows("default-format.value")
def default_format(client: Client, value: str) -> None:
    """A request without a format gets it; one with a format gets that."""
    assert client.fetch().headers["Content-Type"].partition(";")[0].endswith(value)
    assert client.fetch(format="json").headers["Content-Type"] == "application/json"


@shows("csv.newline")
def newlines(client: Client, value: str) -> None:
    """Each line ends so, the last one too."""
    content = client.fetch().content
    end = {"crlf": b"\r\n", "lf": b"\n"}[value]
    assert content.endswith(end)
    assert content.count(b"\n") == len(content.split(end)) - 1 > 1
    assert (b"\r" in content) is (value == "crlf")
