"""The storage that signed links lead to: answers as S3 does, from rows rendered when they are asked for."""

import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import FileWrapper

from reportmocks.answers import CALL
from reportmocks.kernel.chance import token_hex
from reportmocks.kernel.clock import iso, moment
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.refusals import (
    LinkExpired,
    LinkTampered,
    NotFound,
    ObjectGone,
    Refusal,
    TwoCredentials,
    WrongMethod,
)
from reportmocks.kernel.signing import Link
from reportmocks.vendor import Stored, Vendor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

SPOOL_LIMIT: Final = 1024**3
"""Bytes of compressed objects kept on disk; those unused the longest go first."""
CHUNK: Final = 64 * 1024

_CODES: Final[dict[type[Refusal], tuple[int, str]]] = {
    LinkExpired: (403, "AccessDenied"),
    LinkTampered: (403, "SignatureDoesNotMatch"),
    TwoCredentials: (400, "InvalidArgument"),
    ObjectGone: (404, "NoSuchKey"),
    NotFound: (403, "AccessDenied"),
    WrongMethod: (405, "MethodNotAllowed"),
}


class StorageApp:
    """`/<vendor>/<key>?AWSAccessKeyId=&Expires=&Signature=`, as a WSGI application."""

    def __init__(self, kernel: Kernel, vendors: Mapping[str, Vendor]) -> None:
        self._kernel = kernel
        self._storages = {vendor: its.storage for vendor, its in vendors.items() if its.storage is not None}
        self._spool = Spool(SPOOL_LIMIT)

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request with the object, a part of it, or an error in XML."""
        request = Request(environ)
        try:
            response = self._answer(request)
        except Refusal as refusal:
            response = self._refuse(request, refusal)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            raise WrongMethod(method=request.method, allowed=("GET", "HEAD"))
        stored = self._find(request)
        try:
            return self._respond(request, stored)
        except RequestedRangeNotSatisfiable as error:
            return _xml(
                request,
                416,
                "InvalidRange",
                "The requested range is not satisfiable",
                headers=error.get_headers(),
            )

    def _find(self, request: Request) -> Stored:
        """The object that the link leads to, if the link is good at this moment."""
        call = request.environ[CALL]
        vendor, _, key = request.path.removeprefix("/").partition("/")
        expires, signature = request.args.get("Expires", ""), request.args.get("Signature", "")
        if vendor not in self._storages or not (
            expires.isascii() and expires.isdigit() and len(expires) < 12 and signature
        ):
            raise NotFound(kind="Signed link", name=request.path)
        call.vendor = vendor
        link = Link(vendor, key, int(expires))
        link.check_signature(self._kernel.signer, signature)
        stored = self._storages[vendor](self._kernel, key)
        call.sandbox, call.job = stored.sandbox, stored.job
        link.check_life(stored.life_rule, stored.sandbox.lease)
        if stored.refuses_authorization and "Authorization" in request.headers:
            raise TwoCredentials(rule=f"{vendor}.storage-authorization")
        if stored.gone_rule:
            raise ObjectGone(rule=stored.gone_rule, key=key)
        return stored

    def _respond(self, request: Request, stored: Stored) -> Response:
        call = request.environ[CALL]
        call.streamed = True
        if stored.compressed:
            body: Iterable[bytes] = FileWrapper(self._spool.open(stored.tag, stored.chunks), CHUNK)
            length = self._spool.size(stored.tag)
        else:
            body, length = stored.chunks(), stored.length
        response = Response(body, 200, content_type=stored.content_type, direct_passthrough=stored.compressed)
        response.content_length = length
        response.set_etag(stored.tag)
        response.last_modified = moment(stored.modified)
        _add_ids(response)
        return response.make_conditional(request.environ, accept_ranges=True, complete_length=length)

    def _refuse(self, request: Request, refusal: Refusal) -> Response:
        call = request.environ[CALL]
        call.shaped_by(refusal.rule)
        call.notes.append(refusal.text)
        status, code = _CODES[type(refusal)]
        extra = {}
        if isinstance(refusal, LinkExpired):
            extra = {"Expires": iso(refusal.expired), "ServerTime": iso(refusal.now)}
        elif isinstance(refusal, ObjectGone):
            extra = {"Key": refusal.key}
        message = "Access Denied" if isinstance(refusal, NotFound) else refusal.text
        return _xml(request, status, code, message, extra)


class Spool:
    """Compressed objects on disk, each made once, up to a number of bytes altogether."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def open(self, tag: str, chunks: Callable[[], Iterable[bytes]]) -> IO[bytes]:
        """The compressed bytes of `chunks`, from disk or made now."""
        with self._lock:
            lock = self._locks.setdefault(tag, threading.Lock())
        with lock:
            while True:
                try:
                    file = self._path(tag).open("rb")
                except FileNotFoundError:
                    self._make(tag, chunks())
                    continue
                with self._lock:
                    self._sizes[tag] = os.fstat(file.fileno()).st_size
                    self._sizes.move_to_end(tag)
                    self._trim(keep=tag)
                return file

    def size(self, tag: str) -> int:
        """Bytes of an object that was just opened."""
        return self._sizes[tag]

    def _path(self, tag: str) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="reportmocks-", ignore_cleanup_errors=True)
        return Path(self._folder.name) / f"{tag}.gz"

    def _make(self, tag: str, chunks: Iterable[bytes]) -> None:
        from isal import igzip  # noqa: PLC0415 - loaded when something is compressed

        path = self._path(tag)
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as raw, igzip.IGzipFile("", "wb", 1, raw, mtime=0) as file:  # type: ignore[no-untyped-call]
            for chunk in chunks:
                file.write(chunk)  # type: ignore[no-untyped-call]
        unfinished.replace(path)

    def _trim(self, keep: str) -> None:
        while sum(self._sizes.values()) > self._limit and len(self._sizes) > 1:
            tag = next(tag for tag in self._sizes if tag != keep)
            del self._sizes[tag]
            self._locks.pop(tag, None)
            with suppress(FileNotFoundError):
                (Path(self._folder.name) / f"{tag}.gz").unlink()  # type: ignore[union-attr]


def _xml(
    request: Request,
    status: int,
    code: str,
    message: str,
    extra: Mapping[str, str] | None = None,
    headers: Iterable[tuple[str, str]] = (),
) -> Response:
    """An error as S3 words it."""
    parts = {"Code": code, "Message": message, **(extra or {})}
    response = Response(status=status, content_type="application/xml")
    response.headers.extend([(name, value) for name, value in headers if name.lower() == "content-range"])
    parts |= _add_ids(response)
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode()
    call = request.environ[CALL]
    call.streamed = False
    response.data = body
    return response


def _add_ids(response: Response) -> dict[str, str]:
    ids = {"RequestId": token_hex(8).upper(), "HostId": token_hex(32)}
    response.headers["x-amz-request-id"] = ids["RequestId"]
    response.headers["x-amz-id-2"] = ids["HostId"]
    return ids
