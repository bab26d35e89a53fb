"""The options of `reportmocks serve`, listed once for the command line, the environment and the file."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from reportcontracts.errors import shorten
from reportfixtures import dials
from reportfixtures.dials import EARLIEST, LOCALE, SIZES, TEXTS
from reportfixtures.errors import DialError

T = TypeVar("T")

MAX_SEED: Final = 2**63 - 1

PREFIX: Final = "REPORTMOCKS_"
"""What the name of every environment variable of ours begins with."""

_ON: Final = ("on", "true", "yes", "1")
_OFF: Final = ("off", "false", "no", "0")


@dataclass(frozen=True, slots=True)
class Option:
    """One option: `--name`, `REPORTMOCKS_NAME` in the environment, and `name` in the file."""

    name: str
    metavar: str
    meaning: str
    default: str | None = None
    """As text, as somebody would type it; `None` where there is none."""
    short: str | None = None
    """A one-letter form for the command line."""
    switch: bool = False
    """Whether it takes no value on a command line, and is on by being there."""

    @property
    def flag(self) -> str:
        """The option on a command line."""
        return f"--{self.name}"

    @property
    def variable(self) -> str:
        """The option's name in the environment."""
        return f"{PREFIX}{self.name.upper().replace('-', '_')}"


HOST: Final = Option("host", "HOST", "address to listen on", "127.0.0.1", short="H")
PORT: Final = Option("port", "PORT", "port to listen on; 0 takes a free one", "8080", short="p")
SEED: Final = Option("seed", "NUMBER", "seed of the invented data", "1")
SIZE: Final = Option(
    "size", f"{'|'.join(SIZES)}|N", "how much data there is, or how many rows a day", "small"
)
HISTORY_START: Final = Option(
    "history-start", "DAY", "the first day on which anything happens", str(EARLIEST)
)
EMPTY: Final = Option("empty", "on|off", "whether all reports are without rows", "off")
TEXT: Final = Option(
    "text", "|".join(TEXTS), "whether texts hold what careless clients stumble over", "plain"
)
LOCALES: Final = Option("locale", "LOCALE[,LOCALE...]", "in which languages names and texts are", LOCALE)
SCENARIO: Final = Option(
    "scenario", "NAME", "situation that every sandbox begins in; several, of different vendors, with blanks"
)
DATA: Final = Option("data", "FILE", "TOML or JSON with rows of your own, in reports of every sandbox")
OVERRIDES: Final = Option(
    "overrides", "FILE", "TOML with what you know better of reports, columns, formats and rules"
)
CLOCK: Final = Option("clock", "real|frozen|auto", "how time passes", "real")
NOW: Final = Option(
    "now", "INSTANT", "where the clock starts, such as 2026-01-31T09:30:00Z; else the wall clock"
)
REPORT_TIME: Final = Option("report-time", "DURATION", "how long a report takes: 500ms, 2s, 1h30m", "2s")
STATE: Final = Option("state", "memory|sqlite:///PATH", "where jobs and clocks are kept", "memory")
LIMITS: Final = Option("limits", "documented|off", "whether the vendors' limits apply", "documented")
HINTS: Final = Option(
    "hints", "on|off", "whether answers say which rule shaped them, in X-Mock-Rule and Link", "on"
)
VALIDATE: Final = Option(
    "validate",
    "off|warn|strict",
    "hold requests and answers against the contract; strict refuses, too",
    "off",
)
FAULTS: Final = Option(
    "faults", "on|off", "a relay on the port that resets, truncates and dribbles where a fault says so", "off"
)
CONTROL_TOKEN: Final = Option("control-token", "TOKEN", "what the control API wants as a Bearer token")
PUBLIC_URL: Final = Option(
    "public-url", "URL", "address by which clients reach this server, behind a proxy or a mapped port"
)
STORAGE_URL: Final = Option("storage-url", "URL", "address that signed download links begin with")
TLS: Final = Option(
    "tls",
    "on|off",
    "speak TLS, with a certificate made for it unless one is given",
    "off",
    switch=True,
)
TLS_CERT: Final = Option("tls-cert", "FILE", "certificate to speak TLS with, and those that lead to it: PEM")
TLS_KEY: Final = Option("tls-key", "FILE", "the certificate's private key: PEM, without a password")
READY_FILE: Final = Option("ready-file", "PATH", "write the addresses here, as JSON, once the server answers")
LOG_FORMAT: Final = Option("log-format", "text|json", "a line for each request, on standard error", "text")
QUIET: Final = Option("quiet", "on|off", "no banner and no line for each request", "off", switch=True)
UNTIL_EOF: Final = Option(
    "until-eof",
    "on|off",
    "end when standard input does, and so with the program that started it",
    "off",
    switch=True,
)

OPTIONS: Final = (
    HOST, PORT, SEED, SIZE, HISTORY_START, EMPTY, TEXT, LOCALES, DATA, OVERRIDES, SCENARIO, CLOCK, NOW,
    REPORT_TIME, STATE, LIMITS, HINTS, VALIDATE, FAULTS, CONTROL_TOKEN, PUBLIC_URL, STORAGE_URL, TLS,
    TLS_CERT, TLS_KEY, READY_FILE, LOG_FORMAT, QUIET, UNTIL_EOF,
)  # fmt: skip
"""Every option that has one value and may stand in the file."""

ALLOW_HOSTS: Final = Option(
    "allow-hosts", "HOST,...", "hosts that the command may reach besides: names, or patterns such as *.local"
)
ISOLATE: Final = Option(
    "isolate", "on|off", "run the command in a network of its own (Linux)", "off", switch=True
)

NO_TIME_SHIM: Final = Option(
    "no-time-shim", "on|off", "let the command wait on the wall clock", "off", switch=True
)

RUN_OPTIONS: Final = (ALLOW_HOSTS, ISOLATE, NO_TIME_SHIM)
"""What `reportmocks run` takes besides."""
ROWS: Final = Option("rows", "REPORT=N", "exactly how many rows a report has; may be repeated")
"""Repeatable as `RULE` is."""

RULE: Final = Option("rule", "ID.field=VALUE", "set a switch of a rule; may be repeated")
"""Repeatable: in the environment several are separated by blanks, in the file they are a table `rules`."""

CONFIG: Final = Option("config", "FILE", "a TOML file with these options as keys")
VENDORS: Final = Option("vendors", "VENDOR ...", "which mocks to serve", "all that there are")
"""An argument on the command line, without a flag."""


def parse_host(text: str) -> str:
    """A host name or address; brackets around an IPv6 address are taken off."""
    host = text.removeprefix("[").removesuffix("]")
    if re.fullmatch(r"[^:]*:\d*", host):
        raise ValueError(f"{text!r} has a port, which is --port's")
    if not re.fullmatch(r"[A-Za-z0-9_.:%-]{1,255}", host):
        raise ValueError(f"{text!r} is not a host name or an address")
    return host


def parse_scenarios(text: str) -> dict[str, str]:
    """The scenarios that a text names, by vendor.

    Raises:
        ValueError: One is unknown, or two are the same vendor's.
    """
    from reportcontracts.errors import UnknownName  # noqa: PLC0415
    from reportcontracts.scenarios import find_scenario  # noqa: PLC0415 - few servers start in one

    found: dict[str, str] = {}
    for name in text.split():
        try:
            vendor = find_scenario(name).vendor
        except UnknownName as error:
            raise ValueError(error.reason) from None
        if vendor in found:
            raise ValueError(f"{found[vendor]} and {name} are both {vendor}'s; a sandbox is in one at a time")
        found[vendor] = name
    return found


def parse_port(text: str) -> int:
    """A port number."""
    if not re.fullmatch(r"\d{1,5}", text) or int(text) > 65535:
        raise ValueError(f"{text!r} is not a port: a number from 0 to 65535, where 0 takes a free one")
    return int(text)


def parse_seed(text: str) -> int:
    """The seed of a world."""
    if not re.fullmatch(r"\d{1,19}", text) or int(text) > MAX_SEED:
        raise ValueError(f"{text!r} is not a seed: a whole number from 0 to {MAX_SEED}")
    return int(text)


def parse_size(text: str) -> str | int:
    """The size of a world: a name, or rows a day."""
    return _of_dial(dials.read_size, text)


def parse_day(text: str) -> date:
    """The first day of a history."""
    return _of_dial(dials.read_day, text)


def parse_locales(text: str) -> tuple[str, ...]:
    """Locales with commas between."""
    return _of_dial(dials.read_locales, text)


def _of_dial(read: Callable[[object], T], text: str) -> T:
    """The value of a dial, whose refusals name what is allowed."""
    try:
        return read(text)
    except DialError as error:
        raise ValueError(f"{shorten(error.given)} is not {error.allowed}") from None


def parse_on_off(text: str) -> bool:
    """Whether something is on."""
    if text.lower() in _ON:
        return True
    if text.lower() in _OFF:
        return False
    raise ValueError(f"{text!r} is neither on nor off")


def parse_state(text: str) -> str:
    """Where state is kept; a file's directory must be there."""
    path = text.removeprefix("sqlite:///")
    if text == "memory":
        return text
    if not path or path == text:
        raise ValueError(f"{text!r} is no place for state: write memory or sqlite:///PATH")
    _check_parent(Path(path))
    return text


def parse_new_file(text: str) -> Path:
    """The path of a file to be written; its directory must be there."""
    path = Path(text)
    if not text:
        raise ValueError("'' is no file")
    if path.is_dir():
        raise ValueError(f"{text!r} is a directory")
    _check_parent(path)
    return path


def parse_file(text: str) -> Path:
    """The path of a file that is there."""
    if not Path(text).is_file():
        raise ValueError(f"there is no file {text!r}")
    return Path(text)


def parse_token(text: str) -> str:
    """A Bearer token, as RFC 6750 has it; what is wrong with it is told without it."""
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]{1,1024}=*", text):
        raise ValueError("it is no Bearer token: letters, digits and . _ ~ + / - are, with = at the end")
    return text


def parse_url(text: str) -> str:
    """The base address of an HTTP server, without a slash at its end."""
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if (
        not known
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
        or not text.isprintable()
        or " " in text
    ):
        raise ValueError(
            f"{text!r} is not the address of a server: write something like http://localhost:8080"
        )
    return text.rstrip("/")


def parse_hosts(text: str) -> tuple[str, ...]:
    """Host names and patterns of them, separated by commas or blanks."""
    hosts = tuple(re.split(r"[,\s]+", text.strip().lower()))
    for host in hosts:
        if not re.fullmatch(r"[a-z0-9.*?_:-]{1,255}", host):
            raise ValueError(f"{host!r} is not a host name or a pattern of one")
    return hosts


def _check_parent(path: Path) -> None:
    if not path.parent.is_dir():
        raise ValueError(f"there is no directory {str(path.parent)!r}")
