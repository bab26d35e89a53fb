"""The good clients of tests/clients, made for the targets of the judge."""

from typing import Any

from clients.python.brightcove import BrightcoveClient
from clients.python.echo360 import Echo360Client
from clients.python.hapyak import HapyakClient
from clients.python.khoros import KhorosClient
from clients.python.saferme import SafermeClient
from reportcontracts.kit import Target


def make(vendor: str, target: Target, time: str = "shim", client: Any = None) -> Any:
    """A vendor's client for a target, or another of its kind; by the sandbox's clock if `time` is `shim`."""
    its, credentials = CLIENTS[vendor]
    options: dict[str, Any] = {"poll": target.poll, "timeout": target.timeout}
    if vendor in ("hapyak", "brightcove"):
        options["row_cap"] = target.row_cap or 500_000
    if time == "shim":
        options |= {"sleep": target.sleep, "clock": target.clock}
    if vendor == "saferme":
        options = {"pause": target.poll} | ({"sleep": target.sleep} if time == "shim" else {})
    if "email" in target.credentials:
        credentials = ("app_id", "email", "password")
    given = {name: target.credentials[name] for name in credentials}
    return (client or its)(target.base_url, **given, **options)


CLIENTS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "hapyak": (HapyakClient, ("api_key",)),
    "brightcove": (BrightcoveClient, ("client_id", "client_secret", "account_id")),
    "echo360": (Echo360Client, ("client_id", "client_secret")),
    "saferme": (SafermeClient, ("app_id", "access_token")),
    "khoros": (KhorosClient, ("company_key", "username", "password")),
}
"""Each vendor's good client, with the credentials that it takes."""
