"""What is made when it is first asked for: the start of a server does not wait for what nobody uses."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

T = TypeVar("T")


class OnDemand(Mapping[str, T]):
    """A value for each of some names, made when it is first asked for, and once. Threads may ask at once."""

    def __init__(self, names: Iterable[str], make: Callable[[str], T]) -> None:
        self._names: Final = tuple(names)
        self._make = make
        self._made: dict[str, T] = {}
        self._lock = threading.RLock()  # what is made may ask for others

    def __getitem__(self, name: str) -> T:
        if name in self._made:
            return self._made[name]
        if name not in self._names:
            raise KeyError(name)
        with self._lock:
            if name not in self._made:
                self._made[name] = self._make(name)
            return self._made[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is such a name; nothing is made to tell."""
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Deferred:
    """A WSGI application that is made for its first request."""

    def __init__(self, make: "Callable[[], WSGIApplication]") -> None:
        self._make = make
        self._lock = threading.Lock()
        self._app: WSGIApplication | None = None

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        return (self._app or self._ready())(environ, start_response)

    def _ready(self) -> "WSGIApplication":
        with self._lock:
            if self._app is None:
                self._app = self._make()
            return self._app
