"""The journal: the last requests, bounded in number and in size, told without secrets."""

import gc
import io
import json
import threading
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportmocks.kernel.call import Call
from reportmocks.kernel.clock import iso
from reportmocks.kernel.journal import ANONYMOUS, BODY_LIMIT, CAPACITY, Journal
from support.kernels import START, World

MARK = "hunter2"


def a_call(vendor: str = "acme", path: str = "/v1/reports", **members: Any) -> Call:
    """A finished request."""
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": f"/{vendor}",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost:8080",
        **members.pop("environ", {}),
    }
    return Call(environ, START, vendor=vendor, **({"status": 200} | members))


def told(journal: Journal, *of: str | None) -> list[str]:
    """The paths that the journal tells, in order."""
    return [entry.as_dict()["path"] for entry in journal.entries(*of)]


def test_an_entry_tells_the_request_and_its_answer(world: World) -> None:
    """Both times, whose it was, what was asked, what came back, and by which rules."""
    journal = Journal()
    sandbox = world.open()
    sandbox.set_clock(sandbox.clock.set(START + 5_000, world.wall()))
    journal.add(
        a_call(
            environ={
                "REQUEST_METHOD": "POST",
                "QUERY_STRING": "a=1",
                "CONTENT_TYPE": "application/json",
                "CONTENT_LENGTH": "2",
                "HTTP_X_THING": "b",
            },
            sandbox=world.open(),
            body=b"{}",
            answer=b'{"c": 2}',
            answer_headers=[("Content-Type", "application/json")],
            status=429,
            took=0.0123456,
            job="7",
            rules=["acme.rate-minute", "acme.other"],
            notes=["too many"],
            numbers={"kind": "RateLimited", "limit": 4},
        )
    )
    (entry,) = journal.entries()
    assert entry.as_dict() == {
        "number": 1,
        "time": iso(START),
        "clock": iso(START + 5_000),
        "vendor": "acme",
        "sandbox": "one",
        "protocol": "HTTP/1.1",
        "origin": "http://localhost:8080",
        "method": "POST",
        "path": "/acme/v1/reports",
        "query": "a=1",
        "headers": {
            "Content-Type": "application/json",
            "Content-Length": "2",
            "X-Thing": "b",
            "Host": "localhost:8080",
        },
        "body": "{}",
        "status": 429,
        "answer": {"headers": {"Content-Type": "application/json"}, "body": '{"c": 2}', "bytes": 8},
        "ms": 12.346,
        "job": "7",
        "rule": "acme.rate-minute",
        "rules": ["acme.rate-minute", "acme.other"],
        "refused": {"kind": "RateLimited", "limit": 4},
        "faults": [],
        "violations": [],
        "notes": ["too many"],
    }


def test_a_call_without_a_credential_is_under_a_dash() -> None:
    """It has no sandbox, and so no clock; no rule shaped it either."""
    journal = Journal()
    journal.add(a_call())
    (entry,) = journal.entries("acme", ANONYMOUS)
    found = entry.as_dict()
    assert (found["sandbox"], found["clock"], found["rule"], found["job"]) == ("-", None, None, None)


def test_a_download_is_told_by_its_size(world: World) -> None:
    """Its bytes went out while they were made; they are counted, not kept."""
    journal = Journal()
    journal.add(a_call(sandbox=world.open(), sent=182_000_000, streamed=True))
    (entry,) = journal.entries()
    assert entry.as_dict()["answer"] == {"headers": {}, "body": "", "bytes": 182_000_000}


def test_the_oldest_requests_go_first() -> None:
    """The count goes on, and so do the numbers."""
    journal = Journal(capacity=3)
    for number in range(5):
        journal.add(a_call(path=f"/{number}"))
    assert told(journal) == ["/acme/2", "/acme/3", "/acme/4"]
    assert [entry.number for entry in journal.entries()] == [3, 4, 5]
    assert journal.count == 5


def test_as_many_are_kept_as_promised() -> None:
    """Ten thousand, unless somebody says otherwise."""
    journal = Journal()
    for _ in range(CAPACITY + 1):
        journal.add(a_call())
    assert len(list(journal.entries())) == CAPACITY == 10_000


def test_long_bodies_are_kept_in_part() -> None:
    """Enough to see what it was; the size is told in full."""
    journal = Journal()
    journal.add(a_call(body=b"a" * 1_000_000, answer=b"b" * 1_000_000))
    (entry,) = journal.entries()
    found = entry.as_dict()
    assert found["body"] == "a" * BODY_LIMIT
    assert found["answer"]["body"] == "b" * BODY_LIMIT
    assert found["answer"]["bytes"] == 1_000_000


def test_nothing_of_a_request_is_kept_that_is_not_told() -> None:
    """Ten thousand uploads of a megabyte each would be ten gigabytes otherwise."""

    class Body(io.BytesIO):
        """A body that can be watched."""

    journal, body = Journal(), Body(b"a" * 1_000_000)
    environ: dict[str, Any] = {"wsgi.input": body, "HTTP_X": "y"}
    call = a_call(environ=environ, body=b"a" * 1_000_000)
    call.environ["reportmocks.call"] = call
    call.environ["werkzeug.request"] = {"environ": call.environ, "data": body}
    watched = weakref.ref(body)
    journal.add(call)
    del body, environ, call
    gc.collect()
    assert watched() is None
    assert told(journal) == ["/acme/v1/reports"]


def test_an_entry_can_be_told_again_and_again(world: World) -> None:
    """It is a record; telling it uses nothing up."""
    journal = Journal()
    journal.add(a_call(sandbox=world.open(), body=b'{"a": 1}'))
    (entry,) = journal.entries()
    assert entry.as_dict() == entry.as_dict()


def a_full_journal(world: World) -> Journal:
    """One request each of two sandboxes of two vendors, and one of nobody's."""
    journal = Journal()
    for vendor in ("acme", "other"):
        for name in ("one", "two"):
            journal.add(a_call(vendor, f"/{name}", sandbox=world.open(name)))
        journal.add(a_call(vendor, "/nobody"))
    return journal


def test_requests_are_found_by_vendor_and_by_sandbox(world: World) -> None:
    """By either, both or none."""
    journal = a_full_journal(world)
    assert told(journal, "acme") == ["/acme/one", "/acme/two", "/acme/nobody"]
    assert told(journal, None, "one") == ["/acme/one", "/other/one"]
    assert told(journal, "other", "two") == ["/other/two"]
    assert told(journal, "other", ANONYMOUS) == ["/other/nobody"]
    assert told(journal, "nobody's", None) == []
    assert len(told(journal)) == 6


def test_requests_are_forgotten_by_vendor_and_by_sandbox(world: World) -> None:
    """And only those; the count of all that there were stays."""
    journal = a_full_journal(world)
    assert journal.forget("acme", "one") == 1
    assert journal.forget("acme", "one") == 0
    assert journal.forget(None, "two") == 2
    assert told(journal) == ["/acme/nobody", "/other/one", "/other/nobody"]
    assert journal.forget() == 3
    assert (told(journal), journal.count) == ([], 6)


def test_many_threads_lose_no_request() -> None:
    """Each has a number of its own, and forgetting meanwhile takes nothing that comes after."""
    journal = Journal()

    def add() -> None:
        for _ in range(500):
            journal.add(a_call())

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    forgotten = sum(journal.forget() for _ in range(20))
    for thread in threads:
        thread.join()
    kept = [entry.number for entry in journal.entries()]
    assert forgotten + len(kept) == journal.count == 3_000
    assert kept == sorted(set(kept))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("/v1/caf\u00c3\u00a9", "/acme/v1/café"),
        ("/v1/\u00ff", "/acme/v1/\ufffd"),
        ("/v1/a b", "/acme/v1/a b"),
        ("/v1/\u4e00", "/acme/v1/?"),
    ],
)
def test_paths_are_told_as_they_were_meant(raw: str, shown: str) -> None:
    """WSGI gives UTF-8 as Latin-1, and clients send neither at times."""
    journal = Journal()
    journal.add(a_call(path=raw))
    assert told(journal) == [shown]


@given(st.binary(max_size=64), st.binary(max_size=64), st.text(st.characters(max_codepoint=255), max_size=20))
def test_any_bytes_can_be_told(body: bytes, answer: bytes, text: str) -> None:
    """A journal that cannot be written as JSON could not be looked at any more."""
    journal = Journal()
    environ = {"QUERY_STRING": text, "PATH_INFO": text, "HTTP_X": text, "HTTP_AUTHORIZATION": text}
    journal.add(a_call(environ=environ, body=body, answer=answer))
    (entry,) = journal.entries()
    assert json.loads(json.dumps(entry.as_dict())) == entry.as_dict()


@given(st.sampled_from(["/", "&", "", " "]))
def test_no_secret_is_told(odd: str) -> None:
    """Wherever it came: query, header, body, answer, or an address in a header of the answer."""
    journal = Journal()
    link = f"http://localhost/a?Expires=1&Signature={MARK}"
    environ = {
        "QUERY_STRING": f"access_token={MARK}",
        "HTTP_AUTHORIZATION": f"Bearer {MARK}{odd}{MARK}",
        "HTTP_X_HAPYAK_API_KEY": f"{MARK}{odd}{MARK}",
        "HTTP_COOKIE": f"a={MARK}",
    }
    journal.add(
        a_call(
            environ=environ,
            body=json.dumps({"access_token": f"{MARK}{odd}{MARK}"}).encode(),
            answer=json.dumps({"signedAssets": [link], "refresh_token": MARK}).encode(),
            answer_headers=[("Location", link), ("Set-Cookie", MARK)],
        )
    )
    (entry,) = journal.entries()
    assert MARK not in json.dumps(entry.as_dict())
