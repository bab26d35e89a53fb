"""Time zones: those of the system's data, or of the package that stands in for it."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from reportfixtures.khoros_query import gmt, offset_text
from reportmocks.kernel.clock import moment

_NO_ZONES: Final = frozenset({"Factory", "localtime", "posixrules"})
_NAMES: Final = {
    "America EST": "Eastern Standard Time", "America EDT": "Eastern Daylight Time",
    "America CST": "Central Standard Time", "America CDT": "Central Daylight Time",
    "America MST": "Mountain Standard Time", "America MDT": "Mountain Daylight Time",
    "America PST": "Pacific Standard Time", "America PDT": "Pacific Daylight Time",
    "AKST": "Alaska Standard Time", "AKDT": "Alaska Daylight Time", "HST": "Hawaii Standard Time",
    "America AST": "Atlantic Standard Time", "America ADT": "Atlantic Daylight Time",
    "GMT": "Greenwich Mean Time", "BST": "British Summer Time", "UTC": "Coordinated Universal Time",
    "WET": "Western European Time", "WEST": "Western European Summer Time",
    "CET": "Central European Time", "CEST": "Central European Summer Time",
    "EET": "Eastern European Time", "EEST": "Eastern European Summer Time", "MSK": "Moscow Standard Time",
    "CAT": "Central African Time", "EAT": "Eastern African Time", "WAT": "Western African Time",
    "SAST": "South Africa Standard Time", "PKT": "Pakistan Standard Time",
    "Asia IST": "India Standard Time", "Asia CST": "China Standard Time", "JST": "Japan Standard Time",
    "KST": "Korea Standard Time", "HKT": "Hong Kong Standard Time",
    "AEST": "Australian Eastern Standard Time", "AEDT": "Australian Eastern Daylight Time",
    "ACST": "Australian Central Standard Time", "ACDT": "Australian Central Daylight Time",
    "AWST": "Australian Western Standard Time", "SST": "Samoa Standard Time",
    "NZST": "New Zealand Standard Time", "NZDT": "New Zealand Daylight Time",
}  # fmt: skip
"""Names by abbreviation, those that mean several zones with the continent of the one."""


@cache
def zone_ids() -> frozenset[str]:
    """The identifiers of all time zones."""
    return frozenset(available_timezones() - _NO_ZONES)


def listed(now: int) -> list[dict[str, Any]]:
    """Every zone as it is at an instant, by its distance from UTC and then its identifier."""
    at = moment(now)
    zones = [_zone(name, at) for name in zone_ids()]
    return sorted(zones, key=lambda zone: (zone["offsetMillis"], zone["id"]))


def _zone(name: str, at: datetime) -> dict[str, Any]:
    local = at.astimezone(ZoneInfo(name))
    offset = (local.utcoffset() or timedelta()) // timedelta(milliseconds=1)
    abbreviation = local.tzname() or ""
    named = abbreviation.isalpha()
    full = _NAMES.get(f"{name.partition('/')[0]} {abbreviation}") or _NAMES.get(abbreviation)
    return {
        "id": name,
        "name": full or gmt(offset),
        "shortName": abbreviation if named else gmt(offset),
        "offsetString": offset_text(offset),
        "offsetMillis": offset,
    }
