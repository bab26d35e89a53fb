"""SaferMe's forms, channels, states, categories and users as its look-ups tell them."""

import json
import re
from collections.abc import Iterable
from typing import Any, Final

from reportfixtures.saferme_questions import Category, Channel, Field, SaferMeWorld, State, User
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.saferme.instants import local_instant

Told = dict[str, Any]

CHANNEL_HIDDEN: Final = (
    "attach_pdf_to_emails", "display_report_state", "display_reporter", "display_workflow_notes",
    "hazard_channel", "is_deletable_by", "member_count", "pin_urls", "tune_in_count",
)  # fmt: skip
"""Members of a channel that are told when asked for: the docs list them, and not in bold type."""
STATE_HIDDEN: Final = ("updated_at",)

_SIZES: Final = ("mini", "small", "medium", "large", "huge")
_LABELS: Final = ("Main category", "Secondary category", "Tertiary category")
_PINS: Final = "https://assets.saferme.example/maps/pins/default"
_OTHER_NAMES: Final = {"account": "account_id", "parent": "parent_id", "children": "child_ids"}
"""Members of a category that `fields` calls otherwise than they are."""


def chosen(told: Told, hidden: Iterable[str], fields: Iterable[str]) -> Told:
    """The members there by default, with those that `fields` adds and without those that it takes away."""
    left = dict.fromkeys(hidden)
    for name in fields:
        if name.startswith("-"):
            left[name[1:]] = None
        else:
            left.pop(name, None)
    return {name: value for name, value in told.items() if name not in left}


def picked(told: Told, fields: Iterable[str]) -> Told:
    """The members that `fields` names, and no others."""
    wanted = {_OTHER_NAMES.get(name, name) for name in fields}
    return {name: value for name, value in told.items() if name in wanted}


def updated(its: Channel, now: int) -> int:
    """When a channel's form was last changed."""
    return max((at for at in its.versions if at < now), default=its.created)


def form(sandbox: Sandbox, world: SaferMeWorld, its: Channel) -> Told:
    """The form of a channel in its present version."""
    return {
        "id": its.id,
        "uuid": its.form_uuid,
        "name": its.name,
        "team_id": world.team.id,
        "version": max(1, sum(at < sandbox.now for at in its.versions)),
        "updated_at": local_instant(sandbox.rules, updated(its, sandbox.now)),
        "fields": [_field(sandbox, order, field) for order, field in enumerate(its.fields)],
    }


def _field(sandbox: Sandbox, order: int, its: Field) -> Told:
    data: object = _options(its, sandbox.now) if its.options else ""
    if its.options and not sandbox.rules.flag("saferme.form-data", "object"):
        data = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return {
        "id": its.id,
        "label": its.label,
        "key": its.key,
        "field_type": its.type,
        "form_order": order,
        "data": data,
        "mandatory": its.mandatory or None,
        "visibility": "public",
        "field_visibility": "public",
        "value": None,
        "editable": True,
        "is_summary": order == 0,
    }


def _options(its: Field, now: int) -> Told:
    there = [option for option in its.options if option.since < now]
    options = [
        {
            "label": option.label,
            "value": option.value,
            "enabled": option.until is None or option.until >= now,
            "multi_option_id": None,
            "display_order": order,
            "is_default": False,
        }
        for order, option in enumerate(there)
    ]
    return {"multi_select": its.multiple, "options": options}


def channel(sandbox: Sandbox, world: SaferMeWorld, its: Channel) -> Told:
    """A channel, with the members that are told by default and those that are not."""
    members = [world.team.user(member, sandbox.now) for member in its.members]
    return {
        "id": its.id,
        "uuid": its.uuid,
        "additional_fields": [],
        "allow_public_comments": True,
        "allow_public_viewers": True,
        "allow_user_delete_own_reports": False,
        "are_new_reports_anonymous": False,
        "attach_pdf_to_emails": False,
        "banners_enabled": False,
        "category_id": its.categories[0].id,
        "description": f"Reports of {its.name}",
        "display_report_state": True,
        "display_reporter": True,
        "display_workflow_notes": True,
        "form_locked": False,
        "hazard_channel": "Hazards" in its.name,
        "is_addon_channel": False,
        "is_deletable_by": False,
        "is_manageable_by": its.operated,
        "is_operable_by": its.operated,
        "is_reportable_by": True,
        "logo": {size: f"missing/logos/{size}.png" for size in _SIZES},
        "member_count": sum(member is not None for member in members),
        "moderated": False,
        "name": its.name,
        "pin_urls": _pin_urls(),
        "reports_count": world.reports(its.id, sandbox.now),
        "risk_controls_editability": "admins_only",
        "slug": re.sub(r"[^a-z0-9]+", "-", its.name.lower()).strip("-"),
        "standard_channel": False,
        "team_id": world.team.id,
        "tune_in_count": 0,
    }


def state(sandbox: Sandbox, its_channel: Channel, its: State) -> Told:
    """A state that reports of a channel can be in."""
    return {
        "id": its.id,
        "account_id": its_channel.id,
        "assign_to_supervisor": False,
        "assignable": its.position == 1,
        "assignment_due_timeout": 0,
        "auto_archive": False,
        "default_assignee_id": None,
        "editability": "admins_only",
        "loudness": its.loudness,
        "name": its.name,
        "notify": its.notify,
        "position": its.position,
        "timeout": 0,
        "updated_at": local_instant(sandbox.rules, its_channel.created),
        "visibility": its.visibility,
    }


def category(its_channel: Channel, its: Category) -> Told:
    """A category of a channel."""
    children = [other.id for other in its_channel.categories if other.parent == its.id]
    return {
        "id": its.id,
        "name": its.name,
        "label_name": _LABELS[its.depth],
        "depth": its.depth,
        "max_subtree_extra_depth": len(_LABELS) - its.depth,
        "pin_color": "green",
        "pin_appearance": "default",
        "pin_urls": _pin_urls(),
        "position": its.position,
        "account_id": its_channel.id,
        "parent_id": its.parent,
        "child_ids": children,
    }


def _pin_urls() -> dict[str, str]:
    return {f"at{times}x": f"{_PINS}/pin-green@{times}x.png" for times in (1, 2, 3)}


def user(its: User) -> Told:
    """A user."""
    return {
        "id": its.id,
        "email_notifications_enabled": True,
        "first_name": its.first,
        "last_name": its.last,
        "email": its.email,
        "avatar": {size: f"missing/avatars/{size}.png" for size in _SIZES},
        "contact_number": its.phone,
        "accepted_terms_version": 4,
        "attached_avatar_id": None,
    }
