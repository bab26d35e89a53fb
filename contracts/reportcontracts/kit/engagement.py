"""Engagement reports as the kit knows them: one call starts a run and looks at it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

from reportcontracts.kit import common
from reportcontracts.kit.acts import Kind, Reading
from reportcontracts.kit.control import clock, plan, switch
from reportcontracts.kit.profile import Profile
from reportcontracts.kit.stories import Ask, Ends, Need, Story, Time, Trigger, by_rule

API: Final = "/api/reports/v2/"
STREAMS: Final = (
    "poll_widget_detail", "signin_widget_detail",
    "user_stream_raw", "project_stream_raw", "experience_stream_raw",
)  # fmt: skip
SUMMARIES: Final = ("project_engagement_summary_raw", "user_engagement_summary_raw")
HALF_A_YEAR: Final = 180
"""Days that are never longer than six months."""

STREAM: Final = Ask("user_stream_raw")
POLLS: Final = Ask("poll_widget_detail", days=20)


def kind(_method: str, path: str, _rules: tuple[str, ...]) -> Kind:
    """What a request is; a look at a run that there is not yet is made its submission by who reads acts."""
    if path.endswith("/access_token"):
        return Kind.TOKEN
    if API in path:
        return Kind.POLL
    return Kind.ROWS if "/v1/accounts/" in path else Kind.OTHER


def bounds(_report: str, first: date, days: int) -> tuple[str, str]:
    """Days as the engagement reports take them: the end is the last of them."""
    return first.isoformat(), (first + timedelta(days - 1)).isoformat()


def profile(vendor: str) -> Profile:
    """The profile of a vendor of engagement reports."""
    return Profile(
        vendor=vendor,
        reading=Reading(
            kind=kind,
            pending=frozenset({f"{vendor}.running", f"{vendor}.no-send-status"}),
            over=frozenset({f"{vendor}.failed"}),
            rates=frozenset(f"{vendor}.rate-{span}" for span in ("minute", "hour", "day")),
            one_call=True,
        ),
        bounds=bounds,
        stories=lambda time: stories(vendor, time),
        space=SPACE,
        any_story=lambda point, _time: any_story(vendor, point),
        options={"format": ("csv", "json")},
    )


def stories(vendor: str, time: Time) -> tuple[Story, ...]:
    """The stories of engagement reports."""
    forms = {form: {"format": form} for form in ("csv", "json")}
    tokens = (_token_expires(vendor, time),) if vendor == "brightcove" else ()
    return (
        common.ordinary(vendor, STREAM, "client.sends-send-status"),
        common.slow(vendor, Ask(SUMMARIES[0], days=7), time),
        common.never(vendor, STREAM, time),
        common.over(vendor, STREAM, "failed"),
        common.refused(vendor, STREAM),
        common.killed(vendor, STREAM),
        *_limits(vendor),
        *tokens,
        common.empty(vendor, POLLS),
        common.text(vendor, POLLS),
        common.nasty(vendor, STREAM),
        *common.formats(vendor, STREAM, forms),
        *(_at_once(story) for story in _faults(vendor)),
    )


def _faults(vendor: str) -> tuple[Story, ...]:
    """The second call for a report, which brings its rows, or any, goes wrong."""
    return (
        *common.faulty(vendor, STREAM, download="api"),
        common.damaged(vendor, STREAM, common.fault("garbage", path=f"*{API}*", nth=2)),
    )


def _at_once(story: Story) -> Story:
    """The story with a report that is ready when it is looked at for the first time."""
    return replace(story, setup=(plan(time="1s"), *story.setup))


def _limits(vendor: str) -> tuple[Story, ...]:
    rate = f"{vendor}.rate-minute"
    return (
        Story(
            id=f"{vendor}.rate-limited",
            rule="client.backs-off",
            title="The minute's runs are used up by somebody else",
            ask=STREAM,
            setup=(switch(rate, value=0),),
            triggers=(Trigger(by_rule(rate), times=2, steps=(switch(rate, value=4),)),),
            decides=("client.honours-retry-after",),
        ),
        Story(
            id=f"{vendor}.long-range",
            rule="client.splits-range",
            title="Two hundred days are asked for, and six months are the longest range",
            ask=Ask("user_stream_raw", days=200, every_day=True),
            setup=(plan(time="30m", times=20),),
            decides=("client.keeps-range",),
        ),
        Story(
            id=f"{vendor}.row-cap",
            rule="client.notices-row-cap",
            title="A report has more rows than the row cap allows",
            ask=Ask("project_stream_raw", days=14),
            ends=Ends.NOTICE,
            cap=f"{vendor}.row-cap",
            needs=frozenset({Need.ROW_CAP}),
        ),
    )


def _token_expires(vendor: str, time: Time) -> Story:
    life, after = switch(f"{vendor}.token-life", value=5), clock(advance="6s")
    return Story(
        id=f"{vendor}.token-expires",
        rule="client.renews-token",
        title="The access token expires while a report is in work",
        ask=STREAM,
        setup=(plan(time="1h"),) if time is Time.SHIM else (life, plan(polls=4)),
        triggers=() if time is Time.SHIM else (Trigger(by_rule(f"{vendor}.running"), steps=(after,)),),
    )


SPACE: Final[Mapping[str, Sequence[Any]]] = MappingProxyType(
    {
        "report": (*STREAMS, *SUMMARIES),
        "days": range(1, HALF_A_YEAR + 1),
        "back": range(1, 700),
        "outcome": ("done", "failed"),
        "minutes": range(1, 181),
    }
)


def any_story(vendor: str, point: Mapping[str, Any]) -> Story:
    """A report, a range, a time and an outcome."""
    failed = point["outcome"] == "failed"
    return Story(
        id=f"{vendor}.any",
        rule="client.stops-at-failed" if failed else "client.delivers-every-row",
        title=f"{point['report']} over {point['days']} days is {point['outcome']}",
        ask=Ask(point["report"], days=point["days"], back=point["back"], rows=0),
        ends=Ends.ERROR if failed else Ends.ROWS,
        setup=(plan(point["outcome"], time=f"{point['minutes']}m", times=50),),
    )
