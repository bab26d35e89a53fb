"""A switch takes what its rule allows and nothing else, from JSON and from a command line."""

from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportcontracts import Evidence, Switch, SwitchError
from reportcontracts.rules import Value


def switch(default: Value, *choices: Value, minimum: int | None = None, maximum: int | None = None) -> Switch:
    """A switch with the given default and what else it takes."""
    return Switch(
        rule="echo360.in-flight",
        name="value",
        default=default,
        meaning="how many",
        unit="jobs" if minimum is not None else None,
        minimum=minimum,
        maximum=maximum,
        choices=choices,
        evidence=Evidence.DOCUMENTED,
    )


def outcome(attempt: Callable[[], Value]) -> tuple[Value | None, SwitchError | None]:
    """What comes of an attempt: a value, or the one error that is allowed."""
    try:
        return attempt(), None
    except SwitchError as error:
        return None, error


NUMBER: Final = switch(3, minimum=0, maximum=1000)
STATUS: Final = switch(400, 400, 409, 429)
FLAG: Final = switch(default=True)
WORD: Final = switch("clamp", "clamp", "refuse")
ALL: Final = (NUMBER, STATUS, FLAG, WORD)

JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=3,
)


@pytest.mark.parametrize(
    ("at", "value"), [(NUMBER, 0), (NUMBER, 1000), (STATUS, 429), (FLAG, False), (WORD, "refuse")]
)
def test_allowed_value_is_taken(at: Switch, value: Value) -> None:
    """Both bounds and every choice are allowed."""
    assert at.check(value) is value


@pytest.mark.parametrize(
    ("at", "value"),
    [
        *((NUMBER, value) for value in (-1, 1001, True, 3.0, "3", None)),
        pytest.param(NUMBER, 10**5000, id="huge"),
        *((STATUS, value) for value in (418, "409")),
        *((FLAG, value) for value in (1, "true")),
        *((WORD, value) for value in ("CLAMP", "", ["clamp"])),
    ],
)
def test_other_value_is_refused_with_what_is_allowed(at: Switch, value: object) -> None:
    """The error names the switch, what came, and what could have come."""
    with pytest.raises(SwitchError) as caught:
        at.check(value)
    assert (caught.value.rule, caught.value.field) == ("echo360.in-flight", "value")
    assert caught.value.given is value
    assert caught.value.allowed in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("at", "text", "value"),
    [
        (NUMBER, "0", 0), (NUMBER, "1_000", 1000), (STATUS, "409", 409), (WORD, "refuse", "refuse"),
        (FLAG, "true", True), (FLAG, "off", False), (FLAG, "ON", True), (FLAG, "False", False),
    ],
)  # fmt: skip
def test_text_of_a_command_line_stands_for_its_value(at: Switch, text: str, value: Value) -> None:
    """`--rule` and environment variables are texts."""
    assert at.parse(text) == value
    assert type(at.parse(text)) is type(value)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        *(
            (NUMBER, text)
            for text in ("", "three", "3.0", "1e2", " 3", "\N{ARABIC-INDIC DIGIT ONE}", "5_", "true")
        ),
        pytest.param(NUMBER, "9" * 5000, id="huge"),
        (STATUS, "418"),
        *((FLAG, text) for text in ("yes please", "", "1")),
        (WORD, "refused"),
    ],
)
def test_other_text_is_refused(at: Switch, text: str) -> None:
    """A text is never bent until it fits."""
    with pytest.raises(SwitchError):
        at.parse(text)


@given(st.sampled_from(ALL), JSON)
def test_whatever_comes_is_taken_unchanged_or_refused_by_name(at: Switch, value: object) -> None:
    """No value of JSON gets through as another one, or raises anything else."""
    taken, error = outcome(lambda: at.check(value))
    if error is None:
        assert type(taken) is type(at.default)
        assert taken == value
    else:
        assert error.allowed == at.allowed


@given(st.sampled_from(ALL), st.text())
def test_whatever_text_comes_is_parsed_or_refused_by_name(at: Switch, text: str) -> None:
    """No text raises anything but the switch's own error."""
    value, error = outcome(lambda: at.parse(text))
    assert error is not None or at.check(value) == value


@pytest.mark.parametrize("at", ALL)
def test_default_survives_its_own_text(at: Switch) -> None:
    """What a table of rules prints can be typed back."""
    assert at.parse(str(at.default)) == at.default


def test_switch_for_json_leaves_out_what_it_has_not() -> None:
    """No member is null: absent says it."""
    assert FLAG.as_dict() == {"default": True, "meaning": "how many", "evidence": "documented"}
    assert STATUS.as_dict()["choices"] == [400, 409, 429]
    assert NUMBER.as_dict()["maximum"] == 1000
