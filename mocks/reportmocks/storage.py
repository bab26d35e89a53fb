"""The storage that signed links lead to: answers as S3 does, from rows rendered when they are asked for."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import FileWrapper

from reportmocks import forced
from reportmocks.answers import CALL, PROBLEM
from reportmocks.forced import REFUSE, Circumstances, NotForced
from reportmocks.kernel.call import Call
from reportmocks.kernel.chance import token_hex
from reportmocks.kernel.clock import SECOND, iso, moment
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.refusals import (
    LinkExpired,
    LinkTampered,
    NotFound,
    ObjectGone,
    Overloaded,
    Refusal,
    TwoCredentials,
    WrongMethod,
)
from reportmocks.kernel.sandbox import TEMPLATE, Sandbox
from reportmocks.kernel.signing import Link
from reportmocks.spool import Spool
from reportmocks.vendor import Storage, Stored, Vendor, allow

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

SPOOL_LIMIT: Final = 1024**3
"""Bytes of compressed objects that are kept."""
CHUNK: Final = 64 * 1024
METHODS: Final = ("GET", "HEAD")

_CODES: Final[dict[type[Refusal], tuple[int, str]]] = {
    LinkExpired: (403, "AccessDenied"),
    LinkTampered: (403, "SignatureDoesNotMatch"),
    TwoCredentials: (400, "InvalidArgument"),
    ObjectGone: (404, "NoSuchKey"),
    NotFound: (403, "AccessDenied"),
    WrongMethod: (405, "MethodNotAllowed"),
    Overloaded: (503, "SlowDown"),
}
_EXPIRES: Final = re.compile(r"[0-9]{1,12}")
_RANGE: Final = re.compile(r"bytes=(?:([0-9]{1,100})-([0-9]{0,100})|-([0-9]{1,100}))")


class StorageApp:
    """`/<vendor>/<key>?AWSAccessKeyId=&Expires=&Signature=`, as a WSGI application."""

    def __init__(self, kernel: Kernel, vendors: Mapping[str, Vendor]) -> None:
        self._kernel = kernel
        self._vendors = vendors
        self._spool = Spool(SPOOL_LIMIT)

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request with the object, a part of it, or an error in XML."""
        request = Request(environ)
        try:
            self._refuse_if_asked(request)
            if request.method not in METHODS:
                raise WrongMethod(method=request.method, allowed=METHODS)
            response = self._respond(request, self._find(request))
        except Refusal as refusal:
            response = _refuse(request, refusal)
        except NotForced as error:
            response = Response(forced.no_such_refusal(error), 400, content_type=PROBLEM)
        return response(environ, start_response)

    def _refuse_if_asked(self, request: Request) -> None:
        """Raise the refusal that a fault or the client asks for, if one does."""
        environ = request.environ
        wanted = forced.wanted_by(environ) if "HTTP_PREFER" in environ or REFUSE in environ else None
        found = self.owner(request.path) if wanted is not None else None
        if wanted is None or found is None:
            return
        vendor, owner = found
        call: Call = environ[CALL]
        call.vendor, call.sandbox = vendor, owner
        sandbox = owner or self._kernel.sandboxes.peek(vendor, TEMPLATE, call.wall)
        forced.mark(call)
        forced.check(wanted, vendor, sandbox.rules.rulebook, storage=True)
        raise forced.refusal(Circumstances(wanted, self._kernel.traits[vendor], sandbox), storage=True)

    def _find(self, request: Request) -> Stored:
        """The object that the link leads to, if the link is good at this moment."""
        call = request.environ[CALL]
        vendor, _, key = request.path.removeprefix("/").partition("/")
        storage = self._storage(vendor)
        if storage is None:
            raise NotFound(kind="Signed link", name=request.path)
        call.vendor = vendor
        try:
            link = self._link(request, vendor, key)
        except Refusal:
            self._name(call, storage, key)
            raise
        stored = storage(self._kernel, key)
        call.sandbox, call.job = stored.sandbox, stored.job
        if request.method == "HEAD" and stored.refuses_head:
            raise LinkTampered(rule=f"{vendor}.link-head")
        link.check_life(stored.life_rule, stored.sandbox.lease)
        if stored.refuses_authorization and "Authorization" in request.headers:
            raise TwoCredentials(rule=f"{vendor}.storage-authorization")
        if stored.gone_rule:
            raise ObjectGone(rule=stored.gone_rule, key=key)
        return stored

    def owner(self, path: str) -> tuple[str, Sandbox | None] | None:
        """The vendor of the object at a path, and the sandbox whose it is; `None` where no vendor stores."""
        vendor, _, key = path.removeprefix("/").partition("/")
        storage = self._storage(vendor)
        if storage is None:
            return None
        with suppress(Refusal):
            return vendor, storage(self._kernel, key).sandbox
        return vendor, None

    def _storage(self, vendor: str) -> Storage | None:
        """What finds the objects of a vendor that stores some."""
        return self._vendors[vendor].storage if vendor in self._vendors else None

    def _name(self, call: Call, storage: Storage, key: str) -> None:
        """Tell the journal whose object a bad link was for, if it was for one."""
        with suppress(Refusal):
            stored = storage(self._kernel, key)
            call.sandbox, call.job = stored.sandbox, stored.job

    def _link(self, request: Request, vendor: str, key: str) -> Link:
        """The signed link that was used: its query is the one that was given, no more and no less."""
        sent = request.args.to_dict(flat=False)
        expires = sent.get("Expires", [""])[0]
        if not _EXPIRES.fullmatch(expires) or not {"AWSAccessKeyId", "Signature"} <= sent.keys():
            raise NotFound(rule=f"{vendor}.link-tampered", kind="Signed link", name=request.path)
        link = Link(vendor, key, int(expires))
        link.check_signature(self._kernel.signer, sent["Signature"][0])
        if sent != parse_qs(link.query(self._kernel.signer)):
            raise LinkTampered(rule=f"{vendor}.link-tampered")
        return link

    def _respond(self, request: Request, stored: Stored) -> Response:
        """The object, a part of it, or that the client has it already."""
        status = condition(request, stored)
        if status == 412:
            message = "At least one of the pre-conditions you specified did not hold"
            return _xml(request, 412, "PreconditionFailed", message)
        if status == 304:
            return _not_modified(stored)
        body, length = self._body(stored)
        part = part_asked(request, stored, length)
        if part is not None:
            request.environ[CALL].shaped_by(f"{stored.sandbox.vendor}.link-range")
        if part is not None and not part:
            body.close()
            message = "The requested range is not satisfiable"
            return _xml(request, 416, "InvalidRange", message, headers={"Content-Range": f"bytes */{length}"})
        request.environ[CALL].streamed = True
        return _whole_or_part(stored, body, length, part)

    def _body(self, stored: Stored) -> tuple[Any, int]:
        """The bytes of the object as something to iterate over and to close, and how many they are."""
        if not stored.compressed:
            return stored.chunks(), stored.length
        file, length = self._spool.open(stored.tag, stored.chunks)
        return FileWrapper(file, CHUNK), length


def condition(request: Request, stored: Stored) -> int:
    """What the conditions of a request come to: 412, 304, or 200 (RFC 9110, section 13.2.2)."""
    changed = _modified(stored)
    if request.if_match:
        if not request.if_match.contains(stored.tag):
            return 412
    elif request.if_unmodified_since and changed > request.if_unmodified_since:
        return 412
    if request.if_none_match:
        return 304 if request.if_none_match.contains_weak(stored.tag) else 200
    return 304 if request.if_modified_since and changed <= request.if_modified_since else 200


def part_asked(request: Request, stored: Stored, length: int) -> range | None:
    """The bytes that the header `Range` asks for: `None` for all of them, an empty range for none there.

    S3 gives one part at a time: it answers a request for several, or in another unit, with the whole.
    """
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    if match is None or not _still_the_same(request, stored):
        return None
    first, last, suffix = match.groups()
    if suffix:
        return range(max(length - int(suffix), 0), length)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, length) if last else length)


def _still_the_same(request: Request, stored: Stored) -> bool:
    """Whether the header `If-Range` lets a part be given."""
    given = request.headers.get("If-Range", "")
    if not given or given == f'"{stored.tag}"':
        return True
    return request.if_range.date == _modified(stored)


def _modified(stored: Stored) -> datetime:
    return moment(stored.modified - stored.modified % SECOND)


def _whole_or_part(stored: Stored, body: Any, length: int, part: range | None) -> Response:
    response = _described(Response(body, content_type=stored.content_type, direct_passthrough=True), stored)
    response.content_length = length
    if part is not None:
        asked = {"REQUEST_METHOD": "GET", "HTTP_RANGE": f"bytes={part[0]}-{part[-1]}"}
        response.make_conditional(asked, accept_ranges=True, complete_length=length)
    return response


def _not_modified(stored: Stored) -> Response:
    response = _described(Response(status=304), stored)
    del response.headers["Content-Type"]
    return response


def _described(response: Response, stored: Stored) -> Response:
    response.set_etag(stored.tag)
    response.last_modified = _modified(stored)
    response.headers["Accept-Ranges"] = "bytes"
    if stored.encoded:
        response.headers["Content-Encoding"] = "gzip"
    _add_ids(response)
    return response


def _refuse(request: Request, refusal: Refusal) -> Response:
    call = request.environ[CALL]
    call.shaped_by(refusal.rule)
    call.notes.append(refusal.text)
    call.numbers = refusal.numbers
    call.refused, call.remedy = refusal.text, refusal.remedy
    status, code = _CODES[type(refusal)]
    extra, headers = {}, {}
    if isinstance(refusal, LinkExpired):
        extra = {"Expires": iso(refusal.expired), "ServerTime": iso(refusal.now)}
    elif isinstance(refusal, ObjectGone):
        extra = {"Key": refusal.key}
    elif isinstance(refusal, WrongMethod):
        headers = allow(refusal)
    message = "Access Denied" if isinstance(refusal, NotFound) else refusal.text
    return _xml(request, status, code, message, extra, headers)


def _xml(
    request: Request,
    status: int,
    code: str,
    message: str,
    extra: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An error as S3 words it."""
    request.environ[CALL].streamed = False
    response = Response(status=status, headers=headers, content_type="application/xml")
    parts = {"Code": code, "Message": message, **(extra or {}), **_add_ids(response)}
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts.items())
    response.data = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode()
    return response


def _add_ids(response: Response) -> dict[str, str]:
    ids = {"RequestId": token_hex(8).upper(), "HostId": token_hex(32)}
    response.headers["x-amz-request-id"] = ids["RequestId"]
    response.headers["x-amz-id-2"] = ids["HostId"]
    return ids
