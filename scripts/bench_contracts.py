"""What it costs to hold an exchange against the contract, in processor time of this process."""

import json
import statistics
import time
from collections.abc import Callable
from typing import Final

from bench_tools import say

from reportcontracts.exchanges import Answered, Sent, load_exchanges

ROUNDS: Final = 21
CALLS: Final = 500
ID: Final = "0b3b8a0e-7c2f-4a52-8a1e-2f0a6d1c9c11"
PENDING: Final = {
    "requestId": ID,
    "status": "Pending",
    "reportName": "videoview",
    "parameters": {"start": "2026-01-01", "end": "2026-01-02"},
    "created": "2026-01-01T00:00:00.000Z",
}


def measure_contract() -> None:
    """Microseconds to find the call of a status poll, read its answer, and hold it against the contract."""
    exchanges = load_exchanges("echo360")
    sent = Sent(method="GET", path=f"/public/api/v1/reporting/requests/{ID}", headers={})
    answer = Answered(
        status=200, headers={"content-type": "application/json"}, body=json.dumps(PENDING).encode()
    )

    def once() -> None:
        if exchanges.response(sent, answer, exchanges.find(sent)):
            raise ValueError("the answer violates the contract")

    once()
    figures = [_microseconds(once) for _ in range(ROUNDS)]
    told = f"least {min(figures):.0f} us, {ROUNDS} rounds of {CALLS}"
    say("contract check of a status answer", f"{statistics.median(figures):.0f} us", told)


def _microseconds(once: Callable[[], None]) -> float:
    before = time.process_time()
    for _ in range(CALLS):
        once()
    return (time.process_time() - before) / CALLS * 1e6


MEASURES: Final[dict[str, Callable[[], None]]] = {"contract": measure_contract}
