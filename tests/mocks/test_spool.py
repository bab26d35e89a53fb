"""Compressed objects on disk: made once, by one thread, within their room, and gone with the process."""

import gzip
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reportmocks.spool import Spool


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


def test_objects_that_somebody_deleted_are_made_again(spool: Spool) -> None:
    """Temporary folders are tidied up by others."""
    file, _ = spool.open("tag", lambda: [b"x"])
    path = Path(file.name)
    file.close()
    path.unlink()
    path.parent.rmdir()
    file, _ = spool.open("tag", lambda: [b"x"])
    with file:
        assert gzip.decompress(file.read()) == b"x"


def test_the_folder_goes_with_the_spool() -> None:
    """Nothing is left behind."""
    spool = Spool(1000)
    file, _ = spool.open("tag", lambda: [b"x"])
    file.close()
    folder = Path(file.name).parent
    assert folder.exists()
    del spool
    assert not folder.exists()
