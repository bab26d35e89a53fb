"""`reportmocks check`: a client that is a command, and what is told of it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from support.checked import ROOT, again, check, failures, python, saferme, words
from support.serving import PATIENCE, clean_environment, running_server

ORDINARY = ("--only", "ordinary")
LOSES_A_ROW = saferme("print(json.dumps(rows[1:]))")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a server that judges, so that not each test starts one."""
    with running_server("--size", "tiny", "--faults", "on", "--quiet") as server:
        yield server.control


def test_a_good_client_passes_at_a_server_that_is_started_for_it() -> None:
    """Progress goes to standard error, the table to standard output."""
    done = check("saferme", *ORDINARY, client=saferme())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass  client.finishes" in done.stdout
    assert "saferme: passed: " in done.stdout
    assert "1/1  pass" in done.stderr


def test_a_failure_is_told_with_all_that_is_needed_to_see_it_again(url: str) -> None:
    """Rule, reason, request by request, curl, and a command that fails in the same way."""
    asked = ("--url", url, "--only", "ordinary", "--json", "-")
    done = check("saferme", *asked, client=LOSES_A_ROW)
    assert done.returncode == 1, done.stderr
    for told in ("client.delivers-every-row (error)", "why: ", "! ", "+0:00:00  GET /saferme/", "curl -i"):
        assert told in done.stderr
    (failure,) = failures(done.stdout)
    repeated = check("", "--json", "-", *again(failure))
    assert repeated.returncode == 1
    assert [its["what"] for its in failures(repeated.stdout)] == [failure["what"]]


@pytest.mark.parametrize(
    ("options", "client", "told"),
    [
        (("saferme",), (), "write the client's command after --"),
        ((), ("true",), "name a VENDOR"),
        (("saferme",), ("no-such-program",), "there is no command no-such-program"),
        (("saferme",), ("true", "{reprot}"), "unknown placeholder '{reprot}'; nearest: {report}"),
        (("saferme", "--decode", "xml"), ("true",), "--decode"),
        (("saferme", "--map", "nowhere.json"), ("true",), "nowhere.json: No such file"),
        (("saferme", "--point", "[]"), ("true",), "--point: no object"),
        (("saferme", "--write-baseline", "x"), ("true",), "--reason go together"),
        (("saferme", "--summary"), ("true",), "GITHUB_STEP_SUMMARY is not set"),
        (("saferme", "--url", "http://127.0.0.1:9"), ("true",), "no mock answers at"),
        (("saferme", "--url", "nonsense"), ("true",), "--url: 'nonsense' is not the address of a server"),
        (("saferme", "--keep", "/dev/null/x"), ("true",), "--keep: /dev/null/x: Not a directory"),
        (("saferme", "--json", "no/such/file"), ("true",), "there is no directory 'no/such'"),
        (("saferme", "--until", "2020-01-01"), ("true",), "--until: 2020-01-01 is over"),
        (("saferme", "--config", "x.toml"), ("true",), "leave VENDOR and COMMAND out"),
    ],
    ids=str,
)
def test_what_cannot_be_judged_is_one_line(
    options: tuple[str, ...], client: tuple[str, ...], told: str
) -> None:
    """And exit code 2; no story is told."""
    done = check("", *options, client=client, GITHUB_STEP_SUMMARY="")
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--only", "orinary"), "unknown rule or story 'saferme.orinary'; nearest: saferme.ordinary"),
        (("--map", "nmae=name"), "unknown column 'nmae'"),
        (("--now", "soon"), "is not an instant"),
        (("--point", '{"days": 9}'), "is not one of: 32 to 365"),
    ],
    ids=str,
)
def test_unknown_names_and_values_are_refused(url: str, options: tuple[str, ...], told: str) -> None:
    """By the judge, with the nearest that there is."""
    done = check("saferme", "--url", url, *options, client=saferme())
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert told in done.stderr


RENAMES = saferme(
    """
import datetime
for row in rows:
    at = datetime.datetime.fromisoformat(row.pop("created_at").replace("Z", "+00:00"))
    row["made"] = at.timestamp()
    row.pop("report_id")
print("\\n".join(json.dumps({"type": "RECORD", "stream": "s", "record": row}) for row in rows))
"""
)


def test_columns_that_a_client_renames_casts_and_leaves_out(url: str, tmp_path: Path) -> None:
    """They are compared as what they were, from messages of Singer here; a file says the same as options."""
    asked = ("--url", url, "--only", "saferme.reports-images", "--decode", "singer")
    assert check("saferme", *asked, client=RENAMES).returncode == 1
    options = ("--map", "created_at=made:epoch-seconds", "--map", "report_id=")
    done = check("saferme", *asked, *options, client=RENAMES)
    assert done.returncode == 0, done.stdout
    file = tmp_path / "columns.json"
    file.write_text(json.dumps({"created_at": {"name": "made", "cast": "epoch-seconds"}, "report_id": None}))
    assert check("saferme", *asked, "--map", str(file), client=RENAMES).returncode == 0


@pytest.mark.parametrize(
    ("code", "told", "options"),
    [
        (
            "import time; time.sleep(0.2)\nwhile True: pass",
            "when its time was over, and was stopped",
            ("--patience", "2"),
        ),
        ("import os; os.kill(os.getpid(), 11)", "ended by SIGSEGV", ()),
        ("raise SystemExit(7)", "exit code 7", ()),
        ("import os, sys; sys.stdout.buffer.write(bytes(range(256)) * 99)", "client.finishes (error)", ()),
        ("print('{' * 100_000)", "cannot be read", ()),
        ("pass", "client.finishes (error)", ()),
    ],
    ids=["hangs", "crashes", "fails", "bytes", "nonsense", "nothing"],
)
def test_a_client_that_is_no_client_is_judged(
    url: str, code: str, told: str, options: tuple[str, ...]
) -> None:
    """It fails, and is told that no request of it was seen."""
    client = (sys.executable, "-c", code)
    done = check("saferme", "--url", url, *ORDINARY, *options, client=client)
    assert done.returncode == 1, done.stderr
    assert told in done.stdout
    assert "hint: no request of the client's reached the mock" in done.stdout


def test_a_client_is_killed_and_started_again(url: str, tmp_path: Path) -> None:
    """In the same folder, with the same task."""
    kept = tmp_path / "kept"
    done = check("echo360", "--url", url, "--only", "resumes", "--keep", str(kept), client=python("echo360"))
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = (kept / "echo360").iterdir()
    assert (folder / ".time-2").is_dir()
    assert (folder / "rows").read_text().startswith("{")


def test_without_the_shim_a_client_waits_by_the_wall_clock(url: str) -> None:
    """Windows are shrunken: nobody waits for hours."""
    options = ("--url", url, "--only", "gives-up", "--no-time-shim")
    done = check("hapyak", *options, client=python("hapyak"))
    assert done.returncode == 0, done.stdout
    assert "waits by the wall clock" in done.stdout


def test_the_verdict_as_files(url: str, tmp_path: Path) -> None:
    """JSON, JUnit XML and Markdown; a job summary is added to."""
    files = {name: tmp_path / name for name in ("json", "junit", "markdown", "summary")}
    files["summary"].write_text("before\n")
    options = [part for name in ("json", "junit", "markdown") for part in (f"--{name}", str(files[name]))]
    env = {"GITHUB_STEP_SUMMARY": str(files["summary"])}
    done = check("saferme", "--url", url, *ORDINARY, *options, "--summary", client=LOSES_A_ROW, **env)
    assert done.returncode == 1
    verdict = json.loads(files["json"].read_text())
    assert verdict["passed"] is False
    assert [its["client"] for its in verdict["clients"]] == ["saferme"]
    assert "links" not in verdict["clients"][0]
    suite = ET.fromstring(files["junit"].read_text())[0]  # noqa: S314 - our own
    assert suite.get("failures") == "1"
    assert files["markdown"].read_text().startswith("## saferme: failed\n")
    assert files["summary"].read_text() == "before\n" + files["markdown"].read_text()


def test_a_verdict_on_standard_output_is_alone_there(url: str) -> None:
    """The table goes to standard error."""
    done = check("saferme", "--url", url, *ORDINARY, "--json", "-", client=saferme())
    assert json.loads(done.stdout)["passed"] is True
    assert "pass  client.finishes" in done.stderr


def test_known_failures_are_lived_with_until_their_last_day(url: str, tmp_path: Path) -> None:
    """A baseline that is written makes the same client pass; one whose time is over does not."""
    file = tmp_path / "known.json"
    asked = ("--url", url, *ORDINARY)
    new = ("--write-baseline", str(file), "--reason", "a row too few", "--until", "2999-12-31")
    assert check("saferme", *asked, *new, client=LOSES_A_ROW).returncode == 0
    (known,) = json.loads(file.read_text())
    assert known == {"rule": "client.delivers-every-row", "reason": "a row too few", "until": "2999-12-31"}
    done = check("saferme", *asked, "--baseline", str(file), client=LOSES_A_ROW)
    assert done.returncode == 0
    assert "FAIL*  client.delivers-every-row" in done.stdout
    file.write_text(json.dumps([known | {"until": "2020-01-01"}]))
    done = check("saferme", *asked, "--baseline", str(file), client=LOSES_A_ROW)
    assert done.returncode == 1
    assert "was known until 2020-01-01" in done.stdout


def test_a_drawn_story_that_fails_is_told_at_its_smallest(url: str) -> None:
    """Whatever was drawn: the client loses a row of any."""
    client = saferme("print(json.dumps(rows[1:] if isinstance(rows, list) else []))")
    options = ("--only", "saferme.any", "--examples", "1", "--seed", "3", "--json", "-")
    done = check("saferme", "--url", url, *options, client=client)
    assert done.returncode == 1, done.stderr
    (failure,) = failures(done.stdout)
    command = again(failure)
    point = json.loads(command[command.index("--point") + 1])
    assert (point["days"], point["back"]) == (32, 1)
    assert check("", *command).returncode == 1


def file_of(tmp_path: Path, *clients: dict[str, Any]) -> Path:
    """A file of clients; TOML writes strings and arrays of them as JSON does."""
    file = tmp_path / "clients.toml"
    lines = [[f"{key} = {json.dumps(its)}" for key, its in one.items()] for one in clients]
    file.write_text("\n".join("\n".join(["[[client]]", *its]) for its in lines))
    return file


def test_several_clients_in_one_run(url: str, tmp_path: Path) -> None:
    """Each has its verdict, and one that fails fails all."""
    good = {"name": "good", "vendor": "saferme", "command": list(saferme()), "only": ["ordinary"]}
    bad = good | {"name": "bad", "command": list(LOSES_A_ROW)}
    done = check("", "--url", url, "--config", str(file_of(tmp_path, good, bad)), "--json", "-")
    assert done.returncode == 1, done.stderr
    told = {its["client"]: its["passed"] for its in json.loads(done.stdout)["clients"]}
    assert told == {"good": True, "bad": False}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"vendor": "nobody"}, "vendor: 'nobody' is none of"),
        ({"comand": "x"}, "comand: unknown key; did you mean command?"),
        ({"command": "sh -c '"}, "cannot be parted into words"),
        ({"command": "true {x}"}, "unknown placeholder"),
        ({"patience": 0}, "0 is not from 1 to 3600"),
        ({"can": ["fly"]}, "'fly' is none of"),
        ({"baseline": "none.json"}, "none.json: No such file"),
    ],
    ids=str,
)
def test_a_file_of_clients_is_read_strictly(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    """A slip of the pen is no client judged by half."""
    done = check("", "--config", str(file_of(tmp_path, {"vendor": "saferme", "command": "true", **changes})))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert told in done.stderr


def test_what_needs_what_the_client_has_not_is_no_verdict(url: str) -> None:
    """Green without a story told would be a lie."""
    done = check("hapyak", "--url", url, "--only", "hapyak.csv", client=("true",))
    assert done.returncode == 2
    assert "no story could be told: hapyak.csv needs options" in done.stderr


def test_the_placeholders_of_a_vendor_are_listed() -> None:
    """With what they stand for."""
    done = check("saferme", "--placeholders")
    assert done.returncode == 0
    assert "{base_url}" in done.stdout
    assert "{access_token}" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_judgement_leaves_nothing_behind(url: str, tmp_path: Path, number: int) -> None:
    """No process, and no folder."""
    here = f"import os, pathlib, time; pathlib.Path({str(tmp_path)!r}, str(os.getpid())).touch()\n"
    process = subprocess.Popen(  # noqa: S603 - our own
        words(
            "saferme",
            "--url",
            url,
            "--no-time-shim",
            "--jobs",
            "2",
            client=saferme(first=here + "time.sleep(999)\n"),
        ),
        cwd=ROOT,
        env=clean_environment({"PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    pids = set()
    while len(pids) < 2 and process.poll() is None:
        pids = {int(path.name) for path in tmp_path.iterdir() if path.name.isdecimal()}
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_a_client_is_judged_by_what_is_known_of_the_vendor_besides(tmp_path: Path) -> None:
    """With overrides a column has another name, and the rows of the mock and those expected have it too."""
    file, kept = tmp_path / "overrides.toml", tmp_path / "kept"
    file.write_text('[[hapyak.report]]\nname = "user_stream_raw"\nrename = { username = "Name" }\n')
    options = (*ORDINARY, "--overrides", str(file), "--keep", str(kept))
    done = check("hapyak", *options, client=python("hapyak"))
    assert done.returncode == 0, done.stdout + done.stderr
    (rows,) = kept.glob("hapyak/*/rows")
    assert "Name" in json.loads(rows.read_text().splitlines()[0])


def test_a_file_that_the_server_refuses_is_one_line(tmp_path: Path) -> None:
    """What it says is told, by one name."""
    file = tmp_path / "overrides.toml"
    file.write_text("[nobody]\n")
    done = check("hapyak", *ORDINARY, "--overrides", str(file), client=("true",))
    assert (done.returncode, done.stderr.count("\n"), done.stderr.count("reportmocks: ")) == (2, 1, 1)
