"""Every value of every switch of every rule of Echo360 does what it says; none does nothing."""

from dataclasses import replace
from typing import Final

import pytest

from reportcontracts.switches import Value
from support import echo360_asset_switches, echo360_switches
from support.echo360 import BASE, Echo360, assert_refused
from support.echo360_switches import asked_by_another
from support.switched import Checks, cases, switches

CHECKS: Final = Checks(echo360_switches.CHECKS | echo360_asset_switches.CHECKS)


@pytest.mark.parametrize(("path", "value"), cases("echo360"))
def test_a_switch_does_what_it_says(echo360: Echo360, path: str, value: Value) -> None:
    """A switch that is taken and changes nothing would be believed."""
    CHECKS.see(echo360, path, value)


def test_every_switch_has_its_check() -> None:
    """A switch that is added, or renamed, is not forgotten here."""
    assert CHECKS.keys() == switches("echo360").keys()


@pytest.mark.parametrize("status", [403, 404])
def test_another_clients_request_is_refused_in_words_that_fit(echo360: Echo360, status: int) -> None:
    """echo360.wrong-institution: 403 does not say that it was not found."""
    echo360.mock.rule("wrong-institution", status=status)
    assert asked_by_another(echo360).json()["error"] == {403: "Forbidden", 404: "NotFound"}[status]


@pytest.mark.parametrize("status", [400, 401])
def test_an_invalid_id_is_steered_by_its_name(echo360: Echo360, status: int) -> None:
    """echo360.credentials, echo360.grant: a client that is refused has its switches like any other."""
    refused = replace(echo360, name=f"invalid-{echo360.name}")
    refused.mock.rule("credentials", status=status)
    refused.mock.rule("grant", status=status)
    assert_refused(refused.grant(), status, "echo360.credentials")
    assert_refused(refused.grant("implicit"), status, "echo360.grant")


@pytest.mark.parametrize("value", ["first", "last"])
def test_a_token_given_twice_in_a_body_is_gone_by(echo360: Echo360, value: str) -> None:
    """echo360.repeated-parameter: the one that is gone by decides."""
    echo360.mock.rule("repeated-parameter", action=value)
    good, bad = f'"access_token": "{echo360.token}"', '"access_token": "nonsense"'
    body = f"{{{good}, {bad}}}"
    answer = echo360.client.post(f"{BASE}/requests/asset", content=body)
    assert answer.status_code == {"first": 200, "last": 401}[value]
