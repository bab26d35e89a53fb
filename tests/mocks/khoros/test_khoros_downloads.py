"""Downloads from Khoros: a redirect to a signed address, which works for a while and without credentials."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import httpx
import pytest

from support.answers import lines, rules_of
from support.khoros import EXPORTS, RUN, USER, Khoros, assert_refused, objects

OUTCOMES: Final = ("failed", "lagging", "no-download", "never")


def assert_xml(answer: httpx.Response, status: int, code: str, rule: str) -> None:
    """An answer is the storage's refusal by this rule."""
    assert answer.status_code == status, answer.text
    assert rules_of(answer)[:1] == [rule]
    assert answer.headers["Content-Type"] == "application/xml"
    error = ET.fromstring(answer.content)  # noqa: S314 - our own
    assert (error.tag, error.findtext("Code")) == ("Error", code)
    assert error.findtext("Message")


@pytest.mark.parametrize("form", ["json", "csv"])
@pytest.mark.parametrize("export", EXPORTS)
def test_every_export_is_downloaded(khoros: Khoros, export: str, form: str) -> None:
    """khoros.download, khoros.file-type: by way of a signed address in another storage."""
    answer = khoros.fetch(export, reportFormat=form)
    length = int(answer.headers["Content-Length"])
    assert length == len(answer.content)
    assert "Content-Encoding" not in answer.headers
    assert "Content-Disposition" not in answer.headers
    types = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
    assert answer.headers["Content-Type"] == types[form]
    assert len(objects(answer.content)) if form == "json" else len(lines(answer.content)) > 1


def test_a_download_is_a_redirect_to_another_origin(khoros: Khoros) -> None:
    """khoros.download: 307, so that the method stays; clients drop credentials where the host changes."""
    url = khoros.finished()
    answer = khoros.open(url)
    assert (answer.status_code, answer.content) == (307, b"")
    here, there = urlsplit(url), urlsplit(answer.headers["Location"])
    assert (here.hostname, there.hostname) == ("127.0.0.1", "localhost")
    assert here.port == there.port
    assert re.fullmatch(r"/_storage/khoros/23[A-Za-z0-9_-]{43}\.json", there.path)
    assert {"Expires", "Signature"} <= parse_qs(there.query).keys()


def test_each_download_has_an_address_of_its_own(khoros: Khoros) -> None:
    """khoros.download: a new one for each call, and all of them work for their while."""
    url = khoros.finished()
    first = khoros.link(url)
    khoros.mock.advance("10s")
    second = khoros.link(url)
    assert first != second
    assert khoros.client.get(first).content == khoros.client.get(second).content


@pytest.mark.parametrize("header", ["Basic bWU6c2VjcmV0", "Bearer x", ""])
def test_the_storage_refuses_credentials(khoros: Khoros, header: str) -> None:
    """khoros.storage-authorization: who sends them on has two ways of signing in, of which one is allowed."""
    link = khoros.link(khoros.finished())
    refused = khoros.client.get(link, headers={"Authorization": header})
    assert_xml(refused, 400, "InvalidArgument", "khoros.storage-authorization")
    assert khoros.client.get(link).status_code == 200


def test_the_storage_may_look_away(khoros: Khoros) -> None:
    """khoros.storage-authorization: switched off, for clients that cannot be helped."""
    khoros.mock.rule("storage-authorization", enabled=False)
    assert khoros.open(khoros.link(khoros.finished())).status_code == 200


def test_redirects_are_followed_by_clients_that_drop_credentials(khoros: Khoros) -> None:
    """khoros.download: what curl -L and others do by themselves."""
    answer = khoros.client.get(khoros.finished(reportFormat="csv"), auth=USER, follow_redirects=True)
    assert [step.status_code for step in (*answer.history, answer)] == [307, 200]
    assert lines(answer.content)[0][0] == "Author ID"


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_what_is_not_ready_is_not_downloaded(khoros: Khoros, outcome: str) -> None:
    """khoros.download-early: whoever makes up the address too soon, or for a run that failed, has nothing."""
    khoros.mock.plan(outcome=outcome)
    run = khoros.submitted()
    url = run["statusUrl"].replace("/status?", "/download?")
    assert_refused(khoros.open(url), 404, "khoros.download-early")
    khoros.mock.advance(RUN)
    assert_refused(khoros.open(url), 404, "khoros.download-early")


# 24 hours, and 60 seconds


@pytest.mark.parametrize(("after", "status"), [("86399999ms", 307), ("86400000ms", 404), ("86400001ms", 404)])
def test_a_download_can_be_had_for_a_day(khoros: Khoros, after: str, status: int) -> None:
    """khoros.download-life: to the millisecond from when the run was complete; then it must be run again."""
    url = khoros.finished()
    khoros.mock.advance(after)
    answer = khoros.open(url)
    assert answer.status_code == status
    if status == 404:
        assert_refused(answer, 404, "khoros.download-life")
        assert "2026-03-05T12:00:02.000Z" in answer.json()["result"]
        assert "again" in answer.json()["result"]


def test_a_download_that_lags_has_its_day_too(khoros: Khoros) -> None:
    """khoros.download-life: it counts from when there is something to download."""
    khoros.mock.plan(outcome="lagging")
    run = khoros.submitted()
    khoros.mock.advance("32s")
    url = khoros.poll(run)["jobInfo"]["downloadUrl"]
    khoros.mock.advance("86399999ms")
    assert khoros.open(url).status_code == 307
    khoros.mock.advance("1ms")
    assert_refused(khoros.open(url), 404, "khoros.download-life")


def test_a_status_stays_as_it_is_when_the_day_is_over(khoros: Khoros) -> None:
    """khoros.completed: the run is still told as completed, with an address that leads nowhere any more."""
    khoros.mock.plan(outcome="expired")
    url = khoros.finished()
    assert_refused(khoros.open(url), 404, "khoros.download-life")


def test_the_export_can_be_run_again(khoros: Khoros) -> None:
    """khoros.download-life: the same question has the same workflow, another run, and a day of its own."""
    first = khoros.submitted()
    khoros.mock.advance("2d")
    second = khoros.submitted()
    khoros.mock.advance(RUN)
    assert first["workflowId"] == second["workflowId"]
    assert khoros.open(khoros.poll(second)["jobInfo"]["downloadUrl"]).status_code == 307
    assert_refused(khoros.open(khoros.poll(first)["jobInfo"]["downloadUrl"]), 404, "khoros.download-life")


@pytest.mark.parametrize(("after", "status"), [("59999ms", 200), ("60000ms", 403), ("60001ms", 403)])
def test_a_signed_address_works_for_a_minute(khoros: Khoros, after: str, status: int) -> None:
    """khoros.presigned-life, khoros.link-expired: then it is another address that must be asked for."""
    url = khoros.finished()
    link = khoros.link(url)
    khoros.mock.advance(after)
    answer = khoros.client.get(link)
    assert answer.status_code == status
    if status == 403:
        assert_xml(answer, 403, "AccessDenied", "khoros.presigned-life")
        assert "Request has expired" in answer.text
        assert khoros.client.get(khoros.link(url)).status_code == 200


def test_a_signed_address_may_last(khoros: Khoros) -> None:
    """khoros.presigned-life, khoros.object-gone: switched off it works as long as the file is there."""
    khoros.mock.rule("presigned-life", enabled=False)
    link = khoros.link(khoros.finished())
    khoros.mock.advance("86399999ms")
    assert khoros.client.get(link).status_code == 200
    khoros.mock.advance("1ms")
    assert_xml(khoros.client.get(link), 404, "NoSuchKey", "khoros.object-gone")


def test_a_signed_address_outlives_the_switch_of_its_life(khoros: Khoros) -> None:
    """khoros.presigned-life: until when it works is written in it."""
    khoros.mock.rule("presigned-life", value=10)
    link = khoros.link(khoros.finished())
    khoros.mock.rule("presigned-life", value=1000)
    khoros.mock.advance("9999ms")
    assert khoros.client.get(link).status_code == 200
    khoros.mock.advance("1ms")
    assert_xml(khoros.client.get(link), 403, "AccessDenied", "khoros.presigned-life")


TAMPERED: Final[dict[str, Callable[[str], str]]] = {
    "signature": lambda link: link[:-4] + ("A" if link[-4] != "A" else "B") + link[-3:],
    "expires": lambda link: re.sub(r"Expires=(\d+)", lambda found: f"Expires={int(found[1]) + 1}", link),
    "format": lambda link: link.replace(".json?", ".csv?"),
    "run": lambda link: link.replace("/23", "/24"),
    "key": lambda link: link.replace(".json?", ".json.json?"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_signed_address_works_as_it_was_given(khoros: Khoros, what: str) -> None:
    """khoros.link-tampered: whatever is changed in it."""
    link = khoros.link(khoros.finished())
    changed = TAMPERED[what](link)
    assert changed != link
    assert_xml(khoros.client.get(changed), 403, "SignatureDoesNotMatch", "khoros.link-tampered")


def test_parts_of_a_file_are_served(khoros: Khoros) -> None:
    """khoros.link-range: as S3 does it, so that a download can be resumed."""
    link = khoros.link(khoros.finished())
    whole = khoros.client.get(link).content
    part = khoros.client.get(link, headers={"Range": "bytes=10-29"})
    assert (part.status_code, part.content) == (206, whole[10:30])
    assert part.headers["Content-Range"] == f"bytes 10-29/{len(whole)}"
    beyond = khoros.client.get(link, headers={"Range": f"bytes={len(whole)}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(whole)}")
    head = khoros.client.head(link)
    assert (head.status_code, head.content, int(head.headers["Content-Length"])) == (200, b"", len(whole))


def test_a_file_has_a_tag_that_stays(khoros: Khoros) -> None:
    """khoros.download: the same bytes have the same ETag, whichever address leads to them."""
    url = khoros.finished()
    tag, other = (khoros.client.get(khoros.link(url)).headers["ETag"] for _ in range(2))
    assert tag == other
    again = khoros.client.get(khoros.link(url), headers={"If-None-Match": tag})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("export", "rule", "switch"),
    [
        ("author", "json-keys", {"style": "snake_case"}),
        ("combined", "json-strings", {"missing": "null"}),
        ("author", "timestamp-format", {"style": "company"}),
        ("user", "teams-and-agents", {"together": "either"}),
    ],
)
def test_other_bytes_have_another_tag(khoros: Khoros, export: str, rule: str, switch: dict[str, str]) -> None:
    """khoros.download: a rule that is switched changes files that are there, and nobody keeps the old one."""
    url = khoros.finished(export, teamId="1", agentId=["1", "2"], locale="en")
    before = khoros.client.get(khoros.link(url))
    khoros.mock.rule(rule, **switch)
    after = khoros.client.get(khoros.link(url), headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.content != before.content
