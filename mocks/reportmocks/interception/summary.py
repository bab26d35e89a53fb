"""What was asked of which vendor in a run, told when it is over."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reportcontracts.names import VENDORS
from reportcontracts.rules import load_rulebook

Entry = Mapping[str, Any]
"""An entry of the journal, as JSON tells it."""

NOTHING = "nothing was asked of any vendor: the command did not call their hosts, or found another way there"


def summary(
    entries: Sequence[Entry], count: int, refused: Mapping[str, int], through: Mapping[str, int]
) -> list[str]:
    """Lines for people; `count` is how many requests there were, of which `entries` are the last."""
    of = {vendor: [entry for entry in entries if entry["vendor"] == vendor] for vendor in VENDORS}
    lines = [line for vendor, its in of.items() for line in _vendor(vendor, its)]
    if count > len(entries):
        lines.insert(0, f"of {count} requests, the last {len(entries)}:")
    if not entries:
        lines.append(NOTHING)
    lines += [f"refused: {host} ({times(number)})" for host, number in sorted(refused.items())]
    lines += [f"let through: {host} ({times(number)})" for host, number in sorted(through.items())]
    return lines


def times(number: int) -> str:
    """`once`, `twice` or `3 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _vendor(vendor: str, entries: Sequence[Entry]) -> Iterable[str]:
    """What was asked of one vendor: by call and status, then what broke a rule."""
    if not entries:
        return
    yield f"{vendor}: {len(entries)} request{'s' if len(entries) > 1 else ''}"
    calls = Counter((e["method"], e["path"], e["status"]) for e in entries)
    for (method, path, status), number in calls.items():
        yield f"  {number} x {status}  {method} {path}"
    broken = Counter(e["rule"] for e in entries if 400 <= e["status"] < 500 and e["rule"])
    rulebook = load_rulebook(vendor)
    for rule, number in sorted(broken.items()):
        yield f"  refused by {rule} ({times(number)}): {rulebook[rule].statement if rule in rulebook else ''}"
    violated = Counter(_violation(v) for e in entries for v in e["violations"])
    for text, number in violated.items():
        yield f"  not in the contract ({times(number)}): {text}"


def _violation(violated: Mapping[str, Any]) -> str:
    """A violation of the contract in a line: a request's is the client's, a response's the mock's own."""
    return f"{violated['side']}, {violated['path']}: {violated['message']}"
