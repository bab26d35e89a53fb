"""How to see the switches of SaferMe's rules on who asks and what: refusals, tokens, sessions, look-ups."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx

from reportcontracts.switches import Value
from support.answers import rules_of
from support.saferme import APP, BASE, CALLS, CLOSED, PAGE, SaferMe, log_in, plain, session, total
from support.switched import Check, Checks

CHECKS: Final = Checks()
shows: Final = CHECKS.shows


def bare(saferme: SaferMe, authorization: str, **headers: str) -> httpx.Response:
    """A call with this header Authorization and no other but those given."""
    every = {"Authorization": authorization, **headers}
    return saferme.client.get(f"{BASE}/analytics/reports_per_state", params=dict(PAGE), headers=every)


# Statuses of refusals


def _expired(saferme: SaferMe) -> httpx.Response:
    its = SaferMe(saferme.client, session(log_in(saferme.client, saferme.token))["access_token"])
    saferme.mock.advance("366d")
    return its.ask()


def _with_body(saferme: SaferMe, size: int) -> httpx.Response:
    headers = {"Authorization": f"Token token={saferme.token}"}
    return saferme.client.request("GET", f"{BASE}/forms", headers=headers, content=b" " * size)


REFUSED: Final[Mapping[str, Callable[[SaferMe], httpx.Response]]] = {
    "token": _expired,
    "forbidden": lambda saferme: saferme.ask(channel_id=CLOSED),
    "method": lambda saferme: saferme.send("POST", "analytics/reports_read"),
    "missing-parameter": lambda saferme: saferme.ask(channel_id=None),
    "bad-parameter": lambda saferme: saferme.ask(channel_id="x"),
    "unknown-channel": lambda saferme: saferme.ask(channel_id=99),
    "unknown-field": lambda saferme: saferme.ask("reports_per_field_selection", field_id=99),
    "unsupported-field": lambda saferme: saferme.ask("reports_per_field_selection", field_id=7),
    "body-size": lambda saferme: _with_body(saferme, 1048577),
    "session-body": lambda saferme: log_in(saferme.client, saferme.token, password=None),
    "session-credentials": lambda saferme: log_in(saferme.client, saferme.token, password="invalid"),
    "unknown-lookup": lambda saferme: saferme.get("users/99"),
}


def _status(rule: str) -> Check:
    def check(saferme: SaferMe, value: Value) -> None:
        refused = REFUSED[rule](saferme)
        assert refused.status_code == value
        assert rules_of(refused)[0] in (f"saferme.{rule}", "saferme.session-life")

    return check


CHECKS.update({f"{rule}.status": _status(rule) for rule in REFUSED if rule != "session-body"})


@shows("session-body.status")
def status_of_a_missing_member(saferme: SaferMe, value: Value) -> None:
    """Whose sandbox it is, is known where the e-mail address is not what is missing."""
    assert REFUSED["session-body"](saferme).status_code == value


@shows("body-json.status")
def status_of_a_bad_body(saferme: SaferMe, value: Value) -> None:
    """A body that cannot be read names no sandbox, but the header may."""
    headers = {"Authorization": f"Token token={saferme.token}"}
    answer = saferme.client.post(f"{BASE}/session", content=b"{", headers=headers)
    assert (answer.status_code, rules_of(answer)) == (value, ["saferme.body-json"])


# Who asks


@shows("token.challenge")
def challenge(saferme: SaferMe, value: Value) -> None:
    """The header that Ruby on Rails has there."""
    assert ("WWW-Authenticate" in _expired(saferme).headers) is value


@shows("token-form.bearer")
def bearer(saferme: SaferMe, value: Value) -> None:
    """Another scheme is taken too, or is not."""
    assert bare(saferme, f"Bearer {saferme.token}").status_code == (200 if value else 401)
    assert bare(saferme, f"Token token={saferme.token}").status_code == 200


@shows("app-id.required")
def app_id(saferme: SaferMe, value: Value) -> None:
    """Whether it can be left out."""
    assert bare(saferme, f"Token token={saferme.token}", **{"X-TeamId": "1"}).status_code == (
        400 if value else 200
    )


@shows("team-id.required")
def team_id(saferme: SaferMe, value: Value) -> None:
    """Whether it can be left out."""
    assert bare(saferme, f"Token token={saferme.token}", **{"X-AppId": APP}).status_code == (
        400 if value else 200
    )


@shows("forbidden.enabled")
def forbidden(saferme: SaferMe, value: Value) -> None:
    """A channel that is not the caller's has rows, or is refused."""
    answer = saferme.ask(channel_id=CLOSED)
    assert answer.status_code == (403 if value else 200)
    assert value or total(answer.json()) > 0


# What is asked


@shows("repeated-parameter.action")
def repeated(saferme: SaferMe, value: Value) -> None:
    """Which of two values holds, or none."""
    answer = saferme.ask(channel_id=["1", "2"])
    assert rules_of(answer)[0] == "saferme.repeated-parameter"
    if value == "refuse":
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["channel_id"])
    else:
        assert answer.json()[0]["account_id"] == {"first": 1, "last": 2}[str(value)]


@shows("unknown-channel.action")
def unknown_channel(saferme: SaferMe, value: Value) -> None:
    """Refused, or answered as one without reports."""
    for call in CALLS:
        answer = saferme.ask(call, channel_id=99)
        if value == "refuse":
            assert answer.status_code == 404
        else:
            assert answer.json() == ({"total_reads": 0} if call == "reports_read" else [])


@shows("status-reason.header")
def status_reason(saferme: SaferMe, value: Value) -> None:
    """A header with the message."""
    assert ("X-Status-Reason" in saferme.ask(channel_id=99).headers) is value


@shows("no-limits.paged")
def paged(saferme: SaferMe, value: Value) -> None:
    """Images by pages, or all of them."""
    everything = plain(saferme).rows("reports_images")
    first = saferme.ask("reports_images")
    assert first.json() == (everything[:60] if value else everything)
    assert first.headers.get("Content-Range") == (f"report_images 0-59/{len(everything)}" if value else None)
    headers = {"Range": "objects=50-149"}
    second = saferme.send("GET", "analytics/reports_images", dict(PAGE), headers)
    assert second.json() == (everything[50:150] if value else everything)


@shows("body-size.value")
def body_size(saferme: SaferMe, value: Value) -> None:
    """So many bytes are read, and one more is too many."""
    assert isinstance(value, int)
    assert [_with_body(saferme, value + more).status_code for more in (0, 1)] == [200, 413]


# Sessions


@shows("session-status.status")
def session_status(saferme: SaferMe, value: Value) -> None:
    """Of a session that begins, and of one that goes on."""
    begun = log_in(saferme.client, saferme.token)
    tokens = {name: session(begun)[name] for name in ("access_token", "refresh_token")}
    renewed = saferme.client.patch(f"{BASE}/session", json={"session": tokens})
    assert (begun.status_code, renewed.status_code) == (value, value)


@shows("session-refresh-late.enabled")
def refresh_late(saferme: SaferMe, value: Value) -> None:
    """After the end of the access token a session can be renewed, or not; before it, always."""
    for days, status in (("1d", 200), ("400d", 200 if value else 401)):
        told = session(log_in(saferme.client, saferme.token))
        saferme.mock.advance(days)
        tokens = {name: told[name] for name in ("access_token", "refresh_token")}
        assert saferme.client.patch(f"{BASE}/session", json={"session": tokens}).status_code == status


@shows("session-life.value")
def session_life(saferme: SaferMe, value: Value) -> None:
    """A token works for so many days, to the millisecond."""
    its = SaferMe(saferme.client, session(log_in(saferme.client, saferme.token))["access_token"])
    assert isinstance(value, int)
    if value:
        saferme.mock.advance(f"{value * 86_400_000 - 1}ms")
        assert its.ask().status_code == 200
        saferme.mock.advance("1ms")
    assert rules_of(its.ask()) == ["saferme.session-life"]


@shows("session-life.enabled")
def session_for_good(saferme: SaferMe, value: Value) -> None:
    """A token ends, or works for as long as the clock goes."""
    its = SaferMe(saferme.client, session(log_in(saferme.client, saferme.token))["access_token"])
    saferme.mock.advance("36500d")
    assert its.get("users/1").status_code == (401 if value else 200)


# What the identifiers mean


@shows("paging.value", "paging.most")
def page_sizes(saferme: SaferMe, value: Value) -> None:
    """So many without a Range, and at most so many with one."""
    sizes: dict[str, Any] = saferme.mock.call("GET", "rules/saferme.paging")["values"]
    assert value in sizes.values()
    every = len(plain(saferme).found("report_states"))
    asked = saferme.get("report_states", headers={"Range": "objects=0-999"})
    assert len(saferme.found("report_states")) == min(sizes["value"], every)
    assert len(asked.json()) == min(sizes["most"], every)


@shows("paging.status")
def page_status(saferme: SaferMe, value: Value) -> None:
    """Of an answer to a Range, and of none else."""
    assert saferme.get("forms", headers={"Range": "objects=0-1"}).status_code == value
    assert saferme.get("forms").status_code == 200


@shows("lookup-instants.zone")
def lookup_instants(saferme: SaferMe, value: Value) -> None:
    """The same instant, with another offset."""
    instant = saferme.found("forms/1")["updated_at"]
    assert instant[-6:] in (("+00:00",) if value == "UTC" else ("+12:00", "+13:00"))


@shows("form-data.object")
def form_data(saferme: SaferMe, value: Value) -> None:
    """The options in an object, or in a string that holds one."""
    field, other = saferme.found("forms/1")["fields"][1], plain(saferme).found("forms/1")["fields"][1]
    data = field["data"] if value else json.loads(field["data"])
    assert data == json.loads(other["data"])
    assert data["options"][0]["label"] == "Resolved"
