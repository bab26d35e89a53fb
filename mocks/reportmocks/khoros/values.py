"""The values of Khoros' parameters: each read by its form, or refused."""

import re
from collections.abc import Mapping
from typing import Final

from reportmocks.kernel.refusals import BadParameter
from reportmocks.kernel.sandbox import Sandbox

_INTEGER: Final = re.compile(r"-?\d{1,4000}", re.ASCII)
_BAD: Final = "khoros.bad-parameter"


class Values:
    """What a submission says, of the parameters that its export knows; an empty value counts as none."""

    def __init__(self, sandbox: Sandbox, given: Mapping[str, list[str]], known: frozenset[str]) -> None:
        self._rules = sandbox.rules
        self._given = {
            name: [value for value in values if value] for name, values in given.items() if name in known
        }

    def every(self, name: str) -> list[str]:
        """All values of a parameter that may be repeated."""
        return self._given.get(name, [])

    def text(self, name: str) -> str | None:
        """The value of a parameter, or `None`."""
        values = self.every(name)
        if len(values) < 2:
            return values[0] if values else None
        action = self._rules.text("khoros.repeated-parameter", "action")
        if action == "refuse":
            raise BadParameter(
                rule="khoros.repeated-parameter",
                name=name,
                given=values,
                expected="one value",
                valid=values[-1],
            )
        return values[0 if action == "first" else -1]

    def number(self, name: str) -> int | None:
        """An integer of any length, within reason."""
        text = self.text(name)
        if text is None:
            return None
        if not _INTEGER.fullmatch(text):
            raise bad(name, text, "an integer")
        return int(text)

    def flag(self, name: str) -> bool | None:
        """`true` or `false`."""
        text = self.text(name)
        if text not in (None, "true", "false"):
            raise bad(name, text, "true or false")
        return None if text is None else text == "true"

    def listed(self, name: str) -> list[str] | None:
        """A list joined by commas, in order and each element once."""
        text = self.text(name)
        if text is None:
            return None
        elements = [element.strip() for element in text.split(",")]
        if not all(elements):
            raise bad(name, text, "a list joined by commas")
        return sorted(set(elements))

    def repeated(self, name: str) -> list[str] | None:
        """All values, in order and each once, or `None` where there is none."""
        return sorted(set(self.every(name))) or None

    def word(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """One of some words."""
        text = self.text(name)
        if text is not None and text not in allowed:
            raise bad(name, text, f"one of {', '.join(allowed)}")
        return text


def bad(name: str, given: object, expected: str, rule: str = _BAD, *, valid: object = None) -> BadParameter:
    """The refusal of a value; `valid` is one that is taken, `None` where the parameter is better left out."""
    return BadParameter(rule=rule, name=name, given=given, expected=expected, valid=valid)
