"""What goes wrong when a contract is read or asked: one base class, with its parts as fields."""

from collections.abc import Iterable
from difflib import get_close_matches


class ContractError(Exception):
    """A mistake in a contract, or in how one is asked; its text is made from its fields.

    Attributes:
        origin: The file, or what else the mistake is in.
        key: Where in it: a path of keys such as `rule[3] (echo360.in-flight).evidence`, or a line.
        reason: What is wrong, and what would be right.
    """

    def __init__(self, origin: str, key: str | None, reason: str) -> None:
        super().__init__(origin, key, reason)
        self.origin = origin
        self.key = key
        self.reason = reason

    def __str__(self) -> str:
        return ": ".join(part for part in (self.origin, self.key, self.reason) if part)


class UnknownName(ContractError):  # noqa: N818 - it says what is wrong in two words
    """Something is asked for by a name that nothing has; `near` holds the names most like it."""

    def __init__(self, origin: str, kind: str, name: object, known: Iterable[str]) -> None:
        known = tuple(known)
        self.kind = kind
        self.name = name
        self.near = near(str(name), known)
        offered = self.near or known
        hint = f"{'nearest' if self.near else 'known'}: {', '.join(offered)}" if offered else "there are none"
        super().__init__(origin, None, f"unknown {kind} {name!r}; {hint}")


class UnknownRule(UnknownName):
    """No rule has this id."""

    def __init__(self, origin: str, rule_id: str, known: Iterable[str]) -> None:
        super().__init__(origin, "rule", rule_id, known)
        self.rule_id = rule_id


class SwitchError(ContractError):
    """A switch is given a value that it cannot take, or a rule has no such switch.

    Attributes:
        rule: The rule's id.
        field: The switch's name.
        given: The value as it came.
        allowed: What the switch takes, in words.
    """

    def __init__(self, rule: str, field: str, given: object, allowed: str) -> None:
        self.rule = rule
        self.field = field
        self.given = given
        self.allowed = allowed
        super().__init__("rules", f"{rule}.{field}", f"{shorten(given)} is not allowed; allowed: {allowed}")


def near(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> tuple[str, ...]:
    """The known names that are most like `name`, best first, at most three; `cutoff` is how like at least."""
    return tuple(get_close_matches(name, tuple(known), n=3, cutoff=cutoff))


def shorten(given: object, width: int = 80) -> str:
    """A given value, fit for one line of text; huge integers are not spelled out."""
    if isinstance(given, int) and given.bit_length() > 256:
        return f"an integer of {given.bit_length()} bits"
    text = repr(given)
    return text if len(text) <= width else f"{text[:width]}..."
