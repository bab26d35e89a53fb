"""Any server held against a vendor's contract over HTTP: a mock, or the real service within a quota."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

from reportcontracts.catalogue import load_catalogue
from reportcontracts.kit.verify.probe import Check, DiffersError, NotExercisedError, Probe, Server
from reportcontracts.kit.verify.wire import UnreachableError
from reportcontracts.names import VENDORS
from reportcontracts.remote import ControlError, RefusedError
from reportcontracts.rules import Kind, load_rulebook
from reportcontracts.validation import Violation

__all__ = [
    "BUDGET", "Check", "Finding", "Server", "Word", "checks_of", "is_real", "summary", "verify",
]  # fmt: skip

BUDGET: Final = 4
"""Reports that may be made at a service that is no mock, unless another number is given."""


class Word(StrEnum):
    """What a check came to."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_EXERCISED = "not exercised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check came to, beside what is promised.

    Attributes:
        rule: The vendor's rule.
        what: What was done.
        word: Whether the server agrees.
        seen: What was seen instead, or what the check would have needed.
        exchanges: What was asked and answered, line by line.
    """

    rule: str
    what: str
    word: Word
    seen: str = ""
    exchanges: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON tells it, with the rule's sentence and evidence."""
        rule = load_rulebook(self.rule.partition(".")[0])[self.rule]
        return {
            "rule": self.rule,
            "statement": rule.statement,
            "evidence": str(rule.evidence),
            "what": self.what,
            "verdict": str(self.word),
            "seen": self.seen,
            "exchanges": list(self.exchanges),
        }


def checks_of(vendor: str) -> tuple[Check, ...]:
    """Every check of a vendor, those first that a real service can stand."""
    assert vendor in VENDORS, vendor  # noqa: S101 - it names a module
    checks: Iterable[Check] = import_module(f"reportcontracts.kit.verify.{vendor}").checks()
    return tuple(checks)


def is_real(vendor: str, base_url: str) -> bool:
    """Whether an address is the vendor's own, or below one of its host names."""
    host = (urlsplit(base_url).hostname or "").rstrip(".").lower()
    return any(host == own or host.endswith(f".{own}") for own in load_catalogue(vendor).api.hosts)


def verify(server: Server, checks: Iterable[Check], *, name: str, budget: int = BUDGET) -> Iterator[Finding]:
    """Make checks one after the other, each in a sandbox of its own, let go at its end, named after `name`.

    Without a control API no more reports are made than `budget` says, and what would move time or meet a
    limit is left out.

    Raises:
        UnreachableError: The server does not answer at all.
    """
    left = budget
    for number, check in enumerate(checks):
        needs = _lacking(server, check, left)
        if needs:
            yield Finding(rule=check.rule, what=check.what, word=Word.NOT_EXERCISED, seen=needs)
            continue
        left -= 0 if server.control else check.runs
        probe = Probe(server, f"{name}-{number}")
        try:
            yield from _made(check, probe)
        finally:
            probe.let_go()


def _lacking(server: Server, check: Check, left: int) -> str:
    """What a check would need that there is not; empty where it can be made."""
    if server.control is not None:
        return ""
    if check.steers:
        return "it needs a control API, which moves time and meets limits"
    return f"it makes {check.runs} reports, and the budget has {left} left" if check.runs > left else ""


def _made(check: Check, probe: Probe) -> Iterator[Finding]:
    """What one check came to, and what else was noticed in its answers."""
    finding = Finding(rule=check.rule, what=check.what, word=Word.AGREES)
    try:
        probe.freeze()
        check.see(probe)
    except DiffersError as error:
        finding = replace(finding, word=Word.DIFFERS, seen=str(error))
    except NotExercisedError as error:
        finding = replace(finding, word=Word.NOT_EXERCISED, seen=str(error))
    except RefusedError as error:
        finding = replace(finding, word=Word.NOT_EXERCISED, seen=f"the control API refused: {error}")
    except ControlError as error:
        raise UnreachableError(str(error), "its control API") from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        finding = replace(finding, word=Word.DIFFERS, seen=f"an answer lacks what is looked for: {error!r}")
    log = tuple(probe.log)
    yield replace(finding, exchanges=log if finding.word is Word.DIFFERS else ())
    for violation, line in probe.violations:
        rule = _broken(probe.server.vendor, violation) or check.rule
        seen = f"{violation.path}: {violation.message}"
        yield Finding(rule=rule, what=line, word=Word.DIFFERS, seen=seen, exchanges=log)


def _broken(vendor: str, violation: Violation) -> str | None:
    """The rule that a violation of the contract breaks: of a wrong type that on types, if there is one."""
    rulebook, on_types = load_rulebook(vendor), f"{vendor}.content-type"
    answers = on_types in rulebook and rulebook[on_types].kind is Kind.FORMAT  # not on the types of requests
    if answers and violation.path == "header content-type":
        return on_types
    return violation.rule if violation.rule in rulebook else None


def summary(findings: Iterable[Finding]) -> dict[str, Word]:
    """By rule what all its checks came to: it differs if one does, and agrees if none does and one agrees."""
    order = (Word.NOT_EXERCISED, Word.AGREES, Word.DIFFERS)
    words: dict[str, Word] = {}
    for finding in findings:
        words[finding.rule] = max(words.get(finding.rule, finding.word), finding.word, key=order.index)
    return words
