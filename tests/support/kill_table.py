"""The kill table of the self-test: which clients and mocks were judged, and which rule caught each.

Tests tell of themselves with `record_property("kill", [sort, name, rule, mistake])`; good clients are known
by their tests. With `--kill-table` it is printed before pytest's summary. What was not run is in it, and
where `CI` is set a table that is not complete fails the run.
"""

import os
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import pytest

GOOD = re.compile(
    r"(?:test_kit_clients\.py::(?P<suite>Test\w+)|test_shipped_clients\.py::test_a_(?P<program>(client|program)\S+))"
)
"""Tests of good clients: those that pytest leads through every story by class, and programs one by one."""
WORDS = {
    "good client": {"passed": "passes", "failed": "FAILS"},
    "bad client": {"passed": "caught", "failed": "NOT CAUGHT"},
    "mutant": {"passed": "killed", "failed": "SURVIVED"},
}
LEAST = {"good client": 5, "bad client": 25, "mutant": 25}
"""How many of each sort there have to be in a whole run."""


@dataclass
class KillTable:
    """What the tests of one run told."""

    caught: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    """Sort, outcome, name, rule and mistake of each client or mutant that has to be caught."""
    good: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """By good client how many of its tests came to what."""

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a test came to: it is told once, by its call or by what kept it from that."""
        if report.when != "call" and report.outcome == "passed":
            return
        told: list[Any] = [value for name, value in report.user_properties if name == "kill"]
        for sort, name, rule, mistake in told:
            self.caught.append((sort, report.outcome, name, rule, mistake))
        known = GOOD.search(report.nodeid)
        if known and not told:
            self.good[known["suite"] or known["program"]][report.outcome] += 1

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table."""
        terminalreporter.section("kill table")
        for line in self.lines():
            terminalreporter.line(line)

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run in CI whose table lacks something."""
        if os.environ.get("CI") and not hasattr(session.config, "workerinput") and self.missing():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def lines(self) -> list[str]:
        """The table, line by line, and its sums."""
        rows: list[tuple[str, ...]] = [
            ("good client", self.word(name), name, "every rule", "") for name in sorted(self.good)
        ]
        rows += [
            (sort, WORDS[sort].get(outcome, "not run"), *rest) for sort, outcome, *rest in sorted(self.caught)
        ]
        lines = [f"{sort:<12}{word:<11}{rule:<34}{name:<44}{what}" for sort, word, name, rule, what in rows]
        return [*lines, "", *self.sums(rows), *(f"missing: {what}" for what in self.missing())]

    def word(self, name: str) -> str:
        """What all tests of a good client come to."""
        outcomes = self.good[name]
        worst = "failed" if outcomes["failed"] else "passed" if outcomes["passed"] else "skipped"
        return WORDS["good client"].get(worst, "not run")

    def sums(self, rows: list[tuple[str, ...]]) -> list[str]:
        """How many of each sort came to what."""
        counts = Counter((sort, word) for sort, word, *_ in rows)
        return [f"{count} {sort}s: {word}" for (sort, word), count in sorted(counts.items())]

    def missing(self) -> list[str]:
        """What a whole table would have besides."""
        counts = Counter(sort for sort, *_ in self.caught) + Counter({"good client": len(self.good)})
        few = [
            f"{sort}s: {counts[sort]} of at least {least}"
            for sort, least in LEAST.items()
            if counts[sort] < least
        ]
        unrun = [name for _, outcome, name, *_ in self.caught if outcome not in ("passed", "failed")]
        return [*few, *unrun, *(name for name in self.good if self.word(name) == "not run")]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that prints the table."""
    parser.addoption("--kill-table", action="store_true", help="print which mutants and clients were caught")


def pytest_configure(config: pytest.Config) -> None:
    """Collect what tests tell, where the table is to be printed."""
    if config.getoption("--kill-table") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(KillTable(), "kill-table")
