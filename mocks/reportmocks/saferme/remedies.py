"""What a call could have asked for instead: channels, fields and dates that there are."""

from collections.abc import Iterable

from reportfixtures.saferme_questions import Channel, SaferMeWorld
from reportmocks.kernel.clock import DAY, iso
from reportmocks.kernel.remedies import Change, Remedy
from reportmocks.kernel.sandbox import Sandbox


def example(sandbox: Sandbox, world: SaferMeWorld, name: str) -> Remedy | None:
    """A value for a parameter that must be there: the last seven days, and a channel that can be read."""
    if name == "start_date":
        return Remedy(changes=(Change(name, iso(sandbox.now - 7 * DAY)),))
    if name == "end_date":
        return Remedy(changes=(Change(name, iso(sandbox.now)),))
    return with_channel(sandbox, world) if name == "channel_id" else with_field(world.team.channels)


def with_channel(sandbox: Sandbox, world: SaferMeWorld) -> Remedy | None:
    """A channel that the caller may read."""
    there = (channel for channel in world.team.channels if channel.operated and channel.created < sandbox.now)
    found = next(there, None)
    return None if found is None else Remedy(changes=(Change("channel_id", found.id),))


def with_field(channels: Iterable[Channel]) -> Remedy | None:
    """A field whose selections count, and the first channel that has one."""
    for channel in channels:
        for field in channel.fields:
            if field.selected:
                return Remedy(changes=(Change("channel_id", channel.id), Change("field_id", field.id)))
    return None
