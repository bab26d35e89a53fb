"""Every value of every switch of every rule of HapYak does what it says; none does nothing."""

from dataclasses import replace
from typing import Final

import pytest

from reportcontracts.switches import Value
from reportmocks.kernel.clock import parse_instant
from support import engagement_switches
from support.engagement import PROJECTS, SEND_STATUS, lines
from support.hapyak import BASE, HapYak, assert_refused
from support.switched import Checks, cases, switches

CHECKS: Final = Checks(engagement_switches.CHECKS)
shows: Final = CHECKS.shows


@pytest.mark.parametrize(("path", "value"), cases("hapyak"))
def test_a_switch_does_what_it_says(hapyak: HapYak, path: str, value: Value) -> None:
    """A switch that is taken and changes nothing would be believed."""
    CHECKS.see(hapyak, path, value)


def test_every_switch_has_its_check() -> None:
    """A switch that is added, or renamed, is not forgotten here."""
    assert CHECKS.keys() == switches("hapyak").keys()


@pytest.mark.parametrize("switched", [400, 422])
def test_refusals_like_a_bad_value_go_by_its_status(hapyak: HapYak, switched: int) -> None:
    """hapyak.bad-parameter, hapyak.repeated-parameter, hapyak.unknown-parameter: one refusal, said thrice."""
    hapyak.mock.rule("bad-parameter", status=switched)
    hapyak.mock.rule("unknown-parameter", action="refuse")
    assert_refused(hapyak.ask(fromat="csv"), switched, "hapyak.unknown-parameter")
    twice = hapyak.send("GET", parameters={"format": ["csv", "csv"]})
    assert_refused(twice, switched, "hapyak.repeated-parameter")
    hapyak.mock.rule("no-send-status", required=True)
    assert_refused(hapyak.ask(send_status=None), switched, "hapyak.no-send-status")


# The key


@shows("key.status")
def status_of_a_refused_key(hapyak: HapYak, value: Value) -> None:
    """A key that is refused is steered by its own name."""
    refused = replace(hapyak, key=f"invalid-{hapyak.key}")
    refused.mock.rule("key", status=value)
    assert refused.ask().status_code == value
    assert replace(hapyak, key=f"{refused.key}-2").ask().status_code == 403


@shows("key.missing-status")
def status_without_a_key(hapyak: HapYak, value: Value) -> None:
    """A request without a key has no sandbox; it goes by what new ones start with."""
    address, new = "/_mock/rules/hapyak.key", {"vendor": "hapyak"}
    hapyak.client.put(address, params=new, json={"missing-status": value})
    try:
        assert hapyak.client.get(f"{BASE}/{PROJECTS}").status_code == value
    finally:
        hapyak.client.put(address, params=new, json={"missing-status": 403})


# Parameters


@shows("repeated-parameter.action")
def repeated(hapyak: HapYak, value: Value) -> None:
    """Refused, or one of the two is gone by."""
    answer = hapyak.send("GET", parameters={"start": ["2026-03-01", "2026-03-02"]} | SEND_STATUS)
    if value == "refuse":
        assert_refused(answer, 400, "hapyak.repeated-parameter")
    else:
        assert hapyak.covered[0] == parse_instant({"first": "2026-03-01", "last": "2026-03-02"}[str(value)])


@shows("unknown-parameter.action")
def unknown(hapyak: HapYak, value: Value) -> None:
    """Refused, or taken for another run over the same range."""
    hapyak.ask()
    answer = hapyak.ask(project="1")
    if value == "refuse":
        assert_refused(answer, 400, "hapyak.unknown-parameter")
    else:
        first, second = hapyak.mock.jobs()
        assert first["request"] == second["request"]


# What comes


@shows("csv.quote")
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
