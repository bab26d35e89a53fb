"""A throw-away authority, and the certificates that clients need to trust it."""

import os
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from reportcontracts.catalogue import load_catalogue
from reportcontracts.names import VENDORS
from reportmocks.settings import Certificate, Settings

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


class CertificateError(Exception):
    """A certificate cannot be used, or cannot be made; one line says why."""


class MissingExtraError(CertificateError):
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
        context.num_tickets = 0  # the time shim would take one for the beginning of an answer
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


@contextmanager
def certificate_for(settings: Settings) -> Iterator[Certificate]:
    """The certificate that a server is given, or one made for it, whose files end with the block.

    Raises:
        CertificateError: The given one cannot be used, or none can be made.
    """
    given = settings.certificate
    if given:
        _check(given)
        yield given
        return
    authority = make_authority(_names(settings))
    with TemporaryDirectory(prefix="reportmocks-", ignore_cleanup_errors=True) as folder:
        files = Certificate(Path(folder, "cert.pem"), Path(folder, "key.pem"), Path(folder, "ca.pem"))
        files.chain.write_bytes(b"".join(pem.bytes() for pem in authority.leaf.cert_chain_pems))
        files.key.touch(0o600)
        files.key.write_bytes(authority.leaf.private_key_pem.bytes())
        Path(folder, "ca.pem").write_bytes(authority.pem)
        yield files


def _check(given: Certificate) -> None:
    """See that certificate and key are such, and belong together."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(given.chain, given.key, password="")
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", None) or str(error)
        told = f"not a certificate and its key, without a password ({why})"
        raise CertificateError(f"--tls-cert, --tls-key: {told}") from None


def _names(settings: Settings) -> list[str]:
    """The names and addresses by which clients may reach a server."""
    vendors = settings.vendors or VENDORS
    urls = [urlsplit(url).hostname for url in (settings.public_url, settings.storage_url) if url]
    names = ["localhost", "127.0.0.1", "::1", settings.host, socket.gethostname(), *filter(None, urls)]
    names += [f"{vendor}.localhost" for vendor in vendors]
    names += [host for vendor in vendors for host in load_catalogue(vendor).api.hosts]
    return list(dict.fromkeys(names))


def system_bundle(environ: Mapping[str, str]) -> bytes:
    """The authorities that this system trusts, as its clients would find them; empty where none is found."""
    named = [environ[name] for name in _NAMED_BY if environ.get(name)]
    default = ssl.get_default_verify_paths().cafile
    for path in (*named, *([default] if default else []), *_USUAL):
        if os.path.isfile(path):  # noqa: PTH113 - as it was given
            return Path(path).read_bytes()
    return b""
