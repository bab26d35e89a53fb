"""Planned faults: which calls they strike, what those calls then get, and what is refused."""

import gzip
import json
from typing import Any

import httpx
import pytest

from reportmocks.kernel.faults import BYTE_LEVEL, KINDS
from support.echo360 import TOKENS, Echo360
from support.hapyak import HapYak
from support.mocks import Mocks
from support.problems import problem_of
from support.steering import Steering


def plan(mock: Steering, kind: str, **members: object) -> dict[str, Any]:
    """Plan a fault for the sandbox."""
    planned: dict[str, Any] = mock.call("POST", "faults", {"kind": kind} | members)
    return planned


def statuses(client: HapYak, calls: int) -> list[int]:
    """What so many calls are answered with."""
    return [client.ask().status_code for _ in range(calls)]


def test_a_burst_strikes_so_many_calls_and_the_server_does_not_act(client: httpx.Client, name: str) -> None:
    """A load balancer's 503 is not the application's: no job is made, and `Retry-After` is its own."""
    user = HapYak(client, name)
    plan(user.mock, "status", status=502, times=2, retry_after=7)
    answer = user.ask()
    assert (answer.status_code, answer.headers["Retry-After"]) == (502, "7")
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.headers["X-Mock-Fault"] == "status"
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert user.mock.jobs() == []
    assert statuses(user, 2) == [502, 202]
    assert [entry["faults"] for entry in user.mock.requests()] == [["status"], ["status"], []]


def test_a_failure_after_the_server_has_acted_leaves_an_orphan(client: httpx.Client, name: str) -> None:
    """A gateway's 504: the client knows of no job, but there is one."""
    user = HapYak(client, name)
    plan(user.mock, "status", status=504, when="after", times=1)
    assert user.ask().status_code == 504
    assert len(user.mock.jobs()) == 1


def test_the_answer_of_a_failure_can_be_given(client: httpx.Client, name: str) -> None:
    """Some clients read the body of an error."""
    user = HapYak(client, name)
    plan(user.mock, "status", status=599, body='{"error": "é"}', content_type="application/json")
    answer = user.ask()
    assert (answer.status_code, answer.json()) == (599, {"error": "é"})


def test_no_wait_at_all_can_be_told(client: httpx.Client, name: str) -> None:
    """Some clients divide by it."""
    user = HapYak(client, name)
    plan(user.mock, "status", retry_after=0)
    assert user.ask().headers["Retry-After"] == "0"


@pytest.mark.parametrize(
    ("matching", "expected"),
    [
        ({}, [503] * 5),
        ({"times": 2}, [503, 503, 202, 202, 202]),
        ({"nth": 3}, [202, 202, 503, 202, 202]),
        ({"nth": 2, "times": 3}, [202, 503, 503, 503, 202]),
        ({"method": "GET"}, [503] * 5),
        ({"method": "POST"}, [202] * 5),
        ({"where": "api"}, [503] * 5),
        ({"where": "storage"}, [202] * 5),
        ({"path": "/api/reports/v2/*"}, [503] * 5),
        ({"path": "/api/reports/{version}/{report}"}, [503] * 5),
        ({"path": "/api/{all}"}, [202] * 5),
        ({"path": "/api/reports/v2/"}, [202] * 5),
        ({"path": "*_raw"}, [503] * 5),
    ],
)
def test_a_fault_strikes_the_calls_that_it_names(
    client: httpx.Client, name: str, matching: dict[str, object], expected: list[int]
) -> None:
    """By method, path, place and ordinal; what does not fit is not counted."""
    user = HapYak(client, name)
    plan(user.mock, "status", **matching)
    assert statuses(user, 5) == expected


def test_chance_is_the_same_every_time(client: httpx.Client, name: str) -> None:
    """A seed reproduces a run; another seed is another run."""
    runs = []
    for run, seed in enumerate((1, 1, 2)):
        user = HapYak(client, f"{name}-{run}")
        plan(user.mock, "status", probability=0.4, seed=seed)
        runs.append(statuses(user, 30))
    assert runs[0] == runs[1] != runs[2]
    assert 5 <= runs[0].count(503) <= 20


def test_counts_are_a_sandbox_s_own(mocks: Mocks) -> None:
    """A fault for all strikes the second call of each, also of those that come later and of nobody's."""
    mocks.use("hapyak", "one")
    mocks.send("POST", "faults", {"kind": "status", "nth": 2}, vendor="hapyak")
    users = [HapYak(mocks.client, name) for name in ("one", "two")]
    assert [statuses(user, 3) for user in users] == [[202, 503, 202]] * 2
    nobody = [mocks.client.get("/hapyak/api/reports/v2/notes").status_code for _ in range(3)]
    assert nobody == [403, 503, 403]
    assert statuses(HapYak(mocks.client, "three"), 3) == [202, 503, 202]


def test_a_token_request_with_its_client_in_the_form_is_struck(client: httpx.Client, name: str) -> None:
    """The sandbox is known before any route is found."""
    user = Echo360(client, name)
    plan(user.mock, "status", path=TOKENS.removeprefix("/echo360"), times=1)
    assert [user.grant().status_code for _ in range(2)] == [503, 200]


@pytest.mark.parametrize("kind", ["time", "from", "median"])
def test_an_answer_is_held_back(client: httpx.Client, name: str, kind: str) -> None:
    """By a fixed time, a uniform one, or a log-normal one; how long is in the journal."""
    user = HapYak(client, name)
    latency = {
        "time": {"time": "20ms"},
        "from": {"from": "10ms", "to": "30ms"},
        "median": {"median": "20ms", "sigma": 0.5},
    }[kind]
    plan(user.mock, "latency", **latency)
    assert user.ask().status_code == 202
    (entry,) = user.mock.requests()
    (note,) = [note for note in entry["notes"] if note.startswith("held back for")]
    held = int(note.split()[3])
    assert entry["ms"] >= held
    assert 1 <= held <= 1000


def test_garbage_replaces_the_body_and_says_its_length(client: httpx.Client, name: str) -> None:
    """The head is the real one, and the same call gives the same garbage."""
    bodies = []
    for run in range(2):
        user = HapYak(client, f"{name}-{run}")
        plan(user.mock, "garbage", bytes=1000)
        answer = user.ask()
        assert (answer.status_code, answer.headers["Content-Type"]) == (202, "application/json")
        assert len(answer.content) == 1000
        bodies.append(answer.content)
    assert bodies[0] == bodies[1]


def test_a_wrong_content_type_stands_on_the_right_body(client: httpx.Client, name: str) -> None:
    """A proxy's login page is what clients meet; here only the type is wrong."""
    user = HapYak(client, name)
    plan(user.mock, "content-type", content_type="text/plain; charset=latin-1")
    answer = user.ask()
    assert answer.headers["Content-Type"] == "text/plain; charset=latin-1"
    assert answer.json() == {"status": "processing"}


def test_a_plain_body_comes_as_gzip_that_cannot_be_unpacked(client: httpx.Client, name: str) -> None:
    """Clients unpack by `Content-Encoding`, and find that the checksum is another's."""
    user = HapYak(client, name)
    plan(user.mock, "corrupt-gzip")
    with pytest.raises(httpx.DecodingError):
        user.ask()


def finished_link(user: Echo360) -> str:
    """The signed link of a finished gzipped report."""
    user.sign_in()
    return user.finished("videoview")


def test_a_gzipped_download_is_damaged_in_its_middle(client: httpx.Client, name: str) -> None:
    """Its length is right, its head too, and it cannot be unpacked to the end."""
    user = Echo360(client, name)
    link = finished_link(user)
    whole = client.get(link).content
    plan(user.mock, "corrupt-gzip", where="storage")
    damaged = client.get(link).content
    assert len(damaged) == len(whole)
    assert gzip.decompress(whole)
    with pytest.raises((OSError, EOFError)):
        gzip.decompress(damaged)


def test_a_download_fails_by_its_own_path(client: httpx.Client, name: str) -> None:
    """Storage is struck by `where` and by path, in the sandbox whose object it is."""
    user = Echo360(client, name)
    link = finished_link(user)
    plan(user.mock, "status", where="storage", path="/_storage/echo360/*", times=1)
    assert [client.get(link).status_code for _ in range(2)] == [503, 200]
    assert user.mock.requests()[-2]["faults"] == ["status"]


def test_head_is_struck_without_a_body(client: httpx.Client, name: str) -> None:
    """Only the head changes."""
    user = Echo360(client, name)
    link = finished_link(user)
    plan(user.mock, "garbage", bytes=10)
    answer = client.head(link)
    assert (answer.headers["Content-Length"], answer.content) == ("10", b"")


def test_faults_are_listed_with_their_counts_and_taken_back(client: httpx.Client, name: str) -> None:
    """One by its id, or all of a sandbox."""
    user = HapYak(client, name)
    first, second = plan(user.mock, "status", nth=2), plan(user.mock, "latency", time="1ms")
    statuses(user, 2)
    told = user.mock.call("GET", "faults")
    assert [(row["id"], row["met"], row["struck"]) for row in told] == [
        (first["id"], 2, 1),
        (second["id"], 2, 2),
    ]
    assert user.mock.call("DELETE", f"faults/{second['id']}") == {"deleted": 1}
    assert [row["id"] for row in user.mock.call("GET", "faults")] == [first["id"]]
    gone = client.delete(f"/_mock/faults/{second['id']}", params={"vendor": "hapyak", "sandbox": name})
    assert problem_of(gone, 404, "unknown-fault")["allowed"] == [first["id"]]
    assert user.mock.call("DELETE", "faults") == {"deleted": 1}
    assert user.mock.call("GET", "faults") == []


def test_taking_all_back_reaches_what_new_sandboxes_start_with(mocks: Mocks) -> None:
    """Otherwise the next client would meet a fault that nobody sees."""
    mocks.use("hapyak", "one")
    mocks.send("POST", "faults", {"kind": "status"}, vendor="hapyak")
    assert mocks.send("DELETE", "faults") == {"deleted": 1}
    assert statuses(HapYak(mocks.client, "two"), 1) == [202]


def test_a_reset_takes_faults_back(client: httpx.Client, name: str) -> None:
    """A sandbox starts again without them."""
    user = HapYak(client, name)
    plan(user.mock, "status")
    user.mock.call("POST", "reset")
    assert statuses(user, 1) == [202]


def test_a_told_fault_can_be_planned_again(client: httpx.Client, name: str) -> None:
    """What `GET` says of a fault is what `POST` takes, its id and counts aside."""
    user = HapYak(client, name)
    given = {"kind": "latency", "from": "0.5s", "to": "1500ms", "probability": 0.5}
    first = user.mock.call("POST", "faults", given)
    second = user.mock.call("POST", "faults", {name: value for name, value in first.items() if name != "id"})
    assert first | {"id": ""} == second | {"id": ""}
    assert (first["from"], first["to"]) == ("500ms", "1s500ms")


@pytest.mark.parametrize("kind", BYTE_LEVEL)
def test_what_breaks_connections_wants_the_relay(mocks: Mocks, kind: str) -> None:
    """Refused with how to get it, not accepted and never done."""
    found = problem_of(mocks.client.post("/_mock/faults", json={"kind": kind}), 409, "no-relay")
    assert "--faults on" in found["detail"]


@pytest.mark.parametrize("kind", [None, 1, "", "Latency", "oops"])
def test_an_unknown_kind_is_refused_with_those_there_are(mocks: Mocks, kind: object) -> None:
    """A slip must not become a fault that never strikes."""
    found = problem_of(mocks.client.post("/_mock/faults", json={"kind": kind}), 422, "unknown-kind")
    assert found["allowed"] == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_member_is_refused_with_those_there_are(mocks: Mocks, kind: str) -> None:
    """Each kind has its own."""
    answer = mocks.client.post("/_mock/faults", json={"kind": kind, "probabilty": 1})
    found = problem_of(answer, 422, "bad-value")
    assert found["field"] == "probabilty"
    assert "probability" in found["allowed"]


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "latency"},
        {"kind": "latency", "time": "1s", "median": "1s", "sigma": 1},
        {"kind": "latency", "from": "1s"},
        {"kind": "latency", "from": "2s", "to": "1s"},
        {"kind": "latency", "median": "1s"},
        {"kind": "latency", "median": "1s", "sigma": 11},
        {"kind": "latency", "time": "61s"},
        {"kind": "latency", "time": "0s"},
        {"kind": "latency", "time": 5},
        {"kind": "latency", "time": "soon"},
        {"kind": "status", "status": 200},
        {"kind": "status", "status": "503"},
        {"kind": "status", "status": True},
        {"kind": "status", "status": 503.0},
        {"kind": "status", "when": "later"},
        {"kind": "status", "retry_after": -1},
        {"kind": "status", "body": 5},
        {"kind": "status", "body": "\ud800"},
        {"kind": "status", "body": "x" * 70_000},
        {"kind": "status", "content_type": "html"},
        {"kind": "status", "content_type": "text/html\r\nX-Evil: 1"},
        {"kind": "status", "where": "everywhere"},
        {"kind": "status", "method": "get"},
        {"kind": "status", "path": "api/*"},
        {"kind": "status", "path": 5},
        {"kind": "status", "nth": 0},
        {"kind": "status", "times": 0},
        {"kind": "status", "times": "2"},
        {"kind": "status", "probability": 0},
        {"kind": "status", "probability": 1.5},
        {"kind": "status", "probability": "half"},
        {"kind": "status", "seed": -1},
        {"kind": "garbage", "bytes": 0},
        {"kind": "garbage", "bytes": 2_000_000},
    ],
    ids=json.dumps,
)
def test_a_value_that_is_not_allowed_is_refused(mocks: Mocks, body: dict[str, object]) -> None:
    """With the member and what it may be; and nothing is planned."""
    content = json.dumps(body)
    found = problem_of(mocks.client.post("/_mock/faults", content=content), 422, "bad-value")
    assert found["field"] in (*body, "latency")
    assert mocks.get("faults") == []


def test_a_sandbox_has_a_hundred_faults_at_most(mocks: Mocks) -> None:
    """A loop that forgets to take them back is told, and does not slow every call down."""
    here = {"vendor": "hapyak", "sandbox": "one"}
    for _ in range(100):
        mocks.send("POST", "faults", {"kind": "status"}, **here)
    answer = mocks.client.post("/_mock/faults", params=here, json={"kind": "status"})
    problem_of(answer, 409, "too-many-faults")


def test_the_control_api_is_never_struck(mocks: Mocks) -> None:
    """Whoever plans that everything is down can still take it back."""
    mocks.send("POST", "faults", {"kind": "status"})
    assert mocks.client.get("/").status_code == 200
    assert mocks.get("health")["status"] == "ok"


def test_a_jumping_clock_jumps_over_the_wait_that_a_failure_tells(mocks: Mocks) -> None:
    """As over any other wait: a client in `auto` is told one second, and has waited all of it."""
    user = HapYak(mocks.client, "one")
    user.mock.call("POST", "clock", {"mode": "auto"})
    plan(user.mock, "status", retry_after=3600)
    before = user.mock.now
    assert user.ask().headers["Retry-After"] == "1"
    assert user.mock.now[11:13] != before[11:13]
