"""Environment variables that are all but one of ours."""

from collections.abc import Iterator, Mapping
from typing import Final

from reportcontracts.errors import near
from reportmocks import options

OF_OPTIONS: Final = frozenset(
    option.variable
    for option in (
        *options.OPTIONS,
        *options.RUN_OPTIONS,
        options.VENDORS,
        options.ROWS,
        options.RULE,
        options.CONFIG,
    )
)
"""The variables that options of `serve` and `run` may stand in."""

_SLIP: Final = 0.85
"""How much alike two names are of which one is a slip of the pen."""


def slips(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each variable that is one of ours but for a slip of the pen, with the one that is meant.

    Others that begin as ours do are somebody else's: a client's, or those of Kubernetes for a service.
    """
    words = [name.removeprefix(options.PREFIX) for name in sorted(OF_OPTIONS)]
    for name in environ:
        if name.startswith(options.PREFIX) and name not in OF_OPTIONS:
            for meant in near(name.removeprefix(options.PREFIX), words, cutoff=_SLIP)[:1]:
                yield name, f"{options.PREFIX}{meant}"
