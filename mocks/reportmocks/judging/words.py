"""A task as a command takes it: words for its placeholders, variables for its environment."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from reportcontracts.errors import UnknownName
from reportcontracts.identities import SIGNING_IN, credentials, environment
from reportcontracts.kit.stories import Need
from reportcontracts.rules import RuleValues, load_rulebook

COMMON: Final[Mapping[str, str]] = MappingProxyType(
    {
        "vendor": "the vendor",
        "base_url": "what the API's documented paths come after",
        "report": "the report to fetch",
        "start": "where its range starts, as the vendor takes it",
        "end": "where it ends, as the vendor takes it",
        "output": "the file to write rows to",
        "folder": "a folder of this task's own, which is still there when the client is started again",
        "poll": "seconds between two looks",
        "timeout": "seconds until the client ought to give up",
        "row_cap": "the row cap",
        "now": "the mock's time",
        "options": "what the vendor lets a client choose besides, as JSON",
        "parameters": "what the report needs besides its range, as JSON",
        "credentials": "all credentials, as JSON",
    }
)
"""What every command can be given, with what it is."""

CHOICES: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = MappingProxyType(
    {
        "hapyak": {"format": ("format", "csv")},
        "brightcove": {"format": ("format", "csv")},
        "echo360": {"delimiter": ("delimiter", ","), "compression": ("compression", "true")},
        "saferme": {},
        "khoros": {"format": ("reportFormat", "csv")},
    }
)
"""What a vendor lets a client choose: by placeholder, the vendor's name for it, and what no story chooses."""

PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "saferme": ("channel_id", "field_id", "fields"),
        "brightcove": ("project_id", "user_id", "show_details"),
    }
)
"""What reports of a vendor need besides their range; empty for a report that does not."""

_PLACEHOLDER: Final = re.compile(r"\{\{(\w+)\}\}|(?<!\$)\{([A-Za-z_]\w*)\}")
"""`${name}` is a shell's own."""


def known(vendor: str) -> tuple[str, ...]:
    """The placeholders that a command for a vendor can have."""
    return (
        *COMMON,
        *_credentials(vendor),
        *CHOICES[vendor],
        *PARAMETERS.get(vendor, ()),
    )


def _credentials(vendor: str) -> tuple[str, ...]:
    """The names of all credentials that a client of a vendor may be given, by whatever way it comes in."""
    return tuple({**credentials(vendor, ""), **credentials(vendor, "", signs_in=True)})


def used(command: Sequence[str], vendor: str) -> frozenset[str]:
    """The placeholders that a command has.

    Raises:
        UnknownName: It has one that there is not.
    """
    names = {match[2] for word in command for match in _PLACEHOLDER.finditer(word) if match[2]}
    for name in sorted(names):
        if name not in known(vendor):
            raise UnknownName("the command", "placeholder", f"{{{name}}}", _braced(vendor))
    return frozenset(names)


def _braced(vendor: str) -> list[str]:
    return [f"{{{name}}}" for name in known(vendor)]


def able(names: frozenset[str], vendor: str) -> frozenset[Need]:
    """What a command that has these placeholders can do: options, if it takes any of them, and so on."""
    needs = {Need.KILL}
    if names & {"options", *CHOICES[vendor]}:
        needs.add(Need.OPTIONS)
    if "row_cap" in names:
        needs.add(Need.ROW_CAP)
    if "timeout" in names:
        needs.add(Need.TIMEOUT)
    if vendor == "brightcove" and names & {"parameters", *PARAMETERS[vendor]}:
        needs.add(Need.ANALYTICS)
    if vendor in SIGNING_IN and "email" in names:
        needs.add(Need.SESSIONS)
    return frozenset(needs)


def values(task: Mapping[str, Any], folder: Path, now: str) -> dict[str, str]:
    """What each placeholder stands for in a task; `folder` is the task's own."""
    vendor, options, parameters = task["vendor"], task["options"], task["parameters"]
    said = {
        "vendor": vendor,
        "base_url": task["base_url"],
        "report": task["report"],
        "start": task["start"] or "",
        "end": task["end"] or "",
        "output": str(folder / "rows"),
        "folder": str(folder),
        "poll": f"{task['poll']:g}",
        "timeout": f"{task['timeout']:g}",
        "row_cap": str(task["row_cap"] or _documented_cap(vendor)),
        "now": now,
        "options": json.dumps(options),
        "parameters": json.dumps(parameters),
        "credentials": json.dumps(task["credentials"]),
    }
    chosen = {name: _word(options.get(key, usual)) for name, (key, usual) in CHOICES[vendor].items()}
    needed = {name: parameters.get(name, "") for name in PARAMETERS.get(vendor, ())}
    given = dict.fromkeys(_credentials(vendor), "") | task["credentials"]
    return {**said, **given, **chosen, **needed}


def _documented_cap(vendor: str) -> int | str:
    """The row cap as it is documented; empty for a vendor that documents none."""
    rulebook = load_rulebook(vendor)
    cap = f"{vendor}.row-cap"
    return RuleValues(rulebook).number(cap) if cap in rulebook else ""


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def filled(command: Sequence[str], said: Mapping[str, str]) -> list[str]:
    """The command with every placeholder replaced; `{{name}}` is `{name}` itself."""

    def word(match: re.Match[str]) -> str:
        return f"{{{match[1]}}}" if match[1] else said[match[2]]

    return [_PLACEHOLDER.sub(word, part) for part in command]


def variables(
    environ: Mapping[str, str], said: Mapping[str, str], given: Mapping[str, str]
) -> dict[str, str]:
    """The environment of a client: what is there, and its task.

    Each placeholder is `REPORTMOCKS_<NAME>`; base URL and credentials also have the names that
    `reportmocks env` gives them, such as `ECHO360_CLIENT_ID`. `given` are the credentials.
    """
    vendor = said["vendor"]
    stale = environment(vendor, "", dict.fromkeys(_credentials(vendor), ""))
    ours = {
        name: text
        for name, text in environ.items()
        if not name.startswith("REPORTMOCKS_") and name not in stale
    }
    task = {f"REPORTMOCKS_{name.upper()}": text for name, text in said.items()}
    direct = {name: _with_loopback(environ.get(name, "")) for name in ("NO_PROXY", "no_proxy")}
    return {
        **ours,
        **direct,
        **environment(vendor, said["base_url"], given),
        **task,
        "TMPDIR": str(Path(said["folder"], "tmp")),
    }


def _with_loopback(hosts: str) -> str:
    return ",".join(part for part in (hosts, "localhost", "127.0.0.1", "::1") if part)


def table(vendor: str) -> str:
    """The placeholders of a vendor, a line each, for somebody who asks."""
    others = ", ".join(
        f"{{{name}}}" for name in known(vendor) if name not in COMMON and name not in _credentials(vendor)
    )
    lines = [f"{{{name}}}".ljust(16) + what for name, what in COMMON.items()]
    lines.append(", ".join(f"{{{name}}}" for name in _credentials(vendor)))
    return os.linesep.join([*lines, *([others] if others else [])])
