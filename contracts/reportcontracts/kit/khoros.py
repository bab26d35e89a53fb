"""Khoros Care as the kit knows it: submit an export, follow its status, download by way of a redirect."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Final

from reportcontracts.kit import common
from reportcontracts.kit.acts import Act, Kind, Reading
from reportcontracts.kit.control import clock, plan, switch
from reportcontracts.kit.profile import Profile
from reportcontracts.kit.stories import Ask, Ends, Story, Time, Trigger, accepted, by_rule

VENDOR: Final = "khoros"
API: Final = "/api/public/reports/report/"
EXPORTS: Final = ("response", "incoming_post", "conversation_actions", "raw_brand_posts", "response_approval")
"""Exports on events."""

POSTS: Final = Ask("incoming_post")


def kind(_method: str, path: str, _rules: tuple[str, ...]) -> Kind:
    """What a request to Khoros is."""
    if "/_storage/" in path:
        return Kind.STORAGE
    if API not in path:
        return Kind.OTHER
    if path.endswith("/status"):
        return Kind.POLL
    return Kind.DOWNLOAD if path.endswith("/download") else Kind.SUBMIT


READING: Final = Reading(
    kind=kind,
    pending=frozenset({"khoros.running", "khoros.lagging"}),
    over=frozenset({"khoros.failed", "khoros.download-life"}),
    rates=frozenset({"khoros.rate-minute"}),
)


def bounds(_report: str, first: date, days: int) -> tuple[str, str]:
    """Days in UTC as Khoros takes them: milliseconds since the epoch, the end being the next midnight."""
    start = datetime.combine(first, time(), UTC)
    return str(_milliseconds(start)), str(_milliseconds(start + timedelta(days)))


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def stories(time: Time) -> tuple[Story, ...]:
    """The stories of Khoros."""
    forms = {form: {"reportFormat": form} for form in ("csv", "json")}
    way = ("client.follows-redirect", "client.no-credentials-to-storage", "client.link-as-given")
    return (
        common.ordinary(VENDOR, POSTS, *way),
        common.slow(VENDOR, POSTS, time),
        common.never(VENDOR, POSTS, time),
        common.over(VENDOR, POSTS, "failed"),
        *_downloads(),
        common.refused(VENDOR, POSTS),
        common.killed(VENDOR, POSTS),
        _rate_limited(),
        common.empty(VENDOR, POSTS),
        common.text(VENDOR, Ask("raw_brand_posts")),
        common.nasty(VENDOR, Ask("response")),
        *common.formats(VENDOR, Ask("conversation_actions"), forms),
        *common.faulty(VENDOR, POSTS, download="storage"),
        common.damaged(VENDOR, POSTS, common.fault("garbage", where="storage", times=1)),
    )


def _downloads() -> tuple[Story, ...]:
    return (
        Story(
            id="khoros.no-link-yet",
            rule="client.waits-for-link",
            title="An export is COMPLETED, and its downloadUrl comes half a minute later",
            ask=POSTS,
            setup=(plan("lagging", time="10m"),),
        ),
        Story(
            id="khoros.expired",
            rule="client.resubmits-expired",
            title="A download is over before it is fetched",
            ask=POSTS,
            setup=(plan("expired", time="10m"),),
        ),
        Story(
            id="khoros.late-link",
            rule="client.renews-late-link",
            title="The signed address is used two minutes after it was given",
            ask=POSTS,
            triggers=(Trigger(_led, steps=(clock(advance="2m"),)),),
        ),
    )


def _led(act: Act) -> bool:
    return act.kind is Kind.DOWNLOAD and act.status == 307


def _rate_limited() -> Story:
    rate = "khoros.rate-minute"
    return Story(
        id="khoros.rate-limited",
        rule="client.backs-off",
        title="The minute's requests are used up while an export is in work",
        ask=POSTS,
        triggers=(
            Trigger(accepted, steps=(switch(rate, value=0),)),
            Trigger(by_rule(rate), times=2, steps=(switch(rate, value=20),)),
        ),
        decides=("client.honours-retry-after",),
    )


SPACE: Final[Mapping[str, Sequence[Any]]] = MappingProxyType(
    {
        "report": EXPORTS,
        "days": range(1, 32),
        "back": range(1, 700),
        "outcome": ("completed", "lagging", "expired", "failed"),
        "minutes": range(1, 181),
    }
)


def any_story(point: Mapping[str, Any], _time: Time) -> Story:
    """An export, a range, a time and an outcome."""
    outcome, failed = point["outcome"], point["outcome"] == "failed"
    rules = {
        "failed": "client.stops-at-failed",
        "lagging": "client.waits-for-link",
        "expired": "client.resubmits-expired",
    }
    return Story(
        id="khoros.any",
        rule=rules.get(outcome, "client.delivers-every-row"),
        title=f"{point['report']} over {point['days']} days is {outcome} after {point['minutes']} minutes",
        ask=Ask(point["report"], days=point["days"], back=point["back"], rows=0),
        ends=Ends.ERROR if failed else Ends.ROWS,
        setup=(plan(outcome, time=f"{point['minutes']}m", times=1 if outcome == "expired" else 50),),
    )


PROFILE: Final = Profile(
    vendor=VENDOR,
    reading=READING,
    bounds=bounds,
    stories=stories,
    space=SPACE,
    any_story=any_story,
    options={"reportFormat": ("json", "csv")},
)
