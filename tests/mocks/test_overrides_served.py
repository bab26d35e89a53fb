"""Overrides in a running server: columns, formats, added reports and switches, wherever they show."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from reportcontracts.exchanges import Answered, Sent, exchanges_with
from reportcontracts.overrides import parse_overrides
from reportmocks.app import create_app
from reportmocks.config import Arguments, ConfigError, load
from reportmocks.kernel.clock import parse_instant
from reportmocks.settings import Settings

POLLS = "poll_widget_detail"
KEY = {"X-Hapyak-API-Key": "key"}
USER = ("me@example.com", "a-password")
COLUMNS = """
columns = [
  { name = "Session", of = "play_session" },
  "project_id",
  { name = "Begun", of = "session_start_time" },
  { name = "Cohort", type = "string", values = ["red", "blue"] },
  { name = "Score", type = "number", format = "0,00" },
  { name = "Key", of = "annotation_id", type = "uuid" },
]
"""
HAPYAK = f"""
[[hapyak.report]]
name = "{POLLS}"
timestamps = "%d.%m.%Y %H:%M"
delimiter = ";"
quote = "nonnumeric"
newline = "lf"
bom = true
{COLUMNS}
[[hapyak.report]]
name = "my_polls"
of = "{POLLS}"
rename = {{ prompt = "question" }}
header = false
"""


@contextmanager
def served(text: str) -> Iterator[httpx.Client]:
    """A server with an overrides file of this text, whose clock jumps over every wait."""
    catalogues = parse_overrides(text, origin="mine.toml").catalogues
    settings = Settings(
        clock="auto", now=parse_instant("2026-03-04T12:00:00Z"), size="tiny", catalogues=catalogues
    )
    app = create_app(settings)
    transport = httpx.WSGITransport(app=app)
    with httpx.Client(transport=transport, base_url="http://127.0.0.1:8080", headers=KEY) as client:
        yield client
    app.kernel.store.close()


@pytest.fixture(scope="module")
def hapyak() -> Iterator[httpx.Client]:
    """HapYak with two reports as the user knows them."""
    with served(HAPYAK) as client:
        yield client


def fetch(client: httpx.Client, report: str, form: str = "csv", **sent: str) -> httpx.Response:
    """The rows of a report of February."""
    days = {"start": "2026-02-01", "end": "2026-02-28", "format": form, "send_status": "true"} | sent
    for _ in range(5):  # the clock jumps over every wait that it is told, for the run and for the rate limit
        answer = client.get(f"/hapyak/api/reports/v2/{report}", params=days)
        if answer.status_code == 200:
            return answer
    raise AssertionError(answer.text)


def cells(answer: httpx.Response) -> list[list[str]]:
    """The lines of CSV with semicolons."""
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline=""), delimiter=";"))


def test_the_file_is_as_the_overrides_say(hapyak: httpx.Client) -> None:
    """Order of the columns, mark, delimiter, line's end, quotes, and the forms of instants and numbers."""
    answer = fetch(hapyak, POLLS)
    assert answer.content.startswith(b'\xef\xbb\xbf"Session";"project_id";"Begun";"Cohort";"Score";"Key"\n')
    assert b"\r" not in answer.content
    assert len(answer.content) == int(answer.headers["Content-Length"])
    for session, project, begun, cohort, score, key in cells(answer)[1:]:
        assert len(session) == 9
        assert project.isdigit()
        assert parse_instant(f"{begun[6:10]}-{begun[3:5]}-{begun[:2]}T{begun[11:]}:00Z")
        assert cohort in ("red", "blue")
        assert score.partition(",")[2].isdigit()
        assert key[14] == "4"
    assert f";{cells(answer)[1][1]};" in answer.text  # a number is bare


def test_json_has_the_same_with_its_own_types(hapyak: httpx.Client) -> None:
    """Numbers stay numbers there; instants are written the same."""
    rows = fetch(hapyak, POLLS, "json").json()
    lines = cells(fetch(hapyak, POLLS))
    assert [list(row) for row in rows] == [lines[0]] * len(rows)
    assert [row["Begun"] for row in rows] == [line[2] for line in lines[1:]]
    assert [f"{row['Score']:.2f}".replace(".", ",") for row in rows] == [line[4] for line in lines[1:]]
    assert {row["Cohort"] for row in rows} == {"red", "blue"}


def test_expected_is_what_the_client_gets(hapyak: httpx.Client) -> None:
    """To the byte."""
    query = {"vendor": "hapyak", "start": "2026-02-01", "end": "2026-02-28", "format": "csv"}
    assert hapyak.get(f"/_mock/expected/{POLLS}", params=query).content == fetch(hapyak, POLLS).content


def test_added_cells_belong_to_their_row(hapyak: httpx.Client) -> None:
    """Any range that a row is in shows it with the same cells."""
    whole = cells(fetch(hapyak, POLLS))[1:]
    halves = [*cells(fetch(hapyak, POLLS, end="2026-02-14"))[1:],
              *cells(fetch(hapyak, POLLS, start="2026-02-15"))[1:]]  # fmt: skip
    assert halves == whole
    assert len({line[4] for line in whole}) > 1


def test_a_column_made_of_another_keeps_telling_things_apart(hapyak: httpx.Client) -> None:
    """Equal identifiers stay equal, and different ones different."""
    before = [row["annotation_id"] for row in fetch(hapyak, "my_polls", "json").json()]
    after = [line[5] for line in cells(fetch(hapyak, POLLS))[1:]]
    assert len(set(zip(before, after, strict=True))) == len(set(before)) == len(set(after))


def test_an_added_report_is_served_with_its_own_columns(hapyak: httpx.Client) -> None:
    """With the rows of the one that it is made of, and here without a header."""
    rows = fetch(hapyak, "my_polls", "json").json()
    assert "question" in rows[0]
    assert "prompt" not in rows[0]
    answer = fetch(hapyak, "my_polls")
    assert answer.text.startswith(f"{rows[0]['session_start_time']},{rows[0]['play_session']},")
    assert len(rows) == len(cells(fetch(hapyak, POLLS))) - 1


def test_the_contract_follows(hapyak: httpx.Client) -> None:
    """An answer is held against the report as the user knows it, and the vendor's own is violated."""
    catalogue = parse_overrides(HAPYAK, origin="f").catalogue("hapyak")
    exchanges = exchanges_with(catalogue)
    answer = fetch(hapyak, POLLS)
    query = "start=2026-02-01&end=2026-02-28&format=csv&send_status=true"
    sent = Sent(
        method="GET", path=f"/api/reports/v2/{POLLS}", query=query, headers={"x-hapyak-api-key": "key"}
    )
    headers = {name.lower(): text for name, text in answer.headers.items()}
    answered = Answered(status=200, headers=headers, body=answer.content)
    match = exchanges.find(sent)
    assert exchanges.response(sent, answered, match) == []
    own = exchanges_with(parse_overrides("", origin="f").catalogue("hapyak"))
    assert own.response(sent, answered, own.find(sent))


def test_rows_of_ones_own_have_the_new_columns() -> None:
    """Checked against them, given in the catalogue's own forms, and written in the user's."""
    with served(HAPYAK) as client:
        row = {"Session": "abc", "project_id": 3, "Begun": "2026-02-03 10:20:30", "Cohort": "x", "Score": 1.5,
               "Key": "00000000-0000-4000-8000-000000000000"}  # fmt: skip
        pin = {"vendor": "hapyak", "mode": "beside"}
        assert client.put(f"/_mock/data/{POLLS}", params=pin, json=[row]).is_success
        lines = cells(fetch(client, POLLS))
        assert ["abc", "3", "03.02.2026 10:20", "x", "1,50", row["Key"]] in lines
        assert len(lines) > 2
        del row["Session"]
        refused = client.put(f"/_mock/data/{POLLS}", params=pin, json=[row | {"play_session": "abc"}])
        assert (refused.status_code, refused.json()["column"]) == (422, "play_session")


def test_echo360_lists_and_serves_them() -> None:
    """A report that only newer clients know; the delimiter that was asked for goes before the file's."""
    text = """
[[echo360.report]]
name = "liveviews"
of = "videoview"
description = "Live views"
delimiter = ";"
columns = ["VideoId", { name = "live", type = "flag", format = "Y/N" }]
"""
    with served(text) as client:
        form = {"grant_type": "client_credentials", "client_id": "one", "client_secret": "s"}
        token = client.post("/echo360/oauth2/access_token", data=form).json()["access_token"]
        its, base = {"Authorization": f"Bearer {token}"}, "/echo360/public/api/v1/reporting"
        reports = client.get(f"{base}/reports", headers=its).json()["reports"]
        listed = {report["name"]: report["description"] for report in reports}
        assert listed["liveviews"] == "Live views"
        parameters = {"start": "2026-02-01", "end": "2026-02-08"}
        for delimiter, shown in ((",", ";"), ("|", "|")):
            output = {"compression": False, "delimiter": delimiter}
            body = {"parameters": parameters, "output": output}
            submitted = client.post(f"{base}/requests/liveviews", json=body, headers=its).json()
            path = f"{base}/requests/{submitted['requestId']}"
            client.get(path, headers=its)
            link = client.get(path, headers=its).json()["signedAssets"][0]
            lines = client.get(link).text.splitlines()
            assert lines[0] == f'"VideoId"{shown}"live"'
            assert {line.partition(shown)[2] for line in lines[1:]} == {'"Y"', '"N"'}


def test_khoros_has_them_in_both_formats() -> None:
    """Labels in CSV, keys in JSON, and metrics by the new names."""
    text = """
[[khoros.report]]
name = "conversation"
columns = [
  "CONVERSATION_ID",
  { name = "MOOD", label = "How it went", type = "string", values = ["well"] },
  { name = "STATE", of = "STATUS", label = "State" },
]
"""
    with served(text) as client:
        base = "/khoros/api/public/reports/report/conversation"
        sent = {"companyKey": "c", "startTime": "1769904000000", "endTime": "1772323200000"}

        def rows(**more: str) -> httpx.Response:
            answer = client.post(base, params=sent | more, auth=USER)
            status = answer.json()["result"]["statusUrl"]
            client.get(status, auth=USER)
            url = client.get(status, auth=USER).json()["result"]["jobInfo"]["downloadUrl"]
            return client.get(client.get(url, auth=USER).headers["Location"])

        lines = rows(reportFormat="csv").text.splitlines()
        assert lines[0] == "Conversation ID,How it went,State"
        assert {line.split(",")[1] for line in lines[1:]} == {"well"}
        assert list(rows().json()[0]) == ["conversationId", "mood", "state"]
        assert list(rows(reportMetrics="state").json()[0]) == ["state"]


def test_the_option_takes_a_file(tmp_path: Path) -> None:
    """With switches, which options of their own go before."""
    path = tmp_path / "mine.toml"
    path.write_text(f"[rules]\nhapyak.row-cap.value = 5\nhapyak.range.value = 2\n{HAPYAK}")
    launch = load(Arguments(options={"overrides": str(path)}, rules=("hapyak.range.value=9",)), {})
    assert launch.settings.catalogue("hapyak")["my_polls"].base == POLLS
    rules = launch.settings.rules["hapyak"]
    assert (rules.number("hapyak.row-cap"), rules.number("hapyak.range")) == (5, 9)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[rules]\nhapyak.row-cup = 5\n", "hapyak.row-cup"),
        (
            '[[hapyak.report]]\nname = "polls"\n',
            "hapyak.report[1] (polls).name: hapyak has no report",
        ),
        ("x = 1\n", "unknown key"),
        (None, "No such file"),
    ],
)
def test_a_mistake_refuses_to_start(tmp_path: Path, text: str | None, told: str) -> None:
    """In one line, with the file, the key, and what is wrong."""
    path = tmp_path / "mine.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load(Arguments(options={"overrides": str(path)}), {})
    assert told in str(refused.value)
    assert "mine.toml" in str(refused.value)
