"""Many sandboxes at once: what happens in one is counted in that one, and exactly."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from reportmocks.app import create_app
from reportmocks.kernel.clock import parse_instant
from reportmocks.settings import Settings
from support.wsgi import transport

SANDBOXES = 64
THREADS = 16
CALLS = 12


def test_sandboxes_that_are_hammered_at_once_keep_exact_counts() -> None:
    """64 of them, each by several threads: as many runs and refusals as the limits of each one say."""
    app = create_app(Settings(clock="frozen", now=parse_instant("2026-03-04T12:00:00Z"), size="tiny"))
    client = httpx.Client(transport=transport(app), base_url="http://127.0.0.1:8080")
    names = [f"one-of-many-{number}" for number in range(SANDBOXES)]
    client.post("/_mock/plans?vendor=hapyak", json={"outcome": "failed", "ordinal": 3})
    for number, name in enumerate(names):
        value = {"value": number % 5 + 4}
        client.put(f"/_mock/limits/hapyak.rate-minute?vendor=hapyak&sandbox={name}", json=value)

    def ask(work: tuple[int, str]) -> tuple[str, int]:
        call, name = work
        path = f"/hapyak/api/reports/v2/user_stream_raw?send_status=true&run={call}"
        return name, client.get(path, headers={"X-Hapyak-API-Key": name}).status_code

    work = [(call, name) for call in range(CALLS) for name in names]
    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(ask, work))
    client.post("/_mock/clock", json={"advance": "2s"})
    for number, name in enumerate(names):
        let_in = number % 5 + 4
        statuses = sorted(status for of, status in answers if of == name)
        assert statuses == [202] * let_in + [429] * (CALLS - let_in)
        where = {"vendor": "hapyak", "sandbox": name}
        jobs = client.get("/_mock/jobs", params=where).json()
        assert [job["number"] for job in jobs] == list(range(1, let_in + 1))
        assert [job["phase"] for job in jobs] == ["done", "done", "failed"] + ["done"] * (let_in - 3)
        limits = client.get("/_mock/limits", params=where).json()
        assert next(row["used"] for row in limits if row["rule"] == "hapyak.rate-minute") == let_in
        assert len(client.get("/_mock/requests", params=where).json()) == CALLS
    client.close()
    app.kernel.store.close()
