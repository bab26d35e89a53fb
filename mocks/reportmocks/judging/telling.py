"""What a judgement tells: progress on the way, the verdict at its end, and files of it."""

import json
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from reportcontracts.kit.client_rules import load_client_rules
from reportcontracts.kit.explain import NOTHING_SEEN
from reportcontracts.kit.render import finding_lines, junit, markdown, text
from reportmocks.judging.session import Ended

SHOWN: Final = 3
"""Failures of one rule that are told in full."""
TAIL: Final = 20
"""Lines of a client's output that are shown."""

Verdict = Mapping[str, Any]


@dataclass(slots=True)
class Progress:
    """Tells of stories as they end: in one line that changes on a terminal, line by line elsewhere."""

    out: IO[str]
    total: int
    name: str
    ended: dict[int, Ended] = field(default_factory=dict)
    _failed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def told(self, ended: Ended) -> None:
        """Take note of a story that has ended."""
        with self._lock:
            self.ended[ended.number] = ended
            self._failed += bool(ended.wrong)
            count = f"{len(self.ended)}/{max(self.total, len(self.ended))}"
            if self.out.isatty():
                line = f"{self.name}: {count} stories, {self._failed} failed; {ended.story}"
                self.out.write(f"\r\033[K{line[:100]}")
            else:
                word = "FAIL" if ended.wrong else "pass"
                self.out.write(f"{self.name}: {count}  {word}  {ended.run.seconds:5.1f} s  {ended.story}\n")
            self.out.flush()

    def done(self) -> None:
        """Leave the terminal's line as it was."""
        if self.out.isatty():
            self.out.write("\r\033[K")
            self.out.flush()


def told(
    verdict: Verdict, ended: Mapping[int, Ended], *, verbose: bool, shimmed: bool, brief: bool
) -> Iterator[str]:
    """The verdict for a reader: what failed, in full, then the table, then what may help.

    A `brief` one leaves out the rules that no story exercised.
    """
    rules = load_client_rules()
    for its in verdict["rules"]:
        for failure in its["failures"][:SHOWN]:
            yield from finding_lines(rules[its["rule"]], verdict["vendor"], failure)
            if verbose and failure["case"] in ended:
                yield from _output(ended[failure["case"]].folder)
            yield ""
        if len(its["failures"]) > SHOWN:
            yield f"{its['rule']}: and in {len(its['failures']) - SHOWN} more stories\n"
    yield text({**verdict, "rules": [its for its in verdict["rules"] if not brief or its["stories"]]})
    yield from _hints(verdict, list(ended.values()), shimmed=shimmed)


def _output(folder: Path) -> Iterator[str]:
    """The last lines of what a client printed."""
    for name in ("stderr", "stdout"):
        try:
            with (folder / name).open("rb") as file:
                file.seek(max(0, (folder / name).stat().st_size - 64 * 1024))
                lines = file.read().decode("utf-8", "replace").splitlines()
        except OSError:
            continue
        if lines:
            yield f"  its {name}:"
            yield from (f"  | {line[:300]}" for line in lines[-TAIL:])


def _hints(verdict: Verdict, ended: Sequence[Ended], *, shimmed: bool) -> Iterator[str]:
    failures = [failure for its in verdict["rules"] for failure in its["failures"]]
    if failures and all(tuple(failure["requests"]) == (NOTHING_SEEN,) for failure in failures):
        yield (
            "hint: no request of the client's reached the mock with the credentials it was given;"
            " give it {base_url} and the credentials by placeholders, or by the environment"
        )
    hung = sum(one.hung for one in ended)
    if hung and shimmed:
        where = "1 story" if hung == 1 else f"{hung} stories"
        yield (
            f"hint: in {where} the client ran out of time and never waited by the mock's time;"
            " if it is not a program of Python's, Node's or a shell's, say --no-time-shim"
        )
    unsure = [
        its["rule"] for its in verdict["rules"] if its["verdict"] == "failed" and not its["fails_verdict"]
    ]
    if verdict["passed"] and unsure:
        yield f"not counted: {', '.join(unsure)} (a warning, advice, known, or only assumed; see --strict)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where a verdict is written to besides; `-` is standard output."""

    json: str | None = None
    junit: str | None = None
    markdown: str | None = None
    summary: str | None = None
    """A file that the Markdown is added to: a job summary of a CI system."""

    @property
    def takes_stdout(self) -> bool:
        """Whether one of them is standard output, so that the table has to go elsewhere."""
        return "-" in (self.json, self.junit, self.markdown)

    def write(self, verdicts: Sequence[Verdict]) -> None:
        """Write all that are asked for; `OSError` for one that cannot be."""
        if self.json:
            _write(self.json, as_json(verdicts))
        if self.junit:
            _write(self.junit, junit(*verdicts))
        if self.markdown:
            _write(self.markdown, "\n".join(map(markdown, verdicts)))
        if self.summary:
            with Path(self.summary).open("a", encoding="utf-8") as file:
                file.write("\n".join(map(markdown, verdicts)))


def as_json(verdicts: Sequence[Verdict]) -> str:
    """The verdicts of a run: whether all passed, and each."""
    passed = all(verdict["passed"] for verdict in verdicts)
    return json.dumps({"passed": passed, "clients": list(verdicts)}, indent=2, ensure_ascii=False) + "\n"


def _write(path: str, content: str) -> None:
    if path == "-":
        sys.stdout.write(content)
        sys.stdout.flush()
    else:
        Path(path).write_text(content, encoding="utf-8")
