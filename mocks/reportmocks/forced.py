"""Refusals that are made because somebody asks for them: the vendor's answer, without its cause.

`Prefer: rule=<id>` on a vendor's call forces the refusal of that rule, and so does a fault of the kind
`refusal` on the calls that it strikes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reportcontracts.rules import RuleValues
from reportmocks.answers import problem
from reportmocks.kernel.call import Call
from reportmocks.kernel.clock import DAY, SECOND
from reportmocks.kernel.refusals import (
    BadBody,
    BadGrant,
    BadParameter,
    BodyTooLarge,
    Forbidden,
    JobFailed,
    LinkExpired,
    LinkTampered,
    MissingParameter,
    NotFound,
    ObjectGone,
    RangeTooLong,
    RangeTooOld,
    RateLimited,
    Refusal,
    TooManyInFlight,
    TwoCredentials,
    Unauthenticated,
    WrongMethod,
)
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.kernel.traits import Traits

REFUSE: Final = "reportmocks.refuse"
"""The key of the WSGI environ under which a refusal that is to be made travels."""
KIND: Final = "refusal"
"""The kind of fault that a forced answer counts as."""
WHY: Final = "it was asked for"

_PREFERENCE: Final = re.compile(r'\s*rule\s*=\s*"?([^";,\s]*)"?\s*(?:;.*)?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A refusal that is wanted: by which rule, and of which parameter where that makes a difference."""

    rule: str
    name: str | None = None


class NotForced(Exception):  # noqa: N818 - it says what is wrong in two words
    """A rule that is unknown, or that refuses nothing here; `known` are those that do."""

    def __init__(self, rule: str, reason: str, known: tuple[str, ...]) -> None:
        super().__init__(rule, reason, known)
        self.rule = rule
        self.reason = reason
        self.known = known

    def __str__(self) -> str:
        return f"{self.rule!r} {self.reason}; those that can be forced: {', '.join(self.known)}"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a forced refusal is made from."""

    wanted: Wanted
    traits: Traits
    sandbox: Sandbox

    @property
    def rule(self) -> str:
        """The rule's id."""
        return self.wanted.rule

    @property
    def rules(self) -> RuleValues:
        """What the sandbox goes by."""
        return self.sandbox.rules

    @property
    def number(self) -> int:
        """The number of the rule."""
        return self.rules.number(self.rule)

    @property
    def name(self) -> str:
        """The parameter that is refused."""
        return self.wanted.name or "start"


Maker = Callable[[Circumstances], Refusal]


def preferred(header: str) -> Wanted | None:
    """What a header `Prefer` asks for; other preferences are left alone (RFC 7240)."""
    for part in header.split(","):
        match = _PREFERENCE.fullmatch(part)
        if match:
            return Wanted(match[1])
    return None


def wanted_by(environ: Mapping[str, Any]) -> Wanted | None:
    """The refusal that a fault or the client itself asks for, if one does."""
    planned: Wanted | None = environ.get(REFUSE)
    return planned or preferred(environ.get("HTTP_PREFER", ""))


def mark(call: Call) -> None:
    """Note that the answer of a call was asked for, not earned: it is held against no contract."""
    if KIND not in call.faults:
        call.faults.append(KIND)


def no_such_refusal(error: NotForced) -> bytes:
    """The problem that tells why a refusal cannot be had, and which can."""
    return problem(400, "not-forced", str(error), field="Prefer", given=error.rule, allowed=list(error.known))


def forcible(vendor: str, rules: Mapping[str, object], *, storage: bool = False) -> tuple[str, ...]:
    """The ids of a vendor's rules by which a call of its API, or of its storage, can be refused."""
    return tuple(rule for rule in rules if _maker(vendor, rule, storage=storage) is not None)


def applies(rule: str, vendor: str, *, storage: bool) -> bool:
    """Whether a rule is one of the vendor's by which such a call can be refused."""
    return rule.startswith(f"{vendor}.") and _maker(vendor, rule, storage=storage) is not None


def check(wanted: Wanted, vendor: str, rules: Mapping[str, object], *, storage: bool = False) -> None:
    """Accept a rule that can be forced; raise `NotForced` for any other."""
    if wanted.rule not in rules:
        raise NotForced(wanted.rule, f"is no rule of {vendor}'s", forcible(vendor, rules, storage=storage))
    if _maker(vendor, wanted.rule, storage=storage) is None:
        reason = f"refuses no call of {vendor}'s {'storage' if storage else 'API'}"
        raise NotForced(wanted.rule, reason, forcible(vendor, rules, storage=storage))


def refusal(circumstances: Circumstances, *, storage: bool = False) -> Refusal:
    """The refusal by a rule that `check` accepts, with its numbers as they would be now."""
    maker = _maker(circumstances.sandbox.vendor, circumstances.rule, storage=storage)
    if maker is None:
        raise ValueError(circumstances.rule)
    return maker(circumstances)


def _maker(vendor: str, rule: str, *, storage: bool) -> Maker | None:
    name = rule.removeprefix(f"{vendor}.")
    if storage:
        return _STORAGE.get(rule) or _STORAGE.get(name)
    return _BY_ID.get(rule) or _BY_NAME.get(name)


def _unauthenticated(its: Circumstances) -> Refusal:
    return Unauthenticated(rule=its.rule, reason=WHY)


def _forbidden(its: Circumstances) -> Refusal:
    return Forbidden(rule=its.rule, reason=WHY)


def _not_found(its: Circumstances) -> Refusal:
    return NotFound(rule=its.rule, kind="Resource", name=WHY)


def _bad_parameter(its: Circumstances) -> Refusal:
    return BadParameter(rule=its.rule, name=its.name, given=WHY, expected="anything else")


def _missing(its: Circumstances) -> Refusal:
    return MissingParameter(rule=its.rule, name=its.name, expected="a value")


def _bad_body(its: Circumstances) -> Refusal:
    return BadBody(rule=its.rule, reason=WHY)


def _method(its: Circumstances) -> Refusal:
    return WrongMethod(rule=its.rule, method="this one", allowed=("GET", "HEAD"))


def _too_long(its: Circumstances) -> Refusal:
    unit = its.rules.rulebook[its.rule].switches["value"].unit
    now = its.sandbox.now
    return RangeTooLong(rule=its.rule, start=now - 400 * DAY, end=now, allowed=f"{its.number} {unit}")


def _too_old(its: Circumstances) -> Refusal:
    earliest = its.sandbox.now - its.number * DAY
    return RangeTooOld(rule=its.rule, start=earliest - DAY, earliest=earliest)


def _rate_limited(its: Circumstances) -> Refusal:
    window = next(limit for limit in its.traits.limits if limit.rule == its.rule)
    span, now = getattr(window, "span", SECOND), its.sandbox.now
    unit = its.rules.rulebook[its.rule].switches["value"].unit or "uses"
    return RateLimited(rule=its.rule, limit=its.number, unit=unit, window=span, frees=now + span, now=now)


def _grant(code: str) -> Maker:
    return lambda its: BadGrant(rule=its.rule, code=code, reason=WHY)


def _expired(its: Circumstances) -> Refusal:
    return LinkExpired(rule=its.rule, expired=its.sandbox.lease, now=its.sandbox.lease)


_MAKERS: Final[tuple[tuple[Maker, tuple[str, ...]], ...]] = (
    (_unauthenticated, ("key", "token", "token-life", "token-form", "operation", "engagement-operation")),
    (_unauthenticated, ("wrong-account", "session-credentials", "session-life")),
    (_forbidden, ("forbidden", "access-token", "session-locked")),
    (_not_found, ("unknown-path", "unknown-report", "unknown-request", "unknown-run", "unknown-project")),
    (_not_found, ("unknown-channel", "unknown-field", "unknown-lookup", "wrong-institution")),
    (_not_found, ("wrong-company", "host", "doubled-path", "download-early", "request-path")),
    (_bad_parameter, ("bad-parameter", "repeated-parameter", "unknown-parameter", "end-before-start")),
    (_bad_parameter, ("bad-output", "bad-time", "interval", "unknown-metric", "unsupported-field")),
    (_missing, ("missing-parameter", "missing-project", "session-body")),
    (_bad_body, ("body-json", "bad-body")),
    (_method, ("method",)),
    (_too_long, ("range", "bucket-cap")),
    (_too_old, ("assetbydate-age",)),
    (_rate_limited, ("rate-minute", "rate-hour", "rate-day")),
    (lambda its: BodyTooLarge(rule=its.rule, limit=its.number), ("body-size",)),
    (lambda its: TooManyInFlight(rule=its.rule, limit=its.number), ("in-flight",)),
    (_expired, ("download-life",)),
    (_grant("unsupported_grant_type"), ("grant",)),
    (_grant("invalid_client"), ("credentials",)),
    (_grant("invalid_grant"), ("refresh-once",)),
    (_grant("unauthorized_client"), ("password-grant",)),
    (_grant("invalid_request"), ("token-content-type",)),
)
_BY_NAME: Final = {name: maker for maker, names in _MAKERS for name in names}


def _failed(its: Circumstances) -> Refusal:
    return JobFailed(rule=its.rule, job=WHY)


_BY_ID: Final[Mapping[str, Maker]] = {
    "khoros.credentials": _unauthenticated,
    "khoros.company-key": _forbidden,
    "hapyak.failed": _failed,
    "brightcove.failed": _failed,
}
"""Rules whose names other vendors have for something else."""

_STORAGE: Final[Mapping[str, Maker]] = {
    "link-expired": _expired,
    "link-life": _expired,
    "presigned-life": _expired,
    "link-tampered": lambda its: LinkTampered(rule=its.rule),
    "object-gone": lambda its: ObjectGone(rule=its.rule, key=WHY),
    "storage-authorization": lambda its: TwoCredentials(rule=its.rule),
}
"""Those by which signed links are refused."""
