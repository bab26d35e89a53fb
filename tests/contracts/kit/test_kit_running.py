"""Clients in Python as the kit runs them: how one that does not come to an end is ended."""

import os
import threading
from typing import Any

import pytest

from reportcontracts.kit.patience import strained
from reportcontracts.kit.running import Target, run
from reportcontracts.remote import Remote
from support.serving import PATIENCE


class StandingClock(Remote):
    """A control API that has nothing but a clock, which stands still."""

    def call(self, *_: Any, **__: Any) -> Any:
        """What every call is answered."""
        return {"now": "2026-03-04T12:00:00.000Z"}


@pytest.mark.parametrize(
    ("load", "seconds"), [(0.5, 30), (2, 30), (5, 75), (1000, 150)], ids=["idle", "full", "busy", "jammed"]
)
def test_a_busy_machine_is_no_fault_of_the_clients(
    monkeypatch: pytest.MonkeyPatch, load: float, seconds: float
) -> None:
    """It gets more time there, within a bound: one that hangs is stopped all the same."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 99.0, 99.0), raising=False)
    assert strained(30) == seconds


def test_a_system_that_tells_no_load_counts_as_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as Windows."""
    monkeypatch.delattr(os, "getloadavg", raising=False)
    assert strained(30) == 30


def test_a_client_that_is_given_up_ends() -> None:
    """Or it would go on polling behind the tests that follow, for as long as they run."""
    ended = threading.Event()
    task = {"report": "notes", "start": None, "end": None, "options": {}, "parameters": {}}
    control = StandingClock("http://127.0.0.1:9/_mock")
    target = Target("echo360", "http://127.0.0.1:9/echo360", {}, 1, 1, control, "one")

    def make(target: Target) -> Any:
        def fetch(*_: Any) -> None:
            try:
                while target.clock():
                    pass
            finally:
                ended.set()

        return fetch

    result = run(make, target, task, patience=0.05)
    assert result["timed_out"]
    assert (result["rows"], result["error"]) == (None, None)
    assert ended.wait(PATIENCE)
