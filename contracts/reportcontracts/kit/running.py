"""A client in Python, run for one task: bounded in time, with what it printed, logged and warned of."""

import contextlib
import inspect
import io
import logging
import math
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

from reportcontracts.kit.acts import instant
from reportcontracts.kit.patience import strained
from reportcontracts.remote import Remote

MOST_OUTPUT: Final = 1024 * 1024
"""Characters kept of what a client prints."""

_LOOK: Final = 0.25  # seconds between two looks at how busy the machine is


class GivenUp(BaseException):
    """Ends a client that nobody waits for any more: none of its own handlers is meant to catch it."""


@dataclass(frozen=True)
class Target:
    """What a client is pointed at: the vendor's base address, credentials by the page's names, hints.

    `poll` and `timeout` are seconds: how often to look, and how long to wait at most. `row_cap` is the
    row cap where it is not the documented one. A credential is also an attribute: `target.client_id`.
    """

    vendor: str
    base_url: str
    credentials: Mapping[str, str]
    poll: float
    timeout: float
    control: Remote
    sandbox: str
    row_cap: int | None = None
    _given_up: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)

    def __getattr__(self, name: str) -> str:
        credentials: Mapping[str, str] = self.__dict__.get("credentials", {})
        try:
            return credentials[name]
        except KeyError:
            raise AttributeError(f"neither a target nor {self.vendor}'s credentials have {name!r}") from None

    def sleep(self, seconds: float) -> None:
        """Sleep by the sandbox's clock: it is moved, and nobody waits."""
        self._go_on()
        advance = {"advance": f"{max(round(seconds * 1000), 1)}ms"}
        self.control.call("POST", "clock", self._sandbox, advance)

    def clock(self) -> float:
        """The sandbox's time, in seconds since the epoch."""
        self._go_on()
        now: str = self.control.call("GET", "clock", self._sandbox)["now"]
        return instant(now) / 1000

    def give_up(self) -> None:
        """Have the client end the next time that it looks at the clock or sleeps."""
        self._given_up.set()

    def _go_on(self) -> None:
        if self._given_up.is_set():
            raise GivenUp

    @property
    def _sandbox(self) -> dict[str, str]:
        return {"vendor": self.vendor, "sandbox": self.sandbox}


@runtime_checkable
class Stepwise(Protocol):
    """A client that shows its steps: what `submit` returns goes to `wait`, what that returns to `fetch`."""

    def submit(self, report: str, start: str | None, end: str | None, **options: Any) -> Any:
        """Submit a report."""

    def wait(self, submitted: Any) -> Any:
        """Wait until it is ready."""

    def fetch(self, ready: Any) -> Any:
        """Its rows."""


def rows_by(client: Any, report: str, start: str | None, end: str | None, options: Mapping[str, Any]) -> Any:
    """The rows that a client gets: by its steps where its `fetch` takes one thing, by `fetch`, or called."""
    fetch = getattr(client, "fetch", client)
    if isinstance(client, Stepwise) and not _takes_three(fetch):
        return fetch(client.wait(client.submit(report, start, end, **options)))
    return fetch(report, start, end, **options)


def _takes_three(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(None, None, None)
    except TypeError:
        return False
    return True


def run(
    make: Callable[[Target], Any], target: Target, task: Mapping[str, Any], patience: float
) -> dict[str, Any]:
    """The result, as the judge takes it, of a client made for a target and given a task.

    A client that is not done after `patience` seconds of the wall clock, or more on a busy machine, counts as
    stopped; it ends the next time that it looks at the target's clock or sleeps by it.
    """
    done: dict[str, Any] = {}

    def work() -> None:
        try:
            options = {**task["options"], **task["parameters"]}
            rows = rows_by(make(target), task["report"], task["start"], task["end"], options)
            done["rows"] = None if rows is None else [_row(row) for row in rows]
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the client says
            done["error"] = {"message": str(error), "kind": type(error).__name__}
        except GivenUp:
            return
        finally:
            target.control.close()

    with _heard() as (output, seen):
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        timed_out = not _ends(thread, patience)
    if timed_out:
        target.give_up()
    told = {"rows": None, "error": None} if timed_out else done
    return {**told, "timed_out": timed_out, "warnings": list(seen), "output": output.getvalue()[:MOST_OUTPUT]}


def _ends(thread: threading.Thread, patience: float) -> bool:
    """Whether a thread ends before the patience with it does."""
    waited, look = 0.0, min(_LOOK, patience)
    while thread.is_alive() and waited < strained(patience):
        thread.join(look)
        waited += look
    return not thread.is_alive()


def _row(row: Any) -> Any:
    if isinstance(row, Mapping):
        return {
            str(name): None if isinstance(cell, float) and math.isnan(cell) else cell
            for name, cell in row.items()
        }
    return row


@contextlib.contextmanager
def _heard() -> Iterator[tuple[io.StringIO, list[str]]]:
    """What is printed, logged and warned of meanwhile: all of it as text, and the warnings by themselves."""
    output, seen = io.StringIO(), list[str]()
    handler = _Listener(output, seen)
    logging.getLogger().addHandler(handler)
    try:
        with (
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(output),
            warnings.catch_warnings(record=True) as warned,
        ):
            warnings.simplefilter("always")
            yield output, seen
            seen += [
                str(one.message)
                for one in warned
                if not issubclass(one.category, ResourceWarning | DeprecationWarning)
            ]
    finally:
        logging.getLogger().removeHandler(handler)


class _Listener(logging.Handler):
    """Keeps what is logged as text, and warnings and worse by themselves."""

    def __init__(self, output: io.StringIO, seen: list[str]) -> None:
        super().__init__()
        self._output = output
        self._seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        message = record.getMessage()
        self._output.write(f"{message}\n")
        if record.levelno >= logging.WARNING:
            self._seen.append(message)
