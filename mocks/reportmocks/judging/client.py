"""A client that is to be judged: whose, by which command, and how its rows are read."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from reportcontracts.kit.client_rules import rules_for
from reportcontracts.kit.stories import Need
from reportcontracts.kit.verdict import Known

PATIENCE: Final = 30.0
"""Seconds of the wall clock that one run of a client gets unless somebody says otherwise."""

SHIMMED: Final = frozenset({
    "python", "pypy", "node", "nodejs", "sh", "bash", "dash", "zsh", "ksh", "busybox",
    "env", "make", "timeout", "nice", "npx", "npm", "pnpm", "yarn", "tsx", "ts-node",
    "uv", "uvx", "poetry", "pipenv", "pipx", "hatch", "pdm", "conda", "coverage", "pytest", "tox",
})  # fmt: skip
"""Programs that wait by the mock's time, or start one that does; a version may follow."""
_VERSION: Final = re.compile(r"[0-9.]*(\.exe)?$")
_SHEBANG: Final = b"#!"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client, and how it is to be judged.

    Attributes:
        name: What it is called where several are judged.
        vendor: Whose API it is a client of.
        command: Its words, with placeholders.
        decode: The format of its rows.
        columns: How it calls and casts columns, by the vendor's names.
        only: Rules and stories to judge by; none of them for all.
        skip: Rules and stories to leave out.
        strict: Whether a rule that is only assumed fails the verdict too.
        seed: What worlds, ranges and drawn stories come from.
        examples: How many stories are drawn besides.
        point: What a drawn story is made of, if one alone is to be told.
        now: Where the mocks' clocks start; `None` for the wall clock.
        shimmed: Whether its waiting moves the mocks' clock; `None` for whether that can be.
        patience: Seconds of the wall clock for one run of it.
        can: What it can do besides what its placeholders say.
        overrides: The file of what its server knows of the vendor besides.
        baseline: Failures that are known.
    """

    name: str
    vendor: str
    command: tuple[str, ...]
    decode: str = "auto"
    columns: Mapping[str, Any] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    strict: bool = False
    seed: int = 1
    examples: int = 0
    point: Mapping[str, Any] | None = None
    now: str | None = None
    shimmed: bool | None = None
    patience: float = PATIENCE
    can: frozenset[Need] = frozenset()
    overrides: str | None = None
    baseline: tuple[Known, ...] = ()

    def again(self, story: str, now: str, point: Mapping[str, Any] | None) -> str:
        """The command that tells it the same story."""
        words = ["reportmocks", "check", self.vendor, "--only", story, "--seed", str(self.seed), "--now", now]
        if point is not None:
            words += ["--point", json.dumps(point)]
        if self.strict:
            words.append("--strict")
        if self.patience != PATIENCE:
            words += ["--patience", f"{self.patience:g}"]
        if self.overrides is not None:
            words += ["--overrides", self.overrides]
        if self.decode != "auto":
            words += ["--decode", self.decode]
        for column, told in self.columns.items():
            words += ["--map", mapped(column, told)]
        for need in sorted(self.can):
            words += ["--can", need]
        if self.shimmed is not None:
            words.append("--time-shim" if self.shimmed else "--no-time-shim")
        return shlex.join([*words, "-v", "--", *self.command])


def mapped(column: str, told: Any) -> str:
    """What `--map` takes for a column."""
    if isinstance(told, dict):
        cast = f":{told['cast']}" if told.get("cast") else ""
        return f"{column}={told.get('name', column)}{cast}"
    return f"{column}={told or ''}"


def full_name(vendor: str, name: str) -> str:
    """A rule or story by its whole id, where only its last part is given."""
    if "." in name:
        return name
    rule = f"client.{name}"
    return rule if rule in rules_for(vendor) else f"{vendor}.{name}"


def can_be_shimmed(program: Path) -> bool:
    """Whether a program waits by the mock's time: Python's, Node's, a shell's, or what starts those."""
    if _is_shimmed(program.name):
        return True
    try:
        with program.open("rb") as file:
            first = file.readline(200)
    except OSError:
        return False
    words = first.removeprefix(_SHEBANG).split() if first.startswith(_SHEBANG) else []
    return any(_is_shimmed(Path(word.decode("utf-8", "replace")).name) for word in words)


def _is_shimmed(name: str) -> bool:
    return _VERSION.sub("", name.lower()) in SHIMMED


def stale(baseline: Sequence[Known], today: date) -> list[Known]:
    """The known failures whose last day is over."""
    return [known for known in baseline if known.until < today]
