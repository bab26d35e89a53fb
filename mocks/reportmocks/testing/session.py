"""What a pytest session shares: one server, started or attached to, and a new sandbox for whoever asks."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NoReturn, Self

import pytest

from reportcontracts.names import VENDORS
from reportcontracts.remote import ControlError, RefusedError, Remote
from reportmocks import options
from reportmocks.kernel.chance import new_uuid
from reportmocks.location import TOKEN, Location, LocationError, locate
from reportmocks.pytest_plugin import SERVE
from reportmocks.testing.mock import Mock
from reportmocks.testing.process import ServerProcess, StartError
from reportmocks.testing.steering import instant_text

MARKER: Final = ("scenario", "seed", "size", "clock", "now", "limits", "rules")
"""What the marker `report_mock` takes by name."""

_DEFAULTS: Final = {"clock": "auto", "validate": "warn", "faults": "on"}
_SWITCHES: Final = frozenset(option.name for option in options.OPTIONS if option.switch)
_ALWAYS: Final = "--faults=on"  # unless an option says otherwise: the last one counts


@dataclass(frozen=True, slots=True)
class Session:
    """A server for the tests of this process; `clock` is the mode to put each new sandbox's clock in."""

    remote: Remote
    addresses: Mapping[str, str]
    clock: str | None
    server: ServerProcess | None = None
    """The server's process, where it was started for this session."""

    @classmethod
    @contextmanager
    def of(cls, config: pytest.Config) -> Iterator[Self]:
        """The server that the options ask for, until the end of the block."""
        url = _given(config, "url")
        if url:
            session = cls.attached(url, _given(config, "clock"))
            with session.remote:
                yield session
            return
        more = _more(config)
        try:
            server = ServerProcess.start(*_arguments(config, more))
        except StartError as error:
            _fail(f"the reportmocks server does not start: {error}")
        token = dict(more).get("control-token") or os.environ.get(TOKEN) or None
        at = Location(server.control, ca=server.addresses.get("ca"), token=token)
        with server, Remote(at.control, token=token, context=at.context()) as remote:
            session = cls(remote, server.addresses, None, server)
            yield session
            session.check()

    @classmethod
    def attached(cls, url: str, clock: str | None) -> Self:
        """A server that runs already."""
        try:
            at = locate(url.strip(), os.environ)
            remote = Remote(at.control, token=at.token, context=at.context())
            vendors = remote.health()["vendors"]
        except LocationError as error:
            _fail(f"--reportmocks-url: {error.message.removeprefix('--url: ')}")
        except ControlError as error:
            _fail(f"--reportmocks-url: {error}")
        addresses = {vendor: f"{at.origin}/{vendor}" for vendor in vendors}
        return cls(remote, addresses, clock or _DEFAULTS["clock"])

    def mock(self, vendor: str, test: str, markers: Iterable[pytest.Mark] = ()) -> Mock:
        """A new sandbox of a vendor's mock, named after the test, as its markers say."""
        if vendor not in self.addresses:
            _fail(f"the reportmocks server does not serve {vendor}")
        self._see_it_lives()
        name = f"{re.sub('[^A-Za-z0-9]+', '-', test)[:40].strip('-')}-{new_uuid()[:13]}"
        mock = Mock(self.remote, vendor, self.addresses[vendor], name)
        if self.clock:
            mock.call("POST", "clock", {"mode": self.clock})
        for asked in reversed([_asked(marker) for marker in markers]):  # the nearest to the test comes last
            if asked.pop("vendor", vendor) == vendor:
                try:
                    _apply(mock, asked)
                except RefusedError as error:
                    _fail(f"the marker report_mock: {error}")
        return mock

    def check(self) -> None:
        """See that the server still lives, and that its own answers kept their contract; else fail."""
        self._see_it_lives()
        broken = self.remote.call("GET", "health")["violations"]
        if broken:
            told = "answers of the mock itself broke its contract; they are a mistake in reportmocks"
            _fail(f"{broken} {told}")

    def _see_it_lives(self) -> None:
        code = self.server.ended if self.server else None
        if self.server and code is not None:
            _fail(
                f"the reportmocks server ended by itself, with code {code}: {self.server.said or 'no word'}"
            )


def _fail(text: str) -> NoReturn:
    """Fail the test that wants a mock in one line: its traceback would be of our own code."""
    pytest.fail(text, pytrace=False)


def _given(config: pytest.Config, name: str) -> str | None:
    key = f"reportmocks_{name.replace('-', '_')}"
    given = config.getoption(key)
    return str(given) if given is not None else (str(config.getini(key) or "") or None)


def _more(config: pytest.Config) -> list[tuple[str, str]]:
    """Name and value of each option that has none here."""
    more = []
    for option in [*config.getini("reportmocks_options"), *(config.getoption("reportmocks_options") or [])]:
        name, equals, value = option.partition("=")
        if not equals or name.startswith("-"):
            _fail(f"--reportmocks-option: {option!r}: write NAME=VALUE, such as limits=off")
        more.append((name.strip(), value.strip()))
    return more


def _arguments(config: pytest.Config, more: Iterable[tuple[str, str]]) -> list[str]:
    """The arguments of `serve`."""
    named = {name: _given(config, name) or _DEFAULTS.get(name) for name in SERVE}
    arguments = [_ALWAYS]
    arguments += [f"--{name}={value}" for name, value in named.items() if value is not None]
    for name, value in more:
        if name not in _SWITCHES:
            arguments.append(f"--{name}={value}")
        elif _is_on(name, value):
            arguments.append(f"--{name}")
    return arguments


def _is_on(name: str, value: str) -> bool:
    try:
        return options.parse_on_off(value)
    except ValueError as error:
        _fail(f"--reportmocks-option: {name}: {error}")


def _asked(marker: pytest.Mark) -> dict[str, Any]:
    """What a marker says, checked."""
    asked: dict[str, Any] = {**dict(zip(("vendor",), marker.args, strict=False)), **marker.kwargs}
    if asked.get("vendor", "") is None:
        del asked["vendor"]
    strange = sorted(asked.keys() - {*MARKER, "vendor"})
    if strange or len(marker.args) > 1:
        what = f"no {strange[0]}" if strange else "one vendor and the rest by name"
        _fail(f"the marker report_mock takes {what}; there are {', '.join(MARKER)}")
    if asked.get("vendor", VENDORS[0]) not in VENDORS:
        _fail(f"the marker report_mock: unknown vendor {asked['vendor']!r}; there are {', '.join(VENDORS)}")
    for name in ("limits", "rules"):
        if not isinstance(asked.get(name, {}), Mapping):
            _fail(f'the marker report_mock: {name} is a mapping, such as {{"row-cap": 100}}')
    return asked


def _apply(mock: Mock, asked: Mapping[str, Any]) -> None:
    """Bring a sandbox to where a marker wants it: data and clock first, then what stands on them."""
    dials = {name: asked[name] for name in ("seed", "size") if name in asked}
    if dials:
        mock.world(**dials)
    clock = {key: asked[name] for name, key in (("now", "set"), ("clock", "mode")) if name in asked}
    if clock:
        mock.call("POST", "clock", {name: instant_text(value) for name, value in clock.items()})
    if "scenario" in asked:
        mock.scenario(asked["scenario"])
    for path, value in asked.get("rules", {}).items():
        mock.rules[path] = value
    for rule, value in asked.get("limits", {}).items():
        mock.limits[rule] = value
