"""Credentials by vendor: what a client of each sends, and which part of it names a mock's sandbox.

The names are those of the vendors' pages; `environment` has them as variables for programs of any language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Identity:
    """What a vendor's client identifies itself with.

    Attributes:
        sandbox: The credential that is the sandbox: an API key, a client id, an access token, a company key,
            or the e-mail address of who signs in.
        fixed: The others, with values that a mock accepts.
    """

    sandbox: str
    fixed: Mapping[str, str]

    def credentials(self, sandbox: str) -> dict[str, str]:
        """A full set of credentials for a sandbox of this name."""
        return {self.sandbox: sandbox, **self.fixed}


IDENTITIES: Final[Mapping[str, Identity]] = MappingProxyType(
    {
        "hapyak": Identity("api_key", {}),
        "brightcove": Identity("client_id", {"client_secret": "a-secret", "account_id": "123456789"}),
        "echo360": Identity("client_id", {"client_secret": "a-secret"}),
        "saferme": Identity("access_token", {"app_id": "com.thundermaps.saferme"}),
        "khoros": Identity("company_key", {"username": "me@example.com", "password": "a-password"}),
    }
)

SIGNING_IN: Final[Mapping[str, Identity]] = MappingProxyType(
    {"saferme": Identity("email", {"password": "a-password", "app_id": "com.thundermaps.saferme"})}
)
"""What a client has that signs in for its access token, of the vendors that have sessions."""


def credentials(vendor: str, sandbox: str, *, signs_in: bool = False) -> dict[str, str]:
    """A full set of credentials of a vendor, by the names of its page, that a mock accepts for a sandbox.

    Of a client that `signs_in` they are those with which it does, where the vendor has sessions.
    """
    identities = SIGNING_IN if signs_in and vendor in SIGNING_IN else IDENTITIES
    return identities[vendor].credentials(sandbox)


def environment(vendor: str, base_url: str, given: Mapping[str, str]) -> dict[str, str]:
    """A base URL and credentials as environment variables: `HAPYAK_BASE_URL`, `HAPYAK_API_KEY`, ..."""
    prefix = vendor.upper()
    return {f"{prefix}_BASE_URL": base_url} | {
        f"{prefix}_{name.upper()}": text for name, text in given.items()
    }
