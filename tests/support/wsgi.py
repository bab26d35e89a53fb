"""An application called without a socket, in the way that a server calls it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import httpx

from support.checking import Checked

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication


def transport(app: "WSGIApplication") -> httpx.WSGITransport:
    """What has an httpx client call `app`; httpx by itself gives it paths as text, and WSGI wants bytes.

    Every answer is held against the contract on its way.
    """
    checked = Checked(app)

    def called(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        environ["PATH_INFO"] = environ["PATH_INFO"].encode().decode("latin-1")
        return checked(environ, start_response)

    return httpx.WSGITransport(app=called)
