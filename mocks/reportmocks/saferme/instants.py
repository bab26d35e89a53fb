"""Instants as SaferMe's sessions and look-ups write them: with an offset."""

from datetime import timedelta, timezone

from reportcontracts.rules import RuleValues
from reportfixtures.saferme_zone import Zone, offset
from reportmocks.kernel.clock import moment


def local_instant(rules: RuleValues, instant: int) -> str:
    """`2022-04-17T11:30:27.045+12:00`."""
    zone = zone_of(rules, "saferme.lookup-instants")
    ahead = timezone(timedelta(milliseconds=offset(instant, zone)))
    return moment(instant).astimezone(ahead).isoformat(timespec="milliseconds")


def zone_of(rules: RuleValues, rule: str) -> Zone:
    """The zone that a rule is switched to."""
    return "Pacific/Auckland" if rules.text(rule, "zone") == "Pacific/Auckland" else "UTC"
