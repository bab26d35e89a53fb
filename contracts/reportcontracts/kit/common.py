"""Stories that are the same for every vendor but for the report that is asked for."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from reportcontracts.kit.control import Step, plan
from reportcontracts.kit.stories import Ask, Ends, Need, Story, Time, Trigger, accepted

SLOW: Final = "2500ms"
"""How long an answer is held back that is slow: no client's patience ends so soon."""


def ordinary(vendor: str, ask: Ask, *decides: str) -> Story:
    """A report is built and fetched, and nothing happens."""
    return Story(
        id=f"{vendor}.ordinary",
        rule="client.finishes",
        title="A report takes twenty minutes",
        ask=ask,
        setup=(plan(time="20m"),),
        decides=("client.no-secret-in-url", *decides),
    )


def slow(vendor: str, ask: Ask, time: Time) -> Story:
    """A report takes long enough for the manners of polling to be seen."""
    return Story(
        id=f"{vendor}.slow",
        rule="client.finishes",
        title="A report is in work for a long time",
        ask=ask,
        setup=(plan(time="2h") if time is Time.SHIM else plan(polls=6),),
        decides=("client.polls-politely", "client.submits-once"),
    )


def never(vendor: str, ask: Ask, time: Time) -> Story:
    """A report hangs."""
    return Story(
        id=f"{vendor}.never",
        rule="client.gives-up",
        title="A report never ends",
        ask=ask,
        ends=Ends.ERROR,
        setup=(plan("never", times=20),),
        timeout=3600 if time is Time.SHIM else 3,
    )


def over(vendor: str, ask: Ask, outcome: str) -> Story:
    """Every report comes to the same bad end, `failed` or another that a rule is named after."""
    return Story(
        id=f"{vendor}.{outcome}",
        rule=f"client.stops-at-{outcome}",
        title=f"A report comes to be {outcome}, and so does every other one",
        ask=ask,
        ends=Ends.ERROR,
        setup=(plan(outcome, time="10m", times=50),),
    )


def refused(vendor: str, ask: Ask) -> Story:
    """The credentials are wrong."""
    return Story(
        id=f"{vendor}.refused",
        rule="client.stops-at-refusal",
        title="The credentials are not valid",
        ask=ask,
        ends=Ends.ERROR,
        refused=True,
    )


def killed(vendor: str, ask: Ask) -> Story:
    """The client dies, and is started again; a slow answer holds it where it is until then."""
    return Story(
        id=f"{vendor}.killed",
        rule="client.resumes",
        title="The client is killed when it has submitted, and started again",
        ask=ask,
        setup=(plan(time="10m"),),
        triggers=(Trigger(accepted, kill=True, steps=(fault("latency", time=SLOW, times=1),)),),
        needs=frozenset({Need.KILL}),
    )


def empty(vendor: str, ask: Ask) -> Story:
    """Nothing happened."""
    return Story(
        id=f"{vendor}.empty",
        rule="client.empty-is-empty",
        title="Nothing happened in the range",
        ask=replace(ask, rows=None),
    )


def text(vendor: str, ask: Ask) -> Story:
    """Rows hold everything that is hard to quote."""
    return Story(
        id=f"{vendor}.text",
        rule="client.reads-text",
        title="The rows of a day hold all that is hard to read",
        ask=replace(ask, days=1),
        text=True,
    )


def nasty(vendor: str, ask: Ask) -> Story:
    """The whole world has awkward names."""
    return Story(
        id=f"{vendor}.nasty",
        rule="client.reads-text",
        title="Every name in the world is hard to read",
        ask=ask,
        setup=(Step("PUT", "world", {"text": "nasty"}),),
    )


def formats(vendor: str, ask: Ask, options: Mapping[str, Mapping[str, Any]]) -> tuple[Story, ...]:
    """The same report in each of several formats."""
    return tuple(
        Story(
            id=f"{vendor}.{name}",
            rule="client.reads-formats",
            title="The report is asked for with "
            + ", ".join(f"{key} {value!r}" for key, value in chosen.items()),
            ask=replace(ask, options=chosen),
            needs=frozenset({Need.OPTIONS}),
        )
        for name, chosen in options.items()
    )


def fault(kind: str, **more: object) -> Step:
    """Something that networks and tired servers do."""
    return Step("POST", "faults", {"kind": kind, **more})


def faulty(vendor: str, ask: Ask, *, download: str, nth: int = 2) -> tuple[Story, ...]:
    """What is to be survived, and what is to be noticed.

    `download` is where the rows come from, api or storage; `nth` is the call to the API that goes wrong.
    """
    broken: Mapping[str, Any] = {"where": download, "nth": 1 if download == "storage" else nth}
    return (
        _survived(
            vendor, ask, "5xx", "Two calls fail with 503", fault("status", status=503, nth=nth, times=2)
        ),
        _survived(vendor, ask, "slowness", "An answer takes seconds", fault("latency", time=SLOW, nth=nth)),
        _survived(
            vendor,
            ask,
            "reset",
            "A connection is cut before the answer",
            fault("reset", nth=nth),
            relayed=True,
        ),
        _noticed(
            vendor, ask, "truncation", "A download ends early", fault("truncate", **broken), relayed=True
        ),
    )


def damaged(vendor: str, ask: Ask, step: Step) -> Story:
    """What comes as the rows is something else."""
    return _noticed(vendor, ask, "corruption", "A download is damaged", step, relayed=False)


def _survived(vendor: str, ask: Ask, what: str, title: str, step: Step, *, relayed: bool = False) -> Story:
    return Story(
        id=f"{vendor}.{what}",
        rule=f"client.survives-{what}",
        title=title,
        ask=ask,
        setup=(step,),
        needs=frozenset({Need.FAULTS}) if relayed else frozenset(),
    )


def _noticed(vendor: str, ask: Ask, what: str, title: str, step: Step, *, relayed: bool) -> Story:
    return Story(
        id=f"{vendor}.{what}",
        rule=f"client.detects-{what}",
        title=title,
        ask=ask,
        ends=Ends.ROWS_OR_ERROR,
        setup=(step,),
        needs=frozenset({Need.FAULTS}) if relayed else frozenset(),
    )
