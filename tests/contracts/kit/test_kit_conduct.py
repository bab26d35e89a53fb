"""Conduct on the way, judged by evidence that is written here: each rule on both of its sides."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from reportcontracts.catalogue import load_catalogue
from reportcontracts.kit.acts import Act, Kind
from reportcontracts.kit.conduct import CONDUCT
from reportcontracts.kit.evidence import Evidence, Judgement, Result, Task
from reportcontracts.kit.explain import replay, told
from reportcontracts.kit.profile import profile
from reportcontracts.kit.stories import Ask, Story, Time

STORY = Story(id="echo360.ordinary", rule="client.finishes", title="", ask=Ask("notes"))
SECRET = "a-secret"


def act(kind: Kind, at: float = 0, **more: Any) -> Act:
    """A request at some seconds; what is not said is as plain as can be."""
    plain = {
        "number": round(at * 1000) + 1, "at": round(at * 1000), "wall": round(at * 1000), "took": 0.0,
        "method": "GET", "path": "/p", "query": "", "headers": {}, "body": "", "status": 200, "rules": (),
        "job": "job", "retry_after": None,
    }  # fmt: skip
    return Act(kind=kind, **(plain | more))


def judge(rule: str, acts: Sequence[Act], story: Story = STORY, **more: Any) -> Judgement | None:
    """What a rule says of some acts."""
    return CONDUCT[f"client.{rule}"](evidence(acts, story, **more))


def evidence(
    acts: Sequence[Act], story: Story = STORY, vendor: str = "echo360", result: Result | None = None
) -> Evidence:
    """Evidence of some acts."""
    task = Task(
        vendor=vendor, report="notes", start=None, end=None, options={}, parameters={}, now="",
        time=Time.SHIM, base_url=f"http://localhost/{vendor}", poll=1, timeout=1,
        credentials={"client_secret": SECRET},
    )  # fmt: skip
    return Evidence(
        story=story,
        task=task,
        report=load_catalogue("echo360")["notes"],
        reading=profile(vendor).reading,
        acts=tuple(acts),
        result=result or Result(rows=[]),
        expected=[],
        secrets=(SECRET,),
    )


def polls(*times: float) -> list[Act]:
    """Looks at a report that is not ready."""
    return [act(Kind.POLL, at, rules=("echo360.pending",)) for at in times]


def submitted(job: str, at: float = 0, **more: Any) -> Act:
    """A submission that was taken."""
    body = '{"parameters": {"start": "2026-01-01", "end": "2026-01-02"}}'
    return act(Kind.SUBMIT, at, job=job, method="POST", body=body, **more)


def refused(at: float, rule: str, **more: Any) -> Act:
    """A call that was refused by a rule."""
    return act(Kind.POLL, at, status=429, rules=(rule,), **more)


CASES: dict[str, tuple[list[Act], list[Act], list[Act]]] = {
    "polls-politely": (polls(0, 30, 60, 90), polls(0, 30, 30.1, 30.2, 30.3), polls(0, 30)),
    "honours-retry-after": (
        [refused(0, "echo360.rate-minute", retry_after=60), *polls(60)],
        [refused(0, "echo360.rate-minute", retry_after=60), *polls(30)],
        polls(0, 30),
    ),
    "submits-once": (
        [submitted("a"), act(Kind.POLL, 1, job="a", rules=("echo360.expired",)), submitted("b", 2)],
        [submitted("a"), act(Kind.POLL, 1, job="a", rules=("echo360.pending",)), submitted("b", 2)],
        polls(0),
    ),
    "keeps-in-flight": (
        [submitted("a"), submitted("b")],
        [submitted("a"), act(Kind.SUBMIT, 1, status=400, rules=("echo360.in-flight",))],
        [submitted("a")],
    ),
    "keeps-rate": (
        polls(0, 1, 2, 3),
        [*polls(0, 1, 2), refused(3, "echo360.rate-minute")],
        polls(0),
    ),
    "refresh-token-once": (
        [act(Kind.TOKEN, body="grant_type=refresh_token&refresh_token=***")],
        [act(Kind.TOKEN, body="refresh_token=***", status=400, rules=("echo360.refresh-once",))],
        [act(Kind.TOKEN, body="grant_type=client_credentials")],
    ),
    "link-as-given": (
        [act(Kind.STORAGE)],
        [act(Kind.STORAGE, status=403, rules=("echo360.link-tampered",))],
        polls(0),
    ),
    "no-credentials-to-storage": (
        [act(Kind.STORAGE, headers={"Accept": "*/*"})],
        [act(Kind.STORAGE, headers={"authorization": "Bearer ***"})],
        polls(0),
    ),
    "follows-redirect": (
        [act(Kind.DOWNLOAD, status=307), act(Kind.STORAGE, 1)],
        [act(Kind.DOWNLOAD, status=307)],
        polls(0),
    ),
    "no-secret-in-url": (
        [act(Kind.POLL, query="analyticsAccessToken=***&id=7")],
        [act(Kind.POLL, query="id=7&access_token=***")],
        [act(Kind.STORAGE, query="Signature=***")],
    ),
    "keeps-range": (
        [],
        [act(Kind.SUBMIT, status=400, rules=("echo360.range",))],
        [submitted("a")],
    ),
    "sends-send-status": (
        [act(Kind.SUBMIT, query="send_status=true"), act(Kind.POLL, query="send_status=True")],
        [act(Kind.SUBMIT, query="send_status=true"), act(Kind.POLL, query="a=b")],
        [act(Kind.TOKEN)],
    ),
}
"""By rule: acts that keep it, acts that break it, and acts that give no occasion."""

JUDGED = [(rule, place) for rule in CASES for place in range(3) if CASES[rule][place]]


@pytest.mark.parametrize(("rule", "place"), JUDGED)
def test_conduct_is_judged(rule: str, place: int) -> None:
    """Kept, broken with the acts that show it, or no occasion."""
    found = judge(rule, CASES[rule][place])
    assert (None if found is None else found.passed) == (True, False, None)[place]
    assert found is None or found.passed or (found.what and found.acts)


def test_every_rule_of_conduct_is_judged_here() -> None:
    """One that is not might be wrong on either side."""
    assert {f"client.{rule}" for rule in CASES} | {"client.no-secret-in-output"} == set(CONDUCT)


@pytest.mark.parametrize(
    ("result", "passed"),
    [
        (Result(error="refused"), True),
        (Result(error=f"refused {SECRET}"), False),
        (Result(output=f"GET ?secret={SECRET}"), False),
        (Result(warnings=("Bearer eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9",)), False),
        (Result(rows=[]), None),
    ],
)
def test_output_is_searched(result: Result, passed: bool | None) -> None:  # noqa: FBT001 - what is expected
    """Errors, warnings and whatever was printed; a client that says nothing tells nothing."""
    found = judge("no-secret-in-output", [], result=result)
    assert (None if found is None else found.passed) is passed


def test_a_known_secret_is_found_under_any_name() -> None:
    """The journal hides what is called a secret; a credential elsewhere it does not know."""
    found = judge("no-secret-in-url", [act(Kind.POLL, path=f"/for/{SECRET}")])
    assert found is not None
    assert not found.passed


def test_slots_of_others_are_not_the_clients_fault() -> None:
    """In the story in which they are taken a refusal says nothing about the client."""
    taken = Story(id="echo360.x", rule="client.waits-for-a-slot", title="", ask=Ask("notes"))
    acts = [act(Kind.SUBMIT, status=400, rules=("echo360.in-flight",)), submitted("a", 1)]
    assert judge("keeps-in-flight", acts, taken) is None


Teller = Callable[[Evidence, Judgement], tuple[str, ...]]


def test_a_story_is_told_request_by_request() -> None:
    """With virtual times, and a mark at what shows the judgement; a long one without its middle."""
    acts = [submitted("a"), *polls(12.5, 90_000)]
    lines = told(evidence(acts), Judgement(passed=False, acts=(acts[1].number,)))
    assert lines[0].startswith("        +0:00:00  POST /p  200")
    assert lines[1:] == (
        ">     +0:00:12.5  GET /p  200  [echo360.pending]",
        "     +1d 1:00:00  GET /p  200  [echo360.pending]",
    )
    each = [act for at in range(50) for act in (submitted("a"), *polls(at))]
    many = told(evidence(each), Judgement(passed=False))
    assert len(many) == 41
    assert "60 more" in many[20]
    assert told(evidence([]), Judgement(passed=False)) == (
        "no request with the credentials of this story was seen",
    )


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ((0, 30, 60.02, 90), "and 3 times more, 30 s apart, until +0:01:30"),
        ((0, 5, 12.5, 32.5, 33), "and 4 times more, 0.5 to 20 s apart, until +0:00:33"),
    ],
)
def test_looks_alike_are_told_in_two_lines(times: tuple[float, ...], said: str) -> None:
    """How many there were, and how far apart; three are told one by one, and others end it."""
    acts = polls(*times)
    lines = told(evidence([submitted("a"), *acts, submitted("b")]), Judgement(passed=False))
    assert lines[1].endswith("GET /p  200  [echo360.pending]")
    assert lines[2].strip() == said
    assert lines[3].split()[1] == "POST"
    assert len(told(evidence(acts[:3]), Judgement(passed=False))) == 3
    marked = told(evidence(acts), Judgement(passed=False, acts=(acts[1].number,)))
    assert [line[0] for line in marked[:3]] == [" ", ">", " "]


def test_a_request_is_replayed_by_curl() -> None:
    """Quoted for a shell, its secrets as variables."""
    asked = act(
        Kind.SUBMIT, method="POST", path="/echo360/x", query="a='b'", body='{"a": "***"}',
        headers={"Authorization": "Bearer ***", "User-Agent": "x"},
    )  # fmt: skip
    (line,) = replay(evidence([asked]), Judgement(passed=False))
    assert line == (
        'curl -i -X POST -H "Authorization: Bearer $TOKEN" --data "{\\"a\\": \\"$SECRET\\"}"'
        " 'http://localhost/echo360/x?a='\"'\"'b'\"'\"''"
    )
