"""Steps: calls of a vendor's API and of `reportmocks ctl`, as data that can be run and told as a script.

A step is one line. `ctl clock +7d` steers the sandbox. `submit report=asset => 400 echo360.range` makes a
call that the vendor's file describes, some of its parts set, and says what comes back: a status, the rule
that decided it, and words that the body has, or with `!` has not.
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from reportcontracts.errors import ContractError
from reportcontracts.strict import Table

_ARROW: Final = " => "
_RULE: Final = re.compile(r"[a-z0-9]+\.[a-z0-9-]+")
_SLOT: Final = re.compile(r"\{([a-z][a-z0-9_]*)(?:([+-])(\d+|[a-z]))?(?::(ms))?\}")
HEADER: Final = "header "
"""What the source of a value begins with that is saved out of a header and not out of a body of JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a vendor's API with slots in braces; `path` follows the vendor's base or is a whole address.

    `save` names what is kept of the answer for later steps, and the member of its JSON, or `header Name`.
    """

    name: str
    method: str
    path: str
    headers: Mapping[str, str]
    user: str | None
    form: Mapping[str, str]
    json: str | None
    save: Mapping[str, str]
    defaults: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Control:
    """A step that steers the mock: what follows `reportmocks ctl`."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """A step that makes a call, and what its answer must be."""

    call: Call
    values: Mapping[str, str]
    status: int
    rule: str | None = None
    words: tuple[str, ...] = field(default=())
    """What the body has; what begins with `!`, it has not."""


Step = Control | Ask


@dataclass(frozen=True, slots=True)
class Slots:
    """What fills the slots of steps: named values, and the day from which days are counted."""

    now: int
    """Milliseconds since the epoch."""
    values: Mapping[str, str]

    def fill(self, text: str) -> str:
        """The text with every slot filled; one that is not known stays, for a value that is saved later."""
        return _SLOT.sub(self._value, text)

    def with_(self, values: Mapping[str, str]) -> "Slots":
        """These slots with more values, themselves filled."""
        return Slots(self.now, {**self.values, **{name: self.fill(value) for name, value in values.items()}})

    def _value(self, match: re.Match[str]) -> str:
        name, sign, number, form = match.groups()
        if name == "today":
            days = int(f"{sign}{self.values.get(number, number)}") if number else 0
            day = datetime.fromtimestamp(self.now // 1000, UTC).date() + timedelta(days=days)
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            return str(int(midnight.timestamp()) * 1000) if form else day.isoformat()
        return self.values.get(name, match[0])


def read_call(table: Table) -> Call:
    """One call out of a vendor's file.

    Raises:
        ContractError: It has a mistake.
    """
    call = Call(
        name=table.text("name"),
        method=table.text("method"),
        path=table.text("path"),
        headers=texts(table, "headers"),
        user=table.optional_text("user"),
        form=texts(table, "form"),
        json=table.optional_text("json"),
        save=texts(table, "save"),
        defaults=texts(table, "defaults"),
    )
    table.close()
    return call


def texts(table: Table, name: str) -> dict[str, str]:
    """A table of texts; empty where there is none."""
    inner = table.table(name)
    found = {key: inner.optional_text(key) or "" for key in inner.keys()}  # noqa: SIM118 - no mapping
    inner.close()
    return found


def lines(table: Table, name: str) -> tuple[str, ...]:
    """An array of texts, of which some may be the same; empty where there is none."""
    found = table.items(name)
    texts = tuple(line for line in found if isinstance(line, str))
    if len(texts) < len(found):
        raise table.error(name, "holds something that is not a string")
    return texts


def read_step(line: str, calls: Mapping[str, Call], where: str) -> Step:
    """The step of a line.

    Raises:
        ContractError: It is none; the reason says why.
    """
    words = shlex.split(line.partition(_ARROW)[0])
    if words[:1] == ["ctl"]:
        return Control(tuple(words[1:]))
    if not words or words[0] not in calls:
        raise ContractError(where, line, f"begins with none of ctl, {', '.join(calls)}")
    pairs = [word.partition("=") for word in words[1:]]
    expected = line.partition(_ARROW)[2].split()
    if not all(equals for _, equals, _ in pairs) or not expected or not expected[0].isdigit():
        raise ContractError(where, line, f"write {words[0]} name=value => status [rule] [words]")
    rule = expected[1] if len(expected) > 1 and _RULE.fullmatch(expected[1]) else None
    values = {name: value for name, _, value in pairs}
    return Ask(calls[words[0]], values, int(expected[0]), rule, tuple(expected[2 if rule else 1 :]))


def script(steps: Iterable[Step], vendor: str, slots: Slots, origin: str) -> list[str]:
    """The lines for a shell that do the steps against the mock at `origin`; comments say what comes back."""
    sandbox = slots.values["sandbox"]
    url = "" if origin == "http://127.0.0.1:8080" else f" --url {origin}"
    ctl = f"reportmocks ctl{url} --vendor {vendor} --sandbox {shlex.quote(sandbox)}"
    told: list[str] = []
    for step in steps:
        if isinstance(step, Control):
            told.append(f"{ctl} {' '.join(shlex.quote(slots.fill(word)) for word in step.words)}")
        else:
            if not any(line.startswith("base=") for line in told):
                told.append(f"base={origin}/{vendor}")
            told += _lines(step, slots.with_(step.call.defaults).with_(step.values))
    return told


def _lines(ask: Ask, slots: Slots) -> list[str]:
    """A call as curl makes it; what is saved goes into variables of the shell."""
    call = ask.call
    curl = _curl(call, slots)
    comment = f"  # {expectation(ask)}"
    if not call.save:
        return [f"curl -s -i -w '\\n' {curl}{comment}"]
    told = []
    for name, source in call.save.items():
        if source.startswith(HEADER):
            first, rest = source.removeprefix(HEADER)[0], source.removeprefix(HEADER)[1:]
            header = f"[{first.upper()}{first.lower()}]{rest}"  # HTTP has names of headers in any case
            sed = f"sed -n 's/^{header}: \\(.*[^[:space:]]\\).*/\\1/p'"
            told.append(f"{name}=$(curl -s -D - -o /dev/null {curl} | {sed}){comment}")
        else:
            sed = f'sed -n \'s/.*"{source}": *\\[*"\\([^"]*\\)".*/\\1/p\''
            told.append(f"{name}=$(curl -s {curl} | {sed}){comment}")
    if len(told) > 1:
        raise ContractError("steps", call.name, "a call saves one thing, so that a script makes it once")
    return told


def _curl(call: Call, slots: Slots) -> str:
    address = call.path if call.path.startswith("{") else f"{{base}}{call.path}"
    parts = {"GET": [], "HEAD": ["-I"]}.get(call.method, ["-X", call.method])
    parts += [_quoted(slots.fill(address))]
    parts += [f"-u {_quoted(slots.fill(call.user))}"] if call.user else []
    parts += [f"-H {_quoted(slots.fill(f'{name}: {value}'))}" for name, value in call.headers.items()]
    parts += [f"-d {_quoted(slots.fill(f'{name}={value}'))}" for name, value in call.form.items()]
    if call.json:
        parts += ["-H 'Content-Type: application/json'", f"-d {_quoted(slots.fill(call.json))}"]
    return " ".join(parts)


def _quoted(text: str) -> str:
    """A word for the shell; slots that are still there are its variables."""
    found, at = "", 0
    for match in _SLOT.finditer(text):
        found += _single(text[at : match.start()]) + f'"${match[1]}"'
        at = match.end()
    return found + _single(text[at:]) or "''"


def _single(text: str) -> str:
    return shlex.quote(text) if text else ""


def expectation(ask: Ask) -> str:
    """What comes back, in a few words."""
    parts = [str(ask.status)]
    if ask.rule:
        parts.append(f"by {ask.rule}")
    has = [word for word in ask.words if not word.startswith("!")]
    lacks = [word[1:] for word in ask.words if word.startswith("!")]
    parts += [f"with {' '.join(has)}"] if has else []
    parts += [f"without {' '.join(lacks)}"] if lacks else []
    return " ".join(parts)
