"""Compressed objects, each made once, so that a download has a length and answers for parts of it."""

import io
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Chunks = Callable[[], Iterable[bytes]]

MOST: Final = 100
"""Objects at one time: those on disk each hold a file open."""
SMALL: Final = 64 * 1024
"""Bytes up to which an object stays in memory."""


class Spool:
    """Compressed objects, up to `limit` bytes altogether.

    The ones unused the longest go first; one that somebody still reads can be read to its end. Large ones are
    in temporary files without a name, so that nothing is left behind however the process ends.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._objects: OrderedDict[str, _Object] = OrderedDict()
        self._making: set[str] = set()
        self._changed = threading.Condition()

    def open(self, tag: str, chunks: Chunks) -> tuple[IO[bytes], int]:
        """The object called `tag` as an open file, and its bytes; compressed now, if it is not there.

        However many threads ask for it, one makes it and the others wait.
        """
        with self._changed:
            self._changed.wait_for(lambda: tag not in self._making)
            found = self._objects.get(tag)
            if found is not None:
                self._objects.move_to_end(tag)
                return _reader(found), found.size
            self._making.add(tag)
        try:
            made = _Object(_compressed(chunks()))
        except BaseException:
            self._made(tag)
            raise
        self._made(tag, made)
        return _reader(made), made.size

    def _made(self, tag: str, made: "_Object | None" = None) -> None:
        """Let the threads that wait for an object know that it is there, or that its making failed."""
        with self._changed:
            self._making.discard(tag)
            if made is not None:
                self._objects[tag] = made
                self._trim()
            self._changed.notify_all()

    def _trim(self) -> None:
        """Let go of the objects unused the longest until the others fit; the newest stays in any case."""
        total = sum(its.size for its in self._objects.values())
        while len(self._objects) > 1 and (total > self._limit or len(self._objects) > MOST):
            _, oldest = self._objects.popitem(last=False)
            total -= oldest.size


class _Object:
    """An object for as many readers as want it; its file is closed when spool and readers have let it go."""

    def __init__(self, file: IO[bytes]) -> None:
        self.size = file.seek(0, io.SEEK_END)
        self._file = file
        self._lock = threading.Lock()
        # not __del__: of things that go in one cycle, the file might go before whoever closes it
        weakref.finalize(self, file.close)

    def read(self, start: int, size: int) -> bytes:
        with self._lock:
            self._file.seek(start)
            return self._file.read(size)


class _Place(io.RawIOBase):
    """One reader's place in an object."""

    def __init__(self, its: _Object) -> None:
        self._object: _Object | None = its
        self._size = its.size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        if self._object is None:
            raise ValueError("it is closed")
        into = memoryview(buffer)
        read = self._object.read(self._place, len(into))
        into[: len(read)] = read
        self._place += len(read)
        return len(read)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(base + offset, 0)
        return self._place

    def close(self) -> None:
        self._object = None
        super().close()


def _reader(its: _Object) -> IO[bytes]:
    return io.BufferedReader(_Place(its), SMALL)


def _compressed(chunks: Iterable[bytes]) -> IO[bytes]:
    """A gzip file; the same chunks give the same bytes."""
    from isal import igzip  # noqa: PLC0415 - loaded when something is compressed

    raw = tempfile.SpooledTemporaryFile(SMALL)  # noqa: SIM115 - who reads it closes it
    try:
        with igzip.IGzipFile("", "wb", 1, raw, mtime=0) as file:  # type: ignore[no-untyped-call]
            for chunk in chunks:
                file.write(chunk)  # type: ignore[no-untyped-call]
    except BaseException:
        raw.close()
        raise
    return raw
