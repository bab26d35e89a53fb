"""A story told so that its reader sees what happened: requests with virtual times, and commands."""

import json
import shlex
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby, pairwise
from typing import Final

from reportcontracts.kit.acts import HIDDEN, Act, Kind
from reportcontracts.kit.evidence import Evidence, Judgement

MOST: Final = 40
"""Lines of one story that are told; of more, those in the middle are left out."""
FEW: Final = 3
"""Requests alike, one after the other, that are told one by one; of more, only the first."""
AT: Final = 14
"""How wide the times are."""
REPLAYED: Final = 3
"""Requests that are given as commands."""
NOTHING_SEEN: Final = "no request with the credentials of this story was seen"
"""What is told of a client that asked nothing."""

_KEPT: Final = frozenset(
    {"accept", "authorization", "content-type", "x-hapyak-api-key", "x-appid", "x-teamid"}
)


def told(evidence: Evidence, judgement: Judgement) -> tuple[str, ...]:
    """The story request by request: virtual time since the first, what was asked, what came of it.

    Those that show a judgement are marked. Many alike, such as looks at one report, are told in two lines.
    """
    if not evidence.acts:
        return (NOTHING_SEEN,)
    first, marked = evidence.acts[0].at, set(judgement.acts)
    alike = groupby(evidence.acts, lambda act: (act.number in marked, _said(act)))
    lines = [line for (mark, said), acts in alike for line in _lines(list(acts), said, first, marked=mark)]
    if len(lines) <= MOST:
        return tuple(lines)
    head, tail = lines[: MOST // 2], lines[-MOST // 2 :]
    return (*head, f"  ... {len(lines) - MOST} more ...", *tail)


def _said(act: Act) -> str:
    rules = f"  [{', '.join(act.rules)}]" if act.rules else ""
    wait = f"  Retry-After: {act.retry_after:g}" if act.retry_after is not None else ""
    return f"{act.method} {act.target}  {act.status}{wait}{rules}"


def _lines(acts: Sequence[Act], said: str, first: int, *, marked: bool) -> Iterator[str]:
    """Requests of which the same is to be said."""
    mark = ">" if marked else " "
    for act in acts if len(acts) <= FEW else acts[:1]:
        yield f"{mark} {_since(act.at - first):>{AT}}  {said}"
    if len(acts) > FEW:
        until = _since(acts[-1].at - first)
        yield f"{mark} {'':{AT}}  and {len(acts) - 1} times more, {_apart(acts)}, until {until}"


def _apart(acts: Sequence[Act]) -> str:
    pauses = [round((after.at - before.at) / 1000, 1) for before, after in pairwise(acts)]
    shortest, longest = min(pauses), max(pauses)
    return f"{shortest:g} s apart" if shortest == longest else f"{shortest:g} to {longest:g} s apart"


def _since(milliseconds: int) -> str:
    """`+0:00:12.5`, `+2d 4:00:00`: how long after the first request."""
    days, rest = divmod(milliseconds, 86_400_000)
    text = str(timedelta(milliseconds=rest))
    return f"+{f'{days}d ' if days else ''}{text.rstrip('0').rstrip('.') if '.' in text else text}"


def replay(evidence: Evidence, judgement: Judgement) -> tuple[str, ...]:
    """`curl` commands of the requests that show a judgement, or of the last; secrets as shell variables."""
    marked = [act for act in evidence.acts if act.number in judgement.acts]
    asked = [act for act in evidence.acts if act.kind is not Kind.STORAGE]
    return tuple(curl(act, evidence) for act in (marked or asked[-1:])[:REPLAYED])


def curl(act: Act, evidence: Evidence) -> str:
    """One request as a command."""
    base, vendor = evidence.task.base_url, evidence.task.vendor
    origin = base.removesuffix(f"/{vendor}") if act.path.startswith((f"/{vendor}/", "/_storage/")) else base
    parts = ["curl", "-i", *(("-X", act.method) if act.method != "GET" else ())]
    for name, value in act.headers.items():
        if name.lower() in _KEPT:
            parts += ["-H", _quoted(f"{name}: {_unhidden(name, value, evidence)}")]
    if act.body:
        parts += ["--data", _quoted(act.body.replace(HIDDEN, "$SECRET"))]
    return " ".join([*parts, _quoted(f"{origin}{act.target}".replace(HIDDEN, "$SECRET"))])


def _unhidden(name: str, value: str, evidence: Evidence) -> str:
    key = evidence.task.credentials.get("api_key")
    return key if key and name.lower() == "x-hapyak-api-key" else value.replace(HIDDEN, "$TOKEN")


def _quoted(text: str) -> str:
    """A word for a shell, in which `$TOKEN` and `$SECRET` still stand for something."""
    if "$TOKEN" in text or "$SECRET" in text:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`") + '"'
    return shlex.quote(text)


def reproduction(evidence: Evidence, seed: int) -> str:
    """What makes the same story again: seed, story, and the range that was asked for."""
    task = evidence.task
    asked = {"report": task.report, "start": task.start, "end": task.end, **task.options}
    return f"seed {seed}, story {evidence.story.id}, {json.dumps(asked)}, now {task.now}"
