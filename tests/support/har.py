"""HTTP Archive 1.2 as a JSON Schema: what the format's description requires, member by member."""

from typing import Any, Final


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """An object whose other members are somebody's own, and begin with an underscore."""
    return {
        "type": "object",
        "required": [*required],
        "properties": required | optional,
        "patternProperties": {"^_": {}},
        "additionalProperties": False,
    }


_TEXT: Final = {"type": "string"}
_SIZE: Final = {"type": "integer", "minimum": -1}
_TIME: Final = {"type": "number", "minimum": 0}
_MOMENT: Final = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
_PAIRS: Final = {"type": "array", "items": _object({"name": _TEXT, "value": _TEXT}, comment=_TEXT)}
_COOKIES: Final = {"type": "array", "items": {"type": "object", "required": ["name", "value"]}}
_MESSAGE: Final = {
    "httpVersion": {"type": "string", "pattern": r"^HTTP/\d(\.\d)?$"},
    "cookies": _COOKIES,
    "headers": _PAIRS,
    "headersSize": _SIZE,
    "bodySize": _SIZE,
}
_REQUEST: Final = _object(
    {
        "method": {"type": "string", "minLength": 1},
        "url": {"type": "string", "pattern": "^https?://[^/]+/"},
        "queryString": _PAIRS,
        **_MESSAGE,
    },
    postData=_object({"mimeType": _TEXT, "text": _TEXT}, params={"type": "array"}, comment=_TEXT),
    comment=_TEXT,
)
_RESPONSE: Final = _object(
    {
        "status": {"type": "integer", "minimum": 0, "maximum": 999},
        "statusText": _TEXT,
        "content": _object(
            {"size": _SIZE, "mimeType": _TEXT}, text=_TEXT, compression=_SIZE, encoding=_TEXT, comment=_TEXT
        ),
        "redirectURL": _TEXT,
        **_MESSAGE,
    },
    comment=_TEXT,
)
_ENTRY: Final = _object(
    {
        "startedDateTime": _MOMENT,
        "time": _TIME,
        "request": _REQUEST,
        "response": _RESPONSE,
        "cache": {"type": "object"},
        "timings": _object({"send": _TIME, "wait": _TIME, "receive": _TIME}, comment=_TEXT),
    },
    pageref=_TEXT,
    serverIPAddress=_TEXT,
    connection=_TEXT,
    comment=_TEXT,
)
HAR_SCHEMA: Final = _object(
    {
        "log": _object(
            {
                "version": {"const": "1.2"},
                "creator": _object({"name": _TEXT, "version": _TEXT}, comment=_TEXT),
                "entries": {"type": "array", "items": _ENTRY},
            },
            browser={"type": "object"},
            pages={"type": "array"},
            comment=_TEXT,
        )
    }
)
