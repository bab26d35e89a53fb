"""A client may hang, crash, fork and fill what it likes: it is stopped, and nothing of it is left."""

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from reportmocks.judging.bounded import MEBIBYTE, Bounds, Interrupted, Run, members, run_bounded

SECONDS = 20.0
PROC = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="there is no /proc")


def run(folder: Path, code: str, **bounds: float) -> Run:
    """Run Python code within bounds."""
    given = Bounds(**{"seconds": SECONDS, **bounds})  # type: ignore[arg-type]
    command = [sys.executable, "-c", code]
    mark = folder.name
    result = run_bounded(command, os.environ, folder, given, mark=mark, ended=threading.Event())
    assert list(members(-1, mark)) == []
    return result


def test_what_it_prints_and_its_exit_code_are_kept(tmp_path: Path) -> None:
    """They are the evidence."""
    done = run(tmp_path, "import sys; print('rows'); print('why', file=sys.stderr); sys.exit(3)")
    assert (done.exit_code, done.timed_out, done.killed, done.stopped) == (3, False, False, None)
    assert (tmp_path / "stdout").read_text() == "rows\n"
    assert (tmp_path / "stderr").read_text() == "why\n"


def test_one_that_hangs_is_stopped(tmp_path: Path) -> None:
    """Even if it does not want to end."""
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    done = run(tmp_path, code, seconds=0.6)
    assert done.timed_out
    assert done.seconds < SECONDS


def test_one_that_crashes_says_by_which_signal(tmp_path: Path) -> None:
    """As the system tells it."""
    done = run(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert done.exit_code == -signal.SIGSEGV


@PROC
def test_one_that_forks_without_end_is_stopped_with_all_its_children(tmp_path: Path) -> None:
    """A child that has left for a session of its own is found by its mark."""
    code = """
import os, time
for number in range(60):
    if os.fork() == 0:
        if number % 2:
            os.setsid()
        time.sleep(600)
time.sleep(600)
"""
    done = run(tmp_path, code, processes=20)
    assert done.stopped is not None
    assert "processes, and may have 20" in done.stopped


@PROC
def test_what_it_leaves_running_is_ended(tmp_path: Path) -> None:
    """A client that has ended has nothing to do any more."""
    code = "import os, time\nif os.fork() == 0:\n    os.setsid(); time.sleep(600)"
    assert run(tmp_path, code).exit_code == 0


@PROC
def test_one_that_takes_too_much_memory_is_stopped(tmp_path: Path) -> None:
    """Before the machine is out of it."""
    done = run(tmp_path, "import time; held = b'x' * 200_000_000; time.sleep(600)", memory=100 * MEBIBYTE)
    assert "MiB of memory, and may take 100" in (done.stopped or "")


@pytest.mark.parametrize(
    "code",
    [
        "import sys\nwhile True: sys.stdout.write('x' * 65536)",
        "import os\nfor number in range(10**6): open(f'{number}', 'wb').write(b'x' * 65536)",
    ],
    ids=["one file", "many files"],
)
def test_one_that_fills_the_disk_is_stopped(
    tmp_path: Path, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it prints without end, or writes file after file."""
    monkeypatch.chdir(tmp_path)
    done = run(tmp_path, code, disk=4 * MEBIBYTE)
    assert done.stopped == "it wrote 4 MiB, which is all that it may"


def test_it_is_killed_when_the_story_wants_it(tmp_path: Path) -> None:
    """And that is no failure of its own."""
    asked = iter([False, True])
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    bounds, ended = Bounds(seconds=SECONDS), threading.Event()
    done = run_bounded(
        command, os.environ, tmp_path, bounds, mark="kill", ended=ended, kill=lambda: next(asked)
    )
    assert done.killed
    assert not done.timed_out


def test_the_end_of_the_judgement_is_its_end(tmp_path: Path) -> None:
    """At once: somebody has pressed Ctrl-C."""
    ended = threading.Event()
    ended.set()
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    with pytest.raises(Interrupted):
        run_bounded(command, os.environ, tmp_path, Bounds(seconds=SECONDS), mark="stop", ended=ended)
