"""What is planned for coming jobs: the first plan that fits a submission is the one that it takes."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

NO_PARAMETERS: Final[Mapping[str, Any]] = MappingProxyType({})

Planned = dict[str, Any]
"""A plan that waits, as the store keeps it: `report` (or any), `parameters`, `ordinal`, `times`, and what
becomes of the job: `outcome`, `time`, `polls` and `expires`."""


def planned(outcome: str, **members: object) -> Planned:
    """A plan for the next job of any report, with these members."""
    every = {"report": None, "parameters": None, "ordinal": 1, "time": None, "polls": None, "times": 1}
    return {"outcome": outcome, **every, "expires": None, **members}


def take(
    waiting: list[Planned], report: str, parameters: Mapping[str, Any]
) -> tuple[list[Planned], Planned | None]:
    """Those that still wait after a submission, and the one that it takes, if any is for it.

    A plan for the Nth submission that fits counts those before it down; where an earlier plan is taken,
    the later ones have not seen the submission.
    """
    left = []
    for index, each in enumerate(waiting):
        if not fits(each, report, parameters):
            left.append(each)
        elif each.get("ordinal", 1) > 1:
            left.append(each | {"ordinal": each["ordinal"] - 1})
        else:
            more = [each | {"times": each["times"] - 1}] if each["times"] > 1 else []
            return [*left, *more, *waiting[index + 1 :]], each
    return left, None


def fits(each: Planned, report: str, parameters: Mapping[str, Any]) -> bool:
    """Whether a plan is for a submission: its report, and each parameter that it names, equal."""
    if each["report"] not in (None, report):
        return False
    wanted = each.get("parameters") or {}
    return all(name in parameters and text(parameters[name]) == text(wanted[name]) for name in wanted)


def text(value: object) -> str:
    """A parameter's value as text: a query has only texts, a body of JSON has numbers and booleans too."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
