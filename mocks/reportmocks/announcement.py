"""How a server says where it is: the banner for people, the ready line and the ready file for programs."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from reportcontracts.names import VENDORS
from reportmocks.app import load_vendor
from reportmocks.kernel.clock import iso
from reportmocks.listener import authority, reachable
from reportmocks.settings import Settings
from reportmocks.version import VERSION


def origin(settings: Settings) -> str:
    """The server's own address, at which this machine reaches it."""
    return f"{settings.scheme}://{authority(reachable(settings.host), settings.port)}"


def addresses(settings: Settings) -> dict[str, str]:
    """The base address of each vendor's mock by its id, and that of the control API as `control`."""
    base = origin(settings)
    vendors = settings.vendors or VENDORS
    return {vendor: f"{base}/{vendor}" for vendor in vendors} | {"control": f"{base}/_mock"}


def announced(settings: Settings) -> dict[str, str]:
    """What programs have to know: the addresses, and as `ca` the authority's file, if one was made."""
    certificate = settings.certificate
    ca = {"ca": str(certificate.authority)} if certificate and certificate.authority else {}
    return addresses(settings) | ca


def ready_line(settings: Settings) -> str:
    """`READY` and what programs have to know, as JSON on one line."""
    return f"READY {json.dumps(announced(settings))}"


def banner(settings: Settings) -> str:
    """What is served and how to try it: a line to paste for each vendor."""
    tries = {vendor: load_vendor(vendor).curl for vendor in settings.vendors or VENDORS}
    tries["control"] = "curl {url}/clock"
    if settings.certificate and settings.certificate.authority:
        trust = f"curl --cacert {settings.certificate.authority}"
        tries = {name: curl.replace("curl", trust, 1) for name, curl in tries.items()}
    urls = addresses(settings)
    width = max(map(len, tries))
    lines = [f"  {name:<{width}}  {curl.replace('{url}', urls[name])}" for name, curl in tries.items()]
    return "\n".join([_headline(settings), "", *lines, ""])


def _headline(settings: Settings) -> str:
    clock = settings.clock if settings.now is None else f"{settings.clock} from {iso(settings.now)}"
    parts = [f"clock {clock}", f"seed {settings.seed}", f"{settings.size} worlds"]
    if settings.public_url:
        parts.append(f"reached as {settings.public_url}")
    return f"reportmocks {VERSION} on {origin(settings)}: {', '.join(parts)}; Ctrl-C ends it"


def write_ready_file(path: Path, urls: Mapping[str, str]) -> None:
    """Write what was announced and this process's `pid` as JSON; a reader sees all of it or nothing."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(json.dumps({**urls, "pid": os.getpid()}) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def remove_ready_file(path: Path) -> None:
    """Remove the ready file, if it is there and this process wrote it."""
    try:
        ours = json.loads(path.read_text(encoding="utf-8")).get("pid") == os.getpid()
    except (OSError, ValueError, AttributeError):
        return
    if ours:
        path.unlink(missing_ok=True)
