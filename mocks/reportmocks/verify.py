"""`reportmocks verify`: any server held against a vendor's contract, a mock or the real one."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click

from reportcontracts.identities import credentials, environment
from reportcontracts.kit.verify import BUDGET, Finding, Server, Word, checks_of, is_real
from reportcontracts.kit.verify import verify as made
from reportcontracts.kit.verify.probe import Check
from reportcontracts.kit.verify.render import as_json, drift, junit, line
from reportcontracts.kit.verify.wire import UnreachableError
from reportcontracts.names import VENDORS
from reportcontracts.remote import UNAUTHORIZED, ControlError, RefusedError, Remote
from reportmocks.commands import NewFile
from reportmocks.kernel.chance import token_hex
from reportmocks.options import parse_url

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_BUDGET: Final = f"reports to make at most, where there is no control API  [{BUDGET}]"
_FILE: Final = NewFile()

DIFFERS: Final = 1
"""The exit code where the server does not keep its contract."""


@click.command()
@click.argument("vendor", type=click.Choice(VENDORS), metavar="VENDOR")
@click.option("--base-url", required=True, metavar="URL", help="what the API's documented paths come after")
@click.option("--control-url", metavar="URL", help="the control API  [<origin>/_mock, if it answers]")
@click.option("--control-token", metavar="TOKEN", envvar="REPORTMOCKS_CONTROL_TOKEN", help="what it wants")
@click.option("--budget", type=click.IntRange(0, 1000), metavar="NUMBER", default=BUDGET, help=_BUDGET)
@click.option("--only", multiple=True, metavar="RULE", help="only checks of this rule; may be repeated")
@click.option("--json", "json_file", type=_FILE, help="write everything here, as JSON; - is standard output")
@click.option("--junit", "junit_file", type=_FILE, help="write test cases here, as JUnit XML")
@click.option(
    "--yes-this-is-the-real-service", "real", is_flag=True, help="the vendor's own address is meant"
)
def verify(  # noqa: PLR0913, PLR0917 - a parameter for each option
    vendor: str,
    base_url: str,
    control_url: str | None,
    control_token: str | None,
    budget: int,
    only: tuple[str, ...],
    json_file: str | None,
    junit_file: str | None,
    *,
    real: bool,
) -> int:
    """Hold a server against a vendor's contract: shapes, headers, lifecycle, limits.

    Where there is a control API time is moved and limits are met. Elsewhere nothing is asked that costs more
    than --budget reports, and the rules that would need it are told as not exercised. Credentials are new
    ones on the loopback; elsewhere they come from the environment, such as ECHO360_CLIENT_ID.

    Exits with 0 if the server keeps its contract, with 1 if it does not, and with 2 if it cannot be asked.

    \b
    reportmocks verify echo360 --base-url http://127.0.0.1:8080/echo360
    """  # noqa: D301 - click wants the character itself
    try:
        base_url = parse_url(base_url)
    except ValueError as error:
        raise click.UsageError(f"--base-url: {error}") from None
    if is_real(vendor, base_url) and not real:
        raise click.UsageError(
            f"{base_url} is {vendor}'s own service; to verify it, within {budget} reports, say"
            " --yes-this-is-the-real-service"
        )
    server = Server(
        vendor=vendor,
        base_url=base_url,
        given=_credentials(vendor, base_url),
        control=_control(base_url, control_url, control_token, real=is_real(vendor, base_url)),
    )
    quiet = json_file == "-"
    findings = []
    try:
        for finding in made(server, _checks(vendor, only), name=f"verify-{token_hex(4)}", budget=budget):
            findings.append(finding)
            if not quiet:
                click.echo(line(finding))
    except UnreachableError as error:
        raise click.UsageError(str(error)) from error
    _write(vendor, base_url, findings, json_file, junit_file)
    if not quiet:
        click.echo("\n".join(["", *drift(findings)]))
    return DIFFERS if any(finding.word is Word.DIFFERS for finding in findings) else 0


def _checks(vendor: str, only: tuple[str, ...]) -> list[Check]:
    checks = checks_of(vendor)
    known = sorted({check.rule for check in checks})
    wanted = {name if name.startswith(f"{vendor}.") else f"{vendor}.{name}" for name in only}
    for name in sorted(wanted - set(known)):
        raise click.UsageError(f"--only: no check is of {name}; there are {', '.join(known)}")
    return [check for check in checks if not wanted or check.rule in wanted]


def _credentials(vendor: str, base_url: str) -> Mapping[str, str] | None:
    """None on the loopback, where every check has new ones; else what the environment has."""
    if (urlsplit(base_url).hostname or "") in LOOPBACK:
        return None
    names = environment(vendor, base_url, credentials(vendor, ""))
    given = {}
    for variable, name in zip(list(names)[1:], credentials(vendor, ""), strict=True):
        if not os.environ.get(variable):
            raise click.UsageError(f"credentials for {base_url} come from the environment: set {variable}")
        given[name] = os.environ[variable]
    return given


def _control(base_url: str, control_url: str | None, token: str | None, *, real: bool) -> Remote | None:
    """The control API that is named, or that answers beside the mock; a real service is not asked for one."""
    parts = urlsplit(base_url)
    if real and not control_url:
        return None
    try:
        origin = parse_url(control_url or f"{parts.scheme}://{parts.netloc}").removesuffix("/_mock")
    except ValueError as error:
        raise click.UsageError(f"--control-url: {error}") from None
    remote = Remote(f"{origin}/_mock", token=token)
    try:
        remote.health()
        remote.call("GET", "clock")  # which wants the token
    except ControlError as error:
        wants_token = isinstance(error, RefusedError) and error.status == UNAUTHORIZED
        if control_url or wants_token:
            raise click.UsageError(f"--control-url: {error}" if control_url else str(error)) from error
        return None
    return remote


def _write(
    vendor: str, base_url: str, findings: list[Finding], json_file: str | None, junit_file: str | None
) -> None:
    """Write the files that were asked for."""
    for path, text in (
        (json_file, as_json(vendor, base_url, findings)),
        (junit_file, junit(vendor, findings)),
    ):
        if path == "-":
            click.echo(text, nl=False)
        elif path:
            try:
                Path(path).write_text(text, encoding="utf-8")
            except OSError as error:
                raise click.UsageError(f"{path}: {error.strerror}") from error
