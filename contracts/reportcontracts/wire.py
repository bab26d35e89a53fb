"""Bodies and headers as they come over the wire, read: forms, JSON, XML, credentials, headers of CSV."""

import base64
import binascii
import csv
import io
import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from reportcontracts.catalogue import Report

DELIMITERS: Final = (",", "\t", "|")
_GZIP: Final = 31


def members(text: str) -> dict[str, list[str]]:
    """What a query or a form holds, by name."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


def form(body: bytes) -> dict[str, Any]:
    """What a body holds that is a form, by name."""
    return dict(members(body.decode("utf-8", "replace")))


def parsed_json(body: bytes) -> Any:
    """The JSON of a body.

    Raises:
        ValueError: It is none.
    """
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def xml_members(body: bytes) -> dict[str, str]:
    """The children of the root by name; a document type, which could make it grow, is refused."""
    if b"<!DOCTYPE" in body:
        raise ValueError("it has a document type")
    try:
        return {child.tag: child.text or "" for child in ET.fromstring(body)}  # noqa: S314 - see above
    except ET.ParseError as error:
        raise ValueError(str(error)) from None


def basic_members(headers: Mapping[str, str]) -> dict[str, Any]:
    """The client's id and secret as members."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        return {}
    return {"client_id": user, "client_secret": password}


GZIP_MAGIC: Final = b"\x1f\x8b"
"""What a gzip file begins with, and no text."""


def media_type(headers: Mapping[str, str]) -> str:
    """The media type that headers tell, in lower case; empty where they tell none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def charset(content_type: str) -> str:
    """The character set that a `Content-Type` names; empty where it names none."""
    return content_type.partition("charset=")[2].strip().strip('"').lower()


def report_of_header(
    reports: Iterable[Report], report: Report | None, text: str
) -> tuple[Report | None, str]:
    """The report of these that a file is of, if it is not known already, and the delimiter of its cells."""
    first = io.StringIO(text.removeprefix("\ufeff"), newline="")
    known = tuple(reports) if report is None else (report,)
    if report is not None and report.shape is not None and report.shape.delimiter is not None:
        return report, report.shape.delimiter
    for delimiter in DELIMITERS:
        first.seek(0)
        header = tuple(next(csv.reader(first, delimiter=delimiter), ()))
        for candidate in known:
            if candidate.column_names == header:
                return candidate, delimiter
    return report, DELIMITERS[0]


def text_of(body: bytes, *, gzipped: bool) -> str:
    """The text of a body, which may be gzipped.

    Raises:
        ValueError: It is not what it should be.
    """
    try:
        return (zlib.decompress(body, _GZIP) if gzipped else body).decode()
    except zlib.error as error:
        raise ValueError(str(error)) from None
