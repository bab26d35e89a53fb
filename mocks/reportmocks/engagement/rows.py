"""The rows of engagement reports, with what the rules have of viewers whom nobody knows."""

from collections.abc import Mapping
from typing import Any

from reportcontracts.catalogue import Report
from reportfixtures import Rows, Telling
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.worlds import rows_between


def telling(sandbox: Sandbox) -> Telling:
    """How the sandbox's rules read the page where it may be read in more than one way."""
    return Telling(nameless=sandbox.rules.text(f"{sandbox.vendor}.user-id", "anonymous") == "random")


def expected(
    sandbox: Sandbox, report: Report, _given: Mapping[str, Any], start: int | None, end: int | None
) -> Rows:
    """The rows of a report without its limits."""
    return rows_between(sandbox, report.name, start, end, as_of=sandbox.now, telling=telling(sandbox))
