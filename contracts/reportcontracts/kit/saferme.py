"""SaferMe as the kit knows it: nine calls that are answered at once."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

from reportcontracts.kit import common
from reportcontracts.kit.acts import Act, Kind, Reading
from reportcontracts.kit.control import clock, switch
from reportcontracts.kit.profile import Profile
from reportcontracts.kit.stories import Ask, Ends, Need, Story, Time, Trigger

VENDOR: Final = "saferme"
API: Final = "/api/v4/analytics/"
CHANNEL: Final[dict[str, str]] = {"channel_id": "1"}
MORE: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "reports_per_field_selection": {"field_id": "2"},
        "reports_read": {"fields": "total_reads,reports_seen,report_readers,unique_reads"},
        "user_awareness": {"fields": "total_alerts,alert_source_reports,unique_alerts,alerts_opened"},
    }
)
"""What calls need, or take to say all that they know, besides the channel."""
CALLS: Final = (
    "reports_per_state", "reports_over_time", "reports_per_user", "reports_per_day_hour",
    "reports_per_week_day", "reports_images", "reports_read", "reports_per_field_selection", "user_awareness",
)  # fmt: skip

IMAGES: Final = Ask("reports_images", days=20, parameters=CHANNEL)
STATES: Final = Ask("reports_per_state", days=20, parameters=CHANNEL)


def kind(_method: str, path: str, _rules: tuple[str, ...]) -> Kind:
    """What a request to SaferMe is."""
    if API in path:
        return Kind.ROWS
    return Kind.TOKEN if path.endswith("/session") else Kind.OTHER


READING: Final = Reading(kind=kind, pending=frozenset(), over=frozenset(), rates=frozenset())


def bounds(_report: str, first: date, days: int) -> tuple[str, str]:
    """Days in UTC as SaferMe takes them: instants, of which the last belongs to the range."""
    last = first + timedelta(days - 1)
    return f"{first.isoformat()}T00:00:00.000Z", f"{last.isoformat()}T23:59:59.999Z"


def stories(_time: Time) -> tuple[Story, ...]:
    """The stories of SaferMe: a call of each kind, and what goes wrong with any."""
    return (
        Story(
            id="saferme.ordinary", rule="client.finishes", title="Reports by state are asked for", ask=STATES
        ),
        *(
            Story(
                id=f"saferme.{call.replace('_', '-')}",
                rule="client.delivers-every-row",
                title=f"{call} is asked for",
                ask=_ask(call, 60, 10),
            )
            for call in CALLS[1:]
        ),
        common.refused(VENDOR, STATES),
        common.empty(VENDOR, IMAGES),
        common.nasty(VENDOR, _ask("reports_per_field_selection", 60, 10)),
        *common.faulty(VENDOR, IMAGES, download="api", nth=1),
        common.damaged(VENDOR, IMAGES, common.fault("garbage", path=f"*{API}*", times=1)),
        *_signing_in(),
    )


def _signing_in() -> tuple[Story, ...]:
    """The stories of a client that signs in for its access token."""
    life = "saferme.session-life"
    needs = frozenset({Need.SESSIONS})
    return (
        Story(
            id="saferme.token-expires",
            rule="client.renews-token",
            title="The access token expires a day after the client has signed in, and a day passes",
            ask=STATES,
            setup=(switch(life, value=1),),
            triggers=(Trigger(_signed_in, steps=(clock(advance="25h"),)),),
            needs=needs,
        ),
        Story(
            id="saferme.token-refused",
            rule="client.stops-at-refusal",
            title="Signing in works, and every access token that it gives is refused",
            ask=STATES,
            ends=Ends.ERROR,
            setup=(switch(life, value=0),),
            needs=needs,
        ),
    )


def _signed_in(act: Act) -> bool:
    return act.kind is Kind.TOKEN and act.status < 400


def _ask(call: str, days: int, back: int) -> Ask:
    return Ask(call, days=days, back=back, rows=0, parameters={**CHANNEL, **MORE.get(call, {})})


SPACE: Final[Mapping[str, Sequence[Any]]] = MappingProxyType(
    {"report": CALLS, "days": range(32, 366), "back": range(1, 700)}
)
"""Of shorter and longer ranges the expected rows by time are in other steps than those of the call."""


def any_story(point: Mapping[str, Any], _time: Time) -> Story:
    """A call and a range."""
    return Story(
        id="saferme.any",
        rule="client.delivers-every-row",
        title=f"{point['report']} over {point['days']} days",
        ask=_ask(point["report"], point["days"], point["back"]),
    )


PROFILE: Final = Profile(
    vendor=VENDOR,
    reading=READING,
    bounds=bounds,
    stories=stories,
    space=SPACE,
    any_story=any_story,
    nth=1,
    selects=("channel_id", "field_id"),
)
