"""The environment in which a client's waiting moves the mocks' clock, and its clocks tell their time."""

import json
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

TIME: Final = "REPORTMOCKS_TIME"
"""What the preloads of Python and Node go by, as JSON."""
PRELOADS: Final = Path(__file__).with_name("preload")

_SLEEP: Final = '#!/bin/sh\nexec {python} {script} "$@"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeShim:
    """Whose clock it is that moves."""

    control: str
    """The control API's address, in plain HTTP on this machine."""
    vendor: str | None = None
    sandbox: str | None = None
    """The sandbox of which the clock moves; all of them where none is named."""
    token: str | None = None
    ahead: float = 0.0
    """Seconds that the mocks' clock is ahead of the wall's at the start."""


def time_environment(environ: Mapping[str, str], folder: Path, shim: TimeShim) -> dict[str, str]:
    """The environment `environ`, changed so that Python, Node and shell scripts live by the mocks' time.

    `folder` gets what they share; it belongs to one run.
    """
    state = folder / "waited"
    state.write_bytes(bytes(8))
    commands = folder / "bin"
    commands.mkdir()
    sleep = commands / "sleep"
    script = shlex.quote(str(PRELOADS / "sleep.py"))
    sleep.write_text(_SLEEP.format(python=shlex.quote(sys.executable), script=script), encoding="utf-8")
    sleep.chmod(0o755)
    return {
        **with_preloads(environ, "time.cjs"),
        "PATH": f"{commands}{os.pathsep}{environ.get('PATH', os.defpath)}",
        TIME: json.dumps(_told(shim, state)),
    }


def with_preloads(environ: Mapping[str, str], script: str) -> dict[str, str]:
    """The environment `environ`, in which Python finds our preloads first, and Node loads one of ours."""
    ours = str(PRELOADS / "python")
    theirs = [part for part in environ.get("PYTHONPATH", "").split(os.pathsep) if part not in ("", ours)]
    node = f'{environ.get("NODE_OPTIONS", "")} --require "{PRELOADS / "node" / script}"'.strip()
    return {**environ, "PYTHONPATH": os.pathsep.join([ours, *theirs]), "NODE_OPTIONS": node}


def _told(shim: TimeShim, state: Path) -> dict[str, object]:
    address = urlsplit(shim.control)
    named = {"vendor": shim.vendor, "sandbox": shim.sandbox}
    query = urlencode({name: text for name, text in named.items() if text is not None})
    return {
        "state": str(state),
        "control": [address.hostname, address.port],
        "target": f"{address.path}/clock{'?' if query else ''}{query}",
        "token": shim.token,
        "ahead": shim.ahead,
    }
