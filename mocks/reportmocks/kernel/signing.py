"""What is issued is signed: tokens carry what they are for, links carry until when they are good."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote, urlencode

from reportmocks.kernel.chance import as_uuid
from reportmocks.kernel.refusals import LinkExpired, LinkTampered

_HEADER: Final = {"typ": "JWT", "alg": "HS512"}
_REMEMBERED: Final = 2048
"""Characters of the longest token whose check is remembered."""


class Signer:
    """Signs with one secret; every check takes the same time whatever is wrong."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._checked = lru_cache(maxsize=4096)(self._check)

    def token(self, purpose: str, claims: dict[str, Any]) -> str:
        """A JSON Web Token (HS512) of the claims, good for `purpose` only."""
        body = f"{_segment(_HEADER)}.{_segment(claims)}"
        return f"{body}.{_base64url(self._digest(hashlib.sha512, purpose, body))}"

    def claims(self, purpose: str, token: str) -> Mapping[str, Any] | None:
        """The claims of a token that `token` made for `purpose`; `None` for anything else."""
        check = self._checked if len(token) <= _REMEMBERED else self._check
        return check(purpose, token)

    def _check(self, purpose: str, token: str) -> Mapping[str, Any] | None:
        body, _, signature = token.rpartition(".")
        expected = _base64url(self._digest(hashlib.sha512, purpose, body))
        if not hmac.compare_digest(expected.encode(), _bytes(signature)):
            return None
        return MappingProxyType(json.loads(_unbase64url(body.partition(".")[2])))

    def signature(self, purpose: str, *parts: str) -> str:
        """A signature over the parts, in base64 with its `+`, `/` and `=`."""
        digest = self._digest(hashlib.sha256, purpose, "\n".join(parts))
        return base64.b64encode(digest).decode("ascii")

    def uuid(self, purpose: str, *parts: str) -> str:
        """A UUID that always comes from the same parts, and tells nothing of them."""
        return as_uuid(self._digest(hashlib.sha256, purpose, "\n".join(parts)), version=4)

    def _digest(self, algorithm: Any, purpose: str, text: str) -> bytes:
        return hmac.digest(self._secret, _bytes(f"{purpose}\n{text}"), algorithm)


@dataclass(frozen=True, slots=True)
class Link:
    """A signed link to a stored object: `expires` is its last second, in seconds of the lease time."""

    vendor: str
    key: str
    expires: int

    def query(self, signer: Signer) -> str:
        """The query that makes the object's address a signed one."""
        signature = signer.signature("link", self.vendor, self.key, str(self.expires))
        parameters = {"AWSAccessKeyId": "MOCKACCESSKEY", "Expires": self.expires, "Signature": signature}
        return urlencode(parameters, quote_via=quote, safe="")

    def check_signature(self, signer: Signer, signature: str) -> None:
        """Accept a signature as a client gave it, or raise `LinkTampered`."""
        expected = signer.signature("link", self.vendor, self.key, str(self.expires))
        if not hmac.compare_digest(expected.encode(), _bytes(signature)):
            raise LinkTampered(rule=f"{self.vendor}.link-tampered")

    def check_life(self, rule: str, lease: int) -> None:
        """Accept the link at `lease` milliseconds, or raise `LinkExpired` by the given rule."""
        if lease >= self.expires * 1000:
            raise LinkExpired(rule=rule, expired=self.expires * 1000, now=lease)


def _bytes(text: str) -> bytes:
    """Any text that a client can send as bytes, no two texts as the same."""
    return text.encode("utf-8", "surrogatepass")


def _segment(claims: dict[str, Any]) -> str:
    return _base64url(json.dumps(claims, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
