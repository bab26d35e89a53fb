"""What the kit knows of a vendor: how its journal is read, how a range is written, which stories it has."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from reportcontracts.errors import ContractError, UnknownName, shorten
from reportcontracts.kit.acts import Reading
from reportcontracts.kit.stories import Story, Time
from reportcontracts.names import VENDORS

SECRETS: Final = ("api_key", "client_secret", "access_token", "password")
"""The credentials, of any vendor, that nobody else may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A vendor as the kit knows it.

    Attributes:
        bounds: The `start` and `end` that the vendor takes for some whole days, from the first on.
        stories: The stories that are always told.
        space: What a drawn story is made of: by name, what can be chosen, the simplest first.
        any_story: The story of a point in that space.
    """

    vendor: str
    reading: Reading
    bounds: Callable[[date, int], tuple[str, str]]
    stories: Callable[[Time], tuple[Story, ...]]
    space: Mapping[str, Sequence[Any]]
    any_story: Callable[[Mapping[str, Any], Time], Story]


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
