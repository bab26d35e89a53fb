"""The environment in which an unchanged client finds the proxy and trusts it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reportmocks.certificates import Authority, system_bundle
from reportmocks.interception.hosts import Hosts, real_hosts, refusal
from reportmocks.interception.timeshim import with_preloads

INTERCEPT: Final = "REPORTMOCKS_INTERCEPT"
"""What the preloads of Python and Node go by, as JSON."""

_PROXIES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
_HERE: Final = "localhost,127.0.0.1,::1"
_BUNDLES: Final = (
    "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "GIT_SSL_CAINFO", "PIP_CERT",
    "DENO_CERT",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Files:
    """What a client has to find on disk; in a folder of their own, removed at the end."""

    authority: Path
    """The throw-away authority's certificate."""
    bundle: Path
    """The system's authorities and ours."""
    truststore: Path
    """Ours, as Java reads it."""
    refusals: Path
    """The hosts that the preloads refused, a line each."""


def write_files(folder: Path, authority: Authority, environ: Mapping[str, str]) -> Files:
    """Write what clients have to find."""
    files = Files(folder / "ca.pem", folder / "bundle.pem", folder / "trust.p12", folder / "refused")
    files.authority.write_bytes(authority.pem)
    files.bundle.write_bytes(system_bundle(environ).rstrip() + b"\n" + authority.pem)
    files.truststore.write_bytes(authority.java_truststore())
    files.refusals.touch()
    return files


def client_environment(
    environ: Mapping[str, str], port: int, files: Files, hosts: Hosts, control: str
) -> dict[str, str]:
    """The environment `environ`, changed so that a client comes to the proxy at `port` and trusts it."""
    proxy = f"http://127.0.0.1:{port}"
    both = dict.fromkeys(_PROXIES, proxy) | {"NO_PROXY": _HERE}
    changed = both | {name.lower(): value for name, value in both.items()}
    changed |= dict.fromkeys(_BUNDLES, str(files.bundle))
    changed |= {
        "NODE_EXTRA_CA_CERTS": str(files.authority),
        "NODE_USE_ENV_PROXY": "1",
        "JAVA_TOOL_OPTIONS": _joined(environ.get("JAVA_TOOL_OPTIONS"), _java_options(port, files)),
        "REPORTMOCKS_URL": control,
        INTERCEPT: json.dumps(_intercept(port, files, hosts)),
    }
    return {**with_preloads(environ, "intercept.cjs"), **changed}


def _intercept(port: int, files: Files, hosts: Hosts) -> dict[str, Any]:
    return {
        "port": port,
        "hosts": hosts.ours,
        "allowed": list(hosts.allowed),
        "absent": {host: refusal(host) for host in real_hosts() if hosts.way(host) == "refused"},
        "ca": str(files.authority),
        "refusals": str(files.refusals),
    }


def _java_options(port: int, files: Files) -> str:
    """Java knows no proxy variables and no bundles: the same as system properties."""
    proxy = [f"-D{scheme}.proxyHost=127.0.0.1 -D{scheme}.proxyPort={port}" for scheme in ("http", "https")]
    trust = [
        f"-Djavax.net.ssl.trustStore={files.truststore}",
        "-Djavax.net.ssl.trustStoreType=PKCS12",
        "-Djavax.net.ssl.trustStorePassword=",
    ]
    return " ".join([*proxy, "-Dhttp.nonProxyHosts=localhost|127.*|[::1]", *trust])


def _joined(before: str | None, ours: str) -> str:
    return f"{before} {ours}" if before else ours
