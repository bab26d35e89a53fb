"""What tests the switches of a vendor's rules: every value of each, seen by the check registered for it."""

from collections.abc import Callable
from typing import Any, Protocol

from reportcontracts.rules import load_rulebook
from reportcontracts.switches import Switch, Value
from support.steering import Steering


class Steered(Protocol):
    """A client of a mock, with the hand that steers its sandbox."""

    @property
    def mock(self) -> Steering:
        """The control API of the client's sandbox."""


Check = Callable[[Any, Any], None]
"""Takes a client and the value that a switch of its sandbox has; fails if the value is not gone by."""


class Checks(dict[str, Check]):
    """Checks by the paths of their switches, without the vendor's name: `rate-minute.value`."""

    def shows(self, *paths: str) -> Callable[[Check], Check]:
        """Register what checks these switches."""

        def register(check: Check) -> Check:
            self.update(dict.fromkeys(paths, check))
            return check

        return register

    def see(self, client: Steered, path: str, value: Value) -> None:
        """Set a switch of the client's sandbox, and see that it is gone by."""
        rule, _, switch = path.rpartition(".")
        client.mock.rule(rule, **{switch: value})
        self[path](client, value)


def switches(vendor: str) -> dict[str, Switch]:
    """The switches of a vendor's rules by their paths, without its name."""
    rules = load_rulebook(vendor).values()
    every = (switch for rule in rules for switch in rule.switches.values())
    return {f"{switch.rule}.{switch.name}".removeprefix(f"{vendor}."): switch for switch in every}


def cases(vendor: str) -> list[tuple[str, Value]]:
    """Every switch of a vendor with each value that is to be tried."""
    return [(path, value) for path, switch in switches(vendor).items() for value in values(switch)]


def values(switch: Switch) -> tuple[Value, ...]:
    """The values of a switch to try: all that there are, or the smallest number, a few and the default."""
    if switch.choices:
        return switch.choices
    return (False, True) if isinstance(switch.default, bool) else (switch.minimum or 0, 3, switch.default)
