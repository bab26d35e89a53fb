"""Every value of every switch of every rule of Brightcove does what it says; none does nothing."""

from typing import Final

import pytest

from reportcontracts.switches import Value
from support import brightcove_quiz_switches, brightcove_switches
from support.brightcove import ANALYTICS, SUMMARY, Brightcove, assert_not_found_out, assert_refused
from support.switched import Checks, cases, switches

CHECKS: Final = Checks(brightcove_switches.CHECKS | brightcove_quiz_switches.CHECKS)


@pytest.mark.parametrize(("path", "value"), cases("brightcove"))
def test_a_switch_does_what_it_says(brightcove: Brightcove, path: str, value: Value) -> None:
    """A switch that is taken and changes nothing would be believed."""
    CHECKS.see(brightcove, path, value)


def test_every_switch_has_its_check() -> None:
    """A switch that is added, or renamed, is not forgotten here."""
    assert CHECKS.keys() == switches("brightcove").keys()


@pytest.mark.parametrize("switched", [400, 422])
def test_refusals_like_a_bad_value_go_by_its_status(brightcove: Brightcove, switched: int) -> None:
    """brightcove.bad-parameter, brightcove.repeated-parameter, brightcove.unknown-parameter: one refusal."""
    brightcove.mock.rule("bad-parameter", status=switched)
    brightcove.mock.rule("unknown-parameter", action="refuse")
    assert_refused(brightcove.ask(fromat="csv"), switched, "unknown-parameter")
    assert_not_found_out(brightcove.analytics(SUMMARY, page="1"), switched, "unknown-parameter")
    twice = brightcove.send(
        "GET", ANALYTICS[SUMMARY].replace("{account_id}", "1"), {"project_id": ["1", "1"]}
    )
    assert_not_found_out(twice, switched, "repeated-parameter")


def test_percents_of_one_without_decimals_are_hundredths(brightcove: Brightcove) -> None:
    """brightcove.percent: the two switches together."""
    brightcove.mock.rule("percent", whole=1, decimals=0)
    CHECKS["percent.whole"](brightcove, 1)
