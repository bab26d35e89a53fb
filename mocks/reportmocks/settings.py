"""What a server is told at start: one frozen value, made by the command line or by a test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from reportcontracts.catalogue import Catalogue, load_catalogue
from reportcontracts.rules import RuleValues
from reportfixtures.dials import DEFAULTS, Count, Dials

ClockMode = Literal["real", "frozen", "auto"]
Validation = Literal["off", "warn", "strict"]
"""What is done about what the contract does not have: nothing, a note in the journal, or a refusal."""


@dataclass(frozen=True, slots=True)
class Pin:
    """Rows of the user's own in a report: `instead` of the generated ones, or `beside` them."""

    mode: Literal["instead", "beside"]
    text: str
    """The rows as JSON: checked, and with every column."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server identifies itself with over TLS: PEM files."""

    chain: Path
    key: Path
    authority: Path | None = None
    """The certificate to trust, where it is of an authority made for this server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that a server needs to know before its first request.

    Instants are milliseconds since the epoch in UTC, durations are milliseconds.
    """

    vendors: tuple[str, ...] = ()
    """Vendor ids to serve; empty means all that are there."""
    host: str = "127.0.0.1"
    port: int = 8080
    seed: int = 1
    size: str | int = "small"
    """`tiny`, `small`, `large`, or rows a day."""
    rows: Mapping[str, Count] = field(default_factory=dict)
    """By vendor and report, with a dot between: exact numbers of rows."""
    history_start: date = DEFAULTS.history_start
    empty: bool = False
    text: Literal["plain", "nasty"] = "plain"
    locale: tuple[str, ...] = DEFAULTS.locale
    clock: ClockMode = "real"
    now: int | None = None
    """Where the clock of a sandbox starts; `None` is the wall clock at its first use."""
    report_time: int = 2000
    """How long a report takes, on the sandbox's clock."""
    state: str = "memory"
    """`memory`, or `sqlite:///PATH`."""
    rules: Mapping[str, RuleValues] = field(default_factory=dict)
    """By vendor: the rulebook's values with the server's own switches applied."""
    catalogues: Mapping[str, Catalogue] = field(default_factory=dict)
    """By vendor: its reports with a user's overrides, where there are any."""
    pins: Mapping[str, Pin] = field(default_factory=dict)
    """By vendor and report, with a slash between: rows of the user's own that every sandbox starts with."""
    scenarios: Mapping[str, str] = field(default_factory=dict)
    """By vendor: the scenario that every sandbox begins in."""
    public_url: str | None = None
    storage_url: str | None = None
    certificate: Certificate | None = None
    """With one the server speaks TLS, and nothing else."""
    proxy_mark: str = ""
    """The secret by which a request is known to come from our own proxy; empty where there is no proxy."""
    hints: bool = True
    faults: bool = False
    """Whether a relay stands in front of the server, which does the faults that HTTP cannot say."""
    validate: Validation = "off"
    """Whether requests and answers are held against the contract."""
    control_token: str | None = field(default=None, repr=False)
    """What the control API wants to be shown; `None` where it is open to whoever reaches the port."""
    log: Literal["text", "json", "off"] = "off"

    @property
    def dials(self) -> Dials:
        """The dials of the worlds that sandboxes start with."""
        return Dials(
            size=self.size,
            rows=tuple(sorted(self.rows.items())),
            history_start=self.history_start,
            empty=self.empty,
            text=self.text,
            locale=self.locale,
        )

    @property
    def scheme(self) -> Literal["http", "https"]:
        """What the server's addresses begin with."""
        return "https" if self.certificate else "http"

    def catalogue(self, vendor: str) -> Catalogue:
        """A vendor's reports as they are served."""
        return self.catalogues.get(vendor) or load_catalogue(vendor)
