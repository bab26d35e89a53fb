"""Draws that a seed repeats: which reports, ranges, formats and outcomes a story is made of."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

Choice = TypeVar("Choice")

DRAWN: Final = 1_000_003
"""What sets the rows of draws for stories apart from those for ranges."""

_MASK: Final = 2**64 - 1


class Draws:
    """Numbers that come from a seed, the same wherever and whenever they are drawn (splitmix64)."""

    def __init__(self, seed: int, *path: int) -> None:
        """`path` leads to one of many independent rows of the same seed."""
        self._state = seed & _MASK
        for step in path:
            self._state = self._next() ^ (step & _MASK)

    def whole(self, first: int, last: int) -> int:
        """A whole number from `first` to `last`, both of them among the possible ones."""
        return first + self._next() % (last - first + 1)

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """One of the choices."""
        return choices[self.whole(0, len(choices) - 1)]

    def _next(self) -> int:
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
        return mixed ^ mixed >> 31


def drawn(space: Mapping[str, Sequence[Any]], seed: int, number: int) -> dict[str, Any]:
    """The point of a space that a seed has for a drawn story of this number."""
    draws = Draws(seed, DRAWN, number)
    return {name: draws.pick(choices) for name, choices in space.items()}
