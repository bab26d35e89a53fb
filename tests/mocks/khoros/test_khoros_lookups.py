"""What Khoros' filters and layouts need to know: teams and time zones."""

import re
import subprocess
import sys
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

import pytest

from reportmocks.kernel.clock import moment
from reportmocks.khoros import timezones
from support.khoros import START, UNTIL, Khoros, assert_refused, passed

JULY: Final = UNTIL + 130 * 86_400_000


def test_teams_are_those_of_the_exports(khoros: Khoros) -> None:
    """khoros.teams: with the numbers that filters take, and as many members as there are enabled users."""
    teams = passed(khoros.call("GET", "/teams"), "teams")
    users = khoros.rows("user")
    assert [team["teamId"] for team in teams] == list(range(1, len(teams) + 1))
    for team in teams:
        assert team["numberOfMembers"] == sum(row["TEAMS"] == team["name"] for row in users) > 0
        members = khoros.rows("user", teamId=str(team["teamId"]))
        assert {row["TEAMS"] for row in members} == {team["name"]}
    assert [list(team) for team in teams] == [
        ["uuid", "teamId", "name", "description", "numberOfMembers"] for _ in teams
    ]


def test_zones_are_those_of_the_system(khoros: Khoros) -> None:
    """khoros.timezones: each as it is now, ordered by its distance from UTC."""
    zones = passed(khoros.call("GET", "/config/timezones"), "timezones")
    assert {zone["id"] for zone in zones} >= {"America/Chicago", "Etc/GMT+12", "Pacific/Apia", "UTC"}
    assert {zone["id"] for zone in zones} <= available_timezones()
    offsets = [zone["offsetMillis"] for zone in zones]
    assert offsets == sorted(offsets)
    for zone in zones:
        local = moment(START).astimezone(ZoneInfo(zone["id"])).utcoffset()
        assert zone["offsetMillis"] == (local or timedelta()) // timedelta(milliseconds=1)
        hours, minutes = divmod(abs(zone["offsetMillis"]) // 60_000, 60)
        sign = "-" if zone["offsetMillis"] < 0 else "+"
        assert zone["offsetString"] == f"{sign}{hours:02d}:{minutes:02d}"
        assert re.fullmatch(r"[A-Za-z]+|GMT[-+]\d\d:\d\d", zone["shortName"])
    assert zones[0] == {
        "id": "Etc/GMT+12",
        "name": "GMT-12:00",
        "shortName": "GMT-12:00",
        "offsetString": "-12:00",
        "offsetMillis": -43_200_000,
    }


def test_zones_have_their_summer_time() -> None:
    """khoros.timezones: names and distances are those that hold at the time of asking."""
    winter, summer = ({zone["id"]: zone for zone in timezones.listed(at)} for at in (START, JULY))
    told: dict[str, list[tuple[Any, ...]]] = {
        name: [
            tuple(zones[name][of] for of in ("name", "shortName", "offsetString"))
            for zones in (winter, summer)
        ]
        for name in ("America/Chicago", "Asia/Kolkata", "Australia/Sydney", "Asia/Shanghai", "Asia/Tehran")
    }
    assert told["America/Chicago"] == [
        ("Central Standard Time", "CST", "-06:00"),
        ("Central Daylight Time", "CDT", "-05:00"),
    ]
    assert told["Asia/Kolkata"] == [("India Standard Time", "IST", "+05:30")] * 2
    assert told["Asia/Shanghai"][0] == ("China Standard Time", "CST", "+08:00")
    assert told["Australia/Sydney"][0] == ("Australian Eastern Daylight Time", "AEDT", "+11:00")
    assert told["Asia/Tehran"] == [("GMT+03:30", "GMT+03:30", "+03:30")] * 2


@pytest.mark.parametrize("zone", ["America/Chicago", "Etc/GMT-14", "Asia/Kathmandu", "US/Central"])
def test_what_is_listed_can_be_asked_for(khoros: Khoros, zone: str) -> None:
    """khoros.timezones, khoros.timezone: the identifiers of one are the values of the other."""
    assert zone in {listed["id"] for listed in passed(khoros.call("GET", "/config/timezones"), "timezones")}
    khoros.submitted(timezone=zone)
    assert khoros.mock.jobs()[0]["request"]["zone"] == zone


@pytest.mark.parametrize("locale", ["en", "de", "xx"])
def test_zones_take_a_locale(khoros: Khoros, locale: str) -> None:
    """khoros.timezones, khoros.locale: names stay English; an unknown one may be refused."""
    passed(khoros.call("GET", "/config/timezones", {"locale": locale}), "timezones")
    khoros.mock.rule("locale", unknown="refuse")
    answer = khoros.call("GET", "/config/timezones", {"locale": locale})
    if locale == "xx":
        assert_refused(answer, 400, "khoros.locale")
    else:
        passed(answer, "timezones")


def test_a_system_without_zones_has_those_of_the_package() -> None:
    """khoros.timezones: as on small images, where nothing is in the usual places."""
    code = (
        "from reportmocks.khoros import timezones\n"
        "zones = timezones.listed(0)\n"
        "print(len(zones) > 400, zones[0]['id'], {zone['id'] for zone in zones} >= {'America/Chicago'})"
    )
    run = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", code], env={"PYTHONTZPATH": ""}, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["True", "Etc/GMT+12", "True"]
