"""What the rules have of viewers whom nobody knows, in the rows of engagement reports."""

from reportcontracts.rules import RuleValues
from reportfixtures import Telling


def telling(rules: RuleValues) -> Telling:
    """How a sandbox's rules read the page where it may be read in more than one way."""
    return Telling(nameless=rules.text(f"{rules.rulebook.vendor}.user-id", "anonymous") == "random")
