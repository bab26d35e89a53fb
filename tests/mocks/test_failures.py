"""What is told where it is the disk that fails, and not the mock."""

import sys
from pathlib import Path

import pytest

from reportmocks.announcement import write_ready_file
from support.serving import running_server

SMALL_DISK = ["sh", "-c", 'ulimit -f 200; exec "$0" -m reportmocks "$@"', sys.executable]
"""How a server is started to which no file may be longer than 100 KiB."""


def test_a_full_disk_is_told_in_a_line(tmp_path: Path) -> None:
    """By the answer and by the log, and what is there already can still be read."""
    run = "/hapyak/api/reports/v2/user_stream_raw?send_status=true"
    state = f"sqlite:///{tmp_path / 'state.db'}"
    with running_server("--state", state, "--quiet", "hapyak", executable=SMALL_DISK) as server:
        answers = (server.get(run, f"X-Hapyak-API-Key: name-{number}") for number in range(2000))
        failed = next(answer for answer in answers if not answer.startswith(b"HTTP/1.1 202 "))
        assert b"The state cannot be kept: " in failed
        assert b"name-0" in server.get("/_mock/sandboxes")
        server.stop()
    assert server.stderr
    assert all(line.startswith("reportmocks: the state cannot be kept: ") for line in server.stderr)


def test_a_ready_file_that_cannot_be_written_leaves_no_draft(tmp_path: Path) -> None:
    """It was told, and nobody looks for a hidden file."""
    (tmp_path / "ready").mkdir()
    with pytest.raises(OSError, match="ready"):
        write_ready_file(tmp_path / "ready", {})
    assert [path.name for path in tmp_path.iterdir()] == ["ready"]
