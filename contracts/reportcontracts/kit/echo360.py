"""Echo360 as the kit knows it: submit a request, poll its status, fetch the signed link."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

from reportcontracts.kit import common
from reportcontracts.kit.acts import Kind, Reading
from reportcontracts.kit.control import clock, plan, switch
from reportcontracts.kit.profile import Profile
from reportcontracts.kit.stories import Ask, Ends, Need, Story, Time, Trigger, accepted, by_rule

VENDOR: Final = "echo360"
API: Final = "/public/api/v1/reporting/"
RANGED: Final = ("presentation", "videoview", "confused", "polling", "qanda", "notes")
"""The reports on events, whose rows stay as they are."""
WEEK: Final = 7

VIEWS: Final = Ask("videoview")


def kind(method: str, path: str, _rules: tuple[str, ...]) -> Kind:
    """What a request to Echo360 is."""
    if "/_storage/" in path:
        return Kind.STORAGE
    if path.endswith("/oauth2/access_token"):
        return Kind.TOKEN
    if API in path:
        what, _, name = path.partition(API)[2].partition("/")
        if what == "requests" and method == "POST":
            return Kind.SUBMIT
        if name and what in ("request", "requests"):
            return Kind.POLL
    return Kind.OTHER


READING: Final = Reading(
    kind=kind,
    pending=frozenset({"echo360.pending"}),
    over=frozenset({"echo360.failed", "echo360.missing", "echo360.expired", "echo360.object-gone"}),
    rates=frozenset({"echo360.rate-minute"}),
)


def bounds(_report: str, first: date, days: int) -> tuple[str, str]:
    """Days as Echo360 takes them: the end is the day after the last."""
    return first.isoformat(), (first + timedelta(days)).isoformat()


def stories(time: Time) -> tuple[Story, ...]:
    """The stories of Echo360."""
    return (*_ends(time), *_limits(), *_links(time), *_rows(), *_faults())


def _ends(time: Time) -> tuple[Story, ...]:
    return (
        common.ordinary(VENDOR, VIEWS, "client.no-credentials-to-storage", "client.link-as-given"),
        common.slow(VENDOR, Ask("notes", days=WEEK), time),
        common.never(VENDOR, VIEWS, time),
        common.over(VENDOR, Ask("polling"), "failed"),
        common.over(VENDOR, Ask("polling"), "missing"),
        Story(
            id="echo360.expired",
            rule="client.resubmits-expired",
            title="A report is deleted before it is fetched",
            ask=Ask("qanda", days=WEEK),
            setup=(plan("expired", time="10m"),),
        ),
        common.refused(VENDOR, VIEWS),
        common.killed(VENDOR, VIEWS),
    )


def _limits() -> tuple[Story, ...]:
    rate, slots = "echo360.rate-minute", "echo360.in-flight"
    return (
        Story(
            id="echo360.fourth-in-flight",
            rule="client.waits-for-a-slot",
            title="All slots in flight are taken by reports of somebody else's, and then free",
            ask=VIEWS,
            setup=(switch(slots, value=0),),
            triggers=(Trigger(by_rule(slots), times=2, steps=(switch(slots, value=3),)),),
        ),
        Story(
            id="echo360.rate-limited",
            rule="client.backs-off",
            title="The minute's calls are used up while a report is in work",
            ask=VIEWS,
            triggers=(
                Trigger(accepted, steps=(switch(rate, value=0),)),
                Trigger(by_rule(rate), times=2, steps=(switch(rate, value=120),)),
            ),
            decides=("client.honours-retry-after",),
        ),
        Story(
            id="echo360.long-range",
            rule="client.splits-range",
            title="A month is asked for, and seven days are the longest range",
            ask=Ask("videoview", days=30, every_day=True),
            setup=(plan(time="1h", times=30),),
            decides=("client.keeps-range", "client.keeps-in-flight", "client.keeps-rate"),
        ),
    )


def _links(time: Time) -> tuple[Story, ...]:
    life, after = switch("echo360.token-life", value=5), clock(advance="6s")
    return (
        Story(
            id="echo360.token-expires",
            rule="client.renews-token",
            title="The access token expires while a report is in work",
            ask=VIEWS,
            setup=(plan(time="3h"),) if time is Time.SHIM else (life, plan(polls=4)),
            triggers=() if time is Time.SHIM else (Trigger(by_rule("echo360.pending"), steps=(after,)),),
            decides=("client.refresh-token-once",),
        ),
        Story(
            id="echo360.late-link",
            rule="client.renews-late-link",
            title="The signed link is used eight days after it was given",
            ask=VIEWS,
            setup=(switch("echo360.token-life", enabled=False),),
            triggers=(Trigger(by_rule("echo360.available"), steps=(clock(advance="8d"),)),),
        ),
        Story(
            id="echo360.late-data",
            rule="client.rereads-incomplete-days",
            title="The last two days are asked for, and again three days later, when they are complete",
            ask=Ask("videoview", back=1),
            setup=(switch("echo360.late-data", enabled=True),),
            again="3d",
        ),
    )


def _rows() -> tuple[Story, ...]:
    forms: dict[str, dict[str, Any]] = {
        "tabs": {"delimiter": "\t"},
        "pipes": {"delimiter": "|"},
        "plain": {"compression": False},
    }
    week = Ask("polling", days=WEEK)
    return (
        common.empty(VENDOR, Ask("notes")),
        common.text(VENDOR, Ask("notes")),
        common.nasty(VENDOR, week),
        *common.formats(VENDOR, week, forms),
    )


def _faults() -> tuple[Story, ...]:
    lost = Story(
        id="echo360.lost-answer",
        rule="client.survives-reset",
        title="A submission is taken, and its answer lost on the way",
        ask=VIEWS,
        setup=(common.fault("reset", method="POST", path="*/requests/*", when="after", nth=1),),
        needs=frozenset({Need.FAULTS}),
    )
    return (
        *common.faulty(VENDOR, VIEWS, download="storage"),
        common.damaged(VENDOR, VIEWS, common.fault("corrupt-gzip", where="storage", times=1)),
        lost,
    )


SPACE: Final[Mapping[str, Sequence[Any]]] = MappingProxyType(
    {
        "report": RANGED,
        "days": range(1, 3 * WEEK + 1),
        "back": range(3, 400),
        "outcome": ("available", "expired", "failed", "missing"),
        "minutes": range(1, 241),
    }
)


def any_story(point: Mapping[str, Any], _time: Time) -> Story:
    """A report, a range, a time and an outcome."""
    outcome, days, minutes = point["outcome"], point["days"], point["minutes"]
    rules = {
        "failed": "client.stops-at-failed",
        "missing": "client.stops-at-missing",
        "expired": "client.resubmits-expired",
    }
    return Story(
        id="echo360.any",
        rule=rules.get(outcome, "client.splits-range" if days > WEEK else "client.delivers-every-row"),
        title=f"{point['report']} over {days} days is {outcome} after {minutes} minutes",
        ask=Ask(point["report"], days=days, back=point["back"], rows=0),
        ends=Ends.ERROR if outcome in ("failed", "missing") else Ends.ROWS,
        setup=(plan(outcome, time=f"{minutes}m", times=1 if outcome == "expired" else 50),),
    )


PROFILE: Final = Profile(
    vendor=VENDOR,
    reading=READING,
    bounds=bounds,
    stories=stories,
    space=SPACE,
    any_story=any_story,
    options={"delimiter": (",", "\t", "|"), "compression": (True, False)},
)
