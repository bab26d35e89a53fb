"""Weak ETags: an answer that the client has already is not sent again."""

import httpx
import pytest

from support.answers import rules_of
from support.saferme import CALLS, SaferMe

LONG = "2026-03-01T00:00:00Z"
"""The end of a range whose images are too many for an answer in one piece."""


def again(saferme: SaferMe, answer: httpx.Response, held: str) -> httpx.Response:
    """The same request, by a client that says what it has."""
    path = answer.request.url.path.rpartition("/v4/")[2]
    return saferme.send("GET", path, dict(answer.request.url.params), {"If-None-Match": held})


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("end", ["2016-11-11T00:00:00Z", LONG])
def test_what_the_client_has_is_not_sent_again(saferme: SaferMe, call: str, end: str) -> None:
    """saferme.etag: with 304, no body, and the same ETag."""
    answer = saferme.ask(call, end_date=end)
    tag = answer.headers["ETag"]
    assert tag.startswith('W/"')
    for held in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        unchanged = again(saferme, answer, held)
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["ETag"] == tag
        assert "saferme.etag" in rules_of(unchanged)
        assert "Content-Type" not in unchanged.headers


@pytest.mark.parametrize("held", ['"other"', 'W/"other"', "", "x", '"', 'W/"', '"a", , "b'])
def test_what_the_client_has_not_is_sent(saferme: SaferMe, held: str) -> None:
    """saferme.etag: whatever else the header says."""
    answer = saferme.ask()
    whole = again(saferme, answer, held)
    assert (whole.status_code, whole.content) == (200, answer.content)


@pytest.mark.parametrize(
    "path", ["forms/1", "channels", "report_states", "channels/1/categories", "users/2", "session"]
)
def test_look_ups_have_etags(saferme: SaferMe, path: str) -> None:
    """saferme.etag: as any answer to GET."""
    answer = saferme.get(path)
    assert again(saferme, answer, answer.headers["ETag"]).status_code == 304


def test_another_answer_has_another_etag(saferme: SaferMe) -> None:
    """saferme.etag: and the same one as long as nothing has changed."""
    recent = {"start_date": "2026-02-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z"}
    before = saferme.ask("reports_over_time", **recent)
    saferme.mock.advance("1s")
    assert saferme.ask("reports_over_time", **recent).headers["ETag"] == before.headers["ETag"]
    saferme.mock.advance("3d")
    assert again(saferme, before, before.headers["ETag"]).status_code == 200
    assert saferme.ask("reports_per_state").headers["ETag"] != before.headers["ETag"]


def test_a_long_answer_s_etag_goes_with_its_rows(saferme: SaferMe) -> None:
    """saferme.etag: made without rendering them, it changes when they do."""
    future = {"end_date": "2027-01-01T00:00:00Z"}
    before = saferme.ask("reports_images", **future)
    assert saferme.ask("reports_images", **future).headers["ETag"] == before.headers["ETag"]
    saferme.mock.advance("3d")
    after = again(saferme, before, before.headers["ETag"])
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]
    assert len(after.content) > len(before.content)


def test_refusals_have_none(saferme: SaferMe) -> None:
    """Nor have answers to what changes something."""
    assert "ETag" not in saferme.ask(channel_id=99).headers
    assert "ETag" not in saferme.send("DELETE", "session").headers
