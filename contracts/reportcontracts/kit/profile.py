"""What the kit knows of a vendor: how its journal is read, how a range is written, which stories it has."""

import importlib
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from reportcontracts.errors import ContractError, UnknownName, shorten
from reportcontracts.kit.acts import Reading
from reportcontracts.kit.common import fault
from reportcontracts.kit.stories import Need, Story, Time
from reportcontracts.names import VENDORS

NO_TROUBLE: Final = "nothing"
TROUBLES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        NO_TROUBLE: {},
        "a slow answer": {"kind": "latency", "time": "300ms"},
        "two calls refused with 503": {"kind": "status", "status": 503, "times": 2},
    }
)
"""What can go wrong on the way of a drawn story, the simplest first: faults that a client has to survive."""

SECRETS: Final = ("api_key", "client_secret", "access_token", "password")
"""The credentials, of any vendor, that nobody else may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A vendor as the kit knows it.

    Attributes:
        bounds: The `start` and `end` that a report takes for some whole days, from the first on.
        stories: The stories that are always told.
        space: What a drawn story is made of: by name, what can be chosen, the simplest first.
        any_story: The story of a point in that space.
        options: What a client that takes options can be asked for besides, the vendor's default first.
        nth: Which call goes wrong where a drawn story has trouble on the way.
        selects: The parameters that decide, besides the range, which rows there are.
    """

    vendor: str
    reading: Reading
    bounds: Callable[[str, date, int], tuple[str, str]]
    stories: Callable[[Time], tuple[Story, ...]]
    space: Mapping[str, Sequence[Any]]
    any_story: Callable[[Mapping[str, Any], Time], Story]
    options: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    nth: int = 2
    selects: tuple[str, ...] = ()

    def drawn_from(self, can: Container[Need]) -> dict[str, Sequence[Any]]:
        """All that a story for a client that `can` so much is drawn from, the simplest of each first."""
        options = self.options if Need.OPTIONS in can else {}
        return {**self.space, **options, "trouble": tuple(TROUBLES)}

    def drawn_story(self, point: Mapping[str, Any], time: Time) -> Story:
        """The story of a point: what happens to the report, in what form, and what goes wrong on the way."""
        story = self.any_story(point, time)
        usual = {name: choices[0] for name, choices in self.options.items()}
        chosen = {name: point[name] for name in usual if point.get(name, usual[name]) != usual[name]}
        if chosen:
            ask = replace(story.ask, options={**story.ask.options, **chosen})
            forms = " and ".join(f"{name} {value!r}" for name, value in chosen.items())
            story = replace(
                story, ask=ask, title=f"{story.title}, with {forms}", needs=story.needs | {Need.OPTIONS}
            )
        trouble = point.get("trouble", NO_TROUBLE)
        if trouble == NO_TROUBLE:
            return story
        step = fault(nth=self.nth, **TROUBLES[trouble])
        return replace(story, title=f"{story.title}, and {trouble} on the way", setup=(*story.setup, step))


def profile(vendor: str) -> Profile:
    """The profile of a vendor, loaded now.

    Raises:
        UnknownName: There is no such vendor.
    """
    if vendor not in VENDORS:
        raise UnknownName("the kit", "vendor", vendor, VENDORS)
    loaded: Profile = importlib.import_module(f"reportcontracts.kit.{vendor}").PROFILE
    return loaded


def checked(space: Mapping[str, Sequence[Any]], point: Mapping[str, object]) -> dict[str, Any]:
    """A point of a space, as JSON tells it; what it does not say is the simplest choice.

    Raises:
        ContractError: It says what there is not, or a value that cannot be chosen.
    """
    made = {name: choices[0] for name, choices in space.items()}
    for name, given in point.items():
        if name not in space:
            raise UnknownName("the story", "member", name, space)
        if isinstance(given, bool) is not isinstance(space[name][0], bool) or given not in space[name]:
            choices = space[name]
            known = (
                f"{choices[0]} to {choices[-1]}"
                if isinstance(choices, range)
                else ", ".join(map(repr, choices))
            )
            raise ContractError("the story", name, f"{shorten(given)} is not one of: {known}")
        made[name] = given
    return made
