"""Compressed objects on disk, each made once, so that a download has a length and answers for parts of it."""

import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

Chunks = Callable[[], Iterable[bytes]]


class Spool:
    """Compressed objects in a folder of their own, up to `limit` bytes altogether.

    The ones unused the longest go first; one that somebody still reads can be read to its end. The
    folder is made with the first object and removed at the end of the process.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._folder: Path | None = None
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._total = 0
        self._making: set[str] = set()
        self._changed = threading.Condition()

    def open(self, tag: str, chunks: Chunks) -> tuple[IO[bytes], int]:
        """The object called `tag` as an open file, and its bytes; compressed now, if it is not there.

        However many threads ask for it, one makes it and the others wait.
        """
        while True:
            with self._changed:
                self._changed.wait_for(lambda: tag not in self._making)
                found = self._find(tag)
                if found is not None:
                    return found
                self._making.add(tag)
                path = self._path(tag)
            self._make(tag, path, chunks)

    def _find(self, tag: str) -> tuple[IO[bytes], int] | None:
        if tag not in self._sizes:
            return None
        try:
            file = self._path(tag).open("rb")
        except FileNotFoundError:  # somebody tidied the temporary files up
            self._total -= self._sizes.pop(tag)
            return None
        self._sizes.move_to_end(tag)
        return file, self._sizes[tag]

    def _make(self, tag: str, path: Path, chunks: Chunks) -> None:
        try:
            _compress(chunks(), path)
            size = path.stat().st_size
        except BaseException:
            self._made(tag, None)
            raise
        self._made(tag, size)

    def _made(self, tag: str, size: int | None) -> None:
        """Let the threads that wait for an object know that it is there, or that its making failed."""
        with self._changed:
            self._making.discard(tag)
            if size is not None:
                self._sizes[tag] = size
                self._total += size
                self._trim()
            self._changed.notify_all()

    def _trim(self) -> None:
        """Delete the objects unused the longest until the others fit; the newest stays in any case."""
        while self._total > self._limit and len(self._sizes) > 1:
            tag, size = self._sizes.popitem(last=False)
            self._total -= size
            with suppress(OSError):
                self._path(tag).unlink()

    def _path(self, tag: str) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="reportmocks-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder / f"{tag}.gz"


def _compress(chunks: Iterable[bytes], path: Path) -> None:
    """Write a gzip file; the same chunks give the same bytes."""
    from isal import igzip  # noqa: PLC0415 - loaded when something is compressed

    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as raw, igzip.IGzipFile("", "wb", 1, raw, mtime=0) as file:  # type: ignore[no-untyped-call]
        for chunk in chunks:
            file.write(chunk)  # type: ignore[no-untyped-call]
