"""Signed links: where they lead, how long they work, and that they must be used exactly as given."""

import gzip
from collections.abc import Callable
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

import pytest

from support.echo360 import Echo360, storage_error


def query_of(link: str) -> dict[str, str]:
    """The parameters of a link."""
    return {name: value for name, (value,) in parse_qs(urlsplit(link).query, strict_parsing=True).items()}


def with_query(link: str, **changes: str | None) -> str:
    """The link with parameters changed, added, or with `None` removed."""
    query = {name: value for name, value in (query_of(link) | changes).items() if value is not None}
    return urlsplit(link)._replace(query=urlencode(query)).geturl()


def flipped(text: str, place: int = 0) -> str:
    """The text with another character at a place."""
    return text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]


def test_a_link_leads_to_another_origin_without_credentials(echo360: Echo360) -> None:
    """echo360.assets: as with the real one, a client's Authorization is not sent along."""
    link = urlsplit(echo360.finished())
    api = echo360.client.base_url
    assert link.hostname == {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}[api.host]
    assert link.port == api.port
    assert set(query_of(link.geturl())) == {"AWSAccessKeyId", "Expires", "Signature"}
    answer = echo360.download(link.geturl())
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/gzip"


def test_a_link_works_for_seven_days_to_the_second(echo360: Echo360) -> None:
    """echo360.link-life, echo360.link-expired: one below is good, at seven days it has ended."""
    link = echo360.finished()
    echo360.mock.advance("6d23h59m59s")
    assert echo360.download(link).status_code == 200
    echo360.mock.advance("999ms")
    assert echo360.download(link).status_code == 200
    echo360.mock.advance("1ms")
    error = storage_error(echo360.download(link), 403, "AccessDenied", "echo360.link-life")
    assert error["Message"] == "Request has expired"
    assert error["Expires"] == "2026-03-11T12:00:02.000Z"
    assert error["ServerTime"] == "2026-03-11T12:00:02.000Z"


def test_a_link_works_no_longer_than_its_asset(echo360: Echo360) -> None:
    """echo360.link-life, echo360.object-gone: given on the 13th day, it is good for the rest of it."""
    request_id = echo360.submitted()
    echo360.mock.advance("13d")
    echo360.sign_in()
    link = echo360.link(request_id)
    echo360.mock.advance("23h59m59s999ms")
    assert echo360.download(link).status_code == 200
    echo360.mock.advance("1ms")
    error = storage_error(echo360.download(link), 404, "NoSuchKey", "echo360.object-gone")
    assert urlsplit(link).path.endswith(error["Key"])


def test_an_expired_link_says_so_although_its_asset_is_gone_too(echo360: Echo360) -> None:
    """echo360.link-expired: the signature is looked at before the storage."""
    link = echo360.finished()
    echo360.mock.advance("15d")
    storage_error(echo360.download(link), 403, "AccessDenied", "echo360.link-life")


def test_every_look_gives_a_link_of_its_own_time(echo360: Echo360) -> None:
    """echo360.link-fresh: the older one ends after its own seven days, the newer one later."""
    request_id = echo360.submitted()
    echo360.mock.advance("1h")
    echo360.sign_in()
    older = echo360.link(request_id)
    echo360.mock.advance("30m")
    newer = echo360.link(request_id)
    assert int(query_of(newer)["Expires"]) - int(query_of(older)["Expires"]) == 1800
    echo360.mock.advance("6d23h30m")
    assert echo360.download(older).status_code == 403
    assert echo360.download(newer).status_code == 200


def test_looks_of_one_instant_give_the_same_link(echo360: Echo360) -> None:
    """echo360.link-fresh: a signature is a function of what is signed."""
    link = echo360.finished()
    assert echo360.listing()[0]["requestId"] in link
    assert echo360.link(echo360.listing()[0]["requestId"]) == link


def test_links_can_be_used_again_and_by_anybody(echo360: Echo360) -> None:
    """echo360.link-fresh: no token is asked for, and nothing is used up."""
    link = echo360.finished()
    assert len({echo360.client.get(link).content for _ in range(3)}) == 1


TAMPERED: dict[str, Callable[[str], str]] = {
    "signature": lambda link: with_query(link, Signature=flipped(query_of(link)["Signature"])),
    "signature's end": lambda link: with_query(link, Signature=query_of(link)["Signature"][:-2]),
    "signature's case": lambda link: with_query(link, Signature=query_of(link)["Signature"].swapcase()),
    "signature without escapes": lambda link: link.partition("&Signature=")[0] + "&Signature=a+b/c=",
    "empty signature": lambda link: with_query(link, Signature=""),
    "later expiry": lambda link: with_query(link, Expires=str(int(query_of(link)["Expires"]) + 1)),
    "earlier expiry": lambda link: with_query(link, Expires=str(int(query_of(link)["Expires"]) - 1)),
    "expiry with a zero": lambda link: with_query(link, Expires="0" + query_of(link)["Expires"]),
    "access key": lambda link: with_query(link, AWSAccessKeyId="SOMEBODYELSE"),
    "one more parameter": lambda link: with_query(link, more="1"),
    "a parameter twice": lambda link: f"{link}&Expires={query_of(link)['Expires']}",
    "file name": lambda link: link.replace(".csv.gz", ".csv"),
    "asset": lambda link: link.replace(name := urlsplit(link).path[-43:], flipped(name)),
    "request": lambda link: link.replace(name := urlsplit(link).path.split("/")[-2], flipped(name)),
    "one more folder": lambda link: link.replace("?", "/?"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_link_that_was_changed_is_refused(echo360: Echo360, how: str) -> None:
    """echo360.link-tampered: in each of its parts."""
    link = echo360.finished()
    changed = TAMPERED[how](link)
    assert changed != link
    storage_error(echo360.download(changed), 403, "SignatureDoesNotMatch", "echo360.link-tampered")


INCOMPLETE: dict[str, Callable[[str], str]] = {
    "no query": lambda link: link.partition("?")[0],
    "no signature": lambda link: with_query(link, Signature=None),
    "no expiry": lambda link: with_query(link, Expires=None),
    "no access key": lambda link: with_query(link, AWSAccessKeyId=None),
    "an expiry that is none": lambda link: with_query(link, Expires="tomorrow"),
    "an expiry of other digits": lambda link: with_query(link, Expires="\N{ARABIC-INDIC DIGIT ONE}"),
    "an expiry below zero": lambda link: with_query(link, Expires="-1"),
    "an expiry without end": lambda link: with_query(link, Expires="9" * 5000),
    "another spelling": lambda link: link.replace("Signature", "signature"),
}


@pytest.mark.parametrize("how", INCOMPLETE)
def test_a_link_without_all_its_query_is_denied(echo360: Echo360, how: str) -> None:
    """echo360.link-tampered: nothing is public."""
    changed = INCOMPLETE[how](echo360.finished())
    storage_error(echo360.download(changed), 403, "AccessDenied", "echo360.link-tampered")


@pytest.mark.parametrize(
    "spelled",
    [
        lambda link: link.replace("-", "%2D"),
        lambda link: "?".join((urlsplit(link)._replace(query="").geturl(), reversed_query(link))),
        lambda link: link.partition("?")[0] + "?" + quote(unquote(urlsplit(link).query), safe="=&"),
    ],
    ids=["escapes", "order", "quoted again"],
)
def test_a_link_may_be_spelled_in_another_way(echo360: Echo360, spelled: Callable[[str], str]) -> None:
    """echo360.link-tampered: what HTTP libraries do to addresses changes nothing that is signed."""
    assert echo360.download(spelled(echo360.finished())).status_code == 200


def reversed_query(link: str) -> str:
    """The query of a link with its parameters in reverse."""
    return "&".join(reversed(urlsplit(link).query.split("&")))


def test_the_signature_of_another_asset_is_none(echo360: Echo360) -> None:
    """echo360.link-tampered: each is signed for itself."""
    first, second = echo360.finished("notes"), echo360.finished("qanda")
    mixed = second.partition("?")[0] + "?" + first.partition("?")[2]
    storage_error(echo360.download(mixed), 403, "SignatureDoesNotMatch", "echo360.link-tampered")


@pytest.mark.parametrize("value", ["Bearer {token}", "Basic eDp5", "", "nonsense"])
def test_a_link_takes_no_other_credential(echo360: Echo360, value: str) -> None:
    """echo360.storage-authorization: who sends the token everywhere meets this with the real one."""
    answer = echo360.download(echo360.finished(), Authorization=value.format(token=echo360.token))
    error = storage_error(answer, 400, "InvalidArgument", "echo360.storage-authorization")
    assert error["Message"] == "Only one auth mechanism allowed"


def test_a_link_is_gone_after_a_reset(echo360: Echo360) -> None:
    """echo360.object-gone: its request is no more, and the signature still is good."""
    link = echo360.finished()
    echo360.mock.call("POST", "reset")
    storage_error(echo360.download(link), 404, "NoSuchKey", "echo360.object-gone")


def test_moving_the_clock_by_hand_ends_links(echo360: Echo360) -> None:
    """echo360.link-life: a jump to an instant counts as time."""
    link = echo360.finished()
    echo360.mock.call("POST", "clock", {"set": "2026-03-11T12:00:02Z"})
    assert echo360.download(link).status_code == 403


def test_a_download_is_in_the_journal_of_its_client(echo360: Echo360) -> None:
    """echo360.link-fresh: with its job, its bytes, and the signature hidden."""
    link = echo360.finished()
    size = len(echo360.download(link).content)
    entry = echo360.mock.requests()[-1]
    assert entry["path"].startswith("/_storage/echo360/")
    assert entry["job"] == echo360.mock.jobs()[-1]["id"]
    assert entry["answer"]["bytes"] == size
    assert quote(query_of(link)["Signature"], safe="") not in entry["query"]


def test_an_asset_without_compression_is_text(echo360: Echo360) -> None:
    """echo360.compression, echo360.asset-type: the same rows, as they are."""
    plain = echo360.download(echo360.finished(output={"compression": False}))
    assert plain.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert int(plain.headers["Content-Length"]) == len(plain.content)
    assert plain.content == gzip.decompress(echo360.download(echo360.finished()).content)
