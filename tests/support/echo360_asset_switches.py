"""How to see that a switch of Echo360's rules on links and rows is gone by, switch by switch."""

import gzip
import re
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from reportcontracts.switches import Value
from reportfixtures import world
from reportmocks.echo360.reports import CSV, GZIP
from reportmocks.kernel.clock import parse_instant
from support.answers import rules_of
from support.echo360 import RUN, START, Echo360, day, typed
from support.switched import Checks

CHECKS: Final = Checks()
shows: Final = CHECKS.shows


@shows("link-life.value")
def link_life(echo360: Echo360, value: int) -> None:
    """Works for so many days, to the second; for none, never."""
    link = echo360.finished()
    if value:
        echo360.mock.advance(f"{value * 86_400_000 - 1}ms")
        assert echo360.download(link).status_code == 200
        echo360.mock.advance("1ms")
    assert rules_of(echo360.download(link)) == ["echo360.link-life"]


@shows("link-life.enabled")
def link_for_good(echo360: Echo360, value: Value) -> None:
    """Ends before its asset, or with it."""
    link = echo360.finished()
    assert (int(parse_qs(urlsplit(link).query)["Expires"][0]) > 4_000_000_000) is not value
    echo360.mock.advance("13d")
    assert echo360.download(link).status_code == (403 if value else 200)
    echo360.mock.advance("1d")
    assert echo360.download(link).status_code == (403 if value else 404)


@shows("storage-authorization.enabled")
def storage_authorization(echo360: Echo360, value: Value) -> None:
    """Refused, or not looked at."""
    answer = echo360.download(echo360.finished(), Authorization=f"Bearer {echo360.token}")
    assert answer.status_code == (400 if value else 200)


@shows("csv.quote")
def quotes(echo360: Echo360, value: Value) -> None:
    """Around every text, every cell, or only where a cell cannot do without."""
    header, row = echo360.fetch("presentation").decode().splitlines()[:2]
    assert header.startswith('"' if value != "minimal" else "presentationID,")
    slides = row.rpartition(",")[2]
    assert bool(re.fullmatch(r'"\d+"', slides)) is (value == "all")
    assert row.startswith('"') is (value != "minimal")


@shows("csv.newline")
def newline(echo360: Echo360, value: Value) -> None:
    """At the end of every line."""
    text = echo360.fetch("presentation")
    assert text.endswith(b"\r\n") is (value == "crlf")
    assert (text.count(b"\r\n") == text.count(b"\n")) is (value == "crlf")


@shows("late-data.enabled")
def rows_of_the_last_days(echo360: Echo360, value: Value) -> None:
    """Of the days that are not complete yet only a part is there, and the answer names the rule."""
    asked = {"start": day(-2), "end": day(0)}
    request_id = echo360.submitted("videoview", asked)
    echo360.mock.advance(RUN)
    answer = echo360.call("GET", f"/requests/{request_id}")
    assert ("echo360.late-data" in rules_of(answer)) is value
    text = gzip.decompress(echo360.download(answer.json()["signedAssets"][0]).content)
    start, end = parse_instant(asked["start"]), parse_instant(asked["end"])
    there = len(typed("videoview", text))
    complete = world("echo360", 1, size="tiny").rows("videoview", start=start, end=end, as_of=START).count
    assert 0 < there < complete if value else there == complete


@shows("link-head.action")
def head_of_a_link(echo360: Echo360, value: Value) -> None:
    """Answered with what a GET is told of its body, or refused; the GET goes well in any case."""
    link = echo360.finished()
    answer = echo360.client.head(link)
    assert answer.status_code == (200 if value == "answer" else 403)
    assert rules_of(answer) == ([] if value == "answer" else ["echo360.link-head"])
    assert echo360.download(link).status_code == 200


@shows("asset-type.encoded")
def encoded_on_the_way(echo360: Echo360, value: Value) -> None:
    """Unpacked by the HTTP library, or left as a gzip file; what is not compressed is never encoded."""
    packed, plain = (
        echo360.download(echo360.finished(output={"compression": compression}))
        for compression in (True, False)
    )
    assert packed.headers["Content-Type"] == (CSV if value else GZIP)
    assert packed.headers.get("Content-Encoding") == ("gzip" if value else None)
    text = packed.content if value else gzip.decompress(packed.content)
    assert text == plain.content
    assert plain.headers["Content-Type"] == CSV
    assert "Content-Encoding" not in plain.headers


@shows("filenames.ending")
def ending_of_a_file(echo360: Echo360, value: Value) -> None:
    """The same in the list and in the link, which works; commas are CSV in any case."""
    for delimiter, ending in ((",", "csv"), ("\t", "tsv"), ("|", "psv")):
        link = echo360.finished(output={"delimiter": delimiter})
        name = urlsplit(link).path.rpartition("/")[2]
        assert name.partition(".")[2] == f"{ending if value == 'by-delimiter' else 'csv'}.gz"
        assert echo360.listing()[0]["assets"] == [name]
        assert echo360.download(link).status_code == 200


@shows("zero-rows.action")
def idle_videos(echo360: Echo360, value: Value) -> None:
    """Videos without engagement in the range are left out, or are there with nothing but zeros."""
    asked = {"start": day(-7), "end": day(0)}
    rows = typed("assetbydate", echo360.fetch("assetbydate", asked))
    idle = [row for row in rows if not row["view_count"] and not row["downloads"] and not row["last_view"]]
    assert 0 < len(idle) < len(rows) if value == "list" else not idle
    published = {row["mediaid"] for row in everything(echo360) if row["published_date"] < asked["end"]}
    assert ({row["mediaid"] for row in rows} == published) is (value == "list")
    query = {"vendor": "echo360", "sandbox": echo360.name} | asked
    assert echo360.client.get("/_mock/expected/assetbydate", params=query).json() == rows


def everything(echo360: Echo360) -> list[dict[str, Any]]:
    """The rows of the asset report."""
    return typed("asset", echo360.fetch("asset"))
