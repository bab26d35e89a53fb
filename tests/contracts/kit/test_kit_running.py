"""Clients in Python as the kit runs them: how one that does not come to an end is ended."""

import threading
from typing import Any

from reportcontracts.kit.running import Target, run
from reportcontracts.remote import Remote
from support.serving import PATIENCE


class StandingClock(Remote):
    """A control API that has nothing but a clock, which stands still."""

    def call(self, *_: Any, **__: Any) -> Any:
        """What every call is answered."""
        return {"now": "2026-03-04T12:00:00.000Z"}


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
