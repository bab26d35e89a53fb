"""What a client did on the way, judged rule by rule: each function looks at one story's evidence and no more.

A judgement of `None` means that the story gave no occasion to break the rule.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote

from reportcontracts.kit.acts import HIDDEN, TOKEN_PARAMETERS, Act, Kind
from reportcontracts.kit.evidence import Evidence, Judgement
from reportcontracts.kit.stories import Need, Time

Judge = Callable[[Evidence], Judgement | None]

TIGHT: Final[Mapping[Time, float]] = MappingProxyType({Time.WALL: 0.05, Time.SHIM: 1.0})
"""Seconds of the client's time under which a pause between two polls is none."""
IN_A_ROW: Final = 3
"""How many pauses that are none make a loop."""
SLACK: Final = 0.9
"""The part of a wait that a client must have waited: clocks and their readings differ a little."""

_TOKEN: Final = re.compile(r"eyJ[A-Za-z0-9_-]{20,}")
"""A JSON Web Token, which is what the mocks issue, begins so."""
_RANGE: Final = frozenset({"start", "end", "starttime", "endtime", "account_id", "companykey", "project_id"})


def sends_send_status(evidence: Evidence) -> Judgement | None:
    """Every request for a report asks for its status to be told."""
    asked = [act for act in evidence.acts if act.kind in (Kind.SUBMIT, Kind.POLL)]
    without = [act for act in asked if (act.parameter("send_status") or "").lower() != "true"]
    return _none_of(asked, without, "{} of {} requests came without send_status=true")


def submits_once(evidence: Evidence) -> Judgement | None:
    """No report is submitted while an equal one is queued, in work or ready."""
    story = evidence.story
    if story.again or not story.needs.isdisjoint({Need.KILL, Need.FAULTS}):
        return None
    pending: dict[str, set[str]] = defaultdict(set)
    over: set[str] = set()
    submitted, doubled = [], []
    for act in evidence.acts:
        if act.kind is Kind.SUBMIT and act.job is not None:
            submitted.append(act)
            same = pending[_asked(act)]
            if same - over - {act.job}:
                doubled.append(act)
            same.add(act.job)
        if act.job is not None and act.shaped_by(*evidence.reading.over):
            over.add(act.job)
    return _none_of(submitted, doubled, "{} of {} submissions were of a report that was there already")


def polls_politely(evidence: Evidence) -> Judgement | None:
    """Between looks at a job that is not ready there are pauses."""
    reading, floor = evidence.reading, TIGHT[evidence.task.time]
    waited = 0
    for acts in _by_job(act for act in evidence.acts if act.shaped_by(*reading.pending)).values():
        in_a_row: list[Act] = []
        for before, after in pairwise(acts):
            waited += 1
            in_a_row = [*in_a_row, after] if evidence.pause(before, after) < floor else []
            if len(in_a_row) >= IN_A_ROW:
                what = f"{len(in_a_row)} looks in a row came less than {floor:g} s after the answer before"
                return Judgement(passed=False, what=what, acts=tuple(act.number for act in in_a_row))
    return Judgement(passed=True) if waited >= IN_A_ROW else None


def honours_retry_after(evidence: Evidence) -> Judgement | None:
    """No request comes before the time that the last answer to its like named."""
    acts = [act for act in evidence.acts if act.kind is not Kind.TOKEN]
    told = False
    for place, act in enumerate(acts):
        later = next((after for after in acts[place + 1 :] if _alike(act, after)), None)
        if act.retry_after is None or later is None:
            continue
        told = True
        pause = evidence.pause(act, later)
        if pause < act.retry_after * SLACK:
            what = f"told to wait {act.retry_after:g} s, the client asked again after {max(pause, 0):.2f} s"
            return Judgement(passed=False, what=what, acts=(act.number, later.number))
    return Judgement(passed=True) if told else None


def _alike(act: Act, after: Act) -> bool:
    """Whether one request's wait holds for another: a refusal's for its kind, a report's for itself."""
    return after.kind is act.kind if act.status >= 400 else after.job == act.job


def keeps_in_flight(evidence: Evidence) -> Judgement | None:
    """No submission is refused for too many in flight, where all of those are the client's own."""
    submitted = [act for act in evidence.acts if act.kind is Kind.SUBMIT]
    if evidence.story.rule == "client.waits-for-a-slot" or len(submitted) < 2:
        return None
    refused = [act for act in submitted if act.shaped_by(f"{evidence.task.vendor}.in-flight")]
    return _none_of(submitted, refused, "{} of {} submissions were refused: too many in flight")


def keeps_rate(evidence: Evidence) -> Judgement | None:
    """No request is refused for the client's own pace."""
    if evidence.story.rule in ("client.backs-off", "client.honours-retry-after") or len(evidence.acts) < 4:
        return None
    refused = [act for act in evidence.acts if act.shaped_by(*evidence.reading.rates) and act.status >= 400]
    return _none_of(evidence.acts, refused, "{} of {} requests were refused: too many in too short a time")


def keeps_range(evidence: Evidence) -> Judgement | None:
    """No request is for a longer range than is allowed."""
    submitted = [act for act in evidence.acts if act.kind is Kind.SUBMIT]
    long = [act for act in submitted if act.shaped_by(f"{evidence.task.vendor}.range")]
    if not long and evidence.story.rule != "client.splits-range":
        return None
    return _none_of(submitted, long, "{} of {} submissions were for a longer range than is allowed")


def refresh_token_once(evidence: Evidence) -> Judgement | None:
    """No refresh token is used that was used before."""
    vendor = evidence.task.vendor
    refreshes = [
        act
        for act in evidence.acts
        if act.kind is Kind.TOKEN and "refresh_token" in f"{act.query}&{act.body}"
    ]
    refused = [act for act in refreshes if act.shaped_by(f"{vendor}.refresh-once") and act.status >= 400]
    return _none_of(refreshes, refused, "{} of {} refreshes were with a refresh token that was used already")


def link_as_given(evidence: Evidence) -> Judgement | None:
    """No signed link is changed on the way."""
    fetched = [act for act in evidence.acts if act.kind is Kind.STORAGE]
    changed = [act for act in fetched if act.shaped_by(f"{evidence.task.vendor}.link-tampered")]
    return _none_of(fetched, changed, "{} of {} signed links were not used as they were given")


def no_credentials_to_storage(evidence: Evidence) -> Judgement | None:
    """Nothing that identifies the client reaches the storage."""
    fetched = [act for act in evidence.acts if act.kind is Kind.STORAGE]
    told = [act for act in fetched if any(act.header(name) for name in ("Authorization", "Cookie"))]
    return _none_of(fetched, told, "{} of {} requests to the storage carried credentials")


def follows_redirect(evidence: Evidence) -> Judgement | None:
    """A download is followed to the storage."""
    led = [act for act in evidence.acts if act.kind is Kind.DOWNLOAD and act.status == 307]
    reached = {act.job for act in evidence.acts if act.kind is Kind.STORAGE}
    lost = [act for act in led if act.job not in reached]
    return _none_of(led, lost, "{} of {} downloads were not followed to where they lead")


def no_secret_in_url(evidence: Evidence) -> Judgement | None:
    """No URL of the client's own making holds a credential or a token."""
    asked = [act for act in evidence.acts if act.kind is not Kind.STORAGE]
    telling = [act for act in asked if _tells_secret(act, evidence.secrets)]
    return _none_of(asked, telling, "{} of {} requests had a secret in the URL")


def no_secret_in_output(evidence: Evidence) -> Judgement | None:
    """Nothing that the client says holds a credential or a token."""
    result = evidence.result
    said = "\n".join((result.output, result.error or "", *result.warnings))
    if not said.strip():
        return None
    if any(secret in said for secret in evidence.secrets):
        return Judgement(
            passed=False, what="what the client printed, logged or said of an error holds a credential"
        )
    if _TOKEN.search(said):
        return Judgement(
            passed=False, what="what the client printed, logged or said of an error holds a token"
        )
    return Judgement(passed=True)


CONDUCT: Final[Mapping[str, Judge]] = MappingProxyType(
    {
        f"client.{judge.__name__.replace('_', '-')}": judge
        for judge in (
            sends_send_status, submits_once, polls_politely, honours_retry_after, keeps_in_flight, keeps_rate,
            keeps_range, refresh_token_once, link_as_given, no_credentials_to_storage, follows_redirect,
            no_secret_in_url, no_secret_in_output,
        )
    }
)  # fmt: skip
"""What judges each rule on the way, by the rule's id."""


def _none_of(of: Sequence[Act], wrong: Sequence[Act], what: str) -> Judgement | None:
    """None of the acts may be among the wrong ones; without any there was no occasion."""
    if not of:
        return None
    told = what.format(len(wrong), len(of)) if wrong else ""
    return Judgement(passed=not wrong, what=told, acts=tuple(act.number for act in wrong))


def _by_job(acts: Iterator[Act]) -> dict[str | None, list[Act]]:
    found: dict[str | None, list[Act]] = defaultdict(list)
    for act in acts:
        found[act.job].append(act)
    return found


def _asked(act: Act) -> str:
    """What a submission asks for: where, and the range; what else it says makes it no other report."""
    named = {name: value for name, value in act.parameters() if name.lower() in _RANGE}
    try:
        body = json.loads(act.body) if act.body else {}
    except ValueError:
        body = {}
    asked = body.get("parameters") if isinstance(body, dict) else None
    return json.dumps([act.path, named, asked], sort_keys=True)


def _tells_secret(act: Act, secrets: Sequence[str]) -> bool:
    target = unquote(act.target)
    if any(secret in target for secret in secrets):
        return True
    return any(HIDDEN in value and name.lower() not in TOKEN_PARAMETERS for name, value in act.parameters())
