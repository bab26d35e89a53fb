"""Every value of every switch of every rule of SaferMe does what it says; none does nothing."""

from typing import Final

import pytest

from reportcontracts.rules import load_rulebook
from reportcontracts.switches import Value
from support import saferme_answers, saferme_asking
from support.saferme import SaferMe
from support.switched import Checks, cases, switches

RULEBOOK: Final = load_rulebook("saferme")
CHECKS: Final = Checks(saferme_asking.CHECKS | saferme_answers.CHECKS)


@pytest.mark.parametrize(("path", "value"), cases("saferme"))
def test_a_switch_does_what_it_says(saferme: SaferMe, path: str, value: Value) -> None:
    """A switch that is taken and changes nothing would be believed."""
    CHECKS.see(saferme, path, value)


def test_every_switch_has_its_check() -> None:
    """A switch that is added, or renamed, is not forgotten here."""
    assert CHECKS.keys() == switches("saferme").keys()


def test_every_assumption_of_an_answer_can_be_switched() -> None:
    """Where nothing public says how it is, whoever knows better must be able to say so."""
    fixed = {rule.id for rule in RULEBOOK.values() if rule.evidence == "assumed" and not rule.switches}
    assert fixed == {
        "saferme.unknown-path",  # there is nothing else to do
        "saferme.session-sandbox", "saferme.session-user",  # the mock's own
        "saferme.channel-form",  # an identifier, as good as another
    }  # fmt: skip
