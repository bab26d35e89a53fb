"""`reportmocks ctl` steering: limits, jobs, plans, rules, rows and worlds by hand, without writing JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from reportcontracts import remote
from reportmocks.ctl import ctl
from support.echo360 import Echo360
from support.hapyak import HapYak

Type = Callable[..., str]


@pytest.fixture
def type_for(in_process: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Type]:
    """Types `reportmocks ctl` for a sandbox of a vendor, against the mocks in this process."""

    def fetch(
        _remote: remote.Remote, method: str, path: str, query: Any = None, body: object = None
    ) -> tuple[int, bytes]:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        chosen = {name: text for name, text in (query or {}).items() if text is not None}
        answer = in_process.request(method, f"/_mock/{path}", params=chosen, content=data)
        return answer.status_code, answer.content

    monkeypatch.setattr(remote.Remote, "fetch", fetch)

    def of(vendor: str, sandbox: str) -> Type:
        def typed(*words: str, code: int = 0) -> str:
            fixed = ["--vendor", vendor, "--sandbox", sandbox]
            result = CliRunner().invoke(ctl, [*fixed, *words], catch_exceptions=False)
            assert result.exit_code == code, result.output
            return result.output

        return typed

    return of


@pytest.fixture
def echo(in_process: httpx.Client, name: str) -> Echo360:
    """A client of Echo360 with a token."""
    found = Echo360(in_process, name)
    found.sign_in()
    return found


def test_slots_are_taken_and_released(type_for: Callable[[str, str], Type], echo: Echo360) -> None:
    """The story of the fourth in flight, typed."""
    typed = type_for("echo360", echo.name)
    told = typed("exhaust", "echo360.in-flight", "--time", "2h")
    assert "jobs 1, 2, 3 are in flight" in told
    assert echo.submit().status_code == 400
    assert typed("release", "2").startswith(f"released: job 2 of echo360/{echo.name}")
    assert echo.submit().status_code == 200
    assert "there is no job '9'" in typed("release", "9", code=2)


def test_what_was_done_to_use_a_limit_up_is_said(
    type_for: Callable[[str, str], Type], in_process: httpx.Client, name: str
) -> None:
    """Uses, a clock that moved, or the next one."""
    typed = type_for("hapyak", name)
    HapYak(in_process, name).fetch()
    assert "2 uses were counted" in typed("exhaust", "hapyak.rate-minute", "--left", "1")
    assert "it is 2026-03-05T12:00:02" in typed("exhaust", "hapyak.cache-life")
    assert "no cached result yet" in typed("exhaust", "hapyak.cache-life", "--left", "9")
    assert "what can be exhausted: hapyak.rate-minute" in typed("exhaust", "hapyak.range", code=2)


def test_plans_are_typed_listed_and_taken_back(type_for: Callable[[str, str], Type], name: str) -> None:
    """With parameters, an ordinal and durations."""
    typed = type_for("hapyak", name)
    options = ("--ordinal", "2", "--time", "1h", "--expires", "10m", "--times", "2")
    typed("plan", "done", "start=2026-03-01", "end=2026-03-02", "--report", "user_stream_raw", *options)
    (plan,) = json.loads(typed("--json", "plans"))
    assert (plan["parameters"], plan["ordinal"], plan["times"]) == (
        {"start": "2026-03-01", "end": "2026-03-02"},
        2,
        2,
    )
    assert (plan["time"], plan["expires"]) == (3_600_000, 600_000)
    (_, line) = typed("plans").splitlines()
    assert all(
        cell in line for cell in ("user_stream_raw", "1h", '{"start": "2026-03-01", "end": "2026-03-02"}')
    )
    assert "1 taken back" in typed("plans", "--clear")


def test_every_dial_of_a_world_is_told(type_for: Callable[[str, str], Type], name: str) -> None:
    """Those that were turned, and those that were not."""
    typed = type_for("hapyak", name)
    heading, line = typed("world", "text=nasty", "empty=true", "locale=de_DE,ja_JP").splitlines()
    assert heading.split() == [
        "vendor", "sandbox", "seed", "size", "rows", "history_start", "empty", "text", "locale",
    ]  # fmt: skip
    assert line.endswith(' 1     tiny  -     2016-01-01     true   nasty  ["de_DE", "ja_JP"]')


def test_sandboxes_are_listed_and_let_go(type_for: Callable[[str, str], Type], name: str) -> None:
    """The one that is named, and no other."""
    typed = type_for("hapyak", name)
    typed("plan", "failed")
    assert name in typed("sandboxes")
    assert "1 let go" in typed("sandboxes", "--clear")
    assert name not in typed("sandboxes")
    assert "0 let go" in typed("sandboxes", "--clear")


def test_switches_are_shown_and_set(type_for: Callable[[str, str], Type], name: str) -> None:
    """Numbers, words, true and false."""
    typed = type_for("echo360", name)
    told = typed("rule", "echo360.in-flight", "status=409", "enabled=false")
    assert "enabled=false status=409" in told
    assert "status=409" in typed("rule", "echo360.in-flight")
    assert "echo360.late-data" in typed("rule")
    assert "allowed" in typed("rule", "echo360.in-flight", "status=200", code=2)


def test_rows_are_pinned_from_text_and_file(
    type_for: Callable[[str, str], Type], name: str, tmp_path: Path
) -> None:
    """And shown, and taken back."""
    typed = type_for("hapyak", name)
    columns = (
        "session_start_time,play_session,user_id,username,annotation_id,project_id,poll_type,prompt,response"
    )
    rows = f"{columns}\n2026-03-01 10:00:00,session,user,Ann,1,1,poll,why,because"
    assert "1 rows instead" in typed("pin", "poll_widget_detail", rows)
    file = tmp_path / "rows.csv"
    file.write_text(rows, encoding="utf-8")
    assert "1 rows beside" in typed("pin", "poll_widget_detail", f"@{file}", "--beside")
    assert "because" in typed("pin", "poll_widget_detail")
    assert "generated" in typed("pin", "poll_widget_detail", "--off")
    assert "No such file" in typed("pin", "poll_widget_detail", f"@{tmp_path / 'none'}", code=2)


def test_worlds_and_clocks_are_turned(type_for: Callable[[str, str], Type], name: str) -> None:
    """Dials by name; how fast time passes, and whether jumps carry tokens."""
    typed = type_for("hapyak", name)
    assert "7" in typed("world", "seed=7")
    assert json.loads(typed("--json", "clock", "x60"))["scale"] == 60
    assert json.loads(typed("--json", "clock", "no-carry"))["carry"] is False
    assert json.loads(typed("--json", "clock", "carry"))["carry"] is True
    assert name in typed("sandboxes")


def test_scenarios_begin_and_end(type_for: Callable[[str, str], Type], name: str) -> None:
    """One at a time; a name and --off together mean nothing."""
    typed = type_for("khoros", name)
    assert typed("scenario", "khoros.failed") == "scenario: khoros.failed\n"
    assert "khoros.failed" in typed("scenario")
    assert typed("scenario", "--off") == "scenario: none\n"
    assert "there is no scenario" in typed("scenario", "khoros.faild", code=2)
    typed("scenario", "khoros.failed", "--off", code=2)
