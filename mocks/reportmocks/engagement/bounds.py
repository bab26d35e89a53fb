"""The bounds of a range as the engagement reports take them."""

from collections.abc import Mapping

from reportcontracts.catalogue import Report
from reportmocks.engagement.parameters import resolve
from reportmocks.kernel.sandbox import Sandbox


def read_days(sandbox: Sandbox, _report: Report, sent: Mapping[str, str]) -> tuple[int, int]:
    """The range of a run with these parameters that is submitted now, however long."""
    found = resolve(sandbox, sent)
    return found.start, found.end
