"""Boundary cases: each limit of a rulebook met one below its number, at it, and one above."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from reportcontracts.errors import ContractError
from reportcontracts.rules import Kind, load_rulebook
from reportcontracts.steps import Ask, Call, Control, Slots, Step, expectation, lines, read_step, script
from reportcontracts.strict import Table

ROWS: Final = 3
"""How many rows there are where a cap on rows is met: the cap comes down to them."""
SIDES: Final = ("below", "at", "above")


@dataclass(frozen=True, slots=True)
class Case:
    """One side of one limit: the steps, of which the last one shows it."""

    rule: str
    side: str
    number: int
    statement: str
    steps: tuple[Step, ...]
    slots: Slots

    @property
    def id(self) -> str:
        """`echo360.in-flight/above`."""
        return f"{self.rule}/{self.side}"

    def told(self, vendor: str, origin: str) -> dict[str, Any]:
        """The case for JSON."""
        last = self.steps[-1]
        return {
            "id": self.id,
            "vendor": vendor,
            "rule": self.rule,
            "side": self.side,
            "number": self.number,
            "statement": self.statement,
            "command": "\n".join(script(self.steps, vendor, self.slots, origin)),
            "expected": expectation(last) if isinstance(last, Ask) else "",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """How a limit is met: `what` is counted, and steps with slots for the number.

    `{n}` is the number of a side: that of the rule times `scale`, and one less or more. `{left}` is how much
    of the limit is to be left for the last step to be the use of that number, `{m}` is one less than `{n}`,
    and `{cap}` a cap that `ROWS` rows are below, at or above. `{edge}` is, for a range in months that ends
    today, its first day.
    """

    rule: str
    what: str
    value: int
    scale: int
    sides: Mapping[str, tuple[Step, ...]]

    def cases(self, now: int, values: Mapping[str, str]) -> Iterator[Case]:
        """The three cases on the day of `now`, in milliseconds since the epoch."""
        for offset, side in zip((-1, 0, 1), SIDES, strict=True):
            number = self.value * self.scale + offset
            own = {
                "n": str(number),
                "m": str(number - 1),
                "left": str(1 - offset),
                "cap": str(ROWS - offset),
                "edge": _edge(now, self.value, offset).isoformat(),
            }
            slots = Slots(now, {**values, **own})
            yield Case(self.rule, side, number, slots.fill(self.what), self.sides[side], slots)


def read_boundary(table: Table, vendor: str, calls: Mapping[str, Call]) -> Boundary:
    """One limit out of a vendor's file: steps that come first, and one for each side.

    Raises:
        ContractError: It has a mistake.
    """
    rule = load_rulebook(vendor).rule(table.text("rule"))
    value = rule.switches["value"].default if rule.kind is Kind.LIMIT else None
    if not isinstance(value, int):
        raise table.error("rule", f"{rule.id} is no limit with a number")
    first: list[Step] = [Control(("reset",))]
    first += [read_step(line, calls, rule.id) for line in lines(table, "steps")]
    sides = {side: (*first, read_step(table.text(side), calls, rule.id)) for side in SIDES}
    boundary = Boundary(
        rule=rule.id,
        what=table.text("what"),
        value=value,
        scale=table.optional_number("scale") or 1,
        sides=sides,
    )
    table.close()
    for steps in sides.values():
        if not isinstance(steps[-1], Ask):
            raise ContractError(table.origin, rule.id, "its last step is to be a call")
    return boundary


def _edge(now: int, months: int, offset: int) -> date:
    """The first day of a range that ends today, its last day within, and has so many months and days."""
    after = datetime.fromtimestamp(now // 1000, UTC).date() + timedelta(days=1)
    year, month = divmod(after.year * 12 + after.month - 1 - months % 1200, 12)
    for day in range(after.day, after.day - 4, -1):
        try:
            return date(year, month + 1, day) - timedelta(days=offset)
        except ValueError:
            continue
    raise AssertionError(after)
