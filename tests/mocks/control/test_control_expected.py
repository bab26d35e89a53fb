"""What a perfect client would end up with: the rows that the mock delivers, without caps and limits."""

from collections.abc import Callable

import httpx
import pytest

from reportcontracts.catalogue import load_catalogue
from reportmocks.kernel.clock import parse_instant
from support.echo360 import Echo360, typed
from support.hapyak import HapYak, rows
from support.mocks import Mocks
from support.problems import problem_of


def ask(client: httpx.Client, report: str, **query: str) -> httpx.Response:
    """The expected rows, or a refusal."""
    return client.get(f"/_mock/expected/{report}", params=query)


@pytest.mark.parametrize("form", ["json", "csv"])
@pytest.mark.parametrize("report", ["user_stream_raw", "project_engagement_summary_raw"])
def test_it_is_what_a_client_fetches_by_the_same_days(
    client: httpx.Client, name: str, report: str, form: str
) -> None:
    """HapYak's last day belongs to the range, in both formats to the byte."""
    days = {"start": "2026-02-20", "end": "2026-02-26"}
    fetched = HapYak(client, name).fetch(report, **days, format=form)
    told = ask(client, report, vendor="hapyak", sandbox=name, format=form, **days)
    assert told.status_code == 200
    assert fetched.text.count("\n") > 1 or len(fetched.json()) > 1
    if form == "csv":
        assert told.content == fetched.content
    else:
        assert told.json() == fetched.json()


@pytest.mark.parametrize("report", ["videoview", "asset", "notes"])
def test_it_follows_another_vendors_bounds(client: httpx.Client, name: str, report: str) -> None:
    """Echo360's last day does not, and a report without a range has everything up to now."""
    echo360 = Echo360(client, name)
    echo360.sign_in()
    days = {"start": "2026-02-20", "end": "2026-02-23"}
    told = ask(client, report, vendor="echo360", sandbox=name, format="csv", **days).content
    fetched = echo360.fetch(report, days, compression=False)
    assert typed(report, told)
    assert typed(report, told) == typed(report, fetched)


def test_it_takes_no_notice_of_row_cap_and_range_limit(client: httpx.Client, name: str) -> None:
    """A perfect client pages around both."""
    hapyak = HapYak(client, name)
    hapyak.mock.rule("row-cap", value=2)
    days = {"start": "2024-01-01", "end": "2026-03-01"}
    assert len(rows("user_stream_raw", hapyak.fetch("user_stream_raw", **days))) == 2
    told = ask(client, "user_stream_raw", vendor="hapyak", sandbox=name, **days).json()
    assert len(told) > 1000
    assert told[0]["timestamp"] < "2024-02"


def test_a_vendors_switch_on_its_bounds_holds(client: httpx.Client, name: str) -> None:
    """Expected rows go by the sandbox's own rules."""
    days = {"start": "2026-02-20", "end": "2026-02-21", "vendor": "hapyak", "sandbox": name}
    inclusive = ask(client, "user_stream_raw", **days).json()
    HapYak(client, name).mock.rule("end-inclusive", enabled=False)
    exclusive = ask(client, "user_stream_raw", **days).json()
    assert len(exclusive) < len(inclusive)
    assert inclusive[: len(exclusive)] == exclusive


def test_nothing_lies_in_the_sandboxs_future(client: httpx.Client, name: str) -> None:
    """The world goes on, but a client could not know."""
    query = {"start": "2026-03-01", "end": "2026-04-30", "vendor": "hapyak", "sandbox": name}
    hapyak = HapYak(client, name)
    before = ask(client, "user_stream_raw", **query).json()
    assert max(row["timestamp"] for row in before) < "2026-03-04 12:00:00"
    hapyak.mock.advance("10d")
    after = ask(client, "user_stream_raw", **query).json()
    assert after[: len(before)] == before
    assert len(after) > len(before)


def test_without_a_sandbox_it_tells_of_a_new_one(mocks: Mocks) -> None:
    """Sandboxes start from the server's seed, and asking makes none."""
    told = mocks.get("expected/notes", vendor="echo360", start="2026-02-01", end="2026-02-20")
    assert told == mocks.get("expected/notes", sandbox="any", start="2026-02-01", end="2026-02-20")
    assert told
    assert mocks.get("health")["sandboxes"]["echo360"] == 0


def test_every_report_of_every_vendor_is_told(make_mocks: Callable[..., Mocks]) -> None:
    """Whatever way its rows are made, JSON tells as many as CSV."""
    mocks = make_mocks(now=parse_instant("2016-03-01"))
    for vendor in mocks.get("health")["vendors"]:
        for report in load_catalogue(vendor):
            named = {"vendor": vendor, "start": "2016-02-01", "end": "2016-02-08"}
            told = mocks.get(f"expected/{report}", **named)
            assert isinstance(told, list)
            text = ask(mocks.client, report, format="csv", **named)
            assert text.status_code == 200
            assert int(text.headers["Content-Length"]) == len(text.content)


@pytest.mark.parametrize(
    ("report", "query", "status", "kind"),
    [
        ("nothing", {}, 404, "unknown-report"),
        ("notes", {"vendor": "hapyak"}, 404, "unknown-report"),
        ("notes", {"start": "yesterday"}, 422, "bad-value"),
        ("notes", {"start": "2026-02-30"}, 422, "bad-value"),
        ("notes", {"start": "2026-03-02", "end": "2026-03-01"}, 422, "bad-value"),
        ("asset", {"end": "soon"}, 422, "bad-value"),
        ("notes", {"format": "xml"}, 422, "bad-value"),
        ("notes", {"limit": "3"}, 422, "unknown-parameter"),
        ("notes", {"vendor": "acme"}, 422, "unknown-vendor"),
    ],
)
def test_what_it_cannot_tell_is_refused(
    client: httpx.Client, report: str, query: dict[str, str], status: int, kind: str
) -> None:
    """Nothing that was asked is ignored."""
    problem_of(ask(client, report, **query), status, kind)


def test_a_report_that_several_vendors_have_wants_the_vendor(make_mocks: Callable[..., Mocks]) -> None:
    """The refusal names them."""
    mocks = make_mocks()
    both = {"hapyak", "brightcove"} & set(mocks.get("health")["vendors"])
    answer = ask(mocks.client, "user_stream_raw")
    if len(both) > 1:
        assert set(problem_of(answer, 422, "missing-vendor")["allowed"]) == both
    else:
        assert answer.status_code == 200
