"""Compressed objects: made once, by one thread, within their room, and gone with the process."""

import gc
import gzip
import io
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from reportmocks.spool import MOST, SMALL, Spool


@pytest.fixture
def spool() -> Spool:
    """Room for a thousand bytes."""
    return Spool(1000)


def noise(letter: str, size: int = 350) -> Iterator[bytes]:
    """Bytes that do not compress."""
    state = ord(letter)
    for _ in range(size):
        state = state * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        yield (state >> 56).to_bytes()


def test_an_object_is_compressed_once(spool: Spool) -> None:
    """What is there is not made again."""
    made: list[str] = []

    def chunks() -> list[bytes]:
        made.append("x")
        return [b"one", b"two"]

    for _ in range(3):
        file, size = spool.open("tag", chunks)
        with file:
            content = file.read()
        assert len(content) == size
        assert gzip.decompress(content) == b"onetwo"
    assert made == ["x"]


def test_one_thread_makes_what_many_ask_for(spool: Spool) -> None:
    """The others wait, and get the same."""
    made: list[str] = []
    start = threading.Barrier(8)

    def chunks() -> Iterator[bytes]:
        made.append("x")
        yield from noise("a", 5000)

    def ask(_: int) -> bytes:
        start.wait()
        file, _size = spool.open("tag", chunks)
        with file:
            return file.read()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert made == ["x"]


def test_what_was_unused_the_longest_goes_first(spool: Spool) -> None:
    """Room is for about two of these; the one that is read in between stays."""
    made: list[str] = []

    def ask(tag: str) -> None:
        def chunks() -> Iterator[bytes]:
            made.append(tag)
            yield from noise(tag)

        file, _ = spool.open(tag, chunks)
        file.close()

    for tag in "abaca":
        ask(tag)
    assert made == ["a", "b", "c"]
    ask("b")
    assert made == ["a", "b", "c", "b"]


def test_an_object_larger_than_the_room_is_kept_alone(spool: Spool) -> None:
    """It is read to its end, and makes room when the next one comes."""
    file, size = spool.open("big", lambda: noise("a", 5000))
    other, _ = spool.open("other", lambda: noise("b"))
    with file, other:
        assert len(gzip.decompress(file.read())) == 5000
    assert size > 1000


def test_a_failure_while_making_is_not_kept(spool: Spool) -> None:
    """Whoever asks next tries again."""

    def failing() -> Iterator[bytes]:
        yield b"half"
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        spool.open("tag", failing)
    file, _ = spool.open("tag", lambda: [b"whole"])
    with file:
        assert gzip.decompress(file.read()) == b"whole"


def test_an_object_is_read_from_several_places_at_once(spool: Spool) -> None:
    """Each reader has a place of its own, and can move it."""
    first, size = spool.open("tag", lambda: noise("a"))
    second, _ = spool.open("tag", list)
    with first, second:
        whole = first.read()
        assert len(whole) == size
        assert second.read(10) == whole[:10]
        assert second.seek(-5, io.SEEK_END) == size - 5 == second.tell()
        assert second.read() == whole[-5:]
        assert (second.seek(20), second.read(3)) == (20, whole[20:23])
        assert second.seek(2, io.SEEK_CUR) == 25


def test_there_are_only_so_many_objects() -> None:
    """Each may hold a file open."""
    spool, made = Spool(10**9), []

    def ask(tag: str) -> None:
        def chunks() -> Iterator[bytes]:
            made.append(tag)
            yield b"x"

        spool.open(tag, chunks)[0].close()

    for number in range(MOST):
        ask(str(number))
    ask("0")
    ask("one more")
    ask("0")
    assert len(made) == MOST + 1
    ask("1")
    assert len(made) == MOST + 2


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are not to be seen here")
def test_large_objects_are_in_files_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So nothing is left of them when the process ends, however it does; closed files hold no space."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = Spool(10**6)
    file, size = spool.open("tag", lambda: noise("a", 3 * SMALL))
    assert size > SMALL
    assert list(tmp_path.iterdir()) == []
    assert len(_open_in(tmp_path)) == 1
    other, _ = spool.open("other", lambda: noise("b", 10**6))
    assert len(_open_in(tmp_path)) == 2
    file.close()
    assert len(_open_in(tmp_path)) == 1
    other.close()
    assert len(_open_in(tmp_path)) == 1


def _open_in(folder: Path) -> list[str]:
    """The files in a folder that this process holds open."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(link.readlink()))
    return [path for path in found if path.startswith(str(folder))]


def test_files_are_closed_when_whoever_holds_them_goes_in_a_cycle() -> None:
    """An application is full of cycles; a file that is left open warns, which would fail any later test."""
    holder: list[object] = []
    holder.append(holder)
    spool = Spool(1000)
    holder += [spool, spool.open("tag", lambda: [b"one"])]
    unclosed: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "unraisablehook", lambda told: unclosed.append(told.exc_value))
        del holder, spool
        gc.collect()
    assert unclosed == []
