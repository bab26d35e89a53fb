"""What the user asked for: an option beats the environment, and the environment beats the file."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, get_args

from reportcontracts.errors import ContractError, near, shorten
from reportcontracts.names import VENDORS
from reportcontracts.overrides import NO_OVERRIDES, Overrides, read_overrides
from reportcontracts.rules import RuleValues, load_rulebook
from reportfixtures import DialError
from reportfixtures.dials import Count, qualified, read_count, read_counts
from reportmocks import options
from reportmocks.kernel.clock import parse_duration, parse_instant
from reportmocks.options import OPTIONS, Option
from reportmocks.pins import read_pins
from reportmocks.settings import Certificate, ClockMode, Settings, Validation
from reportmocks.variables import slips

T = TypeVar("T")
W = TypeVar("W", bound=str)

LogFormat = Literal["text", "json"]
Text = Literal["plain", "nasty"]
Limits = Literal["documented", "off"]

_KEYS: Final = (
    options.VENDORS.name,
    *(option.name for option in (*OPTIONS, *options.RUN_OPTIONS)),
    "rules",
    "rows",
)
_NO_DEFAULTS: Final[Mapping[Option, str]] = {}


class ConfigError(Exception):
    """Something asked for cannot be had.

    Attributes:
        origin: The option, the environment variable, or the file with its key.
        reason: What is wrong, and what would be right.
    """

    def __init__(self, origin: str, reason: str) -> None:
        super().__init__(origin, reason)
        self.origin = origin
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.origin}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """Everything that `reportmocks serve` goes by: the settings of the mocks, and how it presents itself."""

    settings: Settings
    ready_file: Path | None = None
    banner: bool = True
    until_eof: bool = False
    tls: bool = False
    """Whether to speak TLS; with a certificate made for it where `settings` have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What stands on a command line, as typed."""

    vendors: tuple[str, ...] = ()
    options: Mapping[str, str]
    """By option name, only those that were given."""
    rules: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    config: str | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """A switch of a rule that somebody set: as text, or as a value of TOML's own types."""

    origin: str
    path: str
    value: object
    is_text: bool

    def apply(self, values: RuleValues) -> RuleValues:
        """The values with this switch set; `ConfigError` where it cannot be."""
        try:
            if self.is_text:
                return values.parsed(self.path, str(self.value))
            switch = values.rulebook.resolve(self.path)
            return values.with_(switch.rule, switch.name, self.value)
        except ContractError as error:
            raise ConfigError(self.origin, ": ".join(filter(None, (error.key, error.reason)))) from None


@dataclass(frozen=True, slots=True)
class Given:
    """A text that somebody gave for an option, and where they did."""

    origin: str
    text: str


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """What a TOML file holds, its values as the texts that a command line would have."""

    values: Mapping[str, Given]
    rules: tuple[Override, ...]
    rows: tuple[Override, ...]


NO_FILE: Final = ConfigFile({}, (), ())


def load(
    arguments: Arguments, environ: Mapping[str, str], defaults: Mapping[Option, str] = _NO_DEFAULTS
) -> Launch:
    """Put options, environment and file together; `defaults` are instead of those of `serve`.

    Raises:
        ConfigError: Something is unknown, malformed or not allowed.
    """
    return launch(ask(arguments, environ, defaults))


def ask(
    arguments: Arguments, environ: Mapping[str, str], defaults: Mapping[Option, str] = _NO_DEFAULTS
) -> "Asked":
    """The places where options can be given, the file read; `ConfigError` where it cannot be."""
    for name, meant in slips(environ):
        raise ConfigError(name, f"there is no such variable; did you mean {meant}?")
    given = environ.get(options.CONFIG.variable) or None if arguments.config is None else arguments.config
    return Asked(arguments, environ, NO_FILE if given is None else read_file(Path(given)), defaults)


def launch(asked: "Asked") -> Launch:
    """What `serve` goes by, out of all that was asked for; `ConfigError` where it cannot be had."""
    quiet = asked.take(options.QUIET, options.parse_on_off)
    log = asked.choose(options.LOG_FORMAT, get_args(LogFormat))
    overrides = asked.take_any(options.OVERRIDES, _read_overrides) or NO_OVERRIDES
    settings = Settings(
        catalogues=overrides.catalogues,
        vendors=asked.vendors(),
        host=asked.take(options.HOST, options.parse_host),
        port=asked.take(options.PORT, options.parse_port),
        seed=asked.take(options.SEED, options.parse_seed),
        size=asked.take(options.SIZE, options.parse_size),
        rows=row_counts(asked.counts()),
        history_start=asked.take(options.HISTORY_START, options.parse_day),
        empty=asked.take(options.EMPTY, options.parse_on_off),
        text=asked.choose(options.TEXT, get_args(Text)),
        locale=asked.take(options.LOCALES, options.parse_locales),
        pins=asked.take_any(options.DATA, partial(read_pins, catalogue=overrides.catalogue)) or {},
        scenarios=asked.take_any(options.SCENARIO, options.parse_scenarios) or {},
        clock=asked.choose(options.CLOCK, get_args(ClockMode)),
        now=asked.take_any(options.NOW, parse_instant),
        report_time=asked.take(options.REPORT_TIME, parse_duration),
        state=asked.take(options.STATE, options.parse_state),
        public_url=asked.take_any(options.PUBLIC_URL, options.parse_url),
        storage_url=asked.take_any(options.STORAGE_URL, options.parse_url),
        certificate=_certificate(asked),
        hints=asked.take(options.HINTS, options.parse_on_off),
        validate=asked.choose(options.VALIDATE, get_args(Validation)),
        faults=asked.take(options.FAULTS, options.parse_on_off),
        control_token=asked.take_any(options.CONTROL_TOKEN, options.parse_token),
        log="off" if quiet else log,
    )
    limits: Limits = asked.choose(options.LIMITS, get_args(Limits))
    settings = replace(
        settings, rules=rule_values(settings.vendors, [*_set_in(overrides), *asked.overrides()], limits)
    )
    return Launch(
        settings=settings,
        ready_file=asked.take_any(options.READY_FILE, options.parse_new_file),
        banner=not quiet,
        tls=settings.certificate is not None or asked.take(options.TLS, options.parse_on_off),
        until_eof=asked.take(options.UNTIL_EOF, options.parse_on_off),
    )


def _certificate(asked: "Asked") -> Certificate | None:
    """The certificate that was given, and its key."""
    chain = asked.take_any(options.TLS_CERT, options.parse_file)
    key = asked.take_any(options.TLS_KEY, options.parse_file)
    if chain is None and key is None:
        return None
    if chain is None or key is None:
        there, lacking = (
            (options.TLS_CERT, options.TLS_KEY) if key is None else (options.TLS_KEY, options.TLS_CERT)
        )
        raise ConfigError(there.flag, f"needs {lacking.flag} as well")
    return Certificate(chain, key)


def _read_overrides(path: str) -> Overrides:
    try:
        return read_overrides(Path(path))
    except ContractError as error:
        raise ValueError(str(error)) from None


def _set_in(overrides: Overrides) -> Iterable[Override]:
    """The switches that an overrides file sets, which any other place goes before."""
    for its in overrides.settings:
        yield Override(f"{overrides.origin}: {its.key}", its.path, its.value, is_text=False)


class Asked:
    """The three places where an option can be given, asked in their order."""

    def __init__(
        self,
        arguments: Arguments,
        environ: Mapping[str, str],
        file: ConfigFile,
        defaults: Mapping[Option, str] = _NO_DEFAULTS,
    ) -> None:
        self._defaults = defaults
        self._arguments = arguments
        self._environ = environ
        self._file = file

    def find(self, option: Option) -> Given | None:
        """What was given for an option; an empty environment variable counts as none."""
        if option.name in self._arguments.options:
            return Given(option.flag, self._arguments.options[option.name])
        if self._environ.get(option.variable):
            return Given(option.variable, self._environ[option.variable])
        return self._file.values.get(option.name)

    def take_any(self, option: Option, parse: Callable[[str], T]) -> T | None:
        """The value of an option, or `None` where it was not given and has no default."""
        given = self.find(option)
        if given is None:
            default = self._defaults.get(option, option.default)
            return None if default is None else parse(default)
        try:
            return parse(given.text)
        except ValueError as error:
            raise ConfigError(given.origin, str(error)) from None

    def take(self, option: Option, parse: Callable[[str], T]) -> T:
        """The value of an option that has a default."""
        value = self.take_any(option, parse)
        if value is None:
            raise TypeError(f"{option.flag} has no default")
        return value

    def choose(self, option: Option, words: tuple[W, ...]) -> W:
        """The value of an option that is one of some words."""

        def parse(text: str) -> W:
            for word in words:
                if text == word:
                    return word
            raise ValueError(f"{text!r} is not one of {', '.join(words)}")

        return self.take(option, parse)

    def vendors(self) -> tuple[str, ...]:
        """The vendors to serve, in their usual order."""
        given = Given("VENDOR", " ".join(self._arguments.vendors))
        if not given.text:
            given = self.find(options.VENDORS) or Given("", " ".join(VENDORS))
        names = given.text.split() or VENDORS
        for name in names:
            check_vendor(given.origin, name)
        return tuple(vendor for vendor in VENDORS if vendor in names)

    def overrides(self) -> list[Override]:
        """The switches that were set, later ones winning."""
        return [*self._file.rules, *self._typed(options.RULE, self._arguments.rules)]

    def counts(self) -> list[Override]:
        """The exact numbers of rows that were set, later ones winning."""
        return [*self._file.rows, *self._typed(options.ROWS, self._arguments.rows)]

    def _typed(self, option: Option, arguments: Iterable[str]) -> Iterator[Override]:
        """What was set by a repeatable option, in the environment first."""
        typed = [(option.variable, text) for text in self._environ.get(option.variable, "").split()]
        typed += [(option.flag, text) for text in arguments]
        for origin, text in typed:
            path, equals, value = text.partition("=")
            if not equals or not path:
                raise ConfigError(origin, f"{text!r} sets nothing: write {option.metavar}")
            yield Override(origin, path, value, is_text=True)


def check_vendor(origin: str, name: str) -> None:
    """See that a vendor is one that can be served; `ConfigError` otherwise."""
    if name in VENDORS:
        return
    close = near(name, VENDORS)
    hint = f"did you mean {close[0]}? " if close else ""
    raise ConfigError(origin, f"unknown vendor {name!r}; {hint}there are {', '.join(VENDORS)}")


def rule_values(
    vendors: Iterable[str], overrides: Iterable[Override], limits: Limits
) -> dict[str, RuleValues]:
    """The rules' values of vendors that have others than in their rulebook; of the rest none is read.

    `--limits off` lies over the rulebook, and what was set over both. Switches of vendors that are not
    served are checked all the same.

    Raises:
        ConfigError: A rule or its switch is unknown, or cannot take the value.
    """
    served, values = tuple(vendors), dict[str, RuleValues]()
    if limits == "off":
        values = {vendor: RuleValues(load_rulebook(vendor)).without_limits() for vendor in served}
    for override in overrides:
        vendor = override.path.partition(".")[0]
        check_vendor(override.origin, vendor)
        changed = override.apply(values.get(vendor) or RuleValues(load_rulebook(vendor)))
        if vendor in served:
            values[vendor] = changed
    return values


def row_counts(overrides: Iterable[Override]) -> dict[str, Count]:
    """Exact numbers of rows by vendor and report; of what was set twice, the later one.

    Raises:
        ConfigError: A report is unknown or cannot have such a number, or two cannot at the same time.
    """
    counts: dict[str, Count] = {}
    for override in overrides:
        try:
            report = qualified(override.path, VENDORS)
            counts |= read_counts([*(counts | {report: read_count(override.value)}).items()], VENDORS)
        except DialError as error:
            raise ConfigError(override.origin, f"{shorten(error.given)} is not {error.allowed}") from None
    return counts


def read_file(path: Path) -> ConfigFile:
    """Read a TOML file of options.

    Raises:
        ConfigError: It cannot be read, is no TOML, or has a key that is none of ours.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # some editors begin with a mark
    except OSError as error:
        raise ConfigError(str(path), error.strerror or str(error)) from None
    except ValueError as error:  # also what is not UTF-8
        raise ConfigError(str(path), f"is not TOML: {error}") from None
    for key in table:
        _check_key(path, key)
    tables = [(name, _table_of(path, name, table.pop(name, {}))) for name in ("rules", "rows")]
    values = {key: Given(f"{path}: {key}", _as_text(path, key, value)) for key, value in table.items()}
    return ConfigFile(values, *(tuple(_file_overrides(path, name, its)) for name, its in tables))


def _table_of(path: Path, name: str, given: object) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise ConfigError(f"{path}: {name}", f"is not a table: write [{name}]")
    return given


def _check_key(path: Path, key: str) -> None:
    if key in _KEYS:
        return
    close = near(key, _KEYS)
    hint = f"did you mean {close[0]}?" if close else f"allowed: {', '.join(_KEYS)}"
    raise ConfigError(str(path), f"unknown key {key!r}; {hint}")


def _as_text(path: Path, key: str, value: object) -> str:
    """A TOML value as it would be typed on a command line."""
    if isinstance(value, str | int):
        return ("off", "on")[value] if isinstance(value, bool) else str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if key == options.VENDORS.name and isinstance(value, list):
        return " ".join(map(str, value))
    if key == options.LOCALES.name and isinstance(value, list):
        return ",".join(map(str, value))
    raise ConfigError(f"{path}: {key}", f"{value!r} is neither text, whole number, true or false, nor a date")


def _file_overrides(
    path: Path, name: str, table: Mapping[str, Any], keys: tuple[str, ...] = ()
) -> Iterator[Override]:
    """What is set in a table, which may be nested in any way: a path is its keys, joined by dots."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _file_overrides(path, name, value, (*keys, key))
        else:
            way = ".".join((*keys, key))
            yield Override(f"{path}: {name}.{way}", way, value, is_text=False)
