"""A kernel by itself: an invented vendor, and a wall clock that tests move."""

from dataclasses import dataclass

from reportcontracts.rules import parse_rulebook
from reportmocks.kernel.clock import MINUTE, SECOND, Clock, parse_instant
from reportmocks.kernel.core import Kernel, Traits, ends_as
from reportmocks.kernel.jobs import Phase, Plan
from reportmocks.kernel.limits import InFlight, Window
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.kernel.store import SandboxRow

START = parse_instant("2026-03-04T12:00:00Z")

_RATE = """
[[rule]]
id = "acme.rate-{name}"
statement = "At most {value} reports in a {name}."
source = "invented"
evidence = "assumed"
kind = "limit"
[rule.switch]
value = {{ default = {value}, unit = "reports", minimum = 0, maximum = 1000, meaning = "how many" }}
enabled = {{ default = true }}
count-refused = {{ default = false, meaning = "true: a refused run counts too" }}
"""

_IN_FLIGHT = """
[[rule]]
id = "acme.in-flight"
statement = "At most three reports at a time."
source = "invented"
evidence = "assumed"
kind = "limit"
[rule.switch]
value = { default = 3, unit = "jobs", minimum = 0, maximum = 1000, meaning = "how many" }
enabled = { default = true }
"""

RULES = parse_rulebook(
    _RATE.format(name="minute", value=4) + _RATE.format(name="hour", value=6) + _IN_FLIGHT,
    vendor="acme",
    origin="this test",
)

BY_MINUTE = Window("acme.rate-minute", MINUTE, "runs")
BY_HOUR = Window("acme.rate-hour", 60 * MINUTE, "runs")
IN_FLIGHT = InFlight("acme.in-flight")

ACME = Traits(
    id="acme",
    outcomes={
        "done": ends_as(Phase.DONE),
        "failed": ends_as(Phase.FAILED),
    },
    limits=(BY_MINUTE, BY_HOUR, IN_FLIGHT),
)


@dataclass
class Wall:
    """A wall clock that stands still until a test moves it."""

    now: int = START

    def __call__(self) -> int:
        """The instant that it shows."""
        return self.now


@dataclass
class World:
    """A kernel, and the wall clock that it goes by."""

    kernel: Kernel
    wall: Wall

    def open(self, name: str = "one") -> Sandbox:
        """A sandbox at this moment."""
        return self.kernel.open("acme", name)

    def rule(self, rule: str, name: str = "one", **fields: object) -> None:
        """Switch a rule of a sandbox; an underscore stands for a hyphen."""
        self.open(name).set_rules(rule, {field.replace("_", "-"): value for field, value in fields.items()})

    def submit(self, name: str = "one", plan: Plan | None = None, job_id: str | None = None) -> str:
        """Submit a job that runs for a second, or as planned; return its id."""
        sandbox = self.open(name)
        plan = plan or Plan.of((SECOND, Phase.DONE))
        job_id = job_id or f"{name}-{len(sandbox.jobs()) + 1}"
        return sandbox.submit(job_id, "views", {}, "views", plan).id


def a_row(clock: Clock | None = None) -> SandboxRow:
    """What is stored of a new sandbox."""
    return SandboxRow(clock or Clock("frozen", START, START), "{}", "[]", "{}")
