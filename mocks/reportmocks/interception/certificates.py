"""A throw-away authority, and the certificates that clients need to trust it."""

import os
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import trustme

EXTRA: Final = "tls"
"""The extra of this package that brings what is needed here."""

_NAMED_BY: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_USUAL: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


class MissingExtraError(Exception):
    """A library that only one feature needs is not installed."""

    def __init__(self, missing: str, extra: str) -> None:
        super().__init__(missing, extra)
        self.missing = missing
        self.extra = extra

    def __str__(self) -> str:
        return f"{self.missing} is not installed; pip install 'reportmocks[{self.extra}]' brings it"


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority made for this process, of which no key is ever on disk, and a certificate of it."""

    ca: "trustme.CA"
    leaf: "trustme.LeafCert"

    @property
    def pem(self) -> bytes:
        """The authority's own certificate."""
        return self.ca.cert_pem.bytes()

    def server_context(self) -> ssl.SSLContext:
        """What ends TLS, 1.2 and later, for the names of the certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        self.leaf.configure_cert(context)
        return context

    def java_truststore(self) -> bytes:
        """The authority's certificate as Java reads it: PKCS #12, with no password."""
        from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12  # noqa: PLC0415 - an extra
        from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

        trusted = pkcs12.PKCS12Certificate(load_pem_x509_certificate(self.pem), b"reportmocks")
        return pkcs12.serialize_java_truststore([trusted], NoEncryption())


def make_authority(names: Iterable[str]) -> Authority:
    """A new authority with one certificate for all the names and addresses.

    Raises:
        MissingExtraError: The library that makes certificates is not installed.
    """
    try:
        import trustme  # noqa: PLC0415 - only TLS needs it, and it is an extra
    except ImportError:
        raise MissingExtraError("trustme", EXTRA) from None
    ca = trustme.CA(organization_name="reportmocks", organization_unit_name="made for one run")
    return Authority(ca, ca.issue_cert(*names))


def system_bundle(environ: Mapping[str, str]) -> bytes:
    """The authorities that this system trusts, as its clients would find them; empty where none is found."""
    named = [environ[name] for name in _NAMED_BY if environ.get(name)]
    default = ssl.get_default_verify_paths().cafile
    for path in (*named, *([default] if default else []), *_USUAL):
        if os.path.isfile(path):  # noqa: PTH113 - as it was given
            return Path(path).read_bytes()
    return b""
