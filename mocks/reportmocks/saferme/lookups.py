"""What the identifiers in SaferMe's rows mean: forms, channels, report states, categories and users."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from flask import Response

from reportcontracts.rules import RuleValues
from reportfixtures.saferme_questions import Category, Channel, SaferMeWorld, State, User
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.refusals import NotFound
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.saferme import parameters, things
from reportmocks.saferme.paging import asked_page
from reportmocks.saferme.parameters import NOBODY, Query
from reportmocks.saferme.replies import found
from reportmocks.saferme.tokens import Session, called_by
from reportmocks.saferme.worlds import caller, team_world

T = TypeVar("T")

RULE: Final = "saferme.unknown-lookup"


@dataclass(frozen=True, slots=True)
class Lookup:
    """A look-up being answered: by which rules, in which world, at which instant, for whom."""

    sandbox: Sandbox
    session: Session
    world: SaferMeWorld
    query: Query

    @classmethod
    def of(cls, kernel: Kernel) -> "Lookup":
        """That of the current request."""
        sandbox, session = called_by(kernel)
        return cls(sandbox, session, team_world(sandbox), parameters.read(sandbox.rules))

    @property
    def rules(self) -> RuleValues:
        """The sandbox's rules."""
        return self.sandbox.rules

    @property
    def now(self) -> int:
        """The sandbox's time."""
        return self.sandbox.now

    @property
    def channels(self) -> list[Channel]:
        """The channels that are there now."""
        return [channel for channel in self.world.team.channels if channel.created < self.now]

    def channel(self, given: str) -> Channel:
        """The channel that a path names."""
        return _there("Channel", given, self.world.team.channel(number(given), self.now))

    def single(self, told: dict[str, Any], hidden: tuple[str, ...] = ()) -> Response:
        """One thing, with the members that are there by default and those that `fields` adds."""
        return found(self.rules, things.chosen(told, hidden, parameters.names(self.query)))

    def listing(
        self,
        resource: str,
        listed: Sequence[T],
        tell: Callable[[T], dict[str, Any]],
        hidden: tuple[str, ...] = (),
    ) -> Response:
        """A page of things, each like one by itself."""
        fields = parameters.names(self.query)
        return self.page(resource, listed, lambda thing: things.chosen(tell(thing), hidden, fields))

    def page(self, resource: str, listed: Sequence[T], tell: Callable[[T], dict[str, Any]]) -> Response:
        """A page of things."""
        page = asked_page(self.rules)
        headers = page.told(resource, len(listed))
        return found(self.rules, [tell(thing) for thing in page.of(listed)], page.status, headers=headers)

    def filtered(self) -> list[Channel]:
        """The channels that the query's filters leave."""
        ids, team = (parameters.identifiers(self.query, name) for name in ("ids", "team_id"))
        only = self.query.single.get("include_addon_channels") == "only"
        operated = self.query.single.get("only_operable_by_me") == "true"
        return [
            channel
            for channel in ([] if only or self._another_team(team) else self.channels)
            if (ids is None or channel.id in ids)
            and (channel.operated or not operated)
            and self.updated(things.updated(channel, self.now))
        ]

    def _another_team(self, teams: tuple[int, ...] | None) -> bool:
        return bool(teams) and self.world.team.id not in (teams or ())

    def updated(self, instant: int) -> bool:
        """Whether something that was updated at this instant passes `updated_after`."""
        given = self.query.single.get("updated_after", "")
        if not given.strip():
            return True
        return instant * 1000 > parameters.microseconds(self.rules, "updated_after", given)

    def states(self) -> list[tuple[Channel, State]]:
        """The report states that the query's filters leave."""
        teams, channels = (parameters.identifiers(self.query, name) for name in ("team_id", "channel_id"))
        return [
            (channel, state)
            for channel in ([] if self._another_team(teams) else self.channels)
            if (not channels or channel.id in channels) and self.updated(channel.created)
            for state in channel.states
        ]


def number(given: str) -> int:
    """The identifier in a path; `NOBODY` for what is none."""
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 18 else NOBODY


def _there(kind: str, given: str, thing: T | None) -> T:
    if thing is None:
        raise NotFound(rule=RULE, kind=kind, name=given)
    return thing


def forms(kernel: Kernel) -> Response:
    """Every channel's form."""
    its = Lookup.of(kernel)
    return its.listing("forms", its.filtered(), lambda channel: things.form(its.sandbox, its.world, channel))


def form(kernel: Kernel, given: str) -> Response:
    """One form, whose identifier is that of its channel."""
    its = Lookup.of(kernel)
    channel = _there("Form", given, its.world.team.channel(number(given), its.now))
    return its.single(things.form(its.sandbox, its.world, channel))


def form_of_channel(kernel: Kernel, given: str) -> Response:
    """The form of a channel."""
    its = Lookup.of(kernel)
    return its.single(things.form(its.sandbox, its.world, its.channel(given)))


def channels(kernel: Kernel) -> Response:
    """The channels, by name."""
    its = Lookup.of(kernel)
    listed = sorted(its.filtered(), key=lambda channel: (channel.name, channel.id))
    return its.listing(
        "channels",
        listed,
        lambda channel: things.channel(its.sandbox, its.world, channel),
        things.CHANNEL_HIDDEN,
    )


def channel(kernel: Kernel, given: str) -> Response:
    """One channel."""
    its = Lookup.of(kernel)
    return its.single(things.channel(its.sandbox, its.world, its.channel(given)), things.CHANNEL_HIDDEN)


def states(kernel: Kernel, given: str | None = None) -> Response:
    """The report states of all channels, or of one."""
    its = Lookup.of(kernel)
    listed = its.states()
    if given is not None:
        its_channel = its.channel(given)
        listed = [(channel, state) for channel, state in listed if channel is its_channel]
    return its.listing(
        "report_states", listed, lambda pair: things.state(its.sandbox, *pair), things.STATE_HIDDEN
    )


def state(kernel: Kernel, given: str, channel_id: str | None = None) -> Response:
    """One report state, of any channel or of the one named."""
    its = Lookup.of(kernel)
    among = its.channels if channel_id is None else [its.channel(channel_id)]
    pairs = ((channel, state) for channel in among for state in channel.states if state.id == number(given))
    pair = _there("Report state", given, next(pairs, None))
    return its.single(things.state(its.sandbox, *pair), things.STATE_HIDDEN)


def categories(kernel: Kernel, channel_id: str) -> Response:
    """The categories of a channel, with nothing but what `fields` names."""
    its = Lookup.of(kernel)
    its_channel = its.channel(channel_id)
    fields = parameters.names(its.query) or ("id",)

    def tell(category: Category) -> dict[str, Any]:
        return things.picked(things.category(its_channel, category), fields)

    return its.page("categories", its_channel.categories, tell)


def category(kernel: Kernel, channel_id: str, given: str) -> Response:
    """One category of a channel, with everything or with what `fields` names."""
    its = Lookup.of(kernel)
    its_channel = its.channel(channel_id)
    among = (category for category in its_channel.categories if category.id == number(given))
    told = things.category(its_channel, _there("Category", given, next(among, None)))
    fields = parameters.names(its.query)
    return found(its.rules, things.picked(told, fields) if fields else told)


def user(kernel: Kernel, given: str, channel_id: str | None = None) -> Response:
    """One user, of the team or of a channel; `me` is the caller."""
    its = Lookup.of(kernel)
    among = its.world.team.users if channel_id is None else _members(its, channel_id)
    me = caller(its.world, its.session.email, its.now)
    wanted = me.id if given == "me" else number(given)
    users = (user for user in among if user.id == wanted and user.joined < its.now)
    return its.single(things.user(_there("User", given, next(users, None))))


def users(kernel: Kernel, channel_id: str) -> Response:
    """The members of a channel."""
    its = Lookup.of(kernel)
    return its.listing("users", _members(its, channel_id), things.user)


def _members(its: Lookup, channel_id: str) -> list[User]:
    members = [its.world.team.user(member, its.now) for member in its.channel(channel_id).members]
    return [member for member in members if member is not None]
