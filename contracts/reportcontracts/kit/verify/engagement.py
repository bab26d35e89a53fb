"""Checks of the engagement reports, which HapYak and Brightcove share: the request is its own poll."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final

from reportcontracts.catalogue import load_catalogue
from reportcontracts.kit.verify.probe import Check, DiffersError, Probe, expect, same, tells_wait
from reportcontracts.kit.verify.rows import Row, in_order, none_after, rows, table
from reportcontracts.kit.verify.wire import Reply
from reportcontracts.rules import RuleValues, load_rulebook

Ask = Callable[..., Reply]
"""Asks for a report: a probe, its name, and parameters."""

STREAM: Final = "project_stream_raw"
DAYS: Final = ("2026-01-05", "2026-01-06", "2026-01-07")
"""Days long complete."""
WINDOWS: Final = {"rate-minute": (60, 0), "rate-hour": (3600, 15), "rate-day": (86_400, 180)}
"""By limit: the seconds of its window, and how far its runs are apart here."""
RUN: Final = 600
"""Seconds that a planned run takes here."""


@dataclass(frozen=True, slots=True)
class Engagement:
    """The checks of one vendor; `ask` sends the vendor's own credentials along."""

    vendor: str
    ask: Ask

    def checks(self) -> Iterator[Check]:
        """Every check, those that a real service can stand first."""
        yield self._check("unknown-report", "ask for a report that there is not", self._unknown_report)
        yield self._check("bad-parameter", "ask with a start that is no date", self._bad_parameter)
        yield self._check("end-before-start", "ask for a range that ends before it starts", self._backwards)
        yield self._check("running", "poll a run up to its end", self._running, runs=1, steers=True)
        yield self._check("no-send-status", "poll a run without send_status", self._unsaid, steers=True)
        yield self._check("csv", "look at the lines of a CSV", self._csv, runs=1, steers=True)
        yield self._check("row-order", "look at the times of a stream", self._order, runs=1, steers=True)
        yield self._check("json", "fetch the same rows in both formats", self._formats, runs=2, steers=True)
        yield self._check(
            "end-inclusive", "fetch two days, and both together", self._end_inclusive, runs=3, steers=True
        )
        yield self._check("identity", "ask with a changed parameter", self._identity, runs=2, steers=True)
        yield self._check("cached-free", "poll a run twenty times", self._cached_free, runs=4, steers=True)
        yield self._check("cache-life", "fetch a result until it is dropped", self._cache_life, steers=True)
        yield self._check("row-cap", "fetch a report with more rows than the cap", self._row_cap, steers=True)
        yield self._check("range", "ask for more than six months", self._range, steers=True)
        yield self._check("snapshot", "fetch a report after more has happened", self._snapshot, steers=True)
        yield self._check("future", "fetch a range that is not over", self._future, steers=True)
        yield self._check("scope", "ask with another key", self._scope, steers=True)
        yield self._check("retry-after", "look at how long to wait", self._retry_after, steers=True)
        yield self._check("failed", "poll a run that fails", self._failed, steers=True)
        for name in WINDOWS:
            yield self._check(name, "start one run too many", partial(self._rate, name=name), steers=True)

    def _check(
        self, rule: str, what: str, see: Callable[[Probe], None], *, runs: int = 0, steers: bool = False
    ) -> Check:
        return Check(rule=f"{self.vendor}.{rule}", what=what, see=see, runs=runs, steers=steers)

    @property
    def _values(self) -> RuleValues:
        return RuleValues(load_rulebook(self.vendor))

    def _started(self, probe: Probe, **asked: str) -> Reply:
        """Start a run and see that it is in work."""
        reply = self.ask(probe, STREAM, **asked)
        return expect(reply, 202, what="the answer to a new request with send_status=true")

    def _fetched(self, probe: Probe, **asked: str) -> list[Row]:
        """The rows of a run, waited for."""
        probe.plan(time="1s")
        self._started(probe, **asked)
        probe.advance("1s")
        reply = expect(self.ask(probe, STREAM, **asked), 200, what="the answer once the run is complete")
        return rows(load_catalogue(self.vendor)[STREAM], reply)

    def _unknown_report(self, probe: Probe) -> None:
        expect(self.ask(probe, "no_such_report"), 404, what="a report that there is not")

    def _bad_parameter(self, probe: Probe) -> None:
        expect(self.ask(probe, STREAM, start="yesterday"), 400, what="start=yesterday")

    def _backwards(self, probe: Probe) -> None:
        reply = self.ask(probe, STREAM, start=DAYS[1], end=DAYS[0])
        expect(reply, 400, what="a range that ends before it starts")

    def _running(self, probe: Probe) -> None:
        probe.plan(time=f"{RUN}s")
        self._started(probe)
        probe.advance(f"{RUN * 1000 - 1}ms")
        expect(self.ask(probe, STREAM), 202, what="a poll a millisecond before the run is complete")
        probe.advance("1ms")
        expect(self.ask(probe, STREAM), 200, what="a poll when the run is complete")

    def _unsaid(self, probe: Probe) -> None:
        probe.plan(time=f"{RUN}s")
        status = self._values.number(f"{self.vendor}.no-send-status", "status")
        expect(self.ask(probe, STREAM, send_status="false"), status, what="a run in work without send_status")

    def _csv(self, probe: Probe) -> None:
        probe.plan(time="1s")
        day = {"start": DAYS[0], "end": DAYS[0], "format": "csv"}
        self._started(probe, **day)
        probe.advance("1s")
        reply = expect(self.ask(probe, STREAM, **day), 200, what="the answer once the run is complete")
        header, end = load_catalogue(self.vendor)[STREAM].column_names, b"\r\n"
        same((table(reply) or [[]])[0], list(header), "the first line")
        if reply.body.count(end) != reply.body.count(b"\n") or not reply.body.endswith(end):
            raise DiffersError("a line does not end with CR LF")

    def _order(self, probe: Probe) -> None:
        in_order(self._fetched(probe, start=DAYS[0], end=DAYS[1]), "timestamp")

    def _formats(self, probe: Probe) -> None:
        day = {"start": DAYS[0], "end": DAYS[0]}
        as_csv = self._fetched(probe, **day, format="csv")
        as_json = self._fetched(probe, **day, format="json")
        same(as_json, as_csv, "the rows as JSON and as CSV")

    def _end_inclusive(self, probe: Probe) -> None:
        first = self._fetched(probe, start=DAYS[0], end=DAYS[0])
        second = self._fetched(probe, start=DAYS[1], end=DAYS[1])
        both = self._fetched(probe, start=DAYS[0], end=DAYS[1])
        if not first or not second:
            raise DiffersError("a whole day asked for by itself has no rows")
        same(both, first + second, "two days together, against one after the other")

    def _identity(self, probe: Probe) -> None:
        self._fetched(probe, start=DAYS[0], end=DAYS[0])
        reply = self.ask(probe, STREAM, start=DAYS[0], end=DAYS[1])
        expect(reply, 202, what="another end, which is another run")
        reply = self.ask(probe, STREAM, start=DAYS[0], end=DAYS[0])
        expect(reply, 200, what="the first request again, whose result is kept")

    def _cached_free(self, probe: Probe) -> None:
        most = self._values.number(f"{self.vendor}.rate-minute")
        probe.plan(time=f"{RUN}s")
        for _ in range(20):
            self._started(probe)
        for number in range(1, most):
            reply = self.ask(probe, STREAM, run=str(number))
            expect(reply, 202, what=f"run {number + 1} of {most} after twenty polls of the first")

    def _cache_life(self, probe: Probe) -> None:
        probe.plan(time="1s")
        self._started(probe)
        life = self._values.number(f"{self.vendor}.cache-life")
        probe.advance(f"{1000 + life * 1000 - 1}ms")
        expect(self.ask(probe, STREAM), 200, what="a result at the end of its day")
        probe.advance("1ms")
        expect(self.ask(probe, STREAM), 202, what="a result after its day, which is run again")

    def _row_cap(self, probe: Probe) -> None:
        whole = self._fetched(probe, start=DAYS[0], end=DAYS[2])
        cap = len(whole) - 1
        probe.limit(f"{self.vendor}.row-cap", cap)
        cut = self._fetched(probe, start=DAYS[0], end=DAYS[2], again="1")
        same(len(cut), cap, f"the rows of a report of {len(whole)} with a cap of {cap}")
        same(cut, whole[:cap], "the rows that a cap leaves")

    def _range(self, probe: Probe) -> None:
        half = self._fetched(probe, start="2025-07-07", end=DAYS[1])
        longer = self._fetched(probe, start="2025-07-05", end=DAYS[1])
        same(longer, half, "the rows of more than six months, against those of the last six")

    def _snapshot(self, probe: Probe) -> None:
        now, today = probe.now, _day(probe.now)
        asked = {"start": str(today - timedelta(days=3)), "end": str(today + timedelta(days=1))}
        probe.plan(time="1s")
        self._started(probe, **asked)
        probe.advance("23h")
        reply = expect(self.ask(probe, STREAM, **asked), 200, what="a run that was done hours ago")
        first = rows(load_catalogue(self.vendor)[STREAM], reply)
        none_after(first, "timestamp", now)
        probe.advance("25h")
        later = self._fetched(probe, **asked, again="1")
        if later[: len(first)] != first or len(later) <= len(first):
            raise DiffersError("a run has rows of after its submission, or lacks some of before")

    def _future(self, probe: Probe) -> None:
        now, today = probe.now, _day(probe.now)
        asked = {"start": str(today - timedelta(days=7)), "end": str(today + timedelta(days=1))}
        none_after(self._fetched(probe, **asked), "timestamp", now)

    def _scope(self, probe: Probe) -> None:
        """Results and limits are a client's own."""
        self._fetched(probe)
        self._fill(probe)
        other = probe.another()
        other.advance("61s")
        expect(self.ask(other, STREAM), 202, what="what another key has fetched, when it has no run left")

    def _fill(self, probe: Probe) -> None:
        """Start as many runs as there may be in a minute."""
        probe.advance("60s")
        for number in range(self._values.number(f"{self.vendor}.rate-minute")):
            self._started(probe, run=str(number))

    def _retry_after(self, probe: Probe) -> None:
        self._fill(probe)
        for passed, left in (("0s", 60), ("29500ms", 31), ("30s", 1)):
            probe.advance(passed)
            tells_wait(
                expect(self.ask(probe, STREAM, run="more"), 429, what="a run more"), left, "a run more"
            )

    def _failed(self, probe: Probe) -> None:
        probe.plan("failed", time="1s")
        self._started(probe)
        probe.advance("1s")
        expect(self.ask(probe, STREAM), 500, what="a run that failed")

    def _rate(self, probe: Probe, name: str) -> None:
        """So many in a window that slides, to the millisecond, and refused ones not counted.

        Runs are so far from each other that no shorter window is met.
        """
        most = self._values.number(f"{self.vendor}.{name}")
        span, apart = WINDOWS[name]
        for number in range(most):
            reply = self.ask(probe, STREAM, run=str(number))
            expect(reply, 202, what=f"run {number + 1} of {most}")
            probe.advance(f"{apart}s")
        expect(self.ask(probe, STREAM, run="more"), 429, what=f"run {most + 1} in {span} s")
        probe.advance(f"{(span - most * apart) * 1000 - 1}ms")
        for _ in range(most):
            expect(self.ask(probe, STREAM, run="more"), 429, what="a millisecond before the window frees")
        probe.advance("1ms")
        expect(self.ask(probe, STREAM, run="more"), 202, what="when the window frees")


def _day(instant: str) -> date:
    return date.fromisoformat(instant[:10])
