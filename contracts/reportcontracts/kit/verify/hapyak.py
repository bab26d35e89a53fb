"""Checks of HapYak."""

from collections.abc import Iterator
from typing import Final

from reportcontracts.kit.verify.engagement import STREAM, Engagement
from reportcontracts.kit.verify.probe import Check, Probe, expect
from reportcontracts.kit.verify.wire import Reply

HEADER: Final = "X-Hapyak-API-Key"


def ask(probe: Probe, report: str, **asked: str) -> Reply:
    """Ask for a report, or poll it."""
    key = {HEADER: probe.credentials["api_key"]}
    return probe.call("GET", f"/api/reports/v2/{report}", {"send_status": "true"} | asked, key)


def checks() -> Iterator[Check]:
    """Every check."""
    yield Check(rule="hapyak.key", what="ask without a key, and with one that is not valid", see=_key)
    yield from Engagement("hapyak", ask).checks()


def _key(probe: Probe) -> None:
    path = f"/api/reports/v2/{STREAM}"
    expect(probe.call("GET", path), 403, what="no key")
    expect(probe.call("GET", path, headers={HEADER: "invalid"}), 403, what="a key that is not valid")
