"""A process that may do what it likes, within bounds: of time, memory, processes and disk."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reportcontracts.kit.patience import strained
from reportmocks.kernel.clock import stopwatch

MARK: Final = "REPORTMOCKS_CASE"
"""The variable by which a client's processes are known, wherever they have gone."""
MEBIBYTE: Final = 1024 * 1024

_LOOK: Final = 0.02  # seconds between two looks at whether it has ended
_MEASURE: Final = 0.25  # seconds between two looks at what it takes
_SWEEPS: Final = 50
_PROC: Final = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one run of a client may take.

    Attributes:
        seconds: Of the wall clock, and more on a busy machine.
        memory: Bytes that all its processes together have in memory; seen where there is `/proc`.
        processes: At one time; seen where there is `/proc`.
        disk: Bytes in its folder, and of any one file.
    """

    seconds: float
    memory: int = 2048 * MEBIBYTE
    processes: int = 200
    disk: int = 256 * MEBIBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a process ended.

    Attributes:
        exit_code: As the system tells it: negative for a signal.
        timed_out: Whether its time was over.
        killed: Whether it was killed because `kill` said so.
        stopped: The bound that it went over.
        seconds: How long it took.
    """

    exit_code: int
    timed_out: bool = False
    killed: bool = False
    stopped: str | None = None
    seconds: float = 0.0


class Interrupted(Exception):  # noqa: N818 - it says what happened
    """Somebody has ended the whole judgement."""


def run_bounded(  # noqa: PLR0913 - a process has many sides
    command: Sequence[str],
    environ: Mapping[str, str],
    folder: Path,
    bounds: Bounds,
    *,
    mark: str,
    ended: threading.Event,
    kill: Callable[[], bool] | None = None,
) -> Run:
    """Run a command to its end, or to the first of its bounds; nothing of it is left when this returns.

    What it prints goes to `stdout` and `stderr` in `folder`. `kill` is asked again and again whether the
    process is to be killed.

    Raises:
        OSError: It cannot be started.
        Interrupted: `ended` was set meanwhile.
    """
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        process = subprocess.Popen(  # noqa: S603 - what the user asked for
            command,
            env={**environ, MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    try:
        _limit_files(process.pid, bounds.disk)
        return _watched(process, folder, bounds, mark, ended, kill)
    finally:
        _end(process, mark)


def _watched(
    process: "subprocess.Popen[bytes]",
    folder: Path,
    bounds: Bounds,
    mark: str,
    ended: threading.Event,
    kill: Callable[[], bool] | None,
) -> Run:
    """What became of a process; it may still be there if it was to be stopped."""
    began = stopwatch()
    measured = began
    while True:
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(_LOOK)
            return Run(exit_code=code, stopped=_too_long(folder, bounds), seconds=stopwatch() - began)
        now = stopwatch()
        if ended.is_set():
            raise Interrupted
        if kill is not None and kill():
            return Run(exit_code=-signal.SIGKILL, killed=True, seconds=now - began)
        if now - began > strained(bounds.seconds):
            return Run(exit_code=-signal.SIGKILL, timed_out=True, seconds=now - began)
        if now - measured > _MEASURE:
            measured = now
            stopped = _excess(folder, bounds, process.pid, mark)
            if stopped:
                return Run(exit_code=-signal.SIGKILL, stopped=stopped, seconds=now - began)


def _excess(folder: Path, bounds: Bounds, session: int, mark: str) -> str | None:
    """The bound that is passed now, if one is."""
    there = list(members(session, mark))
    if len(there) > bounds.processes:
        return f"it had {len(there)} processes, and may have {bounds.processes}"
    memory = sum(_resident(pid) for pid in there)
    if memory > bounds.memory:
        return f"it took {memory // MEBIBYTE} MiB of memory, and may take {bounds.memory // MEBIBYTE}"
    return _too_long(folder, bounds)


def _too_long(folder: Path, bounds: Bounds) -> str | None:
    """Whether there is more in its folder than may be."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(path, name)).st_size  # noqa: PTH118 - there can be very many
        if total >= bounds.disk:
            return f"it wrote {bounds.disk // MEBIBYTE} MiB, which is all that it may"
    return None


def members(session: int, mark: str) -> Iterator[int]:
    """The processes of a session, and those with a mark; none where there is no `/proc`."""
    sign = f"{MARK}={mark}".encode()
    with suppress(OSError):
        for entry in os.scandir(_PROC):
            if entry.name.isdecimal():
                with suppress(OSError, ValueError, IndexError):
                    if _is_member(Path(entry.path), session, sign):
                        yield int(entry.name)


def _is_member(process: Path, session: int, sign: bytes) -> bool:
    state, _, _, its_session = (process / "stat").read_bytes().rpartition(b")")[2].split()[:4]
    if state in (b"Z", b"X"):
        return False
    return int(its_session) == session or sign in (process / "environ").read_bytes().split(b"\0")


def _resident(pid: int) -> int:
    """Bytes of a process in memory."""
    try:
        return int((_PROC / str(pid) / "statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _limit_files(pid: int, size: int) -> None:
    """Keep a process from writing a longer file, and from leaving a core, where the system can."""
    with suppress(ImportError, AttributeError, OSError):
        import resource  # noqa: PLC0415 - not there on Windows

        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, size))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


def _end(process: "subprocess.Popen[bytes]", mark: str) -> None:
    """End a process and all that it has started, those too that have left its group."""
    with suppress(OSError, AttributeError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    for _ in range(_SWEEPS):
        left = list(members(process.pid, mark))
        for pid in left:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if not left:
            break
