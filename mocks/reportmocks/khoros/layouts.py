"""How Khoros' rows are laid out: columns and their headings, languages, encodings."""

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Final, cast

from reportcontracts.catalogue import Report
from reportcontracts.strict import vendor_file
from reportfixtures import Encoding
from reportfixtures.khoros_query import Layout, TimeStyle
from reportmocks.kernel.jobs import Job
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.worlds import csv_encoding

LANGUAGES: Final = ("en", "es", "fr", "de", "tr")
CONTENT_TYPES: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def language_of(locale: str) -> str | None:
    """The language of a locale, such as `en` of `en_US`; `None` for one that is not known."""
    language = locale.replace("-", "_").partition("_")[0].lower()
    return language if language in LANGUAGES else None


def columns_of(report: Report, form: str) -> tuple[str, ...]:
    """The columns that an export has in a format."""
    return tuple(column.name for column in report.columns if not column.formats or form in column.formats)


def layout_of(sandbox: Sandbox, report: Report, job: Job) -> Layout:
    """The layout that a run asked for, by the sandbox's rules on headings and instants."""
    asked, rules = job.request, sandbox.rules
    company_style = rules.text("khoros.timestamp-format", "style") == "company"
    style = "plain" if company_style or not asked["language"] else asked["language"]
    headings = tuple((name, heading(sandbox, report, job, name)) for name in asked["columns"])
    return Layout(
        headings=headings, zone=asked["zone"], offset=asked["offset"], style=cast("TimeStyle", style)
    )


def heading(sandbox: Sandbox, report: Report, job: Job, name: str) -> str:
    """What stands for a column: a key in JSON, a label or the name in CSV."""
    if job.request["format"] == "json":
        return key_of(name, sandbox.rules.text("khoros.json-keys", "style"))
    if sandbox.rules.text("khoros.csv", "header") == "names":
        return name
    label = report.column(name).label
    return labels(job.request["language"] or "en").get(label, label)


def key_of(name: str, style: str) -> str:
    """A column's name in one of the styles of keys."""
    if style == "UPPER_SNAKE":
        return name
    first, *others = name.lower().split("_")
    return "_".join((first, *others)) if style == "snake_case" else first + "".join(map(str.title, others))


@cache
def labels(language: str) -> Mapping[str, str]:
    """The labels of a language by their English ones."""
    text, _ = vendor_file("khoros", "labels.toml")
    found: Mapping[str, str] = tomllib.loads(text).get(language, {})
    return found


def encoding_of(sandbox: Sandbox, report: Report, job: Job) -> Encoding:
    """What a run's rows come in."""
    if job.request["format"] == "csv":
        return csv_encoding(sandbox, report)
    missing = sandbox.rules.text("khoros.json-strings", "missing")
    return Encoding("json", strings=True, missing="empty" if missing == "empty" else "null")
