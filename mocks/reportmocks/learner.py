"""`reportmocks learn`: an overrides file from a real export, without any of its values."""

from pathlib import Path

import click

from reportcontracts.errors import ContractError
from reportcontracts.learning import learn as learned_from
from reportmocks.config import ConfigError, check_vendor
from reportmocks.options import parse_new_file


@click.command()
@click.argument("vendor")
@click.argument("report")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--output", metavar="FILE", help="where to write the overrides; else they are printed")
@click.option("--no-header", is_flag=True, help="the first line of CSV is a row already")
def learn(vendor: str, report: str, file: Path, output: str | None, *, no_header: bool) -> None:
    """Write an overrides file for REPORT of VENDOR from FILE, a real export of it.

    FILE is CSV with commas, tabs, bars or semicolons, or a JSON array of objects, and may be gzipped. What is
    learned: the header and its order, types, the forms of instants, days and numbers, quotes, line ends and
    byte order mark. None of its values is kept, printed or written. Columns that the catalogue has not are
    added with cells that are drawn; those that the file has not are dropped.

    \b
    reportmocks learn hapyak poll_widget_detail export.csv --output mine.toml
    reportmocks serve --overrides mine.toml
    """  # noqa: D301 - click wants the character itself
    check_vendor("VENDOR", vendor)
    try:
        target = None if output is None else parse_new_file(output)
        found = learned_from(vendor, report, file.read_bytes(), str(file), header=not no_header)
        if target is not None:
            target.write_text(found.toml, encoding="utf-8")
    except OSError as error:
        raise ConfigError(str(error.filename), error.strerror or str(error)) from None
    except ContractError as error:
        raise ConfigError(error.origin, ": ".join(filter(None, (error.key, error.reason)))) from None
    except ValueError as error:
        raise ConfigError("--output", str(error)) from None
    click.echo(f"{found.rows} rows of {found.form.upper()}; {_verdict(bool(found.table))}", err=True)
    for remark in found.remarks:
        click.echo(f"  {remark}", err=True)
    if target is None:
        click.echo(found.toml, nl=False)


def _verdict(differs: bool) -> str:  # noqa: FBT001 - the whole of the question
    return "it differs from the catalogue:" if differs else "as the catalogue has it"
