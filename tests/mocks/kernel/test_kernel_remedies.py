"""Remedies: what a refusal knows would have worked, and how they add up to a whole request."""

from typing import Any

import pytest

from reportmocks.kernel.refusals import (
    BadParameter,
    JobFailed,
    LinkTampered,
    MissingParameter,
    NotFound,
    RateLimited,
    Refusal,
    TooManyInFlight,
    TwoCredentials,
    WrongMethod,
)
from reportmocks.kernel.remedies import ATTEMPTS, Change, Remedy, changed, changed_object, completed
from support.kernels import START

Given = dict[str, list[str]]


def read(given: Given) -> Given:
    """A reader that wants a `start` of one digit and takes nothing but `a` and `start`."""
    for name in given:
        if name not in ("a", "start"):
            raise BadParameter(name=name, given=given[name], expected="nothing")
    if "start" not in given:
        raise MissingParameter(name="start", expected="a digit", valid="1")
    if given["start"] == ["endless"]:
        raise BadParameter(name="start", given="endless", expected="a digit", valid="endless")
    if len(given["start"][0]) > 1:
        raise BadParameter(name="start", given=given["start"], expected="a digit", valid=given["start"][0][0])
    return given


@pytest.mark.parametrize(
    ("given", "fixed"),
    [
        ({}, {"start": ["1"]}),
        ({"b": ["2"], "c": ["3"]}, {"start": ["1"]}),
        ({"a": ["7"], "start": ["42"], "b": [""]}, {"a": ["7"], "start": ["4"]}),
    ],
)
def test_remedies_add_up_until_the_reader_accepts(given: Given, fixed: Given) -> None:
    """One refusal tells of one thing, but a request can have more than that wrong with it."""
    with (
        pytest.raises(Refusal) as refused,
        completed(lambda changes: read(changed(given, changes))),
    ):
        read(given)
    remedy = refused.value.remedy
    assert remedy is not None
    assert changed(given, remedy.changes) == fixed


def test_where_no_remedy_helps_there_is_none() -> None:
    """After a bounded number of attempts."""
    asked = []

    def again(changes: tuple[Change, ...]) -> Given:
        asked.append(changes)
        return read(changed({"start": ["endless"]}, changes))

    with pytest.raises(BadParameter) as refused, completed(again):
        read({"start": ["endless"]})
    assert refused.value.remedy is None
    assert len(asked) == ATTEMPTS


def test_a_refusal_without_changes_is_left_alone() -> None:
    """The end of a wait needs nobody to read the request again."""

    def never(_: tuple[Change, ...]) -> None:
        raise AssertionError

    with pytest.raises(RateLimited) as refused, completed(never):
        raise RateLimited(limit=1, unit="runs", window=60_000, frees=START + 1, now=START)
    assert refused.value.remedy == Remedy(after=START + 1)


@pytest.mark.parametrize(
    ("refusal", "remedy"),
    [
        (NotFound(kind="Report", name="vews", known=("users", "views")), Remedy(path=("vews", "views"))),
        (NotFound(kind="Report", name="vews"), None),
        (WrongMethod(method="PUT", allowed=("GET", "HEAD")), Remedy(method="GET")),
        (BadParameter(name="a", given="b", expected="c"), Remedy(changes=(Change("a"),))),
        (BadParameter(name="a", given="b", expected="c", valid=7), Remedy(changes=(Change("a", 7),))),
        (MissingParameter(name="a", expected="c"), None),
        (TooManyInFlight(limit=3, frees=START), Remedy(after=START)),
        (TwoCredentials(), Remedy(changes=(Change("Authorization", None, "header"),))),
        (LinkTampered(), None),
    ],
)
def test_a_refusal_knows_its_remedy(refusal: Refusal, remedy: Remedy | None) -> None:
    """By its kind and its fields, unless whoever refuses knows better."""
    assert refusal.remedy == remedy
    refusal.suggested = Remedy(needs="patience")
    assert refusal.remedy == Remedy(needs="patience")


def test_a_failed_job_is_asked_for_again() -> None:
    """The same request is another run."""
    remedy = JobFailed(job="7").remedy
    assert remedy is not None
    assert remedy.changes == ()


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (Change("a", "2"), {"a": ["2"], "b": ["x", "y"]}),
        (Change("b", "x"), {"a": ["1"], "b": ["x"]}),
        (Change("b", ["x", "z"]), {"a": ["1"], "b": ["x", "z"]}),
        (Change("a"), {"b": ["x", "y"]}),
        (Change("c", 3), {"a": ["1"], "b": ["x", "y"], "c": ["3"]}),
        (Change("c", 3, "present"), {"a": ["1"], "b": ["x", "y"]}),
    ],
)
def test_parameters_are_changed(change: Change, after: Given) -> None:
    """Each by name, with all of its values."""
    given = {"a": ["1"], "b": ["x", "y"]}
    assert changed(given, [change]) == after
    assert given == {"a": ["1"], "b": ["x", "y"]}


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (Change("a.b", 2), {"a": {"b": 2, "c": 3}, "d": 4}),
        (Change("a.c"), {"a": {"b": 1}, "d": 4}),
        (Change("d.e", 5), {"a": {"b": 1, "c": 3}, "d": {"e": 5}}),
        (Change("f", []), {"a": {"b": 1, "c": 3}, "d": 4, "f": []}),
    ],
)
def test_members_are_changed(change: Change, after: dict[str, Any]) -> None:
    """Dots lead into objects; what is no object there is replaced by one."""
    given = {"a": {"b": 1, "c": 3}, "d": 4}
    assert changed_object(given, [change]) == after
    assert given == {"a": {"b": 1, "c": 3}, "d": 4}
