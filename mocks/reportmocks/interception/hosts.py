"""Which host names are ours, which may be reached, and what is said of all others."""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from ipaddress import ip_address
from typing import Literal

from reportcontracts.catalogue import load_catalogue
from reportcontracts.names import VENDORS

Way = Literal["mock", "through", "refused"]


@dataclass(frozen=True, slots=True)
class Hosts:
    """What becomes of a request by its host name: the vendors' and the storage's are the mocks'."""

    vendors: frozenset[str]
    storage: str
    allowed: tuple[str, ...] = ()
    """Names, or patterns such as `*.example.com`, of hosts that are let through."""

    @property
    def ours(self) -> list[str]:
        """Every host name that the mocks answer for."""
        return sorted({*self.vendors, self.storage})

    def way(self, host: str) -> Way:
        """Where a request for this host goes; a real vendor is never reached."""
        host = plain(host)
        if host in self.vendors or host == self.storage:
            return "mock"
        if host in real_hosts():
            return "refused"
        if is_loopback(host) or any(fnmatchcase(host, pattern) for pattern in self.allowed):
            return "through"
        return "refused"


@cache
def real_hosts() -> Mapping[str, str]:
    """Every host of every vendor's API, with the vendor's id."""
    return {host: vendor for vendor in VENDORS for host in load_catalogue(vendor).api.hosts}


def hosts_of(vendors: Iterable[str]) -> frozenset[str]:
    """The host names at which these vendors' APIs are."""
    return frozenset(host for vendor in vendors for host in load_catalogue(vendor).api.hosts)


def plain(host: str) -> str:
    """A host name as it is compared: lower case, without brackets and without the final dot."""
    return host.strip("[]").rstrip(".").lower()


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its own account."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def refusal(host: str) -> str:
    """What is said of a host that is not reached, in one line."""
    vendor = real_hosts().get(host)
    if vendor:
        return f"{host} is {vendor}'s, which this run does not mock: name {vendor} before the command"
    return f"{host} is not a host of the mocked vendors; --allow-hosts {host} would let it through"


def _say(line: str) -> None:
    sys.stderr.write(f"reportmocks: {line}\n")


@dataclass(slots=True)
class Traffic:
    """What passed by the mocks: hosts that were refused and hosts that were let through, and how often."""

    say: Callable[[str], object] = _say
    refused: Counter[str] = field(default_factory=Counter)
    through: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refuse(self, host: str) -> None:
        """Note that a host was refused, and say so the first time."""
        with self._lock:
            self.refused[host] += 1
            if self.refused[host] == 1:
                self.say(refusal(host))

    def let_through(self, host: str) -> None:
        """Note that a host other than this machine was reached."""
        if is_loopback(host):
            return
        with self._lock:
            self.through[host] += 1
