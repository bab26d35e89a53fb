"""What there is to look at: health, sandboxes, jobs, limits, the journal; and the way back to the start."""

import httpx
import pytest

from reportcontracts.names import VENDORS
from reportfixtures import Dials, world_mark
from reportmocks.version import VERSION
from support.hapyak import HapYak
from support.mocks import Mocks
from support.steering import Steering

START = "2026-03-04T12:00:00.000Z"


def test_health_tells_what_is_served(mocks: Mocks) -> None:
    """The version, the vendors with the number of their sandboxes, and how many requests there were."""
    mocks.use("hapyak", "one", "two")
    HapYak(mocks.client, "two").ask()
    assert mocks.get("health") == {
        "status": "ok",
        "version": VERSION,
        "vendors": list(VENDORS),
        "sandboxes": dict.fromkeys(VENDORS, 0) | {"hapyak": 2},
        "requests": 1,
        "violations": 0,
        "worlds": {vendor: world_mark(vendor, 1, Dials(size="tiny")) for vendor in VENDORS},
    }


def test_ready_is_told_in_one_word(client: httpx.Client) -> None:
    """For whoever waits for the server."""
    assert client.get("/_mock/ready").json() == {"status": "ready"}


def test_sandboxes_are_told_with_their_clocks_and_the_number_of_their_jobs(mocks: Mocks) -> None:
    """Those that were used; what new ones start with is none."""
    assert mocks.get("sandboxes") == []
    HapYak(mocks.client, "one").start(2)
    mocks.use("echo360", "two")
    mocks.send("POST", "clock", {"advance": "1d"}, vendor="echo360")
    told = [(row["vendor"], row["sandbox"], row["now"], row["jobs"]) for row in mocks.get("sandboxes")]
    assert told == [("hapyak", "one", START, 2), ("echo360", "two", "2026-03-05T12:00:00.000Z", 0)]


def test_a_sandbox_that_was_never_used_is_not_told(mocks: Mocks) -> None:
    """Although its clock could be."""
    mocks.use("hapyak", "one")
    assert mocks.get("sandboxes", vendor="hapyak", sandbox="two") == []
    assert [row["sandbox"] for row in mocks.get("sandboxes", vendor="hapyak", sandbox="one")] == ["one"]


def test_jobs_are_told_as_they_stand(client: httpx.Client, name: str) -> None:
    """Their number, phase and the vendor's own word for it, when they were asked for and will be done."""
    hapyak = HapYak(client, name)
    hapyak.mock.plan(time="10s", outcome="failed")
    hapyak.start(2)
    hapyak.mock.advance("3s")
    first, second = hapyak.mock.jobs()
    assert first.pop("id") != second.pop("id")
    assert first.pop("request").keys() == {"start", "end"}
    assert first == {
        "vendor": "hapyak",
        "sandbox": name,
        "number": 1,
        "report": "project_engagement_summary_raw",
        "phase": "running",
        "status": "running",
        "submitted": START,
        "finishes": "2026-03-04T12:00:10.000Z",
        "polls": 0,
    }
    assert (second["number"], second["phase"], second["finishes"]) == (2, "done", "2026-03-04T12:00:02.000Z")


def test_a_job_that_never_ends_has_no_end_to_tell(client: httpx.Client, name: str) -> None:
    """Neither does one that awaits polls."""
    hapyak = HapYak(client, name)
    hapyak.mock.plan(outcome="never")
    hapyak.mock.plan(polls=3)
    hapyak.start(2)
    assert [job["finishes"] for job in hapyak.mock.jobs()] == [None, None]


def test_a_job_looked_at_is_not_polled(client: httpx.Client, name: str) -> None:
    """Only its client's own requests count."""
    hapyak = HapYak(client, name)
    hapyak.mock.plan(polls=2)
    hapyak.ask()
    for _ in range(5):
        assert hapyak.last_job["polls"] == 0
    hapyak.ask()
    assert (hapyak.last_job["polls"], hapyak.last_job["phase"]) == (1, "running")
    hapyak.ask()
    assert (hapyak.last_job["polls"], hapyak.last_job["phase"]) == (2, "done")


def test_limits_are_told_with_what_is_used_of_them(client: httpx.Client, name: str) -> None:
    """By how many and which uses, and when the first place is free again."""
    hapyak = HapYak(client, name)
    hapyak.start(3)
    minute = hapyak.mock.limits()["rate-minute"]
    assert minute == {
        "vendor": "hapyak",
        "sandbox": name,
        "rule": "hapyak.rate-minute",
        "value": 4,
        "unit": "reports",
        "enabled": True,
        "used": 3,
        "used_by": ["project_engagement_summary_raw"] * 3,
        "frees": "2026-03-04T12:01:00.000Z",
    }
    hapyak.mock.advance("1m")
    limits = hapyak.mock.limits()
    assert (limits["rate-minute"]["used"], limits["rate-minute"]["frees"]) == (0, None)
    assert (limits["rate-hour"]["used"], limits["rate-hour"]["frees"]) == (3, "2026-03-04T13:00:00.000Z")


def test_limits_of_which_nothing_can_be_used_up_tell_their_value(hapyak: Steering) -> None:
    """Such as the longest range."""
    cap = hapyak.limits()["row-cap"]
    assert (cap["value"], cap["unit"], cap["used"], cap["used_by"]) == (500_000, "rows", None, [])


def test_the_journal_tells_requests_of_the_sandbox(client: httpx.Client, name: str) -> None:
    """And not the control calls by which it is looked at."""
    hapyak = HapYak(client, name)
    hapyak.ask(start="2026-03-01")
    hapyak.mock.advance("1s")
    (entry,) = hapyak.mock.requests()
    assert (entry["vendor"], entry["sandbox"], entry["status"]) == ("hapyak", name, 202)
    assert entry["path"] == "/hapyak/api/reports/v2/project_engagement_summary_raw"
    assert entry["query"] == "send_status=true&start=2026-03-01"
    assert entry["job"] == hapyak.last_job["id"]
    assert entry["headers"]["X-Hapyak-Api-Key"] == "***"


def test_requests_without_a_credential_are_under_a_dash(mocks: Mocks) -> None:
    """So that a client which forgets its key can be found too."""
    mocks.client.get("/hapyak/api/reports/v2/nonsense")
    mocks.client.get("/echo360/public/api/v1/reports")
    told = [(entry["vendor"], entry["sandbox"]) for entry in mocks.get("requests", sandbox="-")]
    assert told == [("hapyak", "-"), ("echo360", "-")]
    assert [entry["vendor"] for entry in mocks.get("requests", sandbox="-", vendor="echo360")] == ["echo360"]


def test_requests_are_forgotten(client: httpx.Client, name: str) -> None:
    """Those of the sandbox that is named; its jobs stay."""
    one, two = HapYak(client, name), HapYak(client, f"{name}-two")
    one.start(2)
    two.start(1)
    assert one.mock.call("DELETE", "requests") == {"forgotten": 2}
    assert (one.mock.requests(), len(two.mock.requests())) == ([], 1)
    assert len(one.mock.jobs()) == 2


def test_a_reset_takes_one_sandbox_to_its_start(client: httpx.Client, name: str) -> None:
    """Clock, jobs, limits, rules, plans and journal; and no other sandbox."""
    one, two = HapYak(client, name), HapYak(client, f"{name}-two")
    for hapyak in (one, two):
        hapyak.start(4)
        hapyak.mock.rule("rate-minute", value=5)
        hapyak.mock.plan(outcome="never")
        hapyak.mock.advance("10s")
    one.mock.call("POST", "reset")
    assert (one.mock.now, one.mock.jobs(), one.mock.requests()) == (START, [], [])
    assert (one.mock.limits()["rate-minute"]["used"], one.mock.limits()["rate-minute"]["value"]) == (0, 4)
    one.start(1)
    assert one.last_job["finishes"] == "2026-03-04T12:00:02.000Z"
    assert (len(two.mock.jobs()), len(two.mock.requests())) == (4, 4)
    assert two.mock.limits()["rate-minute"]["value"] == 5


def test_a_reset_without_a_sandbox_takes_everything_to_its_start(mocks: Mocks) -> None:
    """What was changed for new sandboxes too."""
    mocks.use("hapyak", "one")
    HapYak(mocks.client, "one").start(2)
    mocks.send("PUT", "rules/hapyak.rate-minute", {"value": 1})
    mocks.send("POST", "clock", {"advance": "1d"})
    mocks.send("POST", "reset")
    mocks.use("hapyak", "two")
    assert {clock["now"] for clock in mocks.get("clock")} == {START}
    assert {rule["values"]["value"] for rule in mocks.get("rules/hapyak.rate-minute")} == {4}
    assert (mocks.get("jobs"), mocks.get("requests")) == ([], [])


def test_a_finished_report_looked_up_after_a_reset_is_run_again(client: httpx.Client, name: str) -> None:
    """Nothing of it is remembered anywhere."""
    hapyak = HapYak(client, name)
    hapyak.fetch()
    hapyak.mock.call("POST", "reset")
    assert hapyak.ask().status_code == 202
    assert hapyak.last_job["number"] == 1


@pytest.mark.parametrize(
    "path", ["health", "ready", "clock", "sandboxes", "jobs", "limits", "requests", "rules"]
)
def test_everything_there_is_to_look_at_is_json(client: httpx.Client, path: str) -> None:
    """With its length, so that a connection can be kept."""
    answer = client.get(f"/_mock/{path}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert int(answer.headers["Content-Length"]) == len(answer.content)


def test_a_sandbox_is_let_go_with_all_that_is_in_it(mocks: Mocks) -> None:
    """Jobs, uses, plans, faults, switches, rows, requests; and the next call makes a fresh one."""
    for name in ("one", "two"):
        hapyak, named = HapYak(mocks.client, name), {"vendor": "hapyak", "sandbox": name}
        hapyak.start(2)
        mocks.send("POST", "plans", {"outcome": "failed"}, **named)
        mocks.send("POST", "faults", {"kind": "latency", "time": "1s", "nth": 99}, **named)
        mocks.send("PUT", "rules/hapyak.rate-minute", {"value": 77}, **named)
    gone, kept = ({"vendor": "hapyak", "sandbox": name} for name in ("one", "two"))
    assert mocks.send("DELETE", "sandboxes", **gone) == {"deleted": 1}
    assert [row["sandbox"] for row in mocks.get("sandboxes")] == ["two"]
    assert mocks.get("requests", **gone) == []
    HapYak(mocks.client, "one").start(1)
    assert [job["number"] for job in mocks.get("jobs", **gone)] == [1]
    assert mocks.get("plans", **gone) == mocks.get("faults", **gone) == []
    assert mocks.get("rules/hapyak.rate-minute", **gone)["values"]["value"] == 4
    assert len(mocks.get("jobs", **kept)) == len(mocks.get("requests", **kept)) == 2
    assert len(mocks.get("faults", **kept)) == 1


def test_sandboxes_are_let_go_by_vendor_or_all(mocks: Mocks) -> None:
    """One that was never used is none; what was set for new ones stays."""
    mocks.use("hapyak", "one", "two")
    mocks.use("echo360", "one")
    mocks.send("PUT", "rules/hapyak.rate-minute", {"value": 77})
    assert mocks.send("DELETE", "sandboxes", vendor="hapyak", sandbox="never") == {"deleted": 0}
    assert mocks.send("DELETE", "sandboxes", vendor="hapyak") == {"deleted": 2}
    assert mocks.send("DELETE", "sandboxes") == {"deleted": 1}
    assert mocks.get("sandboxes") == []
    assert mocks.get("rules/hapyak.rate-minute", vendor="hapyak")["values"]["value"] == 77


def test_a_sandbox_that_is_let_go_leaves_no_rows_behind(mocks: Mocks) -> None:
    """Rows that two have pinned are there until neither has."""
    kernel, row = mocks.app.kernel, {"id": 1, "account_id": 1, "name": "New", "report_count": 1}
    for name in ("one", "two"):
        mocks.send("PUT", "data/reports_per_state", [row], vendor="saferme", sandbox=name, mode="instead")

    def texts() -> int:
        found: int = kernel.store._one("SELECT count(*) FROM meta WHERE key LIKE 'text %'", ())[0]
        return found

    assert texts() == 1
    mocks.send("DELETE", "sandboxes", vendor="saferme", sandbox="one")
    told = mocks.get("data/reports_per_state", vendor="saferme", sandbox="two")
    assert (texts(), len(told["rows"])) == (1, 1)
    mocks.send("DELETE", "data/reports_per_state", vendor="saferme", sandbox="two")
    assert texts() == 0
