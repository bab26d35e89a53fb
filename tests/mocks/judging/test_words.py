"""A task as words and variables for a command of any language."""

import json
from pathlib import Path
from typing import Any

import pytest

from reportcontracts.errors import UnknownName
from reportcontracts.identities import credentials
from reportcontracts.kit.profile import profile
from reportcontracts.kit.stories import Need, Time
from reportcontracts.names import VENDORS
from reportmocks.judging import words


def task(vendor: str, **more: Any) -> dict[str, Any]:
    """A task, as the judge gives it."""
    return {
        "vendor": vendor,
        "report": "videoview",
        "start": "2026-03-01",
        "end": None,
        "base_url": "http://127.0.0.1:1/v",
        "credentials": credentials(vendor, "box"),
        "options": {},
        "parameters": {},
        "poll": 30.0,
        "timeout": 86400.0,
        "row_cap": None,
        **more,
    }


def test_placeholders_are_replaced_wherever_they_stand() -> None:
    """Also several in one word; two braces are one, and a shell's variables its own."""
    said = words.values(task("echo360"), Path("/f"), "now")
    command = ["--key={client_id}:{client_secret}", "{end}", "{{report}}", '{"a": 1}', "${end}", "{output}"]
    assert words.filled(command, said) == [
        "--key=box:a-secret",
        "",
        "{report}",
        '{"a": 1}',
        "${end}",
        str(Path("/f/rows")),
    ]


@pytest.mark.parametrize("word", ["{repport}", "--x={format}", "{api_key}"])
def test_unknown_placeholders_are_refused(word: str) -> None:
    """Those of another vendor too."""
    with pytest.raises(UnknownName, match="unknown placeholder"):
        words.used([word], "echo360")


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_placeholder_stands_for_something(vendor: str) -> None:
    """None is named that no task fills in."""
    said = words.values(task(vendor), Path("/f"), "now")
    assert set(said) == set(words.known(vendor))


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_choice_of_a_story_reaches_the_command(vendor: str) -> None:
    """By a placeholder of its own; so does what a report needs."""
    for story in profile(vendor).stories(Time.SHIM):
        keys = {key for key, _ in words.CHOICES[vendor].values()}
        assert set(story.ask.options) <= keys
        needed = {*story.ask.parameters, *story.ask.picked}
        assert needed <= set(words.PARAMETERS.get(vendor, ()))


def test_choices_are_as_the_vendor_writes_them() -> None:
    """What no story chooses is what the vendor documents."""
    plain = words.values(task("echo360"), Path("/f"), "now")
    assert (plain["delimiter"], plain["compression"], plain["options"]) == (",", "true", "{}")
    chosen = words.values(task("echo360", options={"compression": False}), Path("/f"), "now")
    assert (chosen["compression"], json.loads(chosen["options"])) == ("false", {"compression": False})


def test_a_command_can_do_what_it_has_placeholders_for() -> None:
    """Every process can be killed."""
    assert words.able(frozenset(), "hapyak") == {Need.KILL}
    assert words.able(frozenset({"format"}), "hapyak") == {Need.KILL, Need.OPTIONS}
    assert words.able(frozenset({"row_cap"}), "hapyak") == {Need.KILL, Need.ROW_CAP}
    assert words.able(frozenset({"timeout"}), "khoros") == {Need.KILL, Need.TIMEOUT}
    assert words.able(frozenset({"user_id"}), "brightcove") == {Need.KILL, Need.ANALYTICS}
    assert words.able(frozenset({"parameters"}), "brightcove") == {Need.KILL, Need.ANALYTICS}
    assert words.able(frozenset({"parameters", "access_token"}), "saferme") == {Need.KILL}
    assert words.able(frozenset({"email", "password"}), "saferme") == {Need.KILL, Need.SESSIONS}
    assert words.able(frozenset({"username", "password"}), "khoros") == {Need.KILL}


def test_the_row_cap_is_the_documented_one_unless_the_story_has_another() -> None:
    """So that a client can always be given one."""
    assert words.values(task("hapyak"), Path("/f"), "now")["row_cap"] == "500000"
    assert words.values(task("hapyak", row_cap=7), Path("/f"), "now")["row_cap"] == "7"
    assert words.values(task("khoros"), Path("/f"), "now")["row_cap"] == ""


def test_the_environment_has_the_task_and_the_credentials() -> None:
    """Under the names that `reportmocks env` gives them, and nothing of ours but the task."""
    said = words.values(task("echo360"), Path("/f"), "now")
    environ = {"HOME": "/h", "REPORTMOCKS_PORT": "1", "NO_PROXY": "intern"}
    made = words.variables(environ, said, credentials("echo360", "box"))
    assert made["REPORTMOCKS_REPORT"] == "videoview"
    assert made["REPORTMOCKS_OUTPUT"] == str(Path("/f/rows"))
    assert made["ECHO360_BASE_URL"] == "http://127.0.0.1:1/v"
    assert made["ECHO360_CLIENT_SECRET"] == "a-secret"
    assert made["NO_PROXY"] == "intern,localhost,127.0.0.1,::1"
    assert made["HOME"] == "/h"
    assert "REPORTMOCKS_PORT" not in made


def test_a_client_that_signs_in_has_no_access_token() -> None:
    """Nor one of whoever has started the judge: it would be another sandbox's."""
    given = credentials("saferme", "me@example.com", signs_in=True)
    said = words.values(task("saferme", credentials=given), Path("/f"), "now")
    assert (said["email"], said["password"], said["access_token"]) == ("me@example.com", "a-password", "")
    made = words.variables({"SAFERME_ACCESS_TOKEN": "mine", "SAFERME_TEAM": "9"}, said, given)
    assert made["SAFERME_EMAIL"] == "me@example.com"
    assert "SAFERME_ACCESS_TOKEN" not in made
    assert made["SAFERME_TEAM"] == "9"


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_list_of_placeholders_is_whole(vendor: str) -> None:
    """Whoever asks sees every one."""
    told = words.table(vendor)
    assert all(f"{{{name}}}" in told for name in words.known(vendor))
