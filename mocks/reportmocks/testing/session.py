"""What a pytest session shares: one server, started or attached to, and a new sandbox for whoever asks."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

import pytest

from reportcontracts.remote import ControlError, Remote
from reportmocks.kernel.chance import new_uuid
from reportmocks.pytest_plugin import SERVE
from reportmocks.testing.mock import Mock
from reportmocks.testing.process import ServerProcess, StartError

MARKER: Final = ("scenario", "seed", "size", "clock", "now", "limits", "rules")
"""What the marker `report_mock` takes by name."""

_DEFAULTS: Final = {"clock": "auto", "validate": "warn", "faults": "on"}
_ALWAYS: Final = "--faults=on"  # unless an option says otherwise: the last one counts


@dataclass(frozen=True, slots=True)
class Session:
    """A server for the tests of this process; `clock` is the mode to put each new sandbox's clock in."""

    remote: Remote
    addresses: Mapping[str, str]
    clock: str | None

    @classmethod
    @contextmanager
    def of(cls, config: pytest.Config) -> Iterator[Self]:
        """The server that the options ask for, until the end of the block."""
        url = _given(config, "url")
        if url:
            yield cls.attached(url.rstrip("/").removesuffix("/_mock"), _given(config, "clock"))
            return
        try:
            server = ServerProcess.start(*_arguments(config))
        except StartError as error:
            raise pytest.UsageError(f"the reportmocks server does not start: {error}") from None
        with server, Remote(server.control) as remote:
            yield cls(remote, server.addresses, None)
            broken = remote.call("GET", "health")["violations"]
            if broken:
                told = "answers of the mock itself broke its contract; they are a mistake in reportmocks"
                pytest.fail(f"{broken} {told}", pytrace=False)

    @classmethod
    def attached(cls, origin: str, clock: str | None) -> Self:
        """A server that runs already."""
        remote = Remote(f"{origin}/_mock", token=os.environ.get("REPORTMOCKS_CONTROL_TOKEN") or None)
        try:
            vendors = remote.call("GET", "health")["vendors"]
        except ControlError as error:
            raise pytest.UsageError(f"--reportmocks-url: {error}") from None
        addresses = {vendor: f"{origin}/{vendor}" for vendor in vendors}
        return cls(remote, addresses, clock or _DEFAULTS["clock"])

    def mock(self, vendor: str, test: str, markers: Iterable[pytest.Mark] = ()) -> Mock:
        """A new sandbox of a vendor's mock, named after the test, as its markers say."""
        if vendor not in self.addresses:
            raise pytest.UsageError(f"the reportmocks server does not serve {vendor}")
        name = f"{re.sub('[^A-Za-z0-9]+', '-', test)[:40].strip('-')}-{new_uuid()[:13]}"
        mock = Mock(self.remote, vendor, self.addresses[vendor], name)
        if self.clock:
            mock.call("POST", "clock", {"mode": self.clock})
        for asked in reversed([_asked(marker) for marker in markers]):  # the nearest to the test comes last
            if asked.pop("vendor", vendor) == vendor:
                _apply(mock, asked)
        return mock


def _given(config: pytest.Config, name: str) -> str | None:
    key = f"reportmocks_{name.replace('-', '_')}"
    given = config.getoption(key)
    return str(given) if given is not None else (str(config.getini(key) or "") or None)


def _arguments(config: pytest.Config) -> list[str]:
    """The arguments of `serve`."""
    named = {name: _given(config, name) or _DEFAULTS.get(name) for name in SERVE}
    arguments = [_ALWAYS]
    arguments += [f"--{name}={value}" for name, value in named.items() if value is not None]
    more = [*config.getini("reportmocks_options"), *(config.getoption("reportmocks_options") or [])]
    for option in more:
        name, equals, _ = option.partition("=")
        if not equals or name.startswith("-"):
            raise pytest.UsageError(f"--reportmocks-option: {option!r}: write NAME=VALUE, such as limits=off")
        arguments.append(f"--{option}")
    return arguments


def _asked(marker: pytest.Mark) -> dict[str, Any]:
    """What a marker says, checked."""
    asked: dict[str, Any] = {**dict(zip(("vendor",), marker.args, strict=False)), **marker.kwargs}
    strange = sorted(asked.keys() - {*MARKER, "vendor"})
    if strange or len(marker.args) > 1:
        what = f"no {strange[0]}" if strange else "one vendor and the rest by name"
        raise pytest.UsageError(f"the marker report_mock takes {what}; there are {', '.join(MARKER)}")
    return asked


def _apply(mock: Mock, asked: Mapping[str, Any]) -> None:
    """Bring a sandbox to where a marker wants it: data and clock first, then what stands on them."""
    dials = {name: asked[name] for name in ("seed", "size") if name in asked}
    if dials:
        mock.world(**dials)
    clock = {key: asked[name] for name, key in (("now", "set"), ("clock", "mode")) if name in asked}
    if clock:
        mock.call("POST", "clock", clock)
    if "scenario" in asked:
        mock.scenario(asked["scenario"])
    for path, value in asked.get("rules", {}).items():
        mock.rules[path] = value
    for rule, value in asked.get("limits", {}).items():
        mock.limits[rule] = value
