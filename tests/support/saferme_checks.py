"""What the checks of SaferMe's switches share: how they are registered, and what they compare with."""

from collections.abc import Callable

from reportcontracts.switches import Value
from support.saferme import SaferMe

Check = Callable[[SaferMe, Value], None]


def registering(checks: dict[str, Check]) -> Callable[..., Callable[[Check], Check]]:
    """Makes a decorator that registers what checks the switches of these names."""

    def shows(*paths: str) -> Callable[[Check], Check]:
        def register(check: Check) -> Check:
            checks.update({f"saferme.{path}": check for path in paths})
            return check

        return register

    return shows


def plain(saferme: SaferMe) -> SaferMe:
    """A client of another sandbox, in which nothing was switched."""
    return SaferMe(saferme.client, f"{saferme.token}-plain")
