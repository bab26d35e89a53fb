"""The client rulebook, and the stories that decide its rules."""

import pytest

from reportcontracts.errors import ContractError
from reportcontracts.kit.client_rules import Severity, load_client_rules, parse_client_rules, rules_for
from reportcontracts.kit.conduct import CONDUCT
from reportcontracts.kit.draws import Draws
from reportcontracts.kit.order import Order
from reportcontracts.kit.profile import NO_TROUBLE, checked, profile
from reportcontracts.kit.stories import Need, Time, chosen
from reportcontracts.names import VENDORS
from reportcontracts.switches import Evidence

RULE = """
[[rule]]
id = "client.waits"
sentence = "It waits."
reason = "Because."
severity = "error"
"""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (RULE, "one vendor at least"),
        (f"{RULE}[rule.on]\nnobody = []", "no vendor"),
        (f'{RULE}[rule.on]\nhapyak = ["hapyak.nothing"]', "has no hapyak.nothing"),
        (f"{RULE}[rule.on]\nhapyak = []", "evidence"),
        (f'{RULE}evidence = "sure"\n[rule.on]\nhapyak = []', "documented"),
        (f'{RULE}colour = "red"\n[rule.on]\nhapyak = ["hapyak.key"]', "unknown key"),
        (f'{RULE.replace("client.waits", "waits")}[rule.on]\nhapyak = ["hapyak.key"]', "client.some-name"),
        (f'{RULE.replace("error", "grave")}[rule.on]\nhapyak = ["hapyak.key"]', "error, warning, advice"),
        (f'{RULE}[rule.on]\nhapyak = ["hapyak.key"]\n' * 2, "two rules"),
    ],
)
def test_a_mistake_in_the_rulebook_is_an_error(text: str, why: str) -> None:
    """With what is wrong: a rule that nothing judges would pass for ever."""
    with pytest.raises(ContractError, match=why):
        parse_client_rules(text, origin="test")


def test_a_rule_is_as_sure_as_what_it_stands_on() -> None:
    """The least sure of the vendor's rules decides, unless the rule says it itself."""
    rules = load_client_rules()
    assert rules["client.honours-retry-after"].evidence("hapyak") is Evidence.ASSUMED
    assert rules["client.honours-retry-after"].evidence("echo360") is Evidence.DOCUMENTED
    assert rules["client.gives-up"].evidence("khoros") is Evidence.INFERRED
    with pytest.raises(ContractError):
        rules["client.sends-send-status"].evidence("khoros")


@pytest.mark.parametrize("time", Time)
@pytest.mark.parametrize("vendor", VENDORS)
def test_every_rule_of_a_vendor_is_decided(vendor: str, time: Time) -> None:
    """By a story's end, or by conduct; and no story is by a rule that is not for its vendor."""
    stories = profile(vendor).stories(time)
    ends = {story.rule for story in stories}
    rules = set(rules_for(vendor))
    assert ends | {rule for story in stories for rule in story.decides} <= rules
    assert rules <= ends | set(CONDUCT) | {"client.delivers-every-row"}


@pytest.mark.parametrize("vendor", VENDORS)
def test_stories_have_names_of_their_own(vendor: str) -> None:
    """The same by either clock, so that a verdict can be held against an earlier one."""
    wall, shim = ([story.id for story in profile(vendor).stories(time)] for time in Time)
    assert wall == shim
    assert len(set(wall)) == len(wall)
    assert all(name.startswith(f"{vendor}.") for name in wall)


def test_stories_are_chosen_by_rule_and_by_name() -> None:
    """A rule chooses every story that is there for it."""
    stories = profile("echo360").stories(Time.SHIM)
    by_rule = {story.id for story in chosen(stories, ["client.polls-politely"], [])}
    assert by_rule == {"echo360.slow"}
    assert [story.id for story in chosen(stories, ["echo360.text"], [])] == ["echo360.text"]
    left = {story.rule for story in chosen(stories, [], ["client.gives-up", "echo360.text"])}
    assert "client.gives-up" not in left
    assert "client.reads-text" in left


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_point_makes_a_story(vendor: str) -> None:
    """Of a rule that the vendor has, whatever is drawn."""
    its = profile(vendor)
    for number in range(200):
        draws = Draws(1, number)
        space = its.drawn_from({Need.OPTIONS})
        point = {name: draws.pick(choices) for name, choices in space.items()}
        assert checked(space, point) == point
        story = its.drawn_story(point, Time.SHIM)
        assert story.rule in rules_for(vendor)
        assert any(step.path == "faults" for step in story.setup) is (point["trouble"] != NO_TROUBLE)
        assert story.needs <= {Need.OPTIONS}


def test_options_are_drawn_for_clients_that_take_them() -> None:
    """Another client is never asked for a form that it cannot have."""
    its = profile("echo360")
    assert "delimiter" in its.drawn_from({Need.OPTIONS})
    assert "delimiter" not in its.drawn_from(set())
    plain = {name: choices[0] for name, choices in its.drawn_from({Need.OPTIONS}).items()}
    assert its.drawn_story(plain, Time.SHIM).needs == frozenset()
    tabs = its.drawn_story({**plain, "delimiter": "\t"}, Time.SHIM)
    assert (tabs.needs, tabs.ask.options) == ({Need.OPTIONS}, {"delimiter": "\t"})


def test_draws_repeat_and_differ() -> None:
    """By seed and by path; and they reach every choice."""
    assert [Draws(1, 2).whole(0, 10**9) for _ in range(2)] == [Draws(1, 2).whole(0, 10**9)] * 2
    assert len({Draws(seed, path).whole(0, 10**9) for seed in range(20) for path in range(20)}) == 400
    draws = Draws(3)
    assert {draws.pick("abc") for _ in range(100)} == set("abc")


def test_an_order_needs_no_more_than_a_vendor() -> None:
    """What is not said has a default, and errors are what counts."""
    assert Order(vendor="hapyak").time is Time.WALL
    assert [severity.value for severity in Severity] == ["error", "warning", "advice"]
