"""Every classic mistake of a server is found by `verify`, under the rule that it breaks."""

from collections.abc import Callable, Iterable

import pytest

from mutants.registry import Mutant, mutants
from reportcontracts.kit.verify import Check, Finding, Word, checks_of, summary
from reportcontracts.kit.verify import verify as made
from reportcontracts.names import VENDORS
from reportmocks.app import create_app
from reportmocks.kernel.clock import parse_instant
from reportmocks.settings import Settings
from support.unsocketed import server

HALF_PAST = "2026-03-04T12:00:30Z"
"""Half a minute after a whole hour: a window by the calendar is no window that slides."""


UNBROKEN = {
    *("brightcove.end-before-start", "brightcove.grant", "brightcove.token"),
    *("echo360.missing-parameter", "echo360.unknown-report", "echo360.unknown-request"),
    *("hapyak.end-before-start", "khoros.company-key", "khoros.missing-parameter", "khoros.unknown-report"),
    *("saferme.bad-parameter", "saferme.unknown-field"),
    *("brightcove.analytics-answer", "brightcove.json", "echo360.report-list", "khoros.completed"),
    *("khoros.teams", "khoros.timezones", "saferme.answer", "saferme.reads"),
}
"""Rules that are checked and have no mutant: refusals that differ from those of mutants in nothing but their
path, and answers whose check is their contract, which other mutants of the same vendor break."""

LONG = ("range", "rate-day")
"""Rules whose checks take more time than all others, and are made only where they ought to find something."""


def findings(vendor: str, checks: Iterable[Check], now: str = HALF_PAST) -> list[Finding]:
    """What checks of a vendor come to, at a mock as its code is now."""
    app = create_app(Settings(clock="frozen", now=parse_instant(now), size="tiny", vendors=(vendor,)))
    try:
        return list(made(server(app, vendor), checks, name="mutant"))
    finally:
        app.kernel.store.close()


def differing(found: list[Finding]) -> dict[str, str]:
    """By rule what was seen instead of what is promised."""
    words = summary(found)
    seen = {finding.rule: finding.seen for finding in reversed(found) if finding.word is Word.DIFFERS}
    return {rule: seen[rule] for rule in words if words[rule] is Word.DIFFERS}


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.id)
def test_a_mutant_is_killed_by_its_rule(
    mutant: Mutant,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    """By the right one, and by no other than those that stand on what is broken."""
    record_property("kill", ["mutant", mutant.id, mutant.rule, mutant.mistake])
    mutant.apply(monkeypatch)
    long = {f"{mutant.vendor}.{name}" for name in LONG} - {mutant.rule, *mutant.also}
    checks = (check for check in checks_of(mutant.vendor) if check.rule not in long)
    seen = differing(findings(mutant.vendor, checks))
    assert "Traceback" not in capsys.readouterr().err, "the mutant does not answer wrongly, it fails"
    assert mutant.rule in seen
    assert {rule: seen[rule] for rule in seen if not mutant.explains(rule)} == {}


@pytest.mark.parametrize("now", [HALF_PAST, "2026-03-01T00:00:00Z", "2026-07-05T23:59:59Z"])
@pytest.mark.parametrize("vendor", VENDORS)
def test_without_a_mutant_nothing_differs(vendor: str, now: str) -> None:
    """At any hour: what would be found in a mock without a mistake, would be found in all of them."""
    assert differing(findings(vendor, checks_of(vendor), now)) == {}


def test_every_check_has_a_mutant() -> None:
    """A check that nothing fails might be one that nothing can."""
    checked = {check.rule for vendor in VENDORS for check in checks_of(vendor)}
    killers = {mutant.rule for mutant in mutants()}
    assert checked - killers == UNBROKEN
