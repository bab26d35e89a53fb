"""The journal as an HTTP Archive, version 1.2, which browsers and proxies read.

What is ours alone stands in members that begin with an underscore, as the format has it.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from reportmocks.version import VERSION

OURS: Final = (
    *("number", "clock", "vendor", "sandbox", "job", "rule", "rules", "refused", "faults", "violations"),
    "notes",
)

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}


def archive(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Entries, as the journal tells them, as one archive."""
    creator = {"name": "reportmocks", "version": VERSION}
    return {"log": {"version": "1.2", "creator": creator, "entries": [_entry(told) for told in entries]}}


def _entry(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "startedDateTime": told["time"],
        "time": told["ms"],
        "request": _request(told),
        "response": _response(told),
        "cache": {},
        "timings": {"send": 0, "wait": told["ms"], "receive": 0},
    } | {f"_{name}": told[name] for name in OURS}


def _request(told: Mapping[str, Any]) -> dict[str, Any]:
    query = f"?{told['query']}" if told["query"] else ""
    request = {
        "method": told["method"],
        "url": f"{told['origin']}{told['path']}{query}",
        "httpVersion": told["protocol"],
        "cookies": [],
        "headers": _pairs(told["headers"].items()),
        "queryString": _pairs(parse_qsl(told["query"], keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": len(told["body"].encode()),
    }
    if told["body"]:
        kind = told["headers"].get("Content-Type", "")
        request["postData"] = {"mimeType": kind, "params": [], "text": told["body"]}
    return request


def _response(told: Mapping[str, Any]) -> dict[str, Any]:
    answer = told["answer"]
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    content = {"size": answer["bytes"], "mimeType": headers.get("content-type", "")}
    if answer["body"]:
        content["text"] = answer["body"]
    return {
        "status": told["status"],
        "statusText": _PHRASES.get(told["status"], ""),
        "httpVersion": told["protocol"],
        "cookies": [],
        "headers": _pairs(answer["headers"].items()),
        "content": content,
        "redirectURL": headers.get("location", ""),
        "headersSize": -1,
        "bodySize": answer["bytes"],
    }


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
