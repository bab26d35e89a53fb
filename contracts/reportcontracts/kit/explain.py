"""A story told so that its reader sees what happened: requests with virtual times, and commands."""

import json
import shlex
from datetime import timedelta
from typing import Final

from reportcontracts.kit.acts import HIDDEN, Act, Kind
from reportcontracts.kit.evidence import Evidence, Judgement

MOST: Final = 40
"""Lines of one story that are told; of more, those in the middle are left out."""
REPLAYED: Final = 3
"""Requests that are given as commands."""
NOTHING_SEEN: Final = "no request with the credentials of this story was seen"
"""What is told of a client that asked nothing."""

_KEPT: Final = frozenset(
    {"accept", "authorization", "content-type", "x-hapyak-api-key", "x-appid", "x-teamid"}
)


def told(evidence: Evidence, judgement: Judgement) -> tuple[str, ...]:
    """The story request by request: virtual time since the first, what was asked, what came of it.

    Those that show a judgement are marked.
    """
    if not evidence.acts:
        return (NOTHING_SEEN,)
    first, marked = evidence.acts[0].at, set(judgement.acts)
    lines = [_line(act, first, marked=act.number in marked) for act in evidence.acts]
    if len(lines) <= MOST:
        return tuple(lines)
    head, tail = lines[: MOST // 2], lines[-MOST // 2 :]
    return (*head, f"  ... {len(lines) - MOST} more ...", *tail)


def _line(act: Act, first: int, *, marked: bool) -> str:
    rules = f"  [{', '.join(act.rules)}]" if act.rules else ""
    wait = f"  Retry-After: {act.retry_after:g}" if act.retry_after is not None else ""
    at = f"{'>' if marked else ' '} {_since(act.at - first):>12}"
    return f"{at}  {act.method} {act.target}  {act.status}{wait}{rules}"


def _since(milliseconds: int) -> str:
    """`+0:00:12.5`: how long after the first request."""
    text = str(timedelta(milliseconds=milliseconds))
    return f"+{text.rstrip('0').rstrip('.') if '.' in text else text}"


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
