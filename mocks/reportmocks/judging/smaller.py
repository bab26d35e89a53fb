"""Simpler points near one at which a client failed, for the smallest story that tells of a failure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def smaller(space: Mapping[str, Sequence[Any]], point: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The point with one of its parts made simpler: as simple as can be, then half as far from that."""
    for name, choices in space.items():
        place = choices.index(point[name])
        for simpler in dict.fromkeys((0, place // 2, place - 1)):
            if 0 <= simpler < place:
                yield {**point, name: choices[simpler]}
