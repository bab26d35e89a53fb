"""Where a running server is: as somebody says, by its ready file or the environment, or by default."""

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeVar

import click

from reportmocks.options import parse_port, parse_url

T = TypeVar("T")

URL: Final = "REPORTMOCKS_URL"
CA: Final = "REPORTMOCKS_CA"
READY_FILE: Final = "REPORTMOCKS_READY_FILE"
PORT: Final = "REPORTMOCKS_PORT"
TOKEN: Final = "REPORTMOCKS_CONTROL_TOKEN"  # noqa: S105 - the name of the variable
DEFAULT: Final = "http://127.0.0.1:8080/_mock"

URL_HELP: Final = "the server, such as http://127.0.0.1:8080; else REPORTMOCKS_URL, _READY_FILE or _PORT"
"""What `--url` of a command means."""

_NO_ADDRESSES: Final[Mapping[str, str]] = {}


class LocationError(click.ClickException):
    """What should tell where the server is tells no address."""

    exit_code = 2


class NoAddressYetError(LocationError):
    """The ready file tells none, which a server that is about to start may change."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Location:
    """A server's addresses, and how to trust it."""

    control: str
    """The control API's, which ends in `/_mock`."""
    told: bool = True
    """Whether somebody said so, and it is not only where a server is by default."""
    ca: str | None = None
    """The authority's file, of a server with a certificate made for it."""
    addresses: Mapping[str, str] = field(default_factory=lambda: _NO_ADDRESSES)
    """By vendor, where they are known."""
    token: str | None = field(default=None, repr=False)
    """What the control API wants to be shown, where it wants something."""

    @property
    def origin(self) -> str:
        """The server's own address."""
        return self.control.removesuffix("/_mock")

    def context(self) -> ssl.SSLContext | None:
        """What to trust it by; `None` where it speaks plain HTTP.

        Raises:
            LocationError: The authority's file cannot be read; `NoAddressYetError` if a ready file names it.
        """
        if not self.control.startswith("https:"):
            return None
        try:
            return ssl.create_default_context(cafile=self.ca)
        except OSError as error:  # also what is no certificate
            told = f"{self.ca} is no certificate to trust it by ({error.strerror or error})"
            if self.addresses:
                raise NoAddressYetError(f"the ready file's {told}") from None
            raise LocationError(f"{CA}: {told}") from None

    def url(self, vendor: str) -> str:
        """The base address of a vendor's mock."""
        return self.addresses.get(vendor, f"{self.origin}/{vendor}")


def locate(url: str | None, environ: Mapping[str, str], ready_file: str | None = None) -> Location:
    """Where the server is: by `url`, by `ready_file`, else by the environment, which also has the token.

    Raises:
        LocationError: What was told is no address; `NoAddressYetError`, where the ready file tells none.
    """
    return replace(_located(url, environ, ready_file), token=environ.get(TOKEN) or None)


def _located(url: str | None, environ: Mapping[str, str], ready_file: str | None) -> Location:
    if url is None and ready_file is not None:
        return _by_file(ready_file)
    origin = URL if url is None else "--url"
    url = environ.get(URL) if url is None else url
    if url or origin != URL:
        return Location(
            f"{_checked(parse_url, url, origin).removesuffix('/_mock')}/_mock", ca=environ.get(CA)
        )
    if environ.get(READY_FILE):
        return _by_file(environ[READY_FILE])
    port = _checked(parse_port, environ.get(PORT) or "0", PORT)
    if port:
        return Location(f"http://127.0.0.1:{port}/_mock")
    return Location(DEFAULT, told=False)


def _checked(parse: Callable[[str], T], text: str | None, origin: str) -> T:
    try:
        return parse(text or "")
    except ValueError as error:
        raise LocationError(f"{origin}: {error}") from None


def _by_file(path: str) -> Location:
    try:
        told = json.loads(Path(path).read_text(encoding="utf-8"))
        vendors = {name: url for name, url in told.items() if name not in ("control", "ca", "pid")}
        return Location(parse_url(told["control"]), ca=told.get("ca"), addresses=vendors)
    except OSError as error:
        reason = error.strerror or str(error)
    except (ValueError, KeyError, TypeError, AttributeError):
        reason = "it is not what a server writes"
    raise NoAddressYetError(f"the ready file {path} tells no address ({reason}); is the server up?")
