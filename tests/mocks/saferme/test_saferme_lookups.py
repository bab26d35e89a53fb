"""What the identifiers in rows mean: forms, channels, report states, categories and users, page by page."""

import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from reportcontracts.validation import violations
from support.answers import rules_of
from support.saferme import CLOSED, LATER, SaferMe, assert_invalid, assert_refused, total

TYPES: Final = {
    "BulletedList", "Category", "CheckBox", "DateAndTime", "Description", "DropDown", "ExternalAttendees",
    "FileUpload", "FreeText", "Image", "IntegerRange", "InternalAttendees", "LongTextBox", "NumberedList",
    "RadioButton", "RelativePosition", "ReportState", "ReportViewers", "Reporter", "RiskMatrix",
    "SectionBreak", "ShortTextBox", "Signature",
}  # fmt: skip
"""Every type of field that the docs or the vendor's client have."""

LISTS: Final = {
    "forms": "form",
    "channels": "channel",
    "report_states": "report-state",
    "channels/1/report_states": "report-state",
    "channels/1/users": "user",
}


@pytest.mark.parametrize(("path", "schema"), LISTS.items())
def test_lists_have_the_documented_members(saferme: SaferMe, path: str, schema: str) -> None:
    """saferme.lookups: and so has each of their things by itself, which is the same."""
    listed = saferme.found(path)
    assert listed
    for thing in listed:
        assert violations("saferme", schema, thing) == []
        assert saferme.found(f"{path}/{thing['id']}") == thing


def test_categories_by_themselves_have_everything(saferme: SaferMe) -> None:
    """saferme.category-fields: all fields are returned unless some are named."""
    whole = saferme.found("channels/1/categories/2")
    assert violations("saferme", "category", whole) == []
    assert saferme.found("channels/1/categories/2", fields="name,parent") == {
        "name": whole["name"],
        "parent_id": whole["parent_id"],
    }


def test_a_list_of_categories_has_what_is_named(saferme: SaferMe) -> None:
    """saferme.category-fields: the identifier is the default, and has to be named with others."""
    assert all(list(category) == ["id"] for category in saferme.found("channels/1/categories"))
    listed = saferme.found("channels/1/categories", fields="id,name,account,children,what")
    assert all(list(category) == ["id", "name", "account_id", "child_ids"] for category in listed)


def test_categories_are_a_tree(saferme: SaferMe) -> None:
    """Each but the first is part of one that is less deep, which names it among its children."""
    fields = "id,depth,parent,children,position"
    listed = {each["id"]: each for each in saferme.found("channels/2/categories", fields=fields)}
    assert {each["depth"] for each in listed.values()} == {0, 1, 2}
    for each in listed.values():
        if each["depth"]:
            parent = listed[each["parent_id"]]
            assert parent["depth"] == each["depth"] - 1
            assert parent["child_ids"][each["position"] - 1] == each["id"]
        else:
            assert each["parent_id"] is None


def test_forms_have_fields_of_every_type(saferme: SaferMe) -> None:
    """saferme.radio: each type there is, and drop-downs that take one option and several."""
    for form in saferme.found("forms"):
        assert {field["field_type"] for field in form["fields"]} == TYPES
        assert [field["form_order"] for field in form["fields"]] == list(range(len(form["fields"])))
        several = {
            json.loads(f["data"])["multi_select"] for f in form["fields"] if f["field_type"] == "DropDown"
        }
        assert several == {False, True}


def test_keys_and_values_have_their_documented_form(saferme: SaferMe) -> None:
    """saferme.option-values: a key is f, channel, version and number; a value adds a version and a number."""
    form = saferme.found("forms/1")
    for field in form["fields"]:
        if field["field_type"] == "RiskMatrix":
            assert len(field["key"]) == len("f_risk_matrix_") + 20
            continue
        f, channel, version, number = field["key"].split("_")
        assert (f, channel, number) == ("f", "1", str(field["form_order"] + 1))
        for option in json.loads(field["data"])["options"] if field["data"] else ():
            added, which = option["value"].removeprefix(f"{field['key']}_").split("_")
            assert int(version) <= int(added) <= form["version"]
            assert int(which) >= 1


def test_the_options_of_a_field_are_json_in_a_string(saferme: SaferMe) -> None:
    """saferme.form-data: or nothing, where the field has none."""
    for field in saferme.found("forms/2")["fields"]:
        assert isinstance(field["data"], str)
        if field["field_type"] in ("DropDown", "RadioButton", "CheckBox"):
            assert json.loads(field["data"])["options"]
        else:
            assert field["data"] == ""


def test_a_form_is_that_of_its_channel(saferme: SaferMe) -> None:
    """saferme.channel-form: the same by the newer path and by the older one below the channel."""
    for channel in saferme.found("channels"):
        form = saferme.found(f"channels/{channel['id']}/form")
        assert form == saferme.found(f"forms/{channel['id']}")
        assert form["name"] == channel["name"]


def test_forms_change_with_time(make_saferme: Callable[..., SaferMe]) -> None:
    """Options come and go with the versions of a form; what came later is not there before."""
    early = make_saferme("2016-02-01T00:00:00Z")
    before = early.found("forms/1")
    early.mock.advance("3650d")
    after = early.found("forms/1")
    assert before["version"] == 3 < after["version"]
    assert before["updated_at"] < after["updated_at"]
    known = [
        {o["value"] for f in form["fields"] if f["data"] for o in json.loads(f["data"])["options"]}
        for form in (before, after)
    ]
    assert known[0] < known[1]
    gone = [
        o for f in after["fields"] if f["data"] for o in json.loads(f["data"])["options"] if not o["enabled"]
    ]
    assert {option["value"] for option in gone} <= known[0]


def test_what_rows_name_can_be_looked_up(saferme: SaferMe) -> None:
    """saferme.lookups: every identifier of every call leads to what it says."""
    for row in saferme.rows("reports_per_state", channel_id=2):
        assert saferme.found(f"report_states/{row['id']}")["name"] == row["name"]
        assert saferme.found(f"channels/2/report_states/{row['id']}")["account_id"] == 2
    users = saferme.found("channels/2/users")
    for row in saferme.rows("user_awareness", channel_id=2):
        (user,) = (user for user in users if user["id"] == row["user_id"])
        assert (user["first_name"], user["last_name"]) == (row["first_name"], row["last_name"])
        assert (
            saferme.found(f"users/{row['user_id']}")
            == saferme.found(f"channels/2/users/{row['user_id']}")
            == user
        )
    assert {row["user_id"] for row in saferme.rows("reports_per_user", channel_id=2)} <= {
        u["id"] for u in users
    }


def test_a_channel_counts_its_reports(saferme: SaferMe) -> None:
    """The same as the calls count over all time."""
    for channel in saferme.found("channels"):
        if channel["id"] != CLOSED:
            rows = saferme.rows(channel_id=channel["id"], end_date="2030-01-01")
            assert channel["reports_count"] == total(rows) > 0


@pytest.mark.parametrize(
    "path",
    [
        "forms/9", "forms/x", "forms/0", "channels/99", "channels/-1", "channels/99/form",
        "channels/99/users", "report_states/999", "channels/1/report_states/16", "channels/9/report_states",
        "channels/1/users/13", "channels/99/categories", "channels/1/categories/11", "users/99", "users/Me",
        "users/\u0663", "channels/%F0%9F%98%80", "channels/" + "9" * 300,
    ],
)  # fmt: skip
def test_what_there_is_not(saferme: SaferMe, path: str) -> None:
    """saferme.unknown-lookup: a number that nothing has, another channel's, or no number at all."""
    assert_refused(saferme.get(path), 404, "saferme.unknown-lookup", "not_found")


SAMPLE: Final = [
    "id", "uuid", "additional_fields", "allow_public_comments", "allow_public_viewers",
    "allow_user_delete_own_reports", "are_new_reports_anonymous", "banners_enabled", "category_id",
    "form_locked", "hazard_channel", "is_addon_channel", "is_manageable_by", "is_operable_by",
    "is_reportable_by", "logo", "moderated", "name", "reports_count", "risk_controls_editability", "slug",
    "standard_channel", "team_id",
]  # fmt: skip
"""The members of the channels in the docs' samples, which were asked for with the fields below."""


@pytest.mark.parametrize("path", ["channels", "channels/1"])
def test_channels_have_the_members_of_the_docs_samples(saferme: SaferMe, path: str) -> None:
    """saferme.lookup-fields: by default a description and no hazard_channel; the samples change both."""
    first = saferme.found(path, fields="-description,hazard_channel")
    assert list(first if path == "channels/1" else first[0]) == SAMPLE
    plain = saferme.found("channels/1")
    assert "description" in plain
    assert "hazard_channel" not in plain


def test_categories_tell_how_much_deeper_they_may_go(saferme: SaferMe) -> None:
    """saferme.lookups: 1 at a depth of 2, as in the docs' sample."""
    listed = saferme.found("channels/1/categories", fields="depth,max_subtree_extra_depth")
    assert {(each["depth"], each["max_subtree_extra_depth"]) for each in listed} == {(0, 3), (1, 2), (2, 1)}


def test_members_can_be_added_and_taken_away(saferme: SaferMe) -> None:
    """saferme.lookup-fields: in lists and by themselves; names that there are not are ignored."""
    plain = saferme.found("channels/1")
    more = saferme.found("channels/1", fields="pin_urls,member_count,-slug,-what,what")
    assert more.keys() - plain.keys() == {"pin_urls", "member_count"}
    assert plain.keys() - more.keys() == {"slug"}
    assert more["member_count"] == len(saferme.found("channels/1/users"))
    assert list(saferme.found("report_states", fields="-name,updated_at")[0])[-2:] == [
        "updated_at",
        "visibility",
    ]
    assert "name" not in saferme.found("report_states/1", fields="-name")


def ids(things: list[dict[str, Any]]) -> list[int]:
    """The identifiers in a list."""
    return [thing["id"] for thing in things]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"ids": "2,3"}, [2, 3]),
        ({"ids[]": ["4", "1"]}, [1, 4]),
        ({"ids": ""}, []),
        ({"ids": "7"}, []),
        ({"team_id": "1"}, [1, 2, 3, 4]),
        ({"team_id": "2"}, []),
        ({"only_operable_by_me": "true"}, [1, 2, 3]),
        ({"only_operable_by_me": "false"}, [1, 2, 3, 4]),
        ({"reportable": "true"}, [1, 2, 3, 4]),
        ({"include_addon_channels": "only"}, []),
        ({"include_addon_channels": "true"}, [1, 2, 3, 4]),
        ({"updated_after": "2026-01-01T00:00:00+13:00"}, []),
        ({"updated_after": "2015-01-01"}, [1, 2, 3, 4]),
    ],
)
@pytest.mark.parametrize("path", ["forms", "channels"])
def test_lists_are_filtered(
    saferme: SaferMe, path: str, filters: dict[str, Any], expected: list[int]
) -> None:
    """saferme.lookup-filters: each that the docs have for forms and channels."""
    assert sorted(ids(saferme.found(path, **filters))) == expected


def test_states_are_filtered(saferme: SaferMe) -> None:
    """saferme.lookup-filters: by team, channel and date."""
    every = saferme.found("report_states")
    assert ids(every) == list(range(1, len(every) + 1))
    of_two = saferme.found("report_states", channel_id=2)
    assert of_two == saferme.found("channels/2/report_states") == [s for s in every if s["account_id"] == 2]
    assert saferme.found("report_states", team_id=9) == []
    later = saferme.found("report_states", updated_after="2016-06-01")
    assert {state["account_id"] for state in later} == {LATER}


@pytest.mark.parametrize(
    ("path", "name", "given"),
    [
        ("forms", "ids", "1,x"),
        ("channels", "team_id", "x"),
        ("report_states", "channel_id", "1.0"),
        ("forms", "updated_after", "x"),
    ],
)
def test_filters_are_read_strictly(saferme: SaferMe, path: str, name: str, given: Any) -> None:
    """saferme.bad-parameter: in look-ups as in the analytics."""
    assert_invalid(saferme.get(path, **{name: given}), name)


def test_channels_are_sorted_by_name(saferme: SaferMe) -> None:
    """As the docs have it; everything else by identifier."""
    names = [channel["name"] for channel in saferme.found("channels")]
    assert names == sorted(names)
    for path in ("forms", "report_states", "channels/1/users", "channels/1/categories"):
        assert ids(saferme.found(path)) == sorted(ids(saferme.found(path)))


@pytest.mark.parametrize(
    ("asked", "told", "rows"),
    [
        (None, "report_states 0-{last}/{all}", slice(None)),
        ("objects=0-0", "report_states 0-0/{all}", slice(0, 1)),
        ("report_states=3-6", "report_states 3-6/{all}", slice(3, 7)),
        ("items=2-", "report_states 2-{last}/{all}", slice(2, None)),
        ("objects=3-9999", "report_states 3-{last}/{all}", slice(3, None)),
        ("objects=99-100", "report_states */{all}", slice(99, 100)),
        ("objects=999999999999999999-", "report_states */{all}", slice(99, 100)),
    ],
)
def test_lists_come_by_pages(saferme: SaferMe, asked: str | None, told: str, rows: slice) -> None:
    """saferme.paging: Content-Range names the resource, the part and the whole."""
    every = saferme.found("report_states")
    answer = saferme.get("report_states", headers={} if asked is None else {"Range": asked})
    assert (answer.status_code, answer.json()) == (200, every[rows])
    assert answer.headers["Content-Range"] == told.format(all=len(every), last=len(every) - 1)
    assert rules_of(answer) == ([] if asked is None else ["saferme.paging"])


@pytest.mark.parametrize(
    "asked",
    ["objects=5-2", "objects=-5", "objects", "=0-1", "0-1", "objects=0-1,4-5", "a b=0-1", "objects=x-y"],
)
def test_another_range_is_as_none(saferme: SaferMe, asked: str) -> None:
    """saferme.paging-range: nothing is refused for a header that may not be meant for it."""
    answer = saferme.get("report_states", headers={"Range": asked})
    assert answer.json() == saferme.found("report_states")


def test_pages_have_their_documented_sizes(make_saferme: Callable[..., SaferMe]) -> None:
    """saferme.paging: 60 by default, and 100 at most, of a list that is longer."""
    big, path = make_saferme("2034-01-01T00:00:00Z", size="small"), "channels/1/users"
    first, most = big.get(path), big.get(path, headers={"Range": "objects=10-900"})
    assert (len(first.json()), len(most.json())) == (60, 100)
    everything = int(first.headers["Content-Range"].rpartition("/")[2])
    assert everything > 110
    assert first.headers["Content-Range"] == f"users 0-59/{everything}"
    assert most.headers["Content-Range"] == f"users 10-109/{everything}"
    assert first.json()[10:] == most.json()[:50]


def test_an_empty_list_has_no_part(saferme: SaferMe) -> None:
    """saferme.paging: as the docs write it."""
    assert saferme.get("forms", ids="7").headers["Content-Range"] == "forms */0"


def test_instants_have_the_offset_of_new_zealand(saferme: SaferMe) -> None:
    """saferme.lookup-instants: in summer and in winter; a client that only knows Z fails."""
    instants = [form["updated_at"] for form in saferme.found("forms")]
    instants += [state["updated_at"] for state in saferme.found("report_states", fields="updated_at")]
    assert {instant[-6:] for instant in instants} == {"+12:00", "+13:00"}
