"""Where Khoros' clients put parameters: in the query, a form, or a body of JSON; each by name, as sent."""

import json
from typing import Final
from urllib.parse import parse_qsl

from flask import request

from reportmocks.answers import current_call
from reportmocks.kernel.refusals import BadBody
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.khoros.access import COMPANY

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"

BODY_EXPORTS: Final = ("conversation_actions", "conversation_history_action", "user")
"""Those whose documentation has the parameters of a POST in its body."""
_QUERY_ALWAYS: Final = (COMPANY, "raiselimit")
"""What is in the query alone, also beside a body."""

Given = dict[str, list[str]]


def given_parameters(sandbox: Sandbox, report: str) -> Given:
    """Everything that the current submission says, by name; what the query says comes first.

    Raises:
        BadBody: Its body is JSON that cannot be read.
    """
    given: Given = {name: list(values) for name, values in request.args.lists()}
    if request.method == "POST":
        if report in BODY_EXPORTS and sandbox.rules.text("khoros.parameter-places", "form") == "required":
            given = {name: values for name, values in given.items() if name in _QUERY_ALWAYS}
        for name, values in _body(sandbox).items():
            if name not in _QUERY_ALWAYS:
                given.setdefault(name, []).extend(values)
    return given


def _body(sandbox: Sandbox) -> Given:
    body = current_call().body
    found: Given = {}
    if request.mimetype == FORM:
        for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
            found.setdefault(name, []).append(value)
    elif request.mimetype == JSON and sandbox.rules.text("khoros.parameter-places", "json") == "accept":
        return _object(body)
    return found


def _object(body: bytes) -> Given:
    """The members of an object of JSON as texts, numbers as they were sent; no body is an empty object."""
    if not body.strip():
        return {}
    try:
        value = json.loads(body.decode("utf-8"), parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError as error:
        raise BadBody(rule="khoros.bad-body", reason="it is nested too deeply") from error
    except ValueError as error:
        raise BadBody(rule="khoros.bad-body", reason=str(error)) from error
    if not isinstance(value, dict):
        raise BadBody(rule="khoros.bad-body", reason="it is not an object")
    return {name: _texts(name, member) for name, member in value.items()}


def _texts(name: str, member: object) -> list[str]:
    members = member if isinstance(member, list) else [member]
    if any(isinstance(each, dict | list) for each in members):
        raise BadBody(rule="khoros.bad-body", reason=f"{name} is no plain value, nor a list of them")
    return [each if isinstance(each, str) else json.dumps(each) for each in members if each is not None]
