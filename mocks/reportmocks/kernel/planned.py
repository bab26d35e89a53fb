"""What is planned for coming jobs: the first plan that fits a submission is the one that it takes."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

NO_PARAMETERS: Final[Mapping[str, Any]] = MappingProxyType({})

Planned = dict[str, Any]
"""A plan that waits, as the store keeps it: `report` (or any), `parameters`, `ordinal`, `times`, and what
becomes of the job: `outcome`, `time`, `polls` and `expires`."""


def take(
    waiting: list[Planned], report: str, parameters: Mapping[str, Any]
) -> tuple[list[Planned], Planned | None]:
    """Those that still wait after a submission, and the one that it takes, if any is for it.

    A plan for the Nth submission that fits counts those before it down; where an earlier plan is taken,
    the later ones have not seen the submission.
    """
    left = []
    for index, planned in enumerate(waiting):
        if not fits(planned, report, parameters):
            left.append(planned)
        elif planned.get("ordinal", 1) > 1:
            left.append(planned | {"ordinal": planned["ordinal"] - 1})
        else:
            more = [planned | {"times": planned["times"] - 1}] if planned["times"] > 1 else []
            return [*left, *more, *waiting[index + 1 :]], planned
    return left, None


def fits(planned: Planned, report: str, parameters: Mapping[str, Any]) -> bool:
    """Whether a plan is for a submission: its report, and each parameter that it names, equal."""
    if planned["report"] not in (None, report):
        return False
    wanted = planned.get("parameters") or {}
    return all(name in parameters and text(parameters[name]) == text(wanted[name]) for name in wanted)


def text(value: object) -> str:
    """A parameter's value as text: a query has only texts, a body of JSON has numbers and booleans too."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
